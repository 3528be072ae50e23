"""Which polygon holds a point: by 1 km cell, and exactly only where an edge passes."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import shapely

from geodata import mesh
from geodata.mesh.overlay import cell_shares

NOWHERE = -1
"""Position given for a point that no polygon holds."""

_LEVEL = "m3"

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PolygonLocator:
    """Polygons with the crosswalk of their cells in place.

    Attributes
    ----------
    polygons : array of shapely geometries
        As given, in order of preference.
    cell : int64 array
        1 km cells that any polygon reaches, ascending.
    start : int64 array, length of `cell` + 1
        Where each cell's candidates begin in `candidate`.
    candidate : int64 array
        Polygons that reach the cell, ascending.
    inside : int64 array, length of `cell`
        The one polygon that holds the whole cell; `NOWHERE` where an edge passes or
        several polygons meet, so that points there need the exact test.
    """

    polygons: npt.NDArray[np.object_]
    cell: Integers
    start: Integers
    candidate: Integers
    inside: Integers

    @classmethod
    def of(cls, polygons: npt.NDArray[np.object_]) -> Self:
        """Lay polygons over the 1 km grid.

        Parameters
        ----------
        polygons : array of shapely Polygon or MultiPolygon, shape (n,)
            Valid, in degrees. Where they overlap the earlier one wins.
        """
        shares = cell_shares(polygons, _LEVEL, plane="degrees")
        order = np.lexsort((shares.polygon, shares.code))
        code, candidate = shares.code[order], shares.polygon[order]
        cell, first, count = np.unique(code, return_index=True, return_counts=True)
        is_whole = (count == 1) & ~shares.is_edge[order][first]
        return cls(
            polygons=np.asarray(polygons, dtype=object),
            cell=cell,
            start=np.append(first, len(code)).astype(np.int64),
            candidate=candidate,
            inside=np.where(is_whole, candidate[first], NOWHERE),
        )

    def locate(self, lon: Floats, lat: Floats) -> Integers:
        """Position of the polygon that holds each point.

        Parameters
        ----------
        lon, lat : float64 arrays, shape (n,)
            Degrees, on the polygons' datum. Not modified.

        Returns
        -------
        int64 array, shape (n,)
            Position in the polygons given; a point on the border of several, or where
            they overlap, gets the earliest. `NOWHERE` outside all.
        """
        lon, lat = np.asarray(lon, float), np.asarray(lat, float)
        code = np.asarray(mesh.encode(lon, lat, _LEVEL))
        found = np.full(len(code), NOWHERE, np.int64)
        if not len(self.cell):
            return found
        at = np.searchsorted(self.cell, code).clip(max=len(self.cell) - 1)
        is_reached = self.cell[at] == code
        found[is_reached] = self.inside[at[is_reached]]
        in_doubt = np.flatnonzero(is_reached & (found == NOWHERE))
        found[in_doubt] = self._exactly(lon[in_doubt], lat[in_doubt], at[in_doubt])
        return found

    def _exactly(self, lon: Floats, lat: Floats, at: Integers) -> Integers:
        """Test each point against the candidates of its cell, polygon by polygon."""
        count = self.start[at + 1] - self.start[at]
        point = np.repeat(np.arange(len(at)), count)
        step = np.arange(len(point)) - np.repeat(np.cumsum(count) - count, count)
        candidate = self.candidate[np.repeat(self.start[at], count) + step]
        order = np.argsort(candidate, kind="stable")[::-1]  # the earliest is set last
        point, candidate = point[order], candidate[order]
        found = np.full(len(at), NOWHERE, np.int64)
        if not len(point):
            return found
        bounds = np.flatnonzero(np.diff(candidate, prepend=NOWHERE))
        for begin, end in zip(bounds, np.append(bounds[1:], len(point)), strict=True):
            polygon = self.polygons[candidate[begin]]
            points = point[begin:end]
            shapely.prepare(polygon)
            is_hit = shapely.intersects_xy(polygon, lon[points], lat[points])
            found[points[is_hit]] = candidate[begin]
        return found
