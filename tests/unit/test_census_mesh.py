"""Census mesh statistics: e-Stat's files as they are, and all that breaks them."""

import csv
import zipfile
from pathlib import Path

import numpy as np
import pytest
from census_files import KYOTO, Row, as_bytes, census, table

from geodata import mesh, reference
from geodata.errors import SourceError
from geodata.readers.census.header import normal_label, read_header
from geodata.readers.census_mesh import read_census_mesh
from geodata.readers.files.published import Published
from geodata.readers.reading import SourceRead
from geodata.schemas import TABLES, conform

REAL = "data/estat_mesh_population_2020"
NAME = "tblT001141H5236.txt"


def population(read: SourceRead):
    return read.tables["raw.mesh_population"].set_index("mesh")


def faults(read: SourceRead) -> list[tuple[str, int, str, str]]:
    columns = ["rule_id", "row", "column", "value"]
    return list(read.rejected[columns].itertuples(index=False, name=None))


def written(folder: Path, lines: list[list[str]], name: str = NAME) -> Path:
    (folder / name).write_bytes(as_bytes(lines))
    return folder / name


def with_rows(folder: Path, *changed: Row, drop: tuple[str, ...] = ()) -> SourceRead:
    """KYOTO with rows of the same key replaced, others added, and some left out."""
    rows = {row.key: row for row in (*KYOTO, *changed) if row.key not in drop}
    return read_census_mesh([census(folder, NAME, list(rows.values()))])


# --- the real files -------------------------------------------------------------------

REAL_FILES = [
    ("tblT001101H4930.txt", "m4", "mesh1", 11_945, 2_644_586, (8_566, 1_455, 1_924)),
    ("tblT001101H5030.txt", "m4", "mesh1", 9_496, 4_685_631, (7_227, 1_011, 1_258)),
    ("tblT001101H5031.txt", "m4", "mesh1", 4_707, 532_512, (2_678, 849, 1_180)),
    ("tblT001100S30.txt", "m3", "prefecture", 2_237, 922_584, (1_466, 324, 447)),
]


def plain_sums(path: Path) -> dict[str, int]:
    """Sums of the columns that are read, by the csv module alone."""
    with path.open(encoding="cp932", newline="") as file:
        rows = list(csv.reader(file))[2:]
    return {
        "rows": len(rows),
        "population": sum(int(row[4]) for row in rows),
        "age65": sum(int(row[22]) for row in rows if row[22] != "*"),
        "age65_withheld": sum(row[22] == "*" for row in rows),
        "household": sum(int(row[37]) for row in rows),
    }


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "level", "unit", "rows", "people", "treatments"), REAL_FILES
)
def test_a_real_file_gives_the_totals_of_its_readme_and_of_plain_code(
    shared_data, name, level, unit, rows, people, treatments
):
    path = shared_data / REAL / name
    read = read_census_mesh([path])
    frame, sums = population(read), plain_sums(path)
    assert len(frame) == read.read_count == sums["rows"] == rows
    assert frame["population_count"].sum() == sums["population"] == people
    assert frame["household_count"].sum() == sums["household"]
    assert frame["age65_count"].sum() == sums["age65"]
    assert frame["age65_count"].isna().sum() == sums["age65_withheld"]
    assert tuple(frame["treatment"].value_counts().sort_index()) == treatments
    assert set(frame["level"]) == {level}
    assert read.rejected.empty
    (extent,) = read.tables["raw.census_extent"].to_dict("records")
    assert extent["unit"] == unit
    assert (extent["row_count"], extent["population_count"]) == (rows, people)
    assert (read.vintage, read.datum) == ("2020", "JGD2000")
    for table_name, frame in read.tables.items():
        conform(TABLES[table_name], frame)


@pytest.mark.shared
def test_the_real_prefecture_file_adds_up_to_its_published_population(shared_data):
    read = read_census_mesh([shared_data / REAL / "tblT001100S30.txt"])
    published = reference.prefectures().set_index("pref_code")["population_2020"]
    assert population(read)["population_count"].sum() == published["30"]
    assert not any("add up" in note for note in read.notes)


