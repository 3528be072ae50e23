"""The receipt of a filing as plain data: counts, first findings, cells."""

from datetime import date
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geodata.filings.answers.answer import ACKNOWLEDGED, OPEN, WAIVED
from geodata.filings.catalogue import ERROR, INFO, WARNING, Rule, rules_by_id
from geodata.filings.found import Findings
from geodata.filings.not_run import REASONS
from geodata.filings.report import FilingReport
from geodata.filings.tables.words import Words

FIRST_FINDINGS = 20
"""Findings that a receipt quotes at its head."""

FIRST_FINDINGS_BY_RULE = 100
"""Findings that a receipt quotes of each rule; the sheet holds all of them."""

_COUNTED_STATES = (OPEN, ACKNOWLEDGED, WAIVED)
_RANK = {ERROR: 0, WARNING: 1, INFO: 2}
_FINDING = (
    "file",
    "line",
    "column",
    "value",
    "rule_id",
    "severity",
    "state",
    "answer",
    "mesh2",
    "message_ja",
    "message_en",
)
_LINES = 1 << 40  # more than a file of a filing can have
_NO_ROWS = np.empty(0, np.int64)


def receipt(report: FilingReport) -> dict[str, Any]:
    """Receipt of a filing as plain data, ready for JSON.

    Parameters
    ----------
    report : FilingReport
        What reading the filing gave. Not modified.

    Returns
    -------
    dict
        ``filing``; ``error_count`` and the like; ``files`` (name, sha256,
        byte_count); ``tables`` (rows read, accepted, rejected);
        ``findings_by_rule`` (rule, counts by state, what, fix, source);
        ``first_findings`` and ``first_findings_by_rule`` (rule id to findings, open
        ones first); ``cells`` (secondary mesh to ``rejected_count`` and
        ``warned_count`` of its rows) and ``rows_without_cell`` (the same of rows
        without a usable place); ``rules_run``, ``rules_not_run``,
        ``reasons_not_run``. Dates are ISO text. A row counts as rejected for an
        ERROR that is not waived, else as warned for an open WARNING.
    """
    by_rule = findings_by_rule(report)
    cells, without_cell = _rows_by_cell(report)
    return {
        "filing": {key: _plain(value) for key, value in report.filing.items()},
        "error_count": report.error_count,
        "warning_count": report.warning_count,
        "info_count": report.info_count,
        "open_warning_count": report.open_warning_count,
        "acknowledged_count": sum(e["acknowledged_count"] for e in by_rule),
        "waived_count": report.waived_count,
        "files": [
            {"name": f.name, "sha256": f.sha256, "byte_count": f.byte_count}
            for f in report.files
        ],
        "tables": [
            {
                "table": count.table,
                "file": count.file,
                "read_count": count.read_count,
                "accepted_count": count.accepted_count,
                "rejected_count": count.rejected_count,
            }
            for count in report.table_counts
        ],
        "findings_by_rule": by_rule,
        "first_findings": first_findings(report),
        "first_findings_by_rule": first_findings_by_rule(report, by_rule),
        "cells": cells,
        "rows_without_cell": without_cell,
        "rules_run": list(report.rules_run),
        "rules_not_run": list(report.rules_not_run),
        "reasons_not_run": {
            rule_id: dict(REASONS[reason])
            for rule_id, reason in report.reasons_not_run.items()
        },
    }


def findings_by_rule(report: FilingReport) -> list[dict[str, Any]]:
    """Rules that found something: errors first, then by number of findings."""
    found = report.findings.select(["rule_id", "state"])
    counts = found.group_by(["rule_id", "state"]).aggregate([([], "count_all")])
    by_rule: dict[str, dict[str, int]] = {}
    for row in counts.to_pylist():
        by_rule.setdefault(row["rule_id"], {})[row["state"]] = row["count_all"]
    entries = [_entry(rules_by_id()[rule_id], n) for rule_id, n in by_rule.items()]
    return sorted(
        entries,
        key=lambda e: (_RANK[e["severity"]], -e["finding_count"], e["rule_id"]),
    )


def first_findings(report: FilingReport) -> list[dict[str, Any]]:
    """The first findings, errors before warnings before infos."""
    severity = report.findings["severity"]
    rows = [
        np.flatnonzero(pc.equal(severity, wanted).to_numpy())[:FIRST_FINDINGS]
        for wanted in (ERROR, WARNING, INFO)
    ]
    return _findings(report, np.concatenate(rows)[:FIRST_FINDINGS])


