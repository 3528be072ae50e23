"""L03-b 土地利用細分メッシュ: fine cells counted per 1 km cell, and bad rows."""

import csv
import zipfile

import numpy as np
from land_use_files import (
    DAY,
    DETAIL_NAMES,
    NEW_NAMES,
    OLD_NAMES,
    ROWS,
    STEM,
    archive,
    counts,
    geojson,
    metadata,
    published,
    shapefile_parts,
)
from rejected_rows import faults

from geodata.readers.land_use import read_land_use


def test_fine_cells_are_counted_per_1_km_cell_and_code(tmp_path):
    read = read_land_use([published(tmp_path, ROWS)])
    assert counts(read) == {
        (53394611, "0700"): 2,
        (53394611, "1600"): 1,
        (53394612, "0500"): 1,
    }
    assert (read.read_count, read.accepted_count) == (4, 4)
    assert (read.name, read.vintage, read.datum) == ("land_use", "2016", "JGD2000")
    assert read.edition == "L03-b, code list 2009"
    assert read.tables["raw.land_use"]["cells_per_mesh3"].unique().tolist() == [100]
    assert read.notes == ()


def test_counts_equal_a_plain_count_of_the_rows(tmp_path):
    rng = np.random.default_rng(4)
    codes = ["0100", "0200", "0500", "0901", "1500"]
    cells = rng.choice(640_000, 5_000, replace=False)
    texts = [
        f"5339{c // 80000}{c // 10000 % 8}{c // 1000 % 10}{c // 100 % 10}{c % 100:02d}"
        for c in cells.tolist()
    ]
    rows = [(text, codes[i], DAY) for i, text in zip(rng.integers(0, 5, 5000), texts)]  # noqa: B905
    path = tmp_path / "rows.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    plain: dict[tuple[int, str], int] = {}
    with path.open(newline="") as file:
        for cell, use, _ in csv.reader(file):
            plain[int(cell[:8]), use] = plain.get((int(cell[:8]), use), 0) + 1
    assert counts(read_land_use([published(tmp_path, rows)])) == plain


def test_edition_2021_has_the_columns_of_the_specification(tmp_path):
    stem = "L03-b-21_5339"
    rows = [("5339461100", "0901", "20210401")]
    path = archive(
        tmp_path / f"{stem}-jgd2011_GML.zip",
        shapefile_parts(stem, rows, NEW_NAMES, 6668) | {f"{stem}.geojson": b"{"},
    )
    read = read_land_use([path])
    assert counts(read) == {(53394611, "0901"): 1}
    assert (read.vintage, read.datum) == ("2021", "JGD2011")


def test_geojson_is_read_as_well(tmp_path):
    path = tmp_path / "L03-b-21_5339.geojson"
    path.write_bytes(geojson([("5339461100", "0902", "20210401")]))
    read = read_land_use([path])
    assert counts(read) == {(53394611, "0902"): 1}
    assert read.datum == "JGD2011"


def test_50_m_cells_have_two_digits_more_and_the_urban_codes(tmp_path):
    rows = [
        ("533946110000", "0701", DAY, "1"),
        ("533946110001", "0701", DAY, "1"),
        ("533946110011", "1003", DAY, "1"),
        ("533946119911", "0700", DAY, "0"),
        ("533946110012", "0700", DAY, "0"),
    ]
    stem = "L03-b-c-16_5339"
    parts = shapefile_parts(stem, rows, DETAIL_NAMES, epsg=None)
    read = read_land_use([archive(tmp_path / f"{stem}_GML.zip", parts)])
    assert counts(read) == {
        (53394611, "0701"): 2,
        (53394611, "1003"): 1,
        (53394611, "0700"): 1,
    }
    assert faults(read) == [("bad_mesh_code", 5, "L03b_c_001", "533946110012")]
    assert read.tables["raw.land_use"]["cells_per_mesh3"].unique().tolist() == [400]
    assert read.datum == "JGD2000"
    assert "neither files nor names say the datum" in read.notes[0]


def test_each_bad_row_is_kept_with_its_rule(tmp_path):
    rows = [
        *ROWS,
        ("5339461100", "0100", DAY),
        ("5339461111", "0300", DAY),
        ("5339861111", "0100", DAY),
        ("0139461111", "0100", DAY),
        (None, "0100", DAY),
        ("5339461122", "", DAY),
    ]
    read = read_land_use([published(tmp_path, rows)])
    assert sorted(faults(read), key=lambda fault: fault[1]) == [
        ("repeated_key", 5, "メッシュ", "5339461100"),
        ("unknown_code", 6, "土地利用種", "0300"),
        ("bad_mesh_code", 7, "メッシュ", "5339861111"),
        ("bad_mesh_code", 8, "メッシュ", "0139461111"),
        ("missing_value", 9, "メッシュ", "None"),
        ("missing_value", 10, "土地利用種", "None"),
    ]
    assert (read.read_count, read.accepted_count, read.rejected_count) == (10, 4, 6)
    assert set(read.rejected["layer"]) == {"L03-b-16_5339"}
    assert counts(read)[53394611, "0700"] == 2


def test_a_cell_of_an_earlier_file_repeats(tmp_path):
    other = [
        ("5340000000", "0500", DAY),
        ("5339461100", "0500", DAY),
        ("5340000001", "0500", DAY),
    ]
    stem = "L03-b-16_5340"
    second = archive(
        tmp_path / f"{stem}-jgd_GML.zip", shapefile_parts(stem, other) | metadata(stem)
    )
    read = read_land_use([published(tmp_path, ROWS), second])
    assert faults(read) == [("repeated_key", 2, "メッシュ", "5339461100")]
    assert counts(read)[53400000, "0500"] == 2


def test_an_extra_column_is_left_out_with_a_note(tmp_path):
    rows = [(*row, "x") for row in ROWS]
    parts = shapefile_parts(STEM, rows, (*OLD_NAMES, "備考"))
    read = read_land_use([archive(tmp_path / f"{STEM}-jgd_GML.zip", parts)])
    assert read.accepted_count == 4
    assert read.notes[0].endswith("further columns left out: 備考.")


def test_a_primary_mesh_of_40_000_cells_is_read(tmp_path):
    rows = [
        (f"5339{m2}{m3:02d}{m100:02d}", "0500", DAY)
        for m2 in (45, 46, 47, 55)
        for m3 in range(100)
        for m100 in range(100)
    ]
    read = read_land_use([published(tmp_path, rows)])
    table = read.tables["raw.land_use"]
    assert (read.accepted_count, len(table)) == (40_000, 400)
    assert table["cell_count"].eq(100).all()


def test_a_member_of_an_archive_is_never_unpacked_beside_it(tmp_path):
    path = published(tmp_path, ROWS)
    read_land_use([path])
    assert list(tmp_path.iterdir()) == [path]
    assert zipfile.is_zipfile(path)
