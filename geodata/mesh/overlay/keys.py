"""A polygon, or a group, and a cell as one integer; sums and look-ups by such keys."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.mesh.arrays import BoolArray, FloatArray, Int64Array

_ROW_BITS = 18
_COLUMN_BITS = 20

CELL_BITS = _ROW_BITS + _COLUMN_BITS
"""A key is ``(owner << CELL_BITS) + cell``; a cell is a row and a column."""

MOST_OWNERS = 1 << (63 - CELL_BITS)
"""Polygons, or groups, that keys can tell apart: 33 million."""


def key_of(owner: Int64Array, row: Int64Array, column: Int64Array) -> Int64Array:
    """Key of an owner's cell; keys sort by owner, row, column."""
    return (((owner << _ROW_BITS) + row) << _COLUMN_BITS) + column


def cell_of(key: Int64Array) -> Int64Array:
    """Key without its owner."""
    return key & ((1 << CELL_BITS) - 1)


def row_column(key: Int64Array) -> tuple[Int64Array, Int64Array]:
    """Row and column of the cell of each key."""
    return cell_of(key) >> _COLUMN_BITS, key & ((1 << _COLUMN_BITS) - 1)


def row_of(key: Int64Array) -> Int64Array:
    """Owner and row as one number: the same for all cells of a row of an owner."""
    return key >> _COLUMN_BITS


def key_of_row(row: Int64Array, column: int) -> Int64Array:
    """Key of a column in a row, as `row_of` gives rows."""
    return (row << _COLUMN_BITS) + column


def counter(lengths: Int64Array) -> Int64Array:
    """0, 1, ... length - 1 for each length, one after the other."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) - np.repeat(ends - lengths, lengths)


def distinct(keys: Int64Array) -> Int64Array:
    """Each key once, ascending."""
    keys = np.sort(keys)
    return keys[np.diff(keys, prepend=-1) != 0] if len(keys) else keys


def position_in(
    keys: Int64Array, ascending: Int64Array
) -> tuple[Int64Array, BoolArray]:
    """Where each key stands in the ascending ones (else anywhere), and if it does."""
    if not len(ascending):
        return np.zeros(len(keys), np.int64), np.zeros(len(keys), bool)
    at = np.searchsorted(ascending, keys).clip(max=len(ascending) - 1)
    return at, ascending[at] == keys


def starts_of(sorted_keys: Int64Array) -> Int64Array:
    """Position of the first of each run of one key."""
    return np.flatnonzero(np.diff(sorted_keys, prepend=-1))


def summed(
    key: Int64Array, values: tuple[FloatArray, ...]
) -> tuple[Int64Array, tuple[FloatArray, ...]]:
    """Sum each of the values by key; keys ascending.

    Neighbours with one key, as edges along a ring have, are added before the sort.
    """
    key, values = _runs_added(key, values)
    order = np.argsort(key, kind="stable")
    return _runs_added(key[order], tuple(value[order] for value in values))


def _runs_added(
    key: Int64Array, values: tuple[FloatArray, ...]
) -> tuple[Int64Array, tuple[FloatArray, ...]]:
    first = starts_of(key)
    if len(first) == len(key):
        return key, values
    return key[first], tuple(np.add.reduceat(value, first) for value in values)


def joined(
    parts: list[tuple[NDArray[Any], ...]], types: str
) -> tuple[NDArray[Any], ...]:
    """Tuples of arrays, one after the other; without any, empty ones of the types."""
    if not parts:
        return tuple(np.zeros(0, letter) for letter in types)
    if len(parts) == 1:
        return parts[0]
    return tuple(np.concatenate(columns) for columns in zip(*parts, strict=True))
