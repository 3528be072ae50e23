import pandas as pd
import pytest
from broadband_files import (
    POSITION_HEADER,
    TOWN_HEADER,
    csv_bytes,
    newer_header,
    position,
    town,
    write,
    zipped,
)

from geodata.errors import SourceError
from geodata.readers.towns import read_towns
from geodata.schemas import TABLES, conform

TOWNS = [
    town("13101", "0001001", "丸の内", chome="１丁目"),
    town("13101", "0002000", "大字神田"),
    town("13224", "0013001", "聖ヶ丘", chome="１丁目", efct_date="2023-11-06"),
]
POSITIONS = [
    position("13101", "0001001", "139.765", "35.681"),
    position("13224", "0013001", "139.45", "35.63"),
]


def master(folder, rows, name="mt_town_pref13.csv", header=TOWN_HEADER, **form):
    return write(folder / name, csv_bytes(header, rows, **form))


def positions(folder, rows, name="mt_town_pos_pref13.csv", header=POSITION_HEADER):
    return write(folder / name, csv_bytes(header, rows))


def rejected(read):
    columns = ["row", "column", "rule_id"]
    return [tuple(row) for row in read.rejected[columns].itertuples(index=False)]


def test_a_town_has_its_code_without_check_digit_and_its_whole_name(tmp_path):
    read = read_towns([master(tmp_path, TOWNS)])
    table = read.tables["raw.town"]
    assert table[["city_code", "town_name_ja", "normal_name"]].to_numpy().tolist() == [
        ["13101", "丸の内１丁目", "丸の内一丁目"],
        ["13101", "大字神田", "神田"],
        ["13224", "聖ヶ丘１丁目", "聖ケ丘一丁目"],
    ]
    assert (read.read_count, read.accepted_count, len(read.rejected)) == (3, 3, 0)
    assert (read.vintage, read.edition) == ("2023-11-06", "without alias columns")
    assert conform(TABLES["raw.town"], table).num_rows == 3


def test_the_newer_layout_and_a_byte_order_mark_are_read_alike(tmp_path):
    older = read_towns([master(tmp_path, TOWNS)])
    newer = read_towns(
        [master(tmp_path, TOWNS, header=newer_header(), encoding="utf-8-sig")]
    )
    pd.testing.assert_frame_equal(newer.tables["raw.town"], older.tables["raw.town"])
    assert (newer.edition, newer.notes) == ("with alias columns", ())


def test_an_archive_is_read_in_place_with_its_position_file(tmp_path):
    archive = zipped(
        tmp_path / "towns.zip",
        mt_town_pref13__csv=csv_bytes(TOWN_HEADER, TOWNS),
        mt_town_pos_pref13__csv=csv_bytes(POSITION_HEADER, POSITIONS),
    )
    read = read_towns([archive])
    assert read.tables["raw.town"]["lon"].tolist()[::2] == [139.765, 139.45]
    assert read.tables["raw.town"]["lat"].isna().tolist() == [False, True, False]
    assert (read.read_count, read.accepted_count) == (5, 5)
    assert read.datum == "JGD2011 or JGD2000 (rep_srid)"
    assert "1 of 3 towns have no position." in read.notes
    assert list(tmp_path.iterdir()) == [archive]


def test_an_abolished_town_is_kept_with_its_day(tmp_path):
    rows = [*TOWNS, town("13101", "0002000", "神田旧町", ablt_date="2021-04-01")]
    read = read_towns([master(tmp_path, rows)])
    table = read.tables["raw.town"].set_index("town_name_ja")
    assert table["abolished_on"].notna().sum() == 1
    assert table.loc["神田旧町", "abolished_on"] == pd.Timestamp("2021-04-01")
    assert any("1 of 4 towns are abolished" in note for note in read.notes)
    assert (read.read_count, read.accepted_count) == (4, 4)


def test_addresses_without_a_town_have_no_name_and_are_counted(tmp_path):
    rows = [*TOWNS, town("13101", "0000000", "")]
    read = read_towns([master(tmp_path, rows)])
    assert read.tables["raw.town"]["town_name_ja"].tolist()[-1] == ""
    assert any("1 row(s) stand for addresses without a town" in n for n in read.notes)


