"""Sets of 500 m cells drawn as text, north above, for the tests of the scenario."""

import numpy as np

from geodata.scenario.area_sets import Frame
from geodata.scenario.half_cells import half_cells


def frame_of(land, people=None):
    quarters = np.ones((len(land.mesh3), 4), np.int64) if people is None else people
    return Frame(half_cells(land, quarters))


def places(frame):
    """Row and column of each cell, counted from the south-west."""
    cells = frame.cells
    return cells.row - cells.row.min(), cells.column - cells.column.min()


def drawn(frame, text):
    """The set with ``#`` at its cells; the first letter of the last line is (0, 0)."""
    lines = text.split()[::-1]
    row, column = places(frame)
    chosen = np.zeros(frame.size + 1, bool)
    for n, (north, east) in enumerate(zip(row, column, strict=True)):
        chosen[n] = north < len(lines) and lines[north][east : east + 1] == "#"
    return chosen


def picture(frame, chosen, height, width):
    """The set as lines of text, as `drawn` reads them."""
    row, column = places(frame)
    lines = np.full((height, width), ".")
    lines[row[chosen[:-1]], column[chosen[:-1]]] = "#"
    return ["".join(line) for line in lines[::-1]]


def table_of(frame, chosen):
    """The set in rows and columns, with an empty margin of one cell."""
    row, column = places(frame)
    table = np.zeros((row.max() + 3, column.max() + 3), bool)
    table[row[chosen[:-1]] + 1, column[chosen[:-1]] + 1] = True
    return table


def lone_corners(table):
    """How many corners only two cells across meet in."""
    a, b, c, d = table[:-1, :-1], table[:-1, 1:], table[1:, :-1], table[1:, 1:]
    return int(((a == d) & (b == c) & (a != b)).sum())


def holes_of_one(table):
    """How many cells are empty between four full ones."""
    around = table[:-2, 1:-1] & table[2:, 1:-1] & table[1:-1, :-2] & table[1:-1, 2:]
    return int((around & ~table[1:-1, 1:-1]).sum())
