"""Columns of text: words and a code for each row where words repeat, and bytes."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

ENCODED = pa.dictionary(pa.int32(), pa.string())
"""Type of a column held as words and codes."""


class Words:
    """Words of a column and the code of each row's word, -1 where there is none.

    Asking something of every row then is asking it of every word, and a look-up.
    """

    def __init__(self, column: pa.Array) -> None:
        encoded = column.dictionary_encode()
        self.names: pa.Array = encoded.dictionary
        self.codes: np.ndarray = pc.fill_null(encoded.indices, -1).to_numpy()

    def is_in(self, names: Collection[str]) -> np.ndarray:
        """Whether each row's word is one of `names`; a missing word is none."""
        found = [name in names for name in self.names.to_pylist()]
        return self.spread(found, missing=False)

    def map(self, values: Mapping[str, str]) -> np.ndarray:
        """Value for each row's word; None where there is none."""
        found = [values.get(name) for name in self.names.to_pylist()]
        return np.array([*found, None], object)[self.codes]

    def spread(self, values: Sequence[bool], *, missing: bool) -> np.ndarray:
        """What is known of each word, for each row; `missing` where there is none."""
        return np.array([*values, missing], bool)[self.codes]


def is_encoded(column: pa.Array) -> bool:
    """Whether a column is held as words and codes."""
    return pa.types.is_dictionary(column.type)


def words_of(column: pa.Array) -> pa.Array:
    """The words of an encoded column, the values of a plain one."""
    return column.dictionary if is_encoded(column) else column


def plain(column: pa.Array) -> pa.Array:
    """Column with a string for each row."""
    return column.cast(pa.string())


def of_each_row(values: pa.Array | np.ndarray, column: pa.Array) -> pa.Array:
    """What is known of each of `words_of(column)`, for each row; null where empty."""
    if values is words_of(column):
        return column
    if isinstance(values, np.ndarray):
        values = pa.array(values)
    return values.take(column.indices) if is_encoded(column) else values


def with_words(column: pa.Array, words: pa.Array) -> pa.Array:
    """Column with `words` in the place of its own; those that are equal become one."""
    if words is words_of(column):
        return column
    if not is_encoded(column):
        return words
    changed = words.dictionary_encode()
    codes = changed.indices.take(column.indices)
    return pa.DictionaryArray.from_arrays(codes, changed.dictionary)


def value_bytes(column: pa.Array) -> np.ndarray:
    """Bytes of all values of a string array, one after the other."""
    _, offsets, data = column.buffers()
    if data is None or len(column) == 0:
        return np.empty(0, np.uint8)
    ends = np.frombuffer(offsets, np.int32)[column.offset :][: len(column) + 1]
    return np.frombuffer(data, np.uint8)[ends[0] : ends[-1]]


def holds_only(column: pa.Array, allowed: bytes) -> bool:
    """Whether the values of a string array hold no byte but `allowed`."""
    return not value_bytes(column).tobytes().translate(None, allowed)


def first_bytes(column: pa.Array) -> np.ndarray:
    """First byte of each value of a string array, 0 where there is none."""
    data = value_bytes(column)
    if len(data) == 0:
        return np.zeros(len(column), np.uint8)
    ends = np.frombuffer(column.buffers()[1], np.int32)[column.offset :]
    starts = ends[: len(column)] - ends[0]
    is_filled = ends[1 : len(column) + 1] - ends[0] > starts
    return np.where(is_filled, data[starts.clip(max=len(data) - 1)], np.uint8(0))


_HASH_FACTOR = np.uint64(0x9E3779B97F4A7C15)


def hashes(column: pa.Array) -> np.ndarray:
    """Number of 64 bits for each value of a string array; equal for equal values.

    Different values hardly ever share one, in the high bits least. What stands where
    a value is missing says nothing.
    """
    data = value_bytes(column)
    found = np.zeros(len(column), np.uint64)
    if not len(data):
        return found
    ends = np.frombuffer(column.buffers()[1], np.int32)[column.offset :]
    starts = ends[: len(column)] - ends[0]
    lengths = ends[1 : len(column) + 1] - ends[: len(column)]
    shortest = lengths.min()
    for place in range(lengths.max()):
        if place < shortest:
            byte = data[starts + place] + np.uint8(1)
        else:
            byte = data[(starts + place).clip(max=len(data) - 1)] + np.uint8(1)
            byte[place >= lengths] = 0
        found = (found + byte) * _HASH_FACTOR
    return found
