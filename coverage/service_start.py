"""Service start in the 47 prefectures within two years of certification."""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from coverage.labels import RunLabels, carriers_with_counts, labelled


def service_start(
    events: pd.DataFrame,
    as_of: date,
    deadline_on: date,
    prefectures: Sequence[str],
    forms: pd.DataFrame,
    labels: RunLabels,
) -> pd.DataFrame:
    """First qualifying advanced station in operation, per carrier and prefecture.

    Parameters
    ----------
    events : DataFrame
        Rows of ``core.station_event``. Not modified.
    as_of : date
        Operating state at the end of this day.
    deadline_on : date
        Last day by which the carrier must operate one in each prefecture.
    prefectures : sequence of str
        Two-digit codes.
    forms : DataFrame
        Rows of ``core.carrier_filing``.
    labels : RunLabels
        What holds for the whole run.

    Returns
    -------
    DataFrame
        Columns of ``out.service_start``. ``is_met`` is null while the deadline has
        not passed and nothing is in operation, where the filing is older than the
        deadline, and without a filing.

    Notes
    -----
    Source: domain.md 3.2. A prefecture is that of the station's 1 km cell; where
    every first station stands in a cell that touches several, ``border_cell``.
    """
    included = carriers_with_counts(forms)
    starts = _first_starts(events, as_of)
    grid = pd.MultiIndex.from_product(
        [labels.carriers, sorted(prefectures)], names=["carrier", "pref_code"]
    ).to_frame(index=False)
    rows = grid.merge(starts, on=["carrier", "pref_code"], how="left", validate="1:1")
    has_filing = rows["carrier"].isin(included)
    known_until = rows["carrier"].map(
        lambda carrier: min(as_of, labels.filed_as_of.get(carrier, as_of))
    )
    rows["is_met"] = _is_met(rows, known_until, deadline_on).where(has_filing)
    rows = rows.assign(
        as_of=pd.Timestamp(as_of),
        basis="operating",
        scope_kind="prefecture",
        scope_code=rows["pref_code"],
        assignment="majority",
        deadline_on=pd.Timestamp(deadline_on),
    )
    return labelled(rows, included, labels)


def _first_starts(events: pd.DataFrame, as_of: date) -> pd.DataFrame:
    started = events[
        (events["unit"] == "station_band")
        & (events["band_class"] == "all")
        & (events["basis"] == "operating")
        & (events["advanced_delta"] > 0)
        & (events["effective_on"] <= pd.Timestamp(as_of))
    ]
    place = ["carrier", "pref_code"]
    first = started.groupby(place)["effective_on"].transform("min")
    on_first_day = started[started["effective_on"] == first]
    return (
        on_first_day.groupby(place)
        .agg(
            first_advanced_on=("effective_on", "min"),
            border_cell=("is_border_cell", "all"),
        )
        .astype({"border_cell": "boolean"})
        .reset_index()
    )


def _is_met(rows: pd.DataFrame, known_until: pd.Series, deadline_on: date) -> pd.Series:
    """Null where nothing operates yet and the deadline is beyond what is known."""
    first = rows["first_advanced_on"]
    is_met = (first <= pd.Timestamp(deadline_on)).astype("boolean")
    is_open = first.isna() & (pd.to_datetime(known_until) < pd.Timestamp(deadline_on))
    return is_met.mask(is_open)
