"""Which census population coverage is counted with."""

from datetime import date

import pytest

from geodata import reference
from geodata.reference.census import census_rules


@pytest.mark.parametrize(
    ("as_of", "year"),
    [
        (date(2019, 4, 1), 2015),
        (date(2023, 3, 30), 2015),
        (date(2023, 3, 31), 2020),
        (date(2031, 3, 31), 2020),
    ],
)
def test_the_day_decides_the_census(as_of, year):
    assert reference.census_year_for(as_of) == year


def test_every_rule_has_its_mark():
    assert [(rule.census_year, rule.provenance) for rule in census_rules()] == [
        (2015, "sourced:4"),
        (2020, "recalled"),
    ]


@pytest.mark.parametrize(
    ("wanted", "given", "used"),
    [
        (2015, [2015, 2020], 2015),
        (2020, [2015, 2020], 2020),
        (2015, [2020], 2020),  # the only one
        (2020, [2015], 2015),
        (2020, [2010, 2015], 2015),  # the newest before it
        (2015, [2020, 2025], 2020),  # none before it: the oldest after it
        (2020, [None], None),
        (2020, [None, 2015], 2015),
    ],
)
def test_where_the_census_is_not_given_another_stands_in(wanted, given, used):
    assert reference.census_year_in_use(wanted, given) == used


def test_no_census_at_all_is_no_census_year():
    with pytest.raises(ValueError, match="No census is given"):
        reference.census_year_in_use(2020, [])
