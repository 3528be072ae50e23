"""Published bytes to text, strictly: a fault is named by its line and its byte."""

import re
from typing import Literal

import numpy as np

from geodata.errors import SourceError

Encoding = Literal["utf-8-sig", "cp932"]
"""``utf-8-sig``: UTF-8, with or without a byte order mark."""

_NAMES: dict[Encoding, str] = {"utf-8-sig": "UTF-8", "cp932": "CP932"}
_CODECS: dict[Encoding, str] = {"utf-8-sig": "utf-8", "cp932": "cp932"}
_MARK = "\N{BYTE ORDER MARK}"
# What Python makes of the bytes that CP932 leaves unassigned: 80, A0, FD, FE, FF.
_UNASSIGNED = re.compile("[\x80\uf8f0-\uf8f3]")


def decode(
    content: bytes, encoding: Encoding, file: str, *, first_line: int = 1
) -> str:
    """Text of published bytes, line ends as they are, without a byte order mark.

    Parameters
    ----------
    content : bytes
        What to decode.
    encoding : {"utf-8-sig", "cp932"}
        What the format is published in.
    file : str
        Name for messages.
    first_line : int
        1-based line at which `content` starts.

    Raises
    ------
    SourceError
        The bytes are in another encoding (UTF-16, or UTF-8 where CP932 is wanted), or
        end within a character. The message names the line and, where one byte is at
        fault, the byte.
    """
    if b"\0" in content:
        found = "it holds zero bytes, as UTF-16 does"
        raise _refusal(file, first_line, encoding, found)
    if content.isascii():
        return content.decode("ascii")
    if encoding == "cp932" and _is_utf8(content):
        line = first_line + content.count(b"\n", 0, _first_beyond_ascii(content))
        raise _refusal(file, line, encoding, "it is UTF-8")
    try:
        text = content.decode(_CODECS[encoding])
    except UnicodeDecodeError as error:
        line = first_line + content.count(b"\n", 0, error.start)
        raise _undecodable(file, line, encoding, error) from error
    if encoding == "cp932":
        _refuse_unassigned(text, file, first_line)
    return text.removeprefix(_MARK)


def encoding_of(content: bytes) -> Encoding:
    """Encoding of a format published in both: UTF-8 where all bytes fit it."""
    return "utf-8-sig" if _is_utf8(content) else "cp932"


def _undecodable(
    file: str, line: int, encoding: Encoding, error: UnicodeDecodeError
) -> SourceError:
    is_cut = error.reason in ("unexpected end of data", "incomplete multibyte sequence")
    if is_cut and error.end >= len(error.object):
        return SourceError(
            f"{file}, line {line}: the file ends within a character, wanted a line "
            "end. Take the complete file as published."
        )
    found = (
        f"byte 0x{error.object[error.start]:02x} at offset {error.start} is not "
        f"{_NAMES[encoding]}"
    )
    return _refusal(file, line, encoding, found)


def _refuse_unassigned(text: str, file: str, first_line: int) -> None:
    unassigned = _UNASSIGNED.search(text)
    if unassigned:
        line = first_line + text.count("\n", 0, unassigned.start())
        byte = unassigned[0].encode("cp932").hex()
        raise _refusal(file, line, "cp932", f"byte 0x{byte} is not CP932")


def _refusal(file: str, line: int, encoding: Encoding, found: str) -> SourceError:
    return SourceError(
        f"{file}, line {line}: wanted {_NAMES[encoding]}, but {found}; take the file "
        "as downloaded, without saving it in another program, or save your own as "
        f"{_NAMES[encoding]}."
    )


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _first_beyond_ascii(content: bytes) -> int:
    return int(np.argmax(np.frombuffer(content, np.uint8) > 127))
