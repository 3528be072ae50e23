from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata import reference
from geodata.placement import (
    all_events,
    outside_target,
    place_stations,
)
from geodata.placement.count_events import mesh_count_events, prefecture_count_events
from geodata.placement.filings import carrier_filings
from geodata.placement.land import municipality_cells
from geodata.placement.station_events import station_events
from geodata.schemas import TABLES, conform, to_frame

TOKYO = (35.681236, 139.767125)  # 53394611, prefecture 13


def stations(*rows):
    """Rows of raw.station: each a dict of what differs from an operating parent."""
    given = []
    for number, row in enumerate(rows):
        lat, lon = row.pop("at", TOKYO)
        given.append(
            dict.fromkeys(TABLES["raw.station"].column_names)
            | {
                "carrier": "docomo",
                "plan_id": "p",
                "file": "stations.csv",
                "line": number + 2,
                "station_id": f"s{number}",
                "lat": lat,
                "lon": lon,
                "band": "n78",
                "band_class": "sub6",
                "is_advanced_band": True,
                "station_type": "advanced",
                "indoor": False,
                "status": "operating" if row.get("actual_start") else "planned",
            }
            | row
        )
    table = conform(TABLES["raw.station"], pd.DataFrame(given))
    return to_frame(table)


def placed(*rows):
    pairs = reference.mesh3_municipalities()
    cells = municipality_cells(None, pairs, "shipped")
    return place_stations(stations(*rows), reference.mesh3_prefecture(), cells)


@pytest.mark.parametrize(
    ("change", "is_advanced"),
    [
        ({}, True),
        ({"indoor": True}, False),
        ({"station_type": "ordinary"}, False),
        ({"station_type": "repeater"}, False),
        ({"is_advanced_band": False}, False),
        ({"backhaul_gbps": 1.0}, True),  # a warning when filed, never a filter
    ],
)
def test_qualifying_is_advanced_outdoor_and_on_a_band_of_2019(change, is_advanced):
    assert placed(change)["is_advanced"].item() == is_advanced


@pytest.mark.parametrize(
    ("change", "is_outdoor", "is_counted"),
    [
        ({}, True, True),
        ({"indoor": True}, False, True),
        ({"station_type": "repeater"}, True, False),
        ({"station_type": "ordinary", "band_class": "mmwave"}, True, True),
    ],
)
def test_outdoor_is_what_is_not_indoor_whatever_the_station(
    change, is_outdoor, is_counted
):
    row = placed(change).iloc[0]
    assert (row["is_outdoor"], row["is_counted"]) == (is_outdoor, is_counted)


def test_stations_fit_their_declaration():
    rows = placed({"actual_start": date(2020, 9, 1)}, {"indoor": True})
    assert conform(TABLES["core.station"], rows).num_rows == 2


def test_a_station_stands_in_its_cells_and_prefecture():
    row = placed({}).iloc[0]
    assert (row["mesh2"], row["mesh3"], row["pref_code"]) == (533946, 53394611, "13")
    assert not row["is_border_cell"]


def test_a_station_at_sea_takes_the_nearest_prefecture_and_is_marked():
    rows = placed({"at": (34.0, 139.0)}, {}, {"at": (34.0, 139.0)})
    assert rows["pref_code"].tolist() == ["13", "13", "13"]  # off Miyake island
    assert rows["is_border_cell"].tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("dates", "planned_from"),
    [
        ({"planned_start": date(2022, 5, 1), "planned_fy": 2023}, "2022-05-01"),
        ({"planned_fy": 2023}, "2024-03-31"),
        ({"planned_fy": 2023, "planned_quarter": 1}, "2023-06-30"),
        ({"actual_start": date(2020, 9, 1), "planned_fy": 2023}, "2020-09-01"),
    ],
)
def test_a_plan_counts_from_its_day_or_the_end_of_its_period(dates, planned_from):
    assert placed(dates)["planned_from"].item() == pd.Timestamp(planned_from)


def test_a_retired_station_that_never_operated_was_never_planned_to_either():
    row = {"status": "retired", "planned_fy": 2020, "end_date": date(2022, 1, 1)}
    assert pd.isna(placed(row)["planned_from"].item())


def counts(frame, **where):
    for column, value in where.items():
        frame = frame[frame[column] == value]
    return frame["station_delta"].sum(), frame["advanced_delta"].sum()


def test_one_site_with_two_bands_is_two_stations_and_one_site():
    start = {"actual_start": date(2020, 9, 1)}
    events = station_events(
        placed(start, start | {"band": "n257", "band_class": "mmwave"})
    )
    operating = {"basis": "operating", "band_class": "all"}
    assert counts(events, unit="station_band", **operating) == (2, 2)
    assert counts(events, unit="site", **operating) == (1, 1)
    assert counts(events, unit="site", basis="operating", band_class="mmwave") == (1, 1)


def test_a_site_stays_on_while_any_of_its_stations_is_on():
    events = station_events(
        placed(
            {"actual_start": date(2020, 9, 1), "end_date": date(2021, 1, 1)},
            {"actual_start": date(2020, 12, 1), "band": "n79"},
        )
    )
    sites = events[
        (events["unit"] == "site")
        & (events["basis"] == "operating")
        & (events["band_class"] == "all")
    ]
    assert sites["effective_on"].tolist() == [pd.Timestamp("2020-09-01")]


