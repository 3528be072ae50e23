"""Share of every cell that two unions of polygons have in common."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.mesh.arrays import BoolArray, FloatArray, Int64Array
from geodata.mesh.cells import code_of
from geodata.mesh.levels import level_named
from geodata.mesh.overlay.bag import Bag
from geodata.mesh.overlay.keys import (
    CELL_BITS,
    cell_of,
    counter,
    distinct,
    row_column,
)
from geodata.mesh.overlay.layer import TOLERANCE, Layer, Mapper, read_layer
from geodata.mesh.overlay.sweep import covered
from geodata.mesh.overlay.union import stretches
from geodata.mesh.overlay.workers import mapper


@dataclass(frozen=True)
class CommonShares:
    """Cells that two unions share; one entry per group of each and cell.

    Attributes
    ----------
    group_a, group_b : int64 arrays
        Numbers of the groups; ascending, `group_b` within `group_a`.
    code : int64 array
        Mesh code, by row and column within the groups.
    share : float64 array
        Area that both unions cover / area of the cell, more than 1e-12, at most 1.
    """

    group_a: Int64Array
    group_b: Int64Array
    code: Int64Array
    share: FloatArray


@dataclass(frozen=True)
class _Side:
    """One layer in cells: which parts cover each, consecutive ones of the layer."""

    layer: Layer
    key: Int64Array
    start: Int64Array
    count: Int64Array

    @classmethod
    def of(cls, layer: Layer) -> "_Side":
        """All cells that the layer covers, in whole (no parts) or in part."""
        key = distinct(np.concatenate([layer.full, layer.parts.cell]))
        start = np.searchsorted(layer.parts.cell, key)
        stop = np.searchsorted(layer.parts.cell, key, side="right")
        return cls(layer, key, start, stop - start)

    def take(self, at: NDArray[Any] | slice) -> "_Side":
        """Cells at positions, under a mask, or of a slice."""
        return _Side(self.layer, self.key[at], self.start[at], self.count[at])

    def is_full(self) -> BoolArray:
        """Tell of each cell if one polygon of the group covers it."""
        return np.equal(self.count, 0)

    def first_share(self) -> FloatArray:
        """Share of the first part of each cell; 1 where there is none."""
        share = np.append(self.layer.parts.share, 1.0)
        return share.take(np.where(self.count > 0, self.start, len(share) - 1))

    def number(self) -> Int64Array:
        """Number of the group."""
        return self.layer.groups.take(self.key >> CELL_BITS)

    def pieces(self) -> FloatArray:
        """How many pieces each cell has."""
        total = np.append(0, np.cumsum(self.layer.parts.pieces))
        pieces: FloatArray = total[self.start + self.count] - total[self.start]
        return pieces


def common_shares(
    a: NDArray[Any],
    b: NDArray[Any],
    level: str,
    *,
    group_a: NDArray[Any] | None = None,
    group_b: NDArray[Any] | None = None,
    workers: int = 1,
) -> CommonShares:
    """Share of each cell that a union of polygons has in common with another.

    Parameters
    ----------
    a, b : arrays of shapely Polygon or MultiPolygon, shapes (n,) and (m,)
        Each valid, in degrees (JGD2011), as in `union_shares`. Not modified.
    level : str
        Level name, such as ``"m4"``.
    group_a, group_b : int64 arrays, shapes (n,) and (m,), optional
        Number of the group of each polygon. Default: all in one group, 0.
    workers : int
        Threads. The answer is the same to the last bit.

    Returns
    -------
    CommonShares
        For each group of `a` and each of `b`: cells with something in common.

    Raises
    ------
    CoordinateError
        A vertex lies outside the grid, or rings of one polygon overlap or cross, as
        far as `cell_shares` notices.
    ValueError
        Not one row of polygons, or not one group for each.

    Notes
    -----
    Exact in the equal-area plane, to about 1e-11 of a cell.

    Examples
    --------
    >>> west, south, east, north = 139.75, 35.0, 139.7625, 35.0083333333333333
    >>> cell = shapely.box(west, south, east, north)
    >>> half = shapely.box(west, south, west + 0.00625, north)
    >>> common_shares(np.array([cell]), np.array([half]), "m3").share.round(9)
    array([0.5])
    """
    grid = level_named(level)
    with mapper(workers) as each:
        one = _Side.of(read_layer(a, group_a, grid, each))
        other = _Side.of(read_layer(b, group_b, grid, each))
        one, other = _met(one, other)
        share = _shares(one, other, each)
    order = np.lexsort((cell_of(one.key), other.number(), one.number()))
    order = order[share[order] > TOLERANCE]
    return CommonShares(
        one.number()[order],
        other.number()[order],
        code_of(*row_column(one.key[order]), grid),
        share[order],
    )


def _met(one: _Side, other: _Side) -> tuple[_Side, _Side]:
    """Bring together what the sides have in the same cell, by key of the first."""
    cell = cell_of(other.key)
    order = np.argsort(cell, kind="stable")
    wanted, cell = cell_of(one.key), cell[order]
    start = np.searchsorted(cell, wanted)
    count = np.searchsorted(cell, wanted, side="right") - start
    at = np.repeat(start, count) + counter(count)
    return one.take(np.repeat(np.arange(len(count)), count)), other.take(order[at])


def _shares(one: _Side, other: _Side, each: Mapper) -> FloatArray:
    """Share of each cell: known where one side is whole and the other one part."""
    share = one.first_share() * other.first_share()
    is_known = (one.is_full() & (other.count < 2)) | (other.is_full() & (one.count < 2))
    one, other = one.take(~is_known), other.take(~is_known)
    blocks = [
        (one.take(slice(*block)), other.take(slice(*block)))
        for block in stretches(one.pieces() + other.pieces())
    ]
    swept = each(_covered, blocks)
    share[~is_known] = np.concatenate([np.zeros(0), *swept])
    return share


def _covered(sides: tuple[_Side, _Side]) -> FloatArray:
    """Share of each cell that both sides cover."""
    return covered(_bag(sides[0], 0).with_(_bag(sides[1], 1)))


def _bag(side: _Side, channel: int) -> Bag:
    """Parts of the cells; where the layer is full, one that covers the cell."""
    at = np.repeat(side.start, side.count) + counter(side.count)
    wanted = distinct(at)
    parts = side.layer.parts.take(wanted)
    part, pieces = side.layer.pieces(parts)
    start = np.searchsorted(part, np.arange(len(wanted) + 1))
    source = np.searchsorted(wanted, at)
    count = np.diff(start)[source]
    copied = pieces.take(np.repeat(start[source], count) + counter(count))
    full = np.flatnonzero(side.is_full())
    cells = len(side.key)
    cell = np.repeat(np.arange(cells), side.count)
    return Bag(
        cells,
        2,
        np.concatenate([cell, full]),
        np.full(len(cell) + len(full), channel),
        np.concatenate([parts.west[source], np.ones(len(full))]),
        np.repeat(np.arange(len(at)), count),
        *copied.ends(),
    )
