"""Which population a run uses, and where it is unknown."""

import pandas as pd
import pytest

from geodata import mesh, reference
from geodata.ground.joining import joined_tables
from geodata.ground.people import (
    census_prefectures,
    needed_primary_meshes,
    one_population,
    people,
)

CELL = 533945991  # a 500 m cell
MESH2 = 533945
NORTH = 684816


def population(*rows, level="m4", year=2020):
    """Rows of (cell, prefecture or None, persons)."""
    table = pd.DataFrame(rows, columns=["mesh", "pref_code", "population_count"])
    table = table.astype({"mesh": "int64", "population_count": "int64"})
    return of_year(
        table.astype({"pref_code": "str"}).assign(
            level=level,
            household_count=pd.array([None] * len(table), "Int64"),
            age65_count=pd.array([None] * len(table), "Int64"),
        ),
        year,
    )


def extent(unit, *codes, year=2020):
    table = pd.DataFrame({"unit": unit, "code": [str(code) for code in codes]})
    return of_year(table.astype("str"), year)


def of_year(table, year):
    return table.assign(census_year=pd.array([year] * len(table), "Int16"))


def census(*codes, rows=((CELL, None, 7), (CELL + 1, None, 3)), year=2020):
    tables = {"raw.mesh_population": population(*rows, year=year)}
    return tables | {"raw.census_extent": extent("mesh1", *codes, year=year)}


def together(*given):
    """Tables of several censuses as one reader gives them."""
    return {
        name: pd.concat([tables[name] for tables in given], ignore_index=True)
        for name in given[0]
    }


def own_form():
    """The project's form: 1 km cells of the whole nation."""
    tables = {"raw.mesh_population": population((53394599, None, 12), level="m3")}
    return tables | {"raw.census_extent": extent("nation", "JP")}


def raster(*rows, source="population_raster"):
    table = pd.DataFrame(rows, columns=["mesh", "amount"])
    return table.assign(source=source, level="m3", value_class="amount")


EVERY = sorted(needed_primary_meshes())


def test_a_complete_census_is_known_everywhere_but_where_none_is_taken():
    found = people(census(*EVERY))
    assert found.is_complete
    assert found.warnings == []
    assert found.by_mesh2[MESH2] == 10
    assert len(found.by_mesh2) == 4888
    facts = reference.mesh2_facts()
    is_north = facts["is_northern_territories"].to_numpy()
    assert found.by_mesh2[facts["mesh2"][is_north]].isna().all()
    others = found.by_mesh2[facts["mesh2"][~is_north]]
    assert others.sum() == 10
    assert others.notna().all()


def test_of_a_partial_census_the_rest_is_unknown():
    found = people(census(5339))
    assert not found.is_complete
    is_there = found.by_mesh2.index // 100 == 5339
    assert found.by_mesh2[is_there].notna().all()
    assert found.by_mesh2[~is_there].isna().all()
    (warning,) = found.warnings
    assert f"do not cover {len(EVERY) - 1} primary meshes" in warning


def test_of_two_censuses_the_newest_is_the_population_and_both_are_by_cell():
    old = census(*EVERY, rows=((CELL, None, 20), (CELL + 1, None, 4)), year=2015)
    found = people(together(census(*EVERY), old))
    assert found.by_mesh2[MESH2] == 10
    sums = found.by_cell.groupby("census_year")["population_count"].sum()
    assert sums.to_dict() == {2015: 24, 2020: 10}
    assert found.warnings == []