def test_a_site_that_closed_and_opened_again_counts_from_each_opening():
    events = station_events(
        placed(
            {"actual_start": date(2020, 9, 1), "end_date": date(2021, 1, 1)},
            {"actual_start": date(2021, 2, 1), "band": "n79"},
        )
    )
    sites = events[(events["unit"] == "site") & (events["basis"] == "operating")]
    changes = sites[sites["band_class"] == "all"].sort_values("effective_on")
    assert changes["station_delta"].tolist() == [1, -1, 1]


def test_repeaters_are_no_stations_but_indoor_ones_are():
    start = {"actual_start": date(2020, 9, 1)}
    events = station_events(
        placed(start | {"station_type": "repeater"}, start | {"indoor": True})
    )
    operating = {"basis": "operating", "band_class": "all", "unit": "station_band"}
    assert counts(events, **operating) == (1, 0)


def test_events_fit_their_declaration():
    events = station_events(placed({"actual_start": date(2020, 9, 1)}))
    assert conform(TABLES["core.station_event"], events).num_rows == 8


def mesh_counts(*rows):
    names = ["mesh2", "fiscal_year", "band_class", "n_advanced", "n_ordinary"]
    frame = pd.DataFrame(rows, columns=names)
    return frame.assign(carrier="docomo", plan_id="p", n_indoor=0)


def events_of(*rows, as_of=date(2021, 3, 31)):
    return mesh_count_events(mesh_counts(*rows), as_of, reference.mesh2_facts())


def level(events, day, band_class="all", basis="planned"):
    past = events[
        (events["effective_on"] <= pd.Timestamp(day))
        & (events["band_class"] == band_class)
        & (events["basis"] == basis)
    ]
    return past["station_delta"].sum(), past["advanced_delta"].sum()


def test_cumulative_counts_hold_until_the_next_year_end():
    events = events_of((533946, 2020, "sub6", 2, 3), (533946, 2022, "sub6", 4, 6))
    assert level(events, "2021-03-30") == (0, 0)
    assert level(events, "2021-03-31") == (5, 2)
    assert level(events, "2022-03-31") == (5, 2)
    assert level(events, "2023-03-31") == (10, 4)


def test_years_after_the_filings_date_are_planned_only():
    events = events_of((533946, 2020, "sub6", 2, 3), (533946, 2021, "sub6", 4, 6))
    assert level(events, "2022-03-31", basis="operating") == (5, 2)


def test_reused_bands_have_no_qualifying_parent():
    events = events_of((533946, 2020, "reuse_mid", 2, 3))
    assert level(events, "2021-03-31") == (5, 0)


def test_a_class_left_out_of_a_later_year_keeps_its_count():
    events = events_of(
        (533946, 2020, "sub6", 2, 0),
        (533946, 2020, "mmwave", 1, 0),
        (533946, 2021, "sub6", 3, 0),
    )
    assert level(events, "2022-03-31") == (4, 4)
    assert level(events, "2022-03-31", "mmwave") == (1, 1)


def test_a_year_filed_as_all_replaces_the_classes_of_the_year_before():
    events = events_of((533946, 2020, "sub6", 2, 0), (533946, 2021, "all", 3, 1))
    assert level(events, "2022-03-31") == (4, 3)


def test_prefecture_totals_tell_no_cell():
    rows = pd.DataFrame(
        {
            "carrier": ["docomo", "docomo"],
            "plan_id": "p",
            "pref_code": "13",
            "fiscal_year": [2020, 2021],
            "n_advanced": [2, 3],
            "n_ordinary": [5, 5],
        }
    )
    events = prefecture_count_events(rows, date(2021, 3, 31))
    assert events["mesh2"].isna().all()
    assert level(events, "2022-03-31") == (8, 3)
    assert level(events, "2022-03-31", basis="operating") == (7, 2)


def filed(**forms):
    return pd.DataFrame(
        [
            {"carrier": carrier, "form": form, "as_of": pd.Timestamp("2021-03-31")}
            for carrier, form in forms.items()
        ]
    )


def test_a_carrier_without_a_filing_has_form_none():
    events = events_of((533946, 2020, "sub6", 2, 3))
    table = carrier_filings(filed(docomo="mesh_counts"), events, {}, ["docomo", "kddi"])
    assert table["form"].tolist() == ["mesh_counts", "none"]
    assert table["has_cells"].tolist() == [True, False]
    assert conform(TABLES["core.carrier_filing"], table).num_rows == 2


@pytest.mark.parametrize(
    ("band_class", "has_classes"), [("sub6", True), ("all", False)]
)
def test_counts_filed_as_all_tell_no_band_class(band_class, has_classes):
    events = events_of((533946, 2020, band_class, 2, 3))
    table = carrier_filings(filed(docomo="mesh_counts"), events, {}, ["docomo"])
    assert table["has_band_classes"].item() == has_classes