@pytest.mark.shared
def test_real_files_of_three_primary_meshes_are_one_set(shared_data):
    paths = sorted((shared_data / REAL).glob("tblT001101H*.txt"))
    read = read_census_mesh(paths)
    assert read.tables["raw.census_extent"]["code"].tolist() == ["4930", "5030", "5031"]
    total = population(read)["population_count"].sum()
    assert total == 2_644_586 + 4_685_631 + 532_512
    assert read.edition == "T001101, m4, one file per mesh1"
    assert read.rejected.empty
    assert not any("link" in note for note in read.notes)


@pytest.mark.shared
def test_the_builder_writes_the_real_header(shared_data):
    header = (shared_data / REAL / "tblT001101H5031.txt").read_bytes().split(b"\n")[:2]
    assert as_bytes(table([], "T001101")).split(b"\r\n")[:2] == header


@pytest.mark.shared
def test_a_real_file_cut_within_a_line_is_refused(shared_data, tmp_path):
    content = (shared_data / REAL / "tblT001101H5031.txt").read_bytes()
    path = tmp_path / "tblT001101H5031.txt"
    rng = np.random.default_rng(5)
    for cut in rng.integers(1, len(content), 12):
        path.write_bytes(content[:cut])
        if content[cut - 1 : cut] != b"\n":
            with pytest.raises(SourceError, match=r"tblT001101H5031\.txt"):
                read_census_mesh([path])


# --- what a row means -----------------------------------------------------------------


def test_a_numeric_total_is_taken_as_it_is_and_gassan_is_never_added(tmp_path):
    frame = population(with_rows(tmp_path))
    assert frame["population_count"].to_dict() == {
        523600001: 10,
        523600002: 50,
        523600003: 3,
        523600004: 2,
        523600011: 35,
    }
    assert set(frame["pop_status"]) == {"counted"}
    assert frame["household_count"].tolist() == [1, 1, 1, 1, 20]


def test_withheld_details_are_null_and_zero_is_zero(tmp_path):
    age65 = population(with_rows(tmp_path))["age65_count"]
    assert age65.isna().tolist() == [False, False, True, True, False]
    assert age65.dropna().tolist() == [0, 7, 12]


def test_a_withheld_total_is_zero_persons_of_a_disclosure_group(tmp_path):
    read = with_rows(tmp_path, Row("523600003", "*", "2", "523600002", household="*"))
    row = population(read).loc[523600003]
    assert (row["population_count"], row["pop_status"]) == (0, "suppressed")
    assert row["disclosure_group"] == 523600002
    assert row.isna()["household_count"]
    assert read.tables["raw.census_extent"]["population_count"].tolist() == [97]


def test_the_receiver_is_in_its_own_disclosure_group_and_plain_cells_in_none(tmp_path):
    group = population(with_rows(tmp_path))["disclosure_group"]
    assert group.dropna().to_dict() == dict.fromkeys(
        [523600002, 523600003, 523600004], 523600002
    )


@pytest.mark.parametrize("none", ["-", ""])
def test_a_dash_or_nothing_is_none_which_is_zero(tmp_path, none):
    read = with_rows(
        tmp_path, Row("523600001", none, household=none, age65=none), KYOTO[1]
    )
    row = population(read).loc[523600001]
    assert row["population_count"] == row["household_count"] == row["age65_count"] == 0
    assert row["pop_status"] == "counted"
    assert read.rejected.empty


def test_blanks_round_fields_are_no_fault(tmp_path):
    lines = table(KYOTO)
    lines[2][4] = " 10 "
    frame = population(read_census_mesh([written(tmp_path, lines)]))
    assert frame.loc[523600001, "population_count"] == 10


