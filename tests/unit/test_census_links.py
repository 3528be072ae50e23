"""Census mesh statistics: links between the cells of a disclosure group."""

from census_files import KYOTO, Row, census, population, with_rows
from rejected_rows import faults

from geodata.readers.census_mesh import read_census_mesh


def test_a_receiver_with_a_bad_value_does_not_break_the_links_to_it(tmp_path):
    read = with_rows(tmp_path, Row("523600002", "?", "1", merged="523600003;523600004"))
    assert faults(read) == [("bad_value", 4, "T001141001", "?")]


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
