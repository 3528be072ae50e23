"""Polygons as straight pieces, each inside one cell of the grid.

Every edge of every ring is split where it crosses the grid lines, in two vectorised
passes: at the meridians, then at the parallels. Rows are equal-area (EPSG:6933), where
cells are rectangles and meridians and parallels are straight; an edge is the straight
line between its vertices in that plane. Outer rings run counter-clockwise, holes
clockwise: what a polygon covers is on the left of its pieces.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.errors import CoordinateError
from geodata.mesh.arrays import BoolArray, FloatArray, Int64Array, read_only
from geodata.mesh.levels import UAS_PER_DEGREE, WEST_UAS, Level
from geodata.mesh.overlay.cut import Edges, cut
from geodata.mesh.overlay.keys import key_of, row_column
from geodata.mesh.overlay.rings import EQUAL_AREA, Vertices
from geodata.mesh.shape import zone

_SNAP = 1e-10  # of a cell: floats nearer to a grid line than this lie on it

IsWanted = Callable[[Int64Array, Int64Array], BoolArray]
"""Tells of rows and columns which cells may matter."""


@dataclass(frozen=True)
class Pieces:
    """Straight pieces inside cells: whose and which cell, from where to where.

    ``u`` runs from 0 at the west edge of the cell to 1 at the east edge, ``t`` from 0
    at the south edge to 1 at the north edge, in the plane.
    """

    key: Int64Array
    u0: FloatArray
    t0: FloatArray
    u1: FloatArray
    t1: FloatArray

    def take(self, at: NDArray[Any]) -> "Pieces":
        """Those at positions, or under a mask."""
        return Pieces(*(values[at] for values in self.arrays()))

    def with_(self, *others: "Pieces") -> "Pieces":
        """These, and then the others."""
        columns = zip(self.arrays(), *(o.arrays() for o in others), strict=True)
        return Pieces(*(np.concatenate(column) for column in columns))

    def arrays(self) -> tuple[NDArray[Any], ...]:
        """Key, and the four coordinates."""
        return self.key, *self.ends()

    def ends(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """The four coordinates."""
        return self.u0, self.t0, self.u1, self.t1


def split(
    vertices: Vertices,
    grid: Level,
    plane: str = EQUAL_AREA,
    is_wanted: IsWanted | None = None,
) -> Pieces:
    """Split the edges at the grid lines.

    Parameters
    ----------
    vertices : Vertices
        Not modified.
    grid : Level
        Whose cells.
    plane : {"equal_area", "degrees"}
        Where the edges are straight.
    is_wanted : callable, optional
        Edges that surely pass no wanted cell are left out.

    Raises
    ------
    CoordinateError
        A vertex lies outside the grid.
    """
    x, line = _on_grid(vertices.points, grid)
    column, row = x.astype(np.int64), line.astype(np.int64)
    is_edge, owner, lat = vertices.is_edge, vertices.polygon, vertices.points[:, 1]
    if is_wanted is not None:
        is_edge = is_edge & _may_pass(row, column, is_wanted)
        at = np.flatnonzero(np.append(is_edge, False) | np.append(False, is_edge))
        is_edge = is_edge[at[:-1]] if len(at) else is_edge[:0]
        x, line, column, row = x[at], line[at], column[at], row[at]
        owner, lat = owner[at], lat[at]
    y = line if plane == "degrees" else _northing(lat, line, row, grid)
    lines = row_lines(grid, plane)
    is_inside = (column[1:] == column[:-1]) & (row[1:] == row[:-1])
    whole = _whole(x, y, lines, key_of(owner, row, column), is_edge & is_inside)
    rest = np.flatnonzero(is_edge & ~is_inside)
    edges = Edges(owner[rest], x[rest], y[rest], x[rest + 1], y[rest + 1])
    edges = cut(edges, None, is_east=True)
    edges = cut(edges, None if plane == "degrees" else lines, is_east=False)
    return whole.with_(_in_cells(edges, lines))


@cache
def row_lines(grid: Level, plane: str) -> FloatArray:
    """Northing of the south edge of each row, then of the last north edge."""
    if plane == "degrees":
        return read_only(np.arange(grid.rows + 1, dtype=np.float64))
    return read_only(zone(grid.lat_edges))


def _on_grid(points: FloatArray, grid: Level) -> tuple[FloatArray, FloatArray]:
    """Columns and rows from the south-west of the grid; whole on a grid line."""
    x = (points[:, 0] * UAS_PER_DEGREE - WEST_UAS) / grid.lon_uas
    line = points[:, 1] * UAS_PER_DEGREE / grid.lat_uas
    is_inside = (x >= 0) & (x < grid.columns) & (line >= 0) & (line < grid.rows)
    if not is_inside.all():
        lon, lat = points[np.flatnonzero(~is_inside)[0]]
        raise CoordinateError(
            f"A polygon has a vertex at lon {lon}, lat {lat}, outside the grid "
            "(lon 100 to 200, lat 0 to 66.67)."
        )
    return _snapped(x), _snapped(line)


def _snapped(values: FloatArray) -> FloatArray:
    whole = np.rint(values)
    return np.where(np.abs(values - whole) < _SNAP, whole, values)


def _may_pass(row: Int64Array, column: Int64Array, is_wanted: IsWanted) -> BoolArray:
    """Tell of each edge if it starts or ends in a wanted cell, or may pass others."""
    is_near = is_wanted(row, column)
    steps = np.abs(np.diff(row)) + np.abs(np.diff(column))
    return is_near[1:] | is_near[:-1] | (steps > 1)


def _northing(
    lat: FloatArray, line: FloatArray, row: Int64Array, grid: Level
) -> FloatArray:
    """Northing in the equal-area plane; exactly the line's on a grid line."""
    return np.where(line == row, row_lines(grid, EQUAL_AREA)[row], zone(lat))


def _whole(
    x: FloatArray,
    y: FloatArray,
    lines: FloatArray,
    key: Int64Array,
    is_whole: BoolArray,
) -> Pieces:
    """Edges from a vertex to the next that stay in its cell."""
    row, column = row_column(key)
    u, t = x - column, (y - lines[row]) / (lines[row + 1] - lines[row])
    at = np.flatnonzero(is_whole)
    return Pieces(key[at], u[at], t[at], u[at + 1], t[at + 1])


def _in_cells(edges: Edges, lines: FloatArray) -> Pieces:
    """Edges that were cut at the grid lines, in the cells of their middles."""
    column = ((edges.x0 + edges.x1) / 2).astype(np.int64)
    row = np.searchsorted(lines, (edges.y0 + edges.y1) / 2, side="right") - 1
    row = row.clip(0, len(lines) - 2)
    south, height = lines[row], lines[row + 1] - lines[row]
    return Pieces(
        key_of(edges.owner, row, column),
        (edges.x0 - column).clip(0, 1),
        ((edges.y0 - south) / height).clip(0, 1),
        (edges.x1 - column).clip(0, 1),
        ((edges.y1 - south) / height).clip(0, 1),
    )
