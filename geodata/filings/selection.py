"""Which of several filings count: the newest version of each plan, each key once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from geodata.filings.catalogue import decides
from geodata.filings.findings import FindingLog
from geodata.filings.report import (
    REJECTED,
    SUPERSEDED,
    FilingReport,
)
from geodata.filings.tables.layout import TABLES, FiledTable

_VERSION_RULE = "plan_version_unique"
_KEY_RULE = "key_in_other_plan"


def select_filings(reports: Sequence[FilingReport]) -> list[FilingReport]:
    """Settle which filings and rows count, by the rules across filings.

    Parameters
    ----------
    reports : sequence of FilingReport
        Every filing read, in any order. Not modified.

    Returns
    -------
    list of FilingReport
        All of them, by carrier, plan, version and name. Of each plan the highest
        accepted version keeps its status, lower ones and identical copies become
        ``superseded``. The same version with other content is rejected from the
        later filing (by day submitted, then name). A key that stands in several
        plans of one carrier stays in the earlier plan only.
    """
    ran = FindingLog()
    ran.mark(_VERSION_RULE, _KEY_RULE)
    settled = [report.with_findings(ran) for report in sorted(reports, key=_order)]
    settled = _one_content_per_version(settled)
    settled = _newest_versions(settled)
    return _keys_once(settled)


def _order(report: FilingReport) -> tuple[Any, ...]:
    filing = report.filing
    return (
        filing["carrier"] or "",
        filing["plan_id"] or "",
        filing["plan_version"] or 0,
        filing["submitted_on"] or date.max,
        filing["name"],
        filing["sha256"],
    )


def _version(report: FilingReport) -> tuple[Any, ...]:
    return report.carrier, report.plan_id, report.plan_version


@decides("plan_version_unique")
def _one_content_per_version(reports: list[FilingReport]) -> list[FilingReport]:
    first: dict[tuple[Any, ...], FilingReport] = {}
    settled = []
    for report in reports:
        if report.is_accepted:
            kept = first.setdefault(_version(report), report)
            is_first = kept is report
            settled.append(report if is_first else _repeated_version(report, kept))
        else:
            settled.append(report)
    return settled


def _repeated_version(report: FilingReport, kept: FilingReport) -> FilingReport:
    if report.filing["sha256"] == kept.filing["sha256"]:
        return _with_status(report, SUPERSEDED, f"identical to {kept.name}")
    log = FindingLog(report.answers)
    version = f"{report.plan_id} version {report.plan_version}"
    log.add(_VERSION_RULE, column="plan_version", value=version, other=kept.name)
    return _rejected(report.with_findings(log), _VERSION_RULE)


def _newest_versions(reports: list[FilingReport]) -> list[FilingReport]:
    newest: dict[tuple[Any, ...], int] = {}
    for report in reports:
        if report.is_accepted:
            newest[_version(report)[:2]] = report.plan_version or 0
    return [
        _with_status(report, SUPERSEDED, f"version {newest[_version(report)[:2]]}")
        if report.is_accepted and report.plan_version != newest[_version(report)[:2]]
        else report
        for report in reports
    ]


@decides("key_in_other_plan")
def _keys_once(reports: list[FilingReport]) -> list[FilingReport]:
    settled = list(reports)
    by_day = sorted(range(len(settled)), key=lambda at: _plan_order(settled[at]))
    for table in TABLES:
        taken: dict[str, pd.Series] = {}
        held = [at for at in by_day if _holds(settled[at], table)]
        plans = Counter(settled[at].carrier for at in held)
        for at in held:
            if plans[settled[at].carrier] > 1:
                settled[at] = _without_taken(settled[at], table, taken)
    return settled


def _holds(report: FilingReport, table: FiledTable) -> bool:
    return report.is_accepted and table.stem in report.tables()


def _plan_order(report: FilingReport) -> tuple[Any, ...]:
    return (report.filing["submitted_on"] or date.max, *_order(report))


def _without_taken(
    report: FilingReport, table: FiledTable, taken: dict[str, pd.Series]
) -> FilingReport:
    """Reject rows whose key an earlier plan holds; note the others as taken."""
    data = report.tables()[table.stem]
    index = _keys(data, table)
    before = taken.get(str(report.carrier))
    own = pd.Series(report.plan_id, index=index)
    if before is None:
        taken[str(report.carrier)] = own
        return report
    is_taken = index.isin(before.index)
    taken[str(report.carrier)] = pd.concat([before, own[~is_taken]])
    if not is_taken.any():
        return report
    holders = before.loc[index[is_taken]].to_numpy()
    return _reject_rows(report, table, data, is_taken, holders)


def _keys(data: pa.Table, table: FiledTable) -> pd.MultiIndex:
    return pd.MultiIndex.from_arrays(
        [data[name].to_numpy(zero_copy_only=False) for name in table.key]
    )


def _reject_rows(
    report: FilingReport,
    table: FiledTable,
    data: pa.Table,
    is_taken: np.ndarray,
    holders: np.ndarray,
) -> FilingReport:
    log = FindingLog(report.answers)
    bad = data.filter(pa.array(is_taken))
    keys = [", ".join(str(part) for part in row) for row in _keys(bad, table)]
    log.add_rows(
        _KEY_RULE,
        bad["line"].to_numpy(),
        file=data["file"][0].as_py(),
        column=table.key[0],
        values=pa.array([str(value) for value in bad[table.key[0]].to_pylist()]),
        key=pa.array(keys),
        other=pa.array(holders, pa.string()),
    )
    kept = data.filter(pa.array(~is_taken))
    counts = tuple(
        replace(count, accepted_count=len(kept)) if count.table == table.stem else count
        for count in report.table_counts
    )
    report = replace(report, **{table.stem: kept}, table_counts=counts)
    return _recounted(report.with_findings(log))


def _with_status(report: FilingReport, status: str, reason: str) -> FilingReport:
    filing = {**report.filing, "status": status, "status_reason": reason}
    return replace(report, filing=filing)


def _rejected(report: FilingReport, reason: str) -> FilingReport:
    counts = tuple(replace(count, accepted_count=0) for count in report.table_counts)
    report = replace(
        report,
        stations=None,
        mesh_counts=None,
        prefecture_counts=None,
        coverage=None,
        table_counts=counts,
    )
    return _recounted(_with_status(report, REJECTED, reason))


def _recounted(report: FilingReport) -> FilingReport:
    accepted = sum(count.accepted_count for count in report.table_counts)
    filing = {
        **report.filing,
        "accepted_count": accepted,
        "rejected_count": report.filing["read_count"] - accepted,
        "warning_count": report.warning_count,
    }
    return replace(report, filing=filing)