def test_two_censuses_may_be_of_different_cells_and_different_units():
    old = {
        "raw.mesh_population": population((CELL // 10, "13", 9), level="m3", year=2015),
        "raw.census_extent": extent("prefecture", "13", year=2015),
    }
    found = people(together(census(*EVERY), old))
    assert found.is_complete
    levels = found.by_cell.groupby("census_year")["level"].unique()
    assert {year: list(one) for year, one in levels.items()} == {
        2015: ["m3"],
        2020: ["m4"],
    }
    (warning,) = found.warnings
    assert warning.startswith("The 2015 census files do not cover")
    assert "population_count" not in warning


def test_an_incomplete_newest_census_is_not_filled_from_an_older_one():
    found = people(together(census(*EVERY, year=2015), census(5339)))
    assert not found.is_complete
    assert found.by_mesh2.notna().sum() < 100
    (warning,) = found.warnings
    assert "population_count is null there" in warning


def test_a_population_of_no_stated_year_is_older_than_any():
    unknown = census(*EVERY, rows=((CELL, None, 99),), year=None)
    assert people(unknown).by_mesh2[MESH2] == 99
    assert people(together(unknown, census(*EVERY))).by_mesh2[MESH2] == 10
    partial = people(together(census(5339, year=None), census(*EVERY)))
    assert partial.is_complete
    (warning,) = partial.warnings
    assert "population_count" not in warning


def test_without_any_population_nothing_is_known():
    found = people({})
    assert len(found.by_mesh2) == 0
    assert found.by_cell is None
    assert "No population was given" in found.warnings[0]


def test_a_raster_is_an_estimate_and_no_census():
    table = raster((53394500, 10.4), (53394501, 2.2), (53394600, 1.6))
    found = people({"raw.mesh_raster": table})
    assert found.by_mesh2.to_dict() == {533945: 13, 533946: 2}
    assert not found.is_complete
    assert "estimated from a raster" in found.warnings[0]


def test_a_raster_of_land_cover_holds_no_people():
    table = raster((53394500, 10.4), source="land_cover_raster")
    assert len(people({"raw.mesh_raster": table}).by_mesh2) == 0


def test_a_census_goes_before_a_raster():
    given = census(*EVERY) | {"raw.mesh_raster": raster((53394500, 99.0))}
    assert people(given).by_mesh2[MESH2] == 10


def test_people_off_the_land_are_told():
    found = people(census(*EVERY, rows=((CELL, None, 7), (303600001, None, 5))))
    assert found.warnings == [
        "5 residents are in cells without land: left out.",
        "5 residents of the 2020 census are in cells of no listed prefecture: "
        "population coverage leaves them out.",
    ]


def test_a_cell_goes_to_its_likely_prefecture_where_no_boundary_is_there():
    cells = people(census(*EVERY)).by_cell
    assert cells["split"].unique().tolist() == ["cell"]
    listed = reference.mesh3_prefecture().set_index("mesh3")["pref_code"]
    assert set(cells["pref_code"]) == {listed[CELL // 10]}


def test_a_census_of_which_no_row_was_good_still_tells_its_extent():
    found = people(census(*EVERY, rows=()))
    assert found.is_complete
    assert found.by_cell is None
    assert found.by_mesh2.sum() == 0


def test_prefecture_files_know_a_cell_when_all_its_prefectures_are_there():
    rows = ((CELL, "13", 7),)
    given = {
        "raw.mesh_population": population(*rows),
        "raw.census_extent": extent("prefecture", "13"),
    }
    found = people(given)
    pairs = reference.mesh2_prefectures()
    alone = pairs.groupby("mesh2")["pref_code"].agg(set)
    of_tokyo = {cell for cell, held in alone.items() if held == {"13"}}
    assert set(found.by_mesh2.index[found.by_mesh2.notna()]) == of_tokyo
    assert set(found.by_cell["split"]) == {"file"}
    assert found.by_cell["population_count"].sum() == 7


def test_a_partial_census_gives_way_to_a_complete_form_of_the_project():
    by_source = {"census_mesh": census(5339), "population_mesh3": own_form()}
    name, notes = one_population(by_source)
    assert name == "population_mesh3"
    assert notes == [
        "census_mesh is not used: population is taken from population_mesh3, and "
        "never mixed."
    ]
    joined, _ = joined_tables(by_source)
    assert joined["raw.mesh_population"]["level"].tolist() == ["m3"]
    assert joined["raw.census_extent"]["unit"].tolist() == ["nation"]


def test_500_m_cells_of_the_project_go_before_its_1_km_cells():
    fine = {
        "raw.mesh_population": population((CELL, None, 12)),
        "raw.census_extent": extent("nation", "JP"),
    }
    by_source = {"population_mesh4": fine, "population_mesh3": own_form()}
    name, notes = one_population(by_source)
    assert name == "population_mesh4"
    assert len(notes) == 1
    assert "population_mesh3 is not used" in notes[0]


@pytest.mark.parametrize("codes", [EVERY, [5339]])
def test_otherwise_the_census_goes_first(codes):
    by_source = {"census_mesh": census(*codes)}
    if codes == EVERY:
        by_source["population_mesh3"] = own_form()
    assert one_population(by_source)[0] == "census_mesh"


def test_rows_of_one_table_from_several_sources_stand_together():
    a17 = {"raw.disadvantaged_area": pd.DataFrame({"kind": ["kaso"]})}
    a22 = {"raw.disadvantaged_area": pd.DataFrame({"kind": ["gosetsu"]})}
    joined, notes = joined_tables({"a17": a17, "a22": a22})
    assert joined["raw.disadvantaged_area"]["kind"].tolist() == ["kaso", "gosetsu"]
    assert notes == []
    assert joined_tables({}) == ({}, [])


def whole(table):
    return set(table.loc[table["is_whole"], "pref_code"])


def test_a_census_tells_a_prefecture_whose_populated_primary_meshes_it_covers():
    everywhere = extent("mesh1", *needed_primary_meshes())
    assert len(whole(census_prefectures(everywhere))) == 47
    okinawa = [3622, 3623, 3624, 3631, 3724, 3725, 3824, 3831, 3841, 3926, 3927, 3928,
               4027, 4028]  # fmt: skip
    assert whole(census_prefectures(extent("mesh1", *okinawa))) == {"47"}
    assert whole(census_prefectures(extent("mesh1", *okinawa[:-8]))) == set()
    assert whole(census_prefectures(extent("mesh1", 5339))) == set()  # of Tokyo a part


def test_prefecture_files_tell_their_prefectures_and_the_own_form_the_nation():
    assert whole(census_prefectures(extent("prefecture", "13", "47"))) == {"13", "47"}
    assert len(whole(census_prefectures(extent("nation", "JP")))) == 47


def test_each_census_tells_its_own_prefectures():
    both = pd.concat([extent("prefecture", "13"), extent("nation", "JP", year=2015)])
    table = census_prefectures(both)
    assert whole(table[table["census_year"] == 2020]) == {"13"}
    assert len(whole(table[table["census_year"] == 2015])) == 47
    undated = census_prefectures(extent("prefecture", "13", year=None))
    assert undated["census_year"].isna().all()
    assert whole(undated) == {"13"}


@pytest.mark.parametrize(
    ("cells", "gapped"), [([533935], {"13", "14"}), ([533935, None], "all"), ([], ())]
)
def test_a_rejected_row_is_a_gap_of_the_prefectures_it_may_concern(cells, gapped):
    gap = of_year(pd.DataFrame({"mesh2": pd.array(cells, "Int64")}), 2020)
    table = census_prefectures(extent("nation", "JP"), gap)
    found = set(table.loc[table["has_gap"], "pref_code"])
    assert len(found) == 47 if gapped == "all" else found == set(gapped)
    other = census_prefectures(extent("nation", "JP", year=2015), gap)
    assert not other["has_gap"].any()


def test_places_of_people_are_in_primary_meshes_of_japan():
    assert set(EVERY) <= set(mesh.PRIMARY_MESHES)
    assert 5339 in EVERY
    assert 3036 not in EVERY
