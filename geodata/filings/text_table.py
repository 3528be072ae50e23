"""Tables of a filing as text: every column a string, every row with its line."""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from geodata.filings.catalogue import decides
from geodata.filings.findings import FindingLog, mask_of
from geodata.filings.layout import FiledTable
from geodata.filings.scrub import CleanText, clean_text

_BLOCK_BYTES = 1 << 20
_SOLID = re.compile(rb"\S")
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


@dataclass
class _Split:
    """A CSV body split into fields, and the lines that did not fit."""

    table: pa.Table
    lines: np.ndarray
    misfits: list[tuple[int, int, str]] = field(default_factory=list)


def read_csv_table(
    content: bytes, table: FiledTable, encoding: str, log: FindingLog
) -> TextTable | None:
    """Read a CSV table; one physical line is one row, so numbers are exact.

    Parameters
    ----------
    content : bytes
        The file.
    table : FiledTable
        What it should hold.
    encoding : str
        As ``plan.toml`` declares.
    log : FindingLog
        Takes the findings.

    Returns
    -------
    TextTable or None
        None when the file as a whole cannot be used.
    """
    file = f"{table.stem}.csv"
    clean = clean_text(content, file, encoding, log)
    if clean is None:
        return None
    start = clean.content.find(b"\n") + 1 or len(clean.content)
    header = clean.content[:start].decode().rstrip("\r\n")
    names = next(csv.reader([header]), [])
    names = [name.strip() for name in names]
    if not is_header_usable(names, table, file, log):
        return None
    if is_without_rows(
        bool(clean.bad_lines or _SOLID.search(clean.content, start)), file, log
    ):
        return None
    split = _split(clean.content, start, names)
    rows = TextTable(file, _columns(split.table), split.lines)
    rows = _without_stray_quotes(rows, clean.content.find(b'"', start) >= 0, log)
    rows = _with_misfits(rows, split, names, log)
    rows = _without_blank_lines(rows, clean, log)
    return _completed(rows, table, clean)


@decides("header_column_missing", "header_column_unknown", "header_column_repeated")
def is_header_usable(
    names: list[str], table: FiledTable, file: str, log: FindingLog
) -> bool:
    """Whether the header names every required column, and none of them twice."""
    log.mark("header_column_missing", "header_column_unknown", "header_column_repeated")
    before = len(log.fatal)
    for name in dict.fromkeys(names):
        if names.count(name) > 1 and name:
            log.add("header_column_repeated", file=file, column=name, value=name)
        if name not in table.column_names:
            log.add("header_column_unknown", file=file, column=name, value=name)
    shown = ", ".join(names)
    for name in table.required_columns:
        if name not in names:
            log.add("header_column_missing", file=file, column=name, value=shown)
    return len(log.fatal) == before


@decides("table_without_rows")
def is_without_rows(has_rows: bool, file: str, log: FindingLog) -> bool:
    """Note a table with nothing under its header."""
    log.mark("table_without_rows")
    if not has_rows:
        log.add("table_without_rows", file=file)
    return not has_rows


def _split(content: bytes, start: int, names: list[str]) -> _Split:
    """Split at commas only; a line with another number of fields is set apart."""
    misfits: list[tuple[int, int, str]] = []

    def set_apart(row: pyarrow.csv.InvalidRow) -> str:
        misfits.append((row.number + 1, row.actual_columns, row.text))
        return "skip"

    body = pa.py_buffer(content).slice(start)
    keys = [str(at) for at in range(len(names))]
    table = pyarrow.csv.read_csv(
        body if body.size else pa.py_buffer(b"\n"),
        read_options=pyarrow.csv.ReadOptions(
            use_threads=False, column_names=keys, block_size=_BLOCK_BYTES
        ),
        parse_options=pyarrow.csv.ParseOptions(
            quote_char=False,
            double_quote=False,
            escape_char=False,
            newlines_in_values=False,
            ignore_empty_lines=False,
            invalid_row_handler=set_apart,
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(keys, pa.string()),
            strings_can_be_null=True,
            null_values=[""],
        ),
    )
    table = _named(table, names)
    lines = np.arange(2, 2 + table.num_rows + len(misfits))
    taken = np.array([line for line, _, _ in misfits], np.int64)
    return _Split(table, np.delete(lines, taken - 2), misfits)


def _named(table: pa.Table, names: list[str]) -> pa.Table:
    """Give the columns their names; an unnamed or repeated one is left out."""
    wanted = {name: at for at, name in enumerate(names) if name}
    table = table.select([str(at) for at in wanted.values()])
    return table.rename_columns(list(wanted)).combine_chunks()


def _columns(table: pa.Table) -> dict[str, pa.Array]:
    """Columns without white space round the values; nothing left is null."""
    return {name: trimmed(one_chunk(table[name])) for name in table.column_names}


def trimmed(column: pa.Array) -> pa.Array:
    """Values without white space round them; nothing left is null."""
    if column.null_count == len(column) or not _may_have_space(column):
        return column
    column = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)


def _may_have_space(column: pa.Array) -> bool:
    """Whether any byte is no printable ASCII character (cheap to ask)."""
    data = value_bytes(column)
    return bool(len(data)) and (data.min() <= ord(" ") or data.max() > ord("~"))


def value_bytes(column: pa.Array) -> np.ndarray:
    """Bytes of all values of a string array, one after the other."""
    _, offsets, data = column.buffers()
    if data is None or len(column) == 0:
        return np.empty(0, np.uint8)
    ends = np.frombuffer(offsets, np.int32)[column.offset :][: len(column) + 1]
    return np.frombuffer(data, np.uint8)[ends[0] : ends[-1]]


