"""Check filings: each by itself, against its last version, and across carriers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from geodata.errors import FilingError
from geodata.filings.answers import answer_rules
from geodata.filings.filing_rules import (
    carrier_rules,
    density_rules,
    growth_rules,
    history_rules,
    national_totals,
    place_rules,
    published_rules,
    totals_rules,
)
from geodata.filings.filing_rules.accepted import Filed
from geodata.filings.filing_rules.registry import run_carrier_rules, run_filing_rules
from geodata.filings.handed_in.finding_filings import find_filings
from geodata.filings.options import CheckOptions
from geodata.filings.plan_toml import coverage_model
from geodata.filings.reading import read_filing
from geodata.filings.report import REJECTED, SUPERSEDED, FilingReport
from geodata.filings.selection import select_filings

RULE_MODULES = (
    answer_rules,
    carrier_rules,
    coverage_model,
    density_rules,
    growth_rules,
    history_rules,
    national_totals,
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
        The last accepted version of the plan of one of the filings. Where the filings
        hold several versions of a plan, the next lower accepted one is used.

    Returns
    -------
    list of FilingReport
        One for each filing, by carrier, plan, version and name, after the rules of
        selection (:func:`select_filings`).

    Raises
    ------
    FilingError
        There is nothing at a path or no filing in it, or `previous` is rejected or no
        lower version of any filing checked.
    """
    options = options or CheckOptions()
    earlier = []
    if previous is not None:
        earlier.append(_earlier_version(previous, today, options))
    found = find_filings(paths)
    reports = [read_filing(path, today=today, options=options) for path in found]
    settled = select_filings(reports)
    _check_is_of_use(earlier, settled, previous)
    earlier += [report for report in settled if report.status == SUPERSEDED]
    checked = [_checked(report, earlier, options) for report in settled]
    in_force = [Filed(report, options) for report in checked if report.is_accepted]
    run_carrier_rules(in_force)
    after = iter(in_force)
    return [
        answer_rules.with_unused_answers(next(after).report)
        if report.is_accepted
        else report
        for report in checked
    ]


def _earlier_version(
    previous: Path, today: date, options: CheckOptions
) -> FilingReport:
    """The version to compare with, of which only what is compared is kept.

    Raises
    ------
    FilingError
        It is rejected as a whole.
    """
    report = read_filing(previous, today=today, options=options)
    if not report.is_accepted:
        raise FilingError(
            f"The previous version '{previous}' is rejected "
            f"({report.filing['status_reason']}), so nothing can be compared with it; "
            "name the last accepted version."
        )
    if report.stations is None:
        return report
    return replace(report, stations=report.stations.select(history_rules.COMPARED))


def _check_is_of_use(
    earlier: Sequence[FilingReport],
    reports: Sequence[FilingReport],
    previous: Path | None,
) -> None:
    """Refuse a previous version that none of the filings replaces.

    A rejected filing may have been meant to: its receipt says more.
    """
    if any(report.status == REJECTED for report in reports):
        return
    for version in earlier:
        if not any(_replaces(report, version) for report in reports):
            raise FilingError(
                f"The previous version '{previous}' is version "
                f"{version.plan_version} of plan {version.plan_id} of "
                f"{version.carrier}; no filing checked is a higher version of it."
            )


def _checked(
    report: FilingReport, earlier: Sequence[FilingReport], options: CheckOptions
) -> FilingReport:
    """The report with what the rules on accepted rows found."""
    if not report.is_accepted:
        return report
    last = max(
        (other for other in earlier if _replaces(report, other)),
        key=lambda other: other.plan_version or 0,
        default=None,
    )
    before = None if last is None else Filed(last, options)
    return run_filing_rules(Filed(report, options, before)).report


def _replaces(report: FilingReport, other: FilingReport) -> bool:
    """Whether `other` is a lower version of the same plan; a rejected one is none."""
    return (
        (other.carrier, other.plan_id) == (report.carrier, report.plan_id)
        and (other.plan_version or 0) < (report.plan_version or 0)
        and bool(other.tables())
    )
