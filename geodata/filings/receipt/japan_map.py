"""A small map of Japan at secondary-mesh level: land, rejected and warned cells."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from geodata import mesh, reference

Integers = npt.NDArray[np.int64]

CELL_WIDTH = 1.2135
"""Width of a cell where its height is 1: 7.5′ of longitude to 5′ of latitude at 36°."""

_CELLS_PER_DEGREE = (8, 12)  # columns, rows


@dataclass(frozen=True)
class Frame:
    """A part of the map: a window of columns and rows of the grid, and its place.

    Columns count eastward from Greenwich, rows northward from the equator; ``x`` and
    ``y`` are those of the window's upper left corner on the map, in cells.
    """

    name_ja: str
    name_en: str
    west: int
    south: int
    width: int
    height: int
    x: int
    y: int

    def holds(self, column: Integers, row: Integers) -> npt.NDArray[np.bool_]:
        """Which cells stand in the window."""
        return (
            (self.west <= column)
            & (column < self.west + self.width)
            & (self.south <= row)
            & (row < self.south + self.height)
        )

    def place(self, column: Integers, row: Integers) -> tuple[Integers, Integers]:
        """Where cells of the window stand on the map: x and y, downward."""
        x = column - self.west + self.x
        return x, self.south + self.height - 1 - row + self.y


MAIN = Frame("日本", "Japan", 982, 286, 212, 264, 0, 0)
"""Longitude 122.75-149.25, latitude 23.83-45.83."""

INSETS = (
    Frame("沖ノ鳥島", "Okinotorishima", 1086, 243, 5, 5, 120, 254),
    Frame("南鳥島", "Minamitorishima", 1229, 289, 5, 5, 186, 254),
)
FRAMES = (MAIN, *INSETS)


@dataclass(frozen=True)
class Mark:
    """One cell on the map: its place, its shade from 1 to 4, and what it counts."""

    cell: str
    x: int
    y: int
    kind: str
    shade: int
    rejected_count: int
    warned_count: int


@cache
def land_path() -> str:
    """SVG path of the 4,888 secondary meshes with land, one box for each run of cells.

    In cells: one unit to the right is a column, one unit down is a row.
    """
    column, row = _grid(reference.mesh2_facts()["mesh2"].to_numpy())
    return "".join(_runs(frame, column, row) for frame in FRAMES)


def marks(cells: Mapping[str, Mapping[str, int]]) -> tuple[list[Mark], int]:
    """Cells to mark, and the number of those that lie outside the map.

    Parameters
    ----------
    cells : mapping
        Secondary mesh (text) to ``rejected_count`` and ``warned_count``, as in the
        receipt. A cell with a rejected row is marked as rejected.

    Returns
    -------
    marks : list of Mark
        In the order of `cells`.
    outside_count : int
    """
    codes = [code for code, counts in cells.items() if any(counts.values())]
    column, row = _grid(np.array(codes, "int64"))
    placed = {}
    for frame in FRAMES:
        at = np.flatnonzero(frame.holds(column, row))
        x, y = frame.place(column[at], row[at])
        for index, right, down in zip(at.tolist(), x.tolist(), y.tolist(), strict=True):
            placed[index] = (right, down)
    drawn = [
        _mark(codes[index], placed[index], cells[codes[index]])
        for index in sorted(placed)
    ]
    return drawn, len(codes) - len(drawn)


def shade(count: int) -> int:
    """1 for a single row, 2 to 9, 3 to 99, 4 for 100 rows or more."""
    return 1 + (count > 1) + (count > 9) + (count > 99)


def _mark(code: str, place: tuple[int, int], counts: Mapping[str, int]) -> Mark:
    rejected, warned = counts["rejected_count"], counts["warned_count"]
    kind = "rejected" if rejected else "warned"
    return Mark(code, *place, kind, shade(rejected or warned), rejected, warned)


def _grid(mesh2: Integers) -> tuple[Integers, Integers]:
    """Column and row of each secondary mesh."""
    edges = mesh.bounds(mesh2, "m2")
    columns, rows = _CELLS_PER_DEGREE
    column = np.rint(edges[:, 0] * columns).astype("int64")
    return column, np.rint(edges[:, 1] * rows).astype("int64")


def _runs(frame: Frame, column: Integers, row: Integers) -> str:
    is_inside = frame.holds(column, row)
    x, y = frame.place(column[is_inside], row[is_inside])
    order = np.lexsort([x, y])
    x, y = x[order], y[order]
    is_start = np.ones(len(x), bool)
    is_start[1:] = (np.diff(y) != 0) | (np.diff(x) != 1)
    starts = np.flatnonzero(is_start)
    lengths = np.diff([*starts, len(x)])
    return "".join(
        f"M{left} {top}h{length}v1h-{length}z"
        for left, top, length in zip(
            x[starts].tolist(), y[starts].tolist(), lengths.tolist(), strict=True
        )
    )
