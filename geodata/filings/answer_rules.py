"""Rules on answers themselves: waivers that ran out, answers that met no finding."""

from collections.abc import Sequence
from datetime import date

from geodata.filings.answers import ACKNOWLEDGED, Answer
from geodata.filings.catalogue import decides
from geodata.filings.findings import FindingLog
from geodata.filings.package import PLAN_FILE
from geodata.filings.report import FilingReport
from geodata.filings.waivers import Waiver

_UNUSED = {ACKNOWLEDGED: "acknowledged_unused"}


@decides("waiver_expired")
def waivers_in_force(
    waivers: Sequence[Waiver], today: date, log: FindingLog
) -> tuple[Answer, ...]:
    """Answers of the waivers that still hold on `today`; the others are noted."""
    log.mark("waiver_expired")
    answers = []
    for waiver in waivers:
        if today <= waiver.expires_on:
            answers.append(waiver.answer())
        else:
            log.add(
                "waiver_expired",
                value=waiver.rule_id,
                expires_on=waiver.expires_on,
                reason=waiver.reason,
            )
    return tuple(answers)


@decides("acknowledged_unused", "waiver_unused")
def with_unused_answers(report: FilingReport) -> FilingReport:
    """Copy that also names the answers that met no finding, after all rules ran."""
    log = FindingLog()
    log.mark("acknowledged_unused", "waiver_unused")
    for answer in report.answers.given:
        if answer not in report.answers.used:
            is_own = answer.state == ACKNOWLEDGED
            log.add(
                _UNUSED.get(answer.state, "waiver_unused"),
                file=PLAN_FILE if is_own else None,
                column="acknowledged" if is_own else None,
                value=answer.rule_id,
                reason=answer.reason,
            )
    return report.with_findings(log)
