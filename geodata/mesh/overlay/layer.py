"""What the union of a group of polygons needs of each polygon.

A cell that one polygon covers wholly is covered, whatever the others do: nothing more
is kept of it. Of other cells the parts are kept, a part being what one polygon covers
of one cell. Pieces of rings are not kept; they are split again for the few cells that
need them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.mesh.arrays import BoolArray, FloatArray, Int64Array
from geodata.mesh.levels import Level
from geodata.mesh.overlay.green import as_polygons, ring_cells
from geodata.mesh.overlay.keys import (
    CELL_BITS,
    cell_of,
    distinct,
    joined,
    position_in,
    row_column,
)
from geodata.mesh.overlay.rings import polygon_blocks, vertices_of
from geodata.mesh.overlay.split import Pieces, split

TOLERANCE = 1e-12
"""Of a cell: a share nearer to 0 or 1 than this is 0 or 1."""

Mapper = Callable[..., Any]
"""`map`, or the same by several threads."""

_TABLE_BITS = 22
_STRIP_DEGREES = 0.125


@dataclass(frozen=True)
class Parts:
    """What each polygon covers of each cell, where that is neither nothing nor all.

    Attributes
    ----------
    cell : int64 array
        Key of group and cell, ascending.
    polygon : int64 array
        Position of the polygon.
    west, share, pieces : float64 arrays
        As in `green.RingCells`.
    """

    cell: Int64Array
    polygon: Int64Array
    west: FloatArray
    share: FloatArray
    pieces: FloatArray

    def take(self, at: NDArray[Any] | slice) -> "Parts":
        """Those at positions, under a mask, or of a slice."""
        return Parts(*(values[at] for values in self.arrays()))

    def arrays(self) -> tuple[NDArray[Any], ...]:
        """All five."""
        return self.cell, self.polygon, self.west, self.share, self.pieces


@dataclass(frozen=True)
class Layer:
    """Polygons by group, and how far they cover the cells.

    Attributes
    ----------
    groups : int64 array, shape (g,)
        Numbers of the groups as given, ascending; keys hold positions in it.
    full : int64 array
        Keys of group and cell that some polygon of the group covers; ascending.
    inner : int64 array
        Those of them through which no ring of some such polygon passes; ascending.
    parts : Parts
        Of the cells that are not full.
    """

    polygons: NDArray[Any]
    grid: Level
    groups: Int64Array
    full: Int64Array
    inner: Int64Array
    parts: Parts

    def pieces(self, parts: Parts) -> tuple[Int64Array, Pieces]:
        """Pieces of the rings in some parts: number of the part, and piece.

        By number of the part; the pieces' keys are of no use any more.
        """
        key = (parts.polygon << CELL_BITS) + cell_of(parts.cell)
        order = np.argsort(key, kind="stable")
        key, is_near = key[order], _near(key)
        found = []
        polygon = distinct(parts.polygon)
        for block in polygon_blocks(self.polygons[polygon]):
            number = polygon[block]
            for vertices in vertices_of(self.polygons[number], number):
                pieces = split(vertices, self.grid, is_wanted=is_near)
                at, is_part = position_in(pieces.key, key)
                found.append((order[at[is_part]], *pieces.take(is_part).arrays()))
        part, *columns = joined(found, "qqdddd")
        order = np.argsort(part, kind="stable")
        return part[order], Pieces(*columns).take(order)


def read_layer(
    polygons: NDArray[Any], group: NDArray[Any] | None, grid: Level, each: Mapper
) -> Layer:
    """Find out how far polygons cover the cells.

    Parameters
    ----------
    polygons : array of shapely Polygon or MultiPolygon, shape (n,)
        See `union_shares`.
    group : int64 array, shape (n,), or None
        Group of each polygon; None is one group, 0.
    grid : Level
        Whose cells.
    each : callable
        `map`, or the same by several threads.
    """
    polygons = as_polygons(polygons)
    groups, group = _groups(group, len(polygons))
    order = _neighbours_together(polygons, group)
    blocks = [order[block] for block in polygon_blocks(polygons[order], grid)]
    found = list(each(partial(_block, polygons, group, grid), blocks))
    none = np.zeros(0, np.int64)
    full = distinct(np.concatenate([none, *(block[0] for block in found)]))
    inner = distinct(np.concatenate([none, *(block[1] for block in found)]))
    parts = Parts(*joined([block[2].arrays() for block in found], "qqddd"))
    parts = parts.take(~position_in(parts.cell, full)[1])
    return Layer(
        polygons,
        grid,
        groups,
        full,
        inner,
        parts.take(np.argsort(parts.cell, kind="stable")),
    )


def _groups(group: NDArray[Any] | None, count: int) -> tuple[Int64Array, Int64Array]:
    """Distinct groups, and the position of each polygon's group among them."""
    if group is None:
        return np.zeros(1, np.int64), np.zeros(count, np.int64)
    given = np.asarray(group)
    is_whole = given.dtype.kind in "iu" and np.all(given <= np.iinfo(np.int64).max)
    if given.shape != (count,) or (count and not is_whole):
        raise ValueError(
            f"group must hold one whole number (int64) for each of {count:,} polygons, "
            f"not {given.dtype} of shape {given.shape}."
        )
    groups, position = np.unique(given.astype(np.int64), return_inverse=True)
    return groups, position.astype(np.int64)


def _neighbours_together(polygons: NDArray[Any], group: Int64Array) -> Int64Array:
    """Order by group and place, so that in a block full cells make most parts needless.

    By strips from west to east; empty polygons come last.
    """
    west, south, east, north = shapely.bounds(polygons).T
    strip = np.floor((south + north) / 2 / _STRIP_DEGREES)
    return np.lexsort((west + east, strip, group))


def _block(
    polygons: NDArray[Any], group: Int64Array, grid: Level, number: Int64Array
) -> tuple[Int64Array, Int64Array, Parts]:
    """Full cells, inner cells and parts of a block of polygons."""
    cells = ring_cells(polygons, number, grid)

    def grouped(key: Int64Array) -> Int64Array:
        owner: Int64Array = group[key >> CELL_BITS]
        return (owner << CELL_BITS) + cell_of(key)

    inner = distinct(grouped(cells.inner()))
    is_full = cells.share >= 1 - TOLERANCE
    full = distinct(np.concatenate([inner, grouped(cells.key[is_full])]))
    is_part = (cells.share > TOLERANCE) & ~is_full
    key = cells.key[is_part]
    parts = Parts(
        grouped(key),
        key >> CELL_BITS,
        cells.west[is_part],
        cells.share[is_part],
        cells.pieces[is_part],
    )
    return full, inner, parts.take(~position_in(parts.cell, full)[1])


def _near(cells: Int64Array) -> Callable[[Int64Array, Int64Array], BoolArray]:
    """Tell quickly which cells are surely not among some; a few more seem to be."""
    table = np.zeros(1 << _TABLE_BITS, bool)

    def slot(row: Int64Array, column: Int64Array) -> Int64Array:
        return (row * 6151 + column) & ((1 << _TABLE_BITS) - 1)

    table[slot(*row_column(cells))] = True
    return lambda row, column: table[slot(row, column)]
