"""Residents of each cell by prefecture and municipality, in whole persons.

Persons, households and persons of 65 or more are split alike: parts are rounded down,
and those left over go to the largest remainders, of equals to the smaller code. So each
figure of a cell stays what it was, and a figure that is not known stays null.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata import mesh
from geodata.errors import TableError

QUANTITIES = ("population_count", "household_count", "age65_count")
"""Columns that are split."""

BY_FILE, BY_AREA, BY_CELL, NOT_SPLIT = "file", "area", "cell", "unknown"
"""How a part came to its prefecture, in the column ``split``."""

ONLY_ONE, BY_LAND, BY_LIST, NO_CITY = "only", "area", "list", "unknown"
"""How a part came to its municipality, in the column ``city_split``."""

_DIGITS_KEPT = 9  # of a quota in persons: a smaller difference is rounding, a tie


def split_by_prefecture(
    population: pd.DataFrame, land: pd.DataFrame, likely: pd.DataFrame
) -> pd.DataFrame:
    """Give each whole cell's residents to the prefectures with land in it.

    Parameters
    ----------
    population : DataFrame
        Rows of ``raw.mesh_population`` of one census: ``mesh``, ``pref_code`` (null:
        the whole cell), :data:`QUANTITIES`; other columns stay with their row. Not
        modified.
    land : DataFrame
        ``mesh``, ``pref_code``, ``land_area_m2``: land of the prefecture in the cell,
        0 or more; each pair once.
    likely : DataFrame
        ``mesh`` (each once), ``pref_code``: where a cell without land in `land` most
        likely belongs.

    Returns
    -------
    DataFrame
        Sorted by ``mesh``, ``pref_code``. The columns of `population`, and ``split``:
        ``file`` where the census gives the part itself, ``area`` where the cell was
        split by land, ``cell`` where all of it went to the prefecture in `likely`,
        ``unknown`` (and null ``pref_code``) where neither knows the cell.

    Raises
    ------
    TableError
        An area is negative or not finite, or a pair repeats.

    Notes
    -----
    Splitting by land area is a project decision (domain.md 6.3).
    """
    _check_land(land, ["mesh", "pref_code"])
    is_part = population["pref_code"].notna().to_numpy()
    whole = population[~is_part].drop(columns="pref_code").reset_index(drop=True)
    found = land.loc[land["land_area_m2"] > 0, ["mesh", "pref_code", "land_area_m2"]]
    by_land = _matched(whole["mesh"], found.rename(columns={"mesh": "key"}))
    rest = whole[~np.isin(np.arange(len(whole)), by_land["at"])]
    told = rest["mesh"].map(likely.set_index("mesh")["pref_code"]).astype("str")
    split = np.where(told.notna(), BY_CELL, NOT_SPLIT)
    pieces = [
        population[is_part].assign(split=BY_FILE),
        _shared_out(whole, by_land, "pref_code").assign(split=BY_AREA),
        rest.assign(pref_code=told, split=split),
    ]
    columns = [*population.columns, "split"]
    table = pd.concat([piece[columns] for piece in pieces if len(piece)] or pieces)
    return table.sort_values(["mesh", "pref_code"], ignore_index=True)


def split_by_municipality(
    parts: pd.DataFrame, land: pd.DataFrame, listed: pd.DataFrame
) -> pd.DataFrame:
    """Give the residents of each part of a cell to the prefecture's municipalities.

    Parameters
    ----------
    parts : DataFrame
        Result of :func:`split_by_prefecture`, each with its prefecture, of one
        ``level``. Not modified.
    land : DataFrame
        ``mesh``, ``pref_code``, ``city_code``, ``land_area_m2``: land of the
        municipality in the cell; each once. Land of no municipality has no place here.
    listed : DataFrame
        ``mesh3``, ``city_code``: municipalities that the list of mesh codes names in
        each 1 km cell, for the parts of which `land` knows nothing.

    Returns
    -------
    DataFrame
        Sorted by ``mesh``, ``pref_code``, ``city_code``. The columns of `parts`, with
        ``city_code`` (null: unknown) and ``city_split``: ``only`` where one
        municipality of the prefecture has land in the cell (in the 1 km cell, where
        the list tells), ``area`` where the part was split by land, ``list`` where it
        was split in equal parts between the listed ones, ``unknown`` where neither
        knows one.

    Raises
    ------
    TableError
        An area is negative or not finite, or a municipality repeats in a cell.

    Notes
    -----
    Splitting by land area, or else equally, is a project decision.
    """
    _check_land(land, ["mesh", "city_code"])
    parts = parts.reset_index(drop=True)
    prefecture = parts["pref_code"].astype("int64")
    known = land[land["land_area_m2"] > 0]
    known = known.assign(key=_key(known["mesh"], known["pref_code"]))
    by_land = _matched(_key(parts["mesh"], prefecture), known)
    rest = np.flatnonzero(~np.isin(np.arange(len(parts)), by_land["at"]))
    keys = _key(_mesh3_of(parts), prefecture).iloc[rest]
    candidates = listed.assign(
        key=_key(listed["mesh3"], listed["city_code"].str[:2]), land_area_m2=1.0
    )
    by_list = _matched(keys, candidates)
    by_list["at"] = rest[by_list["at"]]
    unknown = np.setdiff1d(rest, by_list["at"])
    pieces = [
        _by_municipality(parts, by_land, BY_LAND),
        _by_municipality(parts, by_list, BY_LIST),
        parts.iloc[unknown].assign(
            city_code=pd.Series(pd.NA, unknown, "str"), city_split=NO_CITY
        ),
    ]
    table = pd.concat([piece for piece in pieces if len(piece)] or pieces)
    return table.sort_values(["mesh", "pref_code", "city_code"], ignore_index=True)


def _by_municipality(
    parts: pd.DataFrame, matched: pd.DataFrame, how: str
) -> pd.DataFrame:
    table = _shared_out(parts, matched, "city_code")
    count = np.bincount(matched["at"], minlength=len(parts))[matched["at"]]
    return table.assign(city_split=np.where(count == 1, ONLY_ONE, how))


def _mesh3_of(parts: pd.DataFrame) -> pd.Series:
    level = parts["level"].iloc[0] if len(parts) else "m3"
    return pd.Series(mesh.parent(parts["mesh"].to_numpy("int64"), level, "m3"))


def _key(cells: pd.Series, pref_codes: pd.Series) -> pd.Series:
    """One number for each cell and prefecture."""
    return cells.astype("int64") * 100 + pref_codes.astype("int64")


def _matched(keys: pd.Series, candidates: pd.DataFrame) -> pd.DataFrame:
    """Candidates of each key, with its place among `keys` in the column ``at``."""
    wanted = pd.DataFrame({"at": np.arange(len(keys)), "key": keys.to_numpy("int64")})
    return wanted.merge(candidates, on="key")


def _shared_out(whole: pd.DataFrame, pieces: pd.DataFrame, code: str) -> pd.DataFrame:
    """Rows of `whole` in pieces by land: one row per piece, with its `code`.

    Parameters
    ----------
    whole : DataFrame
        What is split, by position.
    pieces : DataFrame
        ``at`` (position in `whole`), `code` and ``land_area_m2``.
    """
    order = np.lexsort((pieces[code].astype("int64"), pieces["at"]))
    pieces = pieces.iloc[order]
    at = pieces["at"].to_numpy()
    area = pieces["land_area_m2"].to_numpy("float64")
    share = area / np.bincount(at, area, minlength=len(whole))[at]
    table = whole.iloc[at].assign(**{code: pieces[code].to_numpy()})
    table[code] = table[code].astype("str")
    is_alone = np.bincount(at, minlength=len(whole))[at] == 1
    if is_alone.all():
        return table
    for quantity in QUANTITIES:
        table[quantity] = _whole_numbers(table[quantity], at, share)
    return table


def _whole_numbers(
    totals: pd.Series, at: npt.NDArray[np.int64], share: npt.NDArray[np.float64]
) -> pd.arrays.IntegerArray:
    """Whole parts of whole totals by share, those left over to the largest remainders.

    Parameters
    ----------
    totals : Series of Int64
        Total of the cell of each part; null: not known, and so is the part.
    at : int64 array, length of `totals`
        Cell of each part, ascending; in the order in which equals are served.
    share : float64 array, length of `totals`
        Shares of a cell add up to 1.
    """
    is_known = totals.notna().to_numpy()
    total = totals.fillna(0).to_numpy("int64")
    quota = np.round(total * share, _DIGITS_KEPT)
    count = np.floor(quota).astype("int64")
    left = total - np.bincount(at, count)[at].astype("int64")
    order = np.lexsort((count - quota, at))  # stable: of equals the first goes first
    first = np.searchsorted(at, at)
    rank = np.empty(len(at), "int64")
    rank[order] = np.arange(len(at)) - first  # `at` is the same in both orders
    count += rank < left
    return pd.arrays.IntegerArray(count, ~is_known)


def _check_land(land: pd.DataFrame, key: list[str]) -> None:
    area = land["land_area_m2"].to_numpy("float64")
    if not np.isfinite(area).all() or (area < 0).any():
        raise TableError("Land of cells: wanted finite areas of 0 or more.")
    repeated = land.duplicated(key)
    if repeated.any():
        place, owner = land.loc[repeated, key].iloc[0]
        raise TableError(
            f"Land of cells: {key[0]} {place} and {key[1]} {owner} stand twice; wanted "
            "each pair once."
        )
