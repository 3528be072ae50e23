"""Coverage areas as polygons: sets of 500 m cells within ragged lines.

Each line of the 500 m grid is bent, and each corner of a set is cut, by amounts that
only the place and the carrier decide::

      +---------+          .-~+._.~.       A line moves by up to a tenth of a cell, a
      |         |         (        |       corner by less than a quarter. So a cell of
      |         |  -->    |         )      the set keeps more than half of its area, and
      |         |         (.       |       all carriers together reach over less than
      +---------+           '-_.~+'        half of a cell that none of them takes.

A smaller set of the same carrier lies within the larger one, areas meet without gap or
overlap on the lines between primary meshes, and no ring touches itself or another.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import shapely
from rasterio.features import shapes
from shapely.geometry import shape

from geodata.scenario.geography import Bools, Floats, Ints
from geodata.scenario.half_cells import HalfCells

Shapes = npt.NDArray[np.object_]
Uint64s = npt.NDArray[np.uint64]

_PRIMARY = 160  # rows and columns of 500 m cells in a primary mesh
_ROWS_PER_DEGREE = 240  # 500 m cells are 15" high
_COLUMNS_PER_DEGREE = 160  # and 22.5" wide
_LINE = 0.1  # of a cell: how far a line moves, across
_PULL, _PULL_DRAWN = 0.19, 0.05  # how far a corner is cut, east and north
_SLIDE = _PULL - _PULL_DRAWN  # how far one on a straight line moves along it
_BENDS = np.array([0.28, 0.39, 0.5, 0.61, 0.72])  # along a line between two corners
_STEPS_PER_DEGREE = 1 << 20  # coordinates on a binary grid of 0.1 m pack well
_COLUMN_BITS = 32
_LEVEL, _UPRIGHT, _CORNER = 1, 2, 3
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def area_polygons(cells: HalfCells, chosen: Bools, seed: int) -> Shapes:
    """Polygons of a set of cells, cut at the lines between primary meshes.

    Parameters
    ----------
    cells : HalfCells
        500 m cells.
    chosen : bool array, shape (n,)
        The set: no two of its cells may meet in a corner only (`area_sets.closed`).
    seed : int
        Start of the bends, the same for all areas of a carrier.

    Returns
    -------
    array of shapely Polygon and MultiPolygon
        One per primary mesh that the set reaches, by its code; degrees on JGD2011,
        valid, shells counter-clockwise.
    """
    straight, owner = [], []
    for number, (corner, block) in enumerate(_blocks(cells, chosen)):
        outlines = shapes(block, mask=block > 0, connectivity=4)
        found = [shape(outline) for outline, _ in outlines]
        straight += shapely.transform(found, corner.__add__).tolist()
        owner += [number] * len(found)
    bent = _bent(np.array(straight, object), seed)
    return _collected(bent, np.array(owner, np.int64))


def _blocks(
    cells: HalfCells, chosen: Bools
) -> Iterator[tuple[Floats, npt.NDArray[np.uint8]]]:
    """Each primary mesh reached: its south-west corner, and 1 for its chosen cells."""
    place = np.column_stack([cells.column[chosen], cells.row[chosen]])
    primary, within = np.divmod(place, _PRIMARY)
    corners, of_cell = np.unique(primary[:, ::-1], axis=0, return_inverse=True)
    order = np.argsort(of_cell, kind="stable")
    ends = np.cumsum(np.bincount(of_cell))
    for corner, at in zip(corners, np.split(order, ends[:-1]), strict=True):
        block = np.zeros((_PRIMARY, _PRIMARY), np.uint8)
        block[within[at, 1], within[at, 0]] = 1
        yield corner[::-1] * float(_PRIMARY), block


def _collected(polygons: Shapes, owner: Ints) -> Shapes:
    """One geometry per owner: a polygon, or several as a multipolygon."""
    whole = shapely.multipolygons(polygons, indices=owner)
    first = np.searchsorted(owner, np.arange(len(whole)))
    return np.where(np.bincount(owner) == 1, polygons[first], whole)


def _bent(polygons: Shapes, seed: int) -> Shapes:
    """Polygons along whole grid lines, on the bent lines and in degrees."""
    rings, part = shapely.get_rings(polygons, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    corner = np.rint(points).astype(np.int64)
    is_line = ring[1:] == ring[:-1]
    start, end = corner[:-1][is_line], corner[1:][is_line]
    start, step, count = _unit_steps(start, end)
    ring = np.repeat(ring[:-1][is_line], count)
    x, y = _bent_lines(start, step, _steps_before(step, ring), seed)
    degrees = np.column_stack([x / _COLUMNS_PER_DEGREE, y / _ROWS_PER_DEGREE])
    degrees = np.rint(degrees * _STEPS_PER_DEGREE) / _STEPS_PER_DEGREE
    bent = shapely.linearrings(degrees, indices=np.repeat(ring, 1 + len(_BENDS)))
    return shapely.orient_polygons(shapely.polygons(bent, indices=part))


def _unit_steps(start: Ints, end: Ints) -> tuple[Ints, Ints, Ints]:
    """Straight lines cut at every corner: starts, steps of 1 cell, and their number."""
    count = np.abs(end - start).max(axis=1)
    step = np.repeat(np.sign(end - start), count, axis=0)
    ends = np.cumsum(count)
    number = np.arange(ends[-1]) - np.repeat(ends - count, count)
    return np.repeat(start, count, axis=0) + number[:, None] * step, step, count


def _steps_before(step: Ints, ring: Ints) -> Ints:
    """The step that leads to the start of each, along its ring."""
    before = np.roll(step, 1, axis=0)
    first = np.flatnonzero(np.diff(ring, prepend=-1))
    last = np.append(first[1:], len(ring)) - 1
    before[first] = step[last]
    return before


def _bent_lines(
    start: Ints, step: Ints, before: Ints, seed: int
) -> tuple[Floats, Floats]:
    """Points of each step, all but its end: the corner it leaves, then the bends.

    A line has its bends from south or west, whichever way it is gone.
    """
    is_upright = step[:, 1:] != 0
    is_back = step.sum(axis=1, keepdims=True) < 0
    low = np.where(is_back, start + step, start)
    kind = np.where(is_upright[:, 0], _UPRIGHT, _LEVEL)
    draws = _draws(low, kind, seed, 1 + len(_BENDS))
    across = _LINE * (draws[:, :1] + draws[:, 1:]) / 2
    across = np.where(is_back, across[:, ::-1], across)
    along = start[:, :, None] + step[:, :, None] * _BENDS
    corner = start + _corner_moves(start, step, before, seed)
    x = along[:, 0] + np.where(is_upright, across, 0)
    y = along[:, 1] + np.where(is_upright, 0, across)
    return (
        np.column_stack([corner[:, 0], x]).ravel(),
        np.column_stack([corner[:, 1], y]).ravel(),
    )


def _corner_moves(start: Ints, step: Ints, before: Ints, seed: int) -> Floats:
    """How far each corner moves, east and north.

    Where a ring turns, it cuts the corner; else it slides along the line. On a line
    between primary meshes a corner moves little and always alike, as the areas on both
    sides meet in it.
    """
    draws = _draws(start, np.full(len(start), _CORNER), seed, 2)
    turn = step - before  # towards the one cell of four that is unlike the others
    moves = np.where(step != 0, _SLIDE, _LINE) * draws
    is_turn = turn.any(axis=1, keepdims=True)
    moves = np.where(is_turn, turn * (_PULL + _PULL_DRAWN * draws), moves)
    is_seam = (start % _PRIMARY == 0).any(axis=1, keepdims=True)
    return np.where(is_seam, _LINE * draws, moves)


def _draws(corner: Ints, kind: Ints, seed: int, count: int) -> Floats:
    """Even draws from -1 to 1 that a place, a kind and a seed decide, (n, count)."""
    place = (corner[:, 1] << _COLUMN_BITS) + corner[:, 0]
    state = _mixed(
        place.astype(np.uint64) ^ _mixed(np.uint64(seed) + kind.astype(np.uint64))
    )
    numbers = np.arange(1, count + 1, dtype=np.uint64)
    bits = _mixed(state[:, None] + numbers * _GOLDEN) >> np.uint64(11)
    return bits.astype(np.float64) / (1 << 52) - 1


def _mixed(value: Uint64s) -> Uint64s:
    """Every bit of a number depends on all of it (SplitMix64, public domain)."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))
