"""Residents of every census by cell, prefecture and municipality."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata import mesh, reference
from geodata.placement.population_split import (
    NOT_SPLIT,
    split_by_municipality,
    split_by_prefecture,
)

_NO_LAND = pd.DataFrame(
    {
        "mesh": pd.Series(dtype="int64"),
        "pref_code": pd.Series(dtype="str"),
        "city_code": pd.Series(dtype="str"),
        "land_area_m2": pd.Series(dtype="float64"),
    }
)


def residents_by_cell(
    population: pd.DataFrame,
    land_at: Callable[[str], pd.DataFrame] | None = None,
    listed: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame | None, list[str]]:
    """Residents in parts of one prefecture and municipality, whole persons.

    Parameters
    ----------
    population : DataFrame
        Rows of ``raw.mesh_population``. Not modified.
    land_at : callable, optional
        Level to :func:`geodata.placement.land.land_by_cell` of the boundaries given.
        Default: there are none.
    listed : DataFrame, optional
        ``mesh3``, ``city_code``: list of mesh codes by municipality, where no land is
        known. Default: the shipped one (2020).

    Returns
    -------
    table : DataFrame or None
        Rows of ``core.mesh_population``; each census on its own. Municipalities are
        those of the boundaries or of the list, whatever the census. None without a
        row in `population`.
    notes : list of str
        Residents of cells in no prefecture, who are not in the table.
    """
    if not len(population):  # every row of the files was rejected
        return None, []
    municipalities = _of_municipalities(
        reference.mesh3_municipalities() if listed is None else listed
    )
    parts, notes = [], []
    for year, rows in population.groupby("census_year", dropna=False):
        table = _of_one_census(rows, land_at, municipalities)
        is_placed = table["split"] != NOT_SPLIT
        lost = int(table.loc[~is_placed, "population_count"].sum())
        if lost:
            named = "" if pd.isna(year) else f" of the {year} census"
            notes.append(
                f"{lost:,} residents{named} are in cells of no listed prefecture: "
                "population coverage leaves them out."
            )
        parts.append(table[is_placed])
    return pd.concat(parts, ignore_index=True), notes


def _of_one_census(
    population: pd.DataFrame,
    land_at: Callable[[str], pd.DataFrame] | None,
    listed: pd.DataFrame,
) -> pd.DataFrame:
    level = str(population["level"].iloc[0])
    codes = population["mesh"].to_numpy("int64")
    land = _NO_LAND if land_at is None else land_at(level)
    land = land.rename(columns={level.replace("m", "mesh"): "mesh"})
    given = set(land["pref_code"].unique())
    land = land[land["mesh"].isin(codes)]
    whole = np.unique(codes[population["pref_code"].isna().to_numpy()])
    parts = split_by_prefecture(
        population, _by_prefecture(land, level, given), _likely(whole, level)
    )
    is_placed = parts["split"] != NOT_SPLIT
    placed = split_by_municipality(parts[is_placed], _of_municipalities(land), listed)
    return pd.concat([placed, parts[~is_placed]])


def _of_municipalities(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows without those of unassigned land, to which nobody is counted."""
    known = reference.municipalities()
    unassigned = known.loc[known["kind"] == "unassigned", "city_code"]
    return rows[rows["city_code"].notna() & ~rows["city_code"].isin(unassigned)]


def _by_prefecture(land: pd.DataFrame, level: str, given: set[str]) -> pd.DataFrame:
    """Land of each prefecture, unassigned land with it, in each cell.

    Only where boundaries of every prefecture listed in the 1 km cell are `given`.
    """
    table = land.groupby(["mesh", "pref_code"], as_index=False)["land_area_m2"].sum()
    listed = reference.mesh3_municipalities()
    absent = ~listed["city_code"].str[:2].isin(given)
    mesh3 = mesh.parent(table["mesh"].to_numpy("int64"), level, "m3")
    return table[~np.isin(mesh3, listed.loc[absent, "mesh3"].to_numpy())]


def _likely(codes: npt.NDArray[np.int64], level: str) -> pd.DataFrame:
    listed = reference.mesh3_prefecture().set_index("mesh3")["pref_code"]
    mesh3 = pd.Series(mesh.parent(codes, level, "m3"))
    found = pd.DataFrame({"mesh": codes, "pref_code": mesh3.map(listed)})
    return found.dropna(subset="pref_code")
