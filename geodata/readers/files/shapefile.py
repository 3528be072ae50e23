"""What GDAL does not check in a Shapefile: complete parts, equal counts, encoding.

GDAL gives null geometries for a Shapefile that is cut short, and wrong characters for
a DBF read in the wrong encoding, both without a word.
"""

from dataclasses import dataclass

import numpy as np

from geodata.errors import SourceError
from geodata.readers.files.published import Published

_SHP_MAGIC = (9994).to_bytes(4, "big")
_SHP_HEADER = 100
_SHX_RECORD = 8
_DBF_FIELD = 32
_DBF_HEADER_END = 0x0D
_CHUNK = 1 << 22
_ODD_CP932 = "\x80\uf8f0\uf8f1\uf8f2\uf8f3"
_ENCODINGS = {
    "cp932": "cp932",
    "932": "cp932",
    "ms932": "cp932",
    "sjis": "cp932",
    "shiftjis": "cp932",
    "windows31j": "cp932",
    "utf8": "utf-8",
    "65001": "utf-8",
}


@dataclass(frozen=True)
class ShapefileParts:
    """A Shapefile whose parts were found complete.

    Attributes
    ----------
    encoding : str
        Of the DBF: ``cp932`` unless a ``.cpg`` says otherwise; every text value was
        decoded in it without error.
    rows : int array
        1-based numbers of the records that are not marked as deleted.
    """

    encoding: str
    rows: np.ndarray


def check_shapefile(file: Published) -> ShapefileParts:
    """Check the parts of a Shapefile against each other.

    Parameters
    ----------
    file : Published
        The ``.shp``; its ``.shx``, ``.dbf`` and ``.cpg`` are looked for beside it.

    Raises
    ------
    SourceError
        A part is missing or cut short, the parts do not hold equally many records,
        there is no record, or the attributes are not in the encoding declared.
    """
    index, attributes = _part(file, ".shx"), _part(file, ".dbf")
    _check_length(file)
    indexed = (_check_length(index) - _SHP_HEADER) // _SHX_RECORD
    table = _Dbf(attributes, attributes.read_bytes())
    if indexed != table.record_count:
        raise SourceError(
            f"{file.name}: {indexed} shapes, but {table.record_count} records in "
            f"{attributes.file_name}; wanted: one record a shape. Take all parts from "
            "one download."
        )
    if not indexed:
        raise SourceError(f"{file.name}: no feature; wanted: at least one.")
    encoding = _declared_encoding(file)
    table.check_text(encoding)
    return ShapefileParts(encoding, np.flatnonzero(~table.is_deleted()) + 1)


def _part(file: Published, suffix: str) -> Published:
    found = file.beside(suffix)
    if found is None:
        raise SourceError(
            f"{file.name}: no {suffix} beside it; wanted: .shp, .shx and .dbf of one "
            "name. Take all parts from the download."
        )
    return found


def _check_length(file: Published) -> int:
    """Bytes of a ``.shp`` or ``.shx``, which must be those its header states."""
    header, size = b"", 0
    with file.open() as content:
        while chunk := content.read(_CHUNK):
            header = header or chunk[:_SHP_HEADER]
            size += len(chunk)
    if len(header) < _SHP_HEADER or not header.startswith(_SHP_MAGIC):
        raise SourceError(
            f"{file.name}, header: {len(header)} bytes beginning "
            f"{header[:4].hex() or 'nowhere'}; wanted: a Shapefile "
            f"({_SHP_MAGIC.hex()} and {_SHP_HEADER} bytes). Download it again."
        )
    stated = 2 * int.from_bytes(header[24:28], "big")
    if size < stated:
        raise SourceError(
            f"{file.name}: {size} bytes, but its header states {stated}: it is cut "
            "short. Download it again."
        )
    return stated


