"""Rejected census rows: their cells are unknown, and never taken for empty ones."""

import pandas as pd
import pytest

from geodata import reference
from geodata.ground.people import needed_primary_meshes, people
from tests.unit.census_files import Row, with_rows

FULL, EMPTY = 533946, 533945


def given(*gaps):
    """A complete census: ten residents in one cell, and rows that were rejected."""
    mesh1 = sorted(needed_primary_meshes())
    return {
        "raw.mesh_population": pd.DataFrame(
            {
                "census_year": 2020,
                "level": "m3",
                "mesh": [FULL * 100],
                "pref_code": pd.Series([None], dtype="str"),
                "population_count": [10],
                "household_count": pd.array([pd.NA], "Int64"),
                "age65_count": pd.array([pd.NA], "Int64"),
            }
        ),
        "raw.census_extent": pd.DataFrame(
            {
                "census_year": 2020,
                "level": "m3",
                "unit": "mesh1",
                "code": [str(code) for code in mesh1],
            }
        ),
        "raw.census_gap": pd.DataFrame(
            {
                "census_year": 2020,
                "mesh2": pd.array(gaps, "Int64"),
                "row_count": [1] * len(gaps),
            }
        ),
    }


def test_a_cell_with_a_rejected_row_is_unknown_but_known_to_be_inhabited():
    found = people(given(FULL))
    assert pd.isna(found.by_mesh2[FULL])
    assert found.by_mesh2[EMPTY] == 0
    assert found.at_least[FULL] == 10
    assert found.is_complete
    assert any("1 rows of the census were rejected" in text for text in found.warnings)


@pytest.mark.parametrize("gap", [EMPTY, pd.NA])
def test_where_it_is_open_who_is_inhabited_no_denominator_is_derived(gap):
    found = people(given(gap))
    assert not found.is_complete
    assert any("no denominator is derived" in text for text in found.warnings)


def test_without_rejected_rows_nothing_is_open():
    tables = given()
    del tables["raw.census_gap"]
    found = people(tables)
    assert found.is_complete
    assert found.by_mesh2[FULL] == 10
    known = found.by_mesh2.reindex(reference.mesh2_facts()["mesh2"]).notna()
    assert known.mean() > 0.97


def test_a_rejected_row_of_an_older_census_leaves_the_newest_known():
    tables = given(FULL)
    tables["raw.census_gap"] = tables["raw.census_gap"].assign(census_year=2015)
    found = people(tables)
    assert found.by_mesh2[FULL] == 10
    assert found.warnings == []


def test_the_reader_names_the_cells_of_rejected_rows(tmp_path):
    read = with_rows(tmp_path, Row("523600001", "n/a"), Row("999900001", "3"))
    gaps = read.tables["raw.census_gap"]
    assert gaps["row_count"].sum() == read.rejected_count
    assert set(gaps["mesh2"].dropna()) == {523600}
