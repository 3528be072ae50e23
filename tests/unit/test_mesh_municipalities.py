"""Lists of mesh codes by municipality, in the published layout (format-synthetic)."""

import csv
import io
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from geodata import reference
from geodata.errors import SourceError
from geodata.readers.mesh_municipalities import read_mesh_municipalities
from geodata.schemas import TABLES, conform

HEADER = "都道府県市区町村コード,市区町村名,基準メッシュ・コード"
TOKYO = ["13101,千代田区,53394509", "13101,千代田区,53394518", "13102,中央区,53394518"]
REAL = "data/mesh_municipality_2020"


def listing(
    folder: Path, rows=TOKYO, name="13.csv", header=HEADER, encoding="cp932"
) -> Path:
    """A list in the published layout: CP932, CRLF."""
    text = "".join(f"{line}\r\n" for line in (header, *rows))
    (folder / name).write_bytes(text.encode(encoding))
    return folder / name


def table(read):
    return read.tables["raw.mesh3_municipality"]


def faults(read) -> list[tuple[str, int, str, str]]:
    columns = ["rule_id", "row", "column", "value"]
    return list(read.rejected[columns].itertuples(index=False, name=None))


@pytest.mark.shared
def test_the_real_lists_are_the_shipped_crosswalk_and_the_sums_of_plain_code(
    shared_data,
):
    path = shared_data / REAL / "official_shape_cp932.zip"
    read = read_mesh_municipalities([path])
    stored = conform(TABLES["raw.mesh3_municipality"], table(read)).to_pandas()
    assert stored[["mesh3", "city_code"]].equals(reference.mesh3_municipalities())

    rows = []
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            text = io.StringIO(archive.read(member).decode("cp932"), newline="")
            rows += list(csv.reader(text))[1:]
    assert len(rows) == len(stored) == read.read_count == 462_915
    assert len({row[2] for row in rows}) == stored["mesh3"].nunique() == 388_757
    assert len({row[2][:6] for row in rows}) == 4_888
    assert len({row[0] for row in rows}) == stored["city_code"].nunique() == 1_910
    plain = {(int(code), city, name) for city, name, code in rows}
    names = ["mesh3", "city_code", "city_name_ja"]
    assert plain == set(stored[names].itertuples(index=False, name=None))
    assert read.rejected.empty
    assert read.vintage == "2020"
    assert stored["note"].isna().all()


@pytest.mark.shared
def test_unassigned_land_is_kept_under_its_codes(shared_data):
    read = read_mesh_municipalities([shared_data / REAL / "official_shape_cp932.zip"])
    codes = set(table(read)["city_code"])
    unassigned = {code for code in codes if code.endswith("999")} | {"13199"}
    assert unassigned == {
        *("12999", "13199", "13999", "23999", "30999", "40999", "46999", "47999")
    }


def test_the_fourth_column_is_a_remark_where_there_is_one(tmp_path):
    north = listing(
        tmp_path,
        ["01101,札幌市中央区,64414288,", "01102,札幌市北区,64414288,境界未定地域"],
        "01.csv",
        f"{HEADER},備考",
    )
    read = read_mesh_municipalities([north, listing(tmp_path)])
    remark = table(read).set_index(["mesh3", "city_code"])["note"]
    assert remark.dropna().to_dict() == {(64414288, "01102"): "境界未定地域"}
    assert read.edition == "1 of 2 file(s) with 備考"
    assert read.read_count == read.accepted_count == 5
    assert any("04, 05" in note and "02, 03" in note for note in read.notes)


def test_a_long_list_may_come_in_numbered_parts(tmp_path):
    parts = [
        listing(tmp_path, TOKYO[:1], "13-1.csv"),
        listing(tmp_path, TOKYO[1:], "13-2.csv"),
    ]
    assert len(table(read_mesh_municipalities(parts))) == 3


def test_a_list_whose_codes_are_not_those_of_2020_does_not_state_its_year(tmp_path):
    assert read_mesh_municipalities([listing(tmp_path)]).vintage == "not stated"


def test_a_further_column_is_ignored_with_a_note(tmp_path):
    rows = [f"{row},x" for row in TOKYO]
    read = read_mesh_municipalities([listing(tmp_path, rows, header=f"{HEADER},面積")])
    assert len(table(read)) == 3
    assert any("面積" in note for note in read.notes)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (
            "13102,中央区,53394518",
            ("repeated_key", 5, "基準メッシュ・コード", "53394518"),
        ),
        (
            "13102,中央区,5339451",
            ("bad_mesh_code", 5, "基準メッシュ・コード", "5339451"),
        ),
        (
            "13102,中央区,00394518",
            ("bad_mesh_code", 5, "基準メッシュ・コード", "00394518"),
        ),
        (
            "131024,中央区,53394519",
            ("bad_value", 5, "都道府県市区町村コード", "131024"),
        ),
        ("13102,,53394519", ("missing_value", 5, "市区町村名", "")),
        ("13102,中央区", ("wrong_field_count", 5, "", "2 fields: 13102,中央区")),
    ],
)
def test_a_bad_row_is_rejected_alone_with_its_line(tmp_path, row, fault):
    read = read_mesh_municipalities([listing(tmp_path, [*TOKYO, row])])
    assert faults(read) == [fault]
    assert (read.read_count, read.accepted_count) == (4, 3)


