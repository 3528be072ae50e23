"""Municipalities of each secondary mesh, and of each 500 m cell."""

import numpy as np
import pandas as pd

from geodata import mesh
from geodata.placement.crosswalk import crosswalk_at
from geodata.placement.land import FROM_BOUNDARIES


def mesh2_municipalities(
    cells: pd.DataFrame, municipalities: pd.DataFrame
) -> pd.DataFrame:
    """Municipalities with land in each secondary mesh, as ``out.mesh2_municipality``.

    Parameters
    ----------
    cells : DataFrame
        Rows of ``core.municipality_cell``. Not modified.
    municipalities : DataFrame
        Rows of ``out.municipality``; unassigned land is not among them and has no row.

    Returns
    -------
    DataFrame
        Without ``is_synthetic``. ``land_area_m2`` is null where the land of any of
        the municipality's 1 km cells in it is unknown.
    """
    named = cells[cells["city_code"].isin(municipalities["city_code"])]
    pairs = crosswalk_at(named, "m2").rename(columns={"mesh": "mesh2"})
    mesh2 = mesh.parent(named["mesh3"].to_numpy("int64"), "m3", "m2")
    land = named["land_area_m2"].groupby([mesh2, named["city_code"].to_numpy()])
    area = land.sum().where(land.count() == land.size())
    area = area.rename_axis(["mesh2", "city_code"]).rename("land_area_m2")
    names = municipalities[["city_code", "name_ja"]]
    table = pairs.merge(area.reset_index(), on=["mesh2", "city_code"], validate="1:1")
    return table.merge(names, on="city_code", validate="m:1").drop(
        columns="is_inherited"
    )


def mesh4_municipalities(
    cells: pd.DataFrame, land: pd.DataFrame | None
) -> pd.DataFrame:
    """Municipalities of each 500 m cell, as ``core.mesh4_municipality``.

    Parameters
    ----------
    cells : DataFrame
        Rows of ``core.municipality_cell``. Not modified.
    land : DataFrame, optional
        :func:`geodata.placement.land.land_by_cell` of the boundaries given, at m4.
        Prefectures without boundaries give each quarter of a 1 km cell all of its
        municipalities: the list does not tell more.
    """
    by_list = cells[cells["crosswalk_source"] != FROM_BOUNDARIES]
    named = by_list.dropna(subset="city_code")
    listed = crosswalk_at(named, "m4").rename(columns={"mesh": "mesh4"})
    parts = [listed[["mesh4", "city_code", "is_inherited"]].assign(land_area_m2=np.nan)]
    if land is not None:
        named = land.dropna(subset="city_code").drop(columns="pref_code")
        parts.append(named.assign(is_inherited=False))
    return pd.concat(parts, ignore_index=True)
