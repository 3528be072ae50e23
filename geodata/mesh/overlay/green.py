"""Share of every cell that each polygon covers, by Green's theorem.

The signed area of each piece of a ring goes to its cell and its height to all cells
east of it in the row. One running sum along each row fills the inside::

      +-----+-----+-----+-----+      a piece going up through cell 1 covers
      |     | /   |     |     |      the part of cell 1 east of it,
      |     |/    |     |     |      and the same height of cells 2, 3, ...
      +-----+-----+-----+-----+
         0     1     2     3

The cost is vertices + crossings + cells, whatever the size of the polygons.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.errors import CoordinateError
from geodata.mesh.arrays import BoolArray, FloatArray, Int64Array
from geodata.mesh.cells import code_of
from geodata.mesh.levels import Level, level_named
from geodata.mesh.overlay.keys import (
    CELL_BITS,
    MOST_OWNERS,
    counter,
    joined,
    key_of,
    row_column,
    row_of,
    summed,
)
from geodata.mesh.overlay.rings import EQUAL_AREA, polygon_blocks, vertices_of
from geodata.mesh.overlay.split import Pieces, split

_WINDING_TOLERANCE = 1e-7
_AREAS = (-1, 3, 6)  # type numbers of None, Polygon and MultiPolygon


@dataclass(frozen=True)
class CellShares:
    """Cells that polygons cover or touch; one entry per polygon, or group, and cell.

    Attributes
    ----------
    polygon : int64 array
        Position of the polygon in the input, or number of its group; ascending.
    code : int64 array
        Mesh code, by row and column within a polygon.
    share : float64 array
        Covered area / area of the cell, 0 to 1. A ring that only touches the south or
        west edge of a cell leaves an entry of 0.
    is_edge : bool array
        A ring passes through the cell, its south or its west edge; otherwise the cell
        is wholly inside.
    """

    polygon: Int64Array
    code: Int64Array
    share: FloatArray
    is_edge: BoolArray


@dataclass(frozen=True)
class RingCells:
    """Cells that rings pass or touch, by key of polygon and cell; ascending.

    Attributes
    ----------
    key : int64 array
    west : float64 array
        Height that the polygon covers just west of the cell, as a share of the cell's.
    share : float64 array
        Covered area / area of the cell; rounding may leave 0 to 1.
    run : int64 array
        How many cells east of this one are wholly inside.
    pieces : float64 array
        How many pieces of rings lie in the cell.
    """

    key: Int64Array
    west: FloatArray
    share: FloatArray
    run: Int64Array
    pieces: FloatArray

    def inner(self) -> Int64Array:
        """Keys of the cells that are wholly inside, no ring near."""
        return np.repeat(self.key + 1, self.run) + counter(self.run)


def cell_shares(
    polygons: NDArray[Any], level: str, *, plane: str = EQUAL_AREA
) -> CellShares:
    """Share of each cell that each polygon covers.

    Parameters
    ----------
    polygons : array of shapely Polygon or MultiPolygon, shape (n,)
        Valid, in degrees (JGD2011), parts of one polygon not overlapping. Empty ones
        and None cover nothing. Not modified.
    level : str
        Level name, such as ``"m3"``.
    plane : {"equal_area", "degrees"}
        Where the edges are straight. ``"degrees"`` is for telling which cells an edge
        passes in longitude and latitude, as point-in-polygon tests see it; its shares
        are of degrees, not of area.

    Returns
    -------
    CellShares
        Sparse: cells that a polygon does not reach have no entry.

    Raises
    ------
    CoordinateError
        A vertex lies outside the grid, or a cell would be covered less than 0 or more
        than once (by 1e-7 of it): rings overlap or cross, so make the polygon valid
        first. Rings that do so and still give a share from 0 to 1 are not noticed.
    ValueError
        Not one row of polygons.

    Examples
    --------
    >>> west, south, east, north = 139.75, 35.0, 139.7625, 35.0083333333333333
    >>> cell_shares(np.array([shapely.box(west, south, east, north)]), "m3").share
    array([1.])
    """
    grid = level_named(level)
    polygons = as_polygons(polygons)
    number = np.arange(len(polygons))
    blocks = [number[block] for block in polygon_blocks(polygons, grid)]
    parts = [_shares(ring_cells(polygons, block, grid, plane)) for block in blocks]
    key, share, is_edge = joined(parts, "qd?")
    return CellShares(key >> CELL_BITS, code_of(*row_column(key), grid), share, is_edge)


def as_polygons(polygons: NDArray[Any]) -> NDArray[Any]:
    """Give the polygons as an array of objects that keys can number."""
    array = np.asarray(polygons, dtype=object)
    if array.ndim != 1 or len(array) > MOST_OWNERS:
        raise ValueError(
            f"polygons must be one row of at most {MOST_OWNERS:,}, not {array.shape}."
        )
    other = np.flatnonzero(~np.isin(shapely.get_type_id(array), _AREAS))
    if len(other):
        raise ValueError(
            f"polygons must be Polygons and MultiPolygons; number {other[0]} is a "
            f"{array[other[0]].geom_type}."
        )
    return array


def ring_cells(
    polygons: NDArray[Any], number: Int64Array, grid: Level, plane: str = EQUAL_AREA
) -> RingCells:
    """Cells that the rings of the polygons of those numbers pass."""
    parts = [
        _sums(split(vertices, grid, plane))
        for vertices in vertices_of(polygons[number], number, plane)
    ]
    key, area, height, pieces = joined(parts, "qddd")
    if len(parts) > 1:
        key, (area, height, pieces) = summed(key, (area, height, pieces))
    cells = filled(key, area, height, pieces)
    _check(cells, height, grid)
    return cells


def _sums(pieces: Pieces) -> tuple[NDArray[Any], ...]:
    """Signed area and height that each cell gets from its pieces, and their number.

    The cell in which a piece starts is noted too, with nothing: a ring that only
    touches a corner leaves a trace.
    """
    area, height = area_height(pieces)
    column, row = pieces.u0 == 1, pieces.t0 == 1
    is_outside = column | row
    touched = pieces.key[is_outside] + key_of(
        np.zeros(1, np.int64), row[is_outside] * 1, column[is_outside] * 1
    )
    none = np.zeros(len(touched))
    key, sums = summed(
        np.concatenate([pieces.key, touched]),
        (
            np.concatenate([area, none]),
            np.concatenate([height, none]),
            np.concatenate([np.ones(len(area)), none]),
        ),
    )
    return key, *sums


def area_height(pieces: Pieces) -> tuple[FloatArray, FloatArray]:
    """Area of the cell east of each piece, and its height; less than 0 going up."""
    height = pieces.t0 - pieces.t1
    return height * (1 - (pieces.u0 + pieces.u1) / 2), height


def filled(
    key: Int64Array, area: FloatArray, height: FloatArray, pieces: FloatArray
) -> RingCells:
    """Run along each row of each polygon; a row's heights add up to zero."""
    total = np.cumsum(height)
    west = total - height
    run = np.where(np.rint(total) != 0, _gap(key), 0)
    return RingCells(key, west, west + area, run, pieces)


