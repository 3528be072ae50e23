"""Heights at which pieces of different polygons cross in a cell."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.mesh.arrays import FloatArray, Int64Array
from geodata.mesh.overlay.bag import Bag, in_blocks
from geodata.mesh.overlay.keys import counter

_PAIRS_AT_ONCE = 1 << 19
_SLACK = 1e-9  # of a piece: too many crossings do no harm, a missed one would


def crossings(
    bag: Bag, low: Int64Array, high: Int64Array, *, is_crowded: bool
) -> list[tuple[Int64Array, FloatArray]]:
    """Cells and heights of crossings; some more, near the ends of pieces, may be in.

    Parameters
    ----------
    bag : Bag
        Not modified.
    low, high : int64 arrays, shape (n,)
        Lower and upper end of each piece as a number that ascends with cell and height.
    is_crowded : bool
        Many pieces may be the same; look at one of each only.

    Returns
    -------
    list of (int64 array, float64 array)
        Cell, and height in it from 0 to 1.
    """
    at = np.flatnonzero(high > low)  # level pieces bound no slab
    if is_crowded:
        at = _without_copies(bag, at)
    order = at[np.argsort(low[at], kind="stable")]
    low, high = low[order], high[order]
    count = np.searchsorted(low, high) - np.arange(1, len(order) + 1)
    sides = np.minimum(bag.u0, bag.u1)[order], np.maximum(bag.u0, bag.u1)[order]
    part = bag.part[order]
    found = []
    for start, stop in in_blocks(count, _PAIRS_AT_ONCE):
        one = np.repeat(np.arange(start, stop), count[start:stop])
        other = one + 1 + counter(count[start:stop])
        is_pair = (
            (part[one] != part[other])
            & (sides[0][one] <= sides[1][other])
            & (sides[0][other] <= sides[1][one])
        )
        found.append(_meeting(bag, order[one[is_pair]], order[other[is_pair]]))
    return found


def _without_copies(bag: Bag, at: Int64Array) -> Int64Array:
    """Leave out pieces that lie on an earlier one of their cell, end on end."""
    cell = bag.piece_cell()[at].astype(np.float64)
    columns = [cell, *(values[at] for values in bag.ends())]
    order = np.lexsort(columns)
    changes = [np.diff(values[order], prepend=-1) != 0 for values in columns]
    return at[order[np.logical_or.reduce(changes)]]


def _meeting(
    bag: Bag, one: Int64Array, other: Int64Array
) -> tuple[Int64Array, FloatArray]:
    """Where two pieces of each pair meet, if they do; parallel ones do not."""
    u, t, du, dt = bag.u0, bag.t0, bag.u1 - bag.u0, bag.t1 - bag.t0
    cross = du[one] * dt[other] - dt[one] * du[other]
    is_pair = cross != 0
    one, other, cross = one[is_pair], other[is_pair], cross[is_pair]
    gap_u, gap_t = u[other] - u[one], t[other] - t[one]
    along = (gap_u * dt[other] - gap_t * du[other]) / cross
    along_other = (gap_u * dt[one] - gap_t * du[one]) / cross
    is_met = _is_on(along) & _is_on(along_other)
    one, along = one[is_met], along[is_met]
    return bag.piece_cell()[one], (t[one] + along * dt[one]).clip(0, 1)


def _is_on(along: FloatArray) -> NDArray[Any]:
    return (along > -_SLACK) & (along < 1 + _SLACK)
