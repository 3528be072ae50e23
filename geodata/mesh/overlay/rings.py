"""Vertices of the rings of polygons, some at a time.

Outer rings run counter-clockwise and holes clockwise, in the plane in which areas are
taken: there a thin ring may run the other way than in degrees.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.mesh.arrays import BoolArray, FloatArray, Int64Array
from geodata.mesh.levels import UAS_PER_DEGREE, Level
from geodata.mesh.overlay.keys import counter, starts_of
from geodata.mesh.shape import zone

EQUAL_AREA = "equal_area"

_AT_ONCE = 1 << 17  # vertices; temporaries of some 50 MB
_CELLS_PER_VERTEX = 16  # that take as much memory as a vertex with its pieces
_BEND = 0.02  # northing bends less over an edge, as a share of |dlon| dlat ** 2


@dataclass(frozen=True)
class Vertices:
    """Consecutive vertices of rings: degrees, whose they are, which ones are joined.

    `is_edge` says of each vertex but the last if an edge goes from it to the next.
    """

    points: FloatArray
    polygon: Int64Array
    is_edge: BoolArray


def polygon_blocks(polygons: NDArray[Any], grid: Level | None = None) -> list[slice]:
    """Consecutive polygons that are worked on together; a large one is alone.

    Polygons are weighed by their vertices, with a grid by the cells in their bounds
    too: few corners may hold many cells.
    """
    weight = shapely.get_num_coordinates(polygons).astype(np.float64)
    if grid is not None:
        west, south, east, north = shapely.bounds(polygons).T * UAS_PER_DEGREE
        cells = (east - west) / grid.lon_uas * ((north - south) / grid.lat_uas)
        weight += np.nan_to_num(cells / _CELLS_PER_VERTEX, posinf=0)
    ends = np.cumsum(weight)
    blocks, start = [], 0
    while start < len(polygons):
        done = ends[start - 1] if start else 0
        stop = int(np.searchsorted(ends, done + _AT_ONCE, side="right"))
        blocks.append(slice(start, max(stop, start + 1)))
        start = blocks[-1].stop
    return blocks


def vertices_of(
    polygons: NDArray[Any], number: Int64Array, plane: str = EQUAL_AREA
) -> Iterator[Vertices]:
    """Vertices of the polygons of those numbers, so many at a time."""
    shapes, polygon = shapely.get_parts(polygons, return_index=True)
    shapes, part = shapely.get_rings(shapes, return_index=True)
    points, ring = shapely.get_coordinates(shapes, return_index=True)
    del shapes  # of a large polygon each copy counts
    if not len(points):
        return
    _orient(points, ring, part, plane)
    owner = number[polygon[part]]
    for start in range(0, len(points) - 1, _AT_ONCE):
        at = slice(start, start + _AT_ONCE + 1)
        yield Vertices(points[at], owner[ring[at]], ring[at][1:] == ring[at][:-1])


def _orient(points: FloatArray, ring: Int64Array, part: Int64Array, plane: str) -> None:
    """Turn rings that run the wrong way; `points` are changed in place."""
    first = starts_of(ring)
    is_hole = np.append(False, part[1:] == part[:-1])[ring[first]]
    length = np.diff(np.append(first, len(ring)))
    area, bend = _areas(points, ring)
    area, bend = area[ring[first]], bend[ring[first]]
    if plane == EQUAL_AREA:
        thin = np.flatnonzero(np.abs(area) <= bend)
        area[thin] = _plane_areas(points, first[thin], length[thin])
    turned = np.flatnonzero((area < 0) != is_hole)
    count, start = length[turned], first[turned]
    step = counter(count)
    points[np.repeat(start, count) + step] = points[
        np.repeat(start + count - 1, count) - step
    ]


def _areas(points: FloatArray, ring: Int64Array) -> tuple[FloatArray, FloatArray]:
    """Twice the signed area of each ring in degrees, and what the plane may change."""
    area, bend = np.zeros(ring[-1] + 1), np.zeros(ring[-1] + 1)
    base = points[0, 1]
    for start in range(0, len(points) - 1, _AT_ONCE):
        at = slice(start, start + _AT_ONCE + 1)
        own, lon, lat = ring[at], points[at, 0], points[at, 1] - base
        east, up = np.diff(lon), np.diff(lat)
        east[own[1:] != own[:-1]] = 0
        number, rings = own[:-1] - own[0], slice(own[0], own[-2] + 1)
        area[rings] -= np.bincount(number, east * (lat[:-1] + lat[1:]))
        bend[rings] += np.bincount(number, np.abs(east) * up**2)
    return area, bend * _BEND


def _plane_areas(
    points: FloatArray, first: Int64Array, length: Int64Array
) -> FloatArray:
    """Twice the signed area of some rings in the equal-area plane, up to a factor."""
    number = np.repeat(np.arange(len(first)), length)
    at = np.repeat(first, length) + counter(length)
    x = points[at, 0] - points[first, 0][number]
    y = zone(points[at, 1]) - zone(points[first, 1])[number]
    cross = x[:-1] * y[1:] - x[1:] * y[:-1]  # 0 from a ring to the next
    return np.bincount(number[1:], cross, len(first)).astype(np.float64)
