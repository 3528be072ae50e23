"""Rules on layers of coverage areas: those of one band class on one day together.

Only areas that count are looked at: accepted, and outdoor.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from geodata.filings.areas.coverage_feature_rules import JAPAN_LAND_M2, rounded
from geodata.filings.catalogue import decides
from geodata.filings.options import Tolerances
from geodata.filings.tables.rows import Rows

if TYPE_CHECKING:
    from geodata.filings.areas.coverage_cells import CellSums

ALL = "all"
"""Band class of areas that stand for every band."""

_TOLD_KM2 = 0.01
"""What is smaller is not worth a line."""

_CELL_RULES = (
    "coverage_crosses_in_plane",
    "coverage_layer_area",
    "coverage_layer_overlap",
    "coverage_far_from_land",
    "coverage_off_land",
)

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Layer:
    """Areas of one band class on one day, by position among the rows."""

    as_of: date
    band_class: str
    at: Integers

    @property
    def told(self) -> dict[str, object]:
        """What every message names."""
        named = {"as_of": self.as_of, "value": self.band_class}
        return {"column": "band_class", **named}


def check_layers(rows: Rows, tolerances: Tolerances) -> None:
    """Hold the layers of areas of a filing against every rule on them.

    Parameters
    ----------
    rows : Rows
        Coverage areas after the rules on single ones, with their geometry in
        ``rows.notes``. An area that cannot be put on cells is rejected.
    tolerances : Tolerances
        How far values may lie apart.
    """
    _check_cells(rows, tolerances)
    layers = _layers(rows)
    _check_shapes(rows, layers, tolerances)
    _check_planned(rows, layers)
    _check_age(rows, layers, tolerances)


def _layers(rows: Rows) -> list[_Layer]:
    """Layers of the areas that count, by day; on each day `ALL` first."""
    at = np.flatnonzero(~rows.is_rejected & rows.is_true("outdoor"))
    words = rows.words("band_class")
    names = words.names.to_pylist()
    days = rows.typed["as_of"].take(pa.array(at)).cast(pa.int32()).to_numpy()
    key = days.astype(np.int64) * len(names) + words.codes[at]
    order = np.argsort(key, kind="stable")
    parts = np.split(at[order], np.flatnonzero(np.diff(key[order])) + 1)
    found = [
        _Layer(rows.typed["as_of"][part[0]].as_py(), names[words.codes[part[0]]], part)
        for part in parts
        if len(part)
    ]
    return sorted(found, key=lambda one: (one.as_of, one.band_class != ALL))


@decides(*_CELL_RULES, "coverage_outside_all")
def _check_cells(rows: Rows, tolerances: Tolerances) -> None:
    """Rules that look at the cells which areas cover.

    Areas larger than Japan or beyond it are told already, and left out.
    """
    from geodata.filings.areas.coverage_cells import crosses_in_plane, measure

    rows.log.mark(*_CELL_RULES)
    geometry, areas = rows.notes["geometry"], rows.notes["areas"]
    is_usual = areas.is_in_japan & (rows.notes["area_m2"] <= JAPAN_LAND_M2)
    is_odd = ~rows.is_rejected & ~is_usual
    is_refused = np.zeros(len(rows), bool)
    is_refused[is_odd] = crosses_in_plane(geometry[is_odd])
    far_m2, far_cell = np.zeros(len(rows)), np.zeros(len(rows), np.int64)
    whole: tuple[date, CellSums] | None = None
    for layer in _layers(rows):
        at = layer.at[is_usual[layer.at]]
        measured = measure(
            geometry[at], rows.notes["cells"][at], tolerances.off_land_km
        )
        far_m2[at], far_cell[at] = measured.far_m2, measured.far_cell
        is_refused[at] = measured.is_refused
        if len(measured.sums.code):
            _tell_of_cells(rows, layer, measured.sums, tolerances)
        if layer.band_class == ALL:
            whole = layer.as_of, measured.sums
        elif whole is not None and whole[0] == layer.as_of:
            _tell_of_all(rows, layer, measured.sums, whole[1], tolerances)
    rows.flag("coverage_crosses_in_plane", is_refused, "geometry")
    is_far = far_m2 > _TOLD_KM2 * 1e6
    told = {"km2": rounded(far_m2 / 1e6, 2), "cell": far_cell}
    limit = f"{tolerances.off_land_km:g}"
    rows.flag("coverage_far_from_land", is_far, "geometry", **told, limit=limit)


def _tell_of_cells(
    rows: Rows, layer: _Layer, sums: "CellSums", tolerances: Tolerances
) -> None:
    """Size of a layer, what is drawn more than once, and what lies at sea."""
    covered_m2 = sums.at_most_m2.sum()
    least_m2 = tolerances.layer_least_km2 * 1e6
    if not least_m2 <= covered_m2 <= JAPAN_LAND_M2:
        _add(
            rows,
            "coverage_layer_area",
            layer,
            covered_km2=_km2(covered_m2),
            least_km2=f"{tolerances.layer_least_km2:g}",
        )
    twice_m2, off_m2 = sums.twice_m2, sums.off_land_m2
    if twice_m2.sum() > _TOLD_KM2 * 1e6:
        _add(
            rows,
            "coverage_layer_overlap",
            layer,
            sum_km2=_km2(covered_m2 + twice_m2.sum()),
            covered_km2=_km2(covered_m2),
            cell=_cell_of_most(sums, twice_m2),
        )
    if off_m2.sum() > tolerances.off_land_share * covered_m2:
        _add(
            rows,
            "coverage_off_land",
            layer,
            off_km2=_km2(off_m2.sum()),
            covered_km2=_km2(covered_m2),
            percent=_percent(off_m2.sum(), covered_m2),
            limit=f"{100 * tolerances.off_land_share:g}",
            cell=_cell_of_most(sums, off_m2),
        )


def _tell_of_all(
    rows: Rows,
    layer: _Layer,
    sums: "CellSums",
    whole: "CellSums",
    tolerances: Tolerances,
) -> None:
    """What a band class covers and `ALL` of the same day does not."""
    rows.log.mark("coverage_outside_all")
    covered_m2, beyond_m2 = sums.at_most_m2.sum(), sums.beyond_m2(whole)
    if beyond_m2.sum() > tolerances.outside_all_share * covered_m2:
        _add(
            rows,
            "coverage_outside_all",
            layer,
            beyond_km2=_km2(beyond_m2.sum()),
            percent=_percent(beyond_m2.sum(), covered_m2),
            cell=_cell_of_most(sums, beyond_m2),
        )


def _cell_of_most(sums: "CellSums", m2: np.ndarray) -> int:
    """Cell in which most of something lies, of equals the first; to a whole m2."""
    return int(sums.code[np.argmax(m2.round())])


@decides("coverage_slivers", "coverage_small_holes")
def _check_shapes(rows: Rows, layers: Sequence[_Layer], tolerances: Tolerances) -> None:
    """Parts that are hardly wider than a line, and holes smaller than a cell."""
    from geodata.filings.areas.coverage_shapes import slivers, small_holes

    rows.log.mark("coverage_slivers", "coverage_small_holes")
    width, least = tolerances.sliver_width_m, tolerances.area_least_m2
    for layer in layers:
        geometry = rows.notes["geometry"][layer.at]
        for rule_id, found in (
            ("coverage_slivers", slivers(geometry, width, least)),
            ("coverage_small_holes", small_holes(geometry)),
        ):
            if found.count:
                _add(
                    rows,
                    rule_id,
                    layer,
                    count=f"{found.count:,}",
                    km2=_km2(found.area_m2),
                    m2=f"{found.area_m2:,.0f}",
                    areas=f"{found.area_count:,}",
                    feature=rows.lines[layer.at[found.most_at]],
                    lon=f"{found.lon:.6f}",
                    lat=f"{found.lat:.6f}",
                    width=f"{width:g}",
                    least=f"{least:g}",
                )


@decides("coverage_planned")
def _check_planned(rows: Rows, layers: Sequence[_Layer]) -> None:
    """Areas of a day to come are plans."""
    rows.log.mark("coverage_planned")
    for layer in layers:
        if layer.as_of > rows.plan.as_of:
            count = f"{len(layer.at):,}"
            filed = rows.plan.as_of
            _add(rows, "coverage_planned", layer, count=count, filed=filed)


@decides("coverage_outdated")
def _check_age(rows: Rows, layers: Sequence[_Layer], tolerances: Tolerances) -> None:
    """The newest areas of each band class are about as new as the filing."""
    rows.log.mark("coverage_outdated")
    known = (layer for layer in layers if layer.as_of <= rows.plan.as_of)
    newest = {layer.band_class: layer for layer in known}  # the last is the newest
    for layer in newest.values():
        age = rows.plan.as_of - layer.as_of
        if age > timedelta(days=tolerances.coverage_age_days):
            told = {"days": age.days, "filed": rows.plan.as_of}
            limit = f"{tolerances.coverage_age_days:g}"
            _add(rows, "coverage_outdated", layer, **told, limit=limit)


def _add(rows: Rows, rule_id: str, layer: _Layer, **told: object) -> None:
    rows.log.add(rule_id, file=rows.file, **layer.told, **told)  # type: ignore[arg-type]


def _km2(value_m2: float) -> str:
    return f"{value_m2 / 1e6:,.2f}"


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f}"
