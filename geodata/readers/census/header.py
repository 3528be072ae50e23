"""The two header lines of an e-Stat mesh statistic: codes, then Japanese labels.

Labels tell which column is which; the code's number is only a cross-check.
"""

import csv
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from geodata.errors import SourceError
from geodata.readers.files.encoding import decode
from geodata.readers.files.published import Published
from geodata.readers.reading import unused_columns

KEYS = ("KEY_CODE", "HTKSYORI", "HTKSAKI", "GASSAN")
"""Columns of every mesh statistic of e-Stat, found by name."""

NOT_STATED = "not stated"
"""Year or datum of a statistics id that ``statistics.toml`` does not list."""

_FIGURE = re.compile(r"(T\d{6})\d{3}")
_TOKYO = "日本測地系"
_SHOWN = 5


@dataclass(frozen=True)
class _Figure:
    """A column that is read: labels without blanks and brackets, usual codes."""

    labels: tuple[str, ...]
    published: str
    usual_numbers: tuple[str, ...]  # 2020, then 2015 where it was another


_FIGURES = {
    "population": _Figure(("人口総数",), "人口（総数）", ("001",)),
    "household": _Figure(("世帯総数",), "世帯総数", ("034", "025")),
    "age65": _Figure(
        ("65歳以上人口総数", "65歳以上人口"), "６５歳以上人口　総数", ("019", "016")
    ),
}


@dataclass(frozen=True)
class CensusHeader:
    """What the header of one file says.

    Attributes
    ----------
    statistics_id : str
        Such as ``T001101``.
    names : tuple of str
        Code of every column, in order.
    columns : dict
        ``population``, ``household``, ``age65`` to the column's code; a figure that
        the statistic does not have is absent (``population`` never is).
    end : int
        Byte at which the data rows start.
    notes : tuple of str
        What was accepted although it is unusual.
    """

    statistics_id: str
    names: tuple[str, ...]
    columns: dict[str, str]
    end: int
    notes: tuple[str, ...]


def read_header(file: Published, content: bytes) -> CensusHeader:
    """Read the two header lines.

    Parameters
    ----------
    file : Published
        For names in messages, and whether they say 日本測地系.
    content : bytes
        The whole file.

    Raises
    ------
    SourceError
        The file is empty or ends within the header; the header is not CP932; a
        column is missing or stands twice; figures of several statistics; or the
        statistic is on the Tokyo datum.
    """
    end = _end(file.name, content)
    codes, labels = _two_lines(file.name, content[:end])
    _refuse_tokyo(file, labels)
    _refuse_bad_codes(file.name, codes)
    figures = {code: _FIGURE.fullmatch(code) for code in codes}
    ids = sorted({match[1] for match in figures.values() if match})
    if len(ids) != 1:
        raise SourceError(
            f"{file.name}, line 1: columns of {', '.join(ids) or 'no statistic'}; "
            "wanted the figures of one statistic, such as T001101001. Take the file "
            "as downloaded."
        )
    columns = _columns(file.name, codes, labels)
    extra = [c for c in codes if figures[c] is None and c not in KEYS]
    notes = unused_columns(file.name, extra)
    return CensusHeader(
        statistics_id=ids[0],
        names=tuple(codes),
        columns=columns,
        end=end,
        notes=(*notes, *_unusual(file.name, columns)),
    )


@cache
def statistics() -> dict[str, dict[str, str | int]]:
    """Census year and datum by statistics id, with their provenance."""
    text = resources.files("geodata.readers.census").joinpath("statistics.toml")
    return tomllib.loads(text.read_text(encoding="utf-8"))


@cache
def normal_label(label: str) -> str:
    """A label without the differences between editions: widths, blanks, brackets.

    Examples
    --------
    >>> normal_label("　６５歳以上人口　総数")
    '65歳以上人口総数'
    """
    return re.sub(r"[\s()「」]", "", unicodedata.normalize("NFKC", label))


