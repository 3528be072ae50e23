"""Read the tables that are shipped inside the package, once, and lend them safely."""

import io
import tomllib
from collections.abc import Callable
from functools import cache, wraps
from importlib import resources
from typing import Any

import pandas as pd
import pyarrow.csv
import pyarrow.parquet

from geodata.errors import ReferenceTableError

SOURCES_FILE = "SOURCES.toml"
TABLES_FOLDER = "tables"


def read_bytes(name: str) -> bytes:
    """Content of the file `name` of the package's tables folder.

    Raises
    ------
    ReferenceTableError
        The file is not there: the installation is damaged.
    """
    folder = resources.files("geodata.reference")
    path = folder / name if name == SOURCES_FILE else folder / TABLES_FOLDER / name
    try:
        return path.read_bytes()
    except OSError as error:
        raise ReferenceTableError(
            f"The reference table '{name}' is missing; install the package again."
        ) from error


def read_toml(name: str) -> dict[str, Any]:
    """Content of a TOML table.

    Raises
    ------
    ReferenceTableError
        The file is missing or is not TOML.
    """
    try:
        return tomllib.loads(read_bytes(name).decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ReferenceTableError(
            f"The reference table '{name}' is damaged: {error}; restore it."
        ) from error


def read_csv(name: str) -> pd.DataFrame:
    """Content of a CSV table, every column as text, empty cells as empty text.

    Raises
    ------
    ReferenceTableError
        The file is missing or its rows are not all of one length.
    """
    content = io.BytesIO(read_bytes(name))
    try:
        return pd.read_csv(content, dtype="str", keep_default_na=False)
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        raise ReferenceTableError(
            f"The reference table '{name}' is damaged: {error}; restore it."
        ) from error


def read_parquet(name: str) -> pd.DataFrame:
    """Content of a Parquet table; integers as int64.

    Raises
    ------
    ReferenceTableError
        The file is missing or is not Parquet.
    """
    content = pyarrow.BufferReader(read_bytes(name))
    try:
        frame = pyarrow.parquet.read_table(content).to_pandas()
    except (pyarrow.ArrowInvalid, OSError) as error:
        raise ReferenceTableError(
            f"The reference table '{name}' is damaged: {error}; restore it."
        ) from error
    integers = frame.select_dtypes("integer").columns
    return frame.astype(dict.fromkeys(integers, "int64"))


def lend(load: Callable[[], pd.DataFrame]) -> Callable[[], pd.DataFrame]:
    """Make a loader run once and give every caller a frame of its own.

    The copy is shallow: pandas copies on write, so a caller that changes its frame
    changes neither the kept one nor anyone else's.
    """
    kept = cache(load)

    @wraps(load)
    def door() -> pd.DataFrame:
        return kept().copy(deep=False)

    return door
