"""Bytes of a large published CSV to text columns, with the line of every row.

The bytes are parsed as they are: in CP932 and UTF-8 no byte of a longer character is
a comma, a quote or a line end. Only what is read out must be decoded.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from geodata.errors import SourceError
from geodata.readers.reading import Rejections

# What Python makes of the bytes that CP932 leaves unassigned: 80, A0, FD, FE, FF.
_UNASSIGNED = re.compile("[\x80\uf8f0-\uf8f3]")
_SHOWN = 60  # characters of a row of a wrong length that are kept


@dataclass(frozen=True)
class BodyRows:
    """Rows below a header.

    Attributes
    ----------
    table : pyarrow.Table
        The columns asked for; texts without blanks around, an empty field is "".
    lines : int64 array, length of `table`
        1-based line of each row in its file.
    misshapen : tuple of (line, fields, text)
        Rows with another number of fields than the header; not in `table`.
    """

    table: pa.Table
    lines: np.ndarray
    misshapen: tuple[tuple[int, int, str], ...]

    @property
    def row_count(self) -> int:
        """Data rows, those of a wrong length with them."""
        return self.table.num_rows + len(self.misshapen)

    def reject_misshapen(self, columns: int, file: str, faults: Rejections) -> None:
        """Note each row that has not so many `columns` under ``wrong_field_count``."""
        if self.misshapen:
            faults.add(
                "wrong_field_count",
                file=file,
                rows=[line for line, _, _ in self.misshapen],
                column="",
                values=[f"{n} fields: {text}" for _, n, text in self.misshapen],
                wanted=f"{columns} fields, as in the header",
            )


def read_body(
    content: bytes,
    names: Sequence[str],
    wanted: Sequence[str],
    *,
    skip: int,
    file: str,
) -> BodyRows:
    """Columns of the rows below the header, as text; blank lines are passed over.

    Parameters
    ----------
    content : bytes
        The whole file.
    names : sequence of str
        Names of all columns, in order.
    wanted : sequence of str
        Columns to read out; they must be UTF-8 (ASCII is).
    skip : int
        Header lines.
    file : str
        Name for messages.

    Raises
    ------
    SourceError
        The last line is cut short, or a byte is not UTF-8 in a wanted column.
    """
    types = dict.fromkeys(wanted, pa.string())
    try:
        table, misshapen = _parse(content, names, types, (), skip)
    except pa.ArrowInvalid as error:
        raise SourceError(
            f"{file}: cannot be read as comma-separated text ({error}); take the "
            "file as downloaded."
        ) from error
    _refuse_cut(content, misshapen, names, file)
    if any(blank in content for blank in (b" ", b"\t")):
        table = _stripped(table)
    return _without_blank_lines(table, skip, misshapen)


def read_typed_body(
    content: bytes,
    names: Sequence[str],
    types: Mapping[str, pa.DataType],
    null_values: Sequence[str],
    *,
    skip: int,
    file: str,
) -> BodyRows | None:
    """Columns of the rows below the header, as numbers; None if one is no number.

    The quick way for files without a fault: where it gives None, :func:`read_body`
    tells which value is at fault.

    Parameters
    ----------
    content, names, skip, file
        As in :func:`read_body`.
    types : mapping
        Column to its type; a null in a column of text is an empty text.
    null_values : sequence of str
        Texts that are null in columns of numbers; the empty text only if listed.

    Raises
    ------
    SourceError
        The last line is cut short.
    """
    try:
        table, misshapen = _parse(content, names, types, null_values, skip)
    except pa.ArrowInvalid:
        return None
    _refuse_cut(content, misshapen, names, file)
    lines = _lines(skip, table.num_rows, misshapen)
    return BodyRows(table, lines, tuple(misshapen))


def _parse(
    content: bytes,
    names: Sequence[str],
    types: Mapping[str, pa.DataType],
    null_values: Sequence[str],
    skip: int,
) -> tuple[pa.Table, list[tuple[int, int, str]]]:
    misshapen: list[tuple[int, int, str]] = []

    def note(row: pa_csv.InvalidRow) -> str:
        misshapen.append((row.number, row.actual_columns, row.text[:_SHOWN]))
        return "skip"

    table = pa_csv.read_csv(
        pa.BufferReader(content),
        read_options=pa_csv.ReadOptions(
            use_threads=False,  # else rows have no number
            block_size=max(len(content), 1),
            skip_rows=skip,
            column_names=list(names),
        ),
        parse_options=pa_csv.ParseOptions(
            ignore_empty_lines=False,
            invalid_row_handler=note,
        ),
        convert_options=pa_csv.ConvertOptions(
            include_columns=list(types),
            column_types=dict(types),
            null_values=list(null_values),
            strings_can_be_null=False,
        ),
    )
    return table, misshapen


def refuse_open_end(content: bytes, file: str) -> None:
    """Refuse a file whose last line has no end, as its last figure may be cut.

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


