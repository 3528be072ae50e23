"""Coverage areas of a filing: read, held against every rule, made ready to be used."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from geodata import mesh
from geodata.filings.areas import coverage_feature_rules
from geodata.filings.areas.coverage_layers import check_layers
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
from geodata.filings.options import CheckOptions, Limits
from geodata.filings.plan_toml.plan import Plan
from geodata.filings.row_rules.datum import LAT_RANGE, LON_RANGE
from geodata.filings.tables.parquet_table import text_rows
from geodata.filings.tables.rows import Rows, rows_of, run_row_rules
from geodata.filings.tables.values import type_rows

if TYPE_CHECKING:
    from geodata.filings.areas.coverage_file import Features
    from geodata.filings.areas.coverage_geometry import Areas
    from geodata.filings.areas.coverage_repair import Repairs

RULE_MODULES = (coverage_feature_rules,)
"""Modules whose rules are found by registration, not by name."""

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
        Limits, tolerances, consent to repairs.

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
    if not _look_at_areas(rows, features, options):
        return []
    type_rows(rows)
    run_row_rules(rows)
    _check_heights(rows)
    check_layers(rows, options.tolerances)
    log.locate(rows.file, rows.lines, _fault_cells(rows))
    log.describe(rows.file, features.places)
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


def _look_at_areas(rows: Rows, features: "Features", options: CheckOptions) -> bool:
    """Leave the areas, and repairs of the invalid ones, in ``rows.notes``.

    False where there is more than can be looked at, which is told.
    """
    from geodata.filings.areas.coverage_geometry import area_m2, areas_of
    from geodata.filings.areas.coverage_repair import propose_repairs

    areas = areas_of(features.wkb, features.crs)
    if not _is_within_limits(rows, areas, options.limits):
        return False
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
        area_least_m2=options.tolerances.area_least_m2,
    )
    return True


@decides("coverage_cell_count", "coverage_long_edges")
def _is_within_limits(rows: Rows, areas: "Areas", limits: Limits) -> bool:
    """Whether the areas can be put on cells in bounded time and memory.

    Leaves the cells that each of them reaches in ``rows.notes``.
    """
    from geodata.filings.areas.coverage_cells import reach_of

    placed = areas.geometry.copy()
    placed[~areas.is_placed] = None
    reach = reach_of(placed)
    rows.notes["cells"] = reach.cells
    found = {
        "coverage_cell_count": (reach.cells, limits.max_coverage_cells),
        "coverage_long_edges": (reach.long_edges, limits.max_long_edge_cells),
    }
    rows.log.mark(*found)
    over = {name: (n, limit) for name, (n, limit) in found.items() if n.sum() > limit}
    for rule_id, (counts, limit) in over.items():
        told = {"value": round(counts.sum()), "limit": limit}
        most = rows.lines[np.argmax(counts)]
        rows.log.add(rule_id, file=rows.file, column="geometry", **told, feature=most)
    return not over


@decides("coverage_3d")
def _check_heights(rows: Rows) -> None:
    """Told once for the file: whole files have heights, or none."""
    rows.log.mark("coverage_3d")
    lines = rows.lines[rows.notes["areas"].has_height]
    if len(lines):
        told = {"column": "geometry", "value": len(lines), "feature": lines[0]}
        rows.log.add("coverage_3d", file=rows.file, **told)


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
