"""Share of every cell that the union of many polygons covers."""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.mesh.arrays import FloatArray, Int64Array
from geodata.mesh.cells import code_of
from geodata.mesh.levels import level_named
from geodata.mesh.overlay.bag import Bag, in_blocks
from geodata.mesh.overlay.green import CellShares
from geodata.mesh.overlay.keys import CELL_BITS, position_in, row_column, starts_of
from geodata.mesh.overlay.layer import Layer, Mapper, Parts, read_layer
from geodata.mesh.overlay.sweep import covered
from geodata.mesh.overlay.workers import mapper

_FEWEST, _MOST = 1 << 17, 1 << 20  # pieces that are swept together


def union_shares(
    polygons: NDArray[Any],
    level: str,
    *,
    group: NDArray[Any] | None = None,
    workers: int = 1,
) -> CellShares:
    """Share of each cell that the union of the polygons of each group covers.

    Parameters
    ----------
    polygons : array of shapely Polygon or MultiPolygon, shape (n,)
        Each valid, in degrees (JGD2011). They may overlap, abut, hold and repeat each
        other at will. Empty ones and None cover nothing. Not modified.
    level : str
        Level name, such as ``"m4"``.
    group : int64 array, shape (n,), optional
        Number of the group of each polygon. Default: all in one group, 0.
    workers : int
        Threads. The answer is the same to the last bit.

    Returns
    -------
    CellShares
        One entry per group and cell of which more than 1e-12 is covered; `polygon` is
        the number of the group, and `is_edge` is false where one polygon of the group
        holds the cell wholly inside.

    Raises
    ------
    CoordinateError
        A vertex lies outside the grid, or rings of one polygon overlap or cross, as
        far as `cell_shares` notices.
    ValueError
        Not one row of polygons, or not one group for each.

    Notes
    -----
    Exact in the equal-area plane, to about 1e-11 of a cell. Polygons are not united:
    each is split at the grid lines (`cell_shares`), and only in cells that none of
    them covers alone and more than one reaches are their pieces looked at together.
    What one polygon covers of a cell is passed over where it is less than 1e-12 of it.

    Examples
    --------
    >>> west, south, east, north = 139.75, 35.0, 139.7625, 35.0083333333333333
    >>> cell = shapely.box(west, south, east, north)
    >>> union_shares(np.array([cell, cell]), "m3").share
    array([1.])
    """
    grid = level_named(level)
    with mapper(workers) as each:
        layer = read_layer(polygons, group, grid, each)
        cell, share = united(layer, each)
    key = np.concatenate([layer.full, cell])
    order = np.argsort(key, kind="stable")
    share = np.concatenate([np.ones(len(layer.full)), share])[order]
    key = key[order]
    return CellShares(
        layer.groups[key >> CELL_BITS],
        code_of(*row_column(key), grid),
        share,
        ~position_in(key, layer.inner)[1],
    )


def united(layer: Layer, each: Mapper) -> tuple[Int64Array, FloatArray]:
    """Cells that are covered in part, by key of group and cell, and their shares."""
    parts = layer.parts
    first = starts_of(parts.cell)
    cell, count = parts.cell[first], np.diff(first, append=len(parts.cell))
    share = parts.share[first]
    is_shared = count > 1
    contested = parts.take(np.repeat(is_shared, count))
    first = starts_of(contested.cell)
    bounds = np.append(first, len(contested.cell))
    total = np.append(0, np.cumsum(contested.pieces))[bounds]
    blocks = [
        contested.take(slice(bounds[start], bounds[stop]))
        for start, stop in stretches(np.diff(total))
    ]
    swept = each(partial(_covered, layer), blocks)
    share[is_shared] = np.concatenate([np.zeros(0), *swept])
    return cell, share


def stretches(pieces: FloatArray) -> list[tuple[int, int]]:
    """Cut cells into stretches that are swept in one go, by numbers of pieces."""
    return in_blocks(pieces, min(max(pieces.sum() / 8, _FEWEST), _MOST))


def _covered(layer: Layer, parts: Parts) -> FloatArray:
    """Share of each cell that its parts cover together."""
    part, pieces = layer.pieces(parts)
    first = starts_of(parts.cell)
    count = np.diff(first, append=len(parts.cell))
    return covered(
        Bag(
            len(first),
            1,
            np.repeat(np.arange(len(first)), count),
            np.zeros(len(parts.cell), np.int64),
            parts.west,
            part,
            *pieces.ends(),
        )
    )