def decode_cp932(content: bytes, file: str, first_line: int = 1) -> str:
    """Text of CP932 bytes; UTF-8 and UTF-16 are told apart and refused.

    Parameters
    ----------
    content : bytes
        What to decode.
    file : str
        Name for messages.
    first_line : int
        1-based line at which `content` starts.

    Raises
    ------
    SourceError
        The bytes are UTF-16, UTF-8 with characters beyond ASCII, or not CP932;
        the message names the line.
    """
    if content.isascii() and b"\0" not in content:
        return content.decode("ascii")
    if b"\0" in content:
        raise _other_encoding(file, first_line, "it holds zero bytes, as UTF-16 does")
    line = first_line + content.count(b"\n", 0, _first_beyond_ascii(content))
    if _is_utf8(content):
        raise _other_encoding(file, line, "it is UTF-8")
    try:
        text = content.decode("cp932")
    except UnicodeDecodeError as error:
        line = first_line + content.count(b"\n", 0, error.start)
        reason = f"byte 0x{content[error.start]:02x} is not CP932"
        raise _other_encoding(file, line, reason) from error
    unassigned = _UNASSIGNED.search(text)
    if unassigned:
        line = first_line + text.count("\n", 0, unassigned.start())
        byte = unassigned[0].encode("cp932").hex()
        raise _other_encoding(file, line, f"byte 0x{byte} is not CP932")
    return text


def _refuse_cut(
    content: bytes,
    misshapen: Sequence[tuple[int, int, str]],
    names: Sequence[str],
    file: str,
) -> None:
    if not misshapen or content.endswith(b"\n"):
        return
    line, fields, _ = misshapen[-1]
    if line == content.count(b"\n") + 1:
        raise SourceError(
            f"{file}, line {line}: {fields} field(s) and no line end, so the file was "
            f"cut short; wanted {len(names)} fields. Download it again."
        )


def _stripped(table: pa.Table) -> pa.Table:
    columns = [pc.utf8_trim_whitespace(column) for column in table.columns]
    return pa.table(columns, names=table.column_names)


def _without_blank_lines(
    table: pa.Table, skip: int, misshapen: Sequence[tuple[int, int, str]]
) -> BodyRows:
    lines = _lines(skip, table.num_rows, misshapen)
    is_blank = pa.array(np.ones(table.num_rows, bool))
    for name in table.column_names:
        is_blank = pc.and_(is_blank, pc.equal(table[name], ""))
        if not pc.any(is_blank).as_py():
            return BodyRows(table, lines, tuple(misshapen))
    keep = ~is_blank.to_numpy()
    return BodyRows(table.filter(pa.array(keep)), lines[keep], tuple(misshapen))


def _lines(
    skip: int, row_count: int, misshapen: Sequence[tuple[int, int, str]]
) -> np.ndarray:
    """Lines of the rows that are left when those misshapen are out."""
    lines = np.arange(skip + 1, skip + 1 + row_count + len(misshapen), dtype="int64")
    if not misshapen:
        return lines
    return lines[~np.isin(lines, [line for line, _, _ in misshapen])]


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _first_beyond_ascii(content: bytes) -> int:
    return int(np.argmax(np.frombuffer(content, np.uint8) > 127))


def _other_encoding(file: str, line: int, found: str) -> SourceError:
    return SourceError(
        f"{file}, line {line}: wanted CP932, as published, but {found}; take the file "
        "as downloaded, without saving it in another program."
    )
