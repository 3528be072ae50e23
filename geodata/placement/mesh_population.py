"""Census population by cell: sums, what is unknown, prefectures, disclosure groups.

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

BY_FILE, BY_AREA, BY_CELL, NOT_SPLIT = "file", "area", "cell", "unknown"
"""How a part came to its prefecture, in the column ``split``."""

_DIGITS_KEPT = 9  # of a quota in persons: a smaller difference is rounding, a tie


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


def split_by_prefecture(
    population: pd.DataFrame,
    land_share: pd.DataFrame,
    *,
    share_level: str | None = None,
    likely: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Give each cell's residents to its prefectures, in whole persons.

    Parameters
    ----------
    population : DataFrame
        Rows of ``raw.mesh_population``: ``level``, ``mesh``, ``pref_code`` (null:
        the whole cell), ``population_count``. Not modified.
    land_share : DataFrame
        ``mesh``, ``pref_code``, ``share``: land of the prefecture in the cell, in any
        unit that is the same within a cell, 0 or more; each pair once.
    share_level : str, optional
        Level of ``land_share["mesh"]`` where it is coarser than the population's: a
        cell then has the shares of the cell above. Default: the same level.
    likely : DataFrame, optional
        ``mesh`` (at `share_level`, each once), ``pref_code``: where a cell without
        land in `land_share` most likely belongs.

    Returns
    -------
    DataFrame
        Sorted by ``mesh``, ``pref_code``; ``level``; ``population_count`` (int64);
        ``split``: ``file`` where the census gives the part itself, ``area`` where the
        cell was split by land, ``cell`` where all of it went to the prefecture in
        `likely`, ``unknown`` (and null ``pref_code``) where neither knows the cell.
        The sum over each cell is what it was: parts are rounded down
        and the persons left over go to the largest remainders, of equals to the
        smaller prefecture code.

    Raises
    ------
    TableError
        Levels are mixed, a share is negative or not finite, or a pair repeats.

    Notes
    -----
    Splitting by land area is a project decision (domain.md 6.3).
    """
    _check_shares(land_share)
    columns = ["mesh", "pref_code", "population_count"]
    is_part = population["pref_code"].notna()
    parts = population.loc[is_part, columns].assign(split=BY_FILE)
    whole = population.loc[~is_part, ["mesh", "population_count"]]
    whole = whole.assign(above=_above(population[~is_part], share_level))
    pieces = _by_land(whole, land_share)
    if likely is not None:
        above = dict(zip(whole["mesh"], whole["above"], strict=True))
        pieces = _by_likely(pieces, pieces["mesh"].map(above), likely)
    table = pd.concat([parts, pieces], ignore_index=True)
    table = table.astype({"mesh": "int64", "population_count": "int64"})
    table.insert(0, "level", _level(population) if len(population) else "")
    return table.sort_values(["mesh", "pref_code"], ignore_index=True)


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


def _above(whole: pd.DataFrame, share_level: str | None) -> np.ndarray:
    codes = whole["mesh"].to_numpy("int64")
    if share_level is None or not len(codes):
        return codes
    return mesh.parent(codes, _level(whole), share_level)


def _check_shares(land_share: pd.DataFrame) -> None:
    share = land_share["share"].to_numpy("float64")
    if not np.isfinite(share).all() or (share < 0).any():
        raise TableError("Land shares: wanted finite numbers of 0 or more.")
    repeated = land_share.duplicated(["mesh", "pref_code"])
    if repeated.any():
        first = land_share[repeated].iloc[0]
        raise TableError(
            f"Land shares: cell {first['mesh']} and prefecture {first['pref_code']} "
            "stand twice; wanted each pair once."
        )


def _by_land(whole: pd.DataFrame, land_share: pd.DataFrame) -> pd.DataFrame:
    """Whole cells in parts by land, largest remainder first."""
    land = land_share[land_share["share"] > 0].rename(columns={"mesh": "above"})
    land = land.assign(
        part=land["share"] / land.groupby("above")["share"].transform("sum")
    )
    pieces = whole.merge(land, on="above", how="left")
    has_land = pieces["pref_code"].notna()
    quota = (pieces["population_count"] * pieces["part"].fillna(1.0)).astype("float64")
    quota = quota.round(_DIGITS_KEPT)
    people = np.floor(quota).astype("int64")
    total = pieces["population_count"].astype("int64")
    left = total - people.groupby(pieces["mesh"]).transform("sum")
    order = (
        pieces.assign(remainder=quota - people)
        .sort_values(["mesh", "remainder", "pref_code"], ascending=[True, False, True])
        .groupby("mesh")
        .cumcount()
    )
    people += (order.reindex(pieces.index) < left).astype("int64")
    return pd.DataFrame(
        {
            "mesh": pieces["mesh"],
            "pref_code": pieces["pref_code"],
            "population_count": people,
            "split": np.where(has_land, BY_AREA, NOT_SPLIT),
        }
    )


def _by_likely(
    pieces: pd.DataFrame, above: pd.Series, likely: pd.DataFrame
) -> pd.DataFrame:
    """Cells that no land told a prefecture of, in the most likely one."""
    pref_code = above.map(likely.set_index("mesh")["pref_code"])
    is_told = pieces["pref_code"].isna() & pref_code.notna()
    return pieces.assign(
        pref_code=pieces["pref_code"].where(~is_told, pref_code),
        split=pieces["split"].where(~is_told, BY_CELL),
    )
