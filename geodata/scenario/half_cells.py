"""The 500 m cells of the generator: four to each 1 km cell, with their neighbours."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from geodata.scenario.geography import Bools, Floats, Ints, Land

QUARTERS = 4
"""500 m cells (四次メッシュ) of a 1 km cell, in the order SW, SE, NW, NE."""

_NORTH = np.array([0, 0, 1, 1])
_EAST = np.array([0, 1, 0, 1])
_OWN, _SIDE, _CORNER = 9 / 16, 3 / 16, 1 / 16  # bilinear, at a quarter of the cell


class KilometreGrid:
    """The 1 km cells of `land` as a rectangle of rows and columns with a margin."""

    _MARGIN = 2

    def __init__(self, land: Land) -> None:
        self.first_row = int(land.row.min()) - self._MARGIN
        self.first_column = int(land.column.min()) - self._MARGIN
        self.shape = (
            int(land.row.max()) - self.first_row + self._MARGIN + 1,
            int(land.column.max()) - self.first_column + self._MARGIN + 1,
        )
        self._at = land.row - self.first_row, land.column - self.first_column

    def spread(self, values: Ints | Floats | Bools) -> Floats:
        """Values of the land cells in their places; 0 elsewhere."""
        table = np.zeros(self.shape)
        table[self._at] = values
        return table

    def quarters(self, table: Floats, row: Ints, column: Ints) -> Floats:
        """`table` at the middle of each quarter of the cells, shape (n, 4).

        Between the middles of 1 km cells it changes evenly (bilinear).
        """
        row, column = row - self.first_row, column - self.first_column
        parts = []
        for north, east in zip(2 * _NORTH - 1, 2 * _EAST - 1, strict=True):
            sides = table[row + north, column] + table[row, column + east]
            corner = table[row + north, column + east]
            parts.append(_OWN * table[row, column] + _SIDE * sides + _CORNER * corner)
        return np.stack(parts, axis=1)


@dataclass(frozen=True)
class HalfCells:
    """500 m cells on which areas are drawn: those of the land, and a few at sea.

    Cells at sea join land cells that would else meet in a corner only, so that no two
    cells of all do: every set of cells can be made free of such corners without
    leaving these.

    Attributes
    ----------
    row, column : int64 array, shape (n,)
        Place in the 500 m grid, counted from the equator and from Greenwich.
    land : int64 array, shape (n,)
        Position of the 1 km cell in the land; -1 at sea.
    people : int64 array, shape (n,)
        Residents.
    """

    row: Ints
    column: Ints
    land: Ints
    people: Ints

    @cached_property
    def index(self) -> Ints:
        """Positions in places of the 1 km grid with a margin; `n` where there is none.

        Only the first quarter of each 1 km cell is held; the others follow it.
        """
        row, column = self.row[::QUARTERS] // 2, self.column[::QUARTERS] // 2
        shape = int(np.ptp(row)) + 3, int(np.ptp(column)) + 3
        index = np.full(shape, len(self.row), np.int64)
        first = np.arange(0, len(self.row), QUARTERS)
        index[row - row.min() + 1, column - column.min() + 1] = first
        return index

    def beside(self, north: int, east: int) -> Ints:
        """Position of the cell so many rows north and columns east; `n`: none."""
        row, column = self.row + north, self.column + east
        at = (
            row // 2 - self.row[0::QUARTERS].min() // 2 + 1,
            column // 2 - self.column[0::QUARTERS].min() // 2 + 1,
        )
        first = self.index[at]
        return np.where(
            first < len(self.row), first + 2 * (row % 2) + column % 2, first
        )


def half_cells(land: Land, people: Ints) -> HalfCells:
    """500 m cells of the land and of the sea cells that close its corners.

    Parameters
    ----------
    land : Land
        1 km cells.
    people : int64 array, shape (n_land, 4)
        Residents of the quarters.
    """
    grid = KilometreGrid(land)
    is_land = grid.spread(np.ones(len(land.row), bool)) > 0
    row, column = np.nonzero(_without_corners(is_land))
    position = grid.spread(np.arange(1, len(land.row) + 1)).astype(np.int64) - 1
    at = position[row, column]
    residents = np.where((at >= 0)[:, None], people[at], 0)
    row, column = row + grid.first_row, column + grid.first_column
    return HalfCells(
        row=(2 * row[:, None] + _NORTH).ravel(),
        column=(2 * column[:, None] + _EAST).ravel(),
        land=np.repeat(at, QUARTERS),
        people=residents.ravel(),
    )


def _without_corners(is_in: Bools) -> Bools:
    """Add cells until no two meet in a corner only."""
    is_in = is_in.copy()
    while True:
        southwest, southeast = is_in[:-1, :-1], is_in[:-1, 1:]
        northwest, northeast = is_in[1:, :-1], is_in[1:, 1:]
        rising = southwest & northeast & ~southeast & ~northwest
        falling = southeast & northwest & ~southwest & ~northeast
        if not (rising | falling).any():
            return is_in
        southeast |= rising
        southwest |= falling
