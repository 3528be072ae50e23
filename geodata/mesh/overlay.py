"""Exact share of every grid cell that polygons cover, by Green's theorem.

Every edge of every ring is split where it crosses the grid lines. A piece then lies in
one cell; its signed area goes to that cell and its height to all cells east of it in
the row. One running sum along each row fills the inside::

      +-----+-----+-----+-----+      a piece going up through cell 1 covers
      |     | /   |     |     |      the part of cell 1 east of it,
      |     |/    |     |     |      and the same height of cells 2, 3, ...
      +-----+-----+-----+-----+
         0     1     2     3

The cost is vertices + crossings + cells, whatever the size of the polygons. Rows are
equal-area (EPSG:6933), where cells are rectangles and meridians and parallels are
straight; an edge is the straight line between its vertices in that plane.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.errors import CoordinateError
from geodata.mesh.arrays import BoolArray, FloatArray, Int64Array, read_only
from geodata.mesh.cells import code_of
from geodata.mesh.levels import UAS_PER_DEGREE, WEST_UAS, Level, level_named
from geodata.mesh.shape import zone

_EDGES_AT_ONCE = 1 << 19  # temporaries of about 100 MB
_SNAP = 1e-10  # of a cell: floats nearer to a grid line than this lie on it
_WINDING_TOLERANCE = 1e-7
_ROW_BITS = 18
_COLUMN_BITS = 20


@dataclass(frozen=True)
class CellShares:
    """Cells that polygons cover or touch; one entry per polygon and cell.

    Attributes
    ----------
    polygon : int64 array
        Position of the polygon in the input, ascending.
    code : int64 array
        Mesh code, by row and column within a polygon.
    share : float64 array
        Covered area / area of the cell, 0 to 1. An edge that only touches a cell
        leaves an entry of 0.
    is_edge : bool array
        A ring passes through the cell or touches it; otherwise it is wholly inside.
    """

    polygon: Int64Array
    code: Int64Array
    share: FloatArray
    is_edge: BoolArray


@dataclass(frozen=True)
class _Pieces:
    """Straight pieces: which polygon, from where to where (cells and plane units)."""

    polygon: Int64Array
    x0: FloatArray
    y0: FloatArray
    x1: FloatArray
    y1: FloatArray

    def take(self, at: NDArray[Any]) -> "_Pieces":
        """Those at positions, or under a mask."""
        return _Pieces(*(values[at] for values in self._arrays()))

    def with_(self, other: "_Pieces") -> "_Pieces":
        """These, and then the others."""
        pairs = zip(self._arrays(), other._arrays(), strict=True)
        return _Pieces(*(np.concatenate(pair) for pair in pairs))

    def _arrays(self) -> tuple[NDArray[Any], ...]:
        return self.polygon, self.x0, self.y0, self.x1, self.y1


def cell_shares(
    polygons: NDArray[Any], level: str, *, plane: str = "equal_area"
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
        than once: rings overlap or cross, so make the polygon valid first.

    Examples
    --------
    >>> west, south, east, north = 139.75, 35.0, 139.7625, 35.0083333333333333
    >>> cell_shares(np.array([shapely.box(west, south, east, north)]), "m3").share
    array([1.])
    """
    grid = level_named(level)
    parts = [
        _cell_sums(_split(edges, grid, plane), grid, plane)
        for edges in _edges(np.asarray(polygons, dtype=object), grid, plane)
    ]
    if not parts:
        empty = np.zeros(0, np.int64)
        return CellShares(empty, empty, np.zeros(0), np.zeros(0, bool))
    key = np.concatenate([part[0] for part in parts])
    sums = np.concatenate([part[1] for part in parts])
    if len(parts) > 1:
        key, sums = _summed(key, sums)
    return _filled(key, sums, grid)


def _edges(polygons: NDArray[Any], grid: Level, plane: str) -> Iterator[_Pieces]:
    """Edges of all rings, outer rings counter-clockwise, a block at a time."""
    parts, part_of = shapely.get_parts(polygons, return_index=True)
    rings, ring_of = shapely.get_rings(
        shapely.orient_polygons(parts), return_index=True
    )
    start = 0
    sizes = np.cumsum(shapely.get_num_coordinates(rings))
    while start < len(rings):
        done = sizes[start - 1] if start else 0
        stop = max(int(np.searchsorted(sizes, done + _EDGES_AT_ONCE)), start + 1)
        points, ring = shapely.get_coordinates(rings[start:stop], return_index=True)
        polygon = part_of[ring_of[start:stop][ring]].astype(np.int64)
        x, y = _on_grid(points, grid, plane)
        is_edge = ring[1:] == ring[:-1]
        yield _Pieces(
            polygon[:-1][is_edge],
            x[:-1][is_edge],
            y[:-1][is_edge],
            x[1:][is_edge],
            y[1:][is_edge],
        )
        start = stop


