"""Published goals against the counts: gap, pace, projected date, status."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

import pandas as pd

from coverage.exact import least_count, pace_per_month, projected_on
from coverage.labels import State
from geodata.calendar import months_before
from geodata.errors import TableError
from geodata.reference import Target

_COLUMNS = {
    "base_deployment_cells": "numerator_count",
    "station_count": "station_count",
}
_LABELS = ["denominator_source", "carriers_included", "is_complete", "is_synthetic"]
_KEY = ["as_of", "basis", "carrier", "scope_kind", "scope_code"]


@dataclass(frozen=True)
class Metrics:
    """``out.base_deployment_rate`` and ``out.station_count`` of the same days."""

    rates: pd.DataFrame
    counts: pd.DataFrame


@dataclass(frozen=True)
class Progress:
    """One goal on one day: how far, how fast, and by when."""

    value: int | None
    target_value: int | None
    gap: int | None
    pace_per_month: int | None
    recent_pace_per_month: float | None
    projected_on: date | None
    status: str


def base_deployment_goal(targets: Sequence[Target]) -> Fraction:
    """Share of the target meshes that the carriers together are to serve: 98 %."""
    (goal,) = [target for target in targets if target.target_id == "rate98_fy2023"]
    return _share(goal)


def lag_states(states: Sequence[State]) -> list[State]:
    """States twelve months before `states` that are not among them.

    The recent pace is measured from there.
    """
    lagged = {(months_before(day, 12), basis) for day, basis in states}
    return sorted(lagged - set(states))


def progress(
    value: int | None,
    value_year_ago: int | None,
    target_value: int | None,
    *,
    as_of: date,
    target_on: date,
    is_complete: bool,
) -> Progress:
    """Gap, pace, projection and status of one count against one goal.

    Parameters
    ----------
    value, value_year_ago : int or None
        Count on `as_of` and twelve months before; None without a filing.
    target_value : int or None
        Count to reach; None where the denominator is empty.
    as_of, target_on : date
        Day of the count, and day by which the goal is to be met (inclusive).
    is_complete : bool
        Every carrier's filing is in the count. A count that is not, and falls
        short, proves nothing: its status is ``incomplete``.

    Notes
    -----
    Source: domain.md 3.3.
    """
    if value is None:
        return Progress(None, target_value, None, None, None, None, "no_filing")
    if target_value is None:
        return Progress(value, None, None, None, None, None, "no_denominator")
    gap = max(0, target_value - value)
    grown = None if value_year_ago is None else value - value_year_ago
    projection = None if grown is None else projected_on(gap, grown, as_of)
    return Progress(
        value,
        target_value,
        gap,
        pace_per_month(gap, as_of, target_on),
        None if grown is None else grown / 12,
        projection,
        _status(gap, projection, as_of, target_on, is_complete),
    )


def _status(
    gap: int, projection: date | None, as_of: date, target_on: date, is_complete: bool
) -> str:
    if gap == 0:
        return "met"
    if not is_complete:
        return "incomplete"
    if target_on <= as_of:
        return "missed"
    if projection is not None and projection <= target_on:
        return "on_track"
    return "behind"


def target_status(
    published: Metrics, lagged: Metrics, targets: Sequence[Target]
) -> pd.DataFrame:
    """Each goal per day, basis, carrier and scope it applies to.

    Parameters
    ----------
    published : Metrics
        Rates and counts of the days to report. Not modified.
    lagged : Metrics
        The same for the days of :func:`lag_states`. Not modified.
    targets : sequence of Target
        The goals.

    Returns
    -------
    DataFrame
        Columns of ``out.target_status``. The value of a cell goal is the number of
        served target meshes, its target the least number that meets the share.
    """
    rows = []
    for target in targets:
        relevant = _relevant(target, published)
        known = pd.concat([relevant, _relevant(target, lagged)])
        values = known.set_index(_KEY)[_COLUMNS[target.metric]]
        past = {key: _integer(value) for key, value in values.items()}
        rows += [_row(target, row, past) for row in relevant.to_dict("records")]
    integers = ["value", "target_value", "gap", "pace_per_month"]
    return pd.DataFrame(rows).astype(dict.fromkeys(integers, "Int64"))


def _relevant(target: Target, metrics: Metrics) -> pd.DataFrame:
    """Rows of the metric's table that the goal applies to."""
    is_cells = target.metric == "base_deployment_cells"
    table = metrics.rates if is_cells else metrics.counts
    chosen = (
        table["carrier"].isin(target.carriers)
        & table["scope_kind"].isin(target.scope_kinds)
        & (table["assignment"] == "majority")
    )
    if target.metric == "station_count":
        chosen &= table["band_class"] == target.band_class
        chosen &= table["unit"] == target.unit
    return table[chosen]


def _row(
    target: Target, row: Mapping[str, Any], past: Mapping[tuple[Any, ...], int | None]
) -> dict[str, object]:
    as_of = row["as_of"].date()
    year_ago = pd.Timestamp(months_before(as_of, 12))
    state = progress(
        past[tuple(row[name] for name in _KEY)],
        past.get((year_ago, *(row[name] for name in _KEY[1:]))),
        _target_value(target, row),
        as_of=as_of,
        target_on=target.target_on,
        is_complete=bool(row["is_complete"]),
    )
    labels = {name: row[name] for name in [*_KEY, "assignment", *_LABELS]}
    if row.get("status") == "no_cells":
        state = replace(state, status="no_cells")
    return (
        {"target_id": target.target_id, "metric": target.metric}
        | labels
        | asdict(state)
        | {"target_on": target.target_on}
    )


def _target_value(target: Target, row: Mapping[str, Any]) -> int | None:
    if target.metric == "station_count":
        return target.value
    denominator = int(row["denominator_count"])
    if denominator == 0:
        return None
    return least_count(denominator, _share(target))


def _share(target: Target) -> Fraction:
    if target.share_numerator is None or target.share_denominator is None:
        raise TableError(f"Goal '{target.target_id}' has no share; give it one.")
    return Fraction(target.share_numerator, target.share_denominator)


def _integer(value: Any) -> int | None:  # noqa: ANN401 - any cell of a table
    return None if pd.isna(value) else int(value)