def _gap(key: Int64Array) -> Int64Array:
    """Cells between each and the next of the row; none after the last."""
    row = row_of(key)
    is_last = np.append(row[1:] != row[:-1], True)[: len(key)]
    return np.where(is_last, 1, np.diff(key, append=0)) - 1


def _shares(cells: RingCells) -> tuple[NDArray[Any], ...]:
    """Key, share and is_edge of ring cells and inner cells, by key."""
    inner = cells.inner()
    key = np.concatenate([cells.key, inner])
    order = np.argsort(key, kind="stable")
    share = np.concatenate([cells.share.clip(0, 1), np.ones(len(inner))])
    return key[order], share[order], order < len(cells.key)


def _check(cells: RingCells, height: FloatArray, grid: Level) -> None:
    """Refuse shares outside 0 to 1 and cells that are inside more or less than once."""
    winding = cells.west + height
    whole = np.rint(winding)
    off = np.maximum(-cells.share, cells.share - 1)
    off = np.maximum(off, np.where(_gap(cells.key) > 0, np.abs(winding - whole), 0))
    off = np.where((whole < 0) | (whole > 1), np.inf, off)
    if not len(off) or off.max() <= _WINDING_TOLERANCE:
        return
    worst = int(np.argmax(off))
    key = cells.key[[worst]]
    raise CoordinateError(
        f"Polygon {int(key[0] >> CELL_BITS)} covers cell "
        f"{code_of(*row_column(key), grid)[0]} by {cells.share[worst]:.9f} "
        f"(winding {winding[worst]:.6f}): its rings overlap or cross; make it valid "
        "first."
    )