def _on_grid(
    points: FloatArray, grid: Level, plane: str
) -> tuple[FloatArray, FloatArray]:
    """Columns from the west edge, and northings of the plane; grid lines are exact."""
    x = (points[:, 0] * UAS_PER_DEGREE - WEST_UAS) / grid.lon_uas
    row = points[:, 1] * UAS_PER_DEGREE / grid.lat_uas
    is_inside = (x >= 0) & (x < grid.columns) & (row >= 0) & (row < grid.rows)
    if not is_inside.all():
        lon, lat = points[np.flatnonzero(~is_inside)[0]]
        raise CoordinateError(
            f"A polygon has a vertex at lon {lon}, lat {lat}, outside the grid "
            "(lon 100 to 200, lat 0 to 66.67)."
        )
    line, column = np.rint(row), np.rint(x)
    x = np.where(np.abs(x - column) < _SNAP, column, x)
    if plane == "degrees":
        return x, np.where(np.abs(row - line) < _SNAP, line, row)
    lines = _row_lines(grid, plane)
    on_line = np.abs(row - line) < _SNAP
    return x, np.where(on_line, lines[line.astype(np.int64)], zone(points[:, 1]))


@cache
def _row_lines(grid: Level, plane: str) -> FloatArray:
    """Northing of the south edge of each row, then of the last north edge."""
    if plane == "degrees":
        return read_only(np.arange(grid.rows + 1, dtype=np.float64))
    return read_only(zone(grid.lat_edges))


def _split(edges: _Pieces, grid: Level, plane: str) -> _Pieces:
    """Cut every edge at the meridians and parallels of the grid."""
    upright = _cut(edges, edges.x0, edges.x1, None, is_east=True)
    lines = None if plane == "degrees" else _row_lines(grid, plane)
    return _cut(upright, upright.y0, upright.y1, lines, is_east=False)


def _cut(
    edges: _Pieces,
    start: FloatArray,
    end: FloatArray,
    lines: FloatArray | None,
    *,
    is_east: bool,
) -> _Pieces:
    """Cut edges where a coordinate, going from `start` to `end`, meets `lines`.

    Lines None are the whole numbers.
    """
    first, count = _lines_met(np.minimum(start, end), np.maximum(start, end), lines)
    is_cut = count > 0
    whole = edges.take(~is_cut)
    edges, count, first = edges.take(is_cut), count[is_cut], first[is_cut]
    total = count + 1
    of_edge = np.repeat(np.arange(len(count)), total)
    step = _counter(total)
    n, is_forward = count[of_edge], (end >= start)[is_cut][of_edge]
    from_, to = start[is_cut][of_edge], end[is_cut][of_edge]
    base, edge = first[of_edge], edges.take(of_edge)

    def cut_at(number: Int64Array) -> tuple[FloatArray, FloatArray]:
        """Point on the `number`-th line that the edge meets, counted along it."""
        index = np.where(is_forward, base + number - 1, base + n - number)
        at = index * 1.0 if lines is None else lines[index.clip(0, len(lines) - 1)]
        share = (at - from_) / (to - from_)
        if is_east:
            return at, edge.y0 + share * (edge.y1 - edge.y0)
        return edge.x0 + share * (edge.x1 - edge.x0), at

    before, after = cut_at(step), cut_at(step + 1)
    is_first, is_last = step == 0, step == n
    pieces = _Pieces(
        edge.polygon,
        np.where(is_first, edge.x0, before[0]),
        np.where(is_first, edge.y0, before[1]),
        np.where(is_last, edge.x1, after[0]),
        np.where(is_last, edge.y1, after[1]),
    )
    return whole.with_(pieces)


def _lines_met(
    low: FloatArray, high: FloatArray, lines: FloatArray | None
) -> tuple[Int64Array, Int64Array]:
    """First line strictly above each low end, and how many are below the high end."""
    if lines is None:
        first = np.floor(low).astype(np.int64) + 1
        after = np.ceil(high).astype(np.int64)
    else:
        first = np.searchsorted(lines, low, side="right")
        after = np.searchsorted(lines, high, side="left")
    return first, np.maximum(after - first, 0)


