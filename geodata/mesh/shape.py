"""Where the cells lie: corners, bounds, centres and areas."""

from functools import cache
from typing import overload

import numpy as np

from geodata.mesh.arrays import FloatArray, Int64Array, ManyInts, as_given, read_only
from geodata.mesh.cells import as_codes, row_column
from geodata.mesh.levels import UAS_PER_DEGREE, WEST_UAS, Level, level_named

SEMI_MAJOR_M = 6_378_137.0
"""Semi-major axis of the GRS80 ellipsoid, in metres."""

INVERSE_FLATTENING = 298.257222101
"""Inverse flattening of the GRS80 ellipsoid."""

_FLATTENING = 1 / INVERSE_FLATTENING


@overload
def decode(codes: int, level: str) -> tuple[float, float]: ...
@overload
def decode(codes: ManyInts, level: str) -> tuple[FloatArray, FloatArray]: ...
def decode(
    codes: int | ManyInts, level: str
) -> tuple[float | FloatArray, float | FloatArray]:
    """South-west corner of each cell.

    Parameters
    ----------
    codes : int or array of int, any shape
        Mesh codes. Not modified.
    level : str
        Level name, such as ``"m4"``.

    Returns
    -------
    lon, lat : float or array of float64, shape of `codes`
        Degrees, the float nearest to the exact corner; `encode` gives the code back.

    Raises
    ------
    MeshCodeError
        A code is impossible at `level`; the message names the first one.

    Examples
    --------
    >>> decode(533946, "m2")
    (139.75, 35.666666666666664)
    """
    grid = level_named(level)
    row, column = row_column(as_codes(codes), grid)
    lon, lat = grid.lon_edges.take(column), grid.lat_edges.take(row)
    return as_given(lon), as_given(lat)


@overload
def center(codes: int, level: str) -> tuple[float, float]: ...
@overload
def center(codes: ManyInts, level: str) -> tuple[FloatArray, FloatArray]: ...
def center(
    codes: int | ManyInts, level: str
) -> tuple[float | FloatArray, float | FloatArray]:
    """Centre of each cell, half way between its edges in degrees.

    Parameters
    ----------
    codes : int or array of int, any shape
        Mesh codes. Not modified.
    level : str
        Level name, such as ``"m4"``.

    Returns
    -------
    lon, lat : float or array of float64, shape of `codes`
        Degrees, the float nearest to the exact centre.

    Raises
    ------
    MeshCodeError
        A code is impossible at `level`; the message names the first one.
    """
    grid = level_named(level)
    row, column = row_column(as_codes(codes), grid)
    x = column * grid.lon_uas + (WEST_UAS + grid.lon_uas // 2)
    y = row * grid.lat_uas + grid.lat_uas // 2
    return as_given(x / UAS_PER_DEGREE), as_given(y / UAS_PER_DEGREE)


@overload
def bounds(codes: int, level: str) -> tuple[float, float, float, float]: ...
@overload
def bounds(codes: ManyInts, level: str) -> FloatArray: ...
def bounds(
    codes: int | ManyInts, level: str
) -> tuple[float, float, float, float] | FloatArray:
    """West, south, east and north edge of each cell.

    Parameters
    ----------
    codes : int or array of int, any shape
        Mesh codes. Not modified.
    level : str
        Level name, such as ``"m4"``.

    Returns
    -------
    tuple of four floats, or array of float64, shape of `codes` plus ``(4,)``
        Degrees. Cells that touch share the very same float on their edge.

    Raises
    ------
    MeshCodeError
        A code is impossible at `level`; the message names the first one.

    Examples
    --------
    >>> bounds(533946, "m2")
    (139.75, 35.666666666666664, 139.875, 35.75)
    """
    grid = level_named(level)
    row, column = row_column(as_codes(codes), grid)
    edges = np.stack(edges_of(row, column, grid), axis=-1)
    if row.shape:
        return edges
    west, south, east, north = edges.tolist()
    return west, south, east, north


@overload
def area_m2(codes: int, level: str) -> float: ...
@overload
def area_m2(codes: ManyInts, level: str) -> FloatArray: ...
def area_m2(codes: int | ManyInts, level: str) -> float | FloatArray:
    """Area of each cell on the GRS80 ellipsoid.

    Parameters
    ----------
    codes : int or array of int, any shape
        Mesh codes. Not modified.
    level : str
        Level name, such as ``"m4"``.

    Returns
    -------
    float or array of float64, shape of `codes`
        Square metres, between the parallels and meridians of the cell.

    Raises
    ------
    MeshCodeError
        A code is impossible at `level`; the message names the first one.

    Notes
    -----
    Closed formula for the zone between two parallels of an oblate ellipsoid; all
    cells of a row have one area.
    """
    grid = level_named(level)
    row, _ = row_column(as_codes(codes), grid)
    return as_given(_area_by_row(grid).take(row))


def edges_of(
    row: Int64Array, column: Int64Array, level: Level
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """West, south, east and north edges, each the float nearest to the exact one."""
    lon, lat = level.lon_edges, level.lat_edges
    return lon.take(column), lat.take(row), lon.take(column + 1), lat.take(row + 1)


def zone(lat: FloatArray) -> FloatArray:
    """Area from the equator to each latitude, in units of b^2 / 2 per radian of width.

    The northing of every cylindrical equal-area projection (EPSG:6933 among them) is
    a multiple of it.
    """
    e = np.sqrt(_FLATTENING * (2 - _FLATTENING))
    sine = np.sin(np.radians(lat))
    area: FloatArray = sine / (1 - (e * sine) ** 2) + np.arctanh(e * sine) / e
    return area


@cache
def _area_by_row(level: Level) -> FloatArray:
    semi_minor_m = SEMI_MAJOR_M * (1 - _FLATTENING)
    width = np.radians(level.lon_uas / UAS_PER_DEGREE)
    return read_only(semi_minor_m**2 * width / 2 * np.diff(zone(level.lat_edges)))