# --- which file it is -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "statistics", "keys", "level"),
    [
        ("tblT001140S5236.txt", "T001140", ["52360000", "52360001"], "m3"),
        ("tblT001142Q5236.txt", "T001142", ["5236000011", "5236000012"], "m5"),
        ("tblT001231E5236.txt", "T001231", ["52360000111", "52360000112"], "m6"),
        ("tblT001171S5236.zip", "T001171", ["52360000", "52360001"], "m3"),
    ],
)
def test_the_digits_of_key_code_tell_the_level(tmp_path, name, statistics, keys, level):
    rows = [Row(key, "5") for key in keys]
    read = read_census_mesh([census(tmp_path, name, rows, statistics)])
    assert set(read.tables["raw.mesh_population"]["level"]) == {level}
    assert any("ten digits" in note for note in read.notes) == (level == "m5")


def test_labels_tell_the_columns_not_their_numbers(tmp_path):
    lines = table(KYOTO)
    for line in lines:
        line[4], line[9] = line[9], line[4]  # the total stands sixth, under code 001
    lines[0][4], lines[0][9] = "T001141001", "T001141006"
    lines[1][9] = "　 人口(総数)"
    lines[1][22] = "65歳以上人口総数"
    read = read_census_mesh([written(tmp_path, lines)])
    assert population(read)["population_count"].sum() == 100
    assert any("T001141006" in note and "label" in note for note in read.notes)


def test_further_columns_may_stand_between_the_known_ones(tmp_path):
    lines = table(KYOTO)
    for at, line in enumerate(lines):
        line[1:1] = (
            [["HYOSYO", "CITYNAME"], ["", ""]][at] if at < 2 else ["1", "京都市"]
        )
    read = read_census_mesh([written(tmp_path, lines)])
    assert population(read)["population_count"].sum() == 100
    assert any("column(s) HYOSYO, CITYNAME not used" in note for note in read.notes)


def test_a_statistic_without_households_gives_null_not_zero(tmp_path):
    lines = [line[:37] for line in table(KYOTO)]
    read = read_census_mesh([written(tmp_path, lines)])
    assert population(read)["household_count"].isna().all()
    assert any("世帯総数" in note and "null" in note for note in read.notes)


def test_an_unknown_statistics_id_is_read_with_year_and_datum_not_stated(tmp_path):
    path = census(tmp_path, "tblT009999H5236.txt", KYOTO, "T009999")
    read = read_census_mesh([path])
    assert (read.vintage, read.datum) == ("not stated", "not stated")
    assert population(read)["population_count"].sum() == 100


@pytest.mark.parametrize(
    ("label", "normal"),
    [
        ("　人口（総数）", "人口総数"),
        ("人口(総数) 男", "人口総数男"),
        ("　６５歳以上人口　総数", "65歳以上人口総数"),
    ],
)
def test_labels_are_compared_without_widths_blanks_and_brackets(label, normal):
    assert normal_label(label) == normal


def test_a_file_of_another_name_is_told_by_its_content(tmp_path):
    read = read_census_mesh([census(tmp_path, "population.csv", KYOTO)])
    (extent,) = read.tables["raw.census_extent"].to_dict("records")
    assert (extent["unit"], extent["code"]) == ("mesh1", "5236")
    assert any("by its content" in note for note in read.notes)


# --- prefectures ----------------------------------------------------------------------


