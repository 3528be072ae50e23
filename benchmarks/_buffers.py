"""Ragged coverage buffers round clustered sites, over 211,200 cells of 500 m in Kanto.

The grid is as large as 33 primary meshes, laid out as one raster so that raster tools
see the same cells.
"""

import numpy as np
import pandas as pd
import shapely
from exactextract.raster import NumPyRasterSource

from geodata import mesh

LEVEL = "m4"
WEST, SOUTH, EAST, NORTH = 138.0, 34 + 5 / 6, 141.0, 36 + 2 / 3
ROWS, COLUMNS = 440, 480
CORNERS = 64
METRES_PER_DEGREE = np.array([91_000.0, 111_000.0])


def cells() -> np.ndarray:
    """Codes of the cells, rows from north to south, as rasters count them."""
    lon = WEST + (np.arange(COLUMNS) + 0.5) * (EAST - WEST) / COLUMNS
    lat = NORTH - (np.arange(ROWS) + 0.5) * (NORTH - SOUTH) / ROWS
    grid = np.meshgrid(lon, lat)
    return mesh.encode(grid[0].ravel(), grid[1].ravel(), LEVEL)


def empty_raster(srs_wkt: str) -> NumPyRasterSource:
    """The same cells as exactextract is given them."""
    pixels = np.zeros((ROWS, COLUMNS), np.int8)
    return NumPyRasterSource(pixels, WEST, SOUTH, EAST, NORTH, srs_wkt=srs_wkt)


def ragged_buffers(count: int, seed: int = 1) -> np.ndarray:
    """Star-shaped polygons of 64 corners, radius 200 m to 4 km, median 1 km.

    Sites cluster round 60 towns of very unequal size, so that most buffers overlap.
    """
    rng = np.random.default_rng(seed)
    west_south = np.array([WEST + 0.1, SOUTH + 0.1])
    east_north = np.array([EAST - 0.1, NORTH - 0.1])
    towns = rng.uniform(west_south, east_north, (60, 2))
    weight = rng.pareto(1.0, 60) + 0.2
    town = rng.choice(60, count, p=weight / weight.sum())
    spread = rng.uniform(0.05, 0.25, 60)[town, None] * [1, 0.8]
    site = towns[town] + spread * rng.standard_normal((count, 2))
    site = site.clip(west_south, east_north)
    reach = np.exp(rng.normal(np.log(1_000), 0.5, count)).clip(200, 4_000)
    angle = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    round_ = np.column_stack([np.cos(angle), np.sin(angle)]) / METRES_PER_DEGREE
    buffers = np.empty(count, dtype=object)
    for start in range(0, count, 10_000):
        block = slice(start, start + 10_000)
        ragged = 0.125 * rng.standard_normal((len(site[block]), CORNERS)).clip(-2, 2)
        radius = reach[block, None] * (1 + ragged)
        buffers[block] = shapely.polygons(
            site[block, None, :] + radius[:, :, None] * round_
        )
    return buffers


def by_cell(code: np.ndarray, share: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Shares of the wanted cells; 0 where there is none."""
    return pd.Series(share, index=code).reindex(wanted, fill_value=0.0).to_numpy()


def clipped(area: shapely.Geometry, boxes: np.ndarray) -> np.ndarray:
    """Share of each box, given by its bounds, that an area covers, by clipping it."""
    size = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    cut = [shapely.area(shapely.clip_by_rect(area, *box)) for box in boxes.tolist()]
    return np.array(cut) / size
