"""Rates of counted cells: cells by scope, why a rate is null, its percentage."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.exact import least_count, percent_half_up
from coverage.labels import COMBINED

_SCOPE = ["scope_kind", "scope_code", "assignment"]


@dataclass(frozen=True)
class CellScopes:
    """Which cells of a denominator count in which scope.

    Attributes
    ----------
    scopes : DataFrame, shape (n_scope, 3)
        ``scope_kind``, ``scope_code``, ``assignment``.
    matrix : int64 array, shape (n_cell, n_scope)
        1 where the cell (in ascending order) counts in the scope.
    """

    scopes: pd.DataFrame
    matrix: npt.NDArray[np.int64]


def cell_scopes(
    likely: pd.DataFrame, touching: pd.DataFrame, scopes: pd.DataFrame, cell: str
) -> CellScopes:
    """Membership of cells in nation, bureaus and prefectures, by both assignments.

    Parameters
    ----------
    likely : DataFrame
        Column `cell` (each once, ascending), ``pref_code``, ``bureau_code``: where a
        cell counts under ``majority``. Not modified.
    touching : DataFrame
        The same columns, once for each prefecture that a cell touches: where it
        counts under ``touch``. Other cells are passed over. Not modified.
    scopes : DataFrame
        ``pref_code``, ``bureau_code`` of all prefectures.
    cell : str
        Name of the column with the mesh code.
    """
    codes = likely[cell].to_numpy("int64")
    touched = touching[touching[cell].isin(likely[cell])]
    names, columns = [("nation", "JP", "majority")], [np.ones(len(codes), "int64")]
    for kind, column in (("bureau", "bureau_code"), ("prefecture", "pref_code")):
        for assignment, pairs in (("majority", likely), ("touch", touched)):
            for code in sorted(scopes[column].unique()):
                inside = pairs.loc[pairs[column] == code, cell]
                names.append((kind, code, assignment))
                columns.append(np.isin(codes, inside).astype("int64"))
    return CellScopes(pd.DataFrame(names, columns=_SCOPE), np.stack(columns, axis=1))


def row_status(
    rows: pd.DataFrame, told: Sequence[str], filed: Sequence[str]
) -> npt.NDArray[np.str_]:
    """``ok``, or why a rate is null, from ``carrier`` and ``denominator_count``.

    Parameters
    ----------
    rows : DataFrame
        One row per rate. Not modified.
    told : sequence of str
        Carriers whose filings tell the cells; combined rests on them.
    filed : sequence of str
        Carriers with an accepted filing.
    """
    tells_cells = rows["carrier"].isin([*told, *([COMBINED] * bool(told))])
    is_filed = rows["carrier"].isin([*filed, COMBINED])
    is_empty = rows["denominator_count"] == 0
    return np.select(
        [~is_filed, ~tells_cells, is_empty],
        ["no_filing", "no_cells", "no_denominator"],
        "ok",
    )


def with_rates(rows: pd.DataFrame, target_share: Fraction) -> pd.DataFrame:
    """Rate, published percentage and cells needed, from the integer counts.

    Parameters
    ----------
    rows : DataFrame
        ``numerator_count`` (Int64), ``denominator_count``, ``status``. Not modified.
    target_share : Fraction
        Goal of the rate.

    Returns
    -------
    DataFrame
        `rows` with ``rate``, ``rate_pct_published`` and ``cells_needed_count``, null
        unless the status is ``ok``; the numerator is null too where nothing tells it.
    """
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
