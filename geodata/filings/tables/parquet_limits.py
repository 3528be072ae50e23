"""Parquet columns of any origin, read only where what they unpack to is bounded."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from geodata.filings.catalogue import decides
from geodata.filings.findings import FindingLog
from geodata.filings.handed_in.entries import add_too_large, check_row_count
from geodata.filings.options import Limits

_FRONT_CODED = "DELTA_BYTE_ARRAY"


def read_bounded(
    content: bytes, names: Sequence[str], file: str, log: FindingLog, limits: Limits
) -> pa.Table | None:
    """Read columns of a Parquet file whose rows and bytes keep within the limits.

    Parameters
    ----------
    content : bytes
        The file.
    names : sequence of str
        Columns to read; none of them nested.
    file : str
        Its name.
    log : FindingLog
        Takes the findings.
    limits : Limits
        Of rows, and of bytes as stored and as text.

    Returns
    -------
    pyarrow.Table or None
        Text columns stay dictionary-encoded, so that one long text that stands for
        every row is held once. None where the file is refused.
    """
    metadata = pyarrow.parquet.read_metadata(pa.BufferReader(content))
    before = len(log.fatal)
    check_row_count(metadata.num_rows, file, log, limits)
    _check_chunks(metadata, names, file, log, limits)
    if len(log.fatal) > before:
        return None
    parquet = pyarrow.parquet.ParquetFile(
        pa.BufferReader(content), metadata=metadata, read_dictionary=list(names)
    )
    data = parquet.read(list(names))
    text_bytes = sum(_text_bytes(column) for column in data.columns)
    if text_bytes > limits.max_unpacked_bytes:
        add_too_large(log, text_bytes, limits, "max_unpacked_bytes", file)
        return None
    return data


@decides("parquet_encoding")
def _check_chunks(
    metadata: pyarrow.parquet.FileMetaData,
    names: Sequence[str],
    file: str,
    log: FindingLog,
    limits: Limits,
) -> None:
    """Hold what the file says of its columns against the limits."""
    log.mark("parquet_encoding")
    unpacked, front_coded = 0, set()
    for group in range(metadata.num_row_groups):
        about = metadata.row_group(group)
        for chunk in map(about.column, range(metadata.num_columns)):
            unpacked += chunk.total_uncompressed_size
            if _FRONT_CODED in chunk.encodings:
                front_coded.add(chunk.path_in_schema)
    if unpacked > limits.max_unpacked_bytes:
        add_too_large(log, unpacked, limits, "max_unpacked_bytes", file)
    for name in sorted(front_coded.intersection(names)):
        log.add("parquet_encoding", file=file, column=name, value=_FRONT_CODED)


def _text_bytes(column: pa.ChunkedArray) -> int:
    """Bytes of a dictionary-encoded column once every row has its own value."""
    return sum(_chunk_bytes(chunk) for chunk in column.chunks)


def _chunk_bytes(chunk: pa.Array) -> int:
    if not pa.types.is_dictionary(chunk.type) or not _is_long(chunk.type.value_type):
        return chunk.nbytes
    lengths = pc.fill_null(pc.binary_length(chunk.dictionary), 0)
    counts = np.bincount(
        chunk.indices.drop_null().to_numpy(), minlength=len(chunk.dictionary)
    )
    return int(np.dot(counts, lengths.to_numpy().astype(np.int64)))


def _is_long(type_: pa.DataType) -> bool:
    """Whether one value may have any number of bytes."""
    is_text = pa.types.is_string(type_) or pa.types.is_large_string(type_)
    return is_text or pa.types.is_binary(type_) or pa.types.is_large_binary(type_)