class _Dbf:
    """Records of a DBF as bytes."""

    def __init__(self, file: Published, content: bytes) -> None:
        self._file = file
        fields_end = content.find(_DBF_HEADER_END, _DBF_FIELD)
        if len(content) <= _DBF_FIELD or fields_end < 0:
            raise SourceError(
                f"{file.name}, header: {len(content)} bytes without a list of fields; "
                "wanted: a DBF table. Download it again."
            )
        self.record_count = int.from_bytes(content[4:8], "little")
        header = int.from_bytes(content[8:10], "little")
        width = int.from_bytes(content[10:12], "little")
        wanted = header + self.record_count * width
        if len(content) < wanted:
            raise SourceError(
                f"{file.name}: {len(content)} bytes, but its header states "
                f"{self.record_count} records, which are {wanted} bytes: it is cut "
                "short. Download it again."
            )
        self._fields = self._text_fields(content[_DBF_FIELD:fields_end])
        records = np.frombuffer(
            content, np.uint8, self.record_count * width, offset=header
        )
        self._records = records.reshape(self.record_count, width)

    def _text_fields(self, fields: bytes) -> list[tuple[str, int, int]]:
        """Name, first byte and width of the text fields in a record."""
        found, at = [], 1
        for start in range(0, len(fields) - _DBF_FIELD + 1, _DBF_FIELD):
            field = fields[start : start + _DBF_FIELD]
            name = field[:11].split(b"\0")[0].decode("latin-1")
            if field[11:12] == b"C":
                found.append((name, at, field[16]))
            at += field[16]
        return found

    def is_deleted(self) -> np.ndarray:
        return self._records[:, 0] == ord("*")

    def check_text(self, encoding: str) -> None:
        """Decode every distinct value strictly, and doubt CP932 that is all UTF-8."""
        columns = {field[0]: self._column(*field[1:]) for field in self._fields}
        distinct = {
            name: [value for value in np.unique(column) if not value.isascii()]
            for name, column in columns.items()
        }
        values = [value for some in distinct.values() for value in some]
        if encoding == "cp932" and values and all(map(_is_utf8, values)):
            raise SourceError(
                f"{self._file.name}: its texts are UTF-8; wanted: cp932, as no .cpg "
                "says otherwise. Take the file as published, or put a .cpg that says "
                "UTF-8 beside it."
            )
        for name, some in distinct.items():
            bad = {
                v: byte for v in some if (byte := _bad_byte(v, encoding)) is not None
            }
            if bad:
                record = int(np.flatnonzero(np.isin(columns[name], list(bad)))[0])
                byte = bad[columns[name][record]]
                raise SourceError(
                    f"{self._file.name}, record {record + 1}, field {name}: byte "
                    f"0x{byte:02x} is not {encoding}; wanted: text in {encoding}. Take "
                    "the file as published, with its .cpg."
                )

    def _column(self, at: int, width: int) -> np.ndarray:
        column = np.ascontiguousarray(self._records[:, at : at + width])
        return column.view(f"S{width}").ravel()


def _bad_byte(value: bytes, encoding: str) -> int | None:
    """First byte that does not fit; None if all do."""
    try:
        text = value.decode(encoding)
    except UnicodeDecodeError as error:
        return value[error.start]
    # Python's cp932 gives these single bytes a meaning that no table does.
    odd = (
        next((c for c in text if c in _ODD_CP932), None)
        if encoding == "cp932"
        else None
    )
    return None if odd is None else odd.encode("cp932")[0]


def _is_utf8(value: bytes) -> bool:
    try:
        value.rstrip(b"\0 ").decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _declared_encoding(file: Published) -> str:
    page = file.beside(".cpg")
    if page is None:
        return "cp932"
    text = page.read_bytes().decode("latin-1").strip()
    plain = text.lower().replace("-", "").replace("_", "").replace("ansi ", "")
    if plain not in _ENCODINGS:
        raise SourceError(
            f"{page.name}: encoding '{text}'; wanted: UTF-8 or CP932 (Shift_JIS)."
        )
    return _ENCODINGS[plain]
