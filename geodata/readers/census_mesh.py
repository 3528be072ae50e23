"""Population census by mesh (国勢調査 地域メッシュ統計) as e-Stat 統計GIS publishes it.

Text in CP932, one file per primary mesh or per prefecture. Small cells are withheld
(``HTKSYORI`` 2): their figures stand in another cell's row (``HTKSAKI``, ``GASSAN``),
except the totals of persons and households, which every row has for itself. So a
numeric total is taken as it is, and GASSAN is never added to it (domain.md 6.3).
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geodata import mesh
from geodata.errors import SourceError
from geodata.readers.census.files import (
    MESH1,
    PREFECTURE,
    SOURCE,
    CensusFile,
    census_files,
    read_census_file,
)
from geodata.readers.census.header import NOT_STATED, statistics
from geodata.readers.census.rules import (
    CensusRows,
    all_rows,
    check_links,
    check_values,
)
from geodata.readers.reading import Rejections, SourceRead
from geodata.reference import prefectures
from geodata.schemas import to_frame

_YEAR_OF_TOTALS = 2020
_THREADS = 4  # parsing leaves Python; more would only hold more files in memory


def read_census_mesh(paths: Sequence[Path]) -> SourceRead:
    """Read mesh statistics of the population census, of one or several censuses.

    Parameters
    ----------
    paths : sequence of Path
        ``tblT001141H5339.txt`` and the like, plain or in the zip they come in: 1 km
        (S), 500 m (H), 250 m (Q) or 125 m (E); per primary mesh or per prefecture.
        All files of one census are of one download.

    Returns
    -------
    SourceRead
        ``raw.mesh_population``, one row per row of the files: persons, households and
        persons of 65 or more; null where withheld. Rows of per-prefecture files keep
        their ``pref_code``: a border cell has one in each file, with that
        prefecture's part. ``raw.census_extent`` says what the files cover: cells
        there without a row have no residents, cells elsewhere are unknown.
        ``census_year`` (null: not known) and `datum` are those of the statistics id
        (nothing in a file states them). `vintage` is the year; empty where files of
        several censuses were read, as each file then has its own.

    Raises
    ------
    SourceError
        A file is empty, cut short, in another encoding, on the Tokyo datum, not a
        census mesh statistic, or another one than its name says; or the files of a
        census do not go together: levels, statistics, or units (primary mesh and
        prefecture) mixed, or one area twice.

    Notes
    -----
    A row whose code or value does not fit, or whose HTKSAKI leads nowhere, is
    rejected (``raw.rejected_source_row``), and its secondary mesh is in
    ``raw.census_gap``: the residents there are not known. Source: domain.md 6.3.
    """
    with ThreadPoolExecutor(_THREADS) as pool:
        files = list(pool.map(read_census_file, census_files(paths)))
    by_year: dict[int | None, list[CensusFile]] = {}
    for file in files:
        by_year.setdefault(_facts(file).get("census_year"), []).append(file)
    years = sorted(by_year, key=lambda year: year or 0)
    parts = [_read_census(year, by_year[year]) for year in years]
    population = pa.concat_tables([part.population for part in parts])
    tables = {
        "raw.mesh_population": to_frame(population),
        "raw.census_extent": _together(part.extent for part in parts),
    }
    gaps = [part.gaps for part in parts if part.gaps is not None]
    if gaps:
        tables["raw.census_gap"] = _together(gaps)
    return SourceRead(
        name=SOURCE,
        tables=tables,
        rejected=_together(part.rejected for part in parts),
        read_count=sum(file.body.row_count for file in files),
        accepted_count=population.num_rows,
        vintage=str(years[0] or NOT_STATED) if len(years) == 1 else "",
        edition="; ".join(_edition(by_year[year][0]) for year in years),
        datum=", ".join(dict.fromkeys(part.datum for part in parts)),
        notes=tuple(note for part in parts for note in part.notes),
    )


@dataclass(frozen=True)
class _Census:
    """Rows of one census."""

    population: pa.Table
    extent: pd.DataFrame
    gaps: pd.DataFrame | None
    rejected: pd.DataFrame
    datum: str
    notes: tuple[str, ...]


def _read_census(year: int | None, files: Sequence[CensusFile]) -> _Census:
    """Rows of the files of one census, held against each other."""
    _refuse_mixture(files)
    rows = all_rows(files)
    faults = Rejections(SOURCE)
    check_values(rows, faults)
    link_notes = check_links(rows, faults)
    parts = [file.body.faults.table() for file in files if file.body.has_faults]
    rejected = _together([*parts, faults.table()])
    is_good = ~_is_rejected(rows, rejected)
    population = _population(rows, is_good, year)
    extent = _extent(rows, population, is_good)
    lost = sum(file.body.row_count for file in files) - population.num_rows
    gaps = _gaps(rows, is_good, lost) if lost else None
    return _Census(
        population=population,
        extent=_of_year(extent, year),
        gaps=None if gaps is None else _of_year(gaps, year),
        rejected=rejected,
        datum=str(_facts(files[0]).get("datum", NOT_STATED)),
        notes=(*_notes(files), *link_notes, *_total_notes(extent, year)),
    )


def _together(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True)


def _of_year(table: pd.DataFrame, year: int | None) -> pd.DataFrame:
    return table.assign(census_year=pd.array([year] * len(table), "Int16"))


def _facts(file: CensusFile) -> dict[str, Any]:
    """What the list of statistics ids says of a file; empty for an id not on it."""
    return statistics().get(file.header.statistics_id, {})


def _edition(file: CensusFile) -> str:
    return f"{file.header.statistics_id}, {file.level}, one file per {file.unit}"


def _notes(files: Sequence[CensusFile]) -> tuple[str, ...]:
    statistics_id, facts = files[0].header.statistics_id, _facts(files[0])
    if facts:
        basis = f"by statistics id {statistics_id} ({facts['provenance']})"
    else:
        basis = f"not stated: statistics id {statistics_id} is not listed"
    notes = [f"Census year and datum {basis}."]
    if files[0].level == "m5":
        notes.append("Codes of ten digits are 250 m cells (m5), as in all of e-Stat.")
    return (*notes, *(note for file in files for note in file.notes))


def _total_notes(extent: pd.DataFrame, year: int | None) -> list[str]:
    """Prefectures whose rows do not add up to their published population."""
    if year != _YEAR_OF_TOTALS:
        return []
    published = prefectures().set_index("pref_code")["population_2020"]
    return [
        f"{row.file}: the rows add up to {row.population_count:,} persons, but "
        f"prefecture {row.code} had {published[row.code]:,}."
        for row in extent[extent["unit"] == PREFECTURE].itertuples()
        if row.population_count != published[row.code]
    ]


def _refuse_mixture(files: Sequence[CensusFile]) -> None:
    """Refuse files of one census that do not make one set."""
    first = files[0]
    for what, value in (
        ("level", lambda file: file.level),
        ("unit of the files", lambda file: file.unit),
        ("statistic", lambda file: file.header.statistics_id),
    ):
        other = next((file for file in files if value(file) != value(first)), None)
        if other is not None:
            raise SourceError(
                f"{first.name} and {other.name}: {what} {value(first)} in the one and "
                f"{value(other)} in the other; wanted one set, as mixed figures would "
                "be counted twice or compared across editions. Give the files of one "
                "download of each census only."
            )
    seen: dict[str, CensusFile] = {}
    for file in files:
        earlier = seen.setdefault(file.code, file)
        if earlier is not file:
            raise SourceError(
                f"{earlier.name} and {file.name}: both hold {file.unit} {file.code}; "
                "wanted each area once. Remove one of them."
            )


def _population(rows: CensusRows, is_good: np.ndarray, year: int | None) -> pa.Table:
    """``raw.mesh_population`` of the good rows."""
    good = pa.array(np.flatnonzero(is_good))
    figures = rows.table.select(["population", "household", "age65"]).take(good)
    codes, treatment = rows.codes[is_good], rows.treatment[is_good]
    group = np.where(treatment == 2, rows.target[is_good], codes)
    units = [file.code if file.unit != MESH1 else None for file in rows.files]
    prefectures = pa.array(units, pa.string()).take(pa.array(rows.file_at[is_good]))
    is_withheld = pc.is_null(figures["population"])
    columns = {
        "census_year": pa.repeat(pa.scalar(year, pa.int16()), len(codes)),
        "level": pa.repeat(rows.level, len(codes)),
        "mesh": pa.array(codes),
        "pref_code": prefectures,
        "population_count": pc.fill_null(figures["population"], 0),
        "household_count": figures["household"],
        "age65_count": figures["age65"],
        "pop_status": pc.if_else(is_withheld, "suppressed", "counted"),
        "treatment": pa.array(treatment.astype("int8")),
        "disclosure_group": pa.array(group, mask=treatment == 0),
    }
    return pa.table(columns)


def _is_rejected(rows: CensusRows, rejected: pd.DataFrame) -> np.ndarray:
    errors = rejected[rejected["severity"] == "ERROR"]
    is_rejected = np.zeros(len(rows.codes), bool)
    for name, lines in errors.groupby("file")["row"]:
        place = next(i for i, file in enumerate(rows.files) if file.name == name)
        here = rows.file_at == place
        is_rejected |= here & np.isin(rows.lines, lines.to_numpy())
    return is_rejected


def _gaps(rows: CensusRows, is_good: np.ndarray, lost: int) -> pd.DataFrame:
    """``raw.census_gap``: secondary meshes of the `lost` rows, as far as they tell."""
    codes = rows.codes[~is_good]
    codes = codes[np.asarray(mesh.is_japanese(codes, rows.level), bool)]
    mesh2 = pd.Series(mesh.parent(codes, rows.level, "m2"), dtype="Int64")
    counts = mesh2.value_counts(sort=False).rename_axis("mesh2")
    table = counts.rename("row_count").reset_index()
    if len(codes) < lost:
        unread = pd.DataFrame({"mesh2": [pd.NA], "row_count": [lost - len(codes)]})
        table = pd.concat([table, unread.astype({"mesh2": "Int64"})])
    return table.astype({"mesh2": "Int64", "row_count": "int64"})


def _extent(
    rows: CensusRows, population: pa.Table, is_good: np.ndarray
) -> pd.DataFrame:
    people = np.bincount(
        rows.file_at[is_good],
        weights=population["population_count"].to_numpy(),
        minlength=len(rows.files),
    )
    return pd.DataFrame(
        {
            "level": rows.level,
            "unit": rows.files[0].unit,
            "code": [file.code for file in rows.files],
            "file": [file.name for file in rows.files],
            "row_count": [file.body.row_count for file in rows.files],
            "population_count": people.astype("int64"),
        }
    )
