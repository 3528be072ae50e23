"""Findings of a run without the rows themselves: what may leave the workspace."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

OUTSIDE_TARGET = "outside_target"
"""Rule id: qualifying advanced stations outside the target meshes."""

CONTROL_TOTAL = "control_total_differs"
"""Rule id: a filed prefecture total that its finer rows do not add up to."""

_PUBLIC_KEYS = (
    "filing",
    "error_count",
    "warning_count",
    "info_count",
    "files",
    "tables",
    "findings_by_rule",
    "rules_run",
    "rules_not_run",
)
"""Parts of a receipt that hold no row: a list of what may leave, so nothing slips."""

_KEY = ["carrier", "plan_id", "rule_id", "severity"]


def findings_summary(
    findings: pd.DataFrame,
    outside_target: pd.DataFrame,
    control_totals: pd.DataFrame,
    *,
    is_synthetic: bool,
) -> pd.DataFrame:
    """Number of findings per filing and rule, as ``out.rejected_row_summary``.

    Parameters
    ----------
    findings : DataFrame
        Rows of ``raw.rejected_row``. Not modified.
    outside_target : DataFrame
        ``carrier``, ``plan_id``, ``row_count`` of stations outside the denominator.
    control_totals : DataFrame
        Rows of ``core.control_total``.
    is_synthetic : bool
        Any input of the run is synthetic.
    """
    by_rule = findings.groupby(_KEY, dropna=False).size().rename("row_count")
    outside = outside_target.assign(rule_id=OUTSIDE_TARGET, severity="INFO")
    differs = ~control_totals["is_equal"].fillna(True).astype(bool)
    control = control_totals[differs].groupby(["carrier", "plan_id"]).size()
    control = control.rename("row_count").reset_index()
    control = control.assign(rule_id=CONTROL_TOTAL, severity="WARNING")
    summary = pd.concat([by_rule.reset_index(), outside, control], ignore_index=True)
    return summary.astype({"row_count": "int64"}).assign(is_synthetic=is_synthetic)


def without_rows(
    receipts: Mapping[str, Mapping[str, Any]],
) -> dict[str, dict[str, Any]]:
    """Receipts with counts by rule only: row values stay in the workspace."""
    return {
        name: {key: receipt[key] for key in _PUBLIC_KEYS}
        for name, receipt in receipts.items()
    }


def has_rejected_rows(rejected: pd.DataFrame | None, source: str) -> bool:
    """Whether rows of an official source were left out.

    Parameters
    ----------
    rejected : DataFrame, optional
        Rows of ``raw.rejected_source_row``; None: there are none.
    source : str
        Its name in the register of sources.
    """
    if rejected is None:
        return False
    is_own = rejected["source"] == source
    return bool((is_own & (rejected["severity"] == "ERROR")).any())
