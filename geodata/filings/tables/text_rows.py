"""Rows of a table as text: their lines, their columns, and what is cleaned off."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geodata.filings.catalogue import decides
from geodata.filings.findings import FindingLog, mask_of
from geodata.filings.tables.layout import FiledTable
from geodata.filings.tables.words import (
    ENCODED,
    of_each_row,
    value_bytes,
    with_words,
    words_of,
)

UNLIKE_COLUMNS = ("station_id", "site_id", "lat", "lon", "parent_station_id")
"""Columns in which nearly every row has a value of its own; the others are encoded."""

_ID_LIKE = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass
class TextTable:
    """Rows as filed. ``columns`` has every column of the format, null where empty.

    ``lost_count`` rows could not be told apart into columns and are rejected
    already; ``lost_ids`` are the words of them that look like ids.
    ``has_exact_decimals`` is false where numbers were stored as floats, so that
    their filed decimals are not known.
    """

    file: str
    columns: dict[str, pa.Array]
    lines: np.ndarray
    has_exact_decimals: bool = True
    lost_count: int = 0
    lost_ids: frozenset[str] = frozenset()


def in_format(
    columns: dict[str, pa.Array], table: FiledTable, count: int
) -> dict[str, pa.Array]:
    """Every column of the format in its order, absent ones as null."""
    absent = pa.nulls(count, ENCODED)
    return {name: columns.get(name, absent) for name in table.column_names}


def one_chunk(column: pa.ChunkedArray) -> pa.Array:
    """Column of text as one array, whose buffers can be looked at."""
    return column.unify_dictionaries().combine_chunks()


@dataclass(frozen=True)
class _Clean:
    """Words without white space and quotes round them, and what was wrong with them."""

    words: pa.Array
    is_trimmed: np.ndarray
    is_stray: np.ndarray


@decides("stray_quote", "value_trimmed")
def cleaned(rows: TextTable, log: FindingLog, *, has_quotes: bool) -> TextTable:
    """Take white space and quotes off the values; what is left empty is null.

    A row with an unpaired quote is rejected; white space taken off is noted.
    """
    log.mark("value_trimmed")
    is_lost = np.zeros(len(rows.lines), bool)
    for name, column in rows.columns.items():
        clean = _clean(words_of(column), has_quotes=has_quotes)
        _note("value_trimmed", rows, name, clean.is_trimmed, log)
        is_lost |= _note("stray_quote", rows, name, clean.is_stray, log)
        rows.columns[name] = with_words(column, clean.words)
    return _lose(rows, is_lost)


def _clean(raw: pa.Array, *, has_quotes: bool) -> _Clean:
    outer = trimmed(raw)
    if not has_quotes:
        return _Clean(outer, _differs(raw, outer), np.zeros(len(raw), bool))
    inner = pc.replace_substring_regex(outer, r'(?s)^"(.*)"$', r"\1")
    is_unpaired = pc.match_substring(pc.replace_substring(inner, '""', ""), '"')
    plain = pc.replace_substring(inner, '""', '"')
    text = blank_to_null(pc.if_else(pc.starts_with(outer, '"'), plain, outer))
    words = trimmed(text)
    is_trimmed = _differs(raw, outer) | _differs(text, words)
    return _Clean(words, is_trimmed, mask_of(is_unpaired))


def _differs(before: pa.Array, after: pa.Array) -> np.ndarray:
    """Which words have changed; not those of which nothing is left."""
    if after is before:
        return np.zeros(len(before), bool)
    return mask_of(pc.not_equal(before, after))


def _note(
    rule_id: str, rows: TextTable, name: str, is_found: np.ndarray, log: FindingLog
) -> np.ndarray:
    """Note the rows whose word in column `name` is found; give them as a mask."""
    if not is_found.any():
        return np.zeros(len(rows.lines), bool)
    column = rows.columns[name]
    found = mask_of(of_each_row(is_found, column))
    values = column.filter(pa.array(found))
    log.add_rows(rule_id, rows.lines[found], file=rows.file, column=name, values=values)
    return found


def trimmed(words: pa.Array) -> pa.Array:
    """Words without white space round them; nothing left is null."""
    if not _may_have_space(words):
        return words
    return blank_to_null(pc.utf8_trim_whitespace(words))


def _may_have_space(words: pa.Array) -> bool:
    """Whether any byte is no printable ASCII character (cheap to ask)."""
    data = value_bytes(words)
    return bool(len(data)) and (data.min() <= ord(" ") or data.max() > ord("~"))


def blank_to_null(column: pa.Array) -> pa.Array:
    """Empty text as null."""
    return pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)


def _lose(rows: TextTable, is_lost: np.ndarray) -> TextTable:
    """Take rejected rows out; their words that look like ids are remembered."""
    if not is_lost.any():
        return rows
    lost = pa.array(is_lost)
    words = (w for c in rows.columns.values() for w in c.filter(lost).to_pylist())
    return TextTable(
        rows.file,
        {name: c.filter(pc.invert(lost)) for name, c in rows.columns.items()},
        rows.lines[~is_lost],
        rows.has_exact_decimals,
        rows.lost_count + int(is_lost.sum()),
        rows.lost_ids | id_like(words),
    )


def id_like(words: Iterable[str | None]) -> frozenset[str]:
    """The parts of the words that could be ids."""
    parts = (part.strip(' "\r') for word in words if word for part in word.split(","))
    return frozenset(part for part in parts if _ID_LIKE.fullmatch(part))
