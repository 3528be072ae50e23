"""Tables of a filing as text: every column a string, every row with its line."""

import csv
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.csv

from geodata.filings.catalogue import decides
from geodata.filings.findings import FindingLog
from geodata.filings.tables.layout import FiledTable
from geodata.filings.tables.scrub import BadLine, clean_text
from geodata.filings.tables.text_rows import (
    UNLIKE_COLUMNS,
    TextTable,
    blank_to_null,
    cleaned,
    id_like,
    in_format,
    one_chunk,
)
from geodata.filings.tables.words import ENCODED, plain

_BLOCK_BYTES = 1 << 22
_SOLID = re.compile(rb"\S")


@dataclass
class _Split:
    """A CSV body split into fields, and the lines that did not fit."""

    chunks: dict[str, pa.ChunkedArray]
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
    names = _names(next(csv.reader([header]), []), file, log)
    if not is_header_usable(names, table, file, log):
        return None
    if is_without_rows(
        bool(clean.bad_lines or _SOLID.search(clean.content, start)), file, log
    ):
        return None
    has_quotes = clean.content.find(b'"', start) >= 0
    split = _split(clean.content, start, names)
    bad_lines = clean.bad_lines
    del content, clean  # the bytes are not needed any more, and may be many
    rows = TextTable(file, _one_chunk_each(split.chunks), split.lines)
    log.mark("stray_quote")
    rows = cleaned(rows, log, has_quotes=has_quotes)
    rows = _with_misfits(rows, split, names, log)
    rows = _without_blank_lines(rows, bad_lines, log)
    return _completed(rows, table, bad_lines)


def _names(header: list[str], file: str, log: FindingLog) -> list[str]:
    """Names without white space round them, which is noted."""
    names = [name.strip() for name in header]
    for name, filed in zip(names, header, strict=True):
        if name and name != filed:
            log.add("value_trimmed", file=file, column=name, value=filed)
    return names


@decides("header_column_missing", "header_column_unknown", "header_column_repeated")
def is_header_usable(
    names: list[str], table: FiledTable, file: str, log: FindingLog
) -> bool:
    """Whether the header names every required column, and none of them twice."""
    log.mark("header_column_missing", "header_column_unknown", "header_column_repeated")
    before = len(log.fatal)
    for name, count in Counter(names).items():
        if count > 1 and name:
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
    try:
        table = _parse(body, names, _refuse, use_threads=True)
    except pa.ArrowInvalid:  # only a parse in one thread knows the number of a line
        table = _parse(body, names, set_apart, use_threads=False)
    lines = np.arange(2, 2 + table.num_rows + len(misfits))
    taken = np.array([line for line, _, _ in misfits], np.int64)
    return _Split(_named(table, names), np.delete(lines, taken - 2), misfits)


def _refuse(row: pyarrow.csv.InvalidRow) -> str:  # noqa: ARG001 - Arrow's interface
    return "error"


def _parse(
    body: pa.Buffer,
    names: list[str],
    on_misfit: Callable[[pyarrow.csv.InvalidRow], str],
    *,
    use_threads: bool,
) -> pa.Table:
    """Fields as text under the number of their column, as names may repeat."""
    types = {
        str(at): pa.string() if name in UNLIKE_COLUMNS else ENCODED
        for at, name in enumerate(names)
    }
    return pyarrow.csv.read_csv(
        body if body.size else pa.py_buffer(b"\n"),
        read_options=pyarrow.csv.ReadOptions(
            use_threads=use_threads, column_names=list(types), block_size=_BLOCK_BYTES
        ),
        parse_options=pyarrow.csv.ParseOptions(
            quote_char=False,
            double_quote=False,
            escape_char=False,
            newlines_in_values=False,
            ignore_empty_lines=False,
            invalid_row_handler=on_misfit,
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=types, strings_can_be_null=True, null_values=[""]
        ),
    )


def _named(table: pa.Table, names: list[str]) -> dict[str, pa.ChunkedArray]:
    """Columns by name; an unnamed one is left out, of a repeated one the last stays."""
    return {name: table.column(at) for at, name in enumerate(names) if name}


def _one_chunk_each(chunks: dict[str, pa.ChunkedArray]) -> dict[str, pa.Array]:
    """Columns as one array each; `chunks` are let go of one by one."""
    return {name: one_chunk(chunks.pop(name)) for name in list(chunks)}


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
        rows.lost_ids |= id_like(text for _, _, text in lost)
    return _with_rows(rows, fitting, names, log) if fitting else rows


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
    rows: TextTable,
    added: list[tuple[int, list[str]]],
    names: list[str],
    log: FindingLog,
) -> TextTable:
    lines = np.array([line for line, _ in added])
    columns = {
        name: pa.array([values[at] for _, values in added], pa.string())
        for at, name in enumerate(names)
        if name
    }
    extra = cleaned(TextTable(rows.file, columns, lines), log, has_quotes=False)
    rows.lines = np.concatenate([rows.lines, lines])
    order = np.argsort(rows.lines, kind="stable")
    for name, column in rows.columns.items():
        joined = pa.concat_arrays([plain(column), blank_to_null(extra.columns[name])])
        rows.columns[name] = joined.take(pa.array(order)).cast(column.type)
    rows.lines = rows.lines[order]
    return rows


@decides("blank_line")
def _without_blank_lines(
    rows: TextTable, bad_lines: tuple[BadLine, ...], log: FindingLog
) -> TextTable:
    """Leave blank lines out; those between rows are noted."""
    log.mark("blank_line")
    is_blank = np.ones(len(rows.lines), bool)
    for column in rows.columns.values():
        is_blank &= column.is_null().to_numpy(zero_copy_only=False)
    if not is_blank.any():
        return rows
    bad = [line.line for line in bad_lines]
    last = max([0, *bad, *rows.lines[~is_blank][-1:]])
    noted = is_blank & (rows.lines < last) & ~np.isin(rows.lines, bad)
    log.add_rows("blank_line", rows.lines[noted], file=rows.file)
    keep = pa.array(~is_blank)
    rows.columns = {name: c.filter(keep) for name, c in rows.columns.items()}
    rows.lines = rows.lines[~is_blank]
    return rows


def _completed(
    rows: TextTable, table: FiledTable, bad_lines: tuple[BadLine, ...]
) -> TextTable:
    """Every column of the format, absent ones as null; the bad lines are lost."""
    rows.columns = in_format(rows.columns, table, len(rows.lines))
    rows.lost_count += len(bad_lines)
    rows.lost_ids |= id_like(line.shown for line in bad_lines)
    return rows
