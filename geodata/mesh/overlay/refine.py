"""Cells with very many pieces, looked at in smaller cells.

A smaller cell that one polygon covers wholly needs no other polygon, and a piece meets
fewer others: thousands of discs in one cell do not cost their square.
"""

import numpy as np

from geodata.mesh.arrays import Int64Array
from geodata.mesh.overlay.bag import Bag
from geodata.mesh.overlay.cut import Edges, cut
from geodata.mesh.overlay.green import RingCells, area_height, filled
from geodata.mesh.overlay.keys import (
    CELL_BITS,
    distinct,
    key_of,
    key_of_row,
    position_in,
    row_column,
    row_of,
    starts_of,
    summed,
)
from geodata.mesh.overlay.split import Pieces

SIDE = 8
"""Smaller cells along each side of a cell."""

_TOLERANCE = 1e-12  # of a smaller cell: a share nearer to 0 or 1 than this is 0 or 1


def refine(bag: Bag) -> tuple[Bag, Int64Array]:
    """Parts of `SIDE` x `SIDE` smaller cells, and the cell in which each of these lies.

    Where a part covers a smaller cell, it stands there alone for its channel. Smaller
    cells that no part reaches are left out.
    """
    pieces = _split(bag, _west_edges(bag))
    cells = _filled(pieces)

    def slot(key: Int64Array) -> Int64Array:
        """Smaller cell and channel in one number."""
        part, (row, column) = key >> CELL_BITS, row_column(key)
        smaller = (bag.cell[part] * SIDE + row) * SIDE + column
        numbers: Int64Array = smaller * bag.channels + bag.channel[part]
        return numbers

    is_full = cells.share >= 1 - _TOLERANCE
    full = distinct(np.concatenate([slot(cells.inner()), slot(cells.key[is_full])]))
    is_part = (cells.share > _TOLERANCE) & ~is_full
    is_part[is_part] = ~position_in(slot(cells.key[is_part]), full)[1]
    key, west = cells.key[is_part], cells.west[is_part]
    slots = np.concatenate([full, slot(key)])
    west = np.concatenate([np.ones(len(full)), west])
    smaller = distinct(slots // bag.channels)
    at, is_in = position_in(pieces.key, key)
    finer = Bag(
        len(smaller),
        bag.channels,
        np.searchsorted(smaller, slots // bag.channels),
        slots % bag.channels,
        west,
        len(full) + at[is_in],
        *pieces.take(is_in).ends(),
    )
    return finer.in_order(), smaller // SIDE**2


def _west_edges(bag: Bag) -> Edges:
    """Pieces down the west edge of the cells where parts reach over it.

    With them a part is closed in the west, and nothing more is to be known of what
    lies there.
    """
    starts, ends = bag.u0 <= 0, bag.u1 <= 0
    part = np.concatenate([bag.part[starts], bag.part[ends]])
    height = np.concatenate([bag.t0[starts], bag.t1[ends]])
    step = np.repeat([1, -1], [starts.sum(), ends.sum()])
    parts = len(bag.cell)
    bottom = np.rint(bag.west - np.bincount(part, step * (1 - height), parts))
    part = np.concatenate([np.arange(parts), part])
    height = np.concatenate([np.zeros(parts), height])
    step = np.concatenate([bottom.astype(np.int64), step])
    order = np.lexsort((height, part))
    part, height, step = part[order], height[order], step[order]
    total = np.cumsum(step)
    first = starts_of(part)
    before = np.repeat((total - step)[first], np.diff(first, append=len(part)))
    is_last = np.append(part[1:] != part[:-1], True)[: len(part)]
    upper = np.where(is_last, 1, np.append(height[1:], 1)[: len(part)])
    is_on = (total - before >= 1) & (upper > height)
    west = np.zeros(is_on.sum())
    return Edges(part[is_on], west, upper[is_on], west, height[is_on])


def _split(bag: Bag, closing: Edges) -> Pieces:
    """Pieces in smaller cells; the key is of part, row and column in its cell."""
    edges = Edges(bag.part, *bag.ends()).with_(closing)
    edges = Edges(edges.owner, edges.x0 * SIDE, edges.y0 * SIDE,
                  edges.x1 * SIDE, edges.y1 * SIDE)  # fmt: skip
    edges = cut(cut(edges, None, is_east=True), None, is_east=False)
    column = ((edges.x0 + edges.x1) / 2).astype(np.int64).clip(0, SIDE - 1)
    row = ((edges.y0 + edges.y1) / 2).astype(np.int64).clip(0, SIDE - 1)
    return Pieces(
        key_of(edges.owner, row, column),
        (edges.x0 - column).clip(0, 1),
        (edges.y0 - row).clip(0, 1),
        (edges.x1 - column).clip(0, 1),
        (edges.y1 - row).clip(0, 1),
    )


def _filled(pieces: Pieces) -> RingCells:
    """Smaller cells that pieces pass; rows end at the east edge of the cell."""
    key, (area, height) = summed(pieces.key, area_height(pieces))
    row = row_of(key)
    first = starts_of(row)
    end = key_of_row(row[first], SIDE)
    none = np.zeros(len(end))
    key, (area, height) = summed(
        np.concatenate([key, end]),
        (
            np.concatenate([area, none]),
            np.concatenate([height, -np.add.reduceat(height, first)]),
        ),
    )
    cells = filled(key, area, height, np.zeros(len(key)))
    is_inside = row_column(key)[1] < SIDE
    return RingCells(*(values[is_inside] for values in vars(cells).values()))
