from datetime import date

import pandas as pd
import pytest

from geodata.calendar import (
    fiscal_year_end,
    fiscal_year_of,
    months_before,
    period_ends,
    reporting_dates,
)


def test_fiscal_year_ends_on_31_march_of_the_next_year():
    assert fiscal_year_end(2023) == date(2024, 3, 31)
    assert fiscal_year_of(date(2024, 3, 31)) == 2023
    assert fiscal_year_of(date(2024, 4, 1)) == 2024


@pytest.mark.parametrize(
    ("quarter", "end"),
    [
        (1, "2023-06-30"),
        (2, "2023-09-30"),
        (3, "2023-12-31"),
        (4, "2024-03-31"),
        (None, "2024-03-31"),
    ],
)
def test_a_plan_period_counts_from_its_last_day(quarter, end):
    ends = period_ends(
        pd.Series([2023], dtype="Int16"), pd.Series([quarter], dtype="Int8")
    )
    assert ends[0] == pd.Timestamp(end)


def test_no_fiscal_year_gives_no_day():
    ends = period_ends(pd.Series([None], dtype="Int16"), pd.Series([1], dtype="Int8"))
    assert ends.isna().all()


def test_reporting_dates_are_year_ends_to_the_last_planned_year_and_the_day_itself():
    assert reporting_dates(date(2021, 6, 30), date(2022, 5, 1)) == [
        date(2020, 3, 31),
        date(2021, 3, 31),
        date(2021, 6, 30),
        date(2022, 3, 31),
        date(2023, 3, 31),
    ]


def test_a_day_that_is_a_year_end_is_reported_once():
    dates = reporting_dates(date(2021, 3, 31), date(2024, 3, 31))
    assert dates == [date(year, 3, 31) for year in range(2020, 2025)]


@pytest.mark.parametrize("last", [None, date(2020, 12, 1), date(2021, 6, 30)])
def test_without_later_plans_no_later_year_is_reported(last):
    assert reporting_dates(date(2021, 6, 30), last) == [
        date(2020, 3, 31),
        date(2021, 3, 31),
        date(2021, 6, 30),
    ]


def test_months_before_keeps_to_the_months_last_day():
    assert months_before(date(2024, 2, 29), 12) == date(2023, 2, 28)
    assert months_before(date(2021, 3, 31), 12) == date(2020, 3, 31)
