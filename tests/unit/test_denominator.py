import numpy as np
import pandas as pd
import pytest

from geodata import mesh, reference
from geodata.errors import TableError
from geodata.placement.denominator import derived_targets
from geodata.reference.land_use import counted_codes

RULE = reference.target_mesh_reference()
COUNTED = counted_codes("2009")

TOKYO, HILLS, ISLET, SEA_ROCK, KURIL = 533946, 533955, 302300, 302301, 674700
CELLS = [TOKYO, HILLS, ISLET, SEA_ROCK, KURIL]


def facts(mesh3_count=(100, 90, 8, 1, 60)):
    return pd.DataFrame(
        {
            "mesh2": CELLS,
            "mesh3_count": mesh3_count,
            "is_northern_territories": [cell == KURIL for cell in CELLS],
        }
    )


def people(**counts):
    known = {"TOKYO": 1000, "HILLS": 0, "ISLET": 0, "SEA_ROCK": 0} | counts
    return pd.DataFrame(
        {
            "mesh2": [globals()[name] for name in known],
            "population_count": pd.array(list(known.values()), dtype="Int64"),
        }
    )


def land(**shares):
    known = {"TOKYO": 1.0, "HILLS": 1.0, "ISLET": 0.05, "SEA_ROCK": 0.001, "KURIL": 0.6}
    known |= shares
    cells = [globals()[name] for name in known]
    area = mesh.area_m2(cells, "m2") * np.array(list(known.values()))
    return pd.DataFrame({"mesh2": cells, "land_area_m2": area})


def uses(per_mesh3=100, **counted):
    """Land use of each cell: so many fine cells of buildings, the rest forest."""
    known = {"TOKYO": 9000, "HILLS": 0, "ISLET": 0, "SEA_ROCK": 0} | counted
    rows = []
    for name, count in known.items():
        first = globals()[name] * 100
        rows += [(first, "0700", count), (first, "0500", per_mesh3 * 100 - count)]
    table = pd.DataFrame(rows, columns=["mesh3", "land_use_code", "cell_count"])
    return table[table["cell_count"] > 0].assign(cells_per_mesh3=per_mesh3)


def targets(**tables):
    return derived_targets(facts(), RULE, counted_codes=COUNTED, **tables)


def row(found, cell):
    return found.report.set_index("mesh2").loc[cell]


def test_thresholds_are_those_of_the_specification():
    assert RULE.land_share_min_per_mille == 10
    assert RULE.industry_share_min_per_mille == 5
    assert {"0100", "0200", "0700", "0901", "0902", "1600"} == COUNTED


def test_without_census_listed_land_decides():
    found = targets(land_use=uses(), land_area=land())
    assert found.rule_id == "derived:listed-land-v1"
    assert found.mesh2.tolist() == sorted([TOKYO, HILLS, ISLET])
    assert found.report["has_population"].isna().all()
    assert found.report["has_industry"].isna().all()
    assert row(found, ISLET)["has_land"]  # exactly 8 listed cells
    assert not row(found, SEA_ROCK)["has_land"]


def test_the_nation_has_4450_cells_by_listed_land():
    found = derived_targets(reference.mesh2_facts(), RULE)
    assert len(found.mesh2) == 4450
    assert len(found.report) == 4888
    assert (np.diff(found.mesh2) > 0).all()


def test_with_census_only_inhabited_cells_are_targets():
    found = targets(population=people(ISLET=3), land_area=land())
    assert found.rule_id == "derived:inhabited-v1"
    assert found.mesh2.tolist() == sorted([TOKYO, ISLET])
    assert not row(found, HILLS)["has_population"]
    assert found.report["industry_share"].isna().all()


def test_with_land_use_cells_of_work_are_targets_as_well():
    found = targets(population=people(), land_use=uses(HILLS=50), land_area=land())
    assert found.rule_id == "derived:inhabited-or-industry-v1"
    assert found.mesh2.tolist() == sorted([TOKYO, HILLS])


@pytest.mark.parametrize(("count", "is_target"), [(49, False), (50, True)])
def test_half_a_percent_of_counted_use_is_enough(count, is_target):
    """50 of the 10,000 fine cells of 100 m."""
    found = targets(population=people(), land_use=uses(HILLS=count), land_area=land())
    assert row(found, HILLS)["has_industry"] == is_target
    assert row(found, HILLS)["is_target"] == is_target
    assert row(found, HILLS)["industry_share"] == count / 10_000


@pytest.mark.parametrize(("count", "is_target"), [(199, False), (200, True)])
def test_fine_cells_of_50_m_are_40_000_to_a_cell(count, is_target):
    table = uses(per_mesh3=400, HILLS=count)
    found = targets(population=people(), land_use=table, land_area=land())
    assert row(found, HILLS)["is_target"] == is_target


@pytest.mark.parametrize(
    ("share", "is_target"), [(0.01, True), (0.01 * (1 - 1e-7), False), (0.0, False)]
)
def test_one_percent_of_land_is_enough(share, is_target):
    found = targets(population=people(ISLET=3), land_area=land(ISLET=share))
    assert row(found, ISLET)["has_land"] == is_target
    assert row(found, ISLET)["is_target"] == is_target
    assert row(found, ISLET)["land_share"] == pytest.approx(share, rel=1e-12)


