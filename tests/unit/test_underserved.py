from datetime import date

import pandas as pd

from coverage.labels import states
from coverage.mesh2_status import mesh2_status
from coverage.underserved import underserved_mesh
from tests.unit.country import CELLS, LABELS, event, events, forms

DAY = date(2021, 3, 31)
STATES = states([DAY, date(2022, 3, 31)], DAY)


def underserved(*changes, filed=("docomo", "kddi")):
    rows, told = events(*changes), forms(*filed)
    status = mesh2_status(rows, CELLS, STATES, told, LABELS)
    table = underserved_mesh(status, rows, CELLS, told, LABELS)
    return table[table["basis"] == "operating"].set_index("mesh2")


SERVED = event("docomo", 533945, DAY)


def test_only_target_cells_without_any_carrier_are_listed():
    assert list(underserved(SERVED).index) == [533946, 533947]


def test_a_cell_nobody_plans_says_so():
    row = underserved(SERVED).loc[533946]
    assert row["reasons"] == "target_without_parent;no_plan"
    assert pd.isna(row["served_later_on"])


def test_a_cell_served_later_says_when_and_by_whom():
    later = date(2022, 3, 31)
    row = underserved(
        SERVED,
        event("kddi", 533946, later, basis="planned"),
        event("docomo", 533946, later, basis="planned"),
        event("docomo", 533946, date(2023, 3, 31), basis="planned"),
    ).loc[533946]
    assert row["reasons"] == "target_without_parent;planned_later"
    assert row["served_later_on"] == pd.Timestamp(later)
    assert row["served_later_by"] == "docomo;kddi"


def test_a_plan_whose_day_has_passed_is_overdue():
    row = underserved(
        SERVED, event("kddi", 533946, date(2020, 9, 1), basis="planned")
    ).loc[533946]
    assert row["reasons"] == "target_without_parent;plan_overdue"


def test_a_missing_carrier_is_named_as_a_reason():
    row = underserved(SERVED, filed=("docomo",)).loc[533946]
    assert row["reasons"] == "target_without_parent;no_plan;carrier_missing"
    assert not row["is_complete"]


def test_stations_without_a_parent_are_shown():
    row = underserved(SERVED, event("kddi", 533946, DAY, advanced=0)).loc[533946]
    assert row["carriers_present"] == "kddi"
    assert "stations_without_parent" in row["reasons"]


def test_a_withdrawn_station_is_shown():
    row = underserved(
        SERVED,
        event("kddi", 533946, date(2020, 4, 1)),
        event("kddi", 533946, DAY, stations=-1, advanced=-1),
    ).loc[533946]
    assert row["reasons"] == "target_without_parent;no_plan;withdrawn"


def test_people_and_designations_stand_beside_and_unknown_is_not_false():
    table = underserved(SERVED)
    assert table.loc[533946, "population_count"] == 30
    assert table.loc[533946, "disadvantaged_kinds"] == "kaso:full"
    assert table.loc[533946, "is_disadvantaged"]
    assert pd.isna(table.loc[533947, "is_disadvantaged"])


def test_nothing_is_listed_where_every_target_is_served():
    table = underserved(
        *(event("kddi", cell, DAY) for cell in (533945, 533946, 533947))
    )
    assert len(table) == 0