def _cell_sums(
    pieces: _Pieces, grid: Level, plane: str
) -> tuple[Int64Array, FloatArray]:
    """Signed area and height that each cell gets from its pieces.

    The cell in which a piece starts is noted too, with nothing: a ring that only
    touches a corner leaves a trace.
    """
    lines = _row_lines(grid, plane)
    column = np.floor((pieces.x0 + pieces.x1) / 2).astype(np.int64)
    row = _row_of((pieces.y0 + pieces.y1) / 2, lines)
    height = (pieces.y0 - pieces.y1) / (lines[row + 1] - lines[row])
    east = 1 - ((pieces.x0 + pieces.x1) / 2 - column)
    sums = np.column_stack([height * east, height])
    key = _key(pieces.polygon, row, column)
    start_column = np.floor(pieces.x0).astype(np.int64)
    touched = _key(pieces.polygon, _row_of(pieces.y0, lines), start_column)
    touched = touched[touched != key]
    key = np.concatenate([key, touched])
    return _summed(key, np.concatenate([sums, np.zeros((len(touched), 2))]))


def _row_of(y: FloatArray, lines: FloatArray) -> Int64Array:
    row = np.searchsorted(lines, y, side="right") - 1
    return row.clip(0, len(lines) - 2).astype(np.int64)


def _key(polygon: Int64Array, row: Int64Array, column: Int64Array) -> Int64Array:
    return (((polygon << _ROW_BITS) + row) << _COLUMN_BITS) + column


def _summed(key: Int64Array, sums: FloatArray) -> tuple[Int64Array, FloatArray]:
    """Sum the rows of `sums` with one key; keys ascending."""
    order = np.argsort(key, kind="stable")
    key, sums = key[order], sums[order]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    return key[first], np.add.reduceat(sums, first, axis=0)


def _filled(key: Int64Array, sums: FloatArray, grid: Level) -> CellShares:
    """Run along each row of each polygon: share of edge cells, and cells between."""
    row_key = key >> _COLUMN_BITS
    height = np.cumsum(sums[:, 1])  # a row's heights add up to zero
    west = height - sums[:, 1]
    share = west + sums[:, 0]
    is_last = np.append(row_key[1:] != row_key[:-1], True)
    gap = np.where(is_last, 0, np.diff(key, append=key[-1] + 1) - 1)
    winding = np.rint(height)
    run = np.where((gap > 0) & (winding != 0), gap, 0)
    _check(share, np.where(gap > 0, height, winding), key, grid)
    inner = np.repeat(key + 1, run) + _counter(run)
    all_keys = np.concatenate([key, inner])
    order = np.argsort(all_keys, kind="stable")
    shares = np.concatenate([share.clip(0, 1), np.ones(len(inner))])
    is_edge = np.concatenate([np.ones(len(key), bool), np.zeros(len(inner), bool)])
    all_keys = all_keys[order]
    row, column = _row_column(all_keys)
    return CellShares(
        all_keys >> (_ROW_BITS + _COLUMN_BITS),
        code_of(row, column, grid),
        shares[order],
        is_edge[order],
    )


def _check(
    share: FloatArray, winding: FloatArray, key: Int64Array, grid: Level
) -> None:
    """Refuse shares outside 0 to 1 and cells that are inside more or less than once."""
    off = np.maximum(-share, share - 1)
    whole = np.rint(winding)
    off = np.maximum(off, np.abs(winding - whole))
    off = np.where((whole < 0) | (whole > 1), np.inf, off)
    worst = int(np.argmax(off))
    if off[worst] <= _WINDING_TOLERANCE:
        return
    row, column = _row_column(key[[worst]])
    polygon = int(key[worst] >> (_ROW_BITS + _COLUMN_BITS))
    raise CoordinateError(
        f"Polygon {polygon} covers cell {code_of(row, column, grid)[0]} by "
        f"{share[worst]:.9f} (winding {winding[worst]:.6f}): its rings overlap or "
        "cross; make it valid first."
    )


def _row_column(key: Int64Array) -> tuple[Int64Array, Int64Array]:
    row = (key >> _COLUMN_BITS) & ((1 << _ROW_BITS) - 1)
    return row, key & ((1 << _COLUMN_BITS) - 1)


def _counter(lengths: Int64Array) -> Int64Array:
    """0, 1, ... length - 1 for each length, one after the other."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) - np.repeat(ends - lengths, lengths)
