"""A filing handed in as a zip: every member held against the limits, then read."""

import copy
import stat
import sys
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import PurePosixPath
from typing import IO

from geodata.filings.catalogue import decides
from geodata.filings.findings import FindingLog
from geodata.filings.handed_in.entries import (
    Entry,
    check_names_differ,
    check_path_lengths,
    check_sizes,
)
from geodata.filings.handed_in.file_names import is_hidden, plain_name
from geodata.filings.handed_in.zip_directory import (
    ZipCutShortError,
    ZipDirectory,
    ZipDirectoryError,
    read_directory_end,
)
from geodata.filings.options import Limits

_ARCHIVE_SUFFIXES = {
    ".7z", ".bz2", ".cab", ".gz", ".lzh", ".rar", ".tar", ".tgz", ".xz", ".zip", ".zst",
}  # fmt: skip
_ENCRYPTED_BITS = 0x1 | 0x40 | 0x2000  # ZipCrypto, strong encryption, masked headers
_ENCRYPTED_METHOD = 99  # AES
_UTF8_BIT = 0x800
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""Others unpack a chunk to any size at once, so that no limit can stop them."""

_LOCAL_HEADER = 30
_DIRECTORY_HEADER = 46
_EXTRA_FIELDS = 256
"""Bytes before the name of a member, in its own and the directory's header; bytes that
the further fields of an ordinary program stay below."""


def zip_entries(stream: IO[bytes], log: FindingLog, limits: Limits) -> list[Entry]:
    """Members of a zip worth reading, without their common top folder.

    Parameters
    ----------
    stream : binary file
        The zip; it must stay open while the entries are read. Nothing is unpacked to
        disk.
    log : FindingLog
        Takes the findings.
    limits : Limits
        Sizes above which it is refused.

    Returns
    -------
    list of Entry
        Empty where the zip is refused. What a member unpacks to is not bounded by
        the size it states: the reader stops there.

    Raises
    ------
    zipfile.BadZipFile, OSError, ValueError
        The zip is damaged.
    """
    before = len(log.fatal)
    directory = _directory(stream, log, limits)
    if directory is None:
        return []
    archive = zipfile.ZipFile(stream)
    members = archive.infolist()
    _check_members(members, directory, log, limits)
    if len(log.fatal) > before:
        return []
    named = [(member_name(info), info) for info in members if not info.is_dir()]
    named = [(name, info) for name, info in named if not is_hidden(name)]
    cut = _top_folder_length([name for name, _ in named])
    return [
        Entry(plain_name(name[cut:]), info.file_size, partial(_open, archive, info))
        for name, info in named
    ]


def member_name(info: zipfile.ZipInfo) -> str:
    """Name of a member; without a mark it is UTF-8 or, from Japanese Windows, CP932."""
    if info.flag_bits & _UTF8_BIT:
        return info.orig_filename
    stored = info.orig_filename.encode("cp437")
    for encoding in ("utf-8", "cp932"):
        try:
            return stored.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.orig_filename


def _open(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    """Stream of all that a member unpacks to, also beyond the size it states."""
    unbounded = copy.copy(info)
    unbounded.file_size = sys.maxsize
    return archive.open(unbounded)


@decides("zip_directory", "zip_member_count")
def _directory(
    stream: IO[bytes], log: FindingLog, limits: Limits
) -> ZipDirectory | None:
    """The zip's directory, if it is one and short enough to be listed."""
    log.mark("zip_directory", "zip_member_count")
    try:
        directory = read_directory_end(stream)
    except ZipCutShortError:
        raise
    except ZipDirectoryError as error:
        log.add("zip_directory", reason=str(error))
        return None
    if directory.entry_count > limits.max_members:
        count = directory.entry_count
        log.add("zip_member_count", value=count, limit=limits.max_members)
        return None
    per_entry = _DIRECTORY_HEADER + 4 * limits.max_path_length + _EXTRA_FIELDS
    if directory.byte_count > limits.max_members * per_entry:
        reason = "it is larger than its members need"
        log.add("zip_directory", value=directory.byte_count, reason=reason)
        return None
    return directory


