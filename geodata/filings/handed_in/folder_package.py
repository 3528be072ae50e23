"""A filing handed in as a folder: its plain files, no way out of it."""

import os
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path
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
from geodata.filings.options import Limits

NOT_REGULAR = "not a regular file"
_NO_FOLLOW = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
"""A file that became a link or a pipe since it was listed is not followed, and opening
it does not wait."""


@decides("folder_entry_count", "folder_link")
def folder_entries(folder: Path, log: FindingLog, limits: Limits) -> list[Entry]:
    """Files of a folder and its subfolders, hidden ones left out.

    Parameters
    ----------
    folder : Path
        Walked without following links, and no further than the limits go.
    log : FindingLog
        Takes the findings.
    limits : Limits
        Of entries, path lengths and sizes.

    Returns
    -------
    list of Entry
        Empty where the folder is refused.

    Raises
    ------
    OSError
        The folder cannot be listed.
    """
    log.mark("folder_entry_count", "folder_link")
    before = len(log.fatal)
    found = []
    for at, (name, entry) in enumerate(_walk(folder, limits), 1):
        if at > limits.max_members:
            log.add("folder_entry_count", value=at, limit=limits.max_members)
            return []
        found.append((name, entry))
    found.sort(key=lambda named: named[0])
    names = [plain_name(name) for name, _ in found]
    check_path_lengths(names, log, limits)
    check_names_differ(names, log)
    for name, (_, entry) in zip(names, found, strict=True):
        if entry.is_symlink():
            log.add("folder_link", value=name)
    if len(log.fatal) > before:
        return []
    files = [
        _file(name, Path(entry.path), entry.stat(follow_symlinks=False), log)
        for name, (_, entry) in zip(names, found, strict=True)
        if not entry.is_dir(follow_symlinks=False)
    ]
    check_sizes([file.byte_count for file in files], log, limits)
    return [] if len(log.fatal) > before else files


def _walk(folder: Path, limits: Limits) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Path inside the folder and entry of everything not hidden, links unfollowed."""
    waiting = [(folder, "")]
    while waiting:
        at, prefix = waiting.pop()
        with os.scandir(at) as entries:
            for entry in entries:
                name = prefix + entry.name
                if is_hidden(name):
                    continue
                yield name, entry
                if (
                    entry.is_dir(follow_symlinks=False)
                    and len(name) <= limits.max_path_length
                ):
                    waiting.append((at / entry.name, f"{name}/"))


def _file(name: str, path: Path, facts: os.stat_result, log: FindingLog) -> Entry:
    if not stat.S_ISREG(facts.st_mode):
        log.add("filing_unreadable", file=name, value=name, reason=NOT_REGULAR)
    return Entry(name, facts.st_size, partial(_open, path))


def _open(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, _NO_FOLLOW), "rb")
