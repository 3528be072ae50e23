"""Withheld figures, land, cells of other sizes, other measures, other censuses."""

from datetime import date

import pandas as pd
import pytest

from coverage.covered_population import CoverageTables, covered_population
from coverage.options import CoverageOptions
from coverage.population import population_coverage
from geodata import mesh
from geodata.errors import TableError
from tests.unit.covered_country import (
    DAY,
    LABELS,
    LATER,
    MESH3,
    NE,
    NW,
    SCOPES,
    SE,
    STATES,
    SW,
    editions,
    people_of,
    population,
    shares,
)
from tests.unit.test_population_coverage import ONE, at, counts, rates

DOCOMO = editions("docomo")
GROUP = 533946112
"""SE receives what SW and NW give."""


def of_docomo(area):
    return shares(docomo_filed=area, combined_filed=area)


def withheld(*, total, people=(0, 800, 0, 200), group=GROUP, **columns):
    """SW and NW give to SE; `total`: their number of residents is withheld too."""
    return population(
        *(
            (cell, "13", "13101", n)
            for cell, n in zip((SW, SE, NW, NE), people, strict=True)
        ),
        treatment=[2, 1, 2, 0],
        pop_status=["suppressed" if total else "counted", "counted"] * 2,
        disclosure_group=[group, group, group, None],
        **columns,
    ).assign(pop_status=lambda t: t["pop_status"].where(t["mesh"] != NE, "counted"))


@pytest.mark.parametrize(
    ("area", "people"),
    [
        ({SE: 1.0}, 0),  # a third of the union of three cells
        ({SW: 1.0, NW: 1.0}, 800),  # two thirds, though not the cell that holds them
        ({SW: 0.5, SE: 0.5, NW: 0.5}, 800),
        ({SW: 0.5, SE: 0.5, NW: 0.4999}, 0),
        ({SE: 1.0, NE: 1.0}, 200),  # outside the group the cell itself decides
    ],
)
def test_withheld_people_are_covered_with_the_union_of_their_group(area, people):
    table = rates(DOCOMO, of_docomo(area), withheld(total=True))
    scope = ("prefecture", "13")
    assert at(table, "docomo", scope)["covered_count"] == people
    assert at(table, "docomo", scope)["total_count"] == 1000


def test_numeric_totals_are_taken_cell_by_cell_and_never_added_again():
    people = withheld(total=False, people=(10, 700, 40, 250))
    table = rates(DOCOMO, of_docomo({SE: 1.0}), people)
    assert counts(table, "docomo", ("prefecture", "13")) == (700, 1000)
    table = rates(DOCOMO, of_docomo({SW: 1.0, NW: 1.0}), people)
    assert counts(table, "docomo", ("prefecture", "13")) == (50, 1000)


def test_the_old_are_withheld_where_all_residents_are_counted():
    people = withheld(
        total=False, people=(10, 700, 40, 250), age65_count=[None, 90, None, 60]
    )
    table = rates(DOCOMO, of_docomo({SW: 1.0, NW: 1.0}), people)
    scope = ("prefecture", "13")
    assert counts(table, "docomo", scope) == (50, 1000)
    assert counts(table, "docomo", scope, measure="age65") == (90, 150)
    table = rates(DOCOMO, of_docomo({SE: 1.0}), people)
    assert counts(table, "docomo", scope, measure="age65") == (0, 150)


def test_a_group_stands_for_its_people_in_any_combination():
    covered = shares(
        docomo_filed={SW: 1.0, NW: 1.0}, combined_filed={SW: 1.0, NW: 1.0, SE: 1.0}
    )
    people = withheld(total=True)
    table = rates(editions("docomo", "kddi"), covered, people, combination="any")
    assert counts(table, "combined", ("prefecture", "13")) == (800, 1000)


def test_cells_of_a_group_are_weighed_by_their_area():
    # 60 rows of 15" further north a cell is smaller by more than the tolerance
    north = int(mesh.neighbor(SW, "m4", 60, 0))
    people = population(
        (SW, "13", "13101", 0),
        (north, "13", "13101", 100),
        treatment=[2, 1],
        pop_status=["suppressed", "counted"],
        disclosure_group=north,
    )
    assert mesh.area_m2(SW, "m4") > mesh.area_m2(north, "m4")
    scope = ("prefecture", "13")
    larger = rates(DOCOMO, of_docomo({SW: 1.0}), people)
    smaller = rates(DOCOMO, of_docomo({north: 1.0}), people)
    assert counts(larger, "docomo", scope) == (100, 100)
    assert counts(smaller, "docomo", scope) == (0, 100)


