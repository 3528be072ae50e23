"""Small GeoTIFF files (format-synthetic: the values are made up)."""

from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine

from geodata.readers.reading import SourceRead
from geodata.schemas import TABLES, conform

SECOND = 1 / 3600
NODATA = -99999.0
CELL_LON, CELL_LAT = 45 * SECOND, 30 * SECOND
WEST, SOUTH = 139.75, 35 + 40 / 60  # corner of 533946
NORTH2 = SOUTH + 2 * CELL_LAT  # north edge of the second row of 1 km cells
NAME = "ppp_JPN_2020.tif"


def degrees(west: float, north: float, width: float, height: float) -> Affine:
    """North-up transform with pixels of so many degrees."""
    return Affine(width, 0, west, 0, -height, north)


def write_raster(
    path: Path,
    values: Any,
    transform: Affine,
    crs: Any = "EPSG:4326",
    nodata: float | None = NODATA,
    tags: dict[str, str] | None = None,
    **profile: Any,
) -> Path:
    """Write `values` (rows from the north; or band, row, column) as a GeoTIFF."""
    array = np.asarray(values)
    bands = array if array.ndim == 3 else array[None]
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=bands.shape[2],
        height=bands.shape[1],
        count=bands.shape[0],
        dtype=bands.dtype,
        crs=crs,
        transform=transform,
        nodata=nodata,
        **profile,
    ) as target:
        target.write(bands)
        target.update_tags(**(tags or {}))
    return path


def one_raster(folder: Path, name: str = NAME, **changes: Any) -> Path:
    """GeoTIFF from the first 1 km cell of 533946 on: 5 people in it, or a change."""
    settings = {
        "values": np.array([[5.0]]),
        "transform": degrees(WEST, SOUTH + CELL_LAT, CELL_LON, CELL_LAT),
    } | changes
    return write_raster(folder / name, **settings)


def amounts(read: SourceRead) -> dict[tuple[int, str], float]:
    """Amount of each cell and class that was read."""
    table = read.tables["raw.mesh_raster"]
    conform(TABLES["raw.mesh_raster"], table)
    keys = zip(table["mesh"], table["value_class"], strict=True)
    return dict(zip(keys, table["amount"], strict=True))


def people(read: SourceRead) -> dict[int, float]:
    """People of each cell."""
    return {cell: amount for (cell, _), amount in amounts(read).items()}