def prefecture_rows(pref_code: str, per_mesh1: int = 60) -> list[Row]:
    """So many listed 1 km cells of each primary mesh of a prefecture, a person each."""
    pairs = reference.mesh3_municipalities()
    cells = pairs.loc[pairs["city_code"].str.startswith(pref_code), "mesh3"].unique()
    first = [
        cells[cells // 10_000 == m][:per_mesh1] for m in np.unique(cells // 10_000)
    ]
    return [Row(str(cell), "1") for cell in np.concatenate(first)]


def border_cell(one: str, other: str) -> str:
    pairs = reference.mesh3_municipalities()
    prefectures = pairs["city_code"].str[:2]
    both = set(pairs["mesh3"][prefectures == one]) & set(
        pairs["mesh3"][prefectures == other]
    )
    return str(min(both))


def test_a_border_cell_keeps_one_part_for_each_prefecture_file(tmp_path):
    shared = border_cell("26", "27")
    files = []
    for pref_code, people in (("26", "30"), ("27", "12")):
        rows = {row.key: row for row in prefecture_rows(pref_code)}
        rows[shared] = Row(shared, people)
        name = f"tblT001140S{pref_code}.txt"
        files.append(census(tmp_path, name, list(rows.values()), "T001140"))
    read = read_census_mesh(files)
    frame = read.tables["raw.mesh_population"]
    parts = frame[frame["mesh"] == int(shared)].set_index("pref_code")
    assert parts["population_count"].to_dict() == {"26": 30, "27": 12}
    assert set(read.tables["raw.census_extent"]["unit"]) == {"prefecture"}
    assert sum("add up" in note for note in read.notes) == 2  # they are made up


def test_a_few_cells_that_are_not_listed_in_the_prefecture_are_noted(tmp_path):
    rows = prefecture_rows("30", 100)
    elsewhere = prefecture_rows("13", 1)[:2]
    path = census(tmp_path, "tblT001140S30.txt", [*rows, *elsewhere], "T001140")
    read = read_census_mesh([path])
    assert read.accepted_count == len(rows) + 2
    assert any("2 1 km cell(s)" in note and "30" in note for note in read.notes)


def test_a_prefecture_renamed_to_another_is_refused(tmp_path):
    rows = prefecture_rows("30")
    path = census(tmp_path, "tblT001140S01.txt", rows, "T001140")
    with pytest.raises(SourceError, match=r"prefecture 01.*prefecture 30"):
        read_census_mesh([path])


def test_a_primary_mesh_renamed_to_a_prefecture_is_refused(tmp_path):
    path = census(tmp_path, "tblT001141H26.txt", KYOTO)
    with pytest.raises(SourceError, match=r"prefecture 26.*primary mesh 5236"):
        read_census_mesh([path])


def test_a_prefecture_renamed_to_a_primary_mesh_is_refused(tmp_path):
    path = census(tmp_path, "tblT001140S5135.txt", prefecture_rows("30"), "T001140")
    with pytest.raises(SourceError, match=r"primary mesh 5135.*prefecture 30"):
        read_census_mesh([path])


def test_cells_of_several_prefectures_and_primary_meshes_are_no_file_of_estat(tmp_path):
    rows = [*prefecture_rows("30"), *prefecture_rows("13")]
    path = census(tmp_path, "all.txt", rows, "T001140")
    with pytest.raises(SourceError, match=r"all\.txt.*one primary mesh or of one pref"):
        read_census_mesh([path])


# --- faults of rows -------------------------------------------------------------------


def test_a_value_that_is_no_number_rejects_its_row_alone(tmp_path):
    read = with_rows(tmp_path, Row("523600001", "n/a"), Row("523600011", "3.5"))
    assert faults(read) == [
        ("bad_value", 3, "T001141001", "n/a"),
        ("bad_value", 7, "T001141001", "3.5"),
    ]
    assert (read.read_count, read.accepted_count) == (5, 3)
    assert any(note.startswith("2 row(s) are rejected") for note in read.notes)
    assert population(read)["population_count"].sum() == 55


def test_an_x_is_a_withheld_figure_and_loses_no_row(tmp_path):
    read = with_rows(tmp_path, Row("523600011", "35", household="X", age65="X"))
    row = population(read).loc[523600011]
    assert row["population_count"] == 35
    assert row[["household_count", "age65_count"]].isna().all()
    assert faults(read) == []


def test_a_receiver_with_a_bad_value_does_not_break_the_links_to_it(tmp_path):
    read = with_rows(tmp_path, Row("523600002", "?", "1", merged="523600003;523600004"))
    assert faults(read) == [("bad_value", 4, "T001141001", "?")]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (Row("5236000015", "1"), ("bad_mesh_code", 8, "KEY_CODE", "5236000015")),
        (Row("523600915", "1"), ("bad_mesh_code", 8, "KEY_CODE", "523600915")),
        (Row("52360001a", "1"), ("bad_mesh_code", 8, "KEY_CODE", "52360001a")),
        (Row("523600021", "1", "3"), ("bad_value", 8, "HTKSYORI", "3")),
        (Row("523600021", "1", ""), ("bad_value", 8, "HTKSYORI", "")),
        (Row("523600021", "-7"), ("bad_value", 8, "T001141001", "-7")),
        (Row("523600021", "1", age65="?"), ("bad_value", 8, "T001141019", "?")),
        (Row("523600021", "*"), ("bad_value", 8, "T001141001", "* or X")),
        (Row("523600021", "1", "2"), ("missing_value", 8, "HTKSAKI", "")),
        (
            Row("523600021", "1", target="523600002"),
            ("bad_value", 8, "HTKSAKI", "523600002"),
        ),
        (
            Row("523600021", "1", merged="523600002"),
            ("bad_value", 8, "GASSAN", "523600002"),
        ),
        (
            Row("523600021", "1", "2", "523600011"),
            ("broken_link", 8, "HTKSAKI", "523600011"),
        ),
        (
            Row("523600021", "1", "2", "523600999"),
            ("bad_mesh_code", 8, "HTKSAKI", "523600999"),
        ),
        (Row("523600021", "1", "2", "there"), ("bad_value", 8, "HTKSAKI", "there")),
    ],
)
def test_each_fault_of_a_row_names_line_column_and_value(tmp_path, row, fault):
    read = with_rows(tmp_path, row)
    assert faults(read) == [fault]
    assert read.rejected["file"].tolist() == [NAME]
    assert read.accepted_count == 5


