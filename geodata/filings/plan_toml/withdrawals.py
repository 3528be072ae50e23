"""``[[withdrawal]]`` in ``plan.toml``: stations taken away, which explain a fall."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geodata import reference
from geodata.filings.filing_rules.registry import filing_rule
from geodata.filings.findings import FindingLog
from geodata.filings.handed_in.file_names import PLAN_FILE
from geodata.filings.plan_toml.plan import Plan
from geodata.filings.plan_toml.plan_entries import MAX_COUNT, plan_of, shape_fault

if TYPE_CHECKING:
    from geodata.filings.filing_rules.accepted import Filed

WITHDRAWAL_KEYS = {
    "fiscal_year": int,
    "count": int,
    "reason": str,
    "mesh2": str,
    "pref_code": str,
    "band_class": str,
}
"""Keys of one ``[[withdrawal]]``: the first three, and one of the next two, needed."""

_NEEDED = ("fiscal_year", "count", "reason")

PLACES = {"mesh_counts": "mesh2", "prefecture_counts": "pref_code"}
"""What names the place of a row in each table of cumulative counts."""

COUNTS = {
    "mesh_counts": ("n_advanced", "n_ordinary", "n_indoor"),
    "prefecture_counts": ("n_advanced", "n_ordinary"),
}
"""Cumulative columns of each table."""

_SERIES = ["place", "band_class"]


def withdrawn(plan: Plan, table: str) -> pd.DataFrame:
    """Usable withdrawal records of a plan that speak of rows of one table.

    Parameters
    ----------
    plan : Plan
        Its ``withdrawals``; entries that cannot be used are left out (the rule
        ``withdrawal_unusable`` names them).
    table : {"mesh_counts", "prefecture_counts"}
        Records that name a ``mesh2``, or a ``pref_code``.

    Returns
    -------
    DataFrame, one row per record in the order of ``plan.toml``
        ``entry`` (int64, from 1), ``place`` (int64: the mesh code, or the prefecture
        1-47), ``fiscal_year`` (int64), ``band_class`` (object; None: any) and
        ``count`` (int64, station x band).
    """
    rows = [
        (
            at,
            int(entry[PLACES[table]]),
            entry["fiscal_year"],
            entry.get("band_class"),
            entry["count"],
        )
        for at, entry in enumerate(plan.withdrawals, 1)
        if not _fault(entry) and PLACES[table] in entry
    ]
    names = ["entry", "place", "fiscal_year", "band_class", "count"]
    frame = pd.DataFrame(rows, columns=names)
    whole = dict.fromkeys(("entry", "place", "fiscal_year", "count"), "int64")
    return frame.astype({**whole, "band_class": "object"})


def falls_over_years(counts: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Rows whose cumulative counts are lower than in the year before them.

    Parameters
    ----------
    counts : DataFrame
        ``place``, ``fiscal_year``, ``band_class`` and `columns` (NaN: not given), one
        row per place, year and class. Not modified.
    columns : sequence of str
        Cumulative columns.

    Returns
    -------
    DataFrame, rows with a fall, index of `counts`
        The columns of `counts`; ``year_before``: the last filed year before;
        ``<column>_before`` of each of `columns`; ``fall``: sum of what the columns
        lost, a column that rose taking nothing off.
    """
    year, place = (counts[name].to_numpy() for name in ("fiscal_year", "place"))
    of_class, _ = pd.factorize(counts["band_class"])
    order = np.lexsort((year, of_class, place))
    later, earlier = order[1:], order[:-1]
    values = counts[list(columns)].to_numpy(float, na_value=np.nan)
    lost = np.nan_to_num(values[earlier] - values[later]).clip(min=0).sum(axis=1)
    lost *= (place[earlier] == place[later]) & (of_class[earlier] == of_class[later])
    fell = np.flatnonzero(lost)
    falls = counts.iloc[later[fell]].assign(
        year_before=year[earlier[fell]], fall=lost[fell]
    )
    falls[[f"{name}_before" for name in columns]] = values[earlier[fell]]
    return falls.sort_index()


def explained(falls: pd.DataFrame, records: pd.DataFrame) -> pd.Series:
    """Whether withdrawal records explain each fall.

    Parameters
    ----------
    falls : DataFrame
        ``place``, ``year_before``, ``fiscal_year``, ``band_class``, ``fall``. Records
        of the years after ``year_before``, up to ``fiscal_year``, can explain it.
    records : DataFrame
        As :func:`withdrawn` gives them.

    Returns
    -------
    Series of bool, index of `falls`
        True where the fall is at most what is recorded: first for its own band class,
        the rest by records of any class, which all classes of a place and year share.
    """
    if falls.empty:  # as in most filings
        return pd.Series(False, falls.index)
    pairs = _pairs(falls, records)
    is_own = pairs["band_class_record"].notna()
    own = _sum_by_fall(pairs[is_own], falls)
    of_any = _sum_by_fall(pairs[~is_own], falls)
    rest = (falls["fall"] - own).clip(lower=0)
    shared = rest.groupby([falls["place"], falls["fiscal_year"]]).transform("sum")
    return (rest == 0) | (shared <= of_any)


def with_records(falls: pd.DataFrame, records: pd.DataFrame) -> pd.Series:
    """Whether any record speaks of each fall, whatever its count (see `explained`)."""
    if falls.empty:
        return pd.Series(False, falls.index)
    return pd.Series(falls.index.isin(_pairs(falls, records)["at"]), falls.index)