CELLS = pd.DataFrame({"mesh2": [533946, 392725], "is_target": [True, False]})


def filing(form):
    return pd.DataFrame({"carrier": ["docomo"], "plan_id": ["p"], "form": [form]})


def test_parents_outside_the_denominator_are_counted_apart():
    rows = placed({}, {"station_type": "ordinary"}, {"at": (26.212401, 127.680932)})
    outside = outside_target(rows, mesh_counts(), filing("stations"), CELLS)
    assert outside["row_count"].tolist() == [1]


def test_cells_outside_the_denominator_are_counted_apart():
    counted = mesh_counts(
        (392725, 2020, "sub6", 1, 0),
        (392725, 2021, "sub6", 2, 0),
        (392725, 2021, "reuse_mid", 2, 0),
        (533946, 2021, "sub6", 2, 0),
    )
    none = placed({}).head(0)
    outside = outside_target(none, counted, filing("mesh_counts"), CELLS)
    assert outside["row_count"].tolist() == [1]
    assert len(outside_target(none, counted, filing("stations"), CELLS)) == 0


def test_counts_of_zero_are_told_by_class_all_the_same():
    events = events_of((533946, 2020, "sub6", 0, 0))
    table = carrier_filings(filed(docomo="mesh_counts"), events, {}, ["docomo"])
    assert table["has_band_classes"].item()


def of_plans(*plans):
    """All events of filings: carrier, plan id, as-of date and rows of counts each."""
    counts = [
        mesh_counts(*rows).assign(carrier=carrier, plan_id=plan)
        for carrier, plan, _, *rows in plans
    ]
    filed = pd.DataFrame(
        [
            {
                "carrier": carrier,
                "plan_id": plan,
                "form": "mesh_counts",
                "as_of": pd.Timestamp(as_of),
            }
            for carrier, plan, as_of, *_ in plans
        ]
    )
    nothing = pd.DataFrame(columns=["carrier", "plan_id"])
    return all_events(
        nothing, pd.concat(counts), nothing, filed, reference.mesh2_facts()
    )


def test_each_plan_is_operating_up_to_its_own_date():
    events = of_plans(
        ("docomo", "a", "2022-03-31", (533946, 2020, "sub6", 1, 0)),
        ("docomo", "b", "2021-03-31", (533946, 2021, "sub6", 9, 0)),
    )
    assert level(events, "2022-03-31", basis="operating") == (1, 1)
    assert level(events, "2022-03-31", basis="planned") == (10, 10)


def test_a_plan_id_is_told_apart_by_its_carrier():
    events = of_plans(
        ("docomo", "p", "2022-03-31", (533946, 2020, "sub6", 1, 0)),
        ("kddi", "p", "2022-03-31", (533946, 2020, "sub6", 7, 0)),
    )
    own = events[events["carrier"] == "docomo"]
    assert level(own, "2022-03-31") == (1, 1)


def test_plans_that_change_one_cell_on_one_day_are_one_row():
    events = of_plans(
        ("docomo", "a", "2022-03-31", (533946, 2020, "all", 1, 0)),
        ("docomo", "b", "2022-03-31", (533946, 2020, "sub6", 5, 0)),
    )
    assert level(events, "2022-03-31") == (6, 6)
    assert conform(TABLES["core.station_event"], events).num_rows == len(events)


@pytest.mark.parametrize("ends", [date(2021, 6, 1), date(2022, 5, 1)])
def test_a_station_that_ends_before_it_starts_changes_nothing(ends):
    events = station_events(
        placed(
            {"actual_start": date(2020, 9, 1)},
            {"planned_start": date(2022, 5, 1), "end_date": ends, "band": "n79"},
        )
    )
    planned = events[
        (events["basis"] == "planned")
        & (events["unit"] == "station_band")
        & (events["band_class"] == "all")
    ]
    assert planned["station_delta"].tolist() == [1]


day_or_none = st.none() | st.dates(date(2019, 4, 10), date(2023, 12, 31))


@given(
    st.lists(
        st.tuples(day_or_none, day_or_none, day_or_none, st.booleans(), st.booleans()),
        min_size=1,
        max_size=8,
    ),
    st.randoms(),
)
def test_levels_agree_with_a_plain_loop_whatever_the_dates_and_order(rows, random):
    given_rows = [
        {
            "actual_start": actual,
            "planned_start": planned,
            "end_date": end,
            "station_type": "advanced" if is_advanced else "ordinary",
            "indoor": indoor,
        }
        for actual, planned, end, is_advanced, indoor in rows
    ]
    table = placed(*given_rows)
    order = list(range(len(table)))
    random.shuffle(order)
    events = station_events(table.iloc[order])
    for basis in ("operating", "planned"):
        for year in range(2019, 2025):
            day = date(year, 3, 31)
            on_air = [
                (is_advanced and not indoor)
                for actual, planned, end, is_advanced, indoor in rows
                for start in [actual or (planned if basis == "planned" else None)]
                if start and start <= day and not (end and end <= day)
            ]
            found = events[events["unit"] == "station_band"]
            assert level(found, day, basis=basis) == (len(on_air), sum(on_air))
