"""Values of 500 m cells, and the share of each that unions of polygons cover."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely

from geodata import mesh
from geodata.coverage_area.content import Integers, first_of_runs
from geodata.mesh.overlay import union_shares

Floats = npt.NDArray[np.float64]
Shapes = npt.NDArray[np.object_]

LEVEL = "m4"

LEAST_SHARE = 1e-9
"""Of a cell, under 1 mm2: less is rounding, and so is less missing from a whole."""

_DECIMALS = 12


@dataclass(frozen=True)
class CellValues:
    """A number for each of some cells, 0 elsewhere; codes ascending, each once."""

    code: Integers
    value: Floats

    @classmethod
    def sums(cls, code: Integers, values: Floats) -> "CellValues":
        """Sum of the values of each cell; codes ascending, repeated at will."""
        first = np.flatnonzero(first_of_runs(code))
        total = np.add.reduceat(values, first) if len(first) else values
        return cls(code[first], total)

    def at(self, code: Integers) -> Floats:
        """Numbers of the cells asked for."""
        if not len(self.code):
            return np.zeros(len(code))
        at = np.searchsorted(self.code, code).clip(max=len(self.code) - 1)
        return np.where(self.code[at] == code, self.value[at], 0.0)

    def where(self, is_meant: npt.NDArray[np.bool_]) -> "CellValues":
        """Some of the cells."""
        return CellValues(self.code[is_meant], self.value[is_meant])


def settled(share: Floats) -> Floats:
    """Shares to twelve decimals; next to nothing is 0 and next to all is 1.

    The kernel is exact to some 1e-11; what it leaves beyond that would differ between
    machines.
    """
    rounded = share.round(_DECIMALS)
    rounded[rounded <= LEAST_SHARE] = 0.0
    rounded[rounded >= 1 - LEAST_SHARE] = 1.0
    return rounded


def unions_on_cells(
    polygons: Shapes, group: Integers, count: int, workers: int
) -> list[CellValues]:
    """Share of each cell of Japan that the union of each group covers.

    Parameters
    ----------
    polygons : array of shapely Polygon or MultiPolygon, shape (n,)
        Valid, degrees, within the grid.
    group : int64 array, shape (n,)
        Numbers under `count`.
    count : int
        How many groups there are, with polygons or without.
    workers : int
        Threads.

    Returns
    -------
    list of CellValues
        For each group its cells with a share over 0, settled; those outside the 176
        primary meshes with land are left out.
    """
    shares = union_shares(polygons, LEVEL, group=group, workers=workers)
    share = settled(shares.share)
    is_kept = (share > 0) & np.asarray(mesh.is_japanese(shares.code, LEVEL))
    code, share, owner = shares.code[is_kept], share[is_kept], shares.polygon[is_kept]
    ends = np.searchsorted(owner, np.arange(count + 1))
    found = []
    for first, last in pairwise(ends):
        order = np.argsort(code[first:last], kind="stable") + first
        found.append(CellValues(code[order], share[order]))
    return found


def touching(polygons: Shapes, code: Integers) -> npt.NDArray[np.bool_]:
    """Whether the bounds of each polygon meet any of the cells."""
    is_meant = np.zeros(len(polygons), bool)
    if len(polygons) and len(code):
        cells = shapely.box(*mesh.bounds(code, LEVEL).T)
        is_meant[shapely.STRtree(polygons).query(cells)[1]] = True
    return is_meant
