"""``[[national_total]]`` in ``plan.toml``: nationwide totals of the carrier's own."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from geodata.filings.filing_rules.accepted import Filed
from geodata.filings.filing_rules.registry import filing_rule
from geodata.filings.filing_rules.totals_rules import BOTH, RATE, complete_sums
from geodata.filings.filing_rules.year_counts import ROUNDING, YEARS, percent_half_up
from geodata.filings.findings import FindingLog
from geodata.filings.handed_in.file_names import PLAN_FILE
from geodata.filings.plan_toml.plan_entries import MAX_COUNT, plan_of, shape_fault

NATIONAL_TOTAL_KEYS = {
    "fiscal_year": int,
    "n_advanced": int,
    "n_ordinary": int,
    "base_deployment_cell_count": int,
    RATE: float,
}
"""Keys of one ``[[national_total]]``: the first needed, and at least one other."""

_CELLS = "base_deployment_cell_count"


@dataclass(frozen=True)
class _Total:
    """One usable entry: where it stands, its year, and its numbers by quantity."""

    place: str
    fiscal_year: int
    values: dict[str, float]


@dataclass(frozen=True)
class _Other:
    """What a filed total is held against, and what it was counted from."""

    value: float
    counted: str
    tolerance: float = 0.0


@filing_rule("national_total_unusable", tables=())
def _national_total_unusable(filed: Filed, log: FindingLog) -> None:
    for at, entry, fault in _entries(filed):
        if fault:
            log.add(
                "national_total_unusable",
                file=PLAN_FILE,
                column=f"national_total[{at}]",
                value=entry,
                reason=fault,
            )


@filing_rule("national_total_differs", tables=())
def _national_total_differs(filed: Filed, log: FindingLog) -> None:
    """Filed nationwide totals against the finest rows and the sum of prefectures."""
    for total in _totals(filed):
        others = (_from_rows(filed, total), _from_prefectures(filed, total))
        for quantity, other in ((q, o) for part in others for q, o in part.items()):
            given = total.values.get(quantity)
            if given is not None and _differ(given, other):
                log.add(
                    "national_total_differs",
                    file=PLAN_FILE,
                    column=total.place,
                    value=given,
                    fiscal_year=total.fiscal_year,
                    quantity=quantity,
                    computed=other.value,
                    difference=round(given - other.value, 1),
                    counted=other.counted,
                )


@filing_rule("national_rate_differs", tables=())
def _national_rate_differs(filed: Filed, log: FindingLog) -> None:
    """The filed cell count over the target meshes against the filed rate."""
    tolerance = filed.options.tolerances.rate_points
    for total in _totals(filed):
        if not {_CELLS, RATE} <= set(total.values):
            continue
        targets = filed.year_counts.targets
        cells, rate = int(total.values[_CELLS]), total.values[RATE]
        computed = _percent(cells, len(targets.mesh2))
        if _differ(rate, _Other(computed, targets.source, tolerance)):
            log.add(
                "national_rate_differs",
                file=PLAN_FILE,
                column=total.place,
                value=rate,
                fiscal_year=total.fiscal_year,
                cells=cells,
                denominator=len(targets.mesh2),
                denominator_source=targets.source,
                computed=computed,
            )


def _from_rows(filed: Filed, total: _Total) -> dict[str, _Other]:
    """What the finest table gives; nothing of prefecture totals or a year left out."""
    counts, year = filed.year_counts, total.fiscal_year - YEARS[0]
    if not (counts.has_cells and counts.is_filed[year]):
        return {}
    served, target_count = int(counts.served[:, year].sum()), len(counts.targets.mesh2)
    fraction = f"{counts.file}: {served}/{target_count} {counts.targets.source}"
    rate_points = filed.options.tolerances.rate_points
    return {
        "n_advanced": _Other(int(counts.nation.advanced[0, year]), counts.file),
        BOTH: _Other(int(counts.nation.station[0, year]), counts.file),
        _CELLS: _Other(served, fraction),
        RATE: _Other(_percent(served, target_count), fraction, rate_points),
    }


def _from_prefectures(filed: Filed, total: _Total) -> dict[str, _Other]:
    """What the 47 prefecture totals of the year add up to, where all are filed."""
    if not filed.has("prefecture_counts"):
        return {}
    sums = complete_sums(filed)
    if total.fiscal_year not in sums.index:
        return {}
    row = sums.loc[total.fiscal_year]
    file = str(filed.prefecture_counts["file"].iloc[0])
    return {
        "n_advanced": _Other(int(row["advanced"]), file),
        BOTH: _Other(int(row["station"]), file),
    }


def _differ(given: float, other: _Other) -> bool:
    return abs(given - other.value) > other.tolerance + ROUNDING


def _percent(numerator: int, denominator: int) -> float:
    return float(percent_half_up(numerator, denominator))


def _totals(filed: Filed) -> Iterator[_Total]:
    for at, entry, fault in _entries(filed):
        if not fault:
            names = ("n_advanced", _CELLS, RATE)
            values = {name: entry[name] for name in names if name in entry}
            if "n_ordinary" in entry:
                values[BOTH] = entry["n_advanced"] + entry["n_ordinary"]
            yield _Total(f"national_total[{at}]", entry["fiscal_year"], values)


def _entries(filed: Filed) -> Iterator[tuple[int, Any, str]]:
    """Number of each entry, the entry, and what is wrong with it (empty: nothing)."""
    years: set[int] = set()
    for at, entry in enumerate(plan_of(filed).national_totals, 1):
        fault = shape_fault(entry, NATIONAL_TOTAL_KEYS, ("fiscal_year",))
        fault = fault or _value_fault(entry)
        if not fault and entry["fiscal_year"] in years:
            fault = "fiscal_year was given before"
        if not fault:
            years.add(entry["fiscal_year"])
        yield at, entry, fault


def _value_fault(entry: dict[str, Any]) -> str:
    if len(entry) == 1:
        return "no total"
    for key in set(entry) - {"fiscal_year", RATE}:
        if not 0 <= entry[key] <= MAX_COUNT:
            return f"{key} is not 0 to {MAX_COUNT}"
    if not 0 <= entry.get(RATE, 0) <= 100:
        return f"{RATE} is not 0 to 100"
    if "n_ordinary" in entry and "n_advanced" not in entry:
        return "n_ordinary without n_advanced"
    return ""
