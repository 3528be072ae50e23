"""Check filings: each by itself, against its last version, and across carriers."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from geodata.filings import (
    answer_rules,
    carrier_rules,
    density_rules,
    growth_rules,
    history_rules,
    place_rules,
    published_rules,
    totals_rules,
)
from geodata.filings.accepted import Filed
from geodata.filings.filing_rules import run_carrier_rules, run_filing_rules
from geodata.filings.finding_filings import find_filings
from geodata.filings.options import CheckOptions
from geodata.filings.reading import read_filing
from geodata.filings.report import SUPERSEDED, FilingReport
from geodata.filings.selection import select_filings

RULE_MODULES = (
    answer_rules,
    carrier_rules,
    density_rules,
    growth_rules,
    history_rules,
    place_rules,
    published_rules,
    totals_rules,
)
"""Modules whose rules are found by registration, not by name."""


def check_filings(
    paths: Sequence[Path],
    *,
    today: date,
    options: CheckOptions | None = None,
    previous: Path | None = None,
) -> list[FilingReport]:
    """Read every filing that `paths` name and run every rule.

    Parameters
    ----------
    paths : sequence of Path
        Filings, or folders of filings (see :func:`find_filings`).
    today : date
        Last day on which a filing can have been submitted, and the day on which
        waivers must hold.
    options : CheckOptions, optional
        Limits, tolerances, waivers, consent to repairs.
    previous : Path, optional
        The last accepted version of the plan, where only one filing is checked. Among
        several filings the next lower accepted version of the same plan is used.

    Returns
    -------
    list of FilingReport
        One for each filing, by carrier, plan, version and name, after the rules of
        selection (:func:`select_filings`).

    Raises
    ------
    FilingError
        There is nothing at a path, or no filing in it.
    """
    options = options or CheckOptions()
    found = find_filings(paths)
    reports = [read_filing(path, today=today, options=options) for path in found]
    settled = select_filings(reports)
    earlier = [report for report in settled if report.status == SUPERSEDED]
    if previous is not None:
        earlier.append(read_filing(previous, today=today, options=options))
    in_force = {
        at: Filed(report, options, _last_version(report, earlier, options))
        for at, report in enumerate(settled)
        if report.is_accepted
    }
    for filed in in_force.values():
        run_filing_rules(filed)
    run_carrier_rules(list(in_force.values()))
    return [
        answer_rules.with_unused_answers(in_force[at].report)
        if at in in_force
        else report
        for at, report in enumerate(settled)
    ]


def _last_version(
    report: FilingReport, earlier: Sequence[FilingReport], options: CheckOptions
) -> Filed | None:
    """The highest version of the same plan below the report's own, if any."""
    versions = [
        other
        for other in earlier
        if (other.carrier, other.plan_id) == (report.carrier, report.plan_id)
        and (other.plan_version or 0) < (report.plan_version or 0)
        and other.tables()
    ]
    last = max(versions, key=lambda other: other.plan_version or 0, default=None)
    return None if last is None else Filed(last, options)