COAST = of_docomo({SW: (0.3, 0.9), SE: (0.5, 0.5), NE: (0.6, 0.4), NW: (0.9, None)})


def test_a_coastal_cell_under_both_bases():
    cell = rates(DOCOMO, COAST, population())
    land = rates(DOCOMO, COAST, population(), area_basis="land")
    assert counts(cell, "docomo") == (500 + 100 + 300, 1000)
    assert counts(land, "docomo") == (100 + 500 + 300, 1000)  # NW has no land: by cell
    assert at(land, "docomo")["area_basis"] == "land"
    assert at(land, "docomo")["status"] == "ok"


def test_land_of_every_prefecture_with_people_is_needed():
    more = {"area_basis": "land", "land_prefectures": {"13"}}
    with pytest.raises(TableError, match="live; there are none of 22"):
        rates(DOCOMO, COAST, population(), **more)
    more["land_prefectures"] = {"13", "22"}
    assert counts(rates(DOCOMO, COAST, population(), **more), "docomo")[0] == 900


def test_people_of_a_1_km_cell_without_land_are_counted_by_the_whole_cell():
    people = population((MESH3, "13", "13101", 10), level="m3")
    nowhere = pd.DataFrame({"mesh4": [1], "land_area_m2": [1.0]})
    for share, covered in ((0.6, 10), (0.4, 0)):
        areas = of_docomo(
            {SW: (share, None), SE: (share, None), NE: (share, None), NW: (share, 1.0)}
        )
        areas.loc[areas["mesh4"] == NW, "covered_land_share"] = share
        table = rates(DOCOMO, areas, people, area_basis="land", cell_land=nowhere)
        assert counts(table, "docomo")[0] == covered


def test_a_measure_without_any_figure_of_a_prefecture_is_unknown_there():
    table = rates(DOCOMO, ONE, population(age65_count=[10, None, 20, 3, None]))
    scope = ("prefecture", "22")
    row = at(table, "docomo", scope, measure="age65")
    assert (row["status"], pd.isna(row["total_count"])) == ("no_population", True)
    nation = at(table, "docomo", measure="age65")
    assert (nation["status"], nation["total_count"]) == ("partial_population", 33)
    assert at(table, "docomo", scope)["status"] == "ok"


def test_land_that_is_nowhere_known_is_an_error_and_not_zero():
    with pytest.raises(TableError, match="covered_land_share is null in every row"):
        rates(DOCOMO, ONE, population(), area_basis="land")
    nothing = rates(editions(), shares(), population(), area_basis="land")
    assert set(nothing["status"]) == {"no_coverage"}


def test_groups_by_land_need_the_land_of_each_cell():
    covered = of_docomo({SW: (0.1, 1.0), SE: (0.0, 0.0), NW: (0.0, 0.0)})
    people = withheld(total=True)
    with pytest.raises(TableError, match="needs the land of each 500 m cell"):
        rates(DOCOMO, covered, people, area_basis="land")
    scope = ("prefecture", "13")
    for land_m2, covered_count in ((20.0, 800), (19.9, 0)):
        land = pd.DataFrame(
            {"mesh4": [SW, SW, SE, NW], "land_area_m2": [land_m2 / 2] * 2 + [10.0] * 2}
        )
        table = rates(DOCOMO, covered, people, area_basis="land", cell_land=land)
        assert at(table, "docomo", scope)["covered_count"] == covered_count


def one_kilometre(**columns):
    return population(
        (MESH3, "13", "13101", 400), (MESH3, "22", "22131", 600), level="m3", **columns
    )


@pytest.mark.parametrize(
    ("area", "people"),
    [
        ({SW: 1.0, SE: 1.0}, 1000),  # the southern half is the larger one
        ({NW: 1.0, NE: 1.0}, 0),
        ({SW: 0.5, SE: 0.5, NW: 0.5, NE: 0.5}, 1000),
        ({SW: 1.0}, 0),
    ],
)
def test_a_1_km_cell_has_the_mean_share_of_its_four_cells_by_area(area, people):
    table = rates(DOCOMO, of_docomo(area), one_kilometre())
    assert counts(table, "docomo") == (people, 1000)
    assert set(table["population_level"]) == {"m3"}


