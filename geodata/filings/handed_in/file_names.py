"""Names of the files of a filing: those the format knows, those to pass over."""

import re
from pathlib import PurePosixPath

from geodata.filings.tables.layout import TABLES

PLAN_FILE = "plan.toml"
RECEIPT_SUFFIXES = (
    ".receipt.json",
    ".receipt.html",
    ".findings.csv",
    ".repairs.gpkg",
)
TABLE_FILES = tuple(
    f"{table.stem}.{suffix}" for table in TABLES for suffix in ("csv", "parquet")
)
COVERAGE_FILES = (
    "coverage.gpkg",
    "coverage.parquet",
    "coverage.geojson",
    "coverage.tif",
)
KNOWN_FILES = (PLAN_FILE, *TABLE_FILES, *COVERAGE_FILES)
UNSAVED_FILES = {
    "coverage.gpkg-wal": "coverage.gpkg",
    "coverage.gpkg-journal": "coverage.gpkg",
}
"""Files in which a program keeps changes that are not in the GeoPackage yet."""

_DATA_SUFFIXES = ("csv", "parquet", "gpkg", "geojson", "json", "tif", "tiff", "shp")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def is_hidden(name: str) -> bool:
    """Whether a path is housekeeping (dot files, ``__MACOSX``) or our receipt."""
    parts = PurePosixPath(name).parts
    return name.endswith(RECEIPT_SUFFIXES) or any(
        part.startswith((".", "__MACOSX")) for part in parts
    )


def known_file_meant(name: str) -> str | None:
    """Names of the format that a file of data may have meant; None: it is no such."""
    path = PurePosixPath(name.lower())
    if path.suffix.removeprefix(".") not in _DATA_SUFFIXES:
        return None
    alike = [known for known in KNOWN_FILES[1:] if known.split(".")[0] == path.stem]
    same = [known for known in alike if PurePosixPath(known).suffix == path.suffix]
    return ", ".join(same or alike) or None


def plain_name(name: str) -> str:
    r"""Name of a file as text of one line: other bytes and controls as ``\x..``."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