def test_the_second_row_of_a_cell_is_rejected(tmp_path):
    path = census(tmp_path, NAME, [*KYOTO, KYOTO[0]])
    read = read_census_mesh([path])
    assert faults(read) == [("repeated_key", 8, "KEY_CODE", "523600001")]
    assert population(read)["population_count"].sum() == 100


def test_a_gassan_that_lists_other_cells_is_a_warning(tmp_path):
    read = with_rows(tmp_path, Row("523600002", "50", "1", merged="523600003"))
    assert faults(read) == [("inconsistent_total", 4, "GASSAN", "523600003")]
    assert set(read.rejected["severity"]) == {"WARNING"}
    assert read.accepted_count == 5


def test_a_source_without_a_row_is_noticed_on_the_receiver(tmp_path):
    read = with_rows(tmp_path, drop=("523600004",))
    value = "523600003;523600004"
    assert faults(read) == [("inconsistent_total", 3 + 1, "GASSAN", value)]


def test_links_into_the_next_primary_mesh_are_checked_over_all_files(tmp_path):
    east = [Row("523700001", "9", "1", merged="523600011")]
    giver = Row("523600011", "1", "2", "523700001")
    west = [*KYOTO[:4], giver]
    files = [
        census(tmp_path, "tblT001141H5236.txt", west),
        census(tmp_path, "tblT001141H5237.txt", east),
    ]
    read = read_census_mesh(files)
    assert read.rejected.empty
    assert population(read).loc[523600011, "disclosure_group"] == 523700001
    assert not any("link" in note for note in read.notes)


def test_links_that_leave_the_files_given_are_noted_not_rejected(tmp_path):
    read = with_rows(tmp_path, Row("523600011", "1", "2", "523700001"))
    assert read.rejected.empty
    assert read.accepted_count == 5
    assert any(note.startswith("1 HTKSAKI or GASSAN link") for note in read.notes)


def test_a_stray_cell_of_another_primary_mesh_is_rejected(tmp_path):
    cells = mesh.children(523600, "m2", "m4")[:200]
    rows = [Row(str(cell), "1") for cell in [*cells, 533945001]]
    read = read_census_mesh([census(tmp_path, NAME, rows)])
    assert faults(read) == [("bad_mesh_code", 203, "KEY_CODE", "533945001")]
    assert "primary mesh 5236" in read.rejected["message_en"][0]


