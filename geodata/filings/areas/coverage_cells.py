"""Coverage areas on 500 m cells: how many they reach, and how much of each."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely

from geodata import mesh
from geodata.filings.areas.coverage_geometry import (
    Booleans,
    Floats,
    Shapes,
    edges_of,
    to_plane,
)
from geodata.filings.row_rules.land_cells import (
    coast_cells,
    distance_km,
    is_land,
    prefecture_sets_around,
)
from geodata.mesh.levels import UAS_PER_DEGREE, level_named
from geodata.mesh.overlay import CellShares, cell_shares

Integers = npt.NDArray[np.int64]

LEVEL = "m4"
"""Cells on which coverage is counted, some 500 m wide."""

CELLS_PER_EDGE = 8
"""Cells that an edge may cross before it counts as long."""

_CELLS_AT_ONCE = 1 << 21  # temporaries of some hundred MB
_SIZE = level_named(LEVEL)
_CELL = np.array([_SIZE.lon_uas, _SIZE.lat_uas]) / UAS_PER_DEGREE  # degrees


def cell_counts(geometry: Shapes) -> Floats:
    """Area of each shape as a number of cells; a cell's own is 1 wherever it lies."""
    return shapely.area(geometry) / _CELL.prod()


@dataclass(frozen=True)
class Reach:
    """About how many cells areas reach, told before any of them is cut.

    Attributes
    ----------
    cells : ndarray of float64, shape (n,)
        Cells that each area holds, grid lines that its edges cross, and its vertices;
        0 where there is no area.
    long_edges : ndarray of float64, shape (n,)
        Grid lines that its edges cross beyond `CELLS_PER_EDGE` each.
    """

    cells: Floats
    long_edges: Floats


def reach_of(geometry: Shapes) -> Reach:
    """Tell the cost of putting areas on cells.

    Parameters
    ----------
    geometry : ndarray of shapely geometry, shape (n,)
        Polygons and multipolygons in degrees with finite coordinates, or None.
    """
    start, end, owner = edges_of(geometry)
    crossed = np.abs((end - start) / _CELL).sum(axis=1)
    held = np.nan_to_num(cell_counts(geometry))
    edges = np.bincount(owner, crossed + 1, minlength=len(geometry))
    beyond = (crossed - CELLS_PER_EDGE).clip(min=0)
    long_edges = np.bincount(owner, beyond, minlength=len(geometry))
    return Reach(held + edges, long_edges.astype(np.float64))


