"""Share of unit cells that the union of many polygons covers, by horizontal slabs.

A cell is cut into slabs at every end and every crossing of pieces, so that within a
slab the pieces are straight and in one order from west to east. The depth, that is how
many polygons cover a point, starts with the depth at the west edge of the cell and
grows by one at each piece that goes down, shrinks by one at each that goes up::

      +---------------+      depth at the west edge 1, at the first piece (up) 0,
      |1  ^ 0   v 1   |      at the second (down) 1 again: covered is all but the
      |  /     /      |      middle. Widths are taken at half height: a trapezium's
      +---------------+      mean width.

No topology is built, so edges that nearly coincide cannot break anything: heights and
widths are rounded to parts of 2^-44 and about 2^-40, and the area is off by no more.
"""

from dataclasses import dataclass

import numpy as np

from geodata.mesh.arrays import BoolArray, FloatArray, Int64Array
from geodata.mesh.overlay.bag import Bag, in_blocks
from geodata.mesh.overlay.crossings import crossings
from geodata.mesh.overlay.keys import counter, distinct, starts_of
from geodata.mesh.overlay.refine import SIDE, refine

_HEAVY = 384  # pieces in a cell from which on smaller cells may be cheaper
_MOST_LEVELS = 10
_LITTLE_GROWTH = 1.25  # pieces after cutting them into smaller cells / before
_HEIGHT_BITS = 45  # heights from 0 to 2^44, both included
_TOP = 1 << (_HEIGHT_BITS - 1)
_MOST_CELLS = 1 << (63 - _HEIGHT_BITS)
_WORK_AT_ONCE = 1 << 21  # pairs of pieces
_ENTRIES_AT_ONCE = 1 << 19  # pieces in slabs; temporaries of some 50 MB


@dataclass(frozen=True)
class _Slabs:
    """Slabs of cells from south to north; an empty one ends each cell."""

    cell: Int64Array
    height: FloatArray
    middle: FloatArray
    depth: Int64Array

    @classmethod
    def of(cls, borders: Int64Array, depth: Int64Array) -> "_Slabs":
        """Slabs by their south borders, with the depth at their west edges."""
        low = _height(borders)
        high = np.append(low[1:], 1.0)
        is_empty = low == 1
        return cls(
            borders >> _HEIGHT_BITS,
            np.where(is_empty, 0, high - low),
            (low + high) / 2,
            depth,
        )


def covered(bag: Bag) -> FloatArray:
    """Share of each cell that at least one part of every channel covers.

    Parameters
    ----------
    bag : Bag
        Not modified.

    Returns
    -------
    float64 array, shape (cells,)
        0 to 1.
    """
    return _covered(bag, _MOST_LEVELS)


def _covered(bag: Bag, levels: int) -> FloatArray:
    """Sweep light cells; look at heavy ones in smaller cells, on so many levels."""
    is_heavy = (_pieces_by_cell(bag) >= _HEAVY) & (levels > 0)
    if not is_heavy.any():
        return _by_blocks(bag)
    share = np.empty(bag.cells)
    share[~is_heavy] = _by_blocks(bag.take(~is_heavy))
    share[is_heavy] = _by_smaller_cells(bag.take(is_heavy), levels - 1)
    return share


def _by_smaller_cells(bag: Bag, levels: int) -> FloatArray:
    """Mean share of smaller cells, where that saves work or costs next to none.

    It does neither where many long edges lie on one another: those are swept as is.
    """
    finer, parent = refine(bag)
    pieces, finer_pieces = _pieces_by_cell(bag), _pieces_by_cell(finer)
    growth = np.bincount(parent, finer_pieces, bag.cells) / pieces
    work = np.bincount(parent, finer_pieces**3.0, bag.cells) / pieces**3.0
    is_better = (growth < _LITTLE_GROWTH) | (work < 0.75)
    is_taken = is_better[parent]
    finer_share = _covered(finer.take(is_taken), levels)
    total = np.bincount(parent[is_taken], finer_share, bag.cells)
    share = total / SIDE**2
    share[~is_better] = _by_blocks(bag.take(~is_better))
    return share


def _pieces_by_cell(bag: Bag) -> Int64Array:
    return np.bincount(bag.piece_cell(), minlength=bag.cells)


def _by_blocks(bag: Bag) -> FloatArray:
    """Sweep some cells at a time, so that temporaries stay small."""
    work = _pieces_by_cell(bag) ** 2 + _WORK_AT_ONCE // _MOST_CELLS
    blocks = [bag.between(*block) for block in in_blocks(work, _WORK_AT_ONCE)]
    return np.concatenate([np.zeros(0), *(_swept(block) for block in blocks)])


def _swept(bag: Bag) -> FloatArray:
    """Share of each cell by slabs."""
    cell = bag.piece_cell() << _HEIGHT_BITS
    start, end = cell + _rounded(bag.t0), cell + _rounded(bag.t1)
    bottom = np.arange(bag.cells) << _HEIGHT_BITS
    is_crowded = bool((_pieces_by_cell(bag) >= _HEAVY).any())
    low, high = np.minimum(start, end), np.maximum(start, end)
    met = crossings(bag, low, high, is_crowded=is_crowded)
    crossed = [(cell << _HEIGHT_BITS) + _rounded(t) for cell, t in met]
    borders = distinct(np.concatenate([bottom, bottom + _TOP, start, end, *crossed]))
    start, end = np.searchsorted(borders, start), np.searchsorted(borders, end)
    depth = _depth_west(bag, borders, start, end)
    return _area(bag, borders, start, end, depth)


