"""Census mesh statistics: faults of rows."""

import pytest
from census_files import KYOTO, NAME, Row, census, population, table, with_rows, written
from rejected_rows import faults

from geodata import mesh
from geodata.readers.census_mesh import read_census_mesh


def test_a_value_that_is_no_number_rejects_its_row_alone(tmp_path):
    read = with_rows(tmp_path, Row("523600001", "n/a"), Row("523600011", "3.5"))
    assert faults(read) == [
        ("bad_value", 3, "T001141001", "n/a"),
        ("bad_value", 7, "T001141001", "3.5"),
    ]
    assert (read.read_count, read.accepted_count) == (5, 3)
    gaps = read.tables["raw.census_gap"]
    assert gaps.to_dict("list") == {
        "mesh2": [523600],
        "row_count": [2],
        "census_year": [2020],
    }
    assert population(read)["population_count"].sum() == 55


def test_an_x_is_a_withheld_figure_and_loses_no_row(tmp_path):
    read = with_rows(tmp_path, Row("523600011", "35", household="X", age65="X"))
    row = population(read).loc[523600011]
    assert row["population_count"] == 35
    assert row[["household_count", "age65_count"]].isna().all()
    assert faults(read) == []


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


@pytest.mark.parametrize("figure", ["1000001", "0x10", "0X10", "9" * 30])
def test_more_people_than_a_cell_holds_are_a_bad_value(tmp_path, figure):
    rows = [*KYOTO, Row("523600012", figure)]
    read = read_census_mesh([census(tmp_path, "tblT001141H5236.txt", rows)])
    assert read.rejected[["row", "column", "value", "rule_id"]].values.tolist() == [
        [8, "T001141001", figure, "bad_value"]
    ]
    assert population(read)["population_count"].sum() == 100


def test_the_second_row_of_a_cell_is_rejected(tmp_path):
    path = census(tmp_path, NAME, [*KYOTO, KYOTO[0]])
    read = read_census_mesh([path])
    assert faults(read) == [("repeated_key", 8, "KEY_CODE", "523600001")]
    assert population(read)["population_count"].sum() == 100


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
