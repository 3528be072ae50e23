"""Which rule gives the denominator, and why not a better one."""

import numpy as np
import pandas as pd
import pytest

from geodata import reference
from geodata.ground.denominator import denominator
from geodata.ground.people import People

FACTS = reference.mesh2_facts()
NORTH = FACTS["mesh2"][FACTS["is_northern_territories"]].tolist()
PEOPLED, INDUSTRIAL, BARE = 533945, 533946, 533947
NOBODY = pd.Series(dtype="Int64")
NO_LAND = pd.Series(np.nan, index=FACTS["mesh2"])
LAND = pd.Series(1e8, index=FACTS["mesh2"])


def residents(*, is_complete=True):
    counts = pd.Series(1, index=FACTS["mesh2"], dtype="Int64")
    counts[[INDUSTRIAL, BARE]] = 0
    counts[NORTH] = pd.NA
    return People(by_mesh2=counts, at_least=counts, is_complete=is_complete)


def land_use(*rows):
    """Rows of (secondary mesh, code, fine cells)."""
    table = pd.DataFrame(rows, columns=["mesh3", "land_use_code", "cell_count"])
    table["mesh3"] *= 100
    return table.assign(cells_per_mesh3=100, code_list="2009")


USED = land_use((INDUSTRIAL, "0700", 50), (INDUSTRIAL, "0500", 50), (BARE, "0500", 100))


def derive(given=None, land=LAND, people=None):
    return denominator(given or {}, None, land, people or residents())


def excluded(found):
    return set(FACTS["mesh2"]) - set(found.mesh2)


def test_people_and_land_use_of_the_nation_give_the_full_rule():
    found = derive({"raw.land_use": USED})
    assert found.source == "derived:inhabited-or-industry-v1"
    assert excluded(found) == {BARE, *NORTH}
    told = found.conditions.set_index("mesh2")
    assert told.loc[INDUSTRIAL, "industry_share"] == 0.005
    assert told.loc[INDUSTRIAL, "has_industry"]
    assert not told.loc[BARE, "has_industry"]
    assert pd.isna(told.loc[NORTH[0], "population_count"])
    assert set(told["denominator_source"]) == {found.source}


def test_land_use_that_lacks_an_uninhabited_cell_is_not_used():
    found = derive({"raw.land_use": USED[USED["mesh3"] // 100 == INDUSTRIAL]})
    assert found.source == "derived:inhabited-v1"
    assert any("not there for 1 uninhabited cells" in note for note in found.warnings)
    assert excluded(found) == {INDUSTRIAL, BARE, *NORTH}


def test_without_land_use_people_alone_decide():
    found = derive()
    assert found.source == "derived:inhabited-v1"
    assert excluded(found) == {INDUSTRIAL, BARE, *NORTH}
    assert found.conditions["has_industry"].isna().all()


def test_boundaries_of_some_prefectures_only_do_not_ask_for_land():
    part = LAND.where(FACTS.set_index("mesh2")["pref_code"] == "13")
    found = derive(land=part)
    assert any("Land area is not known of every cell" in one for one in found.warnings)
    assert found.conditions["land_share"].isna().all()
    assert found.source == "derived:inhabited-v1"


def test_a_cell_without_land_enough_is_no_target():
    land = LAND.copy()
    land[PEOPLED] = 1e5  # a thousandth of the cell
    found = derive(land=land)
    assert PEOPLED in excluded(found)
    assert not found.conditions.set_index("mesh2")["has_land"][PEOPLED]


@pytest.mark.parametrize(
    "people", [residents(is_complete=False), People(NOBODY, NOBODY)]
)
def test_without_a_complete_census_listed_land_decides(people):
    found = derive({"raw.land_use": USED}, people=people)
    assert found.source == "derived:listed-land-v1"
    least = reference.target_mesh_reference().listed_land_min_mesh3_count
    is_in = (FACTS["mesh3_count"] >= least) & ~FACTS["is_northern_territories"]
    assert found.mesh2.tolist() == FACTS["mesh2"][is_in].tolist()
    assert found.conditions["has_population"].isna().all()


def test_a_supplied_list_is_taken_as_it_is():
    given = {"raw.target_mesh": pd.DataFrame({"mesh2": [PEOPLED, BARE]})}
    found = denominator(given, "official", NO_LAND, residents())
    assert found.mesh2.tolist() == [PEOPLED, BARE]
    assert found.source == "official"
    assert found.conditions is None
    (warning,) = found.warnings
    assert "2 target meshes (official) are 0.000 of the published 4464" in warning
