"""Exact arithmetic on counts: published percentages, thresholds, pace, projection."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil

import numpy as np
import numpy.typing as npt

from geodata.calendar import DAYS_PER_MONTH

_MEAN_MONTH = Fraction(*DAYS_PER_MONTH)
_SHARE_ERROR = 1e-9  # shares of cells are exact to about 1e-11


def percent_half_up(numerator: int, denominator: int, decimals: int = 1) -> float:
    """Percentage of the exact fraction, rounded half up as the ministry publishes.

    Parameters
    ----------
    numerator, denominator : int
        Counts; `denominator` > 0.
    decimals : int, default 1
        Digits after the point.

    Returns
    -------
    float
        The shortest float that prints as the rounded decimal.

    Raises
    ------
    ZeroDivisionError
        `denominator` is 0: the caller decides what an empty denominator means.

    Notes
    -----
    Source: domain.md 3.0 (half up is the only rule that fits the published pairs).

    Examples
    --------
    >>> percent_half_up(4331, 4464)
    97.0
    >>> percent_half_up(1, 8, decimals=0)
    13.0
    """
    doubled = 200 * numerator * 10**decimals + denominator
    return float(Decimal(doubled // (2 * denominator)).scaleb(-decimals))


def least_count(denominator: int, share: Fraction) -> int:
    """Least whole count whose fraction of `denominator` is at least `share`.

    Examples
    --------
    >>> least_count(4464, Fraction(98, 100))
    4375
    """
    return ceil(denominator * share)


def reaches(
    share: npt.NDArray[np.float64], threshold: Fraction
) -> npt.NDArray[np.bool_]:
    """Whether each covered share is at least `threshold`, which itself counts (以上).

    Parameters
    ----------
    share : array of float64, any shape
        Shares of cells, 0-1, as the overlay kernel gives them: one that is exactly
        `threshold` may be off by about 1e-11. NaN (not known) reaches nothing.
    threshold : Fraction
        1/2 for 5G人口カバー率, 3/4 for サブ6展開率.

    Returns
    -------
    array of bool, shape of `share`
        0.5 reaches one half, 0.4999999 does not: the tolerance is 1e-9.

    Examples
    --------
    >>> reaches(np.array([0.5, 0.4999999, np.nan]), Fraction(1, 2)).tolist()
    [True, False, False]
    """
    reached: npt.NDArray[np.bool_] = share >= float(threshold) - _SHARE_ERROR
    return reached


def pace_per_month(gap: int, as_of: date, target_on: date) -> int | None:
    """Whole units a month that close `gap` by `target_on`.

    0 where nothing is missing, None where something is and the day has come.
    """
    if gap == 0:
        return 0
    days_left = (target_on - as_of).days
    if days_left <= 0:
        return None
    return ceil(gap * _MEAN_MONTH / days_left)


def projected_on(gap: int, grown_in_year: int, as_of: date) -> date | None:
    """First day on which `gap` is closed at the pace of the last twelve months.

    None where nothing was gained in the year, or the day lies beyond the calendar.
    """
    if grown_in_year <= 0:
        return None
    days = ceil(Fraction(12 * gap, grown_in_year) * _MEAN_MONTH)
    if days > (date.max - as_of).days:
        return None
    return as_of + timedelta(days=days)
