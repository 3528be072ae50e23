"""Tables of a release as Parquet and CSV, and the hash of their content."""

from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from geodata import mesh
from geodata.catalog import sha256_of
from geodata.spreadsheet import BYTE_ORDER_MARK, inert

MESH_LEVELS = {"mesh2": "m2", "mesh3": "m3", "mesh4": "m4"}
"""Columns that hold mesh codes, and their level."""


def write_parquet(table: pa.Table, path: Path) -> None:
    """Store a table as Parquet: typed, mesh codes as integers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd")


def write_csv(table: pa.Table, path: Path) -> str:
    """Store a table as CSV that spreadsheets open safely; give its SHA-256.

    UTF-8 with a byte order mark (spreadsheets then show Japanese), mesh codes as
    zero-padded text, null as nothing. Text that a spreadsheet would run as a
    formula gets a leading apostrophe. The bytes depend on the content alone, so
    their hash is the table's content hash.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(BYTE_ORDER_MARK)
        pa_csv.write_csv(_as_text_codes(table), file)
    return sha256_of(path)


def with_text_codes(table: pa.Table) -> pa.Table:
    """Give the table with its mesh-code columns as zero-padded text."""
    for name, level in MESH_LEVELS.items():
        if name in table.column_names:
            place = table.column_names.index(name)
            texts = pa.array(mesh.to_text(table[name].to_numpy(), level), pa.string())
            table = table.set_column(place, name, texts)
    return table


def _as_text_codes(table: pa.Table) -> pa.Table:
    table = with_text_codes(table)
    for place, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            table = table.set_column(place, field.name, inert(table.column(place)))
    return table
