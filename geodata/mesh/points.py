"""From points to mesh codes: exact on every edge, because whole numbers decide."""

from typing import overload

import numpy as np

from geodata.errors import CoordinateError
from geodata.mesh.arrays import (
    FloatArray,
    Int64Array,
    ManyFloats,
    as_given,
    blocks,
    place,
)
from geodata.mesh.levels import (
    HEIGHT_UAS,
    UAS_PER_DEGREE,
    WEST_UAS,
    WIDTH_UAS,
    Level,
    level_named,
)

_ENCODE_BLOCK = 1 << 16

# Adding 1.5 * 2**52 to a float rounds it to the nearest whole number, half to even
# (IEEE 754), and leaves that number in the low bits: np.rint and the conversion to
# int64 in one step, three times as fast, and NaN, infinities and values outside the
# grid all become numbers beyond its end.
_ROUNDER = 1.5 * 2.0**52
_ROUNDER_BITS = int(np.float64(_ROUNDER).view(np.uint64))


@overload
def encode(lon: float, lat: float, level: str) -> int: ...
@overload
def encode(lon: ManyFloats, lat: ManyFloats, level: str) -> Int64Array: ...
def encode(
    lon: float | ManyFloats, lat: float | ManyFloats, level: str
) -> int | Int64Array:
    """Code of the cell (地域メッシュ) that holds each point.

    Parameters
    ----------
    lon, lat : float or array of float, equal shape
        Decimal degrees, JGD2011 (JGD2000 and WGS 84 count as equal). Longitude in
        [100, 200), latitude in [0, 66.67). Not modified.
    level : str
        Level name, such as ``"m4"``.

    Returns
    -------
    int or array of int64, shape of `lon`
        Mesh codes. Points at sea have one too.

    Raises
    ------
    CoordinateError
        A value is NaN, infinite or outside the grid, or the shapes differ; the
        message names the first point.
    MeshCodeError
        `level` is unknown.

    Notes
    -----
    Coordinates are rounded to micro-arc-seconds (0.03 mm), half to even; all that
    follows is integer arithmetic. Cells are half open: the south and the west edge
    belong to the cell, the north and the east edge to its neighbour (JIS X 0410).

    Examples
    --------
    >>> encode(139.767125, 35.681236, "m3")
    53394611
    """
    grid = level_named(level)
    x, y = _degrees(lon, "longitude"), _degrees(lat, "latitude")
    if x.shape != y.shape:
        raise CoordinateError(
            f"Longitude has shape {x.shape}, latitude {y.shape}; they must be equal."
        )
    codes = np.empty(x.shape, dtype=np.int64)
    with np.errstate(over="ignore"):  # 1e308 becomes infinite, and that is refused
        _encode_into(codes.reshape(-1), x.reshape(-1), y.reshape(-1), grid, x.shape)
    return as_given(codes)


def _degrees(values: float | ManyFloats, name: str) -> FloatArray:
    array = np.asarray(values)
    if array.dtype.kind in "USTMmcb":
        raise CoordinateError(f"{name} must be numbers in degrees, not {array.dtype}.")
    try:
        return array.astype(np.float64, copy=False)
    except (TypeError, ValueError) as error:
        raise CoordinateError(f"{name} must be numbers in degrees: {error}.") from error


def _encode_into(
    codes: Int64Array,
    lon: FloatArray,
    lat: FloatArray,
    level: Level,
    shape: tuple[int, ...],
) -> None:
    """Encode block by block, so that every temporary stays in the cache."""
    size = min(codes.size, _ENCODE_BLOCK)
    work = np.empty(size, dtype=np.float64)
    east = np.empty(size, dtype=np.int64)
    for part in blocks(codes.size, _ENCODE_BLOCK):
        count = part.stop - part.start
        code, scratch, column = codes[part], work[:count], east[:count]
        is_inside = _take_part(
            code, lat[part], 0, HEIGHT_UAS, level.lat_uas, level.row_part, scratch
        ) and _take_part(
            column,
            lon[part],
            WEST_UAS,
            WIDTH_UAS,
            level.lon_uas,
            level.column_part,
            scratch,
        )
        if not is_inside:
            raise _outside(lon, lat, shape)
        code += column


def _take_part(
    out: Int64Array,
    degrees: FloatArray,
    origin: int,
    extent: int,
    size: int,
    part: Int64Array,
    scratch: FloatArray,
) -> bool:
    """Write the code parts of one axis to `out`; False if a point is off the grid."""
    np.multiply(degrees, float(UAS_PER_DEGREE), out=scratch)
    np.add(scratch, _ROUNDER, out=scratch)
    uas = scratch.view(np.uint64)
    np.subtract(uas, np.uint64(_ROUNDER_BITS + origin), out=uas)
    if uas.max() >= extent:
        return False
    np.floor_divide(uas, np.uint64(size), out=uas)
    part.take(uas.view(np.int64), out=out, mode="clip")
    return True


def _outside(
    lon: FloatArray, lat: FloatArray, shape: tuple[int, ...]
) -> CoordinateError:
    """Name the first point that is not on the grid, and why."""
    x, y = np.rint(lon * UAS_PER_DEGREE) - WEST_UAS, np.rint(lat * UAS_PER_DEGREE)
    is_lon, is_lat = (x >= 0) & (x < WIDTH_UAS), (y >= 0) & (y < HEIGHT_UAS)
    first = int(np.argmin(is_lon & is_lat))
    rule = (
        "latitude must be a number in [0, 66.666667) degrees"
        if is_lon[first]
        else "longitude must be a number in [100, 200) degrees"
    )
    swapped = 20 <= lon[first] <= 46 and 122 <= lat[first] <= 154
    hint = "; the two look swapped: encode(lon, lat)" if swapped else ""
    return CoordinateError(
        f"{place(first, shape)}lon={float(lon[first])!r}, lat={float(lat[first])!r}: "
        f"{rule}{hint}."
    )
