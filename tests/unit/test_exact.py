from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.exact import least_count, pace_per_month, percent_half_up, projected_on


@pytest.mark.parametrize(
    ("cells", "published"), [(4331, 97.0), (4160, 93.2), (2855, 64.0), (2506, 56.1)]
)
def test_published_pairs_come_out_of_4464(cells, published):
    assert percent_half_up(cells, 4464) == published


def test_a_half_is_rounded_up_where_round_would_go_to_even():
    assert percent_half_up(1, 8, decimals=0) == 13.0
    assert percent_half_up(1, 800) == 0.1  # 0.125 %
    assert percent_half_up(1, 2000) == 0.1  # 0.05 % exactly


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.integers(0, 3))
def test_percentage_is_the_decimal_rounding_of_the_exact_fraction(n, d, decimals):
    exact = Fraction(100 * n, d)
    digits = Decimal(exact.numerator * 10**40 // exact.denominator).scaleb(-40)
    wanted = digits.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    assert percent_half_up(n, d, decimals) == float(wanted)


def test_98_percent_of_4464_needs_4375_cells():
    assert least_count(4464, Fraction(98, 100)) == 4375
    assert least_count(4464, Fraction(1, 2)) == 2232


@given(st.integers(1, 10**5), st.integers(0, 100))
def test_least_count_meets_the_share_and_one_less_does_not(denominator, percent):
    count = least_count(denominator, Fraction(percent, 100))
    assert 100 * count >= percent * denominator
    assert 100 * (count - 1) < percent * denominator


def test_pace_is_rounded_up_to_whole_stations():
    # 366 days are 12.02 mean months: 189,000 / 12.02 = 15,717.4
    assert pace_per_month(189_000, date(2023, 3, 31), date(2024, 3, 31)) == 15_718


def test_there_is_no_pace_once_the_day_has_come():
    assert pace_per_month(1, date(2024, 3, 31), date(2024, 3, 31)) is None


def test_projection_is_the_first_day_on_which_the_gap_is_closed():
    # 12 a year: a gap of 12 takes 12 mean months = 365.2425 days, so day 366
    assert projected_on(12, 12, date(2021, 3, 31)) == date(2022, 4, 1)


def test_nothing_gained_is_never_projected():
    assert projected_on(5, 0, date(2021, 3, 31)) is None
    assert projected_on(5, -3, date(2021, 3, 31)) is None


def test_a_projection_beyond_the_calendar_is_null():
    assert projected_on(10**9, 1, date(2021, 3, 31)) is None
