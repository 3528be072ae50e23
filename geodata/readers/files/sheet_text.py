"""Excel workbooks (.xlsx) as rows of cells, read in place, never calculated."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from geodata.errors import SourceError
from geodata.readers.files.published import Published

_UNREADABLE = (
    zipfile.BadZipFile,
    InvalidFileException,
    ParseError,
    EOFError,
    KeyError,
    OSError,
    ValueError,
)

Cells = tuple[Any, ...]
"""Values of one row: str, int, float, bool, date, datetime or None."""


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name and every row down to the last one used."""

    name: str
    rows: list[Cells]


def sheets_of(file: Published) -> list[Sheet]:
    """Sheets of a workbook, in order, with the values last saved in each cell.

    Raises
    ------
    SourceError
        The workbook is damaged, or is one of old Excel (``.xls``).
    """
    if file.suffix == ".xls":
        raise SourceError(
            f"{file.name}: found a workbook of old Excel (.xls), wanted .xlsx; open it "
            "in a spreadsheet program and save it as .xlsx, changing nothing."
        )
    try:
        return list(_sheets(file.read_bytes()))
    except _UNREADABLE as error:
        raise SourceError(
            f"{file.name}: cannot be read as an Excel workbook ({error}); wanted: the "
            "complete .xlsx file as published. Download it again."
        ) from error


def _sheets(content: bytes) -> Iterator[Sheet]:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    try:
        for sheet in book.worksheets:
            rows = list(sheet.iter_rows(values_only=True))
            while rows and not any(map(cell_text, rows[-1])):
                rows.pop()
            yield Sheet(sheet.title, rows)
    finally:
        book.close()


def cell_text(value: Any) -> str:  # noqa: ANN401 - any cell
    """Cell as text: blanks stripped, days as ISO, whole numbers without a point.

    Examples
    --------
    >>> cell_text(12.0), cell_text(None), cell_text(date(2024, 8, 30))
    ('12', '', '2024-08-30')
    """
    if value is None:
        return ""
    if isinstance(value, datetime):
        is_day = value.time() == datetime.min.time()
        return (value.date() if is_day else value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
