"""The receipt of a filing: for JSON and for the screen, in Japanese and English."""

from collections import Counter
from datetime import date
from typing import Any

import pyarrow.compute as pc

from geodata.filings.catalogue import ERROR, INFO, WARNING, rules_by_id
from geodata.filings.report import FilingReport

FIRST_FINDINGS = 20
"""Findings that a receipt quotes; the workspace keeps all of them."""

_LABELS = {
    "en": {
        "receipt": "Receipt",
        "accepted": "accepted",
        "rejected": "rejected as a whole",
        "superseded": "superseded by another filing",
        "plan": "plan",
        "version": "version",
        "rules": "rules run {run}, not run {not_run}",
        "rows": "rows read {read}, accepted {accepted}, rejected {rejected}",
        "severities": "errors {errors}, warnings {warnings}, infos {infos}",
        "first": "first findings",
        "line": "line",
        "synthetic": "synthetic data, not a carrier's plan",
        "none": "no findings",
        "reason": "reason",
    },
    "ja": {
        "receipt": "受付票",
        "accepted": "受理",
        "rejected": "全体を不受理",
        "superseded": "別の提出物に置換え",
        "plan": "開設計画",
        "version": "版",
        "rules": "実施した規則 {run}、実施しなかった規則 {not_run}",
        "rows": "読込 {read} 行、受理 {accepted} 行、不受理 {rejected} 行",
        "severities": "エラー {errors}、警告 {warnings}、情報 {infos}",
        "first": "最初の指摘",
        "line": "行",
        "synthetic": "合成データであり、事業者の計画ではありません",
        "none": "指摘はありません",
        "reason": "理由",
    },
}


def receipt(report: FilingReport) -> dict[str, Any]:
    """Receipt of a filing as plain data, ready for JSON.

    Parameters
    ----------
    report : FilingReport
        What reading the filing gave. Not modified.

    Returns
    -------
    dict
        ``filing``, ``files`` (name, sha256, byte_count), ``tables`` (rows read,
        accepted, rejected), ``findings_by_rule`` (rule, severity, count, what, fix),
        ``rules_run``, ``rules_not_run``, ``first_findings``. Dates are ISO text.
    """
    return {
        "filing": {key: _plain(value) for key, value in report.filing.items()},
        "error_count": report.error_count,
        "warning_count": report.warning_count,
        "info_count": report.info_count,
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
        "findings_by_rule": _by_rule(report),
        "first_findings": _first_findings(report),
        "rules_run": list(report.rules_run),
        "rules_not_run": list(report.rules_not_run),
    }


def receipt_text(report: FilingReport, language: str = "en") -> str:
    """Receipt of a filing for the screen.

    Parameters
    ----------
    report : FilingReport
        What reading the filing gave. Not modified.
    language : {"en", "ja"}
        Language of labels and messages.

    Returns
    -------
    str
        Several lines, no markup; control characters of filed values are shown as
        escapes.

    Raises
    ------
    ValueError
        `language` is neither of the two.
    """
    if language not in _LABELS:
        raise ValueError(f"language '{language}' is not one of {sorted(_LABELS)}.")
    label = _LABELS[language]
    lines = [*_heading(report, label), *_counts(report, label)]
    by_rule = _by_rule(report)
    lines += [
        f"  {entry['severity']:<7} {entry['rule_id']} x {entry['finding_count']:,}: "
        f"{entry[f'what_{language}']}"
        for entry in by_rule
    ]
    lines += [label["first"] + ":" if by_rule else label["none"]]
    for finding in _first_findings(report):
        where = _where(finding, label["line"])
        message = finding[f"message_{language}"]
        lines.append(f"  {finding['severity']:<7} {where}{_printable(message)}")
    return "\n".join(lines)


def _heading(report: FilingReport, label: dict[str, str]) -> list[str]:
    filing = report.filing
    lines = [
        f"{label['receipt']}: {_printable(report.name)}: {label[report.status]}",
        f"  {filing['carrier']}, {label['plan']} {filing['plan_id']}, "
        f"{label['version']} {filing['plan_version']}",
        f"  SHA-256 {filing['sha256']}",
    ]
    if filing["status_reason"]:
        lines.append(f"  {label['reason']}: {_printable(filing['status_reason'])}")
    if filing["is_synthetic"]:
        lines.append(f"  {label['synthetic']}")
    return [_printable(line) for line in lines]


def _counts(report: FilingReport, label: dict[str, str]) -> list[str]:
    lines = []
    for count in report.table_counts:
        rows = label["rows"].format(
            read=f"{count.read_count:,}",
            accepted=f"{count.accepted_count:,}",
            rejected=f"{count.rejected_count:,}",
        )
        lines.append(f"  {count.file}: {rows}")
    lines.append(
        "  "
        + label["rules"].format(
            run=len(report.rules_run), not_run=len(report.rules_not_run)
        )
    )
    severities = label["severities"].format(
        errors=f"{report.error_count:,}",
        warnings=f"{report.warning_count:,}",
        infos=f"{report.info_count:,}",
    )
    return [*lines, f"  {severities}"]


def _by_rule(report: FilingReport) -> list[dict[str, Any]]:
    counts = Counter(report.findings["rule_id"].to_pylist())
    found = [(rules_by_id()[rule_id], count) for rule_id, count in counts.items()]
    rank = {ERROR: 0, WARNING: 1, INFO: 2}
    found.sort(key=lambda pair: (rank[pair[0].severity], -pair[1], pair[0].id))
    return [
        {
            "rule_id": rule.id,
            "severity": rule.severity,
            "finding_count": count,
            "what_en": rule.what_en,
            "what_ja": rule.what_ja,
            "fix_en": rule.fix_en,
            "fix_ja": rule.fix_ja,
        }
        for rule, count in found
    ]


def _first_findings(report: FilingReport) -> list[dict[str, Any]]:
    """The first findings, errors before warnings before infos."""
    names = ["file", "line", "column", "value", "rule_id", "severity"]
    names += ["message_ja", "message_en"]
    chosen: list[dict[str, Any]] = []
    for severity in (ERROR, WARNING, INFO):
        wanted = report.findings.filter(_is(report, severity)).select(names)
        chosen += wanted.slice(0, FIRST_FINDINGS - len(chosen)).to_pylist()
    return chosen


def _is(report: FilingReport, severity: str) -> Any:  # noqa: ANN401 - Arrow mask
    return pc.equal(report.findings["severity"], severity)


def _where(finding: dict[str, Any], line_label: str) -> str:
    parts = [finding["file"]]
    if finding["line"] is not None:
        parts.append(f"{line_label} {finding['line']}")
    where = " ".join(part for part in parts if part)
    return f"{_printable(where)}: " if where else ""


def _printable(text: str) -> str:
    """Show control characters as escapes, so that a value cannot steer a terminal."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in text
    )


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
