"""The receipt of a filing for the screen, in Japanese and English."""

from collections import defaultdict
from typing import Any

from geodata.filings.answers.answer import ACKNOWLEDGED, WAIVED
from geodata.filings.handed_in.file_names import COVERAGE_FILES
from geodata.filings.not_run import REASONS
from geodata.filings.receipt.data import findings_by_rule, first_findings_by_rule
from geodata.filings.receipt.next_steps import next_steps
from geodata.filings.receipt.printable import printable
from geodata.filings.report import FilingReport

_IDS_SHOWN = 5
_FINDINGS_SHOWN = 3  # of each rule; the page and the sheet hold more
_SEVERITY_WIDTH = 7

_LABELS = {
    "en": {
        "receipt": "Receipt",
        "accepted": "accepted",
        "partial": "accepted, some rows rejected",
        "rejected": "rejected as a whole",
        "superseded": "superseded by another filing",
        "plan": "plan",
        "version": "version",
        "rules": "rules run {run}, not run {not_run}",
        "rows": "rows read {read}, accepted {accepted}, rejected {rejected}",
        "severities": "errors {errors}, warnings {warnings} (open {open}), "
        "infos {infos}",
        ACKNOWLEDGED: "acknowledged",
        WAIVED: "waived",
        "by_rule": "findings by rule",
        "line": "line",
        "feature": "feature",
        "synthetic": "synthetic data, not a carrier's plan",
        "none": "no findings",
        "reason": "reason",
        "not_run": "rules that did not run",
        "next": "next",
    },
    "ja": {
        "receipt": "受付票",
        "accepted": "受理",
        "partial": "受理(一部の行は不受理)",
        "rejected": "全体を不受理",
        "superseded": "別の提出物に置換え",
        "plan": "開設計画",
        "version": "版",
        "rules": "実施した規則 {run}、実施しなかった規則 {not_run}",
        "rows": "読込 {read} 行、受理 {accepted} 行、不受理 {rejected} 行",
        "severities": "エラー {errors}、警告 {warnings}(未対応 {open})、情報 {infos}",
        ACKNOWLEDGED: "了知",
        WAIVED: "免除",
        "by_rule": "規則ごとの指摘",
        "line": "行",
        "feature": "地物",
        "synthetic": "合成データであり、事業者の計画ではありません",
        "none": "指摘はありません",
        "reason": "理由",
        "not_run": "実施しなかった規則",
        "next": "次にすること",
    },
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
    lines = [
        *_heading(report, label),
        *_counts(report, label),
        *_findings(report, label, language),
        *_not_run(report, label, language),
        label["next"] + ":",
        *(f"  {getattr(step, language)}" for step in next_steps(report)),
    ]
    return "\n".join(printable(line) for line in lines)


def _heading(report: FilingReport, label: dict[str, str]) -> list[str]:
    filing = report.filing
    status = label["partial" if report.is_partial else report.status]
    lines = [f"{label['receipt']}: {report.name}: {status}"]
    if report.plan is not None:
        lines.append(
            f"  {report.carrier}, {label['plan']} {report.plan_id}, "
            f"{label['version']} {report.plan_version}"
        )
    lines.append(f"  SHA-256 {filing['sha256']}")
    if filing["status_reason"]:
        lines.append(f"  {label['reason']}: {filing['status_reason']}")
    if filing["is_synthetic"]:
        lines.append(f"  {label['synthetic']}")
    return lines


def _counts(report: FilingReport, label: dict[str, str]) -> list[str]:
    lines = []
    for count in report.table_counts:
        rows = label["rows"].format(
            read=f"{count.read_count:,}",
            accepted=f"{count.accepted_count:,}",
            rejected=f"{count.rejected_count:,}",
        )
        lines.append(f"  {count.file}: {rows}")
    rules = label["rules"].format(
        run=len(report.rules_run), not_run=len(report.rules_not_run)
    )
    severities = label["severities"].format(
        errors=f"{report.error_count:,}",
        warnings=f"{report.warning_count:,}",
        open=f"{report.open_warning_count:,}",
        infos=f"{report.info_count:,}",
    )
    return [*lines, f"  {severities}", f"  {rules}"]


def _findings(report: FilingReport, label: dict[str, str], language: str) -> list[str]:
    """Each rule that found something, with its count and its first findings."""
    by_rule = findings_by_rule(report)
    if not by_rule:
        return [label["none"]]
    first = first_findings_by_rule(report, by_rule, _FINDINGS_SHOWN)
    width = max(len(f"{entry['finding_count']:,}") for entry in by_rule)
    lines = [label["by_rule"] + ":"]
    for entry in by_rule:
        lines.append(_rule_line(entry, label, language, width))
        lines += [_finding_line(f, label, language) for f in first[entry["rule_id"]]]
    return lines


def _rule_line(
    entry: dict[str, Any], label: dict[str, str], language: str, width: int
) -> str:
    answered = [
        f"{label[state]} {entry[f'{state}_count']:,}"
        for state in (ACKNOWLEDGED, WAIVED)
        if entry[f"{state}_count"]
    ]
    states = f" ({', '.join(answered)})" if answered else ""
    return (
        f"  {entry['severity']:<{_SEVERITY_WIDTH}} {entry['finding_count']:>{width},}"
        f" {entry['rule_id']}{states}: {entry[f'what_{language}']}"
    )


def _finding_line(finding: dict[str, Any], label: dict[str, str], language: str) -> str:
    unit = label["feature" if finding["file"] in COVERAGE_FILES else "line"]
    line = "" if finding["line"] is None else f"{unit} {finding['line']}"
    where = " ".join(part for part in (finding["file"], line) if part)
    state = f"[{label[finding['state']]}] " if finding["state"] in label else ""
    message = finding[f"message_{language}"]
    return f"    {state}{where}{': ' if where else ''}{message}"


def _not_run(report: FilingReport, label: dict[str, str], language: str) -> list[str]:
    """Rules that never ran, by reason; named where they are few."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    for rule_id, reason in report.reasons_not_run.items():
        by_reason[reason].append(rule_id)
    lines = [label["not_run"] + ":"] if by_reason else []
    for reason, rule_ids in by_reason.items():
        ids = f" ({', '.join(rule_ids)})" if len(rule_ids) <= _IDS_SHOWN else ""
        lines.append(f"  {len(rule_ids)}: {REASONS[reason][language]}{ids}")
    return lines
