"""The equal-area plane in which edges are straight: longitude beside northing."""

import numpy as np
import numpy.typing as npt

from geodata.mesh.shape import INVERSE_FLATTENING, zone

Floats = npt.NDArray[np.float64]

_FLATTENING = 1 / INVERSE_FLATTENING
E2 = _FLATTENING * (2 - _FLATTENING)
"""Square of the eccentricity of the GRS80 ellipsoid."""

_POLE = zone(np.array([90.0])).item()


def to_plane(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Longitude as it is, and northing (see :func:`geodata.mesh.shape.zone`).

    A multiple of the coordinates of EPSG:6933 on GRS80, to the last digits, which
    its implementation in PROJ has only to a millimetre.
    """
    return lon, zone(lat)


def from_plane(lon: Floats, northing: Floats) -> tuple[Floats, Floats]:
    """Longitude and latitude in degrees; the way back of :func:`to_plane`."""
    start = np.degrees(np.arcsin(northing / _POLE))  # off by 0.13 degree at most
    return lon, latitude_of(northing, start)


def latitude_of(northing: Floats, start: Floats) -> Floats:
    """Latitudes in degrees with a northing, for latitudes up to some 80 degrees.

    Parameters
    ----------
    northing : float64 array
        As of :func:`to_plane`.
    start : float64 array, broadcasting with `northing`
        Latitudes not far from those wanted, such as 0.2 degree.
    """
    lat = start + (northing - zone(start)) / _slope(start)
    for _ in range(2):  # each step squares the error, which now is 1e-5 at most
        lat = lat - (zone(lat) - northing) / _slope(lat)
    return lat


def _slope(lat: Floats) -> Floats:
    """Northing per degree of latitude."""
    sine, cosine = np.sin(np.radians(lat)), np.cos(np.radians(lat))
    slope: Floats = np.radians(2 * cosine / (1 - E2 * sine**2) ** 2)
    return slope
