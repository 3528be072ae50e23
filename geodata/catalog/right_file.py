"""Whether a downloaded file is the one that was asked for, and complete."""

import zipfile
from email.message import EmailMessage
from pathlib import Path, PurePosixPath

from geodata.catalog.register import RegisteredSource, matches
from geodata.errors import SourceError

_HTML = (b"<!doctype html", b"<html")
_START = 512  # bytes in which an error page shows itself
_ZIPS = (".zip", ".xlsx")


def is_archive(path: PurePosixPath | Path) -> bool:
    """Whether a file of this name is an archive, which shows its own completeness."""
    return path.suffix.lower() in _ZIPS


def check_announced_name(
    source: RegisteredSource, wanted: str, content_disposition: str
) -> None:
    """Refuse an answer whose server names another file.

    Parameters
    ----------
    source : RegisteredSource
        What was asked for.
    wanted : str
        File name that was asked for.
    content_disposition : str
        Header of the answer; empty where there is none.

    Raises
    ------
    SourceError
        The announced name is not `wanted`.
    """
    if not content_disposition:
        return
    message = EmailMessage()
    message["Content-Disposition"] = content_disposition
    announced = message.get_filename()
    if announced and announced.lower() != wanted.lower():
        is_ours = source.claims(PurePosixPath(source.folder or ".", announced))
        raise SourceError(
            f"{wanted}: the server sent '{announced}', which is "
            + ("another file of" if is_ours else "no file of")
            + f" {source.name} ({source.title_ja}); wanted: {wanted}. Check --code and "
            f"--year, or download it from {source.page}."
        )


def check_content(source: RegisteredSource, wanted: str, path: Path) -> None:
    """Refuse a file that is not complete, or not of the source.

    Parameters
    ----------
    source : RegisteredSource
        What was asked for.
    wanted : str
        File name that was asked for; `path` has a temporary one.
    path : Path
        The downloaded bytes.

    Raises
    ------
    SourceError
        An HTML page; an archive that is cut short, damaged or of another dataset; a
        text with another beginning.
    """
    with path.open("rb") as file:
        start = file.read(_START)
    if not start:
        raise SourceError(f"{wanted}: the server sent an empty file.")
    if start.lstrip().lower().startswith(_HTML):
        raise SourceError(
            f"{wanted}: the server sent an HTML page (an error, maintenance or login "
            f"page), not the file. Look at {source.page}, and try again later."
        )
    if is_archive(PurePosixPath(wanted)):
        _check_archive(source, wanted, path)
    elif source.starts_with:
        _check_start(source, wanted, start)


def _check_archive(source: RegisteredSource, wanted: str, path: Path) -> None:
    try:
        with zipfile.ZipFile(path, metadata_encoding="cp932") as archive:
            broken = archive.testzip()
            names = archive.namelist()
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, RuntimeError) as error:
        raise SourceError(
            f"{wanted}: not a complete zip archive ({error}); wanted: the archive as "
            f"published on {source.page}."
        ) from error
    if broken is not None:
        raise SourceError(f"{wanted}: member '{broken}' is damaged (its CRC is wrong).")
    is_known = any(
        matches(PurePosixPath(name), pattern)
        for name in names
        for pattern in source.holds
    )
    if source.holds and not is_known:
        first = names[0] if names else "nothing"
        raise SourceError(
            f"{wanted}: the archive holds {first}, none of {', '.join(source.holds)}: "
            f"another dataset than {source.name} ({source.title_ja})."
        )


def _check_start(source: RegisteredSource, wanted: str, start: bytes) -> None:
    expected = source.starts_with.encode(source.encoding)
    if not start.startswith(expected):
        shown = start[:60].decode(source.encoding, errors="replace")
        raise SourceError(
            f"{wanted}: begins with {shown!r}; wanted: {source.starts_with} in "
            f"{source.encoding}: another file than {source.name} ({source.title_ja})."
        )
