"""What a reader is wanted to do with one fault: the cells of the table of faults."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.unit.reader_faults import (
    Good,
    empty,
    truncated,
    with_column,
    with_last_row_twice,
    wrongly_encoded,
)

FAULTS = (
    "truncated",
    "empty",
    "wrong encoding",
    "wrong edition",
    "wrong datum",
    "column missing",
    "extra column",
    "duplicate key",
    "renamed",
)
EXTRA = "extra_x"


@dataclass(frozen=True)
class Refused:
    """The whole file: the message names it, and the place, what was found and wanted.

    `found` and `wanted` are words of the message, `place` too where it has one.
    """

    found: str
    wanted: str
    place: str = ""
    make: Callable[[Good], Good] | None = None
    is_beside: bool = False  # given together with the good file


@dataclass(frozen=True)
class Rejected:
    """The last row alone: it is kept with its place, value and rule."""

    rule_id: str
    column: str
    row: int
    value: str
    make: Callable[[Good], Good] | None = None


@dataclass(frozen=True)
class Noted:
    """All rows are read, and a note says the words."""

    words: str
    place: str = ""  # the name of the file, if it says no other
    datum: str = ""
    make: Callable[[Good], Good] | None = None


@dataclass(frozen=True)
class Impossible:
    """Why the fault cannot occur in this format."""

    reason: str


Cell = Refused | Rejected | Noted | Impossible


@dataclass(frozen=True)
class Row:
    """One form of a source."""

    source: str
    good: Good
    required: tuple[str, ...]
    cells: Mapping[str, Cell]
    form: str = ""

    def __str__(self) -> str:
        return f"{self.source} {self.form}".strip()


DEFAULT_MAKERS = {
    "truncated": truncated,
    "empty": empty,
    "wrong encoding": wrongly_encoded,
    "extra column": lambda good: with_column(good, EXTRA, "1"),
    "duplicate key": with_last_row_twice,
}

NO_DATUM = Impossible("it holds codes of municipalities, no coordinates and no cells")
OWN_DATUM = Impossible("a form of this project, whose cells are of JGD2011; no file of"
    " it states a datum")  # fmt: skip
ONE_EDITION = Impossible("a form of this project, which has one edition")
OWN_NAME = Impossible("a form of this project; its name says the source and no more")
BINARY = Impossible("a binary format, which states how it is encoded itself")

NO_GDAL = Refused("cannot be read", "wanted: the complete")
NOT_UTF8_JSON = Refused("byte 0x", "wanted: UTF-8")
NOT_UTF8 = Refused("is not UTF-8", "wanted UTF-8", "line")
NOT_CP932 = Refused("it is UTF-8", "wanted CP932", "line")
UTF16 = Refused("zero bytes, as UTF-16", "wanted UTF-8", "line 1")
NO_HEADER = Refused("found no header", "wanted a table with column names", "line 1")
CUT_ROW = Refused("ends within the row", "wanted", "line")
EXTRA_NOTED = Noted(EXTRA)
NO_COLUMN = Refused("not found", "wanted")
