"""Remote areas (辺地) in the project's own table (format-synthetic)."""

from functools import partial

import pytest
import shapely

from geodata.readers.henchi import read_henchi
from geodata.schemas import TABLES, conform
from tests.unit.disadvantaged_files import (
    HENCHI_HEADER,
    assert_refused,
    csv_text,
    rules_by_row,
    write_text,
)

CELLS, AREAS = "raw.henchi_cell", "raw.disadvantaged_area"
TRIANGLE = '"POLYGON((132 35,132.1 35,132.1 35.1,132 35))"'


@pytest.fixture
def write(tmp_path):
    """Write one text file and give its path."""
    return partial(write_text, tmp_path)


refused = partial(assert_refused, read_henchi)


def henchi_text(*rows: tuple[str, str, str, str]) -> str:
    return csv_text(
        HENCHI_HEADER, [dict(zip(HENCHI_HEADER, row, strict=True)) for row in rows]
    )


def test_remote_areas_are_read_by_cells_and_by_polygons(write):
    text = henchi_text(
        ("32209", "波多", "53320611;53320612", ""),
        ("32209", "入間", "53320613", ""),
        ("32209", "入間", "53320614", ""),
        ("32343", "八川", "", TRIANGLE),
    )
    read = read_henchi([write("henchi.csv", text)])
    cells = read.tables[CELLS].sort_values("mesh3")
    assert cells["mesh3"].to_list() == [53320611, 53320612, 53320613, 53320614]
    assert cells["name_ja"].to_list() == ["波多", "波多", "入間", "入間"]
    area = read.tables[AREAS].iloc[0]
    assert (area["kind"], area["city_code"]) == ("henchi", "32343")
    assert area["area_name_ja"] == "八川"
    assert shapely.from_wkb(area["geometry"]).area == pytest.approx(0.005)
    assert (read.read_count, read.accepted_count, read.rejected_count) == (4, 4, 0)
    assert conform(TABLES[CELLS], read.tables[CELLS]).num_rows == 4
    assert conform(TABLES[AREAS], read.tables[AREAS]).num_rows == 1


def test_a_file_by_cells_only_gives_an_empty_table_of_polygons(write):
    text = "city_code,name,mesh3\n32209,波多,53320611\n"
    read = read_henchi([write("henchi.csv", text)])
    assert len(read.tables[CELLS]) == 1
    assert conform(TABLES[AREAS], read.tables[AREAS]).num_rows == 0


def test_a_file_by_polygons_only_gives_an_empty_table_of_cells(write):
    text = f"city_code,name,geometry\n32209,波多,{TRIANGLE}\n"
    read = read_henchi([write("henchi.csv", text)])
    assert len(read.tables[AREAS]) == 1
    assert conform(TABLES[CELLS], read.tables[CELLS]).num_rows == 0


def test_bad_rows_of_remote_areas_are_rejected_one_by_one(write):
    text = henchi_text(
        ("32209", "波多", "53320611", ""),
        ("32209", "無所", "", ""),
        ("32209", "両方", "53320611", TRIANGLE),
        ("99999", "入間", "53320611", ""),
        ("32209", "", "53320611", ""),
        ("32209", "入間", "53320612;5332061", ""),
        ("32209", "入間", "00000000", ""),
        ("32209", "八川", "", '"POINT(132 35)"'),
        ("32209", "八川", "", "POLYGON"),
        ("32209", "八川", "", '"POLYGON((35 132,35 132.1,35.1 132.1,35 132))"'),
        ("32209", "波多", "53320611", ""),
    )
    read = read_henchi([write("henchi.csv", text)])
    assert rules_by_row(read) == {
        3: "missing_value",
        4: "bad_value",
        5: "unknown_municipality",
        6: "missing_value",
        7: "bad_mesh_code",
        8: "bad_mesh_code",
        9: "bad_geometry",
        10: "bad_geometry",
        11: "outside_japan",
        12: "repeated_key",
    }
    assert read.tables[CELLS]["mesh3"].to_list() == [53320611]
    assert read.rejected.set_index("row").loc[7, "value"] == "5332061"
    assert (read.read_count, read.accepted_count, read.rejected_count) == (11, 1, 10)


def test_a_cell_repeated_within_a_remote_area_counts_once(write):
    text = henchi_text(
        ("32209", "波多", "53320611;53320611;53320612", ""),
        ("32209", "波多", "53320612;53320613", ""),
    )
    read = read_henchi([write("henchi.csv", text)])
    assert read.tables[CELLS]["mesh3"].to_list() == [53320611, 53320612, 53320613]
    assert (read.accepted_count, read.rejected_count) == (2, 0)


def test_two_remote_areas_may_share_a_cell(write):
    text = henchi_text(
        ("32209", "波多", "53320611", ""), ("32209", "入間", "53320611", "")
    )
    assert read_henchi([write("henchi.csv", text)]).accepted_count == 2


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ["henchi.csv", "header"]),
        ("city_code,name,mesh3\n", ["line 2", "no data row"]),
        ("city_code,name\n32209,x\n", ["line 1", "mesh3 or geometry"]),
        ("city_code,mesh3\n32209,53320611\n", ["line 1", "name not found"]),
        ("city_code,name,mesh3\n32209,x", ["line 2", "ends within"]),
        ("name;mesh3\n", ["line 1", "wanted"]),
    ],
)
def test_unusable_files_of_remote_areas_are_refused(write, text, parts):
    refused([write("henchi.csv", text)], *parts)


def test_remote_areas_in_cp932_are_refused(write):
    text = "city_code,name,mesh3\n32209,波多,53320611\n"
    refused([write("henchi.csv", text, "cp932")], "line 2: wanted UTF-8", "byte 0x")


def test_further_columns_of_remote_areas_are_noted(write):
    text = "city_code,name,mesh3,note\n32209,波多,53320611,x\n"
    read = read_henchi([write("henchi.csv", text)])
    assert read.notes == ("henchi.csv: further column(s) note not used.",)
