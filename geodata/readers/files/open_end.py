"""A last line without a line end: the sign of a text that was cut short."""

from geodata.errors import SourceError
from geodata.readers.reading import Rejections

_SHOWN = 60  # characters of the line that are kept

OpenEnd = tuple[int, str] | None
"""Line and text of a last line without a line end; None where it has one."""


def open_end_of(text: str) -> OpenEnd:
    """Last line of a text where it has no line end: its last value may be cut."""
    if text.endswith("\n"):
        return None
    return text.count("\n") + 1, text.rpartition("\n")[2][-_SHOWN:]


def note_open_end(end: OpenEnd, column: str, faults: Rejections, file: str) -> None:
    """Warn of a last line without a line end, whose value of `column` may be cut."""
    if end is not None:
        faults.add(
            "open_end",
            file=file,
            rows=end[0],
            column=column,
            values=end[1],
            wanted="a line end after the last row of the complete file",
        )


def refuse_open_end(content: bytes, file: str) -> None:
    """Refuse a file whose last line has no end, as its last value may be cut.

    Raises
    ------
    SourceError
        The content does not end with a line end.
    """
    if not content.endswith(b"\n"):
        line = content.count(b"\n") + 1
        last = content[content.rfind(b"\n") + 1 :][-_SHOWN:].decode("ascii", "replace")
        raise SourceError(
            f"{file}, line {line}: the file ends in '{last}' without a line end, so "
            "it was cut short; wanted: the complete file. Download it again."
        )
