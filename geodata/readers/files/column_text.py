"""Large text tables (CSV with a header) as columns of text, checked by column."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv

from geodata.errors import SourceError
from geodata.readers.files.published import Published, text_of
from geodata.readers.reading import Rejections

_FIX = "Take the complete file as published."


@dataclass(frozen=True)
class TextColumns:
    """Chosen columns of one text table.

    Attributes
    ----------
    frame : DataFrame of str
        One row per data row; blanks round values stripped, empty text where a value
        is missing.
    lines : int64 array, shape (n_row,)
        1-based line of each row.
    header : tuple of str
        All columns of the file.
    ragged : list of (int, str)
        Line and text of rows with another number of fields than the header.
    """

    frame: pd.DataFrame
    lines: np.ndarray
    header: tuple[str, ...]
    ragged: list[tuple[int, str]] = field(default_factory=list)

    @property
    def row_count(self) -> int:
        """Data rows in the file, the ragged ones included."""
        return len(self.frame) + len(self.ragged)

    def reject_ragged(self, rejections: Rejections, file: str) -> None:
        """Note the rows whose number of fields is wrong."""
        if self.ragged:
            rejections.add(
                "wrong_field_count",
                file=file,
                rows=[line for line, _ in self.ragged],
                column="",
                values=np.array([text for _, text in self.ragged], dtype=object),
                wanted=f"{len(self.header)} fields",
            )


def header_of(file: Published) -> tuple[str, ...]:
    """Names in the first line of a text table in UTF-8.

    Raises
    ------
    SourceError
        The file is empty, damaged or not UTF-8, or names a column twice.
    """
    with file.open() as content:
        first = content.readline()
    if not first.strip():
        raise SourceError(
            f"{file.name}, line 1: found no header, wanted a table with column names. "
            f"{_FIX}"
        )
    try:
        text = first.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = text_of(file, "utf-8")  # raises, and names line and byte
    names = tuple(name.strip() for name in next(csv.reader([text.rstrip("\r\n")])))
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SourceError(
            f"{file.name}, line 1: column(s) {', '.join(twice)} stand twice; name "
            "each column once."
        )
    return names


def require_columns(
    found: Sequence[str], wanted: Sequence[str], place: str, fix: str = _FIX
) -> None:
    """Refuse a table without all `wanted` columns.

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


def read_columns(file: Published, columns: Sequence[str]) -> TextColumns:
    """Read `columns` of a CSV file in UTF-8 (a byte order mark is accepted).

    Blank lines are passed over. Columns are found by name; others are ignored.

    Raises
    ------
    SourceError
        The file is damaged, empty, not UTF-8, has no data row, misses a column, or
        ends in the middle of a row.
    """
    header = header_of(file)
    require_columns(header, columns, f"{file.name}, line 1")
    content = file.read_bytes()
    if not content.partition(b"\n")[2].strip():
        raise SourceError(
            f"{file.name}, line 2: found no data row below the header, wanted at "
            f"least one. {_FIX}"
        )
    _check_encoding(file, content)
    skipped: list[tuple[int, str]] = []
    table = _parse(file, content, header, columns, skipped)
    _refuse_line_breaks(file, content, 1 + table.num_rows + len(skipped))
    frame, lines = _data_rows(table, content, [line for line, _ in skipped])
    ragged = [(line, text) for line, text in skipped if text.strip()]
    _refuse_cut(file, content, header, ragged)
    return TextColumns(frame, lines, header, ragged)


def _check_encoding(file: Published, content: bytes) -> None:
    """Refuse bytes that are not UTF-8: Arrow would lose them in a row it skips."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.end < len(content) or error.reason != "unexpected end of data":
            text_of(file, "utf-8")  # raises, and names line and byte
        line = content.count(b"\n") + 1
        raise SourceError(
            f"{file.name}, line {line}: the file ends within a character, wanted a "
            f"line end. {_FIX}"
        ) from error


def _parse(
    file: Published,
    content: bytes,
    header: Sequence[str],
    columns: Sequence[str],
    skipped: list[tuple[int, str]],
) -> pa.Table:
    """Columns as Arrow text; rows with a wrong number of fields go to `skipped`."""

    def skip(row: pa_csv.InvalidRow) -> str:
        skipped.append((row.number, row.text))
        return "skip"

    try:
        # One thread: only then does Arrow know the line of a bad row.
        return pa_csv.read_csv(
            io.BytesIO(content),
            read_options=pa_csv.ReadOptions(
                use_threads=False, column_names=list(header), skip_rows=1
            ),
            parse_options=pa_csv.ParseOptions(
                invalid_row_handler=skip, ignore_empty_lines=False
            ),
            convert_options=pa_csv.ConvertOptions(
                include_columns=list(columns),
                column_types=dict.fromkeys(columns, pa.string()),
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        raise SourceError(
            f"{file.name}: cannot be read as CSV ({error}). {_FIX}"
        ) from error


def _data_rows(
    table: pa.Table, content: bytes, skipped: Sequence[int]
) -> tuple[pd.DataFrame, np.ndarray]:
    """Stripped rows that are not blank, and their lines in the file."""
    frame = pd.DataFrame(
        {
            name: table[name].to_pandas().astype("str").str.strip()
            for name in table.column_names
        }
    )
    lines = np.setdiff1d(np.arange(2, 2 + len(frame) + len(skipped)), skipped)
    is_empty = (frame == "").all(axis=1).to_numpy(bool).copy()
    if is_empty.any():  # in the columns read; only the line itself tells if it is blank
        texts = content.split(b"\n")
        blank = [not texts[line - 1].strip() for line in lines[is_empty]]
        is_empty[is_empty] = blank
    return frame[~is_empty].reset_index(drop=True), lines[~is_empty]


def _refuse_line_breaks(file: Published, content: bytes, parsed_count: int) -> None:
    """Refuse quoted values with line breaks: no row could be told by its line."""
    lines = content.removesuffix(b"\n").split(b"\n")
    if len(lines) == parsed_count:
        return
    odd = (number for number, line in enumerate(lines, 1) if line.count(b'"') % 2)
    raise SourceError(
        f"{file.name}, line {next(odd, 1)}: found a quotation mark that does not close "
        "on its line, wanted one row per line. Take the line break out of the value."
    )


def _refuse_cut(
    file: Published,
    content: bytes,
    header: Sequence[str],
    ragged: Sequence[tuple[int, str]],
) -> None:
    """Refuse a file whose last line has no end and too few fields."""
    if not ragged or content.endswith(b"\n"):
        return
    line, text = ragged[-1]
    if line == content.count(b"\n") + 1:
        raise SourceError(
            f"{file.name}, line {line}: the file ends within the row '{text[:60]}'; "
            f"wanted {len(header)} fields and a line end. {_FIX}"
        )
