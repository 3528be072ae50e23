"""From bytes to clean UTF-8 lines: one physical line stays one line, always."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from geodata.filings.catalogue import decides
from geodata.filings.findings import FindingLog

MAX_LINE_BYTES = 65_536
"""Longest line of a CSV table that is read."""

_WINDOW = 1 << 18
"""Bytes looked at together: few enough to stay in the processor's cache."""

_BOM = b"\xef\xbb\xbf"
_MAGIC = {
    b"PK\x03\x04": "a zip or Excel file",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "a gzip file",
    b"%PDF": "a PDF file",
    b"SQLite format 3": "an SQLite file",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}
_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class BadLine:
    """One line that is not text: its number, what is left of it, and why."""

    line: int
    rule_id: str
    shown: str
    reason: str


@dataclass(frozen=True)
class CleanText:
    """UTF-8 bytes with the bad lines blanked, so that numbers stay right."""

    content: bytes
    bad_lines: tuple[BadLine, ...]


def clean_text(
    content: bytes, file: str, encoding: str, log: FindingLog
) -> CleanText | None:
    """Check that a CSV file is text and give it as UTF-8 with LF or CRLF lines.

    Parameters
    ----------
    content : bytes
        The file.
    file, encoding : str
        Its name, and the encoding that ``plan.toml`` declares.
    log : FindingLog
        Takes the findings, those of single lines included.

    Returns
    -------
    CleanText or None
        None when the file as a whole is no usable text (a finding says why).
    """
    if _is_no_text(content, file, log):
        return None
    codec = _codec(content, file, encoding, log)
    content = content.removeprefix(_BOM)
    bad = tuple(_bad_lines(content, codec))
    if _is_mostly_bad(content, bad, file, codec, log):
        return None
    _log_lines(bad, file, codec, log)
    if bad:
        lines = content.split(b"\n")
        for line in bad:
            lines[line.line - 1] = b""
        content = b"\n".join(lines)
    if codec != "utf-8":
        content = content.decode(codec).encode()
    return CleanText(content, bad)


@decides("file_empty", "file_not_text", "line_endings")
def _is_no_text(content: bytes, file: str, log: FindingLog) -> bool:
    log.mark("file_empty", "file_not_text", "line_endings")
    if is_blank(content.removeprefix(_BOM)):
        log.add("file_empty", file=file)
        return True
    for magic, name in _MAGIC.items():
        if content.startswith(magic):
            log.add("file_not_text", file=file, value=name)
            return True
    header = next(io.BytesIO(content)).removesuffix(b"\n")
    if b"\0" in header:
        log.add("file_not_text", file=file, value="binary data or UTF-16 text")
        return True
    if b"\r" in header.rstrip(b"\r"):
        log.add("line_endings", file=file)
        return True
    return False


def is_blank(content: bytes) -> bool:
    """Whether there is nothing but white space."""
    return not content or content.isspace()


@decides("encoding_declared")
def _codec(content: bytes, file: str, encoding: str, log: FindingLog) -> str:
    """Declared encoding, or UTF-8 where the bytes prove it (CP932 never looks so)."""
    log.mark("encoding_declared")
    if encoding == "utf-8" or content.isascii():
        return "utf-8"
    if _decodes(content, "utf-8"):
        log.add("encoding_declared", file=file)
        return "utf-8"
    return encoding


def _decodes(content: bytes, codec: str) -> bool:
    try:
        content.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _bad_lines(content: bytes, codec: str) -> Iterator[BadLine]:
    """Lines that do not decode, hold control characters or are too long."""
    if _is_clean(content, codec):
        return
    for number, line in enumerate(content.split(b"\n"), 1):
        text = line.removesuffix(b"\r")
        rule_id, reason = _line_fault(text, codec)
        if rule_id:
            shown = text[:MAX_LINE_BYTES].decode(codec, "backslashreplace")
            yield BadLine(number, rule_id, shown, reason)


def _is_clean(content: bytes, codec: str) -> bool:
    return (
        not _has_long_line(content)
        and not _has_control_bytes(content)
        and (content.isascii() or _decodes(content, codec))
    )


def _has_control_bytes(content: bytes) -> bool:
    """Whether bytes below a space occur other than as tab or line end."""
    low = ends = 0
    data = np.frombuffer(content, np.uint8)
    for start in range(0, len(data), _WINDOW):
        window = data[start : start + _WINDOW]
        low += int(np.count_nonzero(window < ord(" ")))
        ends += int(np.count_nonzero(window == ord("\n")))
    ends += content.endswith(b"\r")
    if b"\r" in content:
        ends += content.count(b"\r\n")
    return low != ends + content.count(b"\t") or b"\x7f" in content


def _has_long_line(content: bytes) -> bool:
    """Whether a stretch longer than `MAX_LINE_BYTES` has no line end."""
    start = 0
    while len(content) - start > MAX_LINE_BYTES:
        end = content.rfind(b"\n", start, start + MAX_LINE_BYTES + 1)
        if end < 0:
            return True
        start = end + 1
    return False


def _line_fault(line: bytes, codec: str) -> tuple[str, str]:
    if len(line) > MAX_LINE_BYTES:
        return "line_too_long", str(len(line))
    if found := _CONTROL.search(line):
        return "control_character", f"byte 0x{found.group()[0]:02X}"
    try:
        line.decode(codec)
    except UnicodeDecodeError as error:
        byte = line[error.start]
        return "encoding", f"byte 0x{byte:02X} at position {error.start + 1}"
    return "", ""


@decides("encoding_file")
def _is_mostly_bad(
    content: bytes, bad: tuple[BadLine, ...], file: str, codec: str, log: FindingLog
) -> bool:
    log.mark("encoding_file")
    if not bad:
        return False
    line_count = sum(1 for line in content.split(b"\n") if line.strip())
    if bad[0].line > 1 and 2 * len(bad) <= line_count:
        return False
    reason = f"line {bad[0].line}: {bad[0].reason}; {len(bad)} of {line_count} lines"
    if bad[0].rule_id == "encoding":
        hint = "; it decodes as CP932" if _is_cp932(content, codec) else ""
        log.add("encoding_file", file=file, reason=reason + hint, encoding=codec)
    else:
        log.add("file_not_text", file=file, value=f"binary data ({reason})")
    return True


def _is_cp932(content: bytes, codec: str) -> bool:
    return codec == "utf-8" and _decodes(content, "cp932")


@decides("encoding", "control_character", "line_too_long")
def _log_lines(
    bad: tuple[BadLine, ...], file: str, codec: str, log: FindingLog
) -> None:
    log.mark("encoding", "control_character", "line_too_long")
    for rule_id in dict.fromkeys(line.rule_id for line in bad):
        found = [line for line in bad if line.rule_id == rule_id]
        log.add_rows(
            rule_id,
            np.array([line.line for line in found]),
            file=file,
            values=pa.array([line.shown for line in found]),
            reason=pa.array([line.reason for line in found]),
            encoding=codec,
            limit=MAX_LINE_BYTES,
        )
