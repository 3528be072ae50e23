"""The day that N03 行政区域 holds for, by its name and by its content."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import PurePosixPath

from geodata import reference
from geodata.errors import SourceError
from geodata.readers.files.published import Published
from geodata.readers.files.vector import VectorLayer

WARD_SINCE = date(2024, 1, 1)
"""First edition with N03_005; N03 of 2023-01-01 has none, that of 2024-01-01 has it."""

_DAY = re.compile(
    r"N03-(?:(?P<long>\d{8})|(?:\d{2}_)?(?:\d{2}_)?(?P<short>\d{6}))(?!\d)", re.I
)
_YEAR = re.compile(r"N03[-_](?P<year>(?:19|20)\d{2})(?!\d)", re.I)
_STATED_YEAR = re.compile(
    r"(?P<era>平成|令和)?(?P<year>元|\d{1,4})年(?P<fiscal>度)?(?:(?P<month>\d{1,2})月)?"
)
_ERAS = {"平成": 1988, "令和": 2018, None: 0}
_CENTURY = 50  # 50 to 99 are 1950 to 1999; the editions of 1920 are not for this reader


@dataclass(frozen=True)
class Period:
    """Days between which data hold, both included, and how that is known."""

    first: date = date.min
    last: date = date.max
    reason: str = ""

    @property
    def is_known(self) -> bool:
        """Whether either end is known."""
        return self.first > date.min or self.last < date.max

    def meets(self, other: "Period") -> bool:
        """Whether a day lies in both."""
        return self.first <= other.last and other.first <= self.last

    def is_same(self, other: "Period") -> bool:
        """Whether both are of the same days, as far as both are known."""
        if not (self.is_known and other.is_known):
            return True
        return (self.first, self.last) == (other.first, other.last)

    def __str__(self) -> str:
        """Such as ``2021-01-01``, ``2021`` or ``2018-10-01 or later``."""
        if not self.is_known:
            return "an unknown day"
        if self.first == self.last:
            return self.first.isoformat()
        if self == _calendar_year(self.first.year, self.reason):
            return str(self.first.year)
        if self.last == date.max:
            return f"{self.first} or later"
        if self.first == date.min:
            return f"{self.last} or earlier"
        return f"{self.first} to {self.last}"


def name_period(file: Published) -> Period:
    """Day or year in the names of a file and its archive.

    Parameters
    ----------
    file : Published
        Such as ``N03-20240101_GML.zip/N03-20240101.shp`` or ``N03-21_13_210101.json``.

    Returns
    -------
    Period
        Unknown where no name has a day or year.

    Raises
    ------
    SourceError
        The names of archive and member differ in the day.
    """
    names = [file.path.name, *PurePosixPath(file.member).parts]
    named = [(name, _period_in(name)) for name in names]
    known = [(name, period) for name, period in named if period.is_known]
    if not known:
        return Period()
    for name, period in known[1:]:
        if not period.meets(known[0][1]):
            raise SourceError(
                f"{file.name}: {known[0][0]} says {known[0][1]}, {name} says {period}; "
                "wanted: an archive under its own name. Download it again."
            )
    return max((period for _, period in known), key=lambda p: (p.first, p.reason))


def _period_in(name: str) -> Period:
    if found := _DAY.search(name):
        text = found["long"] or _with_century(found["short"])
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return Period()
        return Period(day, day, f"its name {name}")
    if found := _YEAR.search(name):
        return _calendar_year(int(found["year"]), f"its name {name}")
    return Period()


def _with_century(text: str) -> str:
    return ("19" if int(text[:2]) >= _CENTURY else "20") + text


def _calendar_year(year: int, reason: str) -> Period:
    return Period(date(year, 1, 1), date(year, 12, 31), reason)


def content_period(layer: VectorLayer, codes: Iterable[str]) -> Period:
    """Days that a layer can be of, from its columns, codes and own description.

    Parameters
    ----------
    layer : VectorLayer
        N03 of any edition.
    codes : iterable of str
        Its 5-digit municipality codes. A code that ended, or began, on a known day
        (`geodata.reference.municipality_changes`) bounds the period; on that very day
        both are accepted.

    Raises
    ------
    SourceError
        The content speaks of days that exclude each other.
    """
    periods = [_by_columns(layer), *_by_codes(set(codes))]
    periods += _by_description(layer.description)
    earliest = max(periods, key=lambda period: period.first)
    latest = min(periods, key=lambda period: period.last)
    if earliest.first > latest.last:
        raise SourceError(
            f"{layer.file}: {earliest.reason} ({earliest}), but {latest.reason} "
            f"({latest}); wanted: boundaries of one day. Take the file as published."
        )
    reasons = dict.fromkeys((earliest.reason, latest.reason))
    return Period(earliest.first, latest.last, ", ".join(filter(None, reasons)))


def _by_columns(layer: VectorLayer) -> Period:
    """No layout of a ward in GML is known, so its absence there says nothing."""
    if "N03_005" in layer.frame:
        return Period(first=WARD_SINCE, reason="column N03_005 is there")
    if layer.kind == "gml":
        return Period()
    before = WARD_SINCE - timedelta(days=1)
    return Period(last=before, reason="no column N03_005")


def _by_codes(codes: set[str]) -> list[Period]:
    changes = reference.municipality_changes()
    changes = changes[changes["old_code"] != changes["new_code"]]
    ended = changes[changes["old_code"].isin(codes)]
    is_begun = changes["new_code"].isin(codes) & (changes["kind"] != "merge")
    begun = changes[is_begun & ~changes["new_code"].isin(changes["old_code"])]
    untils = [
        Period(last=day.date(), reason=f"code {code} ended then")
        for code, day in zip(ended["old_code"], ended["changed_on"], strict=True)
    ]
    sinces = [
        Period(first=day.date(), reason=f"code {code} began then")
        for code, day in zip(begun["new_code"], begun["changed_on"], strict=True)
    ]
    return untils + sinces


def _by_description(text: str) -> list[Period]:
    found = _STATED_YEAR.search(text)
    if not found:
        return []
    number = 1 if found["year"] == "元" else int(found["year"])
    year = _ERAS[found["era"]] + number
    if not 1900 <= year <= 2100:
        return []
    reason = f"its description says '{found[0]}'"
    if found["fiscal"]:
        return [Period(date(year, 4, 1), date(year + 1, 3, 31), reason)]
    return [_calendar_year(year, reason)]
