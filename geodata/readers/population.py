"""Population by 1 km cell in the project's own form: ``mesh3,population``."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from geodata import mesh
from geodata.errors import MeshCodeError, SourceError
from geodata.readers.files.table_text import refuse_if
from geodata.readers.reading import Rejections, SourceRead

_LARGEST_CELL = 1_000_000  # no 1 km cell of Japan holds so many people


def read_population_mesh3(paths: Sequence[Path]) -> SourceRead:
    """Read ``population_mesh3.csv``; cells without a row have no residents.

    Parameters
    ----------
    paths : sequence of Path
        The one file.

    Returns
    -------
    SourceRead
        ``raw.mesh_population`` at level m3 without prefectures, and
        ``raw.census_extent``: the whole nation.

    Raises
    ------
    SourceError
        Several files; columns are missing, a code is no 1 km cell, a value is no
        whole number of 0 to 1,000,000, or a cell repeats. The file is refused whole:
        a part of the population would be a wrong population.
    """
    if len(paths) != 1:
        names = ", ".join(path.name for path in paths)
        raise SourceError(f"population_mesh3: one file is wanted, found {names}.")
    path = paths[0]
    texts = _read_texts(path)
    faults = _faults(texts) if texts.num_rows else ["no cell in the file"]
    refuse_if(faults, path, "Correct the file; nothing was read from it.")
    table = pd.DataFrame(
        {
            "level": "m3",
            "mesh": _codes(path, texts["mesh3"]),
            "pref_code": None,
            "population_count": texts["population"].cast(pa.int64()).to_numpy(),
            "household_count": pd.NA,
            "age65_count": pd.NA,
            "pop_status": "counted",
            "treatment": 0,
            "disclosure_group": pd.NA,
        }
    )
    return SourceRead(
        name="population_mesh3",
        tables={
            "raw.mesh_population": table,
            "raw.census_extent": _whole_nation(table, path),
        },
        rejected=Rejections("population_mesh3").table(),
        read_count=len(table),
        accepted_count=len(table),
        datum="JGD2011",
    )


def _whole_nation(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "level": "m3",
            "unit": "nation",
            "code": "JP",
            "file": path.name,
            "row_count": [len(table)],
            "population_count": [table["population_count"].sum()],
        }
    )


def _read_texts(path: Path) -> pa.Table:
    columns = {"mesh3": pa.string(), "population": pa.string()}
    try:
        table = pa_csv.read_csv(
            path,
            convert_options=pa_csv.ConvertOptions(
                column_types=columns, include_columns=list(columns)
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError, OSError, KeyError) as error:
        raise SourceError(
            f"{path.name}: cannot be read as a CSV with columns mesh3, population: "
            f"{error}"
        ) from error
    return table.combine_chunks()


def _faults(texts: pa.Table) -> list[str]:
    value = texts["population"]
    is_number = pc.match_substring_regex(value, r"^[0-9]{1,7}$")
    bad = np.flatnonzero(~is_number.to_numpy(zero_copy_only=False))
    faults = [_fault(row, value[row].as_py()) for row in bad.tolist()]
    if not faults:
        too_large = pc.greater(value.cast(pa.int64()), _LARGEST_CELL)
        rows = np.flatnonzero(too_large.to_numpy(zero_copy_only=False))
        faults = [_fault(row, value[row].as_py()) for row in rows.tolist()]
    codes = pd.Series(texts["mesh3"].to_pylist(), dtype=object)
    repeated = np.flatnonzero(codes.duplicated())
    return faults + [
        f"line {row + 2}: mesh3 '{codes[row]}' repeats" for row in repeated
    ]


def _fault(row: int, value: str) -> str:
    return (
        f"line {row + 2}, column population, '{value}': "
        f"no whole number 0 to {_LARGEST_CELL:,}"
    )


def _codes(path: Path, texts: pa.ChunkedArray) -> np.ndarray:
    try:
        return mesh.from_text(texts.to_numpy(zero_copy_only=False), "m3")
    except MeshCodeError as error:
        raise SourceError(f"{path.name}, column mesh3: {error}") from error
