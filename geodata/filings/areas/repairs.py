"""Repairs of coverage areas as a GeoPackage: before and after, side by side."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geodata.filings.areas.coverage_layout import REPAIR
from geodata.filings.report import FilingReport

if TYPE_CHECKING:
    from geodata.publish.geopackage import Layer

_LABELS: Mapping[str, str] = {
    "line": "地物番号",
    "state": "扱い",
    "reason": "無効の理由",
    "area_before_m2": "修復前の面積(m2)",
    "area_after_m2": "修復後の面積(m2)",
    "change_m2": "面積の変化(m2)",
    "change_pct": "面積の変化(%)",
}
_TITLES = {"before": "修復前の図形", "after": "修復後の図形"}
_ABOUT = (
    "Invalid coverage areas of {file} before and after repair, by feature number. "
    "applied: used by consent; proposed: not used; refused: to be redrawn."
)


def write_repairs(report: FilingReport, path: Path) -> None:
    """Write every invalid area of a filing before and after its repair.

    A GeoPackage with the layers ``before`` and ``after``, multipolygons in JGD2011
    (EPSG:6668), with columns as in `geodata.filings.areas.coverage_layout.REPAIR`. What
    cannot be repaired stands in ``before`` only. Equal filings give equal bytes.

    Parameters
    ----------
    report : FilingReport
        With at least one row in ``repairs``. Not modified.
    path : Path
        File to write, ending in ``.gpkg``; replaced if it exists.

    Raises
    ------
    ValueError
        The filing holds no invalid area.
    """
    if report.plan is None or not len(report.repairs):
        raise ValueError(f"{report.name} holds no invalid coverage area")
    # Imported here: few filings hold coverage, and GDAL takes long to load.
    from geodata.publish.geopackage import clock_at, write_aliases

    layers = [_layer(report, side) for side in _TITLES]
    path.unlink(missing_ok=True)
    with clock_at(report.plan.as_of):
        for layer in layers:
            _write_layer(path, layer)
    write_aliases(path, layers)


def _layer(report: FilingReport, side: str) -> "Layer":
    from geodata.publish.geopackage import GEOMETRY, Layer

    names = [name for name in REPAIR.names if name not in _TITLES]
    found = report.repairs.filter(pc.is_valid(report.repairs[side]))
    table = found.select(names).append_column(GEOMETRY, _multipolygons(found[side]))
    file = next(c.file for c in report.table_counts if c.table == "coverage")
    about = _ABOUT.format(file=file)
    return Layer(side, table, None, None, _TITLES[side], about, _LABELS)


def _multipolygons(wkb: pa.ChunkedArray) -> pa.Array:
    """Every area as a multipolygon, so that a layer is of one kind."""
    import shapely

    areas = shapely.from_wkb(wkb.to_numpy())
    parts, owner = shapely.get_parts(areas, return_index=True)
    collected = (
        shapely.multipolygons(parts, indices=owner) if len(parts) else np.array([])
    )
    return pa.array(shapely.to_wkb(collected), pa.binary())


def _write_layer(path: Path, layer: "Layer") -> None:
    from geodata.publish.geopackage import CRS, GEOMETRY, write_arrow

    write_arrow(
        layer.table,
        path,
        layer=layer.name,
        driver="GPKG",
        geometry_name=GEOMETRY,
        geometry_type="MultiPolygon",
        crs=CRS,
        layer_options={"IDENTIFIER": layer.title_ja, "DESCRIPTION": layer.description},
    )
