"""Parquet tables of a filing, sent down the same path as CSV ones."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from geodata.filings.catalogue import decides
from geodata.filings.findings import FindingLog
from geodata.filings.layout import FiledTable
from geodata.filings.options import Limits
from geodata.filings.text_table import (
    TextTable,
    blank_to_null,
    is_header_usable,
    is_without_rows,
    one_chunk,
    trimmed,
)

_PLAIN_TYPES = (
    pa.types.is_boolean,
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_decimal,
    pa.types.is_date,
    pa.types.is_timestamp,
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_string_view,
    pa.types.is_null,
)


@decides("parquet_unreadable")
def read_parquet_table(
    content: bytes, table: FiledTable, log: FindingLog, limits: Limits
) -> TextTable | None:
    """Read a Parquet table and send it down the same path as a CSV one.

    Parameters
    ----------
    content : bytes
        The file.
    table : FiledTable
        What it should hold.
    log : FindingLog
        Takes the findings.
    limits : Limits
        Sizes above which it is refused.

    Returns
    -------
    TextTable or None
        Every value as text, lines counted from 1. None when the file as a whole
        cannot be used.
    """
    file = f"{table.stem}.parquet"
    log.mark("parquet_unreadable", "file_empty")
    if not content:
        log.add("file_empty", file=file)
        return None
    try:
        data = _parquet_columns(content, table, file, log, limits)
    except (pa.ArrowException, OSError, ValueError) as error:
        log.add("parquet_unreadable", file=file, reason=str(error))
        return None
    if data is None or _has_nested_columns(data, file, log):
        return None
    if is_without_rows(data.num_rows > 0, file, log):
        return None
    return _parquet_rows(data, table, file, log)


def _parquet_columns(
    content: bytes,
    table: FiledTable,
    file: str,
    log: FindingLog,
    limits: Limits,
) -> pa.Table | None:
    parquet = pyarrow.parquet.ParquetFile(pa.BufferReader(content))
    names = parquet.schema_arrow.names
    if not is_header_usable(names, table, file, log):
        return None
    groups = range(parquet.metadata.num_row_groups)
    unpacked = sum(parquet.metadata.row_group(g).total_byte_size for g in groups)
    limit = limits.max_unpacked_bytes
    if unpacked > limit:
        log.add("filing_too_large", file=file, value=unpacked, limit=limit)
        return None
    return parquet.read([n for n in names if n in table.column_names])


@decides("column_type")
def _has_nested_columns(data: pa.Table, file: str, log: FindingLog) -> bool:
    log.mark("column_type")
    before = len(log.fatal)
    for column in data.schema:
        if not any(is_type(_value_type(column.type)) for is_type in _PLAIN_TYPES):
            log.add("column_type", file=file, column=column.name, value=column.type)
    return len(log.fatal) > before


def _value_type(type_: pa.DataType) -> pa.DataType:
    return type_.value_type if pa.types.is_dictionary(type_) else type_


def _parquet_rows(
    data: pa.Table, table: FiledTable, file: str, log: FindingLog
) -> TextTable:
    columns = {}
    for name in data.column_names:
        try:
            text = _as_text(data[name])
        except pa.ArrowInvalid as error:
            log.add("parquet_unreadable", file=file, column=name, reason=str(error))
            text = pa.nulls(data.num_rows, pa.string())
        columns[name] = trimmed(blank_to_null(text))
    is_exact = not any(pa.types.is_floating(column.type) for column in data.schema)
    absent = pa.nulls(data.num_rows, pa.string())
    return TextTable(
        file,
        {name: columns.get(name, absent) for name in table.column_names},
        np.arange(1, data.num_rows + 1),
        has_exact_decimals=is_exact,
    )


def _as_text(column: pa.ChunkedArray) -> pa.Array:
    """Values as they would stand in a CSV; a time of midnight is a date."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_timestamp(column.type):
        day = column.cast(pa.date32(), safe=False)
        is_midnight = pc.equal(day.cast(column.type), column)
        column = pc.if_else(is_midnight, day.cast(pa.string()), column.cast("string"))
    text = one_chunk(column.cast(pa.string()))
    pc.utf8_length(text)
    text.validate(full=True)
    return text
