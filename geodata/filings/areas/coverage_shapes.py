"""Odd details of coverage areas: slivers, and holes smaller than a cell."""

from dataclasses import dataclass

import numpy as np
import shapely

from geodata.filings.areas.coverage_cells import cell_counts
from geodata.filings.areas.coverage_geometry import (
    Booleans,
    Floats,
    Shapes,
    area_m2,
    to_plane,
)


@dataclass(frozen=True)
class Details:
    """Details of one kind in some areas.

    Attributes
    ----------
    count, area_count : int
        How many there are, and in how many areas.
    area_m2 : float
        Their own area together, m2.
    most_at : int
        Position of the area that has most of them; of equals the first.
    lon, lat : float
        A vertex of the first of these in that area, degrees on JGD2011; NaN: none.
    """

    count: int
    area_count: int
    area_m2: float
    most_at: int
    lon: float
    lat: float


def slivers(geometry: Shapes, width_m: float, least_m2: float) -> Details:
    """Parts of areas that are very thin or very small.

    Parameters
    ----------
    geometry : ndarray of shapely geometry, shape (n,)
        Valid polygons and multipolygons in degrees on JGD2011.
    width_m : float
        Mean width (twice the area over the length of all rings) below which a part is
        thin. Lengths are those of EPSG:6933, good to a quarter in Japan.
    least_m2 : float
        Area below which it is small.
    """
    parts, owner = shapely.get_parts(geometry, return_index=True)
    plane = to_plane(parts)
    area, length = shapely.area(plane), shapely.length(plane)
    is_sliver = (2 * area < width_m * length) | (area < least_m2)
    return _details(parts, area, owner, is_sliver)


def small_holes(geometry: Shapes) -> Details:
    """Holes smaller than the 500 m cell they lie in.

    Parameters
    ----------
    geometry : ndarray of shapely geometry, shape (n,)
        Valid polygons and multipolygons in degrees on JGD2011.
    """
    parts, of_part = shapely.get_parts(geometry, return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    is_hole = np.append(False, of_ring[1:] == of_ring[:-1])[: len(rings)]
    holes = shapely.polygons(rings[is_hole])
    is_small = cell_counts(holes) < 1
    area = np.zeros(len(holes))
    area[is_small] = area_m2(holes[is_small])
    return _details(holes, area, of_part[of_ring[is_hole]], is_small)


def _details(
    shapes: Shapes, area: Floats, owner: np.ndarray, is_meant: Booleans
) -> Details:
    counts = np.bincount(owner[is_meant], minlength=1)
    most_at = int(np.argmax(counts))
    first = shapes[is_meant & (owner == most_at)][:1]
    lon, lat = next(iter(shapely.get_coordinates(first)), (np.nan, np.nan))
    return Details(
        int(is_meant.sum()),
        int(np.count_nonzero(counts)),
        float(area[is_meant].sum()),
        most_at,
        float(lon),
        float(lat),
    )
