from datetime import date

import numpy as np
import pandas as pd
import pytest

from coverage.mesh4_layer import mesh4_layer
from geodata.schemas import TABLES, conform
from tests.unit.covered_country import (
    DAY,
    LABELS,
    LATER,
    MESH3,
    NE,
    NW,
    SE,
    STATES,
    SW,
    editions,
    people_of,
    population,
    shares,
)

COVERED = shares(
    docomo_filed={SW: 0.25, NE: 0.5},
    kddi_filed={SW: 0.75, NE: 1.0},
    combined_filed={SW: 1.0, NE: 1.0},
)


def layer(in_force, covered, people, **more):
    table = mesh4_layer(people_of(in_force, covered, people, **more), DAY, LABELS)
    conform(TABLES["out.mesh4_coverage"], table)
    return table.set_index("mesh4")


def test_one_row_per_inhabited_cell_with_who_covers_how_much():
    table = layer(editions("docomo", "kddi"), COVERED, population())
    assert table.index.tolist() == [SW, SE, NW, NE]
    assert table["population_count"].tolist() == [100, 500, 300, 100]
    assert table["docomo_share"].tolist() == [0.25, 0, 0, 0.5]
    assert table["kddi_planned_share"].tolist() == [0.75, 0, 0, 1]
    assert table["combined_share"].tolist() == [1, 0, 0, 1]
    assert table["carrier_count"].tolist() == [1, 0, 0, 2]
    assert set(table["as_of"]) == {pd.Timestamp(DAY)}
    assert set(table["planned_on"]) == {pd.Timestamp(LATER)}
    assert set(table["coverage_source"]) == {"filed"}


def test_a_carrier_without_areas_is_null_and_one_that_does_not_reach_a_cell_0():
    table = layer(editions("docomo", "kddi"), COVERED, population())
    assert table[["rakuten_share", "softbank_planned_share"]].isna().all(axis=None)
    assert table.loc[SE, "docomo_share"] == 0


def test_a_border_cell_is_where_most_of_its_residents_live():
    table = layer(editions("docomo"), COVERED, population())
    assert table.loc[NE, "pref_code"] == "22"
    tie = population((NE, "22", "22131", 5), (NE, "13", "13101", 5))
    assert layer(editions("docomo"), COVERED, tie).loc[NE, "pref_code"] == "13"


def test_parts_in_several_municipalities_count_together_for_their_prefecture():
    people = population(
        (NE, "13", "13101", 4), (NE, "13", "13102", 3), (NE, "22", "22131", 6)
    )
    table = layer(editions("docomo"), COVERED, people)
    assert table.loc[NE, ["pref_code", "population_count"]].tolist() == ["13", 13]


def test_uninhabited_cells_are_left_out_and_withheld_ones_are_not():
    people = population(
        (SW, "13", "13101", 0),
        (SE, "13", "13101", 9),
        (NW, "13", "13101", 0),
        treatment=[2, 1, 0],
        pop_status=["suppressed", "counted", "counted"],
        disclosure_group=[SE, SE, None],
    )
    assert layer(editions("docomo"), COVERED, people).index.tolist() == [SW, SE]


def test_shares_are_of_the_whole_cell_and_the_count_of_the_area_basis():
    covered = shares(docomo_filed={SW: (0.25, 1.0)}, combined_filed={SW: (0.25, 1.0)})
    table = layer(editions("docomo"), covered, population(), area_basis="land")
    assert table.loc[SW, ["docomo_share", "carrier_count"]].tolist() == [0.25, 1]


def test_planned_areas_alone_leave_the_present_null():
    planned = editions("docomo", on=[(LATER, "planned")])
    table = layer(planned, COVERED, population())
    present = [f"{carrier}_share" for carrier in LABELS.rows]
    assert table[[*present, "carrier_count"]].isna().all(axis=None)
    assert table.loc[SW, "docomo_planned_share"] == 0.25


def test_modelled_areas_only_where_none_are_filed():
    covered = shares(
        docomo_filed={SW: 1.0}, kddi_modelled={SE: 0.5}, combined_modelled={SE: 0.5}
    )
    filed = layer(editions("docomo", modelled=["kddi"]), covered, population())
    assert set(filed["coverage_source"]) == {"filed"}
    assert filed["kddi_share"].isna().all()
    modelled = layer(editions(modelled=["kddi"]), covered, population())
    assert set(modelled["coverage_source"]) == {"modelled"}
    assert modelled.loc[SE, ["kddi_share", "carrier_count"]].tolist() == [0.5, 1]


@pytest.mark.parametrize(
    "people",
    [None, population((MESH3, "13", "13101", 5), level="m3")],
    ids=["none", "1 km"],
)
def test_without_people_on_500_m_cells_there_is_no_layer(people):
    prepared = people_of(editions("docomo"), COVERED, people)
    assert mesh4_layer(prepared, DAY, LABELS) is None


def test_without_any_areas_there_is_no_layer():
    prepared = people_of(editions(), shares(), population())
    assert mesh4_layer(prepared, DAY, LABELS) is None


def test_without_a_plan_there_is_no_planned_day():
    now = [state for state in STATES if state[1] == "operating"]
    table = layer(editions("docomo", on=now), COVERED, population(), on=now)
    assert table["planned_on"].isna().all()
    assert np.isnan(table["docomo_planned_share"]).all()


def test_a_day_that_is_not_reported_is_an_error():
    prepared = people_of(editions("docomo"), COVERED, population())
    with pytest.raises(ValueError, match="as_of 2019-03-31: wanted one of the days"):
        mesh4_layer(prepared, date(2019, 3, 31), LABELS)
