"""Land by 1 km cell and municipality: from boundaries where given, else from lists."""

from collections.abc import Collection

import numpy as np
import pandas as pd
import shapely

from geodata import mesh
from geodata.mesh.overlay import cell_shares

_LEAST_SHARE = 1e-9  # of a cell, about 1 mm2: less is rounding, not land

FROM_BOUNDARIES = "n03"
FROM_LIST = "mesh_municipalities"
FROM_SHIPPED_LIST = "shipped"


def land_by_cell(areas: pd.DataFrame, level: str = "m3") -> pd.DataFrame:
    """Land area of every cell by municipality, from boundaries.

    Parameters
    ----------
    areas : DataFrame
        Rows of ``raw.municipality_area``: ``pref_code``, ``city_code`` (null:
        unassigned land), ``geometry`` as WKB. Not modified.
    level : str
        ``m3`` (1 km), ``m4`` (500 m), or finer.

    Returns
    -------
    DataFrame
        ``mesh3`` (or ``mesh4``, ...), ``pref_code``, ``city_code``, ``land_area_m2``;
        areas in the equal-area plane EPSG:6933, inland water included as in N03.
    """
    polygons = shapely.from_wkb(areas["geometry"].to_numpy())
    shares = cell_shares(polygons, level)
    is_land = shares.share > _LEAST_SHARE
    code, owner = shares.code[is_land], shares.polygon[is_land]
    return pd.DataFrame(
        {
            level.replace("m", "mesh"): code,
            "pref_code": areas["pref_code"].array[owner],
            "city_code": areas["city_code"].array[owner],
            "land_area_m2": shares.share[is_land] * mesh.area_m2(code, level),
        }
    )


def municipality_cells(
    boundaries: pd.DataFrame | None, listed: pd.DataFrame, listed_source: str
) -> pd.DataFrame:
    """Crosswalk of 1 km cells and municipalities, as ``core.municipality_cell``.

    Parameters
    ----------
    boundaries : DataFrame, optional
        Result of :func:`land_by_cell`; may hold some prefectures only.
    listed : DataFrame
        ``mesh3``, ``city_code`` of the list of mesh codes by municipality.
    listed_source : str
        Where the list is from: ``mesh_municipalities`` or ``shipped``.

    Returns
    -------
    DataFrame
        Prefectures with boundaries by their land; the others by the list, with null
        areas. ``land_share`` is the part of the cell's land: null unless the area
        of every part is known, except for the only municipality of a cell, which
        has all of it.
    """
    rest = listed[["mesh3", "city_code"]].assign(
        pref_code=listed["city_code"].str[:2],
        land_area_m2=np.nan,
        crosswalk_source=listed_source,
    )
    if boundaries is not None:
        covered = boundaries["pref_code"].unique()
        parts = [
            boundaries.assign(crosswalk_source=FROM_BOUNDARIES),
            rest[~rest["pref_code"].isin(covered)],
        ]
        rest = pd.concat(parts, ignore_index=True)
    by_cell = rest.groupby("mesh3")["land_area_m2"]
    total = by_cell.transform("sum", min_count=1)
    is_known = by_cell.transform("count") == by_cell.transform("size")
    is_only = by_cell.transform("size") == 1
    share = (rest["land_area_m2"] / total).where(is_known)
    return rest.assign(land_share=share.where(~is_only, 1.0))


def mesh2_land_area(
    cells: pd.DataFrame, mesh2_prefectures: pd.DataFrame, covered: Collection[str]
) -> pd.Series:
    """Land area of each secondary mesh in m2, by ``mesh2``.

    Parameters
    ----------
    cells : DataFrame
        Rows of ``core.municipality_cell``.
    mesh2_prefectures : DataFrame
        ``mesh2``, ``pref_code``: prefectures with land in each cell.
    covered : collection of str
        Prefectures whose boundaries are known.

    Returns
    -------
    Series of float64
        Null where a prefecture of the cell has no boundaries: unknown, not less. 0
        where all have, and none of them holds land there (an islet that simplified
        boundaries leave out).
    """
    mesh2 = mesh.parent(cells["mesh3"].to_numpy("int64"), "m3", "m2")
    land = cells["land_area_m2"].groupby(mesh2).sum()
    is_covered = mesh2_prefectures["pref_code"].isin(covered)
    is_known = is_covered.groupby(mesh2_prefectures["mesh2"]).all()
    area: pd.Series = land.reindex(is_known.index, fill_value=0.0).where(is_known)
    return area.rename("land_area_m2")


def covered_area(polygons: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Area of each 1 km cell inside the union of the polygons of each group.

    Parameters
    ----------
    polygons : DataFrame
        `key` columns and ``geometry`` as WKB; polygons of a group may overlap.
        Not modified.
    key : list of str
        What makes a group.

    Returns
    -------
    DataFrame
        `key`, ``mesh3``, ``area_m2``, never more than the cell.
    """
    shapes = shapely.from_wkb(polygons["geometry"].to_numpy())
    groups = polygons.groupby(key, sort=True)
    unions = np.array(
        [shapely.union_all(shapes[at]) for at in groups.indices.values()], dtype=object
    )
    names = pd.DataFrame(list(groups.indices), columns=key)
    shares = cell_shares(unions, "m3")
    is_inside = shares.share > _LEAST_SHARE
    code, owner = shares.code[is_inside], shares.polygon[is_inside]
    area = shares.share[is_inside] * mesh.area_m2(code, "m3")
    found = names.iloc[owner].reset_index(drop=True)
    return found.assign(mesh3=code, area_m2=area)
