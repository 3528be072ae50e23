"""5G基盤展開率: share of target meshes with a qualifying advanced station."""

from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.cell_rates import CellScopes, cell_scopes, row_status, with_rates
from coverage.labels import (
    RunLabels,
    carriers_with_cells,
    carriers_with_counts,
    labelled,
)

_STATE = ["as_of", "basis", "carrier"]


def base_deployment_rate(
    status: pd.DataFrame,
    touching: pd.DataFrame,
    scopes: pd.DataFrame,
    forms: pd.DataFrame,
    labels: RunLabels,
    target_share: Fraction,
) -> pd.DataFrame:
    """5G基盤展開率 per scope, carrier, day and basis.

    Counts secondary meshes (第2次地域区画, about 10 km square), not people and not
    area: rate = target meshes served / target meshes.

    Parameters
    ----------
    status : DataFrame
        Rows of ``core.mesh2_status``. Not modified.
    touching : DataFrame
        ``mesh2``, ``pref_code``, ``bureau_code``: every prefecture a cell touches.
    scopes : DataFrame
        ``pref_code``, ``bureau_code`` of all prefectures.
    forms : DataFrame
        Rows of ``core.carrier_filing``. A carrier whose filing is missing, or tells
        no cells, has null rows.
    labels : RunLabels
        What holds for the whole run.
    target_share : Fraction
        Goal of 5G基盤展開率, 98/100.

    Returns
    -------
    DataFrame
        Columns of ``out.base_deployment_rate``. Under ``majority`` the prefectures
        and the bureaus each add up to the nation; under ``touch`` they exceed it.
        ``rate`` is null where no cell is a target (``no_denominator``) and where
        the carrier did not file (``no_filing``): missing is not zero.

    Notes
    -----
    Source: domain.md 3.0, 3.1.
    """
    members = cell_scopes(_targets(status), touching, scopes, "mesh2")
    keys, served = _served(status)
    rows = _grid(keys, members)
    rows["numerator_count"] = pd.array((served @ members.matrix).ravel(), dtype="Int64")
    rows["denominator_count"] = np.tile(members.matrix.sum(axis=0), len(keys))
    told = carriers_with_cells(forms)
    rows["status"] = row_status(rows, told, carriers_with_counts(forms))
    rows["target_pct"] = float(100 * target_share)
    return labelled(with_rates(rows, target_share), told, labels)


def _targets(status: pd.DataFrame) -> pd.DataFrame:
    """Target meshes, ascending, with the prefecture and bureau of each."""
    columns = ["mesh2", "pref_code", "bureau_code"]
    targets = status.loc[status["is_target"], columns]
    return targets.drop_duplicates().sort_values("mesh2")


def _served(
    status: pd.DataFrame,
) -> tuple[pd.DataFrame, npt.NDArray[np.int64]]:
    """States (rows) and the 0/1 matrix of shape (n_state, n_target)."""
    ordered = status.sort_values([*_STATE, "mesh2"])
    keys = ordered[_STATE].drop_duplicates().reset_index(drop=True)
    served = ordered["is_served"].fillna(False).to_numpy(bool).astype("int64")
    by_cell = served.reshape(len(keys), -1)
    is_target = ordered["is_target"].to_numpy(bool).reshape(len(keys), -1)[0]
    return keys, by_cell[:, is_target]


def _grid(keys: pd.DataFrame, members: CellScopes) -> pd.DataFrame:
    return keys.merge(members.scopes, how="cross")
