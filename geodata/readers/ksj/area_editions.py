"""Layouts and editions of the disadvantaged areas of 国土数値情報, A17 to A25."""

import re
from dataclasses import astuple, dataclass

from geodata.errors import SourceError
from geodata.readers.files.published import Published

_NAMED = re.compile(
    r"(?<![A-Za-z0-9])(A\d\d)(s(?:-?[a-z])?|-[a-z])?-(\d{6}|\d{2})(?:_(\d\d))?(?!\d)",
    re.IGNORECASE,
)
_CENTURY_TURN = 50  # two-digit years from here on are 19xx


@dataclass(frozen=True)
class Layout:
    """Columns of one dataset, by number: 2 is ``A17_002``.

    Attributes
    ----------
    dataset : str
        Such as ``A17``.
    column_count : int
        Attribute columns, numbered from 1. More of the same prefix are another
        edition's.
    names : tuple of int
        Columns with the area's name; the first that is filled counts.
    category : int
        Column with a code list; 0 without one.
    codes : tuple of str
        That code list.
    designated : int
        Column with the day or year of designation; 0 without one.
    first_year : int
        First edition with this layout.
    is_required : bool
        Whether all used columns must be there, or the municipality code only.
    """

    dataset: str
    column_count: int
    names: tuple[int, ...]
    category: int = 0
    codes: tuple[str, ...] = ()
    designated: int = 0
    first_year: int = 2016
    is_required: bool = True

    def column(self, number: int) -> str:
        """Name of a column by its number."""
        return f"{self.dataset}_{number:03d}"

    @property
    def city_code(self) -> str:
        """Column of the municipality code."""
        return self.column(2)

    @property
    def required(self) -> list[str]:
        """Columns without which a file is not read."""
        if not self.is_required:
            return [self.city_code]
        used = [2, *self.names, *filter(None, [self.category, self.designated])]
        return [self.column(number) for number in sorted(used)]


# Attribute tables of the product pages (2021). A20 and A21 exist in editions to 2007
# only; their tables are known without types, so that only the code is required.
LAYOUTS = {
    layout.dataset: layout
    for layout in (
        Layout("A17", 9, (8,), category=9, codes=("01", "02", "03")),
        Layout("A18", 10, (9,), designated=10),
        Layout("A19", 9, (9, 8)),
        Layout("A20", 8, (7,), designated=8, first_year=0, is_required=False),
        Layout("A21", 7, (6,), designated=7, first_year=0, is_required=False),
        Layout("A22", 9, (8,), category=9, codes=("1", "2")),
        Layout("A24", 11, (9, 8), designated=10),
        Layout("A25", 8, (8,)),
    )
}
"""Layout of each dataset that is read."""


@dataclass(frozen=True)
class Edition:
    """What a file's name says: dataset, year, prefecture (empty where it does not)."""

    dataset: str = ""
    year: int = 0
    pref_code: str = ""


def edition_of(file: Published) -> Edition:
    """What the file's own name and that of its archive say.

    Raises
    ------
    SourceError
        The two disagree, or one names an edition that is not read.
    """
    own = edition_in(file.file_name)
    archive = edition_in(file.path.name) if file.member else own
    both = list(zip(astuple(own), astuple(archive), strict=True))
    if any(a and b and a != b for a, b in both):
        raise SourceError(
            f"{file.name}: the archive is named {file.path.name}, the file in it "
            f"{file.file_name}; wanted: one dataset, year and prefecture. Take the "
            "archive as downloaded, under its own name."
        )
    return Edition(*(a or b for a, b in both))


def edition_in(name: str) -> Edition:
    """What a name such as ``A17-17_32_GML.zip`` says; nothing where it is no such name.

    Raises
    ------
    SourceError
        The name is that of a statistics edition, or of one older than the layouts.
    """
    match = _NAMED.search(name)
    if match is None:
        return Edition()
    dataset, statistics, digits, pref_code = match.groups()
    dataset = dataset.upper()
    if statistics:
        raise SourceError(
            f"{name}: {dataset}{statistics} is a statistics edition, whose columns "
            f"have other meanings; wanted: {dataset}, such as "
            f"{dataset}-16_05_GML.zip. Download that dataset."
        )
    year = int(digits[:2]) + (1900 if int(digits[:2]) >= _CENTURY_TURN else 2000)
    layout = LAYOUTS.get(dataset)
    if layout is not None and year < layout.first_year:
        raise SourceError(
            f"{name}: the edition of {year}, whose columns have other meanings; "
            f"wanted: {dataset} of {layout.first_year} or newer. Download the newest "
            "edition."
        )
    return Edition(dataset, year, pref_code or "")
