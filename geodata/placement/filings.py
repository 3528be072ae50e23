"""What each carrier's accepted filings allow to be computed."""

from collections.abc import Sequence
from datetime import date

import pandas as pd

_FORMS = ("stations", "mesh_counts", "prefecture_counts")


def carrier_filings(
    filed: pd.DataFrame, events: pd.DataFrame, carriers: Sequence[str]
) -> pd.DataFrame:
    """One row per carrier, as ``core.carrier_filing``.

    Parameters
    ----------
    filed : DataFrame
        Rows of ``raw.filing`` that are in force.
    events : DataFrame
        Rows of ``core.station_event``.
    carriers : sequence of str
        Every carrier that should file.

    Returns
    -------
    DataFrame
        A carrier with several plans tells only what all of them tell. A carrier
        without an accepted filing has form ``none``.
    """
    last = events.groupby("carrier")["effective_on"].max()
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
                "last_planned_on": last.get(carrier),
            }
        )
    return pd.DataFrame(rows)


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
    is_all = own["band_class"] == "all"
    total = own.groupby(is_all)["station_delta"].sum()
    by_day = own.pivot_table(
        index=["basis", "effective_on"],
        columns=is_all,
        values="station_delta",
        aggfunc="sum",
    ).fillna(0)
    return len(total) == 2 and bool((by_day[True] == by_day[False]).all())
