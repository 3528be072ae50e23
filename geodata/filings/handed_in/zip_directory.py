"""The directory at the end of a zip, checked before its entries are listed."""

import os
import struct
from dataclasses import dataclass
from typing import IO

_END = struct.Struct("<4s4H2LH")
_END_SIGNATURE = b"PK\x05\x06"
_LOCATOR = struct.Struct("<4sLQL")
_LOCATOR_SIGNATURE = b"PK\x06\x07"
_END_64 = struct.Struct("<4sQ2H2L4Q")
_END_64_SIGNATURE = b"PK\x06\x06"
_MAX_COMMENT = 2**16 - 1
_SEE_64 = {2**16 - 1, 2**32 - 1}
"""Values of the short record that point to the long one (zip64)."""


@dataclass(frozen=True)
class ZipDirectory:
    """What the end of a zip says of its directory."""

    entry_count: int
    byte_count: int
    offset: int


class ZipDirectoryError(ValueError):
    """The zip has no directory, or more than one way to read it."""


class ZipCutShortError(ZipDirectoryError):
    """The end of the zip is not there: it is cut short, or no zip."""


def read_directory_end(stream: IO[bytes]) -> ZipDirectory:
    """Read the record at the end of a zip, the long one (zip64) included.

    Parameters
    ----------
    stream : binary file
        The whole zip; only its last 64 KiB are read, however many entries it has.

    Returns
    -------
    ZipDirectory
        Entries and bytes of the directory and where it begins, as stated there.

    Raises
    ------
    ZipCutShortError
        No record reaches the end of the file.
    ZipDirectoryError
        Programs could disagree on what the zip holds: two records, records that
        contradict each other, several disks, or bytes that belong to none of its
        parts (something stands before the zip).

    Notes
    -----
    Source: PKWARE APPNOTE.TXT 6.3.10, sections 4.3.14 to 4.3.16.
    """
    size = stream.seek(0, os.SEEK_END)
    start = max(0, size - _END.size - _MAX_COMMENT)
    stream.seek(start)
    tail = stream.read(size - start)
    at = _end_in(tail)
    _, disk, first_disk, here, count, length, offset, _ = _END.unpack_from(tail, at)
    stated = (here, count, length, offset)
    position = start + at
    if locator := _locator(stream, position):
        position -= _LOCATOR.size + _END_64.size
        stated = _long_record(stream, position, locator, stated)
        here, count, length, offset = stated
    if disk or first_disk or here != count:
        raise ZipDirectoryError("it is one part of several")
    if offset + length != position:
        raise ZipDirectoryError("its directory does not stand where it says")
    return ZipDirectory(count, length, offset)


def _end_in(tail: bytes) -> int:
    """Where in the last bytes of the file the one end record begins."""
    at = tail.find(_END_SIGNATURE)
    while at >= 0:
        if _reaches_end(tail, at):
            if tail.find(_END_SIGNATURE, at + 1) >= 0:
                raise ZipDirectoryError("its comment holds a second directory end")
            return at
        at = tail.find(_END_SIGNATURE, at + 1)
    raise ZipCutShortError("no directory at its end")


def _reaches_end(tail: bytes, at: int) -> bool:
    if at + _END.size > len(tail):
        return False
    comment_length = _END.unpack_from(tail, at)[-1]
    return at + _END.size + comment_length == len(tail)


def _locator(stream: IO[bytes], position: int) -> tuple[int, ...]:
    """Disk, offset and number of disks of the long record; empty: there is none."""
    if position < _LOCATOR.size + _END_64.size:
        return ()
    stream.seek(position - _LOCATOR.size)
    signature, *locator = _LOCATOR.unpack(stream.read(_LOCATOR.size))
    return tuple(locator) if signature == _LOCATOR_SIGNATURE else ()


def _long_record(
    stream: IO[bytes], position: int, locator: tuple[int, ...], short: tuple[int, ...]
) -> tuple[int, int, int, int]:
    """Entries here and in all, bytes and offset of the directory (zip64)."""
    stream.seek(position)
    record = _END_64.unpack(stream.read(_END_64.size))
    is_there = locator[:2] == (0, position) and locator[2] <= 1
    if record[0] != _END_64_SIGNATURE or not is_there:
        raise ZipDirectoryError("its zip64 record does not stand where it says")
    if record[4] or record[5]:
        raise ZipDirectoryError("it is one part of several")
    here, count, length, offset = record[6:]
    for said, meant in zip(short, (here, count, length, offset), strict=True):
        if said != meant and said not in _SEE_64:
            raise ZipDirectoryError("its two directory ends contradict each other")
    return here, count, length, offset
