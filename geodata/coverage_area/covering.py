"""Editions on 500 m cells: how much of each cell, and of its land, they cover."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geodata.coverage_area.content import NOTHING, Content, Integers, distinct
from geodata.coverage_area.land import Land
from geodata.coverage_area.layers import Layers
from geodata.coverage_area.on_cells import (
    LEAST_SHARE,
    LEVEL,
    CellValues,
    settled,
    touching,
    unions_on_cells,
)
from geodata.mesh.overlay import common_shares

Floats = npt.NDArray[np.float64]
Shapes = npt.NDArray[np.object_]

_CODES = 10**9  # mesh codes of 500 m cells have nine digits


@dataclass(frozen=True)
class Covered:
    """One content on cells.

    Attributes
    ----------
    cells : CellValues
        Covered area / area of the cell, over 0.
    land_share : float64 array, shape of ``cells.code``
        Covered land / land; NaN where the land of the cell is not known, or none.
    part : int64 array, shape (m,)
        Positions of covered parts of cells in :class:`Land`, ascending.
    part_share : float64 array, shape (m,)
        Covered land of the part / area of the cell, over 0.
    """

    cells: CellValues
    land_share: Floats
    part: Integers
    part_share: Floats


@dataclass
class _OnLand:
    """Parts of cells that a union meets, and its share there; NaN: to be cut."""

    part: Integers
    share: Floats

    def by_cell(self, land: Land) -> CellValues:
        """Covered land of each cell / area of the cell."""
        return CellValues.sums(land.code[self.part], self.share)


def covered_cells(
    contents: Sequence[Content], layers: Layers, land: Land, workers: int
) -> Iterator[Covered]:
    """Put contents on cells, as many at a time as memory allows.

    Parameters
    ----------
    contents : sequence of Content
        Each of them once.
    layers : Layers
        The polygons they name.
    land : Land
        Boundaries; without any nothing is known of the land of a cell.
    workers : int
        Threads.

    Yields
    ------
    Covered
        For each content. Shares are exact: geometry is cut only in cells that both an
        area's edge and an edge of land or of a municipality may pass.
    """
    for batch in layers.batches(contents):
        yield from _covered([contents[i] for i in batch], layers, land, workers)


def _covered(
    contents: list[Content], layers: Layers, land: Land, workers: int
) -> list[Covered]:
    """Of each content all polygons, and its filed ones alone where it has discs too.

    Discs count on land alone, filed areas count everywhere.
    """
    groups = [
        part
        for content in contents
        for part in (content, Content(_base_rows(content), NOTHING))
    ]
    polygons = layers.polygons(groups)
    unions = _unions(polygons, workers)
    on_land = [_on_land(land, union) for union in unions]
    _cut(on_land, polygons, land, workers)
    found = []
    for at, content in enumerate(contents):
        every, base = unions[2 * at : 2 * at + 2]
        covered = on_land[2 * at]
        if len(content.discs):
            sums = [meeting.by_cell(land) for meeting in on_land[2 * at : 2 * at + 2]]
            every = _clipped(every, base, sums[0], sums[1], land)
        found.append(_result(every, covered, land))
    return found


def _base_rows(content: Content) -> Integers:
    return content.rows if len(content.discs) else NOTHING


def _unions(polygons: list[Shapes], workers: int) -> list[CellValues]:
    count = len(polygons)
    group = np.repeat(np.arange(count), [len(shapes) for shapes in polygons])
    return unions_on_cells(np.concatenate(polygons), group, count, workers)


def _on_land(land: Land, union: CellValues) -> _OnLand:
    """Shares of the parts that need no cutting: the cell or its land is whole."""
    share = union.at(land.code)
    part = np.flatnonzero(share)
    share, own = share[part], land.share[part]
    is_whole = own >= 1 - LEAST_SHARE
    found = np.where(share == 1, own, np.where(is_whole, share, np.nan))
    return _OnLand(part, found)


def _cut(
    on_land: list[_OnLand], polygons: list[Shapes], land: Land, workers: int
) -> None:
    """Fill in the shares that only the geometry can tell, all of them in one go."""
    open_parts = [meeting.part[np.isnan(meeting.share)] for meeting in on_land]
    cells = [distinct(land.code[part]) for part in open_parts]
    every_cell = distinct(np.concatenate(cells))
    if not len(every_cell):
        return
    near = [
        shapes[touching(shapes, codes)]
        for shapes, codes in zip(polygons, cells, strict=True)
    ]
    is_near = touching(land.parts, every_cell)
    common = common_shares(
        np.concatenate(near),
        land.parts[is_near],
        LEVEL,
        group_a=np.repeat(np.arange(len(near)), [len(shapes) for shapes in near]),
        group_b=land.part_owner[is_near],
        workers=workers,
    )
    owners = len(land.names)
    key = (common.group_a * owners + common.group_b) * _CODES + common.code
    order = np.argsort(key, kind="stable")
    known = CellValues(key[order], common.share[order])
    for group, (meeting, part) in enumerate(zip(on_land, open_parts, strict=True)):
        wanted = (group * owners + land.owner[part]) * _CODES + land.code[part]
        meeting.share[np.isnan(meeting.share)] = settled(known.at(wanted))


def _clipped(
    every: CellValues,
    base: CellValues,
    every_on_land: CellValues,
    base_on_land: CellValues,
    land: Land,
) -> CellValues:
    """Share of base, and of what the discs add to it on land.

    In a cell of the coast that is the base's part off the land, and on the land what
    both of them cover.
    """
    code = every.code
    of_land, own = land.share_of(code), base.at(code)
    coast = own - base_on_land.at(code) + every_on_land.at(code)
    on_coast = np.clip(coast, own, every.value)
    is_inland, is_sea = of_land >= 1 - LEAST_SHARE, of_land <= LEAST_SHARE
    share = np.where(is_inland, every.value, np.where(is_sea, own, on_coast))
    clipped = CellValues(code, settled(share))
    return clipped.where(clipped.value > 0)


def _result(cells: CellValues, on_land: _OnLand, land: Land) -> Covered:
    covered = on_land.by_cell(land)
    there = CellValues.sums(land.code[on_land.part], land.share[on_land.part])
    of_land = there.at(cells.code)
    is_known = (of_land > 0) & ~land.is_unknown(cells.code)
    land_share = np.full(len(cells.code), np.nan)
    np.divide(covered.at(cells.code), of_land, out=land_share, where=is_known)
    land_share[is_known] = settled(land_share[is_known])
    is_covered = on_land.share > LEAST_SHARE
    return Covered(
        cells, land_share, on_land.part[is_covered], on_land.share[is_covered]
    )