def test_a_row_of_another_length_is_rejected_and_lines_stay_right(tmp_path):
    lines = table([*KYOTO, Row("523600021", "?")])
    del lines[3][-1]
    lines.insert(5, [""])
    read = read_census_mesh([written(tmp_path, lines)])
    rules = read.rejected.set_index("rule_id")["row"].to_dict()
    assert rules["wrong_field_count"] == 4
    assert rules["bad_value"] == 9
    assert read.read_count == 6  # the blank line is no row


def test_faults_of_one_file_are_told_under_its_name(tmp_path):
    files = [
        census(tmp_path, "tblT001141H5236.txt", KYOTO),
        census(tmp_path, "tblT001141H5237.txt", [Row("523700001", "1", "7")]),
    ]
    rejected = read_census_mesh(files).rejected
    assert rejected[["file", "row"]].to_numpy().tolist() == [["tblT001141H5237.txt", 3]]


# --- files that cannot be used --------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (NAME, lambda content: content[:0], r"the file is empty.*Download"),
        (NAME, lambda content: content[:200], r"ends within its two header lines"),
        (
            NAME,
            lambda content: content[:-30],
            r"line 7: .*without a line end.*cut short",
        ),
        (NAME, lambda content: content[:-2], r"line 7: .*without a line end"),
        (
            NAME,
            lambda content: content[: content.find(b"5236")],
            r"no row below the two header lines",
        ),
        (
            NAME,
            lambda content: content.decode("cp932").encode(),
            r"line 2: wanted CP932.*UTF-8",
        ),
        (
            NAME,
            lambda content: content.decode("cp932").encode("utf-16"),
            r"wanted CP932.*UTF-16",
        ),
        (
            NAME,
            lambda content: content.replace("男".encode("cp932"), b"\x81\xff", 1),
            r"line 2: wanted CP932.*0x81",
        ),
        (
            NAME,
            lambda content: content.replace(b"523600001,0", b"\xff23600001,0", 1),
            r"line 3: wanted CP932.*0xff",
        ),
        (
            NAME,
            lambda content: content.replace(b"HTKSAKI", b"SAKI", 1),
            r"line 1: column\(s\) HTKSAKI not found; the line starts KEY_CODE",
        ),
        (
            NAME,
            lambda content: content.replace(b"T001141002", b"T001141001", 1),
            r"line 1: column T001141001 stands twice",
        ),
        (
            NAME,
            lambda content: content.replace(b"T001141050", b"T001101050", 1),
            r"line 1: columns of T001101, T001141; wanted the figures of one",
        ),
        (
            NAME,
            lambda content: content.replace(
                "人口（総数）,".encode("cp932"), "全産業事業所数,".encode("cp932"), 1
            ),
            r"line 2: no column is labelled 人口（総数）; found 全産業事業所数",
        ),
        (
            NAME,
            lambda content: content.replace(
                "人口（総数）　男".encode("cp932"), "人口（総数）".encode("cp932"), 1
            ),
            r"line 2: the label 人口（総数） stands over T001141001 and T001141002",
        ),
        (
            NAME,
            lambda content: content[content.find(b"\n") + 1 :],
            r"line 1: column\(s\) KEY_CODE.* not found",
        ),
        (
            NAME,
            lambda content: content.replace(
                "世帯総数".encode("cp932"), "世帯総数（日本測地系）".encode("cp932"), 1
            ),
            r"line 2: says 日本測地系 \(Tokyo datum\).*世界測地系",
        ),
        (
            "tblT001141H5339.txt",
            lambda content: content,
            r"named after primary mesh 5339, but .* primary mesh 5236",
        ),
        (
            "tblT001101H5236.txt",
            lambda content: content,
            r"named after statistic T001101, but line 1 holds T001141",
        ),
        (
            "tblT001141S5236.txt",
            lambda content: content,
            r"letter S says level m3, but column KEY_CODE holds cells of m4",
        ),
        (
            "日本測地系_5236.txt",
            lambda content: content,
            r"its name: says 日本測地系",
        ),
        (NAME, lambda content: content.replace(b"5236", b"9936"), r"no cell of Japan"),
        (NAME, lambda content: content.replace(b"5236", b"52"), r"codes of 7 digits"),
    ],
)
def test_a_file_that_cannot_be_used_says_where_why_and_what_to_do(
    tmp_path, name, change, message
):
    path = tmp_path / name
    path.write_bytes(change(as_bytes(table(KYOTO))))
    with pytest.raises(SourceError, match=message) as raised:
        read_census_mesh([path])
    assert name in str(raised.value)


