"""Findings of a run without the rows themselves: what may leave the workspace."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

OUTSIDE_TARGET = "outside_target"
"""Rule id: qualifying advanced stations outside the target meshes."""

_KEY = ["carrier", "plan_id", "rule_id", "severity"]


def findings_summary(
    findings: pd.DataFrame, outside_target: pd.DataFrame, *, is_synthetic: bool
) -> pd.DataFrame:
    """Number of findings per filing and rule, as ``out.rejected_row_summary``.

    Parameters
    ----------
    findings : DataFrame
        Rows of ``raw.rejected_row``. Not modified.
    outside_target : DataFrame
        ``carrier``, ``plan_id``, ``row_count`` of stations outside the denominator.
    is_synthetic : bool
        Any input of the run is synthetic.
    """
    by_rule = findings.groupby(_KEY, dropna=False).size().rename("row_count")
    outside = outside_target.assign(rule_id=OUTSIDE_TARGET, severity="INFO")
    summary = pd.concat([by_rule.reset_index(), outside], ignore_index=True)
    return summary.astype({"row_count": "int64"}).assign(is_synthetic=is_synthetic)


def without_rows(
    receipts: Mapping[str, Mapping[str, Any]],
) -> dict[str, dict[str, Any]]:
    """Receipts with counts by rule only: row values stay in the workspace."""
    return {
        name: {key: value for key, value in receipt.items() if key != "findings"}
        for name, receipt in receipts.items()
    }
