"""What each carrier's accepted filings allow to be computed."""

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from geodata.calendar import period_ends

_FORMS = ("stations", "mesh_counts", "prefecture_counts")


def carrier_filings(
    filed: pd.DataFrame,
    events: pd.DataFrame,
    last_planned: Mapping[str, pd.Timestamp],
    carriers: Sequence[str],
) -> pd.DataFrame:
    """One row per carrier, as ``core.carrier_filing``.

    Parameters
    ----------
    filed : DataFrame
        Rows of ``raw.filing`` that are in force.
    events : DataFrame
        Rows of ``core.station_event``.
    last_planned : mapping
        Last day that each carrier's plan speaks of.
    carriers : sequence of str
        Every carrier that should file.

    Returns
    -------
    DataFrame
        A carrier with several plans tells only what all of them tell. A carrier
        without an accepted filing has form ``none``.
    """
    rows = []
    for carrier in carriers:
        own = filed[filed["carrier"] == carrier]
        forms = set(own["form"])
        is_by_station = forms == {"stations"}
        rows.append(
            {
                "carrier": carrier,
                "form": next((form for form in _FORMS if form in forms), "none"),
                "has_cells": bool(forms) and "prefecture_counts" not in forms,
                "has_band_classes": _has_classes(forms, events, carrier),
                "has_sites": is_by_station,
                "as_of": own["as_of"].max() if len(own) else None,
                "last_planned_on": last_planned.get(carrier),
            }
        )
    return pd.DataFrame(rows)


def last_planned_days(
    stations: pd.DataFrame, *counts: pd.DataFrame
) -> dict[str, pd.Timestamp]:
    """Last day that each carrier's plan speaks of.

    Parameters
    ----------
    stations : DataFrame
        Rows of ``core.station``: the last start.
    *counts : DataFrame
        Rows of ``raw.mesh_count`` and ``raw.prefecture_count``: the end of the last
        fiscal year, even where nothing changes in it.
    """
    days = [stations[["carrier", "planned_from"]].set_axis(["carrier", "day"], axis=1)]
    for table in counts:
        whole_year = pd.Series(pd.NA, index=table.index, dtype="Int8")
        ends = period_ends(table["fiscal_year"].astype("Int16"), whole_year)
        days.append(pd.DataFrame({"carrier": table["carrier"], "day": ends}))
    return pd.concat(days).groupby("carrier")["day"].max().to_dict()


def last_planned_on(forms: pd.DataFrame) -> date | None:
    """Last day on which any filing starts or counts anything."""
    last = forms["last_planned_on"].max()
    return None if pd.isna(last) else last.date()


def _has_classes(forms: set[str], events: pd.DataFrame, carrier: str) -> bool:
    """Whether every count of the carrier is told by band class."""
    if forms == {"stations"}:
        return True
    if not forms or "prefecture_counts" in forms:
        return False
    own = events[(events["carrier"] == carrier) & (events["unit"] == "station_band")]
    change = own["station_delta"]
    rest = change.where(own["band_class"] == "all", -change)  # all less its classes
    return bool((rest.groupby([own["basis"], own["effective_on"]]).sum() == 0).all())
