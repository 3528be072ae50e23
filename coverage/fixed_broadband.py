"""Fixed broadband: 光ファイバ整備率 by households, and 支援区域 by towns."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from coverage.exact import least_count, percent_half_up
from geodata.reference.broadband import BroadbandGoal

_SCOPE = ["scope_kind", "scope_code"]
_HOUSEHOLDS = ["household_count", "fibre_household_count"]
_SUPPORT = {
    "general": "support_area_general_count",
    "special": "support_area_special_count",
}
_COUNTS = [*_HOUSEHOLDS, *_SUPPORT.values(), "unmatched_count"]


@dataclass(frozen=True)
class BroadbandTables:
    """What is known of fixed broadband; None: the run has no such source.

    Attributes
    ----------
    fibre_towns : DataFrame or None
        Rows of ``raw.fibre_town``.
    support_areas : DataFrame or None
        Rows of ``raw.support_area``, the list of the whole nation.
    unmatched_towns : DataFrame or None
        Rows of ``core.unmatched_town``; None without a town master.
    """

    fibre_towns: pd.DataFrame | None = None
    support_areas: pd.DataFrame | None = None
    unmatched_towns: pd.DataFrame | None = None


def fixed_broadband(
    tables: BroadbandTables,
    municipalities: pd.DataFrame,
    goal: BroadbandGoal,
    as_of: date,
    *,
    has_rejected_rows: bool,
    is_synthetic: bool,
) -> pd.DataFrame:
    """光ファイバ整備率 and number of 支援区域 per scope.

    Rate = households with fibre available / households, summed over the towns
    (町・字) of a scope; published to two decimals, half up on the exact fraction. A
    town counts in the municipality it was filed under, whether or not it was matched
    with the town master.

    Parameters
    ----------
    tables : BroadbandTables
        The sources. Not modified.
    municipalities : DataFrame
        ``city_code``, ``parent_city_code`` (null, or the designated city of a ward),
        ``pref_code``, ``bureau_code`` of every municipality to be surveyed. A code in
        `tables` that is not among them has a row too, in its prefecture.
    goal : BroadbandGoal
        99.9 % by the end of FY2027.
    as_of : date
        Day of the run.
    has_rejected_rows : bool
        Rows of the survey were rejected: every sum may lack households.
    is_synthetic : bool
        Any input is synthetic.

    Returns
    -------
    DataFrame
        Columns of ``out.fixed_broadband``: the nation, every bureau, prefecture and
        municipality, and every designated city over its wards. Municipalities add up
        to prefectures, these to bureaus and to the nation. Where no town of a scope
        was surveyed, or there is no list, figures are null: missing is not zero. A
        scope without an area on a list that is there has 0.

    Notes
    -----
    Source: domain.md 3.0, 3.7 and 6.10.
    """
    members = _members(tables, municipalities)
    rows = _summed(members, _by_municipality(tables, members["city_code"]))
    rows = _with_rates(_with_support(rows, tables.support_areas), goal)
    surveyed = _latest(tables.fibre_towns, "surveyed_on")
    return rows.assign(
        as_of=pd.Timestamp(as_of),
        surveyed_on=pd.Series(surveyed, index=rows.index, dtype="datetime64[s]").where(
            rows["fibre_status"] != "no_data"
        ),
        designated_on=_latest(tables.support_areas, "designated_on"),
        target_pct=float(100 * goal.share),
        target_on=pd.Timestamp(goal.target_on),
        is_complete=rows["is_surveyed"] & (not has_rejected_rows),
        is_synthetic=is_synthetic,
    ).drop(columns="is_surveyed")


def _members(tables: BroadbandTables, municipalities: pd.DataFrame) -> pd.DataFrame:
    """Scopes of every municipality, one row for each of its scopes."""
    units = pd.concat(
        [municipalities, _unlisted(tables, municipalities)], ignore_index=True
    )
    is_city = units["city_code"].isin(municipalities["parent_city_code"].dropna())
    scope_codes = {
        "nation": pd.Series("JP", index=units.index),
        "bureau": units["bureau_code"],
        "prefecture": units["pref_code"],
        "designated_city": units["parent_city_code"].where(
            ~is_city, units["city_code"]
        ),
        "municipality": units["city_code"].where(~is_city),
    }
    named = units[["city_code", "parent_city_code"]]
    parts = [
        named.assign(scope_kind=kind, scope_code=code)
        for kind, code in scope_codes.items()
    ]
    return pd.concat(parts, ignore_index=True).dropna(subset="scope_code")


def _unlisted(tables: BroadbandTables, municipalities: pd.DataFrame) -> pd.DataFrame:
    """Municipalities of the sources that are not on the list."""
    sources = (tables.fibre_towns, tables.support_areas, tables.unmatched_towns)
    found = [table["city_code"] for table in sources if table is not None]
    unlisted = set().union(*found) - set(municipalities["city_code"])
    codes = pd.Series(sorted(unlisted), dtype="str")
    prefecture = codes.str[:2]
    bureaus = municipalities.drop_duplicates("pref_code").set_index("pref_code")
    return pd.DataFrame(
        {
            "city_code": codes,
            "parent_city_code": pd.Series(np.nan, index=codes.index, dtype="str"),
            "pref_code": prefecture,
            "bureau_code": prefecture.map(bureaus["bureau_code"]),
        }
    )


def _by_municipality(tables: BroadbandTables, codes: pd.Series) -> pd.DataFrame:
    """Counts per municipality, null where a source says nothing of it."""
    counts = pd.DataFrame(index=pd.Index(codes.unique(), name="city_code"))
    if tables.fibre_towns is not None:
        counts = counts.join(tables.fibre_towns.groupby("city_code")[_HOUSEHOLDS].sum())
    if tables.support_areas is not None:
        for kind, name in _SUPPORT.items():
            of_kind = tables.support_areas["kind"] == kind
            counts[name] = tables.support_areas[of_kind].groupby("city_code").size()
    if tables.unmatched_towns is not None:
        found = tables.unmatched_towns.groupby("city_code").size()
        counts["unmatched_count"] = found.reindex(counts.index, fill_value=0)
    return counts.reindex(columns=_COUNTS).astype("Int64")


def _summed(members: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    """Counts per scope, and whether every municipality of it was surveyed."""
    surveyed = counts.index[counts["household_count"].notna()]
    by_scope = members.join(counts, on="city_code").groupby(_SCOPE)
    rows = by_scope[_COUNTS].sum(min_count=1)
    is_surveyed = members["city_code"].isin(surveyed) | members[
        "parent_city_code"
    ].isin(surveyed)
    rows["is_surveyed"] = is_surveyed.groupby([members[name] for name in _SCOPE]).all()
    return rows.reset_index()


def _with_support(rows: pd.DataFrame, areas: pd.DataFrame | None) -> pd.DataFrame:
    """Counts of areas: 0 where the list has none in a scope, null without a list."""
    listed = set() if areas is None else set(areas["kind"])
    for kind, name in _SUPPORT.items():
        if kind in listed:
            rows[name] = rows[name].fillna(0)
    status = {0: "no_data", len(_SUPPORT): "ok"}.get(len(listed), "partial")
    return rows.assign(support_status=status)


def _with_rates(rows: pd.DataFrame, goal: BroadbandGoal) -> pd.DataFrame:
    """Rate, published percentage and households needed, from the integer counts."""
    has_data = rows["household_count"].notna()
    is_ok = (has_data & (rows["household_count"] > 0)).astype(bool)
    pairs = [
        (int(fibre), int(all_)) if ok else None
        for fibre, all_, ok in zip(
            rows["fibre_household_count"], rows["household_count"], is_ok, strict=True
        )
    ]
    needed = [
        None if p is None else max(0, least_count(p[1], goal.share) - p[0])
        for p in pairs
    ]
    published = [None if p is None else percent_half_up(*p, decimals=2) for p in pairs]
    return rows.assign(
        fibre_household_coverage_rate=[
            np.nan if p is None else p[0] / p[1] for p in pairs
        ],
        fibre_pct_published=pd.Series(published, index=rows.index, dtype="float64"),
        households_needed_count=pd.array(needed, dtype="Int64"),
        fibre_status=np.select([~has_data, ~is_ok], ["no_data", "no_households"], "ok"),
    )


def _latest(table: pd.DataFrame | None, column: str) -> pd.Timestamp:
    """Latest day of a table; NaT without one."""
    return pd.NaT if table is None else table[column].max()
