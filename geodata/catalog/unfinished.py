"""The bytes of a download that is not finished, and which version they belong to."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Self

from geodata.catalog.sidecar import remove_whole, write_sidecar, write_whole
from geodata.catalog.source import sha256_of
from geodata.errors import SourceError


@dataclass(frozen=True)
class Version:
    """Version of a published file.

    Attributes
    ----------
    url : str
        Address it came from.
    etag, last_modified : str
        As the server gave them; empty where it did not.
    byte_count : int or None
        Size that the server announced.
    sha256 : str
        Hash of the complete, checked bytes; empty until then.
    """

    url: str = ""
    etag: str = ""
    last_modified: str = ""
    byte_count: int | None = None
    sha256: str = ""

    @property
    def validator(self) -> str:
        """What ``If-Range`` takes: a strong ETag, else the date; empty without."""
        return (
            self.last_modified
            if self.etag.startswith("W/")
            else (self.etag or self.last_modified)
        )

    def is_other(self, headers: Mapping[str, str]) -> bool:
        """Whether the headers of an answer belong to another version."""
        known = {"etag": self.etag, "last-modified": self.last_modified}
        return any(
            value and headers.get(header, value) != value
            for header, value in known.items()
        )


class Unfinished:
    """The hidden files of one download, held by one process at a time.

    ``.unfinished-<name>`` holds the bytes, ``.unfinished-<name>.json`` their version.
    Whenever the process is killed, the bytes belong to that version, or there are none.

    Attributes
    ----------
    version : Version
        What the bytes belong to.
    size : int
        Bytes that are there.
    """

    def __init__(self, target: Path, file: IO[bytes]) -> None:
        self.target = target
        self._file = file
        self.size = os.fstat(file.fileno()).st_size
        self.version = _stored(_version_path(target))

    @classmethod
    @contextmanager
    def of(cls, target: Path) -> Iterator[Self]:
        """Hold the download of `target`.

        Raises
        ------
        SourceError
            Another process holds it.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        with _bytes_path(target).open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise _busy(target) from error
            if not _is_still(file, _bytes_path(target)):
                raise _busy(target)  # another process has just finished it
            unfinished = cls(target, file)
            try:
                yield unfinished
            finally:
                if not unfinished.size and _is_still(file, unfinished.path):
                    unfinished.discard()

    @property
    def path(self) -> Path:
        """File of the bytes."""
        return _bytes_path(self.target)

    def start_over(self, version: Version) -> None:
        """Throw the bytes away and begin with those of `version`."""
        self._file.truncate(0)  # first, so that a kill leaves no bytes of another one
        self.size = 0
        self._store(version)

    def append(self, chunk: bytes) -> None:
        """Add bytes at the end."""
        self._file.write(chunk)
        self.size += len(chunk)

    def flush(self) -> None:
        """Hand everything to the operating system."""
        self._file.flush()

    def finish(self, sha256: str, described: Mapping[str, str]) -> None:
        """Give the file its name, and write its sidecar."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._store(replace(self.version, sha256=sha256))
        self.path.replace(self.target)
        write_sidecar(self.target, {**described, "sha256": sha256})
        remove_whole(_version_path(self.target))

    def discard(self) -> None:
        """Remove everything."""
        self.path.unlink(missing_ok=True)
        remove_whole(_version_path(self.target))

    def _store(self, version: Version) -> None:
        self.version = version
        write_whole(_version_path(self.target), json.dumps(asdict(version)) + "\n")


def finish_interrupted(target: Path, described: Mapping[str, str]) -> bool:
    """Write the sidecar that a kill between renaming and describing left out.

    Returns
    -------
    bool
        Whether `target` is such a file; it then has its sidecar.
    """
    version = _stored(_version_path(target))
    if not target.is_file() or not version.sha256:
        return False
    if sha256_of(target) != version.sha256:
        return False
    write_sidecar(target, {**described, "sha256": version.sha256})
    remove_whole(_version_path(target))
    return True


def _bytes_path(target: Path) -> Path:
    return target.with_name(f".unfinished-{target.name}")


def _version_path(target: Path) -> Path:
    return target.with_name(f".unfinished-{target.name}.json")


def _stored(path: Path) -> Version:
    """Stored version; an empty one where there is none that can be understood."""
    try:
        return Version(**json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return Version()


def _is_still(file: IO[bytes], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _busy(target: Path) -> SourceError:
    return SourceError(
        f"{target.name}: another kiban fetch is downloading it into {target.parent}; "
        "wait for that one."
    )