def first_bytes(column: pa.Array) -> np.ndarray:
    """First byte of each value of a string array, 0 where there is none."""
    data = value_bytes(column)
    if len(data) == 0:
        return np.zeros(len(column), np.uint8)
    ends = np.frombuffer(column.buffers()[1], np.int32)[column.offset :]
    starts = ends[: len(column)] - ends[0]
    is_filled = ends[1 : len(column) + 1] - ends[0] > starts
    return np.where(is_filled, data[starts.clip(max=len(data) - 1)], np.uint8(0))


def one_chunk(column: pa.ChunkedArray) -> pa.Array:
    """Column of text as one array, whose buffers can be looked at."""
    return pa.concat_arrays([*column.chunks, pa.array([], pa.string())])


@decides("stray_quote")
def _without_stray_quotes(
    rows: TextTable, has_quotes: bool, log: FindingLog
) -> TextTable:
    """Take the quotes off quoted values; a row with an unpaired quote is rejected."""
    log.mark("stray_quote")
    if not has_quotes:
        return rows
    is_stray = np.zeros(len(rows.lines), bool)
    for name, column in rows.columns.items():
        inner = pc.replace_substring_regex(column, r'(?s)^"(.*)"$', r"\1")
        unpaired = pc.match_substring(pc.replace_substring(inner, '""', ""), '"')
        found = mask_of(unpaired)
        log.add_rows(
            "stray_quote",
            rows.lines[found],
            file=rows.file,
            column=name,
            values=column.filter(pa.array(found)),
        )
        is_stray |= found
        is_quoted = pc.starts_with(column, '"')
        plain = pc.if_else(is_quoted, pc.replace_substring(inner, '""', '"'), column)
        rows.columns[name] = trimmed(blank_to_null(plain))
    return _lose(rows, is_stray)


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
        rows.lost_ids | _id_like(words),
    )


def _id_like(words: Iterable[str | None]) -> frozenset[str]:
    parts = (part.strip(' "\r') for word in words if word for part in word.split(","))
    return frozenset(part for part in parts if _ID_LIKE.fullmatch(part))


@decides("row_shape")
def _with_misfits(
    rows: TextTable, split: _Split, names: list[str], log: FindingLog
) -> TextTable:
    """Put back lines whose quoted values hold commas; reject the other misfits."""
    log.mark("row_shape")
    fitting, lost = [], []
    for misfit in split.misfits:
        line, _, text = misfit
        values = _parsed(text, len(names))
        if not text.strip(", \t\r\u3000"):
            fitting.append((line, [""] * len(names)))
        elif values is None:
            lost.append(misfit)
        else:
            fitting.append((line, values))
    if lost:
        log.add_rows(
            "row_shape",
            np.array([line for line, _, _ in lost]),
            file=rows.file,
            values=pa.array([text for _, _, text in lost]),
            found=pa.array([found for _, found, _ in lost]),
            expected=len(names),
        )
        rows.lost_count += len(lost)
        rows.lost_ids |= _id_like(text for _, _, text in lost)
    return _with_rows(rows, fitting, names) if fitting else rows


def _parsed(text: str, expected: int) -> list[str] | None:
    """Fields of one line by the rules of quoting; None where they do not fit."""
    if '"' not in text:
        return None
    try:
        values = next(csv.reader([text.rstrip("\r")], strict=True))
    except csv.Error:
        return None
    return values if len(values) == expected else None


def _with_rows(
    rows: TextTable, added: list[tuple[int, list[str]]], names: list[str]
) -> TextTable:
    lines = np.concatenate([rows.lines, np.array([line for line, _ in added])])
    order = pa.array(np.argsort(lines, kind="stable"))
    for at, name in enumerate(names):
        if name in rows.columns:
            values = pa.array([values[at] for _, values in added], pa.string())
            values = blank_to_null(pc.utf8_trim_whitespace(values))
            joined = pa.concat_arrays([rows.columns[name], values])
            rows.columns[name] = joined.take(order)
    rows.lines = lines[order.to_numpy()]
    return rows


@decides("blank_line")
def _without_blank_lines(
    rows: TextTable, clean: CleanText, log: FindingLog
) -> TextTable:
    """Leave blank lines out; those between rows are noted."""
    log.mark("blank_line")
    is_blank = np.ones(len(rows.lines), bool)
    for column in rows.columns.values():
        is_blank &= column.is_null().to_numpy(zero_copy_only=False)
    if not is_blank.any():
        return rows
    bad = [line.line for line in clean.bad_lines]
    last = max([0, *bad, *rows.lines[~is_blank][-1:]])
    noted = is_blank & (rows.lines < last) & ~np.isin(rows.lines, bad)
    log.add_rows("blank_line", rows.lines[noted], file=rows.file)
    keep = pa.array(~is_blank)
    rows.columns = {name: c.filter(keep) for name, c in rows.columns.items()}
    rows.lines = rows.lines[~is_blank]
    return rows


def _completed(rows: TextTable, table: FiledTable, clean: CleanText) -> TextTable:
    """Every column of the format, absent ones as null; the bad lines are lost."""
    absent = pa.nulls(len(rows.lines), pa.string())
    rows.columns = {n: rows.columns.get(n, absent) for n in table.column_names}
    rows.lost_count += len(clean.bad_lines)
    rows.lost_ids |= _id_like(line.shown for line in clean.bad_lines)
    return rows
