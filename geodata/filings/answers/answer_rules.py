"""Rules on answers themselves: waivers that ran out, answers that met no finding."""

from collections.abc import Sequence
from datetime import date

from geodata.filings.answers.answer import ACKNOWLEDGED, Answer
from geodata.filings.answers.waivers import Waiver
from geodata.filings.catalogue import decides
from geodata.filings.findings import FindingLog
from geodata.filings.handed_in.file_names import PLAN_FILE
from geodata.filings.report import FilingReport


@decides("waiver_expired")
def waivers_in_force(
    waivers: Sequence[Waiver], today: date, log: FindingLog
) -> tuple[Answer, ...]:
    """Answers of the waivers that still hold on `today`; those that ran out are noted.

    One that was renewed, so that an equal one still holds, needs no word.
    """
    log.mark("waiver_expired")
    holding = [waiver for waiver in waivers if waiver.holds(today)]
    renewed = {waiver.scope for waiver in holding}
    for waiver in waivers:
        if not waiver.holds(today) and waiver.scope not in renewed:
            log.add(
                "waiver_expired",
                value=waiver.rule_id,
                expires_on=waiver.expires_on,
                reason=waiver.reason,
            )
    return tuple(waiver.answer() for waiver in holding)


@decides("acknowledged_unused", "waiver_unused")
def with_unused_answers(report: FilingReport) -> FilingReport:
    """Copy that also names the answers that met no finding, after all rules ran.

    Where the rule did not run, the answer may yet be needed: nothing is said.
    """
    log = FindingLog()
    log.mark("acknowledged_unused", "waiver_unused")
    for answer in report.answers.given:
        is_unused = answer not in report.answers.used
        if is_unused and answer.rule_id in report.rules_run:
            is_own = answer.state == ACKNOWLEDGED
            log.add(
                "acknowledged_unused" if is_own else "waiver_unused",
                file=PLAN_FILE if is_own else None,
                column="acknowledged" if is_own else None,
                value=answer.rule_id,
                reason=answer.reason,
            )
    return report.with_findings(log)