def _rounded(height: FloatArray) -> Int64Array:
    return np.rint(height * _TOP).astype(np.int64)


def _depth_west(
    bag: Bag, borders: Int64Array, start: Int64Array, end: Int64Array
) -> Int64Array:
    """Depth at the west edge of each slab, by channel.

    It steps where a piece starts on the west edge (what is covered lies above) or ends
    there (below); what it starts with follows from the height covered in all.
    """
    cell, above = borders >> _HEIGHT_BITS, 1 - _height(borders)
    first = np.flatnonzero(_height(borders) == 0)
    depth = np.empty((bag.channels, len(borders)), np.int64)
    for channel in range(bag.channels):
        is_own = bag.channel == channel
        own = is_own[bag.part]
        step = np.bincount(start[own & (bag.u0 <= 0)], minlength=len(borders))
        step -= np.bincount(end[own & (bag.u1 <= 0)], minlength=len(borders))
        west = np.bincount(bag.cell[is_own], bag.west[is_own], bag.cells)
        bottom = np.rint(west - np.bincount(cell, step * above, bag.cells))
        top = bottom + np.bincount(cell, step, bag.cells)
        step[first] += (bottom - np.append(0, top[:-1])).astype(np.int64)
        depth[channel] = np.cumsum(step)
    return depth


def _height(border: Int64Array) -> FloatArray:
    return (border & ((1 << _HEIGHT_BITS) - 1)) / _TOP


def _area(
    bag: Bag,
    borders: Int64Array,
    start: Int64Array,
    end: Int64Array,
    depth: Int64Array,
) -> FloatArray:
    """Covered area of each cell: from the slabs' west edges on, then every change."""
    slabs = _Slabs.of(borders, depth)
    is_on = (depth >= 1).all(axis=0)
    area = _by_cell(slabs.cell, slabs.height * is_on, bag.cells)
    low, high = np.minimum(start, end), np.maximum(start, end)
    passing = np.bincount(low, minlength=len(borders))
    passing = np.cumsum(passing - np.bincount(high, minlength=len(borders)))
    for block in in_blocks(passing, _ENTRIES_AT_ONCE):
        area += _changes(bag, slabs, start, end, block)
    return area.clip(0, 1)


def _changes(
    bag: Bag, slabs: _Slabs, start: Int64Array, end: Int64Array, block: tuple[int, int]
) -> FloatArray:
    """Area that pieces in a block of slabs add, or take away where they end a cover."""
    first, stop = block
    from_ = np.maximum(np.minimum(start, end), first)
    count = np.maximum(np.minimum(np.maximum(start, end), stop) - from_, 0)
    piece = np.repeat(np.arange(len(count)), count)
    slab = np.repeat(from_, count) + counter(count)
    u = _at_height(bag, piece, slabs.middle[slab])
    goes_down = (end < start)[piece]
    slab, u, sign, channel = _sorted(
        slab - first, u, goes_down, bag.channel[bag.part[piece]], stop - first
    )
    begin = starts_of(slab)
    runs = np.diff(begin, append=len(slab))
    was, is_ = np.ones(len(slab), bool), np.ones(len(slab), bool)
    for own, west in enumerate(slabs.depth[:, first:stop]):
        step = np.where(channel == own, sign, 0)
        depth = np.cumsum(step)
        depth += np.repeat(west[slab[begin]] - (depth - step)[begin], runs)
        is_ &= depth >= 1
        was &= depth - step >= 1
    change = is_.astype(np.int8) - was
    at = np.flatnonzero(change)
    slab = slab[at] + first
    area = slabs.height[slab] * (1 - u[at]) * change[at]
    return _by_cell(slabs.cell[slab], area, bag.cells)


def _by_cell(cell: Int64Array, area: FloatArray, cells: int) -> FloatArray:
    total = np.bincount(cell, area, cells)
    return total.astype(np.float64, copy=False)  # of nothing it gives whole numbers


def _at_height(bag: Bag, piece: Int64Array, height: FloatArray) -> FloatArray:
    """How far east pieces are at some heights."""
    u0, t0, u1, t1 = (values[piece] for values in bag.ends())
    u = u0 + (height - t0) * ((u1 - u0) / (t1 - t0))
    return np.clip(u, np.minimum(u0, u1), np.maximum(u0, u1))


def _sorted(
    slab: Int64Array,
    u: FloatArray,
    goes_down: BoolArray,
    channel: Int64Array,
    slabs: int,
) -> tuple[Int64Array, FloatArray, Int64Array, Int64Array]:
    """Order by slab and then eastward: slab, u, +1 or -1, channel.

    All in one integer, since NumPy sorts those fastest; `u` has the bits that are left.
    """
    bits = min(63 - 3 - slabs.bit_length(), 52)
    packed = (slab << (bits + 1)) + np.rint(u * (1 << bits)).astype(np.int64)
    packed = np.sort((packed << 2) + (channel << 1) + goes_down)
    place = packed >> 2
    u = (place & ((1 << (bits + 1)) - 1)) / (1 << bits)
    return place >> (bits + 1), u, (packed & 1) * 2 - 1, (packed >> 1) & 1
