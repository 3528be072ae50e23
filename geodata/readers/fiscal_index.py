"""財政力指数: 全市町村の主要財政指標, the ministry's own workbook of one year.

``zenshichoson_R3.xlsx``: a title with the year (令和３年度), a header, one row per
municipality with its six-digit 団体コード, and the national mean as the last row.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from unicodedata import normalize

import numpy as np
import pandas as pd
import pandera.pandas as pandera

from geodata.errors import SourceError
from geodata.readers.columns import city_code_column, name_column
from geodata.readers.files.published import Published, published_files
from geodata.readers.files.sheet_text import Sheet, cell_text, sheets_of
from geodata.readers.reading import (
    Rejections,
    SourceRead,
    good_rows,
    rule,
    unused_columns,
)
from geodata.reference import municipalities
from geodata.reference.municipality_code import five_digit_codes

NAME = "fiscal_index"

_CODE, _CITY, _INDEX = "団体コード", "団体名", "財政力指数"
_COLUMNS = (_CODE, _CITY, _INDEX)
_NOT_USED = (
    "都道府県名",
    "経常収支比率",
    "実質公債費比率",
    "将来負担比率",
    "ラスパイレス指数",
)
_MEAN = "全国市町村平均"
_WANTED = "zenshichoson_R3.xlsx or the like (全市町村の主要財政指標)"
_NONE = {"-", "－", "―", "‐", "−"}
_HEADER_WITHIN = 10  # rows of a sheet in which title and header are looked for
_LARGEST_INDEX = 10  # the largest published one is below 3
_ERAS = {"令和": 2018, "平成": 1988}
_TITLE = re.compile(r"(令和|平成)(元|\d{1,2})年度")
_FILE_YEAR = re.compile(r"(?<![A-Za-z])([RH])(\d{1,2})(?!\d)")
_INITIALS = {"R": "令和", "H": "平成"}


@dataclass(frozen=True)
class _Workbook:
    """The one sheet of a workbook that holds the table."""

    file: Published
    sheet: Sheet
    header_at: int
    fiscal_year: int

    @property
    def place(self) -> str:
        return f"{self.file.name}, sheet '{self.sheet.name}'"


def read_fiscal_index(paths: Sequence[Path]) -> SourceRead:
    """Read 財政力指数 (three-year mean) of every municipality.

    Of workbooks of several years the newest is used, and the others are named in a
    note: an index is used as of today, never as a series.

    Parameters
    ----------
    paths : sequence of Path
        ``.xlsx`` workbooks, plain or zipped.

    Returns
    -------
    SourceRead
        ``raw.fiscal_index``; null where the index is ``-`` (none). The row of the
        national mean is a footer, no data row: it is compared with the mean of the
        rows, and a difference is noted as ``inconsistent_total``. The vintage is the
        fiscal year in which the year's mean ends, such as ``FY2021``.

    Raises
    ------
    SourceError
        A workbook is damaged or of old Excel (``.xls``), has no title with a year or
        no header, its name says another year than its title, or two are of one year.
    """
    files = published_files(paths, [".xlsx", ".xls"], _WANTED)
    book, older = _newest([_workbook(file) for file in files])
    rejections = Rejections(NAME)
    frame, mean = _rows(book)
    good = good_rows(
        frame,
        _SCHEMA,
        rejections,
        file=book.file.name,
        layer=book.sheet.name,
        row_numbers=frame["row"].to_numpy(),
        shown={"code": _CODE, "name": _CITY, "index": _INDEX},
    )
    table = _table(good, book.fiscal_year)
    _check_mean(table, mean, book, rejections)
    return SourceRead(
        name=NAME,
        tables={"raw.fiscal_index": table},
        rejected=rejections.table(),
        read_count=len(frame),
        accepted_count=len(table),
        vintage=f"FY{book.fiscal_year}",
        edition="全市町村の主要財政指標 (.xlsx)",
        notes=tuple(_notes(table, mean, book, older)),
    )


def _workbook(file: Published) -> _Workbook:
    sheets = sheets_of(file)
    for sheet in sheets:
        for at, cells in enumerate(sheet.rows[:_HEADER_WITHIN]):
            if set(_COLUMNS) <= {cell_text(cell) for cell in cells}:
                book = _Workbook(file, sheet, at, _year(file, sheet, at))
                _check_file_year(book)
                return book
    first = next((sheet.rows for sheet in sheets if sheet.rows), [])
    found = " / ".join(
        " ".join(cell_text(cell) for cell in cells if cell is not None)
        for cells in first[:2]
    )
    raise SourceError(
        f"{file.name}, rows 1 to {_HEADER_WITHIN}: found no header, but "
        f"'{found[:60]}'; wanted the columns {', '.join(_COLUMNS)}. Take "
        "全市町村の主要財政指標 as published."
    )


def _year(file: Published, sheet: Sheet, header_at: int) -> int:
    """Fiscal year in the rows above the header."""
    title = "".join(
        cell_text(cell) for cells in sheet.rows[:header_at] for cell in cells
    )
    match = _TITLE.search(normalize("NFKC", title))
    if match is None:
        raise SourceError(
            f"{file.name}, sheet '{sheet.name}', row 1: found the title "
            f"'{title[:40]}', wanted one with a year such as 令和３年度. Take the "
            "workbook as published."
        )
    return _fiscal_year(match[1], match[2])


def _fiscal_year(era: str, year: str) -> int:
    return _ERAS[era] + (1 if year == "元" else int(year))


def _check_file_year(book: _Workbook) -> None:
    match = _FILE_YEAR.search(Path(book.file.file_name).stem)
    if match is None:
        return
    said = _fiscal_year(_INITIALS[match[1]], match[2])
    if said != book.fiscal_year:
        raise SourceError(
            f"{book.place}, row 1: the title is of FY{book.fiscal_year}, but the name "
            f"says {match[0]} (FY{said}). Give the file the name of its content, or "
            "take the right file."
        )


def _newest(books: Sequence[_Workbook]) -> tuple[_Workbook, list[_Workbook]]:
    *older, newest = sorted(books, key=lambda book: book.fiscal_year)
    if older and older[-1].fiscal_year == newest.fiscal_year:
        raise SourceError(
            f"{older[-1].file.name}, {newest.file.name}: found two workbooks of "
            f"FY{newest.fiscal_year}, wanted one. Give one of them."
        )
    return newest, older


def _rows(book: _Workbook) -> tuple[pd.DataFrame, str | None]:
    """Data rows as text, and the national mean where there is one."""
    header = [cell_text(cell) for cell in book.sheet.rows[book.header_at]]
    places = [header.index(name) for name in _COLUMNS]
    mean, found = None, []
    below = book.sheet.rows[book.header_at + 1 :]
    for number, cells in enumerate(below, book.header_at + 2):
        texts = [cell_text(cell) for cell in cells]
        if not any(texts):
            continue
        code, name, index = (texts[at] if at < len(texts) else "" for at in places)
        if normalize("NFKC", code) == _MEAN:
            mean = index
        else:
            found.append((number, code, name, index))
    if not found:
        raise SourceError(
            f"{book.place}, row {book.header_at + 2}: found no municipality below the "
            "header. Take the complete workbook."
        )
    frame = pd.DataFrame(found, columns=["row", "code", "name", "index"])
    return frame.assign(
        city_code=five_digit_codes(frame["code"], "six"),
        name=frame["name"].where(frame["name"] != ""),
        index=frame["index"].where(~frame["index"].isin(_NONE)),
    ), mean


def _is_index(texts: pd.Series) -> pd.Series:
    is_number = texts.str.fullmatch(r"[0-9]+(\.[0-9]+)?").astype(bool)
    return is_number & (texts.where(is_number, "0").astype("float64") < _LARGEST_INDEX)


_SCHEMA = pandera.DataFrameSchema(
    {
        "code": city_code_column("six"),
        "name": name_column(),
        "index": pandera.Column(
            checks=rule(
                "bad_value",
                f"a number of 0 to {_LARGEST_INDEX}, or - for none",
                _is_index,
            ),
            nullable=True,
        ),
    },
    unique=["code"],
)


def _table(good: pd.DataFrame, fiscal_year: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "city_code": good["city_code"],
            "city_name_ja": good["name"],
            "fiscal_year": np.full(len(good), fiscal_year, "int16"),
            "fiscal_index": good["index"].astype("float64"),
        }
    )


def _mean_of(table: pd.DataFrame) -> Decimal | None:
    """Simple mean, two decimals half up, as the ministry gives it; None without any."""
    values = [Decimal(str(value)) for value in table["fiscal_index"].dropna()]
    if not values:
        return None
    return (sum(values, Decimal(0)) / len(values)).quantize(
        Decimal("0.01"), ROUND_HALF_UP
    )


def _check_mean(
    table: pd.DataFrame, mean: str | None, book: _Workbook, rejections: Rejections
) -> None:
    computed = _mean_of(table)
    is_number = mean is not None and _is_index(pd.Series([mean])).all()
    if mean is None or computed is None or (is_number and Decimal(mean) == computed):
        return
    rejections.add(
        "inconsistent_total",
        file=book.file.name,
        layer=book.sheet.name,
        rows=len(book.sheet.rows),
        column=_INDEX,
        values=mean,
        wanted=f"{computed}, the mean of the {len(table):,} rows above",
    )


def _notes(
    table: pd.DataFrame, mean: str | None, book: _Workbook, older: list[_Workbook]
) -> Iterator[str]:
    for other in older:
        yield (
            f"{other.file.name} (FY{other.fiscal_year}) not used: {book.file.name} "
            f"(FY{book.fiscal_year}) is newer."
        )
    if mean is None:
        yield f"{book.place}: the row {_MEAN} is not there; the table may be cut short."
    listed = municipalities().query("kind in ['municipality', 'designated_city']")
    listed = listed[~listed["is_northern_territories"]]
    absent = listed[~listed["city_code"].isin(table["city_code"])]
    if len(absent):
        yield (
            f"{len(absent):,} of {len(listed):,} municipalities of 2020 have no row, "
            f"the first {absent['city_code'].iloc[0]} {absent['name_ja'].iloc[0]}: "
            "their index is unknown."
        )
    none = int(table["fiscal_index"].isna().sum())
    if none:
        yield f"{none:,} municipalities have no index (-)."
    header = (cell_text(cell) for cell in book.sheet.rows[book.header_at])
    known = (*_COLUMNS, *_NOT_USED)
    yield from unused_columns(book.place, (n for n in header if n not in known))
