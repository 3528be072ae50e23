"""Shape of the records in ``plan.toml`` that rules on settled rows look at."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from geodata.filings.plan_toml.plan import Plan
from geodata.filings.row_rules.station_rules import FISCAL_YEARS

if TYPE_CHECKING:
    from geodata.filings.filing_rules.accepted import Filed

MAX_COUNT = 10_000_000
"""More stations than a cell, a prefecture or the nation could hold."""


def shape_fault(
    entry: object, keys: Mapping[str, type], needed: Collection[str]
) -> str:
    """What is wrong with the keys and kinds of a record; empty: nothing.

    Parameters
    ----------
    entry : object
        As it stands in ``plan.toml``.
    keys : mapping of str to type
        Every key it may have; a ``float`` may be written as an integer.
    needed : collection of str
        Those it must have.
    """
    if not isinstance(entry, dict):
        return "not a table"
    if unknown := sorted(set(entry) - set(keys)):
        return f"unknown key {', '.join(unknown)}"
    for key, kind in keys.items():
        if key in needed and key not in entry:
            return f"no {key}"
        kinds = (int, float) if kind is float else (kind,)
        if key in entry and type(entry[key]) not in kinds:
            return f"{key} is of the wrong kind"
    first, last = FISCAL_YEARS
    if not first <= entry.get("fiscal_year", first) <= last:
        return f"fiscal_year is not {first} to {last}"
    return ""


def plan_of(filed: "Filed") -> Plan:
    """Plan of an accepted filing, which always has one.

    Raises
    ------
    ValueError
        It has none: no rule may look at rows of a filing that was not accepted.
    """
    if filed.report.plan is None:
        raise ValueError(f"filing '{filed.report.name}' has no usable plan.toml")
    return filed.report.plan
