"""Coverage files of a filing, form by form: attributes, geometry as WKB, and CRS."""

import json
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pyogrio
from pyogrio.raw import read_arrow

from geodata.filings.areas.coverage_features import (
    GEOMETRY,
    CoverageFile,
    Features,
    RefusedError,
)
from geodata.filings.areas.coverage_layout import COVERAGE
from geodata.filings.areas.geopackage_scan import database_fault
from geodata.filings.findings import FindingLog
from geodata.filings.options import Limits
from geodata.filings.tables.parquet_limits import read_bounded
from geodata.filings.tables.parquet_table import has_nested_columns
from geodata.filings.tables.text_table import is_header_usable

_SQLITE = b"SQLite format 3\0"
_OWN_NAME = ".*non conformant file extension"  # of the file that GDAL has in memory
_CRS84 = "OGC:CRS84"
_NO_CRS = object()


def read_features(
    name: str, content: bytes, log: FindingLog, limits: Limits
) -> Features | None:
    """Read a coverage file.

    Parameters
    ----------
    name : str
        One of ``COVERAGE_FILES``; its ending tells the form.
    content : bytes
        The file. Nothing beside it is opened, whatever it names.
    log : FindingLog
        Takes the findings.
    limits : Limits
        Sizes above which it is refused.

    Returns
    -------
    Features or None
        None where the file as a whole cannot be used: damaged or of another form,
        several layers, columns absent, no row, a CRS that is absent or not usable, a
        raster with pixels that are neither 0, 1 nor nodata.
    """
    file = CoverageFile(name, content, log, limits)
    try:
        features = _READERS[PurePosixPath(name).suffix](file)
        for column in features.attributes.columns:
            column.validate(full=True)
    except RefusedError:
        return None
    except (RuntimeError, ValueError, OSError, pa.ArrowException) as error:
        file.unreadable_by(error)
        return None
    return features


def _read_geopackage(file: CoverageFile) -> Features:
    if not file.content.startswith(_SQLITE):
        raise file.unreadable("no GeoPackage")
    if fault := database_fault(file.content):
        raise file.unreadable(fault)
    with _noted():
        layers = [name for name, kind in pyogrio.list_layers(file.content) if kind]
        if len(layers) > 1:
            raise file.refuse("coverage_layer", value=", ".join(layers))
        if not layers:
            raise file.unreadable("no layer with geometry")
        about = pyogrio.read_info(file.content, layer=layers[0])
    if about["driver"] != "GPKG":
        raise file.unreadable("no GeoPackage")
    file.check_rows(about["features"])
    about, table, notes = _by_gdal(file, about["features"], layer=layers[0])
    columns = _columns(file, list(about["fields"]), table.schema)
    crs = file.usable(about["crs"])
    wkb = _wkb(table[about["geometry_name"]])
    return Features(table.select(columns), wkb, crs, notes)


def _read_geojson(file: CoverageFile) -> Features:
    # GDAL passes over what is no feature, makes the values of a column alike, and
    # takes a CRS that it does not know for WGS 84: it is asked for geometry only.
    top, systems = _loaded(file.content.decode("utf-8-sig"))
    entries = top.get("features") if isinstance(top, dict) else None
    if not isinstance(entries, list):
        raise file.unreadable("no FeatureCollection")
    file.check_rows(len(entries))
    odd = [n for n, e in enumerate(entries, 1) if not isinstance(e, _Properties)]
    if odd:
        raise file.unreadable(f"entry {odd[0]} of features is no Feature")
    attributes = _attributes(file, entries)
    crs = file.usable(_declared_in(file, top, systems))
    _, table, notes = _by_gdal(file, len(entries), columns=[])
    return Features(attributes, _wkb(table["wkb_geometry"]), crs, notes)


class _Properties(dict[str, Any]):
    """Properties of one GeoJSON feature; all that is kept of it."""