@pytest.mark.parametrize(
    ("fault", "column", "rule_id"),
    [
        ({"lg_code": "131017"}, "lg_code", "check_digit"),
        ({"lg_code": "13101"}, "lg_code", "bad_value"),
        ({"machiaza_id": "123"}, "machiaza_id", "bad_value"),
        ({"oaza_cho": ""}, "oaza_cho", "missing_value"),
        ({"ablt_date": "2021-02-30"}, "ablt_date", "bad_value"),
        ({"pref": "神奈川県"}, "pref", "bad_value"),
    ],
)
def test_a_faulty_row_is_rejected_and_the_others_are_kept(
    tmp_path, fault, column, rule_id
):
    rows = [TOWNS[0], town("13101", "0009000", "麹町") | fault, TOWNS[2]]
    read = read_towns([master(tmp_path, rows)])
    assert rejected(read) == [(3, column, rule_id)]
    assert (read.read_count, read.accepted_count) == (3, 2)
    assert len(read.tables["raw.town"]) == 2


def test_a_code_that_no_municipality_had_is_rejected(tmp_path):
    rows = [TOWNS[0], town("13198", "0009000", "無町")]
    read = read_towns([master(tmp_path, rows)])
    assert rejected(read) == [(3, "lg_code", "unknown_municipality")]


def test_a_repeated_town_is_rejected_once(tmp_path):
    read = read_towns([master(tmp_path, [*TOWNS, TOWNS[0]])])
    assert rejected(read) == [(5, "machiaza_id", "repeated_key")]
    assert read.accepted_count == 3


def test_blank_lines_do_not_move_line_numbers_and_short_rows_are_rejected(tmp_path):
    content = csv_bytes(TOWN_HEADER, TOWNS, line_end="\r\n").split(b"\r\n")
    lines = [content[0], b"", content[1], b"131016,0009000", *content[2:]]
    read = read_towns([write(tmp_path / "mt_town_pref13.csv", b"\r\n".join(lines))])
    assert rejected(read) == [(4, "", "wrong_field_count")]
    assert "Wanted: 38 fields." in read.rejected["message_en"].iloc[0]
    assert (read.read_count, read.accepted_count) == (4, 3)


def test_an_extra_column_is_noted_and_changes_nothing(tmp_path):
    header = [*TOWN_HEADER, "new_column"]
    read = read_towns([master(tmp_path, TOWNS, header=header)])
    assert read.accepted_count == 3
    assert read.notes == ("mt_town_pref13.csv: further column(s) new_column not used.",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"mt_town_pref13\.csv, line 1: found no header"),
        (csv_bytes(TOWN_HEADER, []), "line 2: found no data row"),
        (
            csv_bytes(TOWN_HEADER, TOWNS)[:-30],
            r"line 4: the file ends within the row '132241.*wanted 38 fields",
        ),
        (
            csv_bytes(TOWN_HEADER, TOWNS, encoding="cp932"),
            r"line 2: .*byte 0x93 at offset \d+ is not UTF-8",
        ),
        (
            csv_bytes([n for n in TOWN_HEADER if n != "koaza"], TOWNS),
            r"line 1: column\(s\) koaza not found; the header is lg_code",
        ),
        (
            csv_bytes([*TOWN_HEADER, "chome"], TOWNS),
            r"line 1: column\(s\) chome stand twice",
        ),
        (
            csv_bytes(["lg_code", "machiaza_id", "blk_id", "machiaza_type"], [[1] * 4]),
            r"line 1: found the columns lg_code, machiaza_id, blk_id.*町字マスター",
        ),
        (
            csv_bytes(TOWN_HEADER, TOWNS).replace("丸の内".encode(), b'"a\nb"'),
            "line 2: found a quotation mark that does not close",
        ),
    ],
)  # fmt: skip
def test_an_unusable_file_is_refused_by_place_found_and_wanted(
    tmp_path, content, message
):
    with pytest.raises(SourceError, match=message):
        read_towns([write(tmp_path / "mt_town_pref13.csv", content)])