def test_a_row_of_another_prefecture_is_rejected(tmp_path):
    from_land = reference.mesh3_municipalities().query("city_code == '13101'")
    rows = [f"{13101 + n},区,{code}" for n in range(10) for code in from_land["mesh3"]]
    path = listing(tmp_path, [*rows, "14101,横浜市鶴見区,53391500"])
    read = read_mesh_municipalities([path])
    line = len(rows) + 2
    assert faults(read) == [("bad_value", line, "都道府県市区町村コード", "14101")]
    assert read.accepted_count == len(rows) > 100


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("13.csv", lambda content: content[:0], "line 1: found no header"),
        ("13.csv", lambda content: content[:-3], r"line 4: .*without a line end"),
        (
            "13.csv",
            lambda content: content[: content.find(b"\n") + 1],
            "line 2: found no data row",
        ),
        (
            "13.csv",
            lambda content: content.decode("cp932").encode("utf-8-sig"),
            r"line 1: wanted CP932.*UTF-8",
        ),
        (
            "13.csv",
            lambda content: content.decode("cp932").encode("utf-16"),
            r"line 1: wanted CP932.*UTF-16",
        ),
        (
            "13.csv",
            lambda content: content.replace("千".encode("cp932"), b"\xff\xff", 1),
            r"line 2: wanted CP932.*0xff",
        ),
        (
            "13.csv",
            lambda content: content.replace("・".encode("cp932"), b"X", 1),
            r"line 1: column\(s\) 基準メッシュ・コード not found",
        ),
        (
            "13.csv",
            lambda content: content.replace(
                "市区町村名".encode("cp932"), "基準メッシュ・コード".encode("cp932"), 1
            ),
            r"line 1: column\(s\) 基準メッシュ・コード stand twice",
        ),
        (
            "14.csv",
            lambda content: content,
            r"named after prefecture 14, but .* of prefecture 13",
        ),
        (
            "13.csv",
            lambda content: content.replace(b"13102", b"14102"),
            r"codes of prefectures 13, 14; wanted those of one",
        ),
        ("13.csv", lambda content: content.replace(b"1310", b"9910"), "no prefecture"),
    ],
)
def test_a_file_that_cannot_be_used_says_where_why_and_what_to_do(
    tmp_path, name, change, message
):
    path = listing(tmp_path, name=name)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(SourceError, match=message) as raised:
        read_mesh_municipalities([path])
    assert name in str(raised.value)


def test_one_prefecture_in_two_files_is_refused_by_both_names(tmp_path):
    files = [listing(tmp_path), listing(tmp_path, name="list_of_2015.csv")]
    with pytest.raises(SourceError, match=r"13\.csv and list_of_2015\.csv: both hold"):
        read_mesh_municipalities(files)


def test_nothing_to_read_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("readme.txt", b"")
    with pytest.raises(SourceError, match=r"a\.zip: found no \.csv"):
        read_mesh_municipalities([tmp_path / "a.zip"])
    with pytest.raises(SourceError, match="no file"):
        read_mesh_municipalities([])


@pytest.mark.shared
def test_the_other_real_forms_of_the_list_hold_the_same(shared_data):
    folder = shared_data / REAL
    found = table(read_mesh_municipalities([folder / "official_shape_cp932.zip"]))
    names = ["mesh3", "city_code", "city_name_ja"]
    parquet = pd.read_parquet(folder / "mesh_municipality_2020.parquet")
    same = parquet.rename(columns={"meshcode": "mesh3"}).astype({"mesh3": "int64"})
    order = ["mesh3", "city_code"]
    pd.testing.assert_frame_equal(
        found[names].sort_values(order, ignore_index=True),
        same[names].sort_values(order, ignore_index=True),
    )
    with (folder / "mesh2_municipality_2020.csv").open(newline="") as file:
        counts = {
            (int(row["mesh2"]), row["city_code"]): int(row["n_mesh3"])
            for row in csv.DictReader(file)
        }
    per_mesh2 = found.assign(mesh2=found["mesh3"] // 100)
    assert per_mesh2.groupby(["mesh2", "city_code"]).size().to_dict() == counts
