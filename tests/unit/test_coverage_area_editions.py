"""Which coverage areas stand for whom on which day."""

from datetime import date

import pandas as pd
import pytest
from coverage_country import (
    FY2020,
    FY2021,
    FY2023,
    NE,
    NW,
    OPERATING,
    PLANNED,
    SE,
    SW,
    area,
    areas,
    forms,
    stations,
    whole,
)
from coverage_country import station as station_at

from geodata.coverage_area.editions import coverage_editions
from geodata.coverage_area.station_model import StationModel
from geodata.schemas import TABLES, conform

TOKYO = (139.767125, 35.681236)


def editions(filed, states, *, carriers=("docomo",), as_of=FY2020, model=None):
    table = None if filed is None else conform(TABLES["raw.coverage_area"], filed)
    found = coverage_editions(table, forms(*carriers, as_of=as_of), states, model)
    assert conform(TABLES["core.coverage_edition"], found.table).num_rows == len(
        found.table
    )
    return found


def names(found, **wanted):
    table = found.table
    for column, value in wanted.items():
        table = table[table[column] == value]
    return table["edition"].tolist()


def rows_of(found, name):
    return found.contents[name].rows.tolist()


def test_the_latest_areas_up_to_the_day_are_in_force():
    filed = areas(
        area("docomo", whole(SW), FY2020),
        area("docomo", whole(SE), FY2021),
        area("docomo", whole(NW), FY2023),
    )
    found = editions(filed, [(date(2023, 3, 31), "planned"), PLANNED])
    assert names(found, carrier="docomo") == [
        "docomo-all-filed-2022-03-31",
        "docomo-all-filed-2024-03-31",
    ]
    assert rows_of(found, "docomo-all-filed-2022-03-31") == [1]


def test_before_the_first_areas_there_is_no_edition():
    found = editions(areas(area("docomo", whole(SW))), [(date(2020, 3, 31), "planned")])
    assert found.table.empty
    assert not found.contents


def test_areas_after_the_filings_day_are_a_plan_and_not_operating():
    filed = areas(area("docomo", whole(SW), FY2020), area("docomo", whole(SE), FY2023))
    found = editions(filed, [(FY2023, "operating"), PLANNED], as_of=FY2020)
    assert names(found, carrier="docomo", basis="operating") == [
        "docomo-all-filed-2021-03-31"
    ]
    assert names(found, carrier="docomo", basis="planned") == [
        "docomo-all-filed-2024-03-31"
    ]


def test_indoor_areas_and_those_that_do_not_say_never_count():
    filed = areas(
        area("docomo", whole(SW), FY2020),
        area("docomo", whole(SE), FY2020, outdoor=False),
        area("docomo", whole(NW), FY2020, outdoor=None),
        area("docomo", whole(NE), FY2021, outdoor=False),
    )
    found = editions(filed, [PLANNED])
    assert names(found, carrier="docomo") == ["docomo-all-filed-2021-03-31"]
    assert rows_of(found, "docomo-all-filed-2021-03-31") == [0]


def test_all_is_every_band_class_of_the_day_and_sub6_its_own_rows():
    filed = areas(
        area("docomo", whole(SW), band_class="sub6"),
        area("docomo", whole(SE), band_class="mmwave"),
        area("docomo", whole(NW), band_class="all"),
    )
    found = editions(filed, [OPERATING])
    assert rows_of(found, "docomo-all-filed-2021-03-31") == [0, 1, 2]
    assert rows_of(found, "docomo-sub6-filed-2021-03-31") == [0]


def test_a_later_day_replaces_the_areas_of_its_own_class_and_plan_only():
    other = area("docomo", whole(NE), FY2021, "mmwave") | {"plan_id": "second"}
    filed = areas(
        area("docomo", whole(SW), FY2020, "all"),
        area("docomo", whole(SE), FY2020, "sub6"),
        area("docomo", whole(NW), FY2021, "sub6"),
        other,
    )
    found = editions(filed, [(FY2021, "planned"), PLANNED])
    assert names(found, carrier="docomo", band_class="all") == [
        "docomo-all-filed-2022-03-31"
    ] * len(names(found, carrier="docomo", band_class="all"))
    assert rows_of(found, "docomo-all-filed-2022-03-31") == [0, 2, 3]
    assert rows_of(found, "docomo-sub6-filed-2022-03-31") == [2]
    of_all = found.table[found.table["band_class"] == "all"]
    assert set(of_all["coverage_as_of"]) == {pd.Timestamp(FY2020)}  # the oldest


