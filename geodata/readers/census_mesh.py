"""Population census by mesh (国勢調査 地域メッシュ統計) as e-Stat 統計GIS publishes it.

Text in CP932, one file per primary mesh or per prefecture. Small cells are withheld
(``HTKSYORI`` 2): their figures stand in another cell's row (``HTKSAKI``, ``GASSAN``),
except the totals of persons and households, which every row has for itself. So a
numeric total is taken as it is, and GASSAN is never added to it (domain.md 6.3).
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

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
    """Read mesh statistics of the population census, all files of one download.

    Parameters
    ----------
    paths : sequence of Path
        ``tblT001141H5339.txt`` and the like, plain or in the zip they come in: 1 km
        (S), 500 m (H), 250 m (Q) or 125 m (E); per primary mesh or per prefecture.

    Returns
    -------
    SourceRead
        ``raw.mesh_population``, one row per row of the files: persons, households and
        persons of 65 or more; null where withheld. Rows of per-prefecture files keep
        their ``pref_code``: a border cell has one in each file, with that
        prefecture's part. ``raw.census_extent`` says what the files cover: cells
        there without a row have no residents, cells elsewhere are unknown.
        `vintage` is the census year and `datum` that of the codes, both by the
        statistics id (nothing in a file states them).

    Raises
    ------
    SourceError
        A file is empty, cut short, in another encoding, on the Tokyo datum, not a
        census mesh statistic, or another one than its name says; or the files do
        not go together: levels, statistics, or units (primary mesh and prefecture)
        mixed, or one area twice.

    Notes
    -----
    A row whose code or value does not fit, or whose HTKSAKI leads nowhere, is
    rejected (``raw.rejected_source_row``), and its secondary mesh is in
    ``raw.census_gap``: the residents there are not known. Source: domain.md 6.3.
    """
    with ThreadPoolExecutor(_THREADS) as pool:
        files = list(pool.map(read_census_file, census_files(paths)))
    _refuse_mixture(files)
    rows = all_rows(files)
    faults = Rejections(SOURCE)
    check_values(rows, faults)
    link_notes = check_links(rows, faults)
    parts = [file.body.faults.table() for file in files if file.body.has_faults]
    rejected = pd.concat([*parts, faults.table()], ignore_index=True)
    is_good = ~_is_rejected(rows, rejected)
    population = _population(rows, is_good)
    extent = _extent(rows, population, is_good)
    facts = statistics().get(files[0].header.statistics_id, {})
    tables = {
        "raw.mesh_population": to_frame(population),
        "raw.census_extent": extent,
    }
    read_count = sum(file.body.row_count for file in files)
    if read_count > population.num_rows:
        lost = read_count - population.num_rows
        tables["raw.census_gap"] = _gaps(rows, is_good, lost)
    return SourceRead(
        name=SOURCE,
        tables=tables,
        rejected=rejected,
        read_count=read_count,
        accepted_count=population.num_rows,
        vintage=str(facts.get("census_year", NOT_STATED)),
        edition=_edition(files[0]),
        datum=str(facts.get("datum", NOT_STATED)),
        notes=(
            *_notes(files, facts),
            *link_notes,
            *_total_notes(extent, facts),
        ),
    )


def _edition(file: CensusFile) -> str:
    return f"{file.header.statistics_id}, {file.level}, one file per {file.unit}"


def _notes(files: Sequence[CensusFile], facts: dict[str, str | int]) -> tuple[str, ...]:
    statistics_id = files[0].header.statistics_id
    if facts:
        basis = f"by statistics id {statistics_id} ({facts['provenance']})"
    else:
        basis = f"not stated: statistics id {statistics_id} is not listed"
    notes = [f"Census year and datum {basis}."]
    if files[0].level == "m5":
        notes.append("Codes of ten digits are 250 m cells (m5), as in all of e-Stat.")
    return (*notes, *(note for file in files for note in file.notes))


def _total_notes(extent: pd.DataFrame, facts: dict[str, str | int]) -> list[str]:
    """Prefectures whose rows do not add up to their published population."""
    if facts.get("census_year") != _YEAR_OF_TOTALS:
        return []
    published = prefectures().set_index("pref_code")["population_2020"]
    return [
        f"{row.file}: the rows add up to {row.population_count:,} persons, but "
        f"prefecture {row.code} had {published[row.code]:,}."
        for row in extent[extent["unit"] == PREFECTURE].itertuples()
        if row.population_count != published[row.code]
    ]


def _refuse_mixture(files: Sequence[CensusFile]) -> None:
    """Refuse files that do not make one set."""
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
                "download only."
            )
    seen: dict[str, CensusFile] = {}
    for file in files:
        earlier = seen.setdefault(file.code, file)
        if earlier is not file:
            raise SourceError(
                f"{earlier.name} and {file.name}: both hold {file.unit} {file.code}; "
                "wanted each area once. Remove one of them."
            )


def _population(rows: CensusRows, is_good: np.ndarray) -> pa.Table:
    """``raw.mesh_population`` of the good rows."""
    good = pa.array(np.flatnonzero(is_good))
    figures = rows.table.select(["population", "household", "age65"]).take(good)
    codes, treatment = rows.codes[is_good], rows.treatment[is_good]
    group = np.where(treatment == 2, rows.target[is_good], codes)
    units = [file.code if file.unit != MESH1 else None for file in rows.files]
    prefectures = pa.array(units, pa.string()).take(pa.array(rows.file_at[is_good]))
    is_withheld = pc.is_null(figures["population"])
    columns = {
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
