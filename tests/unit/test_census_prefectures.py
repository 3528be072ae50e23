"""Census mesh statistics: files of a prefecture, and borders."""

import numpy as np
import pytest
from census_files import KYOTO, Row, census

from geodata import reference
from geodata.errors import SourceError
from geodata.readers.census_mesh import read_census_mesh


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


def test_files_per_prefecture_and_per_primary_mesh_are_never_mixed(tmp_path):
    files = [
        census(tmp_path, "tblT001140S5236.txt", [Row("52360000", "1")], "T001140"),
        census(tmp_path, "tblT001140S30.txt", prefecture_rows("30"), "T001140"),
    ]
    with pytest.raises(SourceError, match=r"unit of the files mesh1 .* prefecture"):
        read_census_mesh(files)
