"""Population by cell in the project's own form: ``mesh4,population`` or ``mesh3,...``.

Further columns ``households`` and ``age65`` may be there, empty where unknown.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from geodata.catalog.source import sidecar_of
from geodata.errors import SourceError
from geodata.readers.columns import LARGEST_CELL, is_mesh_code
from geodata.readers.files.csv_rows import CsvRows, header_of, read_csv
from geodata.readers.files.published import Published, published_files
from geodata.readers.files.whole_list import Fault, misshapen_faults, refuse_if
from geodata.readers.reading import Rejections, SourceRead, unused_columns

_PEOPLE = "population"
_FURTHER = {"households": "household_count", "age65": "age65_count"}
_COUNT = f"no whole number 0 to {LARGEST_CELL:,}"
_YEAR = re.compile(r"[12]\d{3}", re.ASCII)


@dataclass(frozen=True)
class _Form:
    """One of the two files: its name in the register, and its cells."""

    source: str
    level: str
    cell: str
    cell_text: str


_MESH3 = _Form("population_mesh3", "m3", "mesh3", "8-digit code of a 1 km cell")
_MESH4 = _Form("population_mesh4", "m4", "mesh4", "9-digit code of a 500 m cell")


def read_population_mesh3(paths: Sequence[Path]) -> SourceRead:
    """Read ``population_mesh3.csv``: as :func:`read_population_mesh4`, by 1 km cell."""
    return _read(_MESH3, paths)


def read_population_mesh4(paths: Sequence[Path]) -> SourceRead:
    """Read ``population_mesh4.csv``; cells without a row have no residents.

    Parameters
    ----------
    paths : sequence of Path
        The one file, plain or zipped: columns ``mesh4``, ``population`` and, where
        they are known, ``households`` and ``age65`` (empty: unknown). A sidecar
        ``<file>.toml`` may say the ``vintage``, whose first four digits are the
        census year, and ``denominator_source``, what rates over the residents are to
        say of them, such as ``synthetic:<generator>``.

    Returns
    -------
    SourceRead
        ``raw.mesh_population`` at level m4 without prefectures, and
        ``raw.census_extent``: the whole nation. ``census_year`` is null where the
        sidecar does not start its vintage with a year; the edition is its
        ``denominator_source``, else ``project form``.

    Raises
    ------
    SourceError
        Several files; columns are missing, a code is no cell of that level, a value
        is no whole number of 0 to 1,000,000, or a cell repeats. The file is refused
        whole: a part of the population would be a wrong population.
    """
    return _read(_MESH4, paths)


def _read(form: _Form, paths: Sequence[Path]) -> SourceRead:
    wanted = [form.cell, _PEOPLE]
    files = published_files(paths, [".csv"], f"the columns {', '.join(wanted)}")
    if len(files) != 1:
        names = ", ".join(file.name for file in files)
        raise SourceError(f"{form.source}: one file is wanted, found {names}.")
    (file,) = files
    header = header_of(file)
    further = [name for name in _FURTHER if name in header]
    rows = read_csv(file, [*wanted, *further])
    refuse_if(_faults(form, rows, further), file)
    rejections = Rejections(form.source)
    rows.note_open_end(rejections, file.name)
    extra = [name for name in header if name not in (*wanted, *further)]
    told = sidecar_of(file.path)
    vintage = str(told.get("vintage", ""))
    table = _population(form, rows, vintage)
    return SourceRead(
        name=form.source,
        tables={
            "raw.mesh_population": table,
            "raw.census_extent": _whole_nation(table, file),
        },
        rejected=rejections.table(),
        read_count=len(table),
        accepted_count=len(table),
        vintage=vintage,
        edition=str(told.get("denominator_source", "project form")),
        datum="JGD2011",
        notes=unused_columns(file.name, extra),
    )


def _population(form: _Form, rows: CsvRows, vintage: str) -> pd.DataFrame:
    year = _YEAR.match(vintage)
    frame = rows.frame
    unknown = pd.Series(pd.NA, frame.index, "Int64")
    further = {
        column: _whole_numbers(frame[name]) if name in frame else unknown
        for name, column in _FURTHER.items()
    }
    table = pd.DataFrame(
        {
            "census_year": int(year[0]) if year else pd.NA,
            "level": form.level,
            "mesh": frame[form.cell].astype("int64"),
            "pref_code": None,
            "population_count": frame[_PEOPLE].astype("int64"),
            **further,
            "pop_status": "counted",
            "treatment": 0,
            "disclosure_group": pd.NA,
        }
    )
    return table.astype({"census_year": "Int16", "disclosure_group": "Int64"})


def _whole_numbers(texts: pd.Series) -> pd.Series:
    """Counts; null where a field is empty, which is unknown and not 0."""
    return texts.mask(texts == "").astype("Float64").astype("Int64")


def _whole_nation(table: pd.DataFrame, file: Published) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "census_year": table["census_year"].iloc[:1],
            "level": table["level"].iloc[0],
            "unit": "nation",
            "code": "JP",
            "file": file.name,
            "row_count": len(table),
            "population_count": table["population_count"].sum(),
        }
    )


def _faults(form: _Form, rows: CsvRows, further: Sequence[str]) -> list[Fault]:
    """What is wrong in any line."""
    cells = rows.frame[form.cell]
    is_cell = is_mesh_code(cells, form.level)
    is_repeat = is_cell & cells.duplicated()
    no_cell = f"no {form.cell_text} of Japan"
    return [
        *misshapen_faults(rows),
        *_listed(rows, ~_is_count(rows.frame[_PEOPLE]), _PEOPLE, _COUNT),
        *(fault for name in further for fault in _faults_of_further(rows, name)),
        *_listed(rows, ~is_cell, form.cell, no_cell),
        *_listed(rows, is_repeat, form.cell, "repeats an earlier line"),
    ]


def _faults_of_further(rows: CsvRows, name: str) -> list[Fault]:
    texts = rows.frame[name]
    is_bad = ~_is_count(texts) & (texts != "")
    return _listed(rows, is_bad, name, f"{_COUNT}, or nothing (unknown)")


def _is_count(texts: pd.Series) -> pd.Series:
    is_count = texts.str.fullmatch("[0-9]{1,7}").astype(bool)
    return is_count & (texts.where(is_count, "0").astype("int64") <= LARGEST_CELL)


def _listed(rows: CsvRows, is_bad: pd.Series, column: str, found: str) -> list[Fault]:
    at = np.flatnonzero(is_bad)
    texts = rows.frame[column].iloc[at]
    return [
        (line, f"column {column}, '{text}': {found}")
        for line, text in zip(rows.lines[at].tolist(), texts, strict=True)
    ]
