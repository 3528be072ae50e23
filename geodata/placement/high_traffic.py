"""高トラヒックエリア: 1 km cells of high traffic, the denominator of サブ6展開率."""

from fractions import Fraction
from math import ceil

import numpy as np
import pandas as pd

from geodata import mesh
from geodata.errors import TableError

DERIVED_SOURCE = "derived:hightraffic-v1"
"""``denominator_source`` of the cells of :func:`derived_high_traffic`."""


def derived_high_traffic(
    population: pd.DataFrame, population_share: Fraction
) -> pd.DataFrame:
    """1 km cells of most residents, until they hold a share of all of them.

    Parameters
    ----------
    population : DataFrame
        Rows of ``core.mesh_population``; the newest census year in it is used (all
        rows where none says its year). Not modified.
    population_share : Fraction
        Share to hold, inclusive: 80/100 (:func:`geodata.reference.high_traffic_rule`).

    Returns
    -------
    DataFrame
        ``mesh3`` (int64, ascending): of the cells in descending order of residents,
        equal ones by code, the fewest first ones that hold the share. Empty where
        nobody lives anywhere.

    Raises
    ------
    TableError
        The rows of the year are of several levels.

    Notes
    -----
    Rule ``derived:hightraffic-v1``, a project decision (domain.md 3.6): the
    ministry's list is not public. Residents whose figure is withheld are those of the
    cell into which they were merged.
    """
    people = _by_mesh3(_newest(population))
    order = np.lexsort((people.index, -people.to_numpy()))
    held = np.cumsum(people.to_numpy()[order])
    total = int(held[-1]) if len(held) else 0
    count = np.searchsorted(held, ceil(total * population_share)) + 1 if total else 0
    cells = people.index.to_numpy("int64")[order[:count]]
    return pd.DataFrame({"mesh3": np.sort(cells)})


def high_traffic_prefectures(
    cells: pd.DataFrame,
    listed: pd.DataFrame,
    likely: pd.DataFrame,
    population: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Every prefecture that the high-traffic cells touch, and the most likely one.

    Parameters
    ----------
    cells : DataFrame
        ``mesh3``: ``raw.high_traffic_mesh``, or :func:`derived_high_traffic`. Not
        modified.
    listed : DataFrame
        ``mesh3``, ``city_code``: :func:`geodata.reference.mesh3_municipalities`.
    likely : DataFrame
        ``mesh3``, ``pref_code``: :func:`geodata.reference.mesh3_prefecture`.
    population : DataFrame, optional
        Rows of ``core.mesh_population``: a cell that is not on the list of 2020 (new
        land) is in the prefecture of most of its residents, of equals the smaller
        code. Default: none, every cell is to be listed.

    Returns
    -------
    DataFrame
        Sorted by ``mesh3`` (int64), ``pref_code``; ``is_likely`` (bool, true once for
        each cell).

    Raises
    ------
    TableError
        Nothing tells the prefecture of a cell.
    """
    codes = cells["mesh3"].to_numpy("int64")
    pairs = listed[listed["mesh3"].isin(codes)]
    touched = pd.DataFrame(
        {"mesh3": pairs["mesh3"], "pref_code": pairs["city_code"].str[:2]}
    )
    best = likely.loc[likely["mesh3"].isin(codes), ["mesh3", "pref_code"]]
    unlisted = np.setdiff1d(codes, best["mesh3"])
    if len(unlisted):
        best = pd.concat([best, _of_residents(unlisted, population)])
    pairs = pd.concat([touched, best]).drop_duplicates()
    rows = pairs.merge(best.assign(is_likely=True), how="left")
    rows["is_likely"] = rows["is_likely"].notna()
    order = ["mesh3", "pref_code"]
    return rows.astype({"mesh3": "int64"}).sort_values(order, ignore_index=True)


def _newest(population: pd.DataFrame) -> pd.DataFrame:
    newest = population["census_year"].max()
    if pd.isna(newest):
        return population
    return population[(population["census_year"] == newest).fillna(value=False)]


def _by_mesh3(population: pd.DataFrame) -> pd.Series:
    """Residents of each 1 km cell with any, by code."""
    counts = population["population_count"].to_numpy("int64")
    people = pd.Series(counts).groupby(_mesh3_of(population)).sum()
    return people[people > 0]


def _mesh3_of(population: pd.DataFrame) -> np.ndarray:
    levels = sorted(population["level"].unique())
    if len(levels) > 1:
        raise TableError(
            f"core.mesh_population: levels {', '.join(levels)} in one census year; "
            "wanted one, as cells of two levels count the same people twice."
        )
    codes = population["mesh"].to_numpy("int64")
    if not levels or levels == ["m3"]:
        return codes
    return mesh.parent(codes, levels[0], "m3")


def _of_residents(cells: np.ndarray, population: pd.DataFrame | None) -> pd.DataFrame:
    """``mesh3``, ``pref_code``: where most residents of each cell live."""
    most = pd.Series(dtype="str")
    if population is not None:
        newest = _newest(population)
        rows = newest.assign(mesh3=_mesh3_of(newest))
        rows = rows[rows["mesh3"].isin(cells)]
        people = rows.groupby(["mesh3", "pref_code"])["population_count"].sum()
        ordered = people.reset_index().sort_values(
            ["mesh3", "population_count", "pref_code"], ascending=[True, False, True]
        )
        most = ordered.drop_duplicates("mesh3").set_index("mesh3")["pref_code"]
    found = pd.DataFrame({"mesh3": cells, "pref_code": most.reindex(cells).to_numpy()})
    if found["pref_code"].isna().any():
        first = found.loc[found["pref_code"].isna(), "mesh3"].iloc[0]
        raise TableError(
            f"High-traffic cell {first} is on no land of the list of 1 km cells and "
            "has no residents, so its prefecture is not known; take it off the list."
        )
    return found
