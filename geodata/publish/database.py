"""A release's DuckDB database: typed tables with comments on each column.

DuckDB is imported where it is used. Loaded before Prefect starts its threads, its
binding prints pages of "leaked" objects when the interpreter ends.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from geodata.schemas import TABLES, Table

if TYPE_CHECKING:
    import duckdb


def write_database(path: Path, tables: Mapping[str, pa.Table]) -> None:
    """Write tables into a new DuckDB file, one schema a layer.

    Parameters
    ----------
    path : Path
        File to create.
    tables : mapping of str to pyarrow.Table
        Full table name, such as ``out.station_count``, to its rows.
    """
    import duckdb

    with duckdb.connect(str(path)) as connection:
        for schema in sorted({name.partition(".")[0] for name in tables}):
            connection.execute(f'CREATE SCHEMA "{schema}"')
        for name, rows in tables.items():
            _write_table(connection, TABLES[name], rows)
        connection.execute("CHECKPOINT")


def _write_table(
    connection: "duckdb.DuckDBPyConnection", table: Table, rows: pa.Table
) -> None:
    target = f'"{table.layer}"."{table.short_name}"'
    connection.register("rows_to_store", rows)
    connection.execute(f"CREATE TABLE {target} AS SELECT * FROM rows_to_store")
    connection.unregister("rows_to_store")
    comment = _quoted(f"{table.label_ja}: {table.doc}")
    connection.execute(f"COMMENT ON TABLE {target} IS {comment}")
    for column in table.columns:
        comment = _quoted(f"{column.label_ja}: {column.doc}")
        connection.execute(f'COMMENT ON COLUMN {target}."{column.name}" IS {comment}')


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
