"""Advanced stations outside the denominator, for a report."""

import pandas as pd

from geodata.placement.count_events import ADVANCED_CLASSES

_FILING = ["carrier", "plan_id"]


def outside_target(
    stations: pd.DataFrame,
    mesh_counts: pd.DataFrame,
    filed: pd.DataFrame,
    cells: pd.DataFrame,
) -> pd.DataFrame:
    """Qualifying advanced stations outside the target meshes, per filing.

    They count as stations but serve no target mesh (domain.md 3.1).

    Parameters
    ----------
    stations : DataFrame
        Rows of ``core.station``.
    mesh_counts : DataFrame
        Rows of ``raw.mesh_count``; used of filings that count by them.
    filed : DataFrame
        Rows of ``raw.filing`` that are in force.
    cells : DataFrame
        Rows of ``core.mesh2_cell``.

    Returns
    -------
    DataFrame
        ``carrier``, ``plan_id``, ``row_count``: stations, or cells of a filing by
        cells; filings without any have no row.
    """
    by_cells = filed.loc[filed["form"] == "mesh_counts", _FILING]
    counts = mesh_counts.merge(by_cells, on=_FILING)
    is_parent = counts["band_class"].isin(ADVANCED_CLASSES) & (counts["n_advanced"] > 0)
    with_parent = counts.loc[is_parent, [*_FILING, "mesh2"]].drop_duplicates()
    advanced = stations.loc[stations["is_advanced"], [*_FILING, "mesh2"]]
    standing = pd.concat([advanced, with_parent], ignore_index=True)
    targets = cells.loc[cells["is_target"], "mesh2"]
    outside = standing[~standing["mesh2"].isin(targets)]
    return outside.groupby(_FILING).size().rename("row_count").reset_index()
