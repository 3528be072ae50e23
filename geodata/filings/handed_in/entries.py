"""The files of a folder or zip before they are read, and rules on their names."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO

from geodata.filings.catalogue import decides
from geodata.filings.findings import FindingLog
from geodata.filings.options import Limits

_SHOWN = 60


@dataclass(frozen=True)
class Entry:
    """One file that is not read yet: its path in the filing and its stated size."""

    name: str
    byte_count: int
    open: Callable[[], IO[bytes]]


@decides("path_too_long")
def check_path_lengths(names: Sequence[str], log: FindingLog, limits: Limits) -> None:
    """Refuse paths that no filing needs, deep folders among them."""
    log.mark("path_too_long")
    for name in names:
        if len(name) > limits.max_path_length:
            log.add(
                "path_too_long",
                value=f"{name[:_SHOWN]}…",
                length=len(name),
                limit=limits.max_path_length,
            )


@decides("name_confusable")
def check_names_differ(names: Sequence[str], log: FindingLog) -> None:
    """Refuse names that are one and the same on another computer."""
    log.mark("name_confusable")
    seen: dict[str, str] = {}
    for name in names:
        first = seen.setdefault(_folded(name), name)
        if first != name:
            log.add("name_confusable", value=f"{first}, {name}")


def _folded(name: str) -> str:
    """Name as file systems that fold case and Unicode forms keep it."""
    return unicodedata.normalize("NFKC", name).casefold().rstrip(" .")


@decides("filing_too_large")
def check_sizes(sizes: Sequence[int], log: FindingLog, limits: Limits) -> None:
    """Hold the stated sizes against the limits; reading does not go beyond them."""
    log.mark("filing_too_large")
    if sum(sizes) > limits.max_unpacked_bytes:
        add_too_large(log, sum(sizes), limits, "max_unpacked_bytes")
    elif max(sizes, default=0) > limits.max_file_bytes:
        add_too_large(log, max(sizes), limits, "max_file_bytes")


@decides("table_row_count")
def check_row_count(row_count: int, file: str, log: FindingLog, limits: Limits) -> None:
    """Refuse tables with more rows than a nation of stations can have."""
    log.mark("table_row_count")
    if row_count > limits.max_rows:
        log.add("table_row_count", file=file, value=row_count, limit=limits.max_rows)


def add_too_large(
    log: FindingLog,
    byte_count: int,
    limits: Limits,
    name: str,
    file: str | None = None,
) -> None:
    """Refuse the filing: `byte_count` exceeds the limit `name`."""
    log.add(
        "filing_too_large",
        file=file,
        value=byte_count,
        limit=getattr(limits, name),
        setting=f"filing_limits.{name}",
    )