def _end(name: str, content: bytes) -> int:
    """Byte after the second line end."""
    if not content.strip():
        raise SourceError(
            f"{name}: the file is empty; wanted two header lines and a row per mesh. "
            "Download it again."
        )
    first = content.find(b"\n")
    second = content.find(b"\n", first + 1) if first >= 0 else -1
    if second < 0:
        raise SourceError(
            f"{name}: ends within its two header lines, so it was cut short. "
            "Download it again."
        )
    return second + 1


def _two_lines(name: str, content: bytes) -> tuple[list[str], list[str]]:
    text = decode(content, "cp932", name)
    codes, labels = csv.reader(text.splitlines())
    if len(codes) != len(labels):
        raise SourceError(
            f"{name}, line 2: {len(labels)} fields under the {len(codes)} of line 1; "
            "wanted a line of Japanese labels, one per column. Take the file as "
            "downloaded."
        )
    return [code.strip() for code in codes], labels


def _refuse_bad_codes(name: str, codes: Sequence[str]) -> None:
    absent = [key for key in KEYS if key not in codes]
    if absent:
        raise SourceError(
            f"{name}, line 1: column(s) {', '.join(absent)} not found; the line "
            f"starts {','.join(codes[:_SHOWN])}, wanted {','.join(KEYS)} and figures. "
            "Take a mesh statistic (地域メッシュ統計) of e-Stat 統計GIS."
        )
    twice = [code for code, count in Counter(codes).items() if count > 1]
    if twice:
        raise SourceError(
            f"{name}, line 1: column {twice[0]} stands twice; wanted each once. "
            "Take the file as downloaded."
        )


def _columns(name: str, codes: Sequence[str], labels: Sequence[str]) -> dict[str, str]:
    by_label: dict[str, list[str]] = {}
    for code, label in zip(codes, labels, strict=True):
        by_label.setdefault(normal_label(label), []).append(code)
    columns = {}
    for figure, known in _FIGURES.items():
        found = [code for text in known.labels for code in by_label.get(text, [])]
        if len(found) > 1:
            raise SourceError(
                f"{name}, line 2: the label {known.published} stands over "
                f"{' and '.join(found)}; wanted one column of it. Take the file as "
                "downloaded."
            )
        if found:
            columns[figure] = found[0]
    if "population" not in columns:
        shown = ", ".join(label.strip() for label in labels if label.strip())[:120]
        raise SourceError(
            f"{name}, line 2: no column is labelled 人口（総数）; found {shown}. "
            "Take a statistic of the population census (国勢調査) with its total."
        )
    return columns


def _unusual(name: str, columns: dict[str, str]) -> list[str]:
    notes = []
    for figure, known in _FIGURES.items():
        code = columns.get(figure)
        if code is None:
            notes.append(f"{name}: no column {known.published}, so it is null")
        elif not code.endswith(known.usual_numbers):
            notes.append(
                f"{name}: {known.published} is column {code}, as its label says; in "
                f"other tables it is number {' or '.join(known.usual_numbers)}"
            )
    return notes


def _refuse_tokyo(file: Published, labels: Sequence[str]) -> None:
    refuse_tokyo_name(file, "mesh statistic")
    if _says_tokyo(",".join(labels)):
        raise tokyo_datum(f"{file.name}, line 2", "mesh statistic")


def tokyo_datum(where: str, what: str) -> SourceError:
    """Say that a statistic by cells of the Tokyo datum cannot be used."""
    return SourceError(
        f"{where}: says {_TOKYO} (Tokyo datum). Cells of that grid lie some 450 m off, "
        f"so its {what} cannot be re-coded cell by cell; wanted 世界測地系 (JGD2011 or "
        "JGD2000). Download that edition."
    )


def refuse_tokyo_name(file: Published, what: str) -> None:
    """Refuse a file whose name, or folder's name, says 日本測地系.

    Raises
    ------
    SourceError
        One of them does.
    """
    names = {"its folder name": file.path.resolve().parent.name, "its name": file.name}
    for place, text in names.items():
        if _says_tokyo(text):
            raise tokyo_datum(f"{file.name}, {place}", what)


def _says_tokyo(text: str) -> bool:
    return _TOKYO in unicodedata.normalize("NFKC", text)