@dataclass(frozen=True)
class CellSums:
    """What the areas of one layer cover of each cell that any of them reaches.

    Attributes
    ----------
    code : ndarray of int64, shape (n,)
        Cells, ascending.
    total, most : ndarray of float64, shape (n,)
        Sum of the shares of the areas, and the largest of them. What is covered lies
        between the largest and the sum, at most 1.

    What its properties and methods give in m2 is for each cell, shape (n,).
    """

    code: Integers
    total: Floats
    most: Floats

    @property
    def at_most(self) -> Floats:
        """Upper bound of the share of each cell that the layer covers."""
        return np.minimum(self.total, 1)

    @property
    def at_most_m2(self) -> Floats:
        """The same in m2."""
        return self.at_most * mesh.area_m2(self.code, LEVEL)

    @property
    def twice_m2(self) -> Floats:
        """Lower bound of what is drawn more than once, as often as it is, in m2."""
        return (self.total - 1).clip(min=0) * mesh.area_m2(self.code, LEVEL)

    @property
    def off_land_m2(self) -> Floats:
        """The upper bound where neither the 1 km cell nor one beside it is land."""
        return np.where(is_off_land(self.code // 10), self.at_most_m2, 0)

    def beyond_m2(self, other: "CellSums") -> Floats:
        """Lower bound of what these cover and those of `other` do not, in m2."""
        code = np.append(other.code, -1)
        at_most = np.append(other.at_most, 0.0)
        at = np.searchsorted(other.code, self.code)
        held = np.where(code[at] == self.code, at_most[at], 0.0)
        beyond = (self.most - held).clip(min=0)
        return beyond * mesh.area_m2(self.code, LEVEL)

    def with_(self, other: "CellSums") -> "CellSums":
        """These and the others together."""
        code = np.concatenate([self.code, other.code])
        total = np.concatenate([self.total, other.total])
        return _summed(code, total, np.concatenate([self.most, other.most]))


_NOTHING = CellSums(np.zeros(0, np.int64), np.zeros(0), np.zeros(0))


@dataclass
class Measured:
    """One layer of areas on cells.

    Attributes
    ----------
    far_m2 : ndarray of float64, shape (n,)
        What of each area lies far from land.
    far_cell : ndarray of int64, shape (n,)
        Cell in which most of that lies, of equals the first; 0: none.
    is_refused : ndarray of bool, shape (n,)
        Its rings cross or turn over in the equal-area plane: it has no shares of cells.
    sums : CellSums
    """

    far_m2: Floats
    far_cell: Integers
    is_refused: Booleans
    sums: CellSums = field(default=_NOTHING)


def measure(geometry: Shapes, cells: Floats, far_km: float) -> Measured:
    """Put the areas of one layer on cells, a block of areas at a time.

    Parameters
    ----------
    geometry : ndarray of shapely geometry, shape (n,)
        Valid, in degrees on JGD2011, within longitude 122 to 154 and latitude 20 to 46.
    cells : ndarray of float64, shape (n,)
        As `reach_of` tells; decides the blocks.
    far_km : float
        Distance from the nearest listed 1 km cell of land from which on a place is
        far from it.
    """
    count = len(geometry)
    layer = Measured(np.zeros(count), np.zeros(count, np.int64), np.zeros(count, bool))
    for block in _blocks(cells):
        shares, refused = _shares(geometry[block])
        layer.is_refused[block][refused] = True
        far = np.flatnonzero(_is_far(shares.code // 10, far_km))
        far_m2 = shares.share[far] * mesh.area_m2(shares.code[far], LEVEL)
        size = block.stop - block.start
        of_area, code = shares.polygon[far], shares.code[far]
        layer.far_m2[block] = np.bincount(of_area, far_m2, size)
        order = np.lexsort((-code, far_m2.round(), of_area))
        last = order[np.diff(of_area[order], append=-1) != 0]
        layer.far_cell[block][of_area[last]] = code[last]
        sums = _summed(shares.code, shares.share, shares.share)
        layer.sums = layer.sums.with_(sums)
    return layer


def crosses_in_plane(geometry: Shapes) -> Booleans:
    """Whether rings cross once their edges are straight in the equal-area plane.

    An edge that is straight in longitude and latitude is slightly bent there, so that
    an area with long edges can be valid in degrees only.
    """
    return ~shapely.is_valid(to_plane(geometry))


def is_off_land(mesh3: Integers) -> Booleans:
    """Whether neither each 1 km cell nor one of its neighbours is listed as land."""
    is_off = ~is_land(mesh3)
    cells, back = np.unique(mesh3[is_off], return_inverse=True)
    is_off[is_off] = (prefecture_sets_around(cells) == 0)[back]
    return is_off


def _is_far(mesh3: Integers, far_km: float) -> Booleans:
    is_far = is_off_land(mesh3)
    cells, back = np.unique(mesh3[is_far], return_inverse=True)
    if len(cells):
        is_far[is_far] = (distance_km(cells, coast_cells()) > far_km)[back]
    return is_far


def _blocks(cells: Floats) -> Iterator[slice]:
    """Runs of areas that reach `_CELLS_AT_ONCE` together, or one that alone does."""
    ends, start = np.cumsum(cells), 0
    while start < len(cells):
        done = ends[start - 1] if start else 0
        stop = int(np.searchsorted(ends, done + _CELLS_AT_ONCE, side="right"))
        yield slice(start, max(stop, start + 1))
        start = max(stop, start + 1)


def _shares(geometry: Shapes) -> tuple[CellShares, Integers]:
    """Shares of cells, and the positions of areas that can have none."""
    try:
        return cell_shares(geometry, LEVEL), np.zeros(0, np.int64)
    except mesh.CoordinateError:
        is_refused = crosses_in_plane(geometry)
        left = np.flatnonzero(~is_refused)
        is_refused[_refused(geometry, left)] = True
        kept = geometry.copy()
        kept[is_refused] = None
        return cell_shares(kept, LEVEL), np.flatnonzero(is_refused)


def _refused(geometry: Shapes, at: Integers) -> Integers:
    """Those of the areas `at` that have no shares of cells, found by halving."""
    try:
        cell_shares(geometry[at], LEVEL)
    except mesh.CoordinateError:
        if len(at) == 1:
            return at
        halves = np.array_split(at, 2)
        return np.concatenate([_refused(geometry, half) for half in halves])
    return at[:0]


def _summed(code: Integers, total: Floats, most: Floats) -> CellSums:
    order = np.argsort(code, kind="stable")
    code = code[order]
    first = np.flatnonzero(np.diff(code, prepend=-1))
    if not len(first):
        return _NOTHING
    total = np.add.reduceat(total[order], first)
    return CellSums(code[first], total, np.maximum.reduceat(most[order], first))
