"""Attributes of every secondary mesh with land: denominator, people, designations."""

import pandas as pd

from geodata import mesh


def mesh2_cells(
    facts: pd.DataFrame,
    targets: pd.DataFrame,
    population: pd.DataFrame | None,
    mesh2_municipalities: pd.DataFrame,
    disadvantaged: pd.DataFrame,
) -> pd.DataFrame:
    """One row per secondary mesh with land, as ``core.mesh2_cell``.

    Parameters
    ----------
    facts : DataFrame
        ``mesh2``, ``pref_code``, ``bureau_code`` of the 4,888 cells with land.
    targets : DataFrame
        ``mesh2`` of the denominator, each among `facts`.
    population : DataFrame, optional
        ``mesh3``, ``population_count``. None: the run has no population, so the
        column is null (missing is not zero).
    mesh2_municipalities : DataFrame
        ``mesh2``, ``city_code``.
    disadvantaged : DataFrame
        ``city_code``, ``kaso``, ``listed`` by municipality.

    Returns
    -------
    DataFrame
        Columns of ``core.mesh2_cell``.
    """
    cells = facts[["mesh2", "pref_code", "bureau_code"]].copy()
    cells["is_target"] = cells["mesh2"].isin(targets["mesh2"])
    cells["population_count"] = _population(cells["mesh2"], population)
    designations = _designations(mesh2_municipalities, disadvantaged)
    return cells.merge(designations, on="mesh2", how="left", validate="1:1")


def _population(mesh2: pd.Series, population: pd.DataFrame | None) -> pd.Series:
    if population is None:
        return pd.Series(pd.NA, index=mesh2.index, dtype="Int64")
    parent = mesh.parent(population["mesh3"].to_numpy(), "m3", "m2")
    total = population["population_count"].groupby(parent).sum()
    return mesh2.map(total).fillna(0).astype("Int64")


def _designations(
    mesh2_municipalities: pd.DataFrame, disadvantaged: pd.DataFrame
) -> pd.DataFrame:
    """Kinds of the municipalities in each cell, and whether one is wholly listed."""
    pairs = mesh2_municipalities[["mesh2", "city_code"]].merge(
        disadvantaged, on="city_code", how="left", validate="m:1"
    )
    found = pairs.melt(
        id_vars="mesh2", value_vars=["kaso", "listed"], var_name="kind"
    ).query("value in ['full', 'deemed', 'partial']")
    labels = (found["kind"] + ":" + found["value"]).groupby(found["mesh2"])
    kinds = labels.agg(lambda values: ";".join(sorted(set(values))))
    is_whole = found["value"].isin(["full", "deemed"]).groupby(found["mesh2"]).any()
    cells = pd.DataFrame({"mesh2": pairs["mesh2"].unique()})
    cells["disadvantaged_kinds"] = cells["mesh2"].map(kinds).fillna("")
    whole = cells["mesh2"].map(is_whole).astype("boolean")
    cells["is_disadvantaged"] = whole.where(whole.fillna(False))
    return cells
