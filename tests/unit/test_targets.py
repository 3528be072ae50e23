from datetime import date

import pandas as pd
import pytest

from coverage.targets import Metrics, lag_states, progress, target_status
from geodata import reference

GOAL = date(2024, 3, 31)


@pytest.mark.parametrize(
    ("value", "year_ago", "as_of", "status"),
    [
        (210_000, 0, date(2023, 3, 31), "met"),
        (210_000, 210_000, date(2024, 6, 30), "met"),
        (200_000, 180_000, date(2023, 3, 31), "on_track"),
        (200_000, 195_000, date(2023, 3, 31), "behind"),
        (200_000, 200_000, date(2023, 3, 31), "behind"),
        (209_999, 0, GOAL, "missed"),
        (209_999, 0, date(2024, 3, 30), "on_track"),
    ],
)
def test_status_says_how_the_goal_stands(value, year_ago, as_of, status):
    state = progress(
        value, year_ago, 210_000, as_of=as_of, target_on=GOAL, is_complete=True
    )
    assert state.status == status


def test_gap_pace_and_projection_follow_the_formulas():
    state = progress(
        100, 40, 190, as_of=date(2021, 3, 31), target_on=GOAL, is_complete=True
    )
    assert state.gap == 90
    assert state.recent_pace_per_month == 5.0
    assert state.pace_per_month == 3  # 1,096 days are 36.01 months: 2.499
    assert state.projected_on == date(2022, 9, 30)  # 18 months of 30.436875 days


def test_a_shortfall_without_every_filing_proves_nothing():
    state = progress(1, 0, 2, as_of=date(2025, 1, 1), target_on=GOAL, is_complete=False)
    assert state.status == "incomplete"


def test_no_filing_and_no_denominator_are_not_zero():
    missing = progress(None, None, 5, as_of=GOAL, target_on=GOAL, is_complete=False)
    assert (missing.status, missing.value, missing.gap) == ("no_filing", None, None)
    empty = progress(0, 0, None, as_of=GOAL, target_on=GOAL, is_complete=True)
    assert (empty.status, empty.gap) == ("no_denominator", None)


def test_the_year_before_is_asked_for_where_it_is_not_reported():
    days = [(date(2020, 3, 31), "planned"), (date(2021, 3, 31), "planned")]
    assert lag_states(days) == [(date(2019, 3, 31), "planned")]


def rate_rows(numerator, denominator, day, scope=("nation", "JP")):
    return pd.DataFrame(
        [
            {
                "as_of": pd.Timestamp(day),
                "basis": "planned",
                "carrier": "combined",
                "scope_kind": scope[0],
                "scope_code": scope[1],
                "assignment": "majority",
                "numerator_count": numerator,
                "denominator_count": denominator,
                "denominator_source": "official",
                "carriers_included": "docomo;kddi;softbank;rakuten",
                "is_complete": True,
                "is_synthetic": False,
            }
        ]
    )


def no_counts():
    columns = [*rate_rows(1, 1, GOAL).columns, "band_class", "unit", "station_count"]
    return pd.DataFrame(columns=columns)


def goals(numerator, denominator, scope=("nation", "JP")):
    published = Metrics(rate_rows(numerator, denominator, GOAL, scope), no_counts())
    lagged = Metrics(rate_rows(0, denominator, date(2023, 3, 31), scope), no_counts())
    table = target_status(published, lagged, reference.targets())
    return table.set_index("target_id")


def test_98_percent_is_compared_exactly_not_as_displayed():
    # 4,374 of 4,464 is 97.98 %: it prints as 98.0 and is still one cell short
    row = goals(4374, 4464).loc["rate98_fy2023"]
    assert (row["target_value"], row["gap"], row["status"]) == (4375, 1, "missed")
    assert goals(4375, 4464).loc["rate98_fy2023", "status"] == "met"


@pytest.mark.parametrize(("cells", "gap"), [(2231, 1), (2232, 0)])
def test_block_check_needs_half_of_the_cells(cells, gap):
    assert goals(cells, 4464).loc["block50_2024", "gap"] == gap
    odd = goals(5, 11, ("bureau", "okinawa")).loc["block50_2024"]
    assert odd["target_value"] == 6
