"""Published goals against the counts: gap, pace, projected date, status."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

import pandas as pd

from coverage.exact import least_count, pace_per_month, projected_on
from coverage.labels import State
from coverage.population import PARTIAL_POPULATION
from geodata.calendar import months_before
from geodata.reference import Target

_LABELS = ["denominator_source", "carriers_included", "is_complete", "is_synthetic"]
_KEY = ["as_of", "basis", "carrier", "scope_kind", "scope_code"]


@dataclass(frozen=True)
class Metrics:
    """Tables that goals are held against, of the same days.

    Attributes
    ----------
    rates, counts : DataFrame
        ``out.base_deployment_rate`` and ``out.station_count``.
    population, sub6 : DataFrame, optional
        ``out.population_coverage`` and ``out.sub6_rate``. Default: the run has none,
        and the goals on them have no rows.
    """

    rates: pd.DataFrame
    counts: pd.DataFrame
    population: pd.DataFrame | None = None
    sub6: pd.DataFrame | None = None


@dataclass(frozen=True)
class _Measured:
    """Where the numbers of a metric stand.

    `where` picks the rows of `table` that a goal on the metric applies to, and
    `vintage` names columns that must be equal for two days to be comparable.
    """

    table: str
    value: str
    total: str | None
    where: Mapping[str, str]
    vintage: tuple[str, ...] = ()


_MEASURED = {
    "base_deployment_cells": _Measured(
        "rates", "numerator_count", "denominator_count", {"assignment": "majority"}
    ),
    "station_count": _Measured(
        "counts", "station_count", None, {"assignment": "majority"}
    ),
    "population_coverage": _Measured(
        "population",
        "covered_count",
        "total_count",
        {"measure": "population", "coverage_source": "filed"},
        ("census_year", "carriers_included"),
    ),
    "sub6_cells": _Measured(
        "sub6", "numerator_count", "denominator_count", {"assignment": "majority"}
    ),
}


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
    return goal.share


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
        Tables of the days to report. Not modified.
    lagged : Metrics
        The same for the days of :func:`lag_states`. Not modified.
    targets : sequence of Target
        The goals.

    Returns
    -------
    DataFrame
        Columns of ``out.target_status``. The value of a share is the number of
        served cells or covered residents, its target the least number that meets
        the share. Only residents covered by filed areas count, modelled ones never;
        a day twelve months before, on another census or of other carriers, is not
        compared. Where a metric has no value, or a census tells only some residents,
        its own status tells why and nothing is scored.
    """
    rows = []
    for target in targets:
        relevant = _relevant(target, published)
        past = _values(target, [*relevant, *_relevant(target, lagged)])
        rows += [_row(target, row, past) for row in relevant]
    integers = ["value", "target_value", "gap", "pace_per_month"]
    return pd.DataFrame(rows).astype(dict.fromkeys(integers, "Int64"))


def _relevant(target: Target, metrics: Metrics) -> list[dict[str, Any]]:
    """Rows of the metric's table that the goal applies to."""
    measured = _MEASURED[target.metric]
    table: pd.DataFrame | None = getattr(metrics, measured.table)
    if table is None:
        return []
    where = dict(measured.where)
    if target.metric == "station_count":
        where |= {"band_class": str(target.band_class), "unit": target.unit}
    chosen = table["carrier"].isin(target.carriers)
    chosen &= table["scope_kind"].isin(target.scope_kinds)
    for column, wanted in where.items():
        chosen &= table[column] == wanted
    rows: list[dict[str, Any]] = table[chosen].to_dict("records")
    return rows


def _values(
    target: Target, rows: Sequence[Mapping[str, Any]]
) -> dict[tuple[object, ...], int | None]:
    """Value of the metric by day, carrier, scope and vintage."""
    value = _MEASURED[target.metric].value
    return {_key(target, row, row["as_of"]): _integer(row[value]) for row in rows}


def _key(
    target: Target, row: Mapping[str, Any], day: pd.Timestamp
) -> tuple[object, ...]:
    vintage = _MEASURED[target.metric].vintage
    return (
        day,
        *(row[name] for name in _KEY[1:]),
        *(None if pd.isna(row[name]) else row[name] for name in vintage),
    )


def _row(
    target: Target,
    row: Mapping[str, Any],
    past: Mapping[tuple[object, ...], int | None],
) -> dict[str, object]:
    as_of = row["as_of"].date()
    year_ago = pd.Timestamp(months_before(as_of, 12))
    state = progress(
        past[_key(target, row, row["as_of"])],
        past.get(_key(target, row, year_ago)),
        _target_value(target, row),
        as_of=as_of,
        target_on=target.target_on,
        is_complete=bool(row["is_complete"]),
    )
    if row.get("status", "ok") != "ok":
        state = replace(state, status=row["status"])
    labels = {name: row[name] for name in [*_KEY, "assignment", *_LABELS]}
    return (
        {"target_id": target.target_id, "metric": target.metric}
        | labels
        | asdict(state)
        | {"target_on": target.target_on}
    )


def _target_value(target: Target, row: Mapping[str, Any]) -> int | None:
    total = _MEASURED[target.metric].total
    if total is None:
        return target.value
    if row.get("status") == PARTIAL_POPULATION:
        return None  # a share of some residents is none of all
    count = _integer(row[total])
    return least_count(count, target.share) if count else None


def _integer(value: Any) -> int | None:  # noqa: ANN401 - any cell of a table
    return None if pd.isna(value) else int(value)
