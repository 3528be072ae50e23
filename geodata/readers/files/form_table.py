"""Tables in a form of this project: one header, as CSV or as a sheet of Excel."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from geodata.errors import SourceError
from geodata.readers.files.csv_rows import read_csv, require_columns
from geodata.readers.files.published import Published, published_files
from geodata.readers.files.sheet_text import Sheet, cell_text, sheets_of
from geodata.readers.reading import Rejections, unused_columns

_SUFFIXES = [".csv", ".xlsx", ".xls"]
_HEADER_WITHIN = 10  # rows of a sheet in which the header is looked for
_NAMED_DAY = re.compile(r"(20\d\d)[-_]?(0[1-9]|1[0-2])[-_]?(0[1-9]|[12]\d|3[01])(?!\d)")


@dataclass(frozen=True)
class FormTable:
    """Rows of one table in the project's form, all as text.

    Attributes
    ----------
    file : Published
        Where it was read from.
    sheet : str
        Sheet of a workbook; empty for CSV.
    frame : DataFrame of str
        The wanted columns; empty text where a value is missing.
    rows : int64 array
        1-based line, or row of the sheet, of each row.
    row_count : int
        Data rows, those with a wrong number of fields included.
    notes : tuple of str
        Columns or sheets that were not used.
    """

    file: Published
    sheet: str
    frame: pd.DataFrame
    rows: np.ndarray
    row_count: int
    notes: tuple[str, ...]

    @property
    def place(self) -> str:
        """File, and the sheet where there is one."""
        return (
            f"{self.file.name}, sheet '{self.sheet}'" if self.sheet else self.file.name
        )


def read_form(
    paths: Sequence[Path], columns: Sequence[str], rejections: Rejections
) -> Iterator[FormTable]:
    """Read every CSV file and sheet that holds `columns`.

    CSV is UTF-8 with the header in line 1. A workbook may have its header in any of
    the first ten rows of one sheet or several; sheets without it are left out with a
    note. Rows with a wrong number of fields go to `rejections`.

    Parameters
    ----------
    paths : sequence of Path
        ``.csv`` and ``.xlsx`` files, or zip archives of them.
    columns : sequence of str
        Wanted column names.
    rejections : Rejections
        Where faulty rows go.

    Raises
    ------
    SourceError
        There is no such file, or one is damaged, empty, not UTF-8, or misses columns.
    """
    wanted = f"a table with the columns {', '.join(columns)}"
    for file in published_files(paths, _SUFFIXES, wanted):
        if file.suffix == ".csv":
            yield _from_text(file, columns, rejections)
        else:
            yield from _from_sheets(file, columns)


def check_day_in_name(file: Published, days: Sequence[str], column: str) -> None:
    """Refuse a file whose name says another day than its rows.

    Parameters
    ----------
    file : Published
        A name such as ``support_areas_20240830.csv`` says a day; most say none.
    days : sequence of str
        ISO days that the column holds.
    column : str
        Name of that column.

    Raises
    ------
    SourceError
        The name says a day, and the latest of `days` is another.
    """
    match = _NAMED_DAY.search(file.file_name)
    if match is None or not days:
        return
    said, found = "-".join(match.groups()), max(days)
    if said != found:
        raise SourceError(
            f"{file.name}, column {column}: the latest day found is {found}, but the "
            f"name says {said}. Give the file the name of its content, or take the "
            "right file."
        )


def _from_text(
    file: Published, columns: Sequence[str], rejections: Rejections
) -> FormTable:
    table = read_csv(file, columns)
    table.reject_misshapen(rejections, file.name)
    notes = unused_columns(file.name, [n for n in table.header if n not in columns])
    return FormTable(file, "", table.frame, table.lines, table.row_count, notes)


def _from_sheets(file: Published, columns: Sequence[str]) -> Iterator[FormTable]:
    sheets = sheets_of(file)
    headers = {sheet.name: _header_row(sheet, columns) for sheet in sheets}
    if all(at is None for at in headers.values()):
        first = next((sheet for sheet in sheets if sheet.rows), None)
        place = f"{file.name}, sheet '{first.name}', row 1" if first else file.name
        require_columns(_texts(first.rows[0]) if first else (), columns, place)
    unused = [f"'{sheet.name}'" for sheet in sheets if headers[sheet.name] is None]
    note = f"{file.name}: sheet(s) {', '.join(unused)} without the header not read."
    notes = (note,) if unused else ()
    for sheet in sheets:
        at = headers[sheet.name]
        if at is not None:
            yield _from_sheet(file, sheet, at, columns, notes)
            notes = ()


def _from_sheet(
    file: Published,
    sheet: Sheet,
    header_at: int,
    columns: Sequence[str],
    notes: tuple[str, ...],
) -> FormTable:
    header = _texts(sheet.rows[header_at])
    places = [header.index(name) for name in columns]
    texts = [
        (number, _texts(cells))
        for number, cells in enumerate(sheet.rows[header_at + 1 :], header_at + 2)
    ]
    texts = [(number, values) for number, values in texts if any(values)]
    place = f"{file.name}, sheet '{sheet.name}'"
    if not texts:
        raise SourceError(
            f"{place}, row {header_at + 2}: found no data row below the header, wanted "
            "at least one. Take the complete file."
        )
    rows = [
        [values[at] if at < len(values) else "" for at in places] for _, values in texts
    ]
    frame = pd.DataFrame(rows, columns=list(columns), dtype="str")
    numbers = np.array([number for number, _ in texts], "int64")
    extra = [name for name in header if name not in columns]
    notes = (*notes, *unused_columns(place, extra))
    return FormTable(file, sheet.name, frame, numbers, len(frame), notes)


def _header_row(sheet: Sheet, columns: Sequence[str]) -> int | None:
    """0-based row that names all columns."""
    for at, cells in enumerate(sheet.rows[:_HEADER_WITHIN]):
        if set(columns) <= set(_texts(cells)):
            return at
    return None


def _texts(cells: Sequence[object]) -> tuple[str, ...]:
    return tuple(map(cell_text, cells))
