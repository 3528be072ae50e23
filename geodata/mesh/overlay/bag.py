"""Pieces of many polygons in unit cells, as the sweep takes them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.mesh.arrays import BoolArray, FloatArray, Int64Array


@dataclass(frozen=True)
class Bag:
    """Parts of cells with the pieces of their rings; a part is one polygon's.

    Attributes
    ----------
    cells : int
        Number of cells.
    channels : int
        1, or 2 where two unions are compared.
    cell : int64 array, shape (p,)
        Cell of each part, 0 to `cells` - 1, ascending.
    channel : int64 array, shape (p,)
        To which union the part belongs, 0 to `channels` - 1.
    west : float64 array, shape (p,)
        Height that the polygon covers just west of the cell, as a share of the cell's.
        A part of 1 without pieces covers the cell.
    part : int64 array, shape (n,)
        Part of each piece, ascending.
    u0, t0, u1, t1 : float64 arrays, shape (n,)
        Where each piece starts and ends, 0 to 1 eastward and northward; what is
        covered is on its left.
    """

    cells: int
    channels: int
    cell: Int64Array
    channel: Int64Array
    west: FloatArray
    part: Int64Array
    u0: FloatArray
    t0: FloatArray
    u1: FloatArray
    t1: FloatArray

    def ends(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Four coordinates of the pieces."""
        return self.u0, self.t0, self.u1, self.t1

    def piece_cell(self) -> Int64Array:
        """Cell of each piece."""
        return self.cell[self.part]

    def with_(self, other: "Bag") -> "Bag":
        """Parts of these and of others in the same cells."""
        ends = zip(self.ends(), other.ends(), strict=True)
        return Bag(
            self.cells,
            self.channels,
            np.concatenate([self.cell, other.cell]),
            np.concatenate([self.channel, other.channel]),
            np.concatenate([self.west, other.west]),
            np.concatenate([self.part, other.part + len(self.cell)]),
            *(np.concatenate(pair) for pair in ends),
        ).in_order()

    def in_order(self) -> "Bag":
        """Sort the parts by cell and the pieces by part."""
        by_cell = np.argsort(self.cell, kind="stable")
        place = np.empty(len(by_cell), np.int64)
        place[by_cell] = np.arange(len(by_cell))
        part = place[self.part]
        by_part = np.argsort(part, kind="stable")
        return Bag(
            self.cells,
            self.channels,
            self.cell[by_cell],
            self.channel[by_cell],
            self.west[by_cell],
            part[by_part],
            *(values[by_part] for values in self.ends()),
        )

    def take(self, is_taken: BoolArray) -> "Bag":
        """Cells under a mask, numbered anew."""
        of_part = is_taken[self.cell]
        of_piece = of_part[self.part]
        return Bag(
            int(is_taken.sum()),
            self.channels,
            (np.cumsum(is_taken) - 1)[self.cell[of_part]],
            self.channel[of_part],
            self.west[of_part],
            (np.cumsum(of_part) - 1)[self.part[of_piece]],
            *(values[of_piece] for values in self.ends()),
        )

    def between(self, start: int, stop: int) -> "Bag":
        """Cells from `start` to `stop` - 1, numbered anew."""
        p0, p1 = np.searchsorted(self.cell, [start, stop])
        n0, n1 = np.searchsorted(self.part, [p0, p1])
        return Bag(
            stop - start,
            self.channels,
            self.cell[p0:p1] - start,
            self.channel[p0:p1],
            self.west[p0:p1],
            self.part[n0:n1] - p0,
            *(values[n0:n1] for values in self.ends()),
        )


def in_blocks(weights: NDArray[Any], most: float) -> list[tuple[int, int]]:
    """Cut a row into stretches whose weights add up to `most`; at least one each."""
    ends = np.cumsum(weights)
    stretches, start = [], 0
    while start < len(ends):
        done = ends[start - 1] if start else 0
        stop = max(int(np.searchsorted(ends, done + most, side="right")), start + 1)
        stretches.append((start, stop))
        start = stop
    return stretches
