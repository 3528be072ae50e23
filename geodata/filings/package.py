"""A filing as handed in: the files of a folder or of a zip, safely opened."""

import hashlib
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from geodata.filings.catalogue import decides
from geodata.filings.findings import FindingLog
from geodata.filings.layout import TABLES
from geodata.filings.options import Limits

PLAN_FILE = "plan.toml"
RECEIPT_SUFFIXES = (".receipt.json", ".receipt.html", ".findings.csv")
TABLE_FILES = tuple(
    f"{table.stem}.{suffix}" for table in TABLES for suffix in ("csv", "parquet")
)
COVERAGE_FILES = ("coverage.gpkg", "coverage.parquet", "coverage.geojson")
KNOWN_FILES = (PLAN_FILE, *TABLE_FILES, *COVERAGE_FILES)

_COVERAGE_SUFFIXES = {".tif", ".tiff"}
_ARCHIVE_SUFFIXES = {
    ".zip",
    ".7z",
    ".rar",
    ".gz",
    ".bz2",
    ".xz",
    ".zst",
    ".tar",
    ".tgz",
}
_CHUNK = 1 << 20
_ENCRYPTED_BIT = 0x1
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
    NotImplementedError,
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


@dataclass(frozen=True)
class _Entry:
    name: str
    open: Callable[[], IO[bytes]]


def open_package(path: Path, log: FindingLog, limits: Limits) -> Package:
    """Open a folder or a zip; faults go to `log` and leave the package empty.

    Parameters
    ----------
    path : Path
        Folder or zip of one filing. A zip is read in place, nothing is unpacked
        to disk.
    log : FindingLog
        Takes the findings.
    limits : Limits
        Sizes above which it is refused.

    Returns
    -------
    Package
        With its files hashed and the known ones in memory.
    """
    package = Package(path.name)
    if path.is_dir():
        _load(package, _folder_entries(path, log, limits), log)
    else:
        package.raw_sha256 = _file_hash(path, log)
        if not log.fatal:
            _open_zip(package, path, log, limits)
    if not log.fatal:
        package.raw_sha256 = None
        _check_files(package, log)
    return package


def is_hidden(name: str) -> bool:
    """Whether a path is housekeeping (dot files, ``__MACOSX``) or our receipt."""
    parts = PurePosixPath(name).parts
    return name.endswith(RECEIPT_SUFFIXES) or any(
        part.startswith((".", "__MACOSX")) for part in parts
    )


@decides("filing_unreadable")
def _file_hash(path: Path, log: FindingLog) -> str:
    """Hash of the zip itself, which stands for its files if they cannot be read."""
    log.mark("filing_unreadable")
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        log.add("filing_unreadable", value=path.name, reason=error.strerror)
        return hashlib.sha256().hexdigest()


def _folder_entries(path: Path, log: FindingLog, limits: Limits) -> list[_Entry]:
    log.mark("filing_unreadable")
    try:
        found = [p for p in sorted(path.rglob("*")) if not p.is_dir()]
        sizes = [p.stat().st_size for p in found]
    except OSError as error:
        log.add("filing_unreadable", value=path.name, reason=error.strerror)
        return []
    named = [(p.relative_to(path).as_posix(), p) for p in found]
    named = [(name, p) for name, p in named if not is_hidden(name)]
    if _is_too_large(sizes, log, limits):
        return []
    return [_file_entry(name, p) for name, p in named]


def _file_entry(name: str, path: Path) -> _Entry:
    return _Entry(name, lambda: path.open("rb"))


@decides("zip_unreadable")
def _open_zip(package: Package, path: Path, log: FindingLog, limits: Limits) -> None:
    log.mark("zip_unreadable")
    try:
        with zipfile.ZipFile(path) as archive:
            entries = _zip_entries(archive, log, limits)
            _load(package, entries, log)
    except _UNREADABLE as error:
        log.add("zip_unreadable", value=path.name, reason=_reason(error))


def _load(package: Package, entries: list[_Entry], log: FindingLog) -> None:
    """Read and hash every entry; known files stay in memory."""
    files = []
    for entry in sorted(entries, key=lambda entry: entry.name):
        try:
            with entry.open() as stream:
                files.append(_read(package, entry.name, stream))
        except _UNREADABLE as error:
            is_zip = package.raw_sha256 is not None
            rule = "zip_unreadable" if is_zip else "filing_unreadable"
            log.add(rule, file=entry.name, value=entry.name, reason=_reason(error))
    package.files = tuple(files)


def _read(package: Package, name: str, stream: IO[bytes]) -> FilingFile:
    if name in KNOWN_FILES:
        content = stream.read()
        package._content[name] = content
        digest = hashlib.sha256(content).hexdigest()
        return FilingFile(name, digest, len(content))
    hasher = hashlib.sha256()
    size = 0
    while chunk := stream.read(_CHUNK):
        hasher.update(chunk)
        size += len(chunk)
    return FilingFile(name, hasher.hexdigest(), size)


