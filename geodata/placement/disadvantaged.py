"""Disadvantaged areas (条件不利地域) on secondary meshes: share of land, and a verdict.

A kind may be known by polygons (share of each 1 km cell's land), by 1 km cells (辺地)
or by a list of municipalities. In a prefecture that polygons or cells speak for, they
go before a list, which is coarser; for 過疎 a list goes first, because the published
polygons (A17 of 2017) are older than the law in force (domain.md 9 #15).
"""

from collections.abc import Collection

import numpy as np
import pandas as pd

from geodata import mesh
from geodata.placement.designated_land import (
    ISLAND_LAWS,
    LIST_FIRST,
    Land,
    Spoken,
    index_of,
)

HALF = 0.5
"""Share of the land from which a cell counts as disadvantaged (domain.md 7.1)."""

_WHOLE = ("full", "deemed")
_DESIGNATED = (*_WHOLE, "partial")
_TOLERANCE = 1e-9  # of a share: the sum of areas of polygons
_CELL = ["kind", "mesh3"]
SHARE_COLUMNS = ["mesh2", "kind", "land_share", "extent", "basis"]


def disadvantaged_shares(
    area_shares: pd.DataFrame | None,
    lists: pd.DataFrame | None,
    henchi: pd.DataFrame | None,
    crosswalk: pd.DataFrame,
    *,
    parents: pd.DataFrame | None = None,
    prefectures: pd.DataFrame | None = None,
    land_area: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """How much of each secondary mesh's land each kind holds.

    Parameters
    ----------
    area_shares : DataFrame, optional
        ``kind``, ``mesh3``, ``share``: part (0-1) of the land of the 1 km cell inside
        the polygons of that kind; null where it is not known how much.
    lists : DataFrame, optional
        ``kind``, ``city_code``, ``extent`` (``full``, ``deemed``, ``partial``,
        ``none``, ``unknown``). A list speaks for the prefectures that it names any
        municipality of: one that it leaves out there is not designated.
    henchi : DataFrame, optional
        Rows of ``raw.henchi_cell``: ``mesh3``, ``city_code``. Such a cell is 辺地
        whole, also where a polygon holds less of it.
    crosswalk : DataFrame
        ``mesh3``, ``city_code`` (null: unassigned land), ``share`` of the cell's land
        (null: unknown) and, where given, ``pref_code``.
    parents : DataFrame, optional
        ``city_code``, ``parent_city_code``: wards inherit the row of their designated
        city where the list does not name them.
    prefectures : DataFrame, optional
        ``kind``, ``pref_code`` that the polygons speak for; see
        :func:`polygon_prefectures`.
    land_area : DataFrame, optional
        ``mesh3``, ``land_area_m2``. A secondary mesh with a cell of unknown land is
        weighted by the whole areas of its 1 km cells.

    Returns
    -------
    DataFrame
        ``mesh2``, ``kind``, ``land_share`` (0-1; null where a municipality is
        designated in part, or its part of the cell's land is unknown), ``extent``
        (lists: ``full``, ``deemed``, ``partial``, parted by semicolons; else null),
        ``basis`` (``polygon``, ``cells``, ``list``, parted by semicolons); one row
        per cell and kind that reaches it, in that order.
    """
    land = Land.of(crosswalk, parents)
    spoken = Spoken.of(lists, henchi, prefectures)
    exact = _exact(area_shares, henchi, land, spoken)
    listed = _listed(lists, land, spoken)
    cells = pd.concat([exact, listed], ignore_index=True)
    if not len(cells):
        return _no_shares()
    return _on_mesh2(cells, land, land_area)


def covered_kinds(
    lists: pd.DataFrame | None,
    henchi: pd.DataFrame | None,
    crosswalk: pd.DataFrame,
    *,
    parents: pd.DataFrame | None = None,
    prefectures: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Kinds of which the sources know all of a secondary mesh's land.

    Parameters
    ----------
    lists, henchi, crosswalk, parents, prefectures
        As in :func:`disadvantaged_shares`.

    Returns
    -------
    DataFrame
        ``mesh2``, ``kind``: a list, 1 km cells or polygons speak for every
        municipality of the cell. Polygons of a kind in `LIST_FIRST` do not count, and
        離島 is known in a prefecture of `ISLAND_LAWS` only where the islands under
        that law are known as well.
    """
    land = Land.of(crosswalk, parents)
    spoken = Spoken.of(lists, henchi, prefectures)
    current = spoken.exact[~spoken.exact["kind"].isin(LIST_FIRST)]
    pairs = land.pairs[["mesh2", "pref_code", "city_code"]].drop_duplicates()
    parts = [pairs.merge(current, on="pref_code")]
    if lists is not None:
        by_list = pairs.dropna(subset="city_code").merge(spoken.lists, on="pref_code")
        unknown = land.with_wards(lists).query("extent == 'unknown'")
        is_unknown = index_of(by_list, ["kind", "city_code"]).isin(
            index_of(unknown, ["kind", "city_code"])
        )
        parts.append(by_list[~is_unknown])
    covered = _with_island_laws(pd.concat(parts).drop_duplicates(), spoken)
    counts = covered.groupby(["mesh2", "kind"]).size().rename("count").reset_index()
    wanted = counts["mesh2"].map(pairs.groupby("mesh2").size())
    return counts[counts["count"] == wanted][["mesh2", "kind"]].reset_index(drop=True)


def designations(
    mesh2: pd.Series,
    shares: pd.DataFrame,
    covered: pd.DataFrame,
    programme_kinds: Collection[str],
    *,
    any_overlap: bool = False,
) -> pd.DataFrame:
    """Kinds of each secondary mesh, and whether it is disadvantaged.

    Parameters
    ----------
    mesh2 : Series of int64
        The cells, each once.
    shares : DataFrame
        Result of :func:`disadvantaged_shares`.
    covered : DataFrame
        Result of :func:`covered_kinds`.
    programme_kinds : collection of str
        Kinds that the support programmes name; all must be known for a false.
    any_overlap : bool
        Any known overlap makes a cell disadvantaged, not half of its land.

    Returns
    -------
    DataFrame
        ``mesh2``; ``disadvantaged_kinds``: semicolon list, sorted, of
        ``kind:0.83`` (share of the land, rounded for reading) or ``kind:full``,
        ``kind:deemed``, ``kind:partial`` (lists), ``kind:unknown`` (polygons of
        which the share is not known); ``is_disadvantaged``: true where a
        kind holds half of the land or a municipality in the cell is wholly listed;
        false where every programme kind is known and no kind reaches the cell; else
        null.
    """
    labels = _labels(shares)
    kinds = labels["label"].groupby(labels["mesh2"]).agg(";".join)
    least = _TOLERANCE if any_overlap else HALF - _TOLERANCE
    is_whole = shares["extent"].fillna("").str.contains("|".join(_WHOLE))
    is_true = (shares["land_share"].fillna(0) >= least) | is_whole
    of_programme = covered[covered["kind"].isin(list(programme_kinds))]
    known = of_programme.groupby("mesh2")["kind"].nunique()
    is_known = mesh2.map(known).fillna(0) == len(set(programme_kinds))
    is_reached = mesh2.isin(shares["mesh2"])
    verdict = pd.Series(pd.NA, index=mesh2.index, dtype="boolean")
    verdict[is_known & ~is_reached] = False
    verdict[mesh2.isin(shares["mesh2"][is_true])] = True
    return pd.DataFrame(
        {
            "mesh2": mesh2,
            "disadvantaged_kinds": mesh2.map(kinds).astype("str").fillna(""),
            "is_disadvantaged": verdict,
        }
    )


def _with_island_laws(covered: pd.DataFrame, spoken: Spoken) -> pd.DataFrame:
    """Leave out 離島 where islands under a law of their own are not known."""
    known = pd.concat([spoken.lists, spoken.exact])
    own_law = covered["pref_code"].map(ISLAND_LAWS)
    pairs = pd.MultiIndex.from_arrays([own_law, covered["pref_code"]])
    is_open = own_law.notna() & ~pairs.isin(index_of(known, ["kind", "pref_code"]))
    return covered[~((covered["kind"] == "rito") & is_open)]


def _exact(
    area_shares: pd.DataFrame | None,
    henchi: pd.DataFrame | None,
    land: Land,
    spoken: Spoken,
) -> pd.DataFrame:
    """Share of each 1 km cell by polygons and cells, where a list does not decide."""
    parts = [_no_cells()]
    if area_shares is not None:
        parts.append(area_shares[[*_CELL, "share"]].assign(basis="polygon"))
    if henchi is not None:
        whole = henchi[["mesh3"]].assign(kind="henchi", share=1.0, basis="cells")
        parts.append(whole)
    cells = pd.concat(parts, ignore_index=True).sort_values(
        "share", kind="stable", na_position="first"
    )
    cells = cells.drop_duplicates(_CELL, keep="last")
    merged = cells[_CELL].merge(_room(cells, land, spoken), on=_CELL, how="left")
    room = merged["room"].fillna(1.0).to_numpy()
    cells["share"] = np.minimum(cells["share"], room)  # null stays null
    return cells[(cells["share"] != 0) & (room > 0)].assign(extent=None)


def _room(cells: pd.DataFrame, land: Land, spoken: Spoken) -> pd.DataFrame:
    """Part of the land of cells of `LIST_FIRST` kinds that no list decides.

    0 for a cell in no municipality; where the parts of a cell are unknown, all of it
    unless a list decides for every municipality.
    """
    first = cells[cells["kind"].isin(LIST_FIRST & set(spoken.lists["kind"]))][_CELL]
    pairs = first.merge(land.pairs, on="mesh3", how="left")
    is_listed = spoken.list_decides(pairs) | pairs["pref_code"].isna()
    left = pairs["share"].fillna(1.0).where(~is_listed, 0.0)
    room = left.groupby([pairs[name] for name in _CELL]).sum().clip(upper=1.0)
    return room.rename("room").reset_index()


def _listed(lists: pd.DataFrame | None, land: Land, spoken: Spoken) -> pd.DataFrame:
    """Share of each 1 km cell and extent, by lists: one row per extent."""
    if lists is None:
        return _no_cells()
    named = land.with_wards(lists)
    found = land.pairs.merge(
        named[named["extent"].isin(_DESIGNATED)], on="city_code", how="inner"
    )
    found = found[spoken.list_decides(found)]
    found["share"] = found["share"].where(found["extent"].isin(_WHOLE))
    is_whole = found["extent"].isin(_WHOLE).groupby([found[name] for name in _CELL])
    all_whole = is_whole.transform("sum") == found["of"]
    found["share"] = found["share"].where(~all_whole, 1.0 / found["of"])
    return found[[*_CELL, "share", "extent"]].assign(basis="list")


def _on_mesh2(
    cells: pd.DataFrame, land: Land, land_area: pd.DataFrame | None
) -> pd.DataFrame:
    weights = _weights(pd.concat([land.pairs["mesh3"], cells["mesh3"]]), land_area)
    cells = cells.assign(mesh2=_mesh2(cells["mesh3"]))
    cells["area"] = cells["share"] * cells["mesh3"].map(weights)
    total = weights.groupby(_mesh2(weights.index.to_series())).sum()
    groups = cells.groupby(["mesh2", "kind"])
    area = groups["area"].sum().where(groups["area"].count() == groups.size())
    result = pd.DataFrame(
        {
            "land_share": area / area.index.get_level_values("mesh2").map(total),
            "extent": _together(cells, "extent"),
            "basis": _together(cells, "basis"),
        }
    ).reset_index()
    result["land_share"] = result["land_share"].clip(upper=1.0)
    return result[SHARE_COLUMNS].astype({"extent": "str", "basis": "str"})


def _weights(mesh3: pd.Series, land_area: pd.DataFrame | None) -> pd.Series:
    """Land area of each 1 km cell; whole areas in a mesh2 where one is unknown."""
    codes = np.unique(mesh3.to_numpy("int64"))
    whole = pd.Series(mesh.area_m2(codes, "m3"), index=codes)
    if land_area is None:
        return whole
    land = land_area.set_index("mesh3")["land_area_m2"].reindex(codes)
    mesh2 = _mesh2(whole.index.to_series())
    is_known = land.notna().groupby(mesh2).transform("all")
    has_land = land.fillna(0).groupby(mesh2).transform("sum") > 0
    return land.where(is_known & has_land, whole)


def _labels(shares: pd.DataFrame) -> pd.DataFrame:
    """``kind:extent``, ``kind:0.83``, ``kind:unknown`` of each cell, sorted."""
    listed = shares[["mesh2", "kind"]].assign(label=shares["extent"].str.split(";"))
    listed = listed.explode("label").dropna(subset="label")
    share = shares["land_share"].map("{:.2f}".format, na_action="ignore")
    share = share.astype("str").where(shares["basis"] != "list")
    is_unknown = shares["extent"].isna() & shares["land_share"].isna()
    exact = shares[["mesh2", "kind"]].assign(label=share.mask(is_unknown, "unknown"))
    labels = pd.concat([listed, exact.dropna(subset="label")])
    labels["label"] = labels["kind"] + ":" + labels["label"]
    return labels.sort_values(["mesh2", "label"])


def _together(cells: pd.DataFrame, column: str) -> pd.Series:
    """Values of each cell and kind, each once, sorted, parted by semicolons."""
    key = ["mesh2", "kind"]
    values = cells[[*key, column]].dropna().drop_duplicates().sort_values(column)
    values["text"] = ";" + values[column].astype("str")
    together: pd.Series = values.groupby(key)["text"].sum().str[1:]
    return together


def _mesh2(mesh3: pd.Series) -> np.ndarray:
    codes: np.ndarray = mesh.parent(mesh3.to_numpy("int64"), "m3", "m2")
    return codes


def _no_cells() -> pd.DataFrame:
    types = {"kind": "str", "mesh3": "int64", "share": "float64"}
    types |= {"basis": "str", "extent": "str"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in types.items()})


def _no_shares() -> pd.DataFrame:
    types = ("int64", "str", "float64", "str", "str")
    columns = zip(SHARE_COLUMNS, types, strict=True)
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns})
