"""Findings of a run without the rows themselves: what may leave the workspace."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

OUTSIDE_TARGET = "outside_target"
"""Rule id: qualifying advanced stations outside the target meshes."""

_PUBLIC_KEYS = (
    "filing",
    "error_count",
    "warning_count",
    "info_count",
    "open_warning_count",
    "acknowledged_count",
    "waived_count",
    "files",
    "tables",
    "findings_by_rule",
    "rules_run",
    "rules_not_run",
    "reasons_not_run",
)
"""Parts of a receipt that hold no row: a list of what may leave, so nothing slips."""

_KEY = ["carrier", "plan_id", "rule_id", "severity"]
_STATES = ("open", "acknowledged", "waived")


def findings_summary(
    findings: pd.DataFrame,
    outside_target: pd.DataFrame,
    *,
    is_synthetic: bool,
) -> pd.DataFrame:
    """Number of findings per filing and rule, as ``out.rejected_row_summary``.

    Those that are open, acknowledged by the carrier or waived by the ministry are
    counted apart; what only informs is none of the three.

    Parameters
    ----------
    findings : DataFrame
        Rows of ``raw.rejected_row``. Not modified.
    outside_target : DataFrame
        ``carrier``, ``plan_id``, ``row_count`` of stations outside the denominator.
    is_synthetic : bool
        Any input of the run is synthetic.
    """
    in_state = {f"{name}_count": findings["state"] == name for name in _STATES}
    marked = findings[_KEY].assign(row_count=1, **in_state)
    by_rule = marked.groupby(_KEY, dropna=False, as_index=False).sum()
    outside = outside_target.assign(rule_id=OUTSIDE_TARGET, severity="INFO")
    outside = outside.assign(**dict.fromkeys(in_state, 0))
    summary = pd.concat([by_rule, outside], ignore_index=True)
    counts = dict.fromkeys(["row_count", *in_state], "int64")
    return summary.astype(counts).assign(is_synthetic=is_synthetic)


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
