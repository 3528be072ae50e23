"""Published goals, deadlines, and published values to compare with."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any

import pandas as pd

from geodata.errors import ReferenceTableError
from geodata.reference.shipped import lend, read_csv, read_toml


@dataclass(frozen=True)
class Target:
    """One published goal.

    Attributes
    ----------
    target_id, name_ja, name_en : str
        Identifier and names.
    metric : str
        ``base_deployment_cells`` (a share of the target meshes), ``station_count``,
        ``population_coverage`` (a share of the residents) or ``sub6_cells`` (a share
        of the high-traffic cells).
    carriers, scope_kinds : tuple of str
        What the goal applies to.
    share_numerator, share_denominator : int or None
        Share to reach, compared exactly; None for a count.
    value : int or None
        Count to reach; None for a share.
    band_class : str or None
        Class counted, or ``all``; None for a share.
    unit : str
        ``cell``, ``person``, ``station_band`` or ``site``.
    target_on : date
        Last day on which the goal may be met.
    provenance : str
        ``sourced:<n>``, ``recalled``, ``computed`` or ``decision``.
    """

    target_id: str
    name_ja: str
    name_en: str
    metric: str
    carriers: tuple[str, ...]
    scope_kinds: tuple[str, ...]
    share_numerator: int | None
    share_denominator: int | None
    value: int | None
    band_class: str | None
    unit: str
    target_on: date
    provenance: str

    @property
    def share(self) -> Fraction:
        """Share to reach; an error for a goal that is a count."""
        if self.share_numerator is None or self.share_denominator is None:
            raise ReferenceTableError(
                f"Goal '{self.target_id}' of targets.toml has no share; give it one."
            )
        return Fraction(self.share_numerator, self.share_denominator)


@dataclass(frozen=True)
class ServiceStart:
    """Duty to start service in all 47 prefectures: certification and deadline."""

    certified_on: date
    deadline_on: date
    provenance: str


@dataclass(frozen=True)
class TargetMeshReference:
    """Known size of the target-mesh list, and thresholds of the rules without it.

    Attributes
    ----------
    reference_count : int
        Number of target meshes that fits the published pairs: 4,464.
    tolerance_pct : int
        A list deviating by more than this many percent deserves a warning.
    listed_land_min_mesh3_count : int
        ``derived:listed-land-v1``: least sum of listed 1 km cells of a target mesh.
    land_share_min_per_mille : int
        ``derived:inhabited-*``: least land of a target mesh, in thousandths of it.
    industry_share_min_per_mille : int
        ``derived:inhabited-or-industry-v1``: least land of the counted uses in an
        uninhabited target mesh, in thousandths of it.
    provenance : str
        Of `reference_count`; the others are decisions.
    """

    reference_count: int
    tolerance_pct: int
    listed_land_min_mesh3_count: int
    land_share_min_per_mille: int
    industry_share_min_per_mille: int
    provenance: str


@dataclass(frozen=True)
class HighTrafficRule:
    """Thresholds of サブ6展開率 on the 1 km high-traffic cells (高トラヒックエリア).

    Attributes
    ----------
    area_share : Fraction
        Part of a cell, inclusive, that sub-6 areas are to cover: 3/4.
    population_share : Fraction
        ``derived:hightraffic-v1``: part of all residents, inclusive, that the cells
        of most residents are to hold: 80/100.
    provenance : str
        Of `area_share`; the other is a decision.
    """

    area_share: Fraction
    population_share: Fraction
    provenance: str


def targets() -> list[Target]:
    """Published goals, in the order in which they are shown.

    Returns
    -------
    list of Target
        Thirteen goals. Source: domain.md 3.1-3.4 and 3.6.
    """
    return list(_targets())


@cache
def service_start() -> ServiceStart:
    """Dates of the duty to serve 47 prefectures (domain.md 3.2)."""
    return ServiceStart(**read_toml("targets.toml")["service_start"])


@cache
def target_mesh_reference() -> TargetMeshReference:
    """Size of the ministry's list of target meshes (domain.md 3.0, 3.1)."""
    return TargetMeshReference(**read_toml("targets.toml")["target_mesh"])


@cache
def high_traffic_rule() -> HighTrafficRule:
    """What makes a high-traffic cell, and what serves it (domain.md 3.6)."""
    row = read_toml("targets.toml")["high_traffic"]
    return HighTrafficRule(
        Fraction(*row["area_share"]),
        Fraction(*row["population_share"]),
        row["provenance"],
    )


@lend
def published_values() -> pd.DataFrame:
    """Published figures for reconciliation (domain.md section 8).

    Returns
    -------
    DataFrame, shape (148, 10)
        ``metric``, ``as_of`` (datetime64), ``scope``, ``scope_kind``, ``scope_code``
        (both of them from `scope`), ``carrier``, ``value`` (float64, percent or
        count as `unit` says), ``unit``, ``kind``, ``provenance``. Rows that are
        recalled are for reports, not for assertions.
    """
    table = read_csv("published_values.csv")
    parts = table["scope"].str.partition(":")
    scope_code = parts[2].mask(parts[0] == "nation", "JP")
    table.insert(3, "scope_kind", parts[0])
    table.insert(4, "scope_code", scope_code)
    return table.assign(
        as_of=pd.to_datetime(table["as_of"], format="%Y-%m-%d"),
        value=table["value"].astype("float64"),
    )


@cache
def _targets() -> tuple[Target, ...]:
    return tuple(_target(row) for row in read_toml("targets.toml")["target"])


def _target(row: dict[str, Any]) -> Target:
    numerator, denominator = row.get("share", (None, None))
    return Target(
        target_id=row["id"],
        name_ja=row["name_ja"],
        name_en=row["name_en"],
        metric=row["metric"],
        carriers=tuple(row["carriers"]),
        scope_kinds=tuple(row["scope_kinds"]),
        share_numerator=numerator,
        share_denominator=denominator,
        value=row.get("value"),
        band_class=row.get("band_class"),
        unit=row["unit"],
        target_on=row["target_on"],
        provenance=row["provenance"],
    )
