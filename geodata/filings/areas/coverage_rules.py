"""Rules on coverage areas (domain.md 4.5), and their repair by consent."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from geodata import mesh
from geodata.filings.areas.coverage_layout import (
    APPLIED,
    COVERAGE,
    PROPOSED,
    REFUSED,
    REPAIR,
)
from geodata.filings.catalogue import decides
from geodata.filings.findings import FindingLog
from geodata.filings.handed_in.file_names import COVERAGE_FILES
from geodata.filings.handed_in.package import Package
from geodata.filings.options import CheckOptions
from geodata.filings.plan_toml.plan import Plan
from geodata.filings.row_rules.datum import LAT_RANGE, LON_RANGE
from geodata.filings.tables.parquet_table import text_rows
from geodata.filings.tables.rows import Hit, Rows, row_rule, rows_of, run_row_rules
from geodata.filings.tables.values import type_rows

if TYPE_CHECKING:
    from geodata.filings.areas.coverage_file import Features
    from geodata.filings.areas.coverage_repair import Repairs

JAPAN_LAND_M2 = 3.78e11
"""Land of Japan, some 378 thousand km2."""

_FILE_RULES = (
    "coverage_unreadable",
    "coverage_layer",
    "coverage_crs_missing",
    "coverage_crs_unusable",
    "coverage_reader_note",
)


def read_coverage(
    package: Package, plan: Plan, log: FindingLog, options: CheckOptions
) -> list[Rows]:
    """Features of the coverage file of a filing, with all rules run over them.

    Parameters
    ----------
    package : Package
        Holds at most one coverage file.
    plan : Plan
        Whose carrier the areas must name.
    log : FindingLog
        Takes the findings; faults of the file as a whole reject the filing.
    options : CheckOptions
        Limits, consent to repairs, and how much a repair may change.

    Returns
    -------
    list of Rows
        None or one, ready to become ``raw.coverage_area``.
    """
    names = [name for name in COVERAGE_FILES if package.has(name)]
    if not names:
        return []
    features = _features(names[0], package.take(names[0]), log, options)
    if features is None:
        return []
    table = text_rows(features.attributes, COVERAGE, names[0], log)
    rows = rows_of(table, COVERAGE, plan, log)
    _look_at_areas(rows, features, options)
    type_rows(rows)
    run_row_rules(rows)
    _check_heights(rows)
    log.locate(rows.file, rows.lines, _fault_cells(rows))
    _settle(rows)
    return [rows]


@decides(*_FILE_RULES)
def _features(
    name: str, content: bytes, log: FindingLog, options: CheckOptions
) -> "Features | None":
    # Imported here: few filings hold coverage, and GDAL takes long to load.
    from geodata.filings.areas.coverage_file import read_features

    log.mark(*_FILE_RULES, "file_empty")
    if not content:
        log.add("file_empty", file=name)
        return None
    features = read_features(name, content, log, options.limits)
    for note in () if features is None else features.notes:
        log.add("coverage_reader_note", file=name, value=note)
    return features


def _look_at_areas(rows: Rows, features: "Features", options: CheckOptions) -> None:
    """Leave the areas, and repairs of the invalid ones, in ``rows.notes``."""
    from geodata.filings.areas.coverage_geometry import area_m2, areas_of
    from geodata.filings.areas.coverage_repair import propose_repairs

    areas = areas_of(features.wkb, features.crs)
    limit = options.tolerances.repair_share
    repairs = propose_repairs(areas.geometry, areas.is_placed, limit)
    geometry = areas.geometry.copy()
    geometry[~areas.is_placed] = None
    geometry[repairs.at] = repairs.after
    rows.text["geometry"] = areas.kind
    rows.notes.update(
        areas=areas,
        repairs=repairs,
        repair_limit_pct=100 * limit,
        accept_repairs=options.accept_repairs,
        geometry=geometry,
        area_m2=area_m2(geometry),
    )


@row_rule("coverage_carrier_differs", "coverage")
def _carrier_differs(rows: Rows) -> Hit:
    own = rows.plan.carrier
    is_other = rows.is_given("carrier") & ~rows.is_value("carrier", own)
    return Hit(is_other, "carrier", {"own": own})


@row_rule("coverage_outdoor", "coverage", phase=2)
def _outdoor(rows: Rows) -> np.ndarray:
    return ~rows.is_true("outdoor") & ~rows.is_rejected


@row_rule("coverage_geometry_empty", "coverage")
def _geometry_empty(rows: Rows) -> np.ndarray:
    return rows.notes["areas"].is_empty


@row_rule("coverage_geometry_type", "coverage")
def _geometry_type(rows: Rows) -> np.ndarray:
    return rows.is_given("geometry") & ~rows.notes["areas"].is_polygonal


@row_rule("coverage_ring_open", "coverage")
def _ring_open(rows: Rows) -> np.ndarray:
    return rows.notes["areas"].is_unbuilt


@row_rule("coverage_coordinate_not_finite", "coverage")
def _coordinate_not_finite(rows: Rows) -> np.ndarray:
    return ~rows.notes["areas"].is_finite


@row_rule("coverage_lat_lon_swapped", "coverage")
def _lat_lon_swapped(rows: Rows) -> Hit:
    return Hit(rows.notes["areas"].is_swapped, "geometry", _extent(rows))


@row_rule("coverage_antimeridian", "coverage")
def _antimeridian(rows: Rows) -> Hit:
    areas = rows.notes["areas"]
    return Hit(areas.is_off_globe & areas.is_finite, "geometry", _extent(rows))


@row_rule("coverage_geometry_invalid", "coverage")
def _geometry_invalid(rows: Rows) -> Hit:
    """A repair is at hand, and there is no consent to it."""
    repairs = rows.notes["repairs"]
    is_open = repairs.is_offered & (not rows.notes["accept_repairs"])
    return _repair_hit(rows, is_open)


@row_rule("coverage_geometry_beyond_repair", "coverage")
def _geometry_beyond_repair(rows: Rows) -> Hit:
    """There is no repair, or one that changes too much: consent does not help."""
    return _repair_hit(rows, ~rows.notes["repairs"].is_offered)


@row_rule("coverage_geometry_repaired", "coverage", phase=2)
def _geometry_repaired(rows: Rows) -> Hit:
    repairs = rows.notes["repairs"]
    return _repair_hit(rows, repairs.is_offered & ~rows.is_rejected[repairs.at])


@row_rule("coverage_outside_japan", "coverage", phase=2)
def _outside_japan(rows: Rows) -> Hit:
    areas = rows.notes["areas"]
    is_outside = areas.is_placed & ~areas.is_in_japan & ~rows.is_rejected
    return Hit(is_outside, "geometry", _extent(rows))


@row_rule("coverage_area_range", "coverage", phase=2)
def _area_range(rows: Rows) -> Hit:
    area = rows.notes["area_m2"]
    is_larger = (area > JAPAN_LAND_M2) & ~rows.is_rejected
    return Hit(is_larger, "geometry", {"area_km2": _rounded(area / 1e6, 0)})


@decides("coverage_3d")
def _check_heights(rows: Rows) -> None:
    """Told once for the file: whole files have heights, or none."""
    rows.log.mark("coverage_3d")
    count = int(rows.notes["areas"].has_height.sum())
    if count:
        rows.log.add("coverage_3d", file=rows.file, column="geometry", value=count)


def _extent(rows: Rows) -> dict[str, object]:
    names = ("west", "south", "east", "north")
    sides = zip(names, rows.notes["areas"].bounds.T, strict=True)
    return {name: _rounded(values, 4) for name, values in sides}


def _repair_hit(rows: Rows, is_meant: np.ndarray) -> Hit:
    """The invalid areas that `is_meant` picks out, with what their repair does."""
    repairs: Repairs = rows.notes["repairs"]
    reason = np.full(len(rows), None, object)
    reason[repairs.at] = repairs.reason
    extra = {
        "reason": pa.array(reason, pa.string()),
        "lon": _rounded(_spread(rows, repairs.lon), 6),
        "lat": _rounded(_spread(rows, repairs.lat), 6),
        "before": _rounded(_spread(rows, repairs.area_before_m2), 0),
        "after": _rounded(_spread(rows, repairs.area_after_m2), 0),
        "percent": _rounded(_spread(rows, 100 * repairs.share), 4),
        "limit": rows.notes["repair_limit_pct"],
    }
    breach = np.zeros(len(rows), bool)
    breach[repairs.at[is_meant]] = True
    return Hit(breach, "geometry", extra)


def _spread(rows: Rows, values: np.ndarray) -> np.ndarray:
    """What is known of the invalid areas, for each row; NaN for the others."""
    spread = np.full(len(rows), np.nan)
    spread[rows.notes["repairs"].at] = values
    return spread


def _rounded(values: np.ndarray, decimals: int) -> pa.Array:
    """Numbers for a message; null where there is none."""
    is_none = ~np.isfinite(values)
    rounded = np.round(np.where(is_none, 0, values), decimals) + 0.0  # no minus 0
    return pa.array(rounded if decimals else rounded.astype("int64"), mask=is_none)


def _fault_cells(rows: Rows) -> np.ndarray:
    """Secondary mesh in which the fault of each invalid area lies; 0: none."""
    repairs: Repairs = rows.notes["repairs"]
    is_here = (repairs.lon >= LON_RANGE[0]) & (repairs.lon < LON_RANGE[1])
    is_here &= (repairs.lat >= LAT_RANGE[0]) & (repairs.lat < LAT_RANGE[1])
    cells = np.zeros(len(rows), np.int64)
    places = repairs.lon[is_here], repairs.lat[is_here]
    cells[repairs.at[is_here]] = mesh.encode(*places, "m2")
    return cells


def _settle(rows: Rows) -> None:
    """Type what ``raw.coverage_area`` holds besides the attributes."""
    import shapely

    is_repaired = np.zeros(len(rows), bool)
    is_repaired[rows.notes["repairs"].at] = True
    geometry = np.where(rows.is_rejected, None, rows.notes["geometry"])
    rows.typed["geometry"] = pa.array(shapely.to_wkb(geometry), pa.large_binary())
    rows.typed["area_m2"] = pa.array(rows.notes["area_m2"])
    rows.typed["is_repaired"] = pa.array(is_repaired)


def repairs_of(tables: Sequence[Rows], *, is_accepted: bool) -> pa.Table:
    """Before and after of every invalid area, by feature number.

    Parameters
    ----------
    tables : sequence of Rows
        Every table of the filing after its rules.
    is_accepted : bool
        Whether the filing is; else no repair is applied.

    Returns
    -------
    pyarrow.Table
        See `REPAIR`; without rows where the filing holds no invalid area.
    """
    found = [rows for rows in tables if "repairs" in rows.notes]
    return _repair_table(found[0], is_accepted) if found else REPAIR.empty_table()


def _repair_table(rows: Rows, is_accepted: bool) -> pa.Table:
    import shapely

    repairs: Repairs = rows.notes["repairs"]
    is_used = ~rows.is_rejected[repairs.at] & is_accepted
    state = np.where(is_used, APPLIED, np.where(repairs.is_offered, PROPOSED, REFUSED))
    before, after = repairs.area_before_m2, repairs.area_after_m2
    columns = [
        rows.lines[repairs.at],
        pa.array(state, pa.string()),
        pa.array(repairs.reason, pa.string()),
        before,
        pa.array(after, from_pandas=True),
        pa.array(after - before, from_pandas=True),
        pa.array(100 * repairs.share, from_pandas=True),
        pa.array(shapely.to_wkb(repairs.before), pa.large_binary()),
        pa.array(shapely.to_wkb(repairs.after), pa.large_binary()),
    ]
    return pa.table(columns, schema=REPAIR)
