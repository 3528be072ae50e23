"""Rows of one census file as numbers; what is no number is a fault of its row.

Columns are named ``KEY_CODE``, ``HTKSYORI``, ``HTKSAKI``, ``GASSAN`` and, by what they
are, ``population``, ``household`` and ``age65``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geodata.readers.census.header import KEYS, CensusHeader
from geodata.readers.columns import LARGEST_CELL, numbers
from geodata.readers.files.csv_rows import CsvRows, read_numbers, read_texts
from geodata.readers.reading import Rejections

FIGURES = ("population", "household", "age65")
"""Figures that are read, by their name here."""

WITHHELD = ("*", "X")
"""Stand for a figure that is withheld (``*``: merged into another cell's)."""

_NONE = ("-", "")  # 該当数値なし: the figure is none, which is 0
_COUNT = (
    f"a whole number up to {LARGEST_CELL:,}, '*' or 'X' (withheld), "
    "'-' or nothing (none)"
)
_HEXADECIMAL = (b"0x", b"0X")  # Arrow takes 0x10 for a number


@dataclass(frozen=True)
class CensusValues:
    """Rows of one file.

    Attributes
    ----------
    table : pyarrow.Table
        ``KEY_CODE``, ``HTKSYORI`` (int64; -1: no number), ``HTKSAKI``, ``GASSAN``
        (text, may be empty), `FIGURES` (int64; null: withheld, or not there).
    lines : int64 array, length of `table`
        1-based line of each row.
    is_faulty : bool array, length of `table`
        A value of the row is no number; the fault is in `faults`.
    row_count : int
        Data rows of the file, those of a wrong length with them.
    faults : Rejections
        What was found so far.
    """

    table: pa.Table
    lines: np.ndarray
    is_faulty: np.ndarray
    row_count: int
    faults: Rejections

    @property
    def has_faults(self) -> bool:
        """Tell if `faults` holds any."""
        return bool(self.is_faulty.any()) or self.row_count > len(self.lines)


def read_values(
    content: bytes, header: CensusHeader, file: str, source: str
) -> CensusValues:
    """Read the rows below the header.

    Parameters
    ----------
    content : bytes
        The whole file.
    header : CensusHeader
        What its header says.
    file, source : str
        Name of the file and of the source, for faults.

    Raises
    ------
    SourceError
        The last line is cut short.
    """
    faults = Rejections(source)
    rows = _as_numbers(content, header, file)
    is_faulty = np.zeros(0 if rows is None else rows.table.num_rows, bool)
    if rows is None:
        wanted = [*KEYS, *header.columns.values()]
        rows = read_texts(content, header.names, wanted, skip=2, file=file)
        rows, is_faulty = _parsed(rows, header, file, faults)
    rows.reject_misshapen(faults, file)
    table = _named(rows.table, header)
    return CensusValues(table, rows.lines, is_faulty, rows.row_count, faults)


def _as_numbers(content: bytes, header: CensusHeader, file: str) -> CsvRows | None:
    """The rows if every value is a number or withheld, as in files without fault."""
    if any(mark in content for mark in _HEXADECIMAL):
        return None
    key_code, treatment, target, merged = KEYS
    types = {key_code: pa.int64(), treatment: pa.int64()}
    types |= {target: pa.string(), merged: pa.string()}
    types |= dict.fromkeys(header.columns.values(), pa.int64())
    rows = read_numbers(content, header.names, types, WITHHELD, skip=2, file=file)
    if rows is None or any(rows.table[name].null_count for name in KEYS):
        return None
    return rows if _is_plain(rows.table, list(header.columns.values())) else None


def _is_plain(table: pa.Table, figures: Sequence[str]) -> bool:
    """Tell if no number is negative and no figure too large."""
    for name, column in zip(table.column_names, table.columns, strict=True):
        if column.type != pa.int64():
            continue
        extremes = pc.min_max(column).as_py()
        if extremes["min"] is None:
            continue
        is_too_large = name in figures and extremes["max"] > LARGEST_CELL
        if extremes["min"] < 0 or is_too_large:
            return False
    return True


def _parsed(
    rows: CsvRows, header: CensusHeader, file: str, faults: Rejections
) -> tuple[CsvRows, np.ndarray]:
    """Texts as numbers, and the rows where one is not a number."""
    table = rows.table
    is_faulty = np.zeros(table.num_rows, bool)
    cases = {
        "KEY_CODE": (_plain, "bad_mesh_code", "digits"),
        "HTKSYORI": (_plain, "bad_value", "0, 1 or 2"),
        **dict.fromkeys(header.columns.values(), (_figure, "bad_value", _COUNT)),
    }
    for name, (parse, rule_id, wanted) in cases.items():
        texts = table[name]
        values, is_bad = parse(texts)
        at = np.flatnonzero(is_bad)
        faults.add(
            rule_id,
            file=file,
            rows=rows.lines[at],
            column=name,
            values=np.array(texts.take(pa.array(at)).to_pylist(), dtype=object),
            wanted=wanted,
        )
        is_faulty |= is_bad
        table = table.set_column(table.column_names.index(name), name, values)
    return replace(rows, table=table), is_faulty


def _plain(texts: pa.ChunkedArray) -> tuple[pa.Array, np.ndarray]:
    values = numbers(texts)
    return pa.array(values), values < 0


def _figure(texts: pa.ChunkedArray) -> tuple[pa.Array, np.ndarray]:
    is_none = pc.is_in(texts, pa.array(_NONE))
    values = numbers(pc.if_else(is_none, "0", texts))
    is_withheld = pc.is_in(texts, pa.array(WITHHELD)).to_numpy()
    is_bad = (values < 0) & ~is_withheld | (values > LARGEST_CELL)
    return pa.array(values, mask=values < 0), is_bad


def _named(table: pa.Table, header: CensusHeader) -> pa.Table:
    """Columns by what they are; a figure that is not there is null."""
    figures = [
        table[header.columns[name]]
        if name in header.columns
        else pa.nulls(table.num_rows, pa.int64())
        for name in FIGURES
    ]
    keys = [table[name] for name in KEYS]
    return pa.table(keys + figures, names=[*KEYS, *FIGURES])
