"""The nine levels of JIS X 0410 as exact integers, and what a code is made of.

One degree is 3,600,000,000 micro-arc-seconds (uas); every cell edge of every level is
a whole number of them. A cell is a row, counted from the equator, and a column, counted
from 100 degrees east. Its code is the sum of a part that the row decides and a part
that the column decides, so going either way is integer arithmetic.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np

from geodata.errors import MeshCodeError
from geodata.mesh.arrays import FloatArray, Int64Array, read_only

UAS_PER_DEGREE = 3_600_000_000
"""Micro-arc-seconds in a degree."""

WEST_UAS = 100 * UAS_PER_DEGREE
"""West edge of column 0: 100 degrees east."""

HEIGHT_UAS = 240_000_000_000
"""The grid ends here, north of the equator: 100 primary meshes, two digits."""

WIDTH_UAS = 360_000_000_000
"""The grid ends here, east of `WEST_UAS`: 100 primary meshes, two digits."""

PACK_BITS = 20
"""A row and a column travel as one number: ``(row << PACK_BITS) + column``."""

NO_CELL = -(1 << 50)
"""Stands for digits that name no cell; too negative for a sum to undo it."""


@dataclass(frozen=True)
class Level:
    """One level of the grid: the size of its cells and the digits that name them.

    Within its parent a cell is the `north`-th row and the `east`-th column, and its
    code is ``parent * shift + offset + north_weight * north + east_weight * east``.
    """

    name: str
    title_ja: str
    digits: int
    rule: str
    """What its own digits may be, in words, for error messages."""
    lat_uas: int
    lon_uas: int
    parent: "Level | None"
    shift: int
    offset: int
    north_weight: int
    east_weight: int

    @property
    def rows(self) -> int:
        """Number of rows from the equator to the north end of the grid."""
        return HEIGHT_UAS // self.lat_uas

    @property
    def columns(self) -> int:
        """Number of columns from 100 degrees east to the east end of the grid."""
        return WIDTH_UAS // self.lon_uas

    @property
    def rows_in_parent(self) -> int:
        """How many rows of this level make one row of the parent."""
        return (self.parent.lat_uas if self.parent else HEIGHT_UAS) // self.lat_uas

    @property
    def columns_in_parent(self) -> int:
        """How many columns of this level make one column of the parent."""
        return (self.parent.lon_uas if self.parent else WIDTH_UAS) // self.lon_uas

    @cached_property
    def own_cells(self) -> Int64Array:
        """Row and column within the parent by the level's own digits; read-only.

        Row and column are packed into one number, see `PACK_BITS`; digits that name
        no cell have `NO_CELL`.
        """
        cells = np.full(self.shift, NO_CELL, dtype=np.int64)
        north = np.arange(self.rows_in_parent)[:, None]
        east = np.arange(self.columns_in_parent)
        digits = self.offset + self.north_weight * north + self.east_weight * east
        cells[digits] = (north << PACK_BITS) + east
        return read_only(cells)

    @cached_property
    def lon_edges(self) -> FloatArray:
        """West edge of each column in degrees, then the last east edge; read-only."""
        east = np.arange(self.columns + 1, dtype=np.int64)
        return read_only((WEST_UAS + east * self.lon_uas) / UAS_PER_DEGREE)

    @cached_property
    def lat_edges(self) -> FloatArray:
        """South edge of each row in degrees, then the last north edge; read-only."""
        north = np.arange(self.rows + 1, dtype=np.int64)
        return read_only(north * self.lat_uas / UAS_PER_DEGREE)

    @cached_property
    def row_part(self) -> Int64Array:
        """Part of the code that the row decides, offsets included; read-only."""
        north = np.arange(self.rows, dtype=np.int64)
        upper, within = north // self.rows_in_parent, north % self.rows_in_parent
        part = self.offset + self.north_weight * within
        if self.parent:
            part += self.parent.row_part[upper] * self.shift
        return read_only(part)

    @cached_property
    def column_part(self) -> Int64Array:
        """Part of the code that the column decides; read-only."""
        east = np.arange(self.columns, dtype=np.int64)
        upper, within = east // self.columns_in_parent, east % self.columns_in_parent
        part = self.east_weight * within
        if self.parent:
            part += self.parent.column_part[upper] * self.shift
        return read_only(part)


# Sizes and digits: JIS X 0410 as in the Statistics Bureau's description; m100 is the
# ten-by-ten division of the land-use mesh of 国土数値情報.
_M1 = Level(
    name="m1",
    title_ja="第1次地域区画",
    digits=4,
    rule="two digits for the row, two for the column",
    lat_uas=2_400_000_000,
    lon_uas=3_600_000_000,
    parent=None,
    shift=10_000,
    offset=0,
    north_weight=100,
    east_weight=1,
)
_M2 = Level(
    name="m2",
    title_ja="第2次地域区画",
    digits=6,
    rule="digits 5 and 6 are 0-7",
    lat_uas=300_000_000,
    lon_uas=450_000_000,
    parent=_M1,
    shift=100,
    offset=0,
    north_weight=10,
    east_weight=1,
)
_M5K = Level(
    name="m5k",
    title_ja="統合地域メッシュ（5倍地域メッシュ）",
    digits=7,
    rule="digits 5 and 6 are 0-7, the last is 1-4",
    lat_uas=150_000_000,
    lon_uas=225_000_000,
    parent=_M2,
    shift=10,
    offset=1,
    north_weight=2,
    east_weight=1,
)
_M2K = Level(
    name="m2k",
    title_ja="統合地域メッシュ（2倍地域メッシュ）",
    digits=9,
    rule="digits 5 and 6 are 0-7, digits 7 and 8 even, the last is 5",
    lat_uas=60_000_000,
    lon_uas=90_000_000,
    parent=_M2,
    shift=1000,
    offset=5,
    north_weight=200,
    east_weight=20,
)
_M3 = Level(
    name="m3",
    title_ja="基準地域メッシュ（第3次地域区画）",
    digits=8,
    rule="digits 5 and 6 are 0-7",
    lat_uas=30_000_000,
    lon_uas=45_000_000,
    parent=_M2,
    shift=100,
    offset=0,
    north_weight=10,
    east_weight=1,
)
_M4 = Level(
    name="m4",
    title_ja="2分の1地域メッシュ",
    digits=9,
    rule="digits 5 and 6 are 0-7, the last is 1-4",
    lat_uas=15_000_000,
    lon_uas=22_500_000,
    parent=_M3,
    shift=10,
    offset=1,
    north_weight=2,
    east_weight=1,
)
_M5 = Level(
    name="m5",
    title_ja="4分の1地域メッシュ",
    digits=10,
    rule="digits 5 and 6 are 0-7, the last two are 1-4",
    lat_uas=7_500_000,
    lon_uas=11_250_000,
    parent=_M4,
    shift=10,
    offset=1,
    north_weight=2,
    east_weight=1,
)
_M6 = Level(
    name="m6",
    title_ja="8分の1地域メッシュ",
    digits=11,
    rule="digits 5 and 6 are 0-7, the last three are 1-4",
    lat_uas=3_750_000,
    lon_uas=5_625_000,
    parent=_M5,
    shift=10,
    offset=1,
    north_weight=2,
    east_weight=1,
)
_M100 = Level(
    name="m100",
    title_ja="3次メッシュ1/10細分区画",
    digits=10,
    rule="digits 5 and 6 are 0-7",
    lat_uas=3_000_000,
    lon_uas=4_500_000,
    parent=_M3,
    shift=100,
    offset=0,
    north_weight=10,
    east_weight=1,
)

LEVELS: Mapping[str, Level] = MappingProxyType(
    {level.name: level for level in (_M1, _M2, _M5K, _M2K, _M3, _M4, _M5, _M6, _M100)}
)
"""The nine levels by name, from coarse to fine."""


def level_named(name: str) -> Level:
    """Give the level of that name.

    Raises
    ------
    MeshCodeError
        There is no such level.
    """
    if name not in LEVELS:
        known = ", ".join(LEVELS)
        raise MeshCodeError(f"Unknown mesh level {name!r}; the levels are {known}.")
    return LEVELS[name]
