"""Small GeoTIFF files (format-synthetic: the values are made up)."""

from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine

SECOND = 1 / 3600
NODATA = -99999.0


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