def _check_members(
    members: Sequence[zipfile.ZipInfo],
    directory: ZipDirectory,
    log: FindingLog,
    limits: Limits,
) -> None:
    names = [member_name(info) for info in members]
    if len(members) != directory.entry_count:
        reason = f"it states {directory.entry_count} members and lists {len(members)}"
        log.add("zip_directory", value=len(members), reason=reason)
    _check_each(members, log, limits)
    _check_repeated(names, log)
    _check_overlap(members, directory, log)
    check_path_lengths(names, log, limits)
    check_names_differ(names, log)
    check_sizes([info.file_size for info in members], log, limits)


def _check_each(
    members: Sequence[zipfile.ZipInfo], log: FindingLog, limits: Limits
) -> None:
    log.mark(*_MEMBER_RULES)
    for info in members:
        for rule_id, is_breach in _MEMBER_RULES.items():
            if is_breach(info, limits):
                log.add(
                    rule_id,
                    value=plain_name(member_name(info)),
                    limit=limits.max_ratio,
                    method=info.compress_type,
                )


@decides("zip_member_repeated")
def _check_repeated(names: Sequence[str], log: FindingLog) -> None:
    log.mark("zip_member_repeated")
    seen: set[str] = set()
    for name in names:
        if name in seen:
            log.add("zip_member_repeated", value=plain_name(name))
        seen.add(name)


@decides("zip_overlap")
def _check_overlap(
    members: Sequence[zipfile.ZipInfo], directory: ZipDirectory, log: FindingLog
) -> None:
    """Refuse members that share packed bytes: one small zip, endless output."""
    log.mark("zip_overlap")
    ordered = sorted(members, key=lambda info: info.header_offset)
    nexts = [*(info.header_offset for info in ordered[1:]), directory.offset]
    for info, following in zip(ordered, nexts, strict=False):
        if _least_end(info) > following:
            log.add("zip_overlap", value=plain_name(member_name(info)))
            return


def _least_end(info: zipfile.ZipInfo) -> int:
    is_utf8 = info.flag_bits & _UTF8_BIT
    name = info.orig_filename.encode("utf-8" if is_utf8 else "cp437")
    return info.header_offset + _LOCAL_HEADER + len(name) + info.compress_size


def _top_folder_length(names: Sequence[str]) -> int:
    """Length of the one folder (with its slash) that holds everything, or 0."""
    tops = {name.partition("/")[0] for name in names if "/" in name}
    if len(tops) == 1 and all("/" in name for name in names):
        return len(tops.pop()) + 1
    return 0


@decides("zip_member_path")
def _leaves_zip(info: zipfile.ZipInfo, limits: Limits) -> bool:  # noqa: ARG001
    name = member_name(info)
    parts = name.replace("\\", "/").split("/")
    is_drive = len(name) > 1 and name[1] == ":"
    return ".." in parts or parts[0] == "" or is_drive or "\\" in name or "\0" in name


@decides("zip_member_link")
def _is_special(info: zipfile.ZipInfo, limits: Limits) -> bool:  # noqa: ARG001
    kind = stat.S_IFMT(info.external_attr >> 16)
    return kind not in (0, stat.S_IFREG, stat.S_IFDIR)


@decides("zip_encrypted")
def _is_encrypted(info: zipfile.ZipInfo, limits: Limits) -> bool:  # noqa: ARG001
    has_bit = bool(info.flag_bits & _ENCRYPTED_BITS)
    return has_bit or info.compress_type == _ENCRYPTED_METHOD


@decides("zip_method")
def _is_packed_otherwise(info: zipfile.ZipInfo, limits: Limits) -> bool:
    return info.compress_type not in _METHODS and not _is_encrypted(info, limits)


@decides("zip_nested")
def _is_archive(info: zipfile.ZipInfo, limits: Limits) -> bool:  # noqa: ARG001
    name = member_name(info)
    is_named_so = PurePosixPath(name).suffix.lower() in _ARCHIVE_SUFFIXES
    return is_named_so and not is_hidden(name)


@decides("zip_ratio")
def _is_bomb(info: zipfile.ZipInfo, limits: Limits) -> bool:
    return info.file_size > limits.max_ratio * max(info.compress_size, 1)


_MEMBER_RULES: dict[str, Callable[[zipfile.ZipInfo, Limits], bool]] = {
    "zip_member_path": _leaves_zip,
    "zip_member_link": _is_special,
    "zip_encrypted": _is_encrypted,
    "zip_method": _is_packed_otherwise,
    "zip_nested": _is_archive,
    "zip_ratio": _is_bomb,
}
