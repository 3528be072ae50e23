"""Rebuild the computed reference tables: ``python -m geodata.reference.build SHARED``.

With ``--check`` nothing is written: the command fails and names every shipped table
whose content differs from what the original lists give.
"""

import argparse
import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from geodata.errors import KibanError
from geodata.reference import compute, place
from geodata.reference.check import find_problems
from geodata.reference.origin import Originals, read_originals
from geodata.reference.shipped import TABLES_FOLDER

TABLES: dict[str, Callable[[Originals], pd.DataFrame]] = {
    "prefectures.csv": compute.prefectures,
    "municipalities.csv": compute.municipalities,
    "disadvantaged_municipalities.csv": compute.disadvantaged_municipalities,
    "mesh2_facts.parquet": compute.mesh2_facts,
    "mesh2_prefectures.parquet": compute.mesh2_prefectures,
    "mesh2_municipalities.parquet": compute.mesh2_municipalities,
    "mesh3_municipalities.parquet": compute.mesh3_municipalities,
    "mesh3_border.parquet": compute.mesh3_border,
    "place_weights.parquet": place.place_weights,
}
"""Every computed table: its file and what computes it."""

FOLDER = Path(__file__).parent / TABLES_FOLDER


def build(shared: Path, folder: Path = FOLDER) -> list[str]:
    """Compute every table from the lists in `shared` and write it into `folder`.

    Parameters
    ----------
    shared : Path
        Folder of the original lists.
    folder : Path
        Where the tables are written. Default: into the package.

    Returns
    -------
    list of str
        Names of the files written. The same lists give the same bytes.

    Raises
    ------
    SourceError
        An original list is missing or contradicts another.
    """
    originals = read_originals(shared)
    for name, table in TABLES.items():
        (folder / name).write_bytes(_encode(name, table(originals)))
    return list(TABLES)


def differing(shared: Path, folder: Path = FOLDER) -> list[str]:
    """Names of the tables in `folder` whose content is not what `shared` gives.

    A missing file differs. Parquet files are compared by rows and types, so another
    version of the writer does not matter; CSV files by their bytes.
    """
    originals = read_originals(shared)
    return [
        name
        for name, table in TABLES.items()
        if not _is_same(folder / name, _encode(name, table(originals)))
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when all is well, 1 otherwise."""
    parser = argparse.ArgumentParser("python -m geodata.reference.build")
    parser.add_argument("shared", nargs="?", type=Path, default=Path("../shared"))
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args(arguments)
    try:
        problems = _run(options.shared, is_check=options.check)
    except KibanError as error:
        problems = [str(error)]
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    return 1 if problems else 0


def _run(shared: Path, *, is_check: bool) -> list[str]:
    if is_check:
        stale = [f"{name}: differs, rebuild it" for name in differing(shared)]
        return stale + find_problems()
    for name in build(shared):
        size = (FOLDER / name).stat().st_size
        sys.stdout.write(f"{name}: {size:,} bytes\n")
    return find_problems()


def _encode(name: str, table: pd.DataFrame) -> bytes:
    if name.endswith(".csv"):
        return table.to_csv(index=False, lineterminator="\n").encode("utf-8")
    buffer = io.BytesIO()
    pq.write_table(
        _arrow(table),
        buffer,
        compression="zstd",
        compression_level=19,
        use_dictionary=[name for name in table if name.endswith("_code")],
        column_encoding={
            n: "DELTA_BINARY_PACKED" for n in table if _is_integer(table[n])
        },
        store_schema=False,
    )
    return buffer.getvalue()


def _arrow(table: pd.DataFrame) -> pa.Table:
    types = {"bool": pa.bool_(), "int64": pa.int32()}  # every code here has 8 digits
    arrays = {
        name: pa.array(column, types.get(str(column.dtype), pa.string()))
        for name, column in table.items()
    }
    return pa.table(arrays)


def _is_integer(column: pd.Series) -> bool:
    return pd.api.types.is_integer_dtype(column)


def _is_same(path: Path, content: bytes) -> bool:
    if not path.is_file():
        return False
    if path.suffix == ".csv":
        return path.read_bytes() == content
    return pq.read_table(path).equals(pq.read_table(io.BytesIO(content)))


if __name__ == "__main__":
    sys.exit(main())
