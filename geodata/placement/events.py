"""All changes of counts of a run, whatever form they were filed in."""

from collections.abc import Mapping
from typing import Any

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
    parts = [station_events(stations)] if len(stations) else []
    for filing in filed.to_dict("records"):
        as_of = filing["as_of"].date()
        if filing["form"] == "mesh_counts":
            own = _of_filing(mesh_counts, filing)
            parts.append(mesh_count_events(own, as_of, mesh2_facts))
        elif filing["form"] == "prefecture_counts":
            own = _of_filing(prefecture_counts, filing)
            parts.append(prefecture_count_events(own, as_of))
    return _summed(pd.concat(parts, ignore_index=True))


def control_counts(
    prefecture_counts: pd.DataFrame, filed: pd.DataFrame
) -> pd.DataFrame:
    """Prefecture totals of filings that count by something finer."""
    finer = filed.loc[filed["form"] != "prefecture_counts", ["carrier", "plan_id"]]
    return prefecture_counts.merge(finer, on=["carrier", "plan_id"])


def _of_filing(counts: pd.DataFrame, filing: Mapping[str, Any]) -> pd.DataFrame:
    """Rows of one filing; a plan id is unique within its carrier only."""
    is_own = (counts["carrier"] == filing["carrier"]) & (
        counts["plan_id"] == filing["plan_id"]
    )
    return counts[is_own]


def _summed(events: pd.DataFrame) -> pd.DataFrame:
    """One row per key: several plans of a carrier may change one cell on one day."""
    values = ["station_delta", "advanced_delta"]
    keys = [name for name in events.columns if name not in values]
    return events.groupby(keys, dropna=False, observed=True, as_index=False).sum()