def test_a_zip_cut_short_is_refused(tmp_path):
    path = census(tmp_path, "tblT001141H5236.zip", KYOTO)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(SourceError, match=r"tblT001141H5236\.zip: cannot be read"):
        read_census_mesh([path])


def test_a_zip_without_a_text_and_no_path_at_all_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("readme.pdf", b"")
    with pytest.raises(SourceError, match=r"a\.zip: found no \.txt or \.csv"):
        read_census_mesh([tmp_path / "a.zip"])
    with pytest.raises(SourceError, match="no file"):
        read_census_mesh([])


def test_a_folder_of_the_tokyo_datum_is_refused(tmp_path):
    folder = tmp_path / "500mメッシュ（日本測地系）"
    folder.mkdir()
    with pytest.raises(SourceError, match="its folder name: says 日本測地系"):
        read_census_mesh([census(folder, NAME, KYOTO)])


@pytest.mark.parametrize(
    ("name", "statistics", "rows", "message"),
    [
        ("tblT001140S5237.txt", "T001140", [Row("52370000", "1")], r"level m4 .* m3"),
        ("tblT001101H5237.txt", "T001101", [Row("523700001", "1")], r"statistic T0011"),
        ("again.txt", "T001141", KYOTO, r"both hold mesh1 5236"),
    ],
)
def test_files_that_do_not_go_together_are_refused_by_both_names(
    tmp_path, name, statistics, rows, message
):
    files = [
        census(tmp_path, NAME, KYOTO),
        census(tmp_path, name, rows, statistics),
    ]
    with pytest.raises(SourceError, match=message) as raised:
        read_census_mesh(files)
    assert NAME in str(raised.value)
    assert name in str(raised.value)


def test_files_per_prefecture_and_per_primary_mesh_are_never_mixed(tmp_path):
    files = [
        census(tmp_path, "tblT001140S5236.txt", [Row("52360000", "1")], "T001140"),
        census(tmp_path, "tblT001140S30.txt", prefecture_rows("30"), "T001140"),
    ]
    with pytest.raises(SourceError, match=r"unit of the files mesh1 .* prefecture"):
        read_census_mesh(files)


@pytest.mark.shared
def test_the_real_units_are_not_mixed_either(shared_data):
    folder = shared_data / REAL
    with pytest.raises(SourceError, match=r"H5030.*S30.*level m4 .* m3"):
        read_census_mesh([folder / "tblT001101H5030.txt", folder / "tblT001100S30.txt"])


@pytest.mark.parametrize("figure", ["1000001", "0x10", "0X10", "9" * 30])
def test_more_people_than_a_cell_holds_are_a_bad_value(tmp_path, figure):
    rows = [*KYOTO, Row("523600012", figure)]
    read = read_census_mesh([census(tmp_path, "tblT001141H5236.txt", rows)])
    assert read.rejected[["row", "column", "value", "rule_id"]].values.tolist() == [
        [8, "T001141001", figure, "bad_value"]
    ]
    assert population(read)["population_count"].sum() == 100


@pytest.mark.shared
@pytest.mark.parametrize("table_id", ["T001100", "T001101"])
def test_the_figures_stand_under_the_real_labels(shared_data, table_id):
    path = shared_data / REAL / f"columns_{table_id}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        labels = {row["code"]: row["label_ja"] for row in csv.DictReader(file)}
    name = "tblT001100S30.txt" if table_id == "T001100" else "tblT001101H5031.txt"
    path = shared_data / REAL / name
    header = read_header(Published(path), path.read_bytes())
    assert header.statistics_id == table_id
    assert {figure: labels[code] for figure, code in header.columns.items()} == {
        "population": "人口（総数）",
        "household": "世帯総数",
        "age65": "６５歳以上人口　総数",
    }
