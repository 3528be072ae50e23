"""Population by 1 km cell in the project's own form: ``mesh3,population``."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from geodata.catalog.source import sidecar_of
from geodata.errors import SourceError
from geodata.readers.columns import LARGEST_CELL, is_mesh_code
from geodata.readers.files.csv_rows import CsvRows, read_csv
from geodata.readers.files.published import Published, published_files
from geodata.readers.files.whole_list import Fault, misshapen_faults, refuse_if
from geodata.readers.reading import Rejections, SourceRead, unused_columns

_CELL, _PEOPLE = "mesh3", "population"


def read_population_mesh3(paths: Sequence[Path]) -> SourceRead:
    """Read ``population_mesh3.csv``; cells without a row have no residents.

    Parameters
    ----------
    paths : sequence of Path
        The one file, plain or zipped. A sidecar ``<file>.toml`` may say the
        ``vintage``.

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
    files = published_files(paths, [".csv"], f"the columns {_CELL}, {_PEOPLE}")
    if len(files) != 1:
        names = ", ".join(file.name for file in files)
        raise SourceError(f"population_mesh3: one file is wanted, found {names}.")
    (file,) = files
    rows = read_csv(file, [_CELL, _PEOPLE])
    refuse_if(_faults(rows), file)
    rejections = Rejections("population_mesh3")
    rows.note_open_end(rejections, file.name)
    extra = [name for name in rows.header if name not in (_CELL, _PEOPLE)]
    table = pd.DataFrame(
        {
            "level": "m3",
            "mesh": rows.frame[_CELL].astype("int64"),
            "pref_code": None,
            "population_count": rows.frame[_PEOPLE].astype("int64"),
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
            "raw.census_extent": _whole_nation(table, file),
        },
        rejected=rejections.table(),
        read_count=len(table),
        accepted_count=len(table),
        vintage=str(sidecar_of(file.path).get("vintage", "")),
        edition="project form",
        datum="JGD2011",
        notes=unused_columns(file.name, extra),
    )


def _whole_nation(table: pd.DataFrame, file: Published) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "level": "m3",
            "unit": "nation",
            "code": "JP",
            "file": file.name,
            "row_count": [len(table)],
            "population_count": [table["population_count"].sum()],
        }
    )


def _faults(rows: CsvRows) -> list[Fault]:
    """What is wrong in any line."""
    cells, people = rows.frame[_CELL], rows.frame[_PEOPLE]
    is_count = people.str.fullmatch("[0-9]{1,7}").astype(bool)
    is_count &= people.where(is_count, "0").astype("int64") <= LARGEST_CELL
    is_cell = is_mesh_code(cells, "m3")
    is_repeat = is_cell & cells.duplicated()
    count = f"no whole number 0 to {LARGEST_CELL:,}"
    return [
        *misshapen_faults(rows),
        *_listed(rows, ~is_count, _PEOPLE, count),
        *_listed(rows, ~is_cell, _CELL, "no 8-digit code of a 1 km cell of Japan"),
        *_listed(rows, is_repeat, _CELL, "repeats an earlier line"),
    ]


def _listed(rows: CsvRows, is_bad: pd.Series, column: str, found: str) -> list[Fault]:
    at = np.flatnonzero(is_bad)
    texts = rows.frame[column].iloc[at]
    return [
        (line, f"column {column}, '{text}': {found}")
        for line, text in zip(rows.lines[at].tolist(), texts, strict=True)
    ]
