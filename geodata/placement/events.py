"""All changes of counts of a run, whatever form they were filed in."""

import pandas as pd

from geodata.placement.count_events import mesh_count_events, prefecture_count_events
from geodata.placement.station_events import station_events


def all_events(
    stations: pd.DataFrame,
    mesh_counts: pd.DataFrame,
    prefecture_counts: pd.DataFrame,
    filed: pd.DataFrame,
    mesh2_facts: pd.DataFrame,
) -> pd.DataFrame:
    """Rows of ``core.station_event`` from the finest form of each filing.

    Parameters
    ----------
    stations : DataFrame
        Rows of ``core.station``.
    mesh_counts, prefecture_counts : DataFrame
        Rows of ``raw.mesh_count`` and ``raw.prefecture_count``.
    filed : DataFrame
        Rows of ``raw.filing`` that are in force; ``form`` is the finest one filed.
    mesh2_facts : DataFrame
        ``mesh2``, ``pref_code``, ``prefecture_count``.

    Notes
    -----
    A filing that holds several forms counts by the finest; the coarser ones are
    control totals (domain.md 4).
    """
    as_of = filed.groupby("carrier")["as_of"].max().to_dict()
    by_cell = _of_form(mesh_counts, filed, "mesh_counts")
    by_prefecture = _of_form(prefecture_counts, filed, "prefecture_counts")
    parts = []
    if len(stations):
        parts.append(station_events(stations))
    if len(by_cell):
        parts.append(mesh_count_events(by_cell, as_of, mesh2_facts))
    if len(by_prefecture):
        parts.append(prefecture_count_events(by_prefecture, as_of))
    return pd.concat(parts, ignore_index=True)


def control_counts(
    prefecture_counts: pd.DataFrame, filed: pd.DataFrame
) -> pd.DataFrame:
    """Prefecture totals of filings that count by something finer."""
    finer = filed.loc[filed["form"] != "prefecture_counts", "plan_id"]
    return prefecture_counts[prefecture_counts["plan_id"].isin(finer)]


def _of_form(counts: pd.DataFrame, filed: pd.DataFrame, form: str) -> pd.DataFrame:
    plans = filed.loc[filed["form"] == form, "plan_id"]
    return counts[counts["plan_id"].isin(plans)]
