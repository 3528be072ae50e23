"""What the carrier does next, in plain words, and the lines to paste for it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from geodata.filings.catalogue import WARNING
from geodata.filings.report import REJECTED, SUPERSEDED, FilingReport


class Sentence(NamedTuple):
    """The same sentence in both languages."""

    ja: str
    en: str


def next_steps(report: FilingReport) -> list[Sentence]:
    """What the carrier does next.

    Parameters
    ----------
    report : FilingReport
        What reading the filing gave. Not modified.

    Returns
    -------
    list of Sentence
        At least one. Filed text in it is not made printable yet.
    """
    if report.status == SUPERSEDED:
        return [_superseded(str(report.filing["status_reason"]))]
    steps = []
    if report.status == REJECTED:
        steps.append(_REJECTED)
    elif report.error_count:
        steps.append(_errors(report.error_count, report.filing["rejected_count"]))
    if report.open_warning_count:
        steps.append(_warnings(report.open_warning_count))
    if len(report.repairs):
        steps.append(_repairs(report.name))
    return steps or [_NOTHING]


def acknowledgement_lines(by_rule: Sequence[dict[str, Any]]) -> str:
    """TOML for ``plan.toml`` that acknowledges every open warning, reasons left empty.

    Parameters
    ----------
    by_rule : sequence of dict
        As in the receipt (``findings_by_rule``).

    Returns
    -------
    str
        Empty where nothing is open. An empty reason acknowledges nothing, so pasting
        alone closes no warning. Faults of ``acknowledged`` itself are left out.
    """
    entries = [
        f'  {{ rule = "{entry["rule_id"]}", reason = "" }},  # {entry["open_count"]:,}'
        for entry in by_rule
        if entry["severity"] == WARNING
        and entry["open_count"]
        and entry["columns"] != ["acknowledged"]
    ]
    return "\n".join(["acknowledged = [", *entries, "]"]) if entries else ""


_NOTHING = Sentence("対応することはありません。", "There is nothing to do.")
_REJECTED = Sentence(
    "提出物の全体を不受理としました。エラーを修正し、提出し直してください。",
    "The filing as a whole is rejected. Mend the errors and hand it in again.",
)


def _superseded(reason: str) -> Sentence:
    return Sentence(
        f"別の提出物に置き換えられています({reason})。対応することはありません。",
        f"Another filing takes its place ({reason}). There is nothing to do.",
    )


def _errors(error_count: int, row_count: int) -> Sentence:
    return Sentence(
        f"エラーが {error_count:,} 件あり、{row_count:,} 行は集計に使いません。"
        "修正し、plan_version を上げて提出し直してください。",
        f"Errors: {error_count:,}; rows that are not used: {row_count:,}. "
        "Mend them, raise plan_version and hand the filing in again.",
    )


def _repairs(name: str) -> Sentence:
    return Sentence(
        "無効な図形がありました。kiban check が提出物と同じ場所に書く "
        f"{name}.repairs.gpkg で修復前後の図形と面積の差を確かめてください。",
        "Some areas were invalid. Look at them before and after repair, with the "
        f"change of area, in {name}.repairs.gpkg, which kiban check writes beside "
        "the filing.",
    )


def _warnings(count: int) -> Sentence:
    return Sentence(
        f"未対応の警告が {count:,} 件あります。誤りは修正し、正しい値については"
        "理由を plan.toml の acknowledged に書いてください。",
        f"Open warnings: {count:,}. Mend what is wrong; where the value is right, "
        "give the reason under acknowledged in plan.toml.",
    )
