"""Parquet tables of a filing, sent down the same path as CSV ones."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from geodata.filings.catalogue import decides
from geodata.filings.findings import FindingLog
from geodata.filings.options import Limits
from geodata.filings.tables.layout import FiledTable
from geodata.filings.tables.parquet_limits import read_bounded
from geodata.filings.tables.text_rows import (
    UNLIKE_COLUMNS,
    TextTable,
    blank_to_null,
    cleaned,
    in_format,
    one_chunk,
)
from geodata.filings.tables.text_table import is_header_usable, is_without_rows

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
    if data is None:
        return None
    if is_without_rows(data.num_rows > 0, file, log):
        return None
    return text_rows(data, table, file, log)


def _parquet_columns(
    content: bytes,
    table: FiledTable,
    file: str,
    log: FindingLog,
    limits: Limits,
) -> pa.Table | None:
    schema = pyarrow.parquet.read_schema(pa.BufferReader(content))
    if not is_header_usable(schema.names, table, file, log):
        return None
    names = [name for name in schema.names if name in table.column_names]
    if has_nested_columns(pa.schema([schema.field(n) for n in names]), file, log):
        return None
    return read_bounded(content, names, file, log, limits)


@decides("column_type")
def has_nested_columns(schema: pa.Schema, file: str, log: FindingLog) -> bool:
    """Note columns that are no single values; whether there are any."""
    log.mark("column_type")
    before = len(log.fatal)
    for column in schema:
        if not any(is_type(_value_type(column.type)) for is_type in _PLAIN_TYPES):
            log.add("column_type", file=file, column=column.name, value=column.type)
    return len(log.fatal) > before


def _value_type(type_: pa.DataType) -> pa.DataType:
    return type_.value_type if pa.types.is_dictionary(type_) else type_


def text_rows(
    data: pa.Table, table: FiledTable, file: str, log: FindingLog
) -> TextTable:
    """Every value as text, lines counted from 1."""
    columns = {}
    for name in data.column_names:
        try:
            text = _as_text(data[name])
        except pa.ArrowInvalid as error:
            log.add("parquet_unreadable", file=file, column=name, reason=str(error))
            text = pa.nulls(data.num_rows, pa.string())
        text = blank_to_null(text)
        is_unlike = name in UNLIKE_COLUMNS
        columns[name] = text if is_unlike else text.dictionary_encode()
    is_exact = not any(pa.types.is_floating(column.type) for column in data.schema)
    rows = TextTable(
        file,
        in_format(columns, table, data.num_rows),
        np.arange(1, data.num_rows + 1),
        has_exact_decimals=is_exact,
    )
    return cleaned(rows, log, has_quotes=False)


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
