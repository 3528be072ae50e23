"""Municipalities of each secondary mesh, for those who review it."""

import pandas as pd

from geodata import mesh
from geodata.placement.crosswalk import crosswalk_at


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
