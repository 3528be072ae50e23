"""5G base stations by scope, band class and unit."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.labels import COMBINED, RunLabels, State, labelled
from coverage.scopes import Scopes, scopes_of

UNITS = ("station_band", "site")
"""Licence unit (a station on a band), and distinct places."""

_ALL = "all"


def station_count(
    events: pd.DataFrame,
    states: Sequence[State],
    scopes: pd.DataFrame,
    band_classes: Sequence[str],
    forms: pd.DataFrame,
    labels: RunLabels,
) -> pd.DataFrame:
    """Stations on air per scope, carrier, band class, unit, day and basis.

    Indoor stations count, repeaters (陸上移動中継局) do not.

    Parameters
    ----------
    events : DataFrame
        Rows of ``core.station_event``. Not modified.
    states : sequence of (date, basis)
        Days and bases to report.
    scopes : DataFrame
        ``pref_code``, ``bureau_code`` of all prefectures.
    band_classes : sequence of str
        Classes in display order, without ``all``.
    forms : DataFrame
        Rows of ``core.carrier_filing``: what each carrier's filing tells.
    labels : RunLabels
        What holds for the whole run.

    Returns
    -------
    DataFrame
        Columns of ``out.station_count``; 0 where a filing shows none, null where
        no filing tells. Prefectures and bureaus add up to the nation.

    Notes
    -----
    Source: domain.md 3.3. Combined is the sum over carriers.
    """
    added_up = scopes_of(scopes)
    frames = []
    for unit, band_class in product(UNITS, (_ALL, *band_classes)):
        chosen = events[(events["unit"] == unit) & (events["band_class"] == band_class)]
        told = _carriers_that_tell(forms, unit, band_class)
        frame = _rows(chosen, states, added_up, told, labels)
        frame = frame.assign(unit=unit, band_class=band_class)
        frames.append(labelled(frame, told, labels))
    return pd.concat(frames, ignore_index=True)


def _carriers_that_tell(forms: pd.DataFrame, unit: str, band_class: str) -> list[str]:
    told = forms["form"] != "none"
    if unit == "site":
        told &= forms["has_sites"].astype(bool)
    if band_class != _ALL:
        told &= forms["has_band_classes"].astype(bool)
    return list(forms.loc[told, "carrier"])


def _rows(
    events: pd.DataFrame,
    states: Iterable[State],
    scopes: Scopes,
    told: list[str],
    labels: RunLabels,
) -> pd.DataFrame:
    frames = []
    for state in states:
        by_scope = _counts(events, state, scopes, told) @ scopes.matrix
        per_carrier = dict(zip(told, by_scope, strict=True))
        if told:
            per_carrier[COMBINED] = by_scope.sum(axis=0)
        frames.append(_state_rows(per_carrier, state, scopes.names, labels))
    return pd.concat(frames, ignore_index=True)


def _counts(
    events: pd.DataFrame, state: State, scopes: Scopes, told: list[str]
) -> npt.NDArray[np.int64]:
    """Counts on one day, of shape (carriers that tell, prefectures)."""
    day, basis = state
    past = events[
        (events["basis"] == basis)
        & (events["effective_on"] <= pd.Timestamp(day))
        & events["carrier"].isin(told)
    ]
    counts = np.zeros((len(told), len(scopes.prefectures)), "int64")
    at = (
        pd.Index(told).get_indexer(past["carrier"]),
        pd.Index(scopes.prefectures).get_indexer(past["pref_code"]),
    )
    np.add.at(counts, at, past["station_delta"].to_numpy("int64"))
    return counts


def _state_rows(
    per_carrier: Mapping[str, npt.NDArray[np.int64]],
    state: State,
    names: pd.DataFrame,
    labels: RunLabels,
) -> pd.DataFrame:
    rows = pd.DataFrame({"carrier": labels.rows}).merge(names, how="cross")
    values = [
        count
        for carrier in labels.rows
        for count in per_carrier.get(carrier, [None] * len(names))
    ]
    return rows.assign(
        as_of=pd.Timestamp(state[0]),
        basis=state[1],
        assignment="majority",
        station_count=pd.array(values, dtype="Int64"),
    )
