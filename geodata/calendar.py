"""Fiscal years (年度), quarters and reporting dates; no clock is read here."""

import calendar as _calendar
from datetime import date

import numpy as np
import pandas as pd

FIRST_REPORTING_FY = 2019
"""5G service began in FY2019 (certified 2019-04-10, domain.md 3.2)."""

DAYS_PER_MONTH = (30_436_875, 1_000_000)
"""Mean Gregorian month as an exact fraction of days (domain.md 3.3)."""


def fiscal_year_end(fiscal_year: int) -> date:
    """Last day of a fiscal year: 31 March of the year after it began."""
    return date(fiscal_year + 1, 3, 31)


def fiscal_year_of(day: date) -> int:
    """Fiscal year (April to March) that `day` lies in."""
    return day.year if day.month >= 4 else day.year - 1


def period_ends(fiscal_year: pd.Series, quarter: pd.Series) -> pd.Series:
    """Last day of each fiscal year, or of the quarter where one is given.

    Parameters
    ----------
    fiscal_year, quarter : Series of nullable integers, equal length
        Quarter 1 is April to June; null means the whole year.

    Returns
    -------
    Series of datetime64
        NaT where `fiscal_year` is null.
    """
    year = fiscal_year.astype("Float64").to_numpy(float, na_value=np.nan)
    months = (year - 1970) * 12 + 3 + 3 * quarter.fillna(4).to_numpy(float)
    known = ~np.isnan(months)
    ends = np.full(len(months), np.datetime64("NaT"), "datetime64[D]")
    following_month = months[known].astype("int64").astype("datetime64[M]")
    ends[known] = following_month.astype("datetime64[D]") - 1
    return pd.Series(ends.astype("datetime64[ms]"), index=fiscal_year.index)


def reporting_dates(as_of: date, last_planned_on: date | None) -> list[date]:
    """Every 31 March from 2020 to the end of the last planned year, and `as_of`."""
    last = as_of
    if last_planned_on is not None and last_planned_on > as_of:
        last = fiscal_year_end(fiscal_year_of(last_planned_on))
    years = range(FIRST_REPORTING_FY, fiscal_year_of(last) + 1)
    ends = {fiscal_year_end(year) for year in years}
    return sorted({end for end in ends if end <= last} | {as_of})


def months_before(day: date, months: int) -> date:
    """Same day of the month `months` earlier, or that month's last day."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    last_day = _calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last_day))
