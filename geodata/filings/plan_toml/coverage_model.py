"""``[coverage_model]`` in ``plan.toml``: how the coverage areas were computed."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from geodata.filings.filing_rules.registry import filing_rule
from geodata.filings.findings import FindingLog
from geodata.filings.handed_in.file_names import PLAN_FILE
from geodata.filings.plan_toml.plan_entries import plan_of, shape_fault

if TYPE_CHECKING:
    from geodata.filings.filing_rules.accepted import Filed

COVERAGE_MODEL_KEYS = {
    "method": str,
    "quantity": str,
    "threshold_dbm": float,
    "resolution_m": float,
    "receiver_height_m": float,
    "bands": str,
    "software": str,
    "note": str,
}
"""Keys of ``[coverage_model]``: the first four are needed."""

_NEEDED = ("method", "quantity", "threshold_dbm", "resolution_m")
_TABLE = "coverage_model"
_RANGES = {
    "threshold_dbm": (-160.0, 0.0),
    "resolution_m": (0.01, 1_000.0),
    "receiver_height_m": (0.01, 100.0),
}
"""Within which a number can be meant."""


@filing_rule("coverage_model_missing", tables=("coverage",))
def _coverage_model_missing(filed: "Filed", log: FindingLog) -> None:
    """Areas alone do not say from which level on a place counts as covered."""
    if plan_of(filed).coverage_model is None:
        log.add("coverage_model_missing", file=PLAN_FILE, column=_TABLE)


@filing_rule("coverage_model_unusable", tables=())
def _coverage_model_unusable(filed: "Filed", log: FindingLog) -> None:
    model = plan_of(filed).coverage_model
    fault = "" if model is None else _fault(model)
    if fault:
        told = {"value": model, "reason": fault}
        log.add("coverage_model_unusable", file=PLAN_FILE, column=_TABLE, **told)


def _fault(model: Mapping[str, Any]) -> str:
    """What is wrong with the table; empty: nothing."""
    if fault := shape_fault(model, COVERAGE_MODEL_KEYS, _NEEDED):
        return fault
    for key, value in model.items():
        low, high = _RANGES.get(key, (None, None))
        if low is None and not value.strip():
            return f"{key} is empty"
        if low is not None and not low <= value <= high:
            return f"{key} is not {low:g} to {high:g}"
    return ""