def test_the_land_of_a_1_km_cell_is_weighed_too():
    covered = of_docomo({SW: (0.2, 1.0)})
    land = pd.DataFrame({"mesh4": [SW, SE], "land_area_m2": [6.0, 4.0]})
    more = {"area_basis": "land", "cell_land": land}
    assert counts(rates(DOCOMO, covered, one_kilometre(), **more), "docomo")[0] == 1000
    more["cell_land"] = land.assign(land_area_m2=[4.0, 6.0])
    assert counts(rates(DOCOMO, covered, one_kilometre(), **more), "docomo")[0] == 0
    more["cell_land"] = None
    with pytest.raises(TableError, match="population on 1 km cells"):
        rates(DOCOMO, covered, one_kilometre(), **more)


def test_people_on_250_m_cells_count_in_the_500_m_cell_around_them():
    people = population(
        (SW * 10 + 1, "13", "13101", 40),
        (SW * 10 + 4, "13", "13101", 60),
        (SE * 10 + 1, "22", "22131", 900),
        level="m5",
    )
    table = rates(DOCOMO, ONE, people)
    assert counts(table, "docomo") == (100, 1000)
    assert set(table["population_level"]) == {"m4"}


def test_cells_of_two_sizes_in_one_census_are_refused():
    people = pd.concat([population(), one_kilometre()], ignore_index=True)
    with pytest.raises(TableError, match="level m3, m4 of census year 2020"):
        rates(DOCOMO, ONE, people)


def test_households_and_the_old_have_rows_where_the_census_has_them():
    people = population(household_count=[50, 200, 100, 10, 30], age65_count=None)
    table = rates(DOCOMO, ONE, people)
    measures = table.index.get_level_values("measure")
    assert set(measures) == {"population", "household"}
    assert counts(table, "docomo", measure="household") == (50 + 10 + 30, 390)
    assert at(table, "docomo", measure="household")["rate_pct_published"] == 23.1


def test_a_household_figure_that_is_not_known_counts_in_neither_part():
    people = population(household_count=[50, 200, None, None, 30])
    table = rates(DOCOMO, ONE, people)
    assert counts(table, "docomo", measure="household") == (80, 280)


OLD, NEW = population(year=2015), population((SW, "13", "13101", 7), year=2020)
BOTH = pd.concat([OLD, NEW], ignore_index=True)


def by_rule(day):
    return 2015 if day <= date(2021, 3, 31) else 2020


def years_and_totals(people, **options):
    prepared = covered_population(
        CoverageTables(DOCOMO, ONE, people), STATES, CoverageOptions(**options), by_rule
    )
    table = population_coverage(prepared, SCOPES, LABELS)
    nation = table[(table["scope_kind"] == "nation") & (table["carrier"] == "docomo")]
    assert (
        nation["denominator_source"] == "census:" + nation["census_year"].astype("str")
    ).all()
    return {
        row.as_of.date(): (row.census_year, row.total_count)
        for row in nation.itertuples()
    }


def test_each_day_takes_the_census_of_the_rule():
    assert years_and_totals(BOTH) == {DAY: (2015, 1000), LATER: (2020, 7)}


def test_the_option_takes_one_census_for_all_days():
    wanted = {DAY: (2020, 7), LATER: (2020, 7)}
    assert years_and_totals(BOTH, census_year=2020) == wanted


def test_the_only_census_is_used_and_named():
    assert years_and_totals(OLD) == {DAY: (2015, 1000), LATER: (2015, 1000)}


def test_a_census_asked_for_that_is_not_there_is_an_error():
    with pytest.raises(TableError, match=r"no census of 2010.*there is: 2015, 2020"):
        years_and_totals(BOTH, census_year=2010)


def test_a_population_of_no_stated_year_says_so():
    prepared = people_of(DOCOMO, ONE, population(year=None))
    table = population_coverage(prepared, SCOPES, LABELS)
    assert set(table["denominator_source"]) == {"census:unknown"}
    assert table["census_year"].isna().all()
    assert table["total_count"].max() == 1000
