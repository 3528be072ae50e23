"""CSV as published, to columns with the line of every row: the one way to read it.

:func:`read_csv` reads a table with one header line. Other headers (census: two lines)
are read by their own reader, which then calls :func:`read_texts` or, where speed
counts, :func:`read_numbers` with the bytes.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from geodata.errors import SourceError
from geodata.readers.files.encoding import Encoding, decode
from geodata.readers.files.open_end import (
    OpenEnd,
    note_open_end,
    open_end_of,
    refuse_open_end,
)
from geodata.readers.files.published import Published
from geodata.readers.reading import Rejections

_SHOWN = 60  # characters of a faulty row that are kept
_NOTHING = ' \t\r\n,"'  # characters of a line that holds no value
_FIX = "Take the complete file as published."


@dataclass(frozen=True)
class CsvRows:
    """Rows below a header.

    Attributes
    ----------
    header : tuple of str
        All columns of the file.
    table : pyarrow.Table
        The columns asked for; texts without blanks around, an empty field is "".
    lines : int64 array, length of `table`
        1-based line of each row in its file.
    misshapen : tuple of (line, fields, text)
        Rows with another number of fields than the header; not in `table`.
    open_end : (line, text) or None
        See :func:`open_end_of`.
    """

    header: tuple[str, ...]
    table: pa.Table
    lines: np.ndarray
    misshapen: tuple[tuple[int, int, str], ...]
    open_end: OpenEnd = None

    @property
    def row_count(self) -> int:
        """Data rows, those of a wrong length with them; blank lines are none."""
        return self.table.num_rows + len(self.misshapen)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """`table` as a frame; columns of text are str, not object."""
        return self.table.to_pandas(
            types_mapper={pa.string(): pd.StringDtype(na_value=np.nan)}.get
        )

    def reject_misshapen(self, faults: Rejections, file: str) -> None:
        """Note each row of a wrong length, and (a warning) a last line without end."""
        faults.add(
            "wrong_field_count",
            file=file,
            rows=[line for line, _, _ in self.misshapen],
            column="",
            values=[f"{count} fields: {text}" for _, count, text in self.misshapen],
            wanted=f"{len(self.header)} fields",
        )
        self.note_open_end(faults, file)

    def note_open_end(self, faults: Rejections, file: str) -> None:
        """Note a last line without a line end under ``open_end``, a warning."""
        note_open_end(self.open_end, self.header[-1], faults, file)


def names_in(line: str) -> tuple[str, ...]:
    """Names of the columns in a header line, without blanks round them."""
    first = next(iter(line.splitlines()), "")
    return tuple(name.strip() for name in next(csv.reader([first]), []))


def header_of(file: Published, encoding: Encoding = "utf-8-sig") -> tuple[str, ...]:
    """Names in the first line of a CSV file.

    Parameters
    ----------
    file : Published
        Only its first line is read.
    encoding : {"utf-8-sig", "cp932"}
        What the format is published in.

    Raises
    ------
    SourceError
        The file is empty, damaged or in another encoding, or names a column twice.
    """
    with file.open() as content:
        return _header(content.readline(), encoding, file.name)


def require_columns(
    found: Sequence[str], wanted: Sequence[str], place: str, fix: str = _FIX
) -> None:
    """Refuse a table without all `wanted` columns.

    Parameters
    ----------
    found, wanted : sequence of str
        Names in the header, and those that must be among them.
    place, fix : str
        Where the header stands, and what to do, for the message.

    Raises
    ------
    SourceError
        The message names `place`, what is absent, and what was found.
    """
    absent = [name for name in wanted if name not in found]
    if absent:
        raise SourceError(
            f"{place}: column(s) {', '.join(absent)} not found; the header is "
            f"{', '.join(found) or 'empty'}, wanted {', '.join(wanted)}. {fix}"
        )


def read_csv(
    file: Published,
    columns: Sequence[str],
    encoding: Encoding = "utf-8-sig",
    *,
    may_end_open: bool = True,
) -> CsvRows:
    """Read `columns` of a CSV file with one header line, as text.

    Columns are found by name; others are ignored. Lines that are blank, or hold
    nothing but commas, are passed over.

    Parameters
    ----------
    file : Published
        What to read.
    columns : sequence of str
        Names as in the file.
    encoding : {"utf-8-sig", "cp932"}
        What the format is published in.
    may_end_open : bool
        Whether the last line may go without a line end, as in tables typed by hand;
        `CsvRows.open_end` then says so. A file of a producer that always ends its
        lines was cut if it does not.

    Raises
    ------
    SourceError
        The file is damaged, empty or in another encoding, has no data row, misses a
        column, ends in the middle of a row, or breaks a line within a value.
    """
    content = file.read_bytes()
    first, _, below = content.partition(b"\n")
    header = _header(first, encoding, file.name)
    require_columns(header, columns, f"{file.name}, line 1")
    if not below.strip(_NOTHING.encode()):
        raise SourceError(
            f"{file.name}, line 2: found no data row below the header, wanted at "
            f"least one. {_FIX}"
        )
    text = decode(content, encoding, file.name)
    if not may_end_open:
        refuse_open_end(content, file.name)
    if encoding == "cp932":
        content = text.encode()
    rows = read_texts(content, header, columns, skip=1, file=file.name)
    return replace(rows, open_end=open_end_of(text))


def read_texts(
    content: bytes,
    header: Sequence[str],
    wanted: Sequence[str],
    *,
    skip: int,
    file: str,
) -> CsvRows:
    """Columns of the rows below a header, as text.

    The bytes are parsed as they are: in CP932 and UTF-8 no byte of a longer character
    is a comma, a quote or a line end.

    Parameters
    ----------
    content : bytes
        The whole file.
    header : sequence of str
        Names of all columns, in order.
    wanted : sequence of str
        Columns to read out; they must be UTF-8 (ASCII is).
    skip : int
        Header lines.
    file : str
        Name for messages.

    Raises
    ------
    SourceError
        The file ends in the middle of a row, breaks a line within a value, or is not
        UTF-8 in a wanted column.
    """
    types = dict.fromkeys(wanted, pa.string())
    try:
        rows = _parse(content, header, types, (), skip, file)
    except pa.ArrowInvalid as error:
        raise SourceError(f"{file}: cannot be read as CSV ({error}). {_FIX}") from error
    columns = [pc.utf8_trim_whitespace(column) for column in rows.table.columns]
    table = pa.table(columns, names=rows.table.column_names)
    is_row = _is_row(table, rows.lines, content)
    if not is_row.all():
        table = table.filter(pa.array(is_row))
    return CsvRows(rows.header, table, rows.lines[is_row], rows.misshapen)


def read_numbers(
    content: bytes,
    header: Sequence[str],
    types: Mapping[str, pa.DataType],
    null_values: Sequence[str],
    *,
    skip: int,
    file: str,
) -> CsvRows | None:
    """Columns of the rows below a header, as numbers; None if one is no number.

    The quick way for files without a fault: where it gives None, :func:`read_texts`
    tells which value is at fault.

    Parameters
    ----------
    content, header, skip, file
        As in :func:`read_texts`.
    types : mapping
        Column to its type; a null in a column of text is an empty text.
    null_values : sequence of str
        Texts that are null in columns of numbers; the empty text only if listed.

    Raises
    ------
    SourceError
        The file ends in the middle of a row, or breaks a line within a value.
    """
    try:
        return _parse(content, header, types, null_values, skip, file)
    except pa.ArrowInvalid:
        return None


def _header(line: bytes, encoding: Encoding, file: str) -> tuple[str, ...]:
    text = decode(line, encoding, file)
    if "\r" in text.rstrip("\r\n"):
        raise SourceError(
            f"{file}, line 1: found lines that end in a carriage return alone; wanted "
            "a line feed after each row. Save the file with such line ends."
        )
    names = names_in(text)
    if not any(names):
        raise SourceError(
            f"{file}, line 1: found no header, wanted a table with column names. {_FIX}"
        )
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise SourceError(
            f"{file}, line 1: column(s) {', '.join(twice)} stand twice; wanted each "
            f"column once. {_FIX}"
        )
    return names


def _parse(
    content: bytes,
    header: Sequence[str],
    types: Mapping[str, pa.DataType],
    null_values: Sequence[str],
    skip: int,
    file: str,
) -> CsvRows:
    """Rows as Arrow reads them; blank lines of a table of one column with them."""
    table, odd = _arrow_table(content, header, types, null_values, skip)
    _refuse_line_breaks(content, skip + table.num_rows + len(odd), file)
    lines = np.arange(skip + 1, skip + 1 + table.num_rows + len(odd), dtype="int64")
    if odd:
        lines = lines[~np.isin(lines, [line for line, _, _ in odd])]
    misshapen = tuple(
        (line, count, text[:_SHOWN])
        for line, count, text in odd
        if text.strip(_NOTHING)
    )
    _refuse_cut(content, misshapen, header, file)
    return CsvRows(tuple(header), table, lines, misshapen)


def _arrow_table(
    content: bytes,
    header: Sequence[str],
    types: Mapping[str, pa.DataType],
    null_values: Sequence[str],
    skip: int,
) -> tuple[pa.Table, list[tuple[int, int, str]]]:
    """Rows of the right length, and line, length and text of the others."""
    odd: list[tuple[int, int, str]] = []

    def note(row: pa_csv.InvalidRow) -> str:
        odd.append((row.number, row.actual_columns, row.text))
        return "skip"

    table = pa_csv.read_csv(
        pa.BufferReader(content),
        read_options=pa_csv.ReadOptions(
            use_threads=False,  # else rows have no number
            block_size=max(len(content), 1),
            skip_rows=skip,
            column_names=list(header),
        ),
        parse_options=pa_csv.ParseOptions(
            ignore_empty_lines=False, invalid_row_handler=note
        ),
        convert_options=pa_csv.ConvertOptions(
            include_columns=list(types),
            column_types=dict(types),
            null_values=list(null_values),
            strings_can_be_null=False,
        ),
    )
    return table, odd


def _refuse_line_breaks(content: bytes, parsed_count: int, file: str) -> None:
    """Refuse values with line breaks: no row could be told by its line."""
    line_count = content.count(b"\n") + (not content.endswith(b"\n"))
    last = content[content.rfind(b"\n", 0, -1) + 1 :]
    is_open = last.startswith(b'"') or b',"' in last
    if line_count == parsed_count and not (is_open and last.count(b'"') % 2):
        return
    lines = enumerate(content.split(b"\n"), 1)
    line = next((number for number, line in lines if line.count(b'"') % 2), None)
    if line is None:
        raise SourceError(
            f"{file}: found {parsed_count:,} rows in {line_count:,} lines, wanted one "
            "row per line, each ended by a line feed. Save the file with such line "
            "ends."
        )
    raise SourceError(
        f"{file}, line {line}: found a quotation mark that does not close on its "
        "line, wanted one row per line. Take the line break out of the value."
    )


def _refuse_cut(
    content: bytes,
    misshapen: Sequence[tuple[int, int, str]],
    header: Sequence[str],
    file: str,
) -> None:
    """Refuse a file whose last line has no end and another number of fields."""
    if not misshapen or content.endswith(b"\n"):
        return
    line, count, text = misshapen[-1]
    if line == content.count(b"\n") + 1:
        raise SourceError(
            f"{file}, line {line}: the file ends within the row '{text}' ({count} "
            f"field(s), no line end); wanted {len(header)} fields and a line end. "
            f"{_FIX}"
        )


def _is_row(table: pa.Table, lines: np.ndarray, content: bytes) -> np.ndarray:
    """Whether a row's line holds any value; only the line itself tells."""
    is_row = np.zeros(table.num_rows, bool)
    for column in table.columns:
        is_row |= pc.not_equal(column, "").to_numpy()
        if is_row.all():
            return is_row
    texts = content.split(b"\n")
    at = np.flatnonzero(~is_row)
    nothing = _NOTHING.encode()
    is_row[at] = [bool(texts[line - 1].strip(nothing)) for line in lines[at]]
    return is_row
