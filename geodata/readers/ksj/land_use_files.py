"""Files of L03-b and L03-b-c: edition, datum and the columns that matter."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.compute as pc
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from geodata.errors import SourceError
from geodata.readers.files.declared_datum import TOKYO, declared_datum
from geodata.readers.files.gdal_source import gdal_source
from geodata.readers.files.published import Published, published_in
from geodata.reference.land_use import (
    code_list_of,
    land_use_editions,
    newest_photo_years,
)

_NAME = re.compile(
    r"^L03-b(?P<kind>-[a-z]|_r)?-(?P<year>\d\d)"
    r"(?:_(?P<mesh1>\d{4}))?(?:-(?P<datum>tky|jgd2011|jgd))?",
    re.IGNORECASE,
)
_TITLE = re.compile(rb"L03-b(?P<kind>-[a-z])?-(?P<year>\d\d)_(?P<mesh1>\d{4})")
_EXAMPLE = "L03-b-16_5339-jgd_GML.zip"
_DATASETS = {"": "L03-b", "-c": "L03-b-c"}
_DATUMS = {"tky": TOKYO, "jgd": "JGD2000", "jgd2011": "JGD2011"}
_EQUAL = ("JGD2011", "JGD2000", "WGS84")
_SUFFIXES = [".shp", ".geojson"]  # in order of preference: the DBF is read fastest
_ENCODING = {".shp": "CP932", ".geojson": None}
_METADATA = "KS-META"
_UNREADABLE = (DataSourceError, DataLayerError, UnicodeDecodeError)

# As published: attribute names of the specification, the Shapefiles of 2009 to 2016
# (cut at 10 bytes) and the GeoJSON files.
_COLUMNS = {
    "L03-b": {
        "cell": ("L03b_001", "メッシュ", "メッシュコード"),
        "use": ("L03b_002", "土地利用種", "土地利用種別"),
        "photo": ("L03b_003", "撮影年月日"),
    },
    "L03-b-c": {
        "cell": ("L03b_c_001", "詳細メッシュコード", "詳細メッシ"),
        "use": ("L03b_c_002", "土地利用種", "土地利用種別"),
        "photo": ("L03b_c_003", "撮影年月日"),
    },
}
_UNUSED = ("L03b_c_004", "都市地域範囲", "都市地域範")  # urban area 1, other land 0


@dataclass(frozen=True)
class LandUseFile:
    """One file, and what its name says.

    Attributes
    ----------
    file : Published
        The Shapefile or GeoJSON file.
    dataset : str
        ``L03-b`` or ``L03-b-c``.
    year : int
        Year of the edition.
    code_list : str
        Code list of the edition.
    mesh1 : int or None
        Primary mesh in the name.
    datum : str
        Datum in the name; empty where it says none.
    columns : dict
        Name in the file of ``cell``, ``use`` and, where there is one, ``photo``.
    fields : tuple of str
        All columns of the file.
    crs : str
        Reference system that the file declares; empty without one.
    row_count : int
        Rows that the file promises.
    """

    file: Published
    dataset: str
    year: int
    code_list: str
    mesh1: int | None
    datum: str
    columns: dict[str, str]
    fields: tuple[str, ...]
    crs: str
    row_count: int

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.file.name

    @property
    def layer(self) -> str:
        """Name of its only layer."""
        return PurePosixPath(self.file.file_name).stem


@dataclass(frozen=True)
class _Edition:
    """What a name, or a title in the metadata, says."""

    where: str
    kind: str
    year: int
    mesh1: int | None
    datum: str = ""


def find_files(paths: Sequence[Path]) -> list[LandUseFile]:
    """Land-use files in archives and folders' files, all of one edition.

    Raises
    ------
    SourceError
        No file is there, one says nothing or contradictory things of its edition,
        has no code list or misses a column, or editions are mixed.
    """
    files = [_described(found) for path in paths for found in _published(path)]
    if not files:
        raise SourceError("land use: no file was given; wanted files of L03-b.")
    first = files[0]
    for file in files:
        if (file.dataset, file.year) != (first.dataset, first.year):
            raise SourceError(
                f"{file.name}: {file.dataset} of {file.year}, but {first.name} is "
                f"{first.dataset} of {first.year}; give one dataset and edition."
            )
    return files


def datum_of(file: LandUseFile) -> tuple[str, list[str]]:
    """Datum of a file's mesh codes, and notes.

    Raises
    ------
    SourceError
        Tokyo datum (by name, by declaration or by edition), an unknown datum, or
        none at all.
    """
    editions = land_use_editions().set_index(["dataset", "year"])["datum"]
    default = str(editions[(file.dataset, file.year)])
    declared = declared_datum(file.crs)
    found = [said for said in (declared, file.datum) if said] or [default]
    if TOKYO in found:
        raise SourceError(
            f"{file.name}: its mesh codes are on the Tokyo datum (日本測地系), about "
            "450 m off; a mesh statistic cannot be re-coded. Take the edition on "
            "JGD2000 or JGD2011 (name with -jgd or -jgd2011)."
        )
    if found[0] not in _EQUAL:
        raise SourceError(
            f"{file.name}: its datum is {found[0] or 'not declared'}; wanted JGD2011 "
            f"or JGD2000, in the name ({_EXAMPLE}) or in a .prj file."
        )
    if declared or file.datum:
        return found[0], []
    return default, [
        f"{file.dataset} {file.year}: neither files nor names say the datum; {default} "
        "taken, as that edition is published."
    ]


def read_columns(file: LandUseFile) -> tuple[pa.Table, list[str]]:
    """Read ``cell`` and ``use`` of every row as text, blanks stripped; and notes.

    Raises
    ------
    SourceError
        The file is cut short or empty, or its newest photograph does not fit the
        edition in its name.
    """
    columns = {column: name for name, column in file.columns.items()}
    try:
        _, table = pyogrio.read_arrow(
            gdal_source(file.file),
            columns=list(columns),
            read_geometry=False,
            encoding=_ENCODING[file.file.suffix],
        )
    except (*_UNREADABLE, pa.ArrowException) as error:
        raise _unreadable(file.file, error) from error
    if table.num_rows != file.row_count:
        raise SourceError(
            f"{file.name}: ends after row {table.num_rows} of {file.row_count}; "
            "the file is cut short. Download it again."
        )
    if not table.num_rows:
        raise SourceError(f"{file.name}: holds no row; download it again.")
    table = table.select(list(columns)).rename_columns(list(columns.values()))
    if "photo" in table.column_names:
        _check_photos(file, table["photo"])
    codes = {"cell": _text(table["cell"], 0), "use": _text(table["use"], _width(file))}
    extra = sorted(set(file.fields) - set(file.columns.values()) - set(_UNUSED))
    return pa.table(codes), [
        f"{file.dataset} {file.year}: further columns left out: {', '.join(extra)}."
        for _ in extra[:1]
    ]


def _published(path: Path) -> list[Published]:
    """One file per dataset of an archive: the first of the suffixes there is."""
    found = published_in(path, _SUFFIXES)
    if not found:
        raise SourceError(
            f"{path.name}: no Shapefile or GeoJSON file in it; wanted an archive such "
            f"as {_EXAMPLE}. The GML alone is not read."
        )
    best: dict[str, Published] = {}
    for file in sorted(found, key=lambda file: _SUFFIXES.index(file.suffix)):
        best.setdefault(PurePosixPath(file.file_name).stem, file)
    return [best[stem] for stem in sorted(best)]


def _described(file: Published) -> LandUseFile:
    edition = _edition(file)
    dataset = _DATASETS.get(edition.kind)
    if dataset is None:
        raise SourceError(
            f"{file.name}: L03-b{edition.kind} is another dataset; wanted L03-b "
            "(100 m) or L03-b-c (50 m)."
        )
    code_list = code_list_of(dataset, edition.year)
    if code_list is None:
        known = land_use_editions().query("dataset == @dataset")["year"]
        raise SourceError(
            f"{file.name}: no code list for {dataset} of {edition.year}; known are "
            f"{', '.join(map(str, known))}. Add the edition to land_use_codes.toml."
        )
    info = _info(file)
    fields = tuple(str(name) for name in info["fields"])
    return LandUseFile(
        file=file,
        dataset=dataset,
        year=edition.year,
        code_list=code_list,
        mesh1=edition.mesh1,
        datum=edition.datum,
        columns=_columns(file, dataset, fields),
        fields=fields,
        crs=info["crs"] or "",
        row_count=int(info["features"]),
    )


def _info(file: Published) -> dict:
    try:
        return pyogrio.read_info(
            gdal_source(file),
            encoding=_ENCODING[file.suffix],
            force_feature_count=True,
        )
    except _UNREADABLE as error:
        raise _unreadable(file, error) from error


def _columns(file: Published, dataset: str, fields: tuple[str, ...]) -> dict[str, str]:
    names = {
        column: next((name for name in known if name in fields), None)
        for column, known in _COLUMNS[dataset].items()
    }
    absent = [c for c in ("cell", "use") if names[c] is None]
    if absent:
        wanted = " and ".join(" or ".join(_COLUMNS[dataset][c]) for c in absent)
        raise SourceError(
            f"{file.name}: the columns are {', '.join(fields) or 'none'}, wanted "
            f"{wanted} ({_ENCODING[file.suffix] or 'UTF-8'}); take the file as "
            "published, without saving it in another program."
        )
    return {column: name for column, name in names.items() if name is not None}


def _edition(file: Published) -> _Edition:
    """What archive name, file name and metadata say together."""
    said = [*_names(file), *_titles(file)]
    if not said:
        raise SourceError(
            f"{file.name}: the name says no edition; wanted a name as published, such "
            f"as {_EXAMPLE}. Restore it."
        )
    first = said[0]
    for other in said[1:]:
        is_same = (other.kind, other.year) == (first.kind, first.year)
        if not is_same or (first.mesh1 and other.mesh1 not in (None, first.mesh1)):
            raise SourceError(
                f"{file.name}: {first.where} speaks of {_shown(first)}, {other.where} "
                f"of {_shown(other)}; restore the published name."
            )
    datums = [edition.datum for edition in said if edition.datum]
    mesh1 = next((edition.mesh1 for edition in said if edition.mesh1), None)
    datum = TOKYO if TOKYO in datums else next(iter(datums), "")
    return _Edition(first.where, first.kind, first.year, mesh1, datum)


def _names(file: Published) -> Iterable[_Edition]:
    names = {"the file name": file.file_name}
    if file.member:
        names = {"the archive name": file.path.name} | names
    for where, name in names.items():
        if match := _NAME.match(name):
            yield _Edition(
                where,
                (match["kind"] or "").lower(),
                _full_year(match["year"]),
                int(match["mesh1"]) if match["mesh1"] else None,
                _DATUMS.get((match["datum"] or "").lower(), ""),
            )


def _titles(file: Published) -> Iterable[_Edition]:
    """Titles in the metadata (KS-META) that lies beside the file."""
    stem = PurePosixPath(file.file_name).stem
    if file.member:
        found = published_in(file.path, [".xml"])
    else:
        beside = file.path.with_name(f"{_METADATA}-{stem}.xml")
        found = [Published(beside)] if beside.is_file() else []
    for metadata in found:
        if not metadata.file_name.startswith(_METADATA):
            continue
        for match in _TITLE.finditer(metadata.read_bytes()):
            yield _Edition(
                f"its metadata {metadata.file_name}",
                (match["kind"] or b"").decode(),
                _full_year(match["year"].decode()),
                int(match["mesh1"]),
            )


def _check_photos(file: LandUseFile, dates: pa.ChunkedArray) -> None:
    """The newest photograph is not later than the edition, nor years older."""
    texts = dates.cast(pa.string())
    is_day = pc.match_substring_regex(texts, "^(19|20)[0-9]{6}$")
    newest = pc.max(texts.filter(is_day.fill_null(False))).as_py()
    if newest is None:
        return
    fiscal_year = int(newest[:4]) - (newest[4:6] < "04")
    oldest = file.year - newest_photo_years()
    if not oldest <= fiscal_year <= file.year:
        raise SourceError(
            f"{file.name}, column {file.columns['photo']}: the newest photograph is of "
            f"{newest}, but the name says {file.year}, so fiscal {oldest} to "
            f"{file.year} was wanted; restore the published name."
        )


def _text(values: pa.ChunkedArray, width: int) -> pa.ChunkedArray:
    """Values as text; numbers get their leading zeros back."""
    is_text = pa.types.is_string(values.type) or pa.types.is_large_string(values.type)
    texts = values.cast(pa.string())
    stripped = pc.utf8_trim_whitespace(texts)
    return stripped if is_text else pc.utf8_lpad(stripped, width, "0")


def _width(file: LandUseFile) -> int:
    """Digits of a code of the edition's list."""
    return 4 if file.code_list.startswith("2009") else 1


def _full_year(two_digits: str) -> int:
    year = int(two_digits)
    return year + (1900 if year >= 70 else 2000)


def _shown(edition: _Edition) -> str:
    mesh1 = f", primary mesh {edition.mesh1}" if edition.mesh1 else ""
    return f"L03-b{edition.kind} of {edition.year}{mesh1}"


def _unreadable(file: Published, error: Exception) -> SourceError:
    return SourceError(
        f"{file.name}: cannot be read ({error}); wanted: the complete Shapefile or "
        "GeoJSON file as published. Download it again."
    )