def _pairs(falls: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """Each fall (index in ``at``) with each record that can explain it."""
    keys = ["place", "year_before", "fiscal_year", "band_class"]
    pairs = falls[keys].rename_axis("at").reset_index()
    pairs = pairs.merge(records, on="place", suffixes=("", "_record"))
    year, of_class = pairs["fiscal_year_record"], pairs["band_class_record"]
    is_in_time = (year > pairs["year_before"]) & (year <= pairs["fiscal_year"])
    is_class = of_class.isna() | (of_class == pairs["band_class"])
    return pairs[is_in_time & is_class]


def _sum_by_fall(pairs: pd.DataFrame, falls: pd.DataFrame) -> pd.Series:
    return pairs.groupby("at")["count"].sum().reindex(falls.index, fill_value=0)


@filing_rule("withdrawal_unusable", tables=())
def _withdrawal_unusable(filed: "Filed", log: FindingLog) -> None:
    for at, entry in enumerate(plan_of(filed).withdrawals, 1):
        if fault := _fault(entry):
            log.add(
                "withdrawal_unusable",
                file=PLAN_FILE,
                column=f"withdrawal[{at}]",
                value=entry,
                reason=fault,
            )


@filing_rule("withdrawal_unused", tables=())
def _withdrawal_unused(filed: "Filed", log: FindingLog) -> None:
    """A record that met no fall, neither over the years nor since the last version."""
    plan = plan_of(filed)
    for table in PLACES if plan.withdrawals else ():
        records = withdrawn(plan, table)
        met = {
            entry
            for falls in _falls(filed, table)
            for entry in _pairs(falls, records)["entry"]
        }
        for at in records.loc[~records["entry"].isin(met), "entry"]:
            entry = plan.withdrawals[at - 1]
            log.add(
                "withdrawal_unused",
                file=PLAN_FILE,
                column=f"withdrawal[{at}]",
                value=f"{entry[PLACES[table]]} {entry['fiscal_year']}",
                reason=entry["reason"],
            )


def _falls(filed: "Filed", table: str) -> Iterator[pd.DataFrame]:
    """Falls over the years, and against the same years of the last version."""
    if not filed.has(table):
        return
    counts = placed_counts(filed, table)
    yield falls_over_years(counts, COUNTS[table])
    if filed.previous is not None and filed.previous.has(table):
        before = placed_counts(filed.previous, table)
        yield falls_since(counts, before, COUNTS[table])


def placed_counts(filed: "Filed", table: str) -> pd.DataFrame:
    """Accepted rows of a table of counts, as `falls_over_years` takes them."""
    counts = filed.mesh_counts if table == "mesh_counts" else filed.prefecture_counts
    place = counts[PLACES[table]].astype("int64")
    if "band_class" not in counts:
        counts = counts.assign(band_class=None)
    return counts.assign(place=place)


def falls_since(
    counts: pd.DataFrame, before: pd.DataFrame, columns: Sequence[str]
) -> pd.DataFrame:
    """Rows whose counts are lower than the same rows of an earlier version.

    Parameters
    ----------
    counts, before : DataFrame
        As :func:`placed_counts` gives them, of the two versions. Not modified.
    columns : sequence of str
        Cumulative columns.

    Returns
    -------
    DataFrame, rows with a fall, index of `counts`
        As :func:`falls_over_years` gives them; ``year_before`` is 0, since a
        withdrawal of any year up to ``fiscal_year`` lowers its cumulative count.
    """
    keys = [*_SERIES, "fiscal_year"]
    old = before[[*keys, *columns]]
    both = counts.merge(old, on=keys, how="left", suffixes=("", "_before"))
    both.index = counts.index
    lost = [(both[f"{name}_before"] - both[name]).clip(lower=0) for name in columns]
    fall = pd.concat(lost, axis=1).fillna(0).sum(axis=1)
    return both.assign(year_before=0, fall=fall)[fall > 0]


def _fault(entry: Any) -> str:  # noqa: ANN401 - TOML value
    """What is wrong with an entry; empty: nothing."""
    return shape_fault(entry, WITHDRAWAL_KEYS, _NEEDED) or _value_fault(entry)


def _value_fault(entry: dict[str, Any]) -> str:
    """What is wrong with the values of an entry whose keys are right."""
    if not 1 <= entry["count"] <= MAX_COUNT:
        return f"count is not 1 to {MAX_COUNT}"
    if not entry["reason"].strip():
        return "no reason"
    if ("mesh2" in entry) == ("pref_code" in entry):
        return "neither or both of mesh2 and pref_code"
    place = "mesh2" if "mesh2" in entry else "pref_code"
    if entry[place] not in _codes()[place]:
        return f"no such {place}"
    if "band_class" in entry and "pref_code" in entry:
        return "band_class with pref_code: prefecture totals have no classes"
    is_class = entry.get("band_class", "all") in _band_classes()
    return "" if is_class else "no such band_class"


@cache
def _codes() -> dict[str, frozenset[str]]:
    """The secondary meshes and the prefectures that there are."""
    cells = reference.mesh2_facts()["mesh2"].astype("str")
    prefectures = reference.prefectures()["pref_code"]
    return {"mesh2": frozenset(cells), "pref_code": frozenset(prefectures)}


@cache
def _band_classes() -> frozenset[str]:
    return frozenset([*reference.band_classes()["band_class"], "all"])