def test_one_percent_of_every_area_is_reached_in_spite_of_rounding():
    cells = reference.mesh2_facts()["mesh2"].to_numpy()
    area = pd.DataFrame(
        {"mesh2": cells, "land_area_m2": mesh.area_m2(cells, "m2") * 0.01}
    )
    everyone = pd.DataFrame({"mesh2": cells, "population_count": 1})
    found = derived_targets(
        reference.mesh2_facts(), RULE, land_area=area, population=everyone
    )
    assert found.report["has_land"].all()
    assert len(found.mesh2) == 4768  # all but the 120 of the Northern Territories


def test_without_boundaries_a_listed_1_km_cell_is_a_hundredth_of_land():
    found = targets(population=people(SEA_ROCK=2))
    assert row(found, SEA_ROCK)["has_land"]
    assert SEA_ROCK in found.mesh2
    assert found.report["land_share"].isna().all()
    none = derived_targets(
        facts(mesh3_count=(100, 90, 8, 0, 60)), RULE, population=people(SEA_ROCK=2)
    )
    assert not row(none, SEA_ROCK)["has_land"]
    assert SEA_ROCK not in none.mesh2


def test_a_rock_with_people_but_too_little_land_is_no_target():
    found = targets(population=people(SEA_ROCK=2), land_area=land())
    assert row(found, SEA_ROCK)["has_population"]
    assert not row(found, SEA_ROCK)["is_target"]


def test_the_northern_territories_are_never_targets():
    found = targets(population=people(KURIL=500), land_use=uses(KURIL=10_000))
    assert row(found, KURIL)["has_population"]
    assert KURIL not in found.mesh2


def test_unknown_population_stops_the_rule():
    with pytest.raises(TableError) as error:
        targets(population=people(HILLS=None), land_area=land())
    assert "population_count is unknown for 1 of 5 cells" in str(error.value)
    assert str(HILLS) in str(error.value)


def test_unknown_population_of_the_northern_territories_is_not_asked_for():
    found = targets(population=people(KURIL=None), land_area=land())
    assert pd.isna(row(found, KURIL)["population_count"])
    assert pd.isna(row(found, KURIL)["has_population"])
    assert not row(found, KURIL)["is_target"]


def test_a_cell_without_a_census_row_has_no_residents():
    table = people()
    found = targets(population=table[table["mesh2"] != HILLS], land_area=land())
    assert row(found, HILLS)["population_count"] == 0
    assert not row(found, HILLS)["is_target"]


def test_an_uninhabited_cell_needs_its_land_use():
    table = uses()
    part = table[table["mesh3"] // 100 != HILLS]
    with pytest.raises(TableError, match=f"land_use_code is unknown .*{HILLS}"):
        targets(population=people(), land_use=part, land_area=land())


def test_an_inhabited_cell_does_not_need_its_land_use():
    table = uses()
    part = table[table["mesh3"] // 100 != TOKYO]
    found = targets(population=people(), land_use=part, land_area=land())
    assert found.mesh2.tolist() == [TOKYO]
    assert pd.isna(row(found, TOKYO)["has_industry"])
    assert pd.isna(row(found, TOKYO)["known_share"])


def test_what_is_known_of_a_cell_is_reported():
    table = uses(HILLS=50)
    is_forest = (table["mesh3"] // 100 == HILLS) & (table["land_use_code"] == "0500")
    table.loc[is_forest, "cell_count"] -= 950  # rejected rows
    found = targets(population=people(), land_use=table, land_area=land())
    assert row(found, HILLS)["known_share"] == 0.905
    assert row(found, HILLS)["is_target"]


def test_codes_of_another_list_count_by_that_list():
    table = uses(HILLS=60)
    old = table.assign(
        land_use_code=table["land_use_code"].map({"0700": "7", "0500": "5"})
    )
    found = derived_targets(
        facts(),
        RULE,
        land_area=land(),
        population=people(),
        land_use=old,
        counted_codes=counted_codes("1991"),
    )
    assert HILLS in found.mesh2
    with pytest.raises(TableError, match="no counted codes"):
        derived_targets(facts(), RULE, population=people(), land_use=old)


def test_a_cell_without_a_land_area_is_refused():
    table = land()
    with pytest.raises(TableError, match=f"land_area_m2 is unknown .*{ISLET}"):
        targets(population=people(), land_area=table[table["mesh2"] != ISLET])


def test_a_repeated_cell_is_refused():
    twice = pd.concat([people(), people().head(1)])
    with pytest.raises(TableError, match=f"population: 1 repeated mesh2, .*{TOKYO}"):
        targets(population=twice)


def test_two_editions_of_land_use_are_refused():
    both = pd.concat([uses(), uses(per_mesh3=400)])
    with pytest.raises(TableError, match="2 kinds of fine cells"):
        targets(population=people(), land_use=both)


def test_every_target_is_explained_by_its_row():
    found = targets(
        population=people(ISLET=3), land_use=uses(HILLS=50), land_area=land()
    )
    report = found.report
    active = report["has_population"].fillna(False) | report["has_industry"].fillna(
        False
    )
    expected = report["has_land"] & active & ~report["is_northern_territories"]
    assert (report["is_target"] == expected).all()
    assert report.loc[report["is_target"], "mesh2"].tolist() == found.mesh2.tolist()


def test_tables_are_left_as_they_were():
    given = {"population": people(), "land_use": uses(), "land_area": land()}
    before = {name: table.copy(deep=True) for name, table in given.items()}
    targets(**given)
    for name, table in given.items():
        pd.testing.assert_frame_equal(table, before[name])
