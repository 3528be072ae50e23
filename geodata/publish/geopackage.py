"""Write a GeoPackage: exact cells from mesh codes, attribute tables beside them."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyogrio
from pyogrio.raw import write_arrow

from geodata import mesh
from geodata.errors import MeshCodeError

CRS = "EPSG:6668"
"""JGD2011, geographic; the datum of mesh codes in current use."""

GEOMETRY = "geom"
"""Name of the geometry column."""

_BATCH_ROWS = 1 << 16

_SCHEMA_EXTENSION = "http://www.geopackage.org/spec121/#extension_schema"
_SCHEMA_TABLES = """
CREATE TABLE IF NOT EXISTS gpkg_extensions (
    table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL,
    definition TEXT NOT NULL, scope TEXT NOT NULL,
    CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE IF NOT EXISTS gpkg_data_columns (
    table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT,
    description TEXT, mime_type TEXT, constraint_name TEXT,
    CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
    CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE IF NOT EXISTS gpkg_data_column_constraints (
    constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT,
    min NUMERIC, min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN,
    description TEXT,
    CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
"""


@dataclass(frozen=True)
class Layer:
    """One layer of a GeoPackage.

    Attributes
    ----------
    name : str
        Table name in the file.
    table : pyarrow.Table
        Rows. Mesh codes are int64.
    mesh_column : str, optional
        Column whose codes give the geometry; written as zero-padded text. None
        makes an attribute table without geometry.
    level : str, optional
        Mesh level of that column, such as ``"m2"``; not used without one.
    title_ja, description : str
        Title, unique within the file, and description that a GIS shows.
    aliases : mapping of str to str
        Column to the Japanese label that a GIS shows in its place.
    """

    name: str
    table: pa.Table
    mesh_column: str | None
    level: str | None
    title_ja: str
    description: str
    aliases: Mapping[str, str] = field(default_factory=dict)


def write_geopackage(
    path: Path, layers: Sequence[Layer], *, as_of: date, metadata: Mapping[str, str]
) -> None:
    """Write layers to a GeoPackage, so that equal content gives equal bytes.

    The file is written under a temporary name beside `path` and renamed when it is
    complete. Spatial layers are polygons in JGD2011 (EPSG:6668) with a spatial index.

    Parameters
    ----------
    path : Path
        File to write, ending in ``.gpkg``; replaced if it exists.
    layers : sequence of Layer
        In the order of the file. Tables are not modified; null stays null.
    as_of : date
        Stands for the time of writing everywhere in the file.
    metadata : mapping of str to str
        Said of the file and of every layer.

    Raises
    ------
    MeshCodeError
        A code is null, impossible at its level or outside Japan; nothing is written.
    """
    for layer in layers:
        _check_codes(layer)
    building = path.with_name(f".building-{path.name}")
    building.unlink(missing_ok=True)
    try:
        with clock_at(as_of):
            for layer in layers:
                _write_layer(building, layer, dict(metadata))
        write_aliases(building, layers)
        building.replace(path)
    finally:
        building.unlink(missing_ok=True)


def _check_codes(layer: Layer) -> None:
    if layer.mesh_column is None:
        return
    try:
        mesh.validate(layer.table[layer.mesh_column].to_numpy(), _level(layer))
    except MeshCodeError as error:
        raise MeshCodeError(f"{layer.name}.{layer.mesh_column}: {error}") from error


@contextmanager
def clock_at(day: date) -> Iterator[None]:
    """Make GDAL write `day` wherever it would write the time of day."""
    option = "OGR_CURRENT_DATE"
    before = pyogrio.get_gdal_config_option(option)
    pyogrio.set_gdal_config_options({option: f"{day.isoformat()}T00:00:00.000Z"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({option: before})


def _write_layer(path: Path, layer: Layer, metadata: dict[str, str]) -> None:
    options = {"IDENTIFIER": layer.title_ja, "DESCRIPTION": layer.description}
    is_spatial = layer.mesh_column is not None
    write_arrow(
        _with_cells(layer) if is_spatial else layer.table,
        path,
        layer=layer.name,
        driver="GPKG",
        geometry_name=GEOMETRY if is_spatial else None,
        geometry_type="Polygon" if is_spatial else None,
        crs=CRS if is_spatial else None,
        dataset_metadata=metadata,
        layer_metadata=metadata,
        layer_options=options,
    )


def _level(layer: Layer) -> str:
    return "" if layer.level is None else layer.level


def _with_cells(layer: Layer) -> pa.RecordBatchReader:
    """Stream the rows with text codes and geometry, made a batch at a time."""
    schema = layer.table.schema
    position = schema.get_field_index(layer.mesh_column)
    schema = schema.set(position, pa.field(layer.mesh_column, pa.string()))
    schema = schema.append(pa.field(GEOMETRY, pa.binary()))
    batches = (
        _batch_with_cells(batch, position, _level(layer), schema)
        for batch in layer.table.to_batches(max_chunksize=_BATCH_ROWS)
    )
    return pa.RecordBatchReader.from_batches(schema, batches)


def _batch_with_cells(
    batch: pa.RecordBatch, position: int, level: str, schema: pa.Schema
) -> pa.RecordBatch:
    codes = batch.column(position)
    columns = batch.columns
    columns[position] = pc.utf8_lpad(
        codes.cast(pa.string()), mesh.LEVELS[level].digits, padding="0"
    )
    geometry = _wkb_column(codes.to_numpy(), level)
    return pa.RecordBatch.from_arrays([*columns, geometry], schema=schema)


def _wkb_column(codes: np.ndarray, level: str) -> pa.Array:
    """Lay Arrow's offsets over the bytes of the cells, without copying them."""
    wkb = mesh.wkb_bytes(codes, level)
    count, length = wkb.shape
    offsets = np.arange(count + 1, dtype=np.int32) * np.int32(length)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(wkb)]
    return pa.Array.from_buffers(pa.binary(), count, buffers)


def write_aliases(path: Path, layers: Sequence[Layer]) -> None:
    """Write the labels where GIS programs look: the extension ``gpkg_schema``."""
    rows = [row for layer in layers for row in _alias_rows(layer)]
    if not rows:
        return
    extensions = [
        (table, "gpkg_schema", _SCHEMA_EXTENSION, "read-write")
        for table in ("gpkg_data_columns", "gpkg_data_column_constraints")
    ]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(_SCHEMA_TABLES)
        connection.executemany(
            "INSERT INTO gpkg_extensions VALUES (?, NULL, ?, ?, ?)", extensions
        )
        connection.executemany(
            "INSERT INTO gpkg_data_columns VALUES (?, ?, ?, ?, NULL, NULL, NULL)", rows
        )


def _alias_rows(layer: Layer) -> list[tuple[str, str, str, str]]:
    """Table, column, name and title; the standard wants names unique in a table."""
    labels = {
        c: layer.aliases[c] for c in layer.table.column_names if c in layer.aliases
    }
    seen = list(labels.values())
    return [
        (
            layer.name,
            column,
            label if seen.count(label) == 1 else f"{label} ({column})",
            label,
        )
        for column, label in labels.items()
    ]
