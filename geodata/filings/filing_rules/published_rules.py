"""Reconciliation of a filing's national figures with published ones (domain.md 8)."""

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from geodata import reference
from geodata.filings.filing_rules.accepted import Filed
from geodata.filings.filing_rules.registry import filing_rule
from geodata.filings.filing_rules.year_counts import ROUNDING, percent_half_up
from geodata.filings.findings import FindingLog

_EPOCH = date(1970, 1, 1)
_PLAN = "plan2019"
_ACTUAL = "actual"
_PERCENT = "percent"
_RULES = {"recalled": "published_value_recalled"}


@filing_rule("published_value_differs", "published_value_recalled")
def _published_values(filed: Filed, log: FindingLog) -> None:
    """Published figures of the carrier that the filing does not bear out.

    Figures of the plans of 2019 are held against the planned basis, on days that were
    still to come at ``as_of``; actual ones against stations in operation, on days up
    to ``as_of``. Counts may differ by a share of the published one, rates by points.
    Figures that nobody has confirmed only inform.
    """
    limits = filed.options.tolerances
    for row in _published(filed):
        day: date = row["as_of"].date()
        value = _FIGURES[row["metric"], row["kind"]](filed, (day - _EPOCH).days)
        is_rate = row["unit"] == _PERCENT
        share = limits.published_share * row["value"]
        allowed = limits.published_points if is_rate else share
        if abs(value - row["value"]) > allowed + ROUNDING:
            decimals = 1 if is_rate else 0
            log.add(
                _RULES.get(row["provenance"], "published_value_differs"),
                file=filed.table("stations")["file"][0].as_py(),
                value=f"{value:.{decimals}f}",
                metric=row["metric"],
                day=day,
                published=f"{row['value']:.{decimals}f}",
                difference=f"{value - row['value']:+.{decimals}f}",
                provenance=row["provenance"],
            )


def _published(filed: Filed) -> list[dict[str, Any]]:
    """Rows of the published table that the filing can be held against."""
    values = reference.published_values()
    own = values[
        (values["carrier"] == filed.report.carrier) & (values["scope_kind"] == "nation")
    ]
    as_of = pd.Timestamp(filed.report.filing["as_of"])
    return [
        row
        for row in own.to_dict("records")
        if (row["metric"], row["kind"]) in _FIGURES
        and (row["as_of"] <= as_of) == (row["kind"] == _ACTUAL)
    ]


def _planned_cells(filed: Filed, day: int) -> int:
    """Target meshes with a qualifying advanced station on a day, plans included."""
    is_on_air = (filed.starts_on <= day) & (filed.ends_on > day) & filed.is_advanced
    served = np.unique(filed.mesh2[is_on_air])
    return int(np.isin(served, filed.year_counts.targets.mesh2).sum())


def _planned_rate(filed: Filed, day: int) -> float:
    target_count = len(filed.year_counts.targets.mesh2)
    return float(percent_half_up(_planned_cells(filed, day), target_count))


def _operating_stations(filed: Filed, day: int) -> int:
    """Station x band in operation on a day, repeaters not counted."""
    is_on_air = (filed.operates_from <= day) & (filed.ends_on > day)
    return int(np.count_nonzero(is_on_air & filed.is_counted))


def _operating_mmwave(filed: Filed, day: int) -> int:
    """28 GHz station x band in operation on a day, repeaters not counted."""
    is_on_air = (filed.operates_from <= day) & (filed.ends_on > day)
    is_mmwave = pc.equal(filed.table("stations")["band_class"], "mmwave").to_numpy()
    return int(np.count_nonzero(is_on_air & is_mmwave & filed.is_counted))


_FIGURES: dict[tuple[str, str], Callable[[Filed, int], float]] = {
    ("base_deployment_cells", _PLAN): _planned_cells,
    ("base_deployment_rate", _PLAN): _planned_rate,
    ("station_count", _ACTUAL): _operating_stations,
    ("mmwave_stations", _ACTUAL): _operating_mmwave,
}
"""Published figures, by metric and kind, that a filing gives too."""
