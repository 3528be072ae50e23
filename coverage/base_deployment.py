"""5G基盤展開率: share of target meshes with a qualifying advanced station."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.exact import least_count, percent_half_up
from coverage.labels import (
    COMBINED,
    RunLabels,
    carriers_with_cells,
    carriers_with_counts,
    labelled,
)

_STATE = ["as_of", "basis", "carrier"]
_SCOPE = ["scope_kind", "scope_code", "assignment"]


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
    members = scope_members(status, touching, scopes)
    keys, served = _served(status)
    rows = _grid(keys, members)
    rows["numerator_count"] = pd.array((served @ members.matrix).ravel(), dtype="Int64")
    rows["denominator_count"] = np.tile(members.matrix.sum(axis=0), len(keys))
    rows["status"] = _row_status(rows, forms)
    rows["target_pct"] = float(100 * target_share)
    rows = _with_rates(rows, target_share)
    return labelled(rows, carriers_with_cells(forms), labels)


@dataclass(frozen=True)
class ScopeMembers:
    """Which target meshes belong to which scope.

    Attributes
    ----------
    scopes : DataFrame, shape (n_scope, 3)
        ``scope_kind``, ``scope_code``, ``assignment``.
    matrix : int64 array, shape (n_target, n_scope)
        1 where the target mesh (in ascending order) counts in the scope.
    """

    scopes: pd.DataFrame
    matrix: npt.NDArray[np.int64]


def scope_members(
    status: pd.DataFrame, touching: pd.DataFrame, scopes: pd.DataFrame
) -> ScopeMembers:
    """Membership of the target meshes in nation, bureaus and prefectures."""
    targets = (
        status.loc[status["is_target"], ["mesh2", "pref_code", "bureau_code"]]
        .drop_duplicates()
        .sort_values("mesh2")
    )
    touched = touching[touching["mesh2"].isin(targets["mesh2"])]
    mesh2 = targets["mesh2"].to_numpy("int64")
    names, columns = [("nation", "JP", "majority")], [np.ones(len(mesh2), "int64")]
    for kind, column in (("bureau", "bureau_code"), ("prefecture", "pref_code")):
        for assignment, pairs in (("majority", targets), ("touch", touched)):
            for code in sorted(scopes[column].unique()):
                inside = pairs.loc[pairs[column] == code, "mesh2"]
                names.append((kind, code, assignment))
                columns.append(np.isin(mesh2, inside).astype("int64"))
    return ScopeMembers(pd.DataFrame(names, columns=_SCOPE), np.stack(columns, axis=1))


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


def _grid(keys: pd.DataFrame, members: ScopeMembers) -> pd.DataFrame:
    return keys.merge(members.scopes, how="cross")


def _row_status(rows: pd.DataFrame, forms: pd.DataFrame) -> npt.NDArray[np.str_]:
    with_cells, with_counts = carriers_with_cells(forms), carriers_with_counts(forms)
    tells_cells = rows["carrier"].isin([*with_cells, *([COMBINED] * bool(with_cells))])
    is_filed = rows["carrier"].isin([*with_counts, COMBINED])
    is_empty = rows["denominator_count"] == 0
    return np.select(
        [~is_filed, ~tells_cells, is_empty],
        ["no_filing", "no_cells", "no_denominator"],
        "ok",
    )


def _with_rates(rows: pd.DataFrame, target_share: Fraction) -> pd.DataFrame:
    """Rate, published percentage and cells needed, from the integer counts."""
    has_cells = ~rows["status"].isin(["no_filing", "no_cells"])
    is_ok = rows["status"] == "ok"
    counts = [
        (int(n), int(d)) if ok else None
        for n, d, ok in zip(
            rows["numerator_count"], rows["denominator_count"], is_ok, strict=True
        )
    ]
    published = [None if c is None else percent_half_up(*c) for c in counts]
    needed = [
        None if c is None else max(0, least_count(c[1], target_share) - c[0])
        for c in counts
    ]
    return rows.assign(
        numerator_count=rows["numerator_count"].where(has_cells),
        rate=[np.nan if c is None else c[0] / c[1] for c in counts],
        rate_pct_published=pd.Series(published, index=rows.index, dtype="float64"),
        cells_needed_count=pd.array(needed, dtype="Int64"),
    )
