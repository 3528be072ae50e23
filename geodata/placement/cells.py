"""Attributes of every secondary mesh with land: denominator, people, designations."""

import pandas as pd


def mesh2_cells(
    facts: pd.DataFrame,
    targets: pd.Series,
    land_area: pd.Series,
    population: pd.Series,
    designations: pd.DataFrame,
) -> pd.DataFrame:
    """One row per secondary mesh with land, as ``core.mesh2_cell``.

    Parameters
    ----------
    facts : DataFrame
        ``mesh2``, ``pref_code``, ``bureau_code`` of the 4,888 cells with land.
    targets : Series of int64
        Secondary meshes of the denominator, each among `facts`.
    land_area : Series of float64, index mesh2
        Square metres; null or absent where unknown.
    population : Series of Int64, index mesh2
        Residents; null or absent where unknown (missing is not zero).
    designations : DataFrame
        ``mesh2``, ``disadvantaged_kinds``, ``is_disadvantaged``.

    Returns
    -------
    DataFrame
        Columns of ``core.mesh2_cell``.
    """
    cells = facts[["mesh2", "pref_code", "bureau_code"]].copy()
    cells["is_target"] = cells["mesh2"].isin(targets)
    cells["land_area_m2"] = cells["mesh2"].map(land_area).astype("float64")
    cells["population_count"] = cells["mesh2"].map(population).astype("Int64")
    return cells.merge(designations, on="mesh2", how="left", validate="1:1")
