"""Geometry straight from codes: WKB and shapely polygons."""

from collections.abc import Iterator
from typing import Any, overload

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.mesh.arrays import FloatArray, Int64Array, ManyInts
from geodata.mesh.cells import as_codes, row_column, row_column_blocks
from geodata.mesh.levels import Level, level_named
from geodata.mesh.shape import edges_of

WKB_BYTES = 93
"""Length of the WKB of a cell: a header of 13 bytes and five points of 16."""

_WKB = np.dtype(
    [
        ("byte_order", "u1"),
        ("geometry_type", "<u4"),
        ("ring_count", "<u4"),
        ("point_count", "<u4"),
        ("ring", "<f8", 10),
    ]
)
_WKB_HEADER = np.array((1, 3, 1, 5, 0.0), dtype=_WKB)
_WKB_BLOCK = 1 << 13
# Bytes without fields, which NumPy turns into Python bytes of full length; its "S"
# would cut trailing zero bytes off, and Arrow stops an "S" at the first zero byte.
_OPAQUE = np.dtype(f"V{WKB_BYTES}")


@overload
def to_wkb(codes: int, level: str) -> bytes: ...
@overload
def to_wkb(codes: ManyInts, level: str) -> NDArray[Any]: ...
def to_wkb(codes: int | ManyInts, level: str) -> bytes | NDArray[Any]:
    """Polygon of each cell as well-known binary (WKB).

    Parameters
    ----------
    codes : int or array of int, any shape
        Mesh codes. Not modified.
    level : str
        Level name, such as ``"m4"``.

    Returns
    -------
    bytes or array of bytes, shape of `codes`
        93 bytes each, little-endian, counter-clockwise from the south-east corner:
        what ``shapely.to_wkb(shapely.box(west, south, east, north))`` gives, as an
        object array. The CRS is JGD2011 (EPSG:6668).

    Raises
    ------
    MeshCodeError
        A code is impossible at `level`; the message names the first one.
    """
    array = as_codes(codes)
    wkb = np.empty(array.size, dtype=object)
    for part, block in _wkb_blocks(array, level_named(level)):
        wkb[part] = block
    return wkb.reshape(array.shape) if array.ndim else bytes(wkb[0])


def wkb_bytes(codes: int | ManyInts, level: str) -> NDArray[np.uint8]:
    """Polygon of each cell as the bytes of its WKB, one after the other.

    Parameters
    ----------
    codes : int or array of int, any shape
        Mesh codes. Not modified.
    level : str
        Level name, such as ``"m4"``.

    Returns
    -------
    array of uint8, shape of `codes` plus ``(93,)``
        Contiguous, so that Arrow can use it as it is; see `to_wkb`.

    Raises
    ------
    MeshCodeError
        A code is impossible at `level`; the message names the first one.
    """
    array = as_codes(codes)
    wkb = np.empty(array.size, dtype=_OPAQUE)
    for part, block in _wkb_blocks(array, level_named(level)):
        wkb[part] = block
    return wkb.view(np.uint8).reshape(*array.shape, WKB_BYTES)


def _wkb_blocks(
    codes: Int64Array, level: Level
) -> Iterator[tuple[slice, NDArray[np.void]]]:
    """Give slices of the flat codes with their WKB, which the next block overwrites."""
    cells = np.full(min(codes.size, _WKB_BLOCK), _WKB_HEADER, dtype=_WKB)
    for part, row, column in row_column_blocks(codes, level, _WKB_BLOCK):
        block = cells[: row.size]
        _set_ring(block["ring"], row, column, level)
        yield part, block.view(_OPAQUE)


def _set_ring(
    ring: FloatArray, row: Int64Array, column: Int64Array, level: Level
) -> None:
    """Write x and y of south-east, north-east, north-west, south-west, south-east."""
    west, south, east, north = edges_of(row, column, level)
    for place, values in enumerate(
        (east, south, east, north, west, north, west, south, east, south)
    ):
        ring[:, place] = values


@overload
def to_polygons(codes: int, level: str) -> shapely.Polygon: ...
@overload
def to_polygons(codes: ManyInts, level: str) -> NDArray[Any]: ...
def to_polygons(codes: int | ManyInts, level: str) -> shapely.Polygon | NDArray[Any]:
    """Polygon of each cell as a shapely geometry.

    Parameters
    ----------
    codes : int or array of int, any shape
        Mesh codes. Not modified.
    level : str
        Level name, such as ``"m4"``.

    Returns
    -------
    Polygon or array of Polygon, shape of `codes`
        Degrees, counter-clockwise from the south-east corner. The CRS is JGD2011
        (EPSG:6668).

    Raises
    ------
    MeshCodeError
        A code is impossible at `level`; the message names the first one.
    """
    grid = level_named(level)
    row, column = row_column(as_codes(codes), grid)
    return shapely.box(*edges_of(row, column, grid))
