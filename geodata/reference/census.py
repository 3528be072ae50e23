"""Which census (国勢調査) 5G人口カバー率 is counted with."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cache

from geodata.reference.shipped import read_toml


@dataclass(frozen=True)
class CensusRule:
    """Census used for days up to `last_as_of`; None: for all later days."""

    census_year: int
    last_as_of: date | None
    provenance: str


@cache
def census_rules() -> tuple[CensusRule, ...]:
    """Rules in order of their days; the last one has no last day."""
    return tuple(
        CensusRule(row["census_year"], row.get("last_as_of"), row["provenance"])
        for row in read_toml("census.toml")["census"]
    )


def census_year_for(as_of: date) -> int:
    """Census year that population coverage of a day is counted with.

    Parameters
    ----------
    as_of : date
        The day a rate is for.

    Notes
    -----
    The 2015 census (the 2021 notice) for days before 2023-03-31, the 2020 census from
    then on (recalled; the day is a decision). Source: domain.md 3.4 and section 9.

    Examples
    --------
    >>> census_year_for(date(2023, 3, 30)), census_year_for(date(2023, 3, 31))
    (2015, 2020)
    """
    for rule in census_rules()[:-1]:
        if rule.last_as_of is not None and as_of <= rule.last_as_of:
            return rule.census_year
    return census_rules()[-1].census_year


def census_year_in_use(wanted: int, given: Collection[int | None]) -> int | None:
    """Which of the censuses given stands in for the one wanted.

    Parameters
    ----------
    wanted : int
        By rule (:func:`census_year_for`), or as the run was told.
    given : collection of int or None
        Census years of ``core.mesh_population``; None: a population whose source does
        not say its year.

    Returns
    -------
    int or None
        `wanted` where it is given; else the newest one before it, else the oldest
        one after it; None where only a population of an unknown year is given.

    Raises
    ------
    ValueError
        Nothing is given.

    Examples
    --------
    >>> census_year_in_use(2015, [2015, 2020]), census_year_in_use(2015, [2020])
    (2015, 2020)
    """
    if not given:
        raise ValueError("No census is given, so none can be used.")
    known = sorted(year for year in given if year is not None)
    before = [year for year in known if year <= wanted]
    if before:
        return before[-1]
    return known[0] if known else None