def _zip_entries(
    archive: zipfile.ZipFile, log: FindingLog, limits: Limits
) -> list[_Entry]:
    """Members worth reading, without their common top folder."""
    if not _is_safe(archive.infolist(), log, limits):
        return []
    members = [
        info
        for info in archive.infolist()
        if not info.is_dir() and not is_hidden(info.filename)
    ]
    cut = _top_folder_length([info.filename for info in members])
    return [
        _Entry(info.filename[cut:], partial(archive.open, info)) for info in members
    ]


def _top_folder_length(names: list[str]) -> int:
    """Length of the one folder (with its slash) that holds everything, or 0."""
    tops = {name.partition("/")[0] for name in names if "/" in name}
    if len(tops) == 1 and all("/" in name for name in names):
        return len(tops.pop()) + 1
    return 0


@decides("zip_member_count", "zip_member_repeated")
def _is_safe(members: list[zipfile.ZipInfo], log: FindingLog, limits: Limits) -> bool:
    log.mark("zip_member_count", "zip_member_repeated", *_MEMBER_RULES)
    before = len(log.fatal)
    if len(members) > limits.max_members:
        log.add("zip_member_count", value=len(members), limit=limits.max_members)
        return False
    seen: set[str] = set()
    for info in members:
        if info.filename in seen:
            log.add("zip_member_repeated", value=info.filename)
        seen.add(info.filename)
        for rule_id, is_breach in _MEMBER_RULES.items():
            if is_breach(info, limits):
                log.add(rule_id, value=info.filename, limit=limits.max_ratio)
    _is_too_large([info.file_size for info in members], log, limits)
    return len(log.fatal) == before


@decides("filing_too_large")
def _is_too_large(sizes: list[int], log: FindingLog, limits: Limits) -> bool:
    log.mark("filing_too_large")
    before = len(log.fatal)
    if sum(sizes) > limits.max_unpacked_bytes:
        limit = limits.max_unpacked_bytes
        log.add("filing_too_large", value=sum(sizes), limit=limit)
    elif max(sizes, default=0) > limits.max_file_bytes:
        log.add("filing_too_large", value=max(sizes), limit=limits.max_file_bytes)
    return len(log.fatal) > before


@decides("zip_member_path")
def _leaves_zip(info: zipfile.ZipInfo, limits: Limits) -> bool:  # noqa: ARG001
    name = info.orig_filename
    parts = name.replace("\\", "/").split("/")
    is_drive = len(name) > 1 and name[1] == ":"
    return ".." in parts or parts[0] == "" or is_drive or "\\" in name or "\0" in name


@decides("zip_member_link")
def _is_link(info: zipfile.ZipInfo, limits: Limits) -> bool:  # noqa: ARG001
    return stat.S_ISLNK(info.external_attr >> 16)


@decides("zip_encrypted")
def _is_encrypted(info: zipfile.ZipInfo, limits: Limits) -> bool:  # noqa: ARG001
    return bool(info.flag_bits & _ENCRYPTED_BIT)


@decides("zip_nested")
def _is_archive(info: zipfile.ZipInfo, limits: Limits) -> bool:  # noqa: ARG001
    suffix = PurePosixPath(info.filename).suffix.lower()
    return suffix in _ARCHIVE_SUFFIXES and not is_hidden(info.filename)


@decides("zip_ratio")
def _is_bomb(info: zipfile.ZipInfo, limits: Limits) -> bool:
    return info.file_size > limits.max_ratio * max(info.compress_size, 1)


_MEMBER_RULES: dict[str, Callable[[zipfile.ZipInfo, Limits], bool]] = {
    "zip_member_path": _leaves_zip,
    "zip_member_link": _is_link,
    "zip_encrypted": _is_encrypted,
    "zip_nested": _is_archive,
    "zip_ratio": _is_bomb,
}


@decides("file_unknown", "coverage_not_read", "table_twice", "table_missing")
def _check_files(package: Package, log: FindingLog) -> None:
    log.mark("file_unknown", "coverage_not_read", "table_twice", "table_missing")
    for name in package.names:
        if name not in KNOWN_FILES:
            rule = "coverage_not_read" if _is_coverage(name) else "file_unknown"
            log.add(rule, file=name, value=name)
    for first, second in _pairs():
        if package.has(first) and package.has(second):
            log.add("table_twice", file=first, value=f"{first}, {second}")
    if not any(package.has(name) for name in TABLE_FILES):
        log.add("table_missing", value=", ".join(package.names) or None)


def _pairs() -> Iterator[tuple[str, str]]:
    for table in TABLES:
        yield f"{table.stem}.csv", f"{table.stem}.parquet"


def _is_coverage(name: str) -> bool:
    path = PurePosixPath(name)
    return path.stem == "coverage" and path.suffix.lower() in _COVERAGE_SUFFIXES


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__
