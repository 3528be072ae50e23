import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.covering_carriers import covering_carriers
from coverage.population import population_coverage
from geodata.schemas import TABLES, conform
from tests.unit.covered_country import (
    DAY,
    LABELS,
    NE,
    NW,
    PARTS,
    SCOPES,
    SE,
    STATES,
    SW,
    census_told,
    editions,
    people_of,
    population,
    shares,
)

NATION = ("nation", "JP")
FOUR = LABELS.carriers


def table_of(in_force, covered, people, **more):
    table = covering_carriers(
        people_of(in_force, covered, people, **more), SCOPES, LABELS
    )
    conform(TABLES["out.covering_carriers"], table)
    return table


def by_count(table, scope=NATION, source="filed", basis="operating"):
    """{number of carriers: (cells, people)} of a scope on the day."""
    chosen = table[
        (table["as_of"] == pd.Timestamp(DAY))
        & (table["basis"] == basis)
        & (table["scope_kind"] == scope[0])
        & (table["scope_code"] == scope[1])
        & (table["coverage_source"] == source)
    ]
    return {
        int(row.carrier_count): (int(row.cell_count), int(row.population_count))
        for row in chosen.itertuples()
    }


COVERED = shares(
    docomo_filed={SW: 1.0, SE: 1.0, NE: 0.5},
    kddi_filed={SW: 0.5, NE: 0.6},
    softbank_filed={SW: 0.9, NW: 0.4999999},
    rakuten_filed={SW: 1.0},
)


def test_cells_and_people_by_number_of_carriers():
    table = table_of(editions(*FOUR), COVERED, population())
    assert by_count(table) == {
        0: (1, 300),  # NW: nobody covers half of it
        1: (1, 500),
        2: (1, 100),
        3: (0, 0),
        4: (1, 100),
    }
    assert table["is_complete"].all()
    assert set(table["carriers_included"]) == {"docomo;kddi;softbank;rakuten"}
    assert set(table["denominator_source"]) == {"census:2020"}


def test_a_border_cell_counts_in_both_prefectures_with_the_people_of_each():
    table = table_of(editions(*FOUR), COVERED, population())
    assert by_count(table, ("prefecture", "13"))[2] == (1, 30)
    assert by_count(table, ("prefecture", "22"))[2] == (1, 70)
    assert by_count(table, ("bureau", "kanto")) == by_count(table, ("prefecture", "13"))


def test_carriers_without_areas_are_not_counted_as_covering_nothing():
    table = table_of(editions("docomo", "kddi"), COVERED, population())
    assert set(by_count(table)) == {0, 1, 2}
    assert not table["is_complete"].any()
    assert set(table["carriers_included"]) == {"docomo;kddi"}


def test_scopes_that_the_census_tells_in_part_are_not_complete():
    told = census_told(whole=["13"])
    table = table_of(editions(*FOUR), COVERED, population(), prefectures=told)
    complete = table.loc[table["is_complete"], "scope_code"]
    assert set(complete) == {"13", "kanto"}


def test_days_on_which_nobody_has_areas_have_no_rows():
    now = editions("docomo", on=STATES[:1])
    table = table_of(now, COVERED, population())
    assert set(zip(table["as_of"].dt.date, table["basis"], strict=True)) == {STATES[0]}
    assert table_of(editions(), shares(), population()).empty


def test_without_a_population_there_are_no_rows():
    assert table_of(editions("docomo"), COVERED, None).empty


def test_uninhabited_cells_do_not_count():
    people = population((SW, "13", "13101", 5), (NW, "13", "13101", 0))
    table = table_of(editions("docomo"), COVERED, people)
    assert by_count(table) == {0: (0, 0), 1: (1, 5)}
    assert by_count(table, ("prefecture", "22")) == {}
    assert not table.loc[table["scope_code"] == "JP", "is_complete"].any()


def test_modelled_areas_count_beside_filed_ones_and_apart_from_them():
    covered = shares(docomo_filed={SW: 1.0}, kddi_modelled={SW: 1.0, SE: 1.0})
    table = table_of(editions("docomo", modelled=["kddi"]), covered, population())
    assert by_count(table) == {0: (3, 900), 1: (1, 100)}
    assert by_count(table, source="modelled") == {
        0: (2, 400),
        1: (1, 500),
        2: (1, 100),
    }


def test_a_cell_with_withheld_people_is_inhabited_and_counts_with_its_group():
    people = population(
        (SW, "13", "13101", 0),
        (SE, "13", "13101", 90),
        (NW, "13", "13101", 10),
        treatment=[2, 1, 0],
        pop_status=["suppressed", "counted", "counted"],
        disclosure_group=[SE, SE, None],
    )
    # the southern row of cells has one area: docomo covers exactly half of the group
    covered = shares(docomo_filed={SW: 1.0}, kddi_filed={SE: 0.9})
    table = table_of(editions("docomo", "kddi"), covered, people)
    assert by_count(table) == {0: (1, 10), 1: (2, 90), 2: (0, 0)}


def test_a_border_cell_of_which_only_one_part_is_in_a_group_counts_once():
    people = population(
        (SW, "13", "13101", 0),
        (SE, "13", "13101", 90),
        (SE, "22", "22131", 10),
        treatment=[2, 1, 0],
        pop_status=["suppressed", "counted", "counted"],
        disclosure_group=[SE, SE, None],
    )
    covered = shares(docomo_filed={SW: 1.0})
    table = table_of(editions("docomo"), covered, people)
    assert by_count(table) == {0: (0, 0), 1: (2, 100)}


@pytest.mark.parametrize(("basis", "cells"), [("cell", 1), ("land", 2)])
def test_the_area_basis_holds_here_too(basis, cells):
    covered = shares(docomo_filed={SW: (0.6, 0.7), SE: (0.2, 1.0)})
    table = table_of(editions("docomo"), covered, population(), area_basis=basis)
    assert by_count(table)[1][0] == cells
    assert set(table["area_basis"]) == {basis}


areas = st.dictionaries(
    st.sampled_from([SW, SE, NW, NE]), st.sampled_from([0.3, 0.5, 1.0])
)


@given(areas, areas, areas)
def test_counts_add_up_to_the_inhabited_cells_and_to_any_carrier(one, two, three):
    covered = shares(docomo_filed=one, kddi_filed=two, softbank_filed=three)
    in_force = editions("docomo", "kddi", "softbank")
    prepared = people_of(
        in_force, covered, population(), combination="any", on=STATES[:1]
    )
    table = covering_carriers(prepared, SCOPES, LABELS)
    rates = population_coverage(prepared, SCOPES, LABELS)
    combined = rates[rates["carrier"] == "combined"].set_index("scope_code")
    for scope, cells in ((NATION, 4), (("prefecture", "13"), 3)):
        found = by_count(table, scope)
        assert sum(cell for cell, _ in found.values()) == cells
        of_any = sum(people for count, (_, people) in found.items() if count)
        assert of_any == combined.loc[scope[1], "covered_count"]
    for count, (_, people) in by_count(table).items():
        wanted = sum(
            n
            for cell, _, _, n in PARTS
            if sum(area.get(cell, 0) >= 0.5 for area in (one, two, three)) == count
        )
        assert people == wanted