def _loaded(text: str) -> tuple[Any, list[dict[str, Any]]]:
    """JSON without its coordinates, and every object in it that is called ``crs``."""
    systems: list[dict[str, Any]] = []

    def slim(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        systems.extend(v for k, v in pairs if _is_system(k, v))
        return _slim(dict(pairs))

    top = json.loads(text, object_pairs_hook=slim, parse_constant=_refuse_constant)
    return top, systems


def _is_system(name: str, value: object) -> bool:
    """Whether GDAL would read a CRS there: it does not care for capitals."""
    return len(name) == len("crs") and name.lower() == "crs" and isinstance(value, dict)


def _slim(entry: dict[str, Any]) -> dict[str, Any]:
    """A JSON object without its coordinates."""
    if entry.get("type") == "Feature":
        filed = entry.get("properties")
        return _Properties(filed if isinstance(filed, dict) else {})
    return {k: v for k, v in entry.items() if k not in ("coordinates", "geometries")}


def _attributes(file: CoverageFile, entries: Sequence[_Properties]) -> pa.Table:
    """Properties as text, each as it was filed."""
    names = dict.fromkeys(name for entry in entries for name in entry)
    schema = pa.schema([(name, pa.string()) for name in names])
    columns = {
        name: pa.array([_as_filed(entry.get(name)) for entry in entries], pa.string())
        for name in _columns(file, list(names), schema)
    }
    return pa.table(columns)


def _as_filed(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _declared_in(
    file: CoverageFile, top: dict[str, Any], systems: Sequence[dict[str, Any]]
) -> object:
    """CRS of a GeoJSON: WGS 84 where it says nothing (RFC 7946).

    Only one that is named, and for the whole file, is let through: GDAL follows links
    into the network, also those of a single geometry.
    """
    member = top.get("crs", _NO_CRS)
    for system in systems:
        if system is not member or system.get("type") != "name":
            shown = json.dumps(system, ensure_ascii=False)
            raise file.refuse("coverage_crs_unusable", column=GEOMETRY, value=shown)
    if member is _NO_CRS:
        return _CRS84
    properties = member.get("properties") if isinstance(member, dict) else None
    named = properties.get("name") if isinstance(properties, dict) else None
    return member if named is None else named


def _by_gdal(
    file: CoverageFile, count: int, **options: object
) -> tuple[dict[str, Any], pa.Table, tuple[str, ...]]:
    """Read through GDAL: what it says, the rows, what it warns of.

    `count` features are in the file.
    """
    with _noted() as notes:
        about, table = read_arrow(file.content, **options)
    if len(table) != count:
        raise file.unreadable(f"{len(table)} of {count} features can be read")
    return about, table, tuple(notes)


@contextmanager
def _noted() -> Iterator[list[str]]:
    """Keep what GDAL warns of, each once."""
    notes: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", message=_OWN_NAME)
        yield notes
    notes += dict.fromkeys(str(warning.message) for warning in caught)


def _read_geoparquet(file: CoverageFile) -> Features:
    schema = pyarrow.parquet.read_schema(pa.BufferReader(file.content))
    geometry, about = _geometry_column(file, schema)
    if about.get("encoding") != "WKB":
        raise file.unreadable(f"geometry encoding {about.get('encoding')}, not WKB")
    crs = file.usable(about.get("crs", _CRS84))
    boxes = re.findall(r"\['([^']+)'", str(about.get("covering", "")))
    names = [name for name in schema.names if name not in (geometry, *boxes)]
    columns = _columns(file, names, schema)
    wanted = [*columns, geometry]
    table = read_bounded(file.content, wanted, file.name, file.log, file.limits)
    if table is None:
        raise RefusedError(file.name)
    file.check_rows(len(table))
    return Features(table.select(columns), _wkb(table[geometry]), crs)


def _geometry_column(
    file: CoverageFile, schema: pa.Schema
) -> tuple[str, dict[str, Any]]:
    """Name of the geometry column, and what GeoParquet says of it."""
    try:
        about = json.loads((schema.metadata or {})[b"geo"])
        name = about["primary_column"]
        schema.field(name)
        return name, dict(about["columns"][name])
    except (KeyError, TypeError) as error:
        reason = "no GeoParquet (its metadata 'geo' is not usable)"
        raise file.unreadable(reason) from error


def _wkb(column: pa.ChunkedArray) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return column.cast(pa.large_binary()).combine_chunks()


def _columns(file: CoverageFile, names: Sequence[str], schema: pa.Schema) -> list[str]:
    """Columns of the format that are there, after a look at all of them."""
    if not is_header_usable(list(names), COVERAGE, file.name, file.log):
        raise RefusedError(file.name)
    columns = [name for name in names if name in COVERAGE.column_names]
    fields = pa.schema([schema.field(name) for name in columns])
    if has_nested_columns(fields, file.name, file.log):
        raise RefusedError(file.name)
    return columns


def _read_geotiff(file: CoverageFile) -> Features:
    # Imported here: a second GDAL, which few filings need, takes long to load.
    from geodata.filings.areas.coverage_raster import read_raster

    return read_raster(file)


_READERS: dict[str, Callable[[CoverageFile], Features]] = {
    ".gpkg": _read_geopackage,
    ".geojson": _read_geojson,
    ".parquet": _read_geoparquet,
    ".tif": _read_geotiff,
}