def test_a_cut_archive_is_refused(tmp_path):
    archive = zipped(
        tmp_path / "mt_town_pref13.zip",
        mt_town_pref13__csv=csv_bytes(TOWN_HEADER, TOWNS),
    )
    write(archive, archive.read_bytes()[:-40])
    with pytest.raises(SourceError, match=r"mt_town_pref13\.zip: cannot be read"):
        read_towns([archive])


def test_archives_within_an_archive_are_refused_with_the_fix(tmp_path):
    archive = zipped(tmp_path / "all.zip", mt_town_pref13__csv__zip=b"x")
    with pytest.raises(SourceError, match=r"archives within.*need not be unpacked"):
        read_towns([archive])


def test_a_file_renamed_to_another_prefecture_is_refused(tmp_path):
    path = master(tmp_path, TOWNS, name="mt_town_pref14.csv")
    with pytest.raises(SourceError, match=r"line 2, column lg_code: found 131016.* 14"):
        read_towns([path])


def test_a_prefecture_renamed_to_the_nation_is_refused(tmp_path):
    path = master(tmp_path, TOWNS, name="mt_town_all.csv")
    with pytest.raises(
        SourceError, match=r"found towns of 1 prefecture.*wanted all 47"
    ):
        read_towns([path])


def test_a_position_file_named_as_a_master_is_refused(tmp_path):
    path = positions(tmp_path, POSITIONS, name="mt_town_pref13.csv")
    with pytest.raises(SourceError, match=r"the name says town master.*position file"):
        read_towns([path])


def test_positions_alone_and_no_file_are_refused(tmp_path):
    with pytest.raises(SourceError, match="found no town master"):
        read_towns([positions(tmp_path, POSITIONS)])
    with pytest.raises(SourceError, match="no file: found no town master"):
        read_towns([])


def test_two_files_with_the_same_municipality_are_refused(tmp_path):
    first = master(tmp_path, TOWNS)
    second = master(tmp_path, TOWNS[2:], name="mt_town_city132241.csv")
    with pytest.raises(SourceError, match=r"municipality 132241, which mt_town_pref13"):
        read_towns([first, second])


@pytest.mark.parametrize("srid", ["EPSG:4301", "EPSG:2451"])
def test_points_on_another_datum_are_refused(tmp_path, srid):
    rows = [POSITIONS[0], position("13224", "0013001", "139.45", "35.63", srid)]
    with pytest.raises(SourceError, match=rf"line 3, column rep_srid: found '{srid}'"):
        read_towns([master(tmp_path, TOWNS), positions(tmp_path, rows)])


def test_a_position_file_without_a_datum_is_refused(tmp_path):
    header = [name for name in POSITION_HEADER if name != "rep_srid"]
    path = positions(tmp_path, POSITIONS, header=header)
    with pytest.raises(SourceError, match="rep_srid not found"):
        read_towns([master(tmp_path, TOWNS), path])


def test_faulty_positions_are_rejected_and_their_towns_kept(tmp_path):
    rows = [
        POSITIONS[0],
        POSITIONS[0],
        position("13101", "0002000", "35.69", "139.76"),
        position("13101", "0077000", "139.7", "35.7"),
        position("13224", "0013001", "east", "35.63"),
        position("13224", "0013001", "139.45", "35.63", ""),
        position("13224", "0013001", "", "", ""),
    ]
    read = read_towns([master(tmp_path, TOWNS), positions(tmp_path, rows)])
    assert sorted(rejected(read)) == [
        (3, "machiaza_id", "repeated_key"),
        (4, "rep_lon", "outside_japan"),
        (5, "machiaza_id", "broken_link"),
        (6, "rep_lon", "bad_value"),
        (7, "rep_srid", "missing_value"),
    ]
    assert (read.read_count, read.accepted_count, read.rejected_count) == (10, 5, 5)
    assert read.tables["raw.town"]["lon"].notna().tolist() == [True, False, False]


def test_a_town_master_given_twice_is_refused(tmp_path):
    path = master(tmp_path, TOWNS)
    with pytest.raises(SourceError, match=r"131016, which mt_town_pref13\.csv holds"):
        read_towns([path, path])
