"""A filing as handed in: the files of a folder or of a zip, safely opened."""

import hashlib
import io
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

import numpy as np

from geodata.filings.catalogue import decides
from geodata.filings.findings import FindingLog
from geodata.filings.handed_in.entries import Entry, add_too_large, check_row_count
from geodata.filings.handed_in.file_names import (
    COVERAGE_FILES,
    KNOWN_FILES,
    PLAN_FILE,
    TABLE_FILES,
    UNSAVED_FILES,
    known_file_meant,
    plain_name,
)
from geodata.filings.handed_in.folder_package import NOT_REGULAR, folder_entries
from geodata.filings.handed_in.zip_package import zip_entries
from geodata.filings.options import Limits
from geodata.filings.tables.layout import TABLES

_ARCHIVE_STARTS = {
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!": "rar",
}
"""Bytes with which archives begin; no file of the format begins so."""

_TAR_MARK, _TAR_OFFSET = b"ustar", 257
_CHUNK = 1 << 18
_LINE_FEED = 10
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,  # and NotImplementedError, which is one
)


@dataclass(frozen=True)
class FilingFile:
    """One file of a filing: its name there, its hash and its size."""

    name: str
    sha256: str
    byte_count: int


@dataclass
class Package:
    """The files of one filing; known ones are held until they are taken."""

    name: str
    files: tuple[FilingFile, ...] = ()
    _content: dict[str, bytes] = field(default_factory=dict)
    raw_sha256: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the files, sorted."""
        return tuple(file.name for file in self.files)

    @property
    def byte_count(self) -> int:
        """Size of all files together."""
        return sum(file.byte_count for file in self.files)

    @property
    def sha256(self) -> str:
        """Hash over names and contents; the same for a folder and its zip."""
        if self.raw_sha256 is not None:
            return self.raw_sha256
        lines = "".join(f"{file.sha256}  {file.name}\n" for file in self.files)
        return hashlib.sha256(lines.encode()).hexdigest()

    def has(self, name: str) -> bool:
        """Whether the filing holds the file."""
        return name in self.names

    def take(self, name: str) -> bytes:
        """Content of a known file; it is let go of, so ask once."""
        return self._content.pop(name)


class _SizeDiffersError(ValueError):
    """A file is not as large as its folder or zip says."""


@decides("filing_unreadable", "zip_unreadable")
def open_package(path: Path, log: FindingLog, limits: Limits) -> Package:
    """Open a folder or a zip; faults go to `log` and leave the package empty.

    Parameters
    ----------
    path : Path
        Folder or zip of one filing. A zip is read in place, nothing is unpacked
        to disk; no link of a folder is followed.
    log : FindingLog
        Takes the findings.
    limits : Limits
        Sizes above which it is refused.

    Returns
    -------
    Package
        With its files hashed and the known ones in memory.
    """
    log.mark("filing_unreadable")
    package = Package(plain_name(path.name))
    is_zip = False
    try:
        is_zip = not stat.S_ISDIR(path.stat().st_mode)
        if is_zip:
            _open_zip(package, path, log, limits)
        else:
            _load(package, folder_entries(path, log, limits), log, limits)
    except _UNREADABLE as error:
        is_damaged = is_zip and not isinstance(error, OSError)
        rule = "zip_unreadable" if is_damaged else "filing_unreadable"
        log.add(rule, value=package.name, reason=_reason(error))
    if not log.fatal:
        package.raw_sha256 = None
        _check_files(package, log)
    return package


def _open_zip(package: Package, path: Path, log: FindingLog, limits: Limits) -> None:
    log.mark("zip_unreadable", "filing_too_large")
    facts = path.stat()
    if not stat.S_ISREG(facts.st_mode):
        log.add("filing_unreadable", value=package.name, reason=NOT_REGULAR)
    elif facts.st_size > limits.max_unpacked_bytes:
        add_too_large(log, facts.st_size, limits, "max_unpacked_bytes")
    else:
        with path.open("rb") as stream:
            # the zip's own hash stands for its files where they cannot be read
            package.raw_sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            _load(package, zip_entries(stream, log, limits), log, limits)


def _load(
    package: Package, entries: list[Entry], log: FindingLog, limits: Limits
) -> None:
    """Read and hash every entry; known files stay in memory."""
    is_zip = package.raw_sha256 is not None
    files = []
    for entry in sorted(entries, key=lambda entry: entry.name):
        if _is_plan_too_large(entry, log, limits):
            continue
        try:
            files.append(_read(package, entry))
        except _SizeDiffersError as error:
            rule = "zip_size_false" if is_zip else "filing_unreadable"
            _add_unread(rule, entry, error, log)
        except _UNREADABLE as error:
            rule = "zip_unreadable" if is_zip else "filing_unreadable"
            _add_unread(rule, entry, error, log)
    package.files = tuple(files)
    if is_zip:
        log.mark("zip_size_false")
    _check_contents(package, log, limits)


def _add_unread(rule_id: str, entry: Entry, error: Exception, log: FindingLog) -> None:
    log.add(
        rule_id,
        file=entry.name,
        value=entry.name,
        reason=_reason(error),
        byte_count=entry.byte_count,
    )


@decides("plan_too_large")
def _is_plan_too_large(entry: Entry, log: FindingLog, limits: Limits) -> bool:
    if entry.name != PLAN_FILE:
        return False
    log.mark("plan_too_large")
    is_too_large = entry.byte_count > limits.max_plan_bytes
    if is_too_large:
        log.add(
            "plan_too_large",
            file=PLAN_FILE,
            value=entry.byte_count,
            limit=limits.max_plan_bytes,
        )
    return is_too_large


@decides("zip_size_false")
def _read(package: Package, entry: Entry) -> FilingFile:
    """Read one entry, and stop where it grows beyond the size it states."""
    kept = io.BytesIO() if entry.name in KNOWN_FILES else None
    hasher = hashlib.sha256()
    size = 0
    with entry.open() as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > entry.byte_count:
                break
            hasher.update(chunk)
            if kept is not None:
                kept.write(chunk)
    if size != entry.byte_count:
        found = "more" if size > entry.byte_count else f"{size} bytes"
        raise _SizeDiffersError(f"it holds {found}")
    if kept is not None:
        package._content[entry.name] = kept.getvalue()
    return FilingFile(entry.name, hasher.hexdigest(), size)


@decides("file_is_archive")
def _check_contents(package: Package, log: FindingLog, limits: Limits) -> None:
    """Refuse archives that bear the name of a table, and tables without end."""
    log.mark("file_is_archive")
    for name, content in package._content.items():
        kind = _archive_kind(content[: _TAR_OFFSET + len(_TAR_MARK)])
        if kind:
            log.add("file_is_archive", file=name, value=kind)
        if name.endswith(".csv"):
            check_row_count(_line_count(content), name, log, limits)


def _line_count(content: bytes) -> int:
    view = np.frombuffer(content, np.uint8)
    starts = range(0, len(view), _CHUNK)
    counts = (np.count_nonzero(view[at : at + _CHUNK] == _LINE_FEED) for at in starts)
    return int(sum(counts))


def _archive_kind(start: bytes) -> str:
    """Kind of archive that begins with `start`; empty: none."""
    if start[_TAR_OFFSET:] == _TAR_MARK:
        return "tar"
    return next(
        (k for mark, k in _ARCHIVE_STARTS.items() if start.startswith(mark)), ""
    )


@decides(
    "file_unknown", "file_misnamed", "geopackage_open", "table_twice", "table_missing"
)
def _check_files(package: Package, log: FindingLog) -> None:
    log.mark("file_unknown", "file_misnamed", "geopackage_open")
    log.mark("table_twice", "table_missing")
    for file in package.files:
        if file.name in KNOWN_FILES:
            continue
        if file.name in UNSAVED_FILES and file.byte_count:
            log.add("geopackage_open", file=UNSAVED_FILES[file.name], value=file.name)
        elif meant := known_file_meant(file.name):
            log.add("file_misnamed", file=file.name, value=file.name, meant=meant)
        else:
            log.add("file_unknown", file=file.name, value=file.name)
    for first, second in _pairs():
        if package.has(first) and package.has(second):
            log.add("table_twice", file=first, value=f"{first}, {second}")
    if not any(package.has(name) for name in TABLE_FILES):
        log.add("table_missing", value=", ".join(package.names) or None)


def _pairs() -> Iterator[tuple[str, str]]:
    for table in TABLES:
        yield f"{table.stem}.csv", f"{table.stem}.parquet"
    yield from combinations(COVERAGE_FILES, 2)


def _reason(error: Exception) -> str:
    """What is wrong, without the path that the system adds."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