def _entry(rule: Rule, counts: dict[str, int]) -> dict[str, Any]:
    return {
        "rule_id": rule.id,
        "severity": rule.severity,
        "table": rule.table,
        "columns": list(rule.columns),
        "finding_count": sum(counts.values()),
        **{f"{state}_count": counts.get(state, 0) for state in _COUNTED_STATES},
        "what_en": rule.what_en,
        "what_ja": rule.what_ja,
        "fix_en": rule.fix("en"),
        "fix_ja": rule.fix("ja"),
        "source": rule.source,
    }


def first_findings_by_rule(
    report: FilingReport,
    by_rule: list[dict[str, Any]],
    count: int = FIRST_FINDINGS_BY_RULE,
) -> dict[str, list[dict[str, Any]]]:
    """Up to `count` findings of each rule of `findings_by_rule`, open ones first."""
    words = Words(report.findings["rule_id"].combine_chunks())
    number_of = {name: at for at, name in enumerate(words.names.to_pylist())}
    is_open = pc.equal(report.findings["state"], OPEN).to_numpy()
    rows = {
        entry["rule_id"]: _first_rows(
            words.codes == number_of[entry["rule_id"]], is_open, count
        )
        for entry in by_rule
    }
    chosen = iter(_findings(report, np.concatenate([_NO_ROWS, *rows.values()])))
    return {rule_id: list(islice(chosen, len(at))) for rule_id, at in rows.items()}


def _first_rows(is_meant: np.ndarray, is_open: np.ndarray, count: int) -> np.ndarray:
    wanted = np.flatnonzero(is_meant & is_open)[:count]
    rest = np.flatnonzero(is_meant & ~is_open)[: count - len(wanted)]
    return np.concatenate([wanted, rest])


def _findings(report: FilingReport, rows: np.ndarray) -> list[dict[str, Any]]:
    found = report.findings.take(rows).select(_FINDING)
    cell = pc.cast(found["mesh2"], pa.string())
    at = found.column_names.index("mesh2")
    return found.set_column(at, "mesh2", cell).to_pylist()


def _rows_by_cell(
    report: FilingReport,
) -> tuple[dict[str, dict[str, int]], dict[str, int]]:
    """Rejected and warned rows of each cell, and of no known cell."""
    found = _grave_on_rows(report.findings)
    is_error = np.array([part.rule.severity == ERROR for part in found.parts], bool)
    mesh2 = pc.fill_null(found["mesh2"], 0).to_numpy()
    rows, row = np.unique(_row_keys(found), return_inverse=True)
    is_rejected = np.bincount(row, is_error[found.part], len(rows)) > 0
    cell = np.zeros(len(rows), np.int64)
    cell[row[mesh2 > 0]] = mesh2[mesh2 > 0]
    cells, at = np.unique(cell, return_inverse=True)
    rejected = np.bincount(at[is_rejected], minlength=len(cells))
    warned = np.bincount(at[~is_rejected], minlength=len(cells))
    counted = {
        code: {"rejected_count": rejected_count, "warned_count": warned_count}
        for code, rejected_count, warned_count in zip(
            cells.tolist(), rejected.tolist(), warned.tolist(), strict=True
        )
    }
    without_cell = counted.pop(0, {"rejected_count": 0, "warned_count": 0})
    return {str(code): counts for code, counts in counted.items()}, without_cell


def _grave_on_rows(findings: Findings) -> Findings:
    """Open ERROR and WARNING findings that stand on a row."""
    severities = [part.rule.severity for part in findings.parts]
    is_grave = np.array([name != INFO for name in severities], bool)[findings.part]
    is_open = pc.equal(findings["state"], OPEN).to_numpy()
    return findings.filter(is_grave & is_open & findings["line"].is_valid().to_numpy())


def _row_keys(findings: Findings) -> np.ndarray:
    """A number for the row of each finding: the file's, then the line's."""
    files = [part.values["file"] or "" for part in findings.parts]
    file = np.unique(np.array(files, str), return_inverse=True)[1]
    return file[findings.part] * _LINES + findings["line"].to_numpy()


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
