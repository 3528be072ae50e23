"""What a coverage file of any form gives: features; and what is said of the file."""

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyproj
from pyproj.exceptions import CRSError

from geodata.datum import EQUAL_DATUMS, geographic_epsg
from geodata.filings.findings import FindingLog
from geodata.filings.handed_in.entries import check_row_count
from geodata.filings.options import Limits
from geodata.filings.tables.text_table import is_without_rows

GEOMETRY = "geometry"

_UNNAMED = "unknown"  # what PROJ calls a system without a name

_MEMORY_FILE = re.compile(r"'?/vsimem/[\w./-]*\w'?:?")


@dataclass(frozen=True)
class Features:
    """What a coverage file holds.

    Attributes
    ----------
    attributes : pyarrow.Table, n rows
        Columns of the format that are there, in the order of the file.
    wkb : pyarrow large_binary array, shape (n,)
        Geometry in `crs`, x before y; null where there is none.
    crs : pyproj.CRS
        Geographic in degrees or projected, on a datum of `EQUAL_DATUMS`.
    notes : tuple of str
        What the reading program warned of.
    places : mapping of str to pyarrow string array, shape (n,)
        Where in the file each feature stands, in words, by language; empty where the
        number of the feature says it.
    """

    attributes: pa.Table
    wkb: pa.Array
    crs: pyproj.CRS
    notes: tuple[str, ...] = ()
    places: Mapping[str, pa.Array] = field(default_factory=dict)


class RefusedError(Exception):
    """The file as a whole cannot be used; what is wrong is a finding already."""


@dataclass(frozen=True)
class CoverageFile:
    """A coverage file being read, and where its faults are noted."""

    name: str
    content: bytes
    log: FindingLog
    limits: Limits

    def refuse(self, rule_id: str, **fields: object) -> RefusedError:
        """Note what is wrong; what it gives is to be raised."""
        self.log.add(rule_id, file=self.name, **fields)  # type: ignore[arg-type]
        return RefusedError(rule_id)

    def unreadable(self, reason: str) -> RefusedError:
        """Note that the file is damaged or of another form."""
        return self.refuse("coverage_unreadable", reason=reason)

    def unreadable_by(self, error: Exception) -> RefusedError:
        """Note what a reading program says, without the name it gives to the bytes."""
        said = _MEMORY_FILE.sub(self.name, str(error))
        return self.unreadable(said.removesuffix(".") or type(error).__name__)

    def check_rows(self, count: int) -> None:
        """Refuse a file without features, or with more than the limit."""
        before = len(self.log.fatal)
        check_row_count(count, self.name, self.log, self.limits)
        is_refused = len(self.log.fatal) > before
        if is_refused or is_without_rows(count > 0, self.name, self.log):
            raise RefusedError(self.name)

    def usable(self, declared: object) -> pyproj.CRS:
        """The CRS, if coordinates in it can be put on JGD2011 (domain.md 2.7, 4.5)."""
        if declared is None:
            raise self.refuse("coverage_crs_missing", column=GEOMETRY)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of notations that are out of date
                crs = pyproj.CRS.from_user_input(declared)
        except CRSError as error:
            shown = {"column": GEOMETRY, "value": declared}
            raise self.refuse("coverage_crs_unusable", **shown) from error
        if crs.name.casefold().startswith("undefined"):  # srs_id 0 or -1 of GeoPackage
            raise self.refuse("coverage_crs_missing", column=GEOMETRY)
        if not _is_plain(crs) or geographic_epsg(crs) not in EQUAL_DATUMS:
            named = crs.datum if crs.name == _UNNAMED and crs.datum else crs
            shown = {"column": GEOMETRY, "value": named.name}
            raise self.refuse("coverage_crs_unusable", **shown)
        return crs


def _is_plain(crs: pyproj.CRS) -> bool:
    """Longitude and latitude themselves, or projected; not turned to another pole."""
    flat = crs.sub_crs_list[0] if crs.is_compound else crs
    own = flat.source_crs if flat.is_bound else flat
    is_turned = own is None or (own.is_geographic and own.is_derived)
    return not is_turned and (crs.is_geographic or crs.is_projected)
