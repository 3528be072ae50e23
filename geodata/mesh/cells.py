"""Codes as whole numbers, checked, and the rows and columns that they stand for."""

from collections.abc import Iterator
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from geodata.errors import MeshCodeError
from geodata.mesh.arrays import (
    BLOCK,
    BoolArray,
    Int64Array,
    ManyInts,
    as_given,
    blocks,
    place,
)
from geodata.mesh.levels import NO_CELL, PACK_BITS, Level, level_named
from geodata.mesh.primary import is_primary_mesh


@overload
def is_possible(codes: int, level: str) -> bool: ...
@overload
def is_possible(codes: ManyInts, level: str) -> BoolArray: ...
def is_possible(codes: int | ManyInts, level: str) -> bool | BoolArray:
    """Tell whether the digits of each code can stand at `level`.

    Parameters
    ----------
    codes : int or array of int, any shape
        Codes as whole numbers. Not modified.
    level : str
        Level name, such as ``"m4"``.

    Returns
    -------
    bool or array of bool, shape of `codes`
        True for cells at sea too; `is_japanese` knows the 176 primary meshes.

    Raises
    ------
    MeshCodeError
        `level` is unknown, or `codes` are not whole numbers.
    """
    array, grid = as_codes(codes), level_named(level)
    return as_given(_packed(array, grid) >= 0)


@overload
def is_japanese(codes: int, level: str) -> bool: ...
@overload
def is_japanese(codes: ManyInts, level: str) -> BoolArray: ...
def is_japanese(codes: int | ManyInts, level: str) -> bool | BoolArray:
    """Tell whether each code lies in one of the 176 primary meshes with land.

    Parameters
    ----------
    codes : int or array of int, any shape
        Codes as whole numbers. Not modified.
    level : str
        Level name, such as ``"m4"``.

    Returns
    -------
    bool or array of bool, shape of `codes`
        False for impossible codes as well.

    Raises
    ------
    MeshCodeError
        `level` is unknown, or `codes` are not whole numbers.
    """
    array, grid = as_codes(codes), level_named(level)
    possible = _packed(array, grid) >= 0
    return as_given(possible & in_primary_mesh(array, grid))


@overload
def validate(codes: int, level: str) -> int: ...
@overload
def validate(codes: ManyInts, level: str) -> Int64Array: ...
def validate(codes: int | ManyInts, level: str) -> int | Int64Array:
    """Give the codes back as int64 when every one names a cell of Japan.

    Parameters
    ----------
    codes : int or array of int, any shape
        Codes as whole numbers. Not modified.
    level : str
        Level name, such as ``"m4"``.

    Returns
    -------
    int or array of int64, shape of `codes`
        The same codes.

    Raises
    ------
    MeshCodeError
        A code is impossible at `level` or outside the 176 primary meshes; the
        message names the first one.
    """
    array, grid = as_codes(codes), level_named(level)
    row_column(array, grid)
    outside = ~in_primary_mesh(array, grid)
    if outside.any():
        first = int(np.argmax(outside))
        code = f"{int(array.flat[first]):0{grid.digits}d}"
        where = place(first, array.shape)
        raise MeshCodeError(f"{where}{outside_japan(code)}")
    return as_given(array)


def outside_japan(text: str) -> str:
    """Say that a possible code lies outside the primary meshes of Japan."""
    return (
        f"mesh code {text!r} lies outside Japan: {text[:4]} is not one of the "
        "176 primary meshes."
    )


def as_codes(codes: int | ManyInts | NDArray[Any]) -> Int64Array:
    """Read whole numbers as int64; text, floats and missing values are refused."""
    array = np.asarray(codes)
    if array.dtype.kind == "O":
        array = _from_objects(array)
    if array.dtype.kind not in "iu" and array.size:
        hint = " (text codes: from_text)" if array.dtype.kind in "UST" else ""
        raise MeshCodeError(
            f"Mesh codes must be whole numbers, not {array.dtype}{hint}."
        )
    return array.astype(np.int64, copy=False)


def _from_objects(array: NDArray[Any]) -> NDArray[Any]:
    for index, value in enumerate(array.flat):
        if not isinstance(value, (int, np.integer)):
            where = place(index, array.shape)
            raise MeshCodeError(f"{where}mesh code {value!r} is not a whole number.")
    return array.astype(np.int64)


def code_of(row: Int64Array, column: Int64Array, level: Level) -> Int64Array:
    """Give the codes of rows and columns; outside the grid the nearest cell's."""
    row_part = level.row_part.take(row, mode="clip")
    return row_part + level.column_part.take(column, mode="clip")


def row_column(codes: Int64Array, level: Level) -> tuple[Int64Array, Int64Array]:
    """Give row and column of codes, or raise naming the first impossible one."""
    row = np.empty(codes.size, dtype=np.int64)
    column = np.empty(codes.size, dtype=np.int64)
    for part, block_row, block_column in row_column_blocks(codes, level):
        row[part], column[part] = block_row, block_column
    return row.reshape(codes.shape), column.reshape(codes.shape)


def row_column_blocks(
    codes: Int64Array, level: Level, size: int = BLOCK
) -> Iterator[tuple[slice, Int64Array, Int64Array]]:
    """Give slices of the flat codes with their rows and columns, block by block."""
    flat = codes.reshape(-1)
    for part in blocks(flat.size, size):
        packed = _packed(flat[part], level)
        if packed.min() < 0:
            raise _impossible(codes, part.start + int(np.argmax(packed < 0)), level)
        yield part, packed >> PACK_BITS, packed & ((1 << PACK_BITS) - 1)


def in_primary_mesh(codes: Int64Array, level: Level) -> BoolArray:
    """Tell whether the first four digits are one of the 176 primary meshes."""
    primary = codes // 10 ** (level.digits - 4)
    return np.asarray(is_primary_mesh().take(primary, mode="clip"))


def _packed(codes: Int64Array, level: Level) -> Int64Array:
    """Row and column in one number, by the digits; negative for an impossible code.

    A level has as many rows as columns in its parent, so both grow by one factor.
    """
    upper = codes // level.shift
    own = level.own_cells.take(codes - upper * level.shift, mode="clip")
    if level.parent is None:
        return np.where(upper == 0, own, NO_CELL)
    return _packed(upper, level.parent) * level.rows_in_parent + own


def _impossible(codes: Int64Array, index: int, level: Level) -> MeshCodeError:
    text = f"{int(codes.flat[index]):0{level.digits}d}"
    return MeshCodeError(f"{place(index, codes.shape)}{impossible_digits(text, level)}")


def impossible_digits(text: str, level: Level) -> str:
    """Say that a code cannot stand at `level`, and which digits could."""
    return (
        f"mesh code {text!r} is impossible at level {level.name}: "
        f"{level.digits} digits, {level.rule}."
    )
