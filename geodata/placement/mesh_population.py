"""Census population by cell: sums, and what is unknown.

Cells that the census files cover and that have no row have no residents; cells that
they do not cover are unknown, which is null and never 0.
"""

from collections.abc import Collection

import numpy as np
import pandas as pd

from geodata import mesh
from geodata.errors import TableError

NATION, MESH1, PREFECTURE = "nation", "mesh1", "prefecture"
"""Units of ``raw.census_extent``."""


def population_by_mesh2(
    population: pd.DataFrame, extent: pd.DataFrame, land: pd.DataFrame
) -> pd.DataFrame:
    """Residents of every secondary mesh; null where the census files do not reach.

    Parameters
    ----------
    population : DataFrame
        Rows of ``raw.mesh_population``: ``level``, ``mesh``, ``population_count``.
        Parts of one cell (of several prefectures) are added. Not modified.
    extent : DataFrame
        Rows of ``raw.census_extent``: ``unit``, ``code``.
    land : DataFrame
        ``mesh2``, ``pref_code``: the cells asked for, and the prefectures with land
        in each. With files per prefecture a cell is known when those of all its
        prefectures are there.

    Returns
    -------
    DataFrame
        ``mesh2`` (int64, ascending: those of `land` and those with residents),
        ``population_count`` (Int64; null: unknown).

    Raises
    ------
    TableError
        Levels or units are mixed, or a unit is unknown.
    """
    codes = population["mesh"].to_numpy("int64")
    parents = mesh.parent(codes, _level(population), "m2") if len(codes) else codes
    counts = population["population_count"].to_numpy("int64")
    people = pd.Series(counts).groupby(parents).sum()
    is_known = _is_known(extent, land["mesh2"], land["pref_code"], "m2")
    known = is_known.groupby(land["mesh2"].to_numpy("int64")).all()
    cells = known.index.union(people.index)
    total = people.reindex(cells, fill_value=0).astype("Int64")
    is_known = known.reindex(cells, fill_value=True)  # off the list, but with a row
    return pd.DataFrame(
        {
            "mesh2": cells.to_numpy("int64"),
            "population_count": total.where(is_known).to_numpy(),
        }
    ).astype({"population_count": "Int64"})


def uncovered(
    extent: pd.DataFrame,
    needed_primary_meshes: Collection[int],
    prefectures: pd.DataFrame | None = None,
) -> list[int]:
    """Primary meshes that are needed and not wholly covered by the census files.

    Parameters
    ----------
    extent : DataFrame
        Rows of ``raw.census_extent``: ``unit``, ``code``. No row covers nothing.
    needed_primary_meshes : collection of int
        Primary meshes that must be covered.
    prefectures : DataFrame, optional
        ``mesh1``, ``pref_code``: prefectures with land in each primary mesh. Needed
        where the files are per prefecture.

    Returns
    -------
    list of int
        Ascending; empty when all are covered.

    Raises
    ------
    TableError
        Units are mixed or unknown, or `prefectures` is needed and does not know one
        of the meshes.
    """
    needed = pd.DataFrame({"mesh1": sorted(set(needed_primary_meshes))}, dtype="int64")
    land = needed.assign(pref_code="")
    if _unit(extent) == PREFECTURE:
        if prefectures is None:
            raise TableError("Census files per prefecture: prefectures are needed.")
        land = needed.merge(prefectures, on="mesh1", how="left")
        if land["pref_code"].isna().any():
            first = land.loc[land["pref_code"].isna(), "mesh1"].iloc[0]
            raise TableError(f"No prefecture is known of primary mesh {first}.")
    is_known = _is_known(extent, land["mesh1"], land["pref_code"], "m1")
    covered = is_known.groupby(land["mesh1"].to_numpy()).all()
    return [int(code) for code in covered.index[~covered]]


def covered_prefectures(extent: pd.DataFrame, needed: pd.DataFrame) -> set[str]:
    """Prefectures of which the census files cover all that is needed.

    Parameters
    ----------
    extent : DataFrame
        Rows of ``raw.census_extent``: ``unit``, ``code``. No row covers nothing.
    needed : DataFrame
        ``mesh1``, ``pref_code``: primary meshes that must be covered for each.

    Raises
    ------
    TableError
        Units are mixed or unknown.
    """
    is_known = _is_known(extent, needed["mesh1"], needed["pref_code"], "m1")
    is_covered = is_known.groupby(needed["pref_code"].to_numpy()).all()
    return set(is_covered.index[is_covered])


def _is_known(
    extent: pd.DataFrame, codes: pd.Series, pref_codes: pd.Series, level: str
) -> pd.Series:
    """Tell for each pair of cell and prefecture whether a census file covers it."""
    unit, given = _unit(extent), set(extent["code"])
    if unit == NATION:
        known = np.ones(len(codes), bool)
    elif unit == PREFECTURE:
        known = pref_codes.isin(given).to_numpy()
    else:
        mesh1 = codes.to_numpy("int64") // 10 ** (mesh.LEVELS[level].digits - 4)
        known = np.isin(mesh1, [int(code) for code in given])
    return pd.Series(known, dtype=bool)


def _unit(extent: pd.DataFrame) -> str:
    units = sorted(set(extent["unit"])) or [MESH1]
    if len(units) > 1 or units[0] not in (NATION, MESH1, PREFECTURE):
        raise TableError(
            f"raw.census_extent: unit {', '.join(units)}; wanted one of {NATION}, "
            f"{MESH1} or {PREFECTURE} for all rows."
        )
    return units[0]


def _level(population: pd.DataFrame) -> str:
    levels = sorted(population["level"].unique())
    if len(levels) != 1:
        raise TableError(
            f"raw.mesh_population: levels {', '.join(levels)}; wanted one, as cells of "
            "two levels count the same people twice."
        )
    return str(levels[0])