def test_without_sub6_areas_there_is_no_sub6_edition():
    found = editions(areas(area("docomo", whole(SW))), [OPERATING])
    assert names(found, band_class="sub6") == []


def test_combined_is_all_parts_and_as_old_as_the_oldest():
    filed = areas(area("docomo", whole(SW), FY2020), area("kddi", whole(SE), FY2021))
    found = editions(filed, [PLANNED], carriers=("docomo", "kddi"))
    combined = found.table[found.table["carrier"] == "combined"].iloc[0]
    assert combined["parts"] == (
        "docomo-all-filed-2021-03-31;kddi-all-filed-2022-03-31"
    )
    assert combined["coverage_as_of"].date() == FY2020
    assert combined["edition"].startswith("combined-all-filed-")
    assert rows_of(found, combined["edition"]) == [0, 1]


def test_a_carrier_without_areas_has_a_modelled_edition_if_its_places_are_known():
    model = StationModel.of(
        *stations(station_at("docomo", *TOKYO), station_at("kddi", *TOKYO)).values()
    )
    filed = areas(area("docomo", whole(SW)))
    found = editions(filed, [OPERATING], carriers=("docomo", "kddi"), model=model)
    assert names(found, coverage_source="modelled") == [
        "kddi-all-modelled-operating-2021-03-31",
        found.table["edition"].iloc[-1],
    ]
    combined = found.table.iloc[-1]
    assert combined["carrier"] == "combined"
    assert combined["parts"] == (
        "docomo-all-filed-2021-03-31;kddi-all-modelled-operating-2021-03-31"
    )
    assert names(found, coverage_source="filed", carrier="combined")
    content = found.contents[combined["edition"]]
    assert (content.rows.tolist(), content.discs.tolist()) == ([0], [0])


@pytest.mark.parametrize("form", ["mesh_counts", "prefecture_counts"])
def test_counts_have_no_places_and_no_modelled_edition(form):
    model = StationModel.of(*stations(station_at("kddi", *TOKYO)).values())
    found = coverage_editions(None, forms("docomo", form=form), [OPERATING], model)
    assert found.table.empty


def test_states_with_the_same_stations_share_one_modelled_edition():
    model = StationModel.of(
        *stations(
            station_at("docomo", *TOKYO, since=FY2020),
            station_at("docomo", 139.9, 35.7, since=None, planned=FY2023),
        ).values()
    )
    planned = [(FY2020, "planned"), (FY2021, "planned"), PLANNED]
    found = editions(None, [*planned, OPERATING], model=model)
    assert names(found, carrier="docomo") == [
        "docomo-all-modelled-operating-2021-03-31",
        "docomo-all-modelled-operating-2021-03-31",
        "docomo-all-modelled-operating-2021-03-31",
        "docomo-all-modelled-planned-2024-03-31",
    ]
    days = found.table[found.table["carrier"] == "docomo"]["coverage_as_of"].dt.date
    assert days.tolist() == [FY2020, FY2020, FY2021, FY2023]


def test_an_operating_estimate_is_no_younger_than_the_filing():
    model = StationModel.of(*stations(station_at("docomo", *TOKYO)).values())
    found = editions(None, [(FY2023, "operating")], as_of=FY2020, model=model)
    assert set(found.table["coverage_as_of"].dt.date) == {FY2020}


def test_the_order_of_states_and_of_rows_does_not_matter():
    rows = [
        area("kddi", whole(SE), FY2021),
        area("docomo", whole(SW), FY2020),
        area("docomo", whole(NW), FY2023),
    ]
    states = [OPERATING, PLANNED, (FY2021, "planned")]
    filed = areas(*rows)
    first = editions(filed, states, carriers=("docomo", "kddi"))
    second = editions(filed.iloc[::-1], states[::-1], carriers=("docomo", "kddi"))
    assert first.table.equals(second.table)
    assert {n: c.key for n, c in first.contents.items()} == {
        n: c.key for n, c in second.contents.items()
    }
