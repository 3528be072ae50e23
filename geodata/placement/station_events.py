"""Turn stations into changes of counts, so that a count on a day is one sum."""

import numpy as np
import pandas as pd

BASES = {"operating": "operating_from", "planned": "planned_from"}
"""Column of ``core.station`` that each basis counts from."""

_PLACE = ["carrier", "basis", "mesh2", "pref_code", "is_border_cell"]
_VALUES = ["station_delta", "advanced_delta"]


def station_events(stations: pd.DataFrame) -> pd.DataFrame:
    """Changes of station counts per cell and day, by station x band and by site.

    Parameters
    ----------
    stations : DataFrame
        Rows of ``core.station``. Not modified.

    Returns
    -------
    DataFrame
        Columns of ``core.station_event`` for both bases, both units, every band
        class and ``all``. A station adds one on its first day and takes one away on
        its end date; a site counts once while any of its stations is on air.
    """
    steps = pd.concat([_steps(stations, basis) for basis in BASES])
    in_all = steps.assign(band_class=pd.Categorical(["all"] * len(steps)))
    parts = []
    for part in (steps, in_all):
        part = part.astype({"band_class": "str"}).astype({"band_class": "category"})
        parts.append(_total(part).assign(unit="station_band"))
        parts.append(_total(_site_steps(part)).assign(unit="site"))
    return pd.concat(parts, ignore_index=True)


def _steps(stations: pd.DataFrame, basis: str) -> pd.DataFrame:
    """One row per start (+1) and per end (-1) of a station that counts."""
    relevant = stations[stations["is_counted"] & stations[BASES[basis]].notna()]
    start = pd.DataFrame(
        {
            "carrier": relevant["carrier"].astype("category"),
            "basis": basis,
            "band_class": relevant["band_class"].astype("category"),
            "mesh2": relevant["mesh2"].astype("int64"),
            "pref_code": relevant["pref_code"].astype("category"),
            "is_border_cell": relevant["is_border_cell"].astype(bool),
            "site": relevant["site"].astype("int64"),
            "effective_on": relevant[BASES[basis]],
            "station_delta": np.int64(1),
            "advanced_delta": relevant["is_advanced"].astype("int64"),
        }
    )
    has_end = relevant["ends_on"].notna()
    end = start[has_end].assign(
        effective_on=relevant.loc[has_end, "ends_on"],
        station_delta=-start["station_delta"],
        advanced_delta=-start["advanced_delta"],
    )
    return pd.concat([start, end], ignore_index=True).astype({"basis": "category"})


def _site_steps(steps: pd.DataFrame) -> pd.DataFrame:
    """Steps of stations as steps of sites: a site is on while any station is."""
    site = [*_PLACE, "band_class", "site"]
    daily = (
        steps.groupby([*site, "effective_on"], observed=True)[_VALUES]
        .sum()
        .reset_index()
    )
    for value in _VALUES:
        is_on = daily.groupby(site, observed=True)[value].cumsum() > 0
        state = is_on.astype("int64")
        before = state.groupby([daily[name] for name in site], observed=True).shift()
        daily[value] = state - before.fillna(0).astype("int64")
    return daily


def _total(steps: pd.DataFrame) -> pd.DataFrame:
    """Sum of the steps per cell, band class and day, days without change left out."""
    keys = [*_PLACE, "band_class", "effective_on"]
    total = steps.groupby(keys, observed=True)[_VALUES].sum().reset_index()
    total = total[(total[_VALUES] != 0).any(axis=1)]
    text = ["carrier", "basis", "pref_code", "band_class"]
    return total.astype(dict.fromkeys(text, "str"))
