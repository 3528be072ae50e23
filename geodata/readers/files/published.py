"""One published file: on disk, or a member of a zip archive, read in place.

Nothing is unpacked to disk. Names inside old archives are CP932.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from geodata.errors import SourceError
from geodata.readers.files.encoding import Encoding, decode

_NAME_ENCODING = "cp932"  # of member names without the UTF-8 flag
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
)
_ADDED_BY_MACOS = ("/__MACOSX/", "/._")


@dataclass(frozen=True)
class Published:
    """A file as its producer published it.

    Attributes
    ----------
    path : Path
        File on disk: the file itself, or the archive that holds it.
    member : str
        Name inside the archive; empty for a plain file.
    """

    path: Path
    member: str = ""

    @property
    def name(self) -> str:
        """What messages and tables call it: ``N03.zip/N03-21.shp``."""
        return f"{self.path.name}/{self.member}" if self.member else self.path.name

    @property
    def file_name(self) -> str:
        """Last part of its own name, such as ``tblT001141H5339.txt``."""
        return PurePosixPath(self.member).name if self.member else self.path.name

    @property
    def suffix(self) -> str:
        """Ending in lower case, such as ``.shp``."""
        return PurePosixPath(self.file_name).suffix.lower()

    @property
    def gdal_path(self) -> str:
        """Path that GDAL opens without unpacking."""
        if not self.member:
            return str(self.path)
        return f"/vsizip/{{{self.path.resolve()}}}/{self.member}"

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Open for reading bytes.

        Raises
        ------
        SourceError
            The file or its archive is missing, cut short, damaged or encrypted.
        """
        try:
            if not self.member:
                with self.path.open("rb") as file:
                    yield file
            else:
                with _archive(self.path) as archive, archive.open(self.member) as file:
                    yield file
        except SourceError:  # of the reader that has it open
            raise
        except (*_DAMAGED, KeyError, RuntimeError) as error:
            raise _damaged(self.name, error) from error

    def read_bytes(self) -> bytes:
        """The whole content; see :meth:`open`."""
        with self.open() as file:
            content: bytes = file.read()
        return content

    def beside(self, suffix: str) -> "Published | None":
        """The file of the same name with another ending, where there is one."""
        if not self.member:
            stem = self.path.with_suffix("")
            for candidate in (suffix.lower(), suffix.upper()):
                if stem.with_suffix(candidate).is_file():
                    return Published(stem.with_suffix(candidate))
            return None
        wanted = str(PurePosixPath(self.member).with_suffix(suffix)).lower()
        for other in published_in(self.path, [suffix]):
            if other.member.lower() == wanted:
                return other
        return None


def published_in(path: Path, suffixes: Sequence[str]) -> list[Published]:
    """Files with one of `suffixes` in an archive, by name; a plain file is itself.

    Parameters
    ----------
    path : Path
        A ``.zip`` archive, or any other file.
    suffixes : sequence of str
        Endings in lower case, such as ``[".txt", ".csv"]``.

    Raises
    ------
    SourceError
        The archive is cut short or damaged, or a member's name leaves the archive.
        An archive without such a file gives an empty list.
    """
    if path.suffix.lower() != ".zip":
        return [Published(path)] if path.suffix.lower() in suffixes else []
    try:
        with _archive(path) as archive:
            names = [info.filename for info in archive.infolist() if not info.is_dir()]
    except _DAMAGED as error:
        raise _damaged(path.name, error) from error
    found = []
    for name in sorted(names):
        if ".." in PurePosixPath(name).parts or name.startswith("/"):
            raise SourceError(
                f"{path.name}: member '{name}' points outside the archive; "
                "download the archive again from its producer."
            )
        is_added = any(part in f"/{name}" for part in _ADDED_BY_MACOS)
        if PurePosixPath(name).suffix.lower() in suffixes and not is_added:
            found.append(Published(path, name))
    return found


def published_files(
    paths: Sequence[Path], suffixes: Sequence[str], wanted: str
) -> list[Published]:
    """Files with one of `suffixes` in all `paths`, each of which must hold one.

    Parameters
    ----------
    paths : sequence of Path
        Archives and plain files.
    suffixes : sequence of str
        Endings in lower case.
    wanted : str
        What the files should be, for messages.

    Raises
    ------
    SourceError
        There is no path, a path holds no such file, or an archive is damaged.
    """
    if not paths:
        raise SourceError(f"no file given; wanted {wanted}.")
    found: list[Published] = []
    for path in paths:
        files = published_in(path, suffixes)
        if not files:
            raise SourceError(
                f"{path.name}: found no {' or '.join(suffixes)} file; wanted {wanted}, "
                "plain or in a zip. Give that file."
            )
        found += files
    return found


def text_of(file: Published, encoding: Encoding) -> str:
    """Whole content as text, line ends as they are.

    Parameters
    ----------
    file : Published
        What to read.
    encoding : {"utf-8-sig", "cp932"}
        What the format is published in.

    Raises
    ------
    SourceError
        A byte does not fit the encoding; the message names line and byte.
    """
    return decode(file.read_bytes(), encoding, file.name)


def _archive(path: Path) -> zipfile.ZipFile:
    content = io.BytesIO(path.read_bytes()) if path.stat().st_size < 1 << 20 else path
    return zipfile.ZipFile(content, metadata_encoding=_NAME_ENCODING)


def _damaged(name: str, error: Exception) -> SourceError:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return SourceError(
        f"{name}: cannot be read ({reason}); wanted: the complete file as published. "
        "Download it again."
    )
