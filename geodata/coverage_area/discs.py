"""Discs on the ground as polygons whose area is that of the circle."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geodata.coverage_area.content import Integers
from geodata.coverage_area.plane import E2, latitude_of
from geodata.mesh.arrays import blocks
from geodata.mesh.shape import INVERSE_FLATTENING, SEMI_MAJOR_M, zone

Floats = npt.NDArray[np.float64]

CORNERS = 64

_QUARTER = CORNERS // 4
_AT_ONCE = 1 << 14  # discs; temporaries of about 50 MB
_SEMI_MINOR_M = SEMI_MAJOR_M * (1 - 1 / INVERSE_FLATTENING)


@dataclass(frozen=True)
class Discs:
    """Discs by place and radius, in that order; a disc's position is its number.

    Attributes
    ----------
    place : int64 array, shape (n,)
        Equal for discs round the same point, ascending.
    lon, lat : float64 arrays, shape (n,)
        Centres, degrees on JGD2011.
    radius_m : float64 array, shape (n,)
        Metres on the ground, ascending within a place.
    """

    place: Integers
    lon: Floats
    lat: Floats
    radius_m: Floats

    def widest(self, numbers: Integers) -> Integers:
        """Of ascending numbers those of the widest disc of each place."""
        place = self.place[numbers]
        return numbers[np.append(place[1:] != place[:-1], True)[: len(numbers)]]

    def polygons(self, numbers: Integers) -> npt.NDArray[np.object_]:
        """Polygon of each disc of those numbers."""
        lon, lat, radius_m = (
            values[numbers] for values in (self.lon, self.lat, self.radius_m)
        )
        made = [
            disc_polygons(lon[at], lat[at], radius_m[at])
            for at in blocks(len(numbers), _AT_ONCE)
        ]
        return np.concatenate([np.zeros(0, object), *made])


def disc_polygons(
    lon: Floats, lat: Floats, radius_m: Floats
) -> npt.NDArray[np.object_]:
    """Polygons of 64 corners that stand for circles on the ground.

    Parameters
    ----------
    lon, lat : float64 arrays, shape (n,)
        Centres in degrees.
    radius_m : float64 array, shape (n,)
        Some kilometres at most: the ground is taken as flat within a disc.

    Returns
    -------
    array of shapely Polygon, shape (n,)
        Degrees, counter-clockwise. In the equal-area plane each has the area of the
        circle, pi r^2; its corners lie 0.08 % outside of the circle.

    Notes
    -----
    A circle is an ellipse in that plane: as much wider as a parallel is stretched
    there, and as much lower. At 45 degrees north the ellipse of a circle of 3 km is off
    the true circle by less than 2 m.
    """
    step = 2 * np.pi / CORNERS
    corner = radius_m * np.sqrt(step / np.sin(step))
    sine = np.sin(np.radians(lat))
    parallel_m = SEMI_MAJOR_M * np.cos(np.radians(lat)) / np.sqrt(1 - E2 * sine**2)
    width = np.degrees(corner / parallel_m)
    height = corner * parallel_m * 2 / _SEMI_MINOR_M**2
    # Two corners stand on each parallel, so latitudes are found once for both.
    rises = np.sin(step * np.arange(-_QUARTER, _QUARTER + 1))
    northing = zone(lat)[:, None] + height[:, None] * rises
    norths = latitude_of(northing, lat[:, None])
    number = np.arange(CORNERS + 1) % CORNERS  # a ring ends exactly where it starts
    parallel = CORNERS // 2 - np.abs((number + _QUARTER) % CORNERS - CORNERS // 2)
    east = lon[:, None] + width[:, None] * np.cos(step * number)
    polygons: npt.NDArray[np.object_] = shapely.polygons(
        np.stack([east, norths[:, parallel]], axis=-1)
    )
    return polygons
