"""Small text tables (CSV with a header), read whole and checked by line."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from geodata.errors import SourceError

_SHOWN = 5


def read_rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Line number and the values of `columns` for each row of a CSV file.

    UTF-8, a byte order mark is accepted; blank lines are passed over. Further
    columns are ignored.

    Raises
    ------
    SourceError
        The file is unreadable, not UTF-8, empty, or misses a column.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{path.name}: not UTF-8 at byte {error.start}; save it as UTF-8."
        ) from error
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror}).") from error
    try:
        rows = list(_numbered(text))
    except csv.Error as error:
        raise SourceError(f"{path.name}: cannot be read as CSV ({error}).") from error
    header = rows[0][1] if rows else []
    absent = [name for name in columns if name not in header]
    if absent:
        raise SourceError(
            f"{path.name}, line 1: column(s) {', '.join(absent)} not found; the "
            f"header is {header or 'empty'}, wanted {', '.join(columns)}."
        )
    places = [header.index(name) for name in columns]
    for line, values in rows[1:]:
        if any(value.strip() for value in values):
            yield line, [_value(values, place) for place in places]


def _numbered(text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(text.splitlines())
    for values in reader:
        yield reader.line_num, values


def _value(values: list[str], place: int) -> str:
    return values[place].strip() if place < len(values) else ""


def refuse_if(faults: Sequence[str], path: Path, fix: str) -> None:
    """Raise a SourceError that lists the first faults, when there are any."""
    if not faults:
        return
    shown = "; ".join(faults[:_SHOWN])
    more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
    raise SourceError(f"{path.name}: {shown}{more}. {fix}")
