"""Writes zips field by field, so that any field can lie."""

import struct
import zlib
from dataclasses import dataclass
from functools import cached_property

STORED, DEFLATED = 0, 8
UTF8 = 0x800


@dataclass(frozen=True)
class Member:
    """One member; what is None is stated rightly."""

    name: bytes
    data: bytes = b"x"
    method: int = DEFLATED
    flags: int = 0
    stated_size: int | None = None
    crc: int | None = None
    offset: int | None = None
    mode: int = 0
    local_name: bytes | None = None

    @cached_property
    def packed(self) -> bytes:
        if self.method != DEFLATED:
            return self.data
        packer = zlib.compressobj(1, zlib.DEFLATED, -15)
        return packer.compress(self.data) + packer.flush()

    def fields(self) -> bytes:
        """What both headers say alike, from the flags to the length of the name."""
        size = len(self.data) if self.stated_size is None else self.stated_size
        crc = zlib.crc32(self.data) if self.crc is None else self.crc
        stamp = (0, 0x21)  # 1980-01-01
        lengths = (len(self.packed), size, len(self.name), 0)
        return struct.pack("<2H2H3L2H", self.flags, self.method, *stamp, crc, *lengths)

    def local(self) -> bytes:
        name = self.name if self.local_name is None else self.local_name
        return (
            b"PK\x03\x04" + struct.pack("<H", 20) + self.fields() + name + self.packed
        )

    def central(self, offset: int) -> bytes:
        at = offset if self.offset is None else self.offset
        tail = struct.pack("<3HLL", 0, 0, 0, self.mode << 16, at)
        return (
            b"PK\x01\x02" + struct.pack("<2H", 0x031E, 20) + self.fields() + tail
        ) + self.name


def end_record(count, length, offset, comment=b"", disk=0) -> bytes:
    fields = (disk, disk, min(count, 2**16 - 1), min(count, 2**16 - 1), length, offset)
    return b"PK\x05\x06" + struct.pack("<4H2LH", *fields, len(comment)) + comment


def long_end_record(count, length, offset, *, stated_at=None) -> bytes:
    """The zip64 record and what points to it."""
    at = offset + length if stated_at is None else stated_at
    record = struct.pack("<Q2H2L4Q", 44, 45, 45, 0, 0, count, count, length, offset)
    locator = struct.pack("<LQL", 0, at, 1)
    return b"PK\x06\x06" + record + b"PK\x06\x07" + locator


def raw_zip(
    *members: Member,
    before: bytes = b"",
    comment: bytes = b"",
    count: int | None = None,
    disk: int = 0,
    end: bytes | None = None,
) -> bytes:
    """A zip of `members`; `count`, or the whole `end`, as it should be stated."""
    body, places = b"", []
    for member in members:
        places.append(len(body))
        body += member.local()
    directory = b"".join(
        member.central(at) for member, at in zip(members, places, strict=True)
    )
    if end is None:
        number = len(members) if count is None else count
        end = end_record(number, len(directory), len(body), comment, disk)
    return before + body + directory + end
