"""Rules on a filing whose rows are settled: between tables, versions and carriers."""

from collections.abc import Callable, Sequence

from geodata.filings.catalogue import register, rules_by_id
from geodata.filings.filing_rules.accepted import Filed
from geodata.filings.findings import FindingLog

FilingCheck = Callable[[Filed, FindingLog], None]
"""A rule on the accepted rows of one filing: notes findings, changes nothing."""

CarrierCheck = Callable[[Sequence[Filed], Sequence[FindingLog]], None]
"""A rule across the filings of all carriers; each has its own log, which the rule
marks where it had something to look at."""

_FILING_RULES: dict[FilingCheck, tuple[tuple[str, ...], tuple[str, ...]]] = {}
_CARRIER_RULES: list[CarrierCheck] = []


def filing_rule(
    *rule_ids: str, tables: Sequence[str] = ("stations",)
) -> Callable[[FilingCheck], FilingCheck]:
    """Make a function the check of `rule_ids` on filings that hold all `tables`.

    What else a rule needs, the catalogue says (``needs``); without it the rule does
    not run.
    """

    def mark(check: FilingCheck) -> FilingCheck:
        for rule_id in rule_ids:
            register(rule_id, check)
        _FILING_RULES[check] = (rule_ids, tuple(tables))
        return check

    return mark


def carrier_rule(*rule_ids: str) -> Callable[[CarrierCheck], CarrierCheck]:
    """Make a function the check of `rule_ids` across carriers."""

    def mark(check: CarrierCheck) -> CarrierCheck:
        for rule_id in rule_ids:
            register(rule_id, check)
        _CARRIER_RULES.append(check)
        return check

    return mark


def run_filing_rules(filed: Filed) -> Filed:
    """Run every rule on the accepted rows of one filing; give it with the findings."""
    log = FindingLog(filed.report.answers)
    for check, (rule_ids, tables) in _FILING_RULES.items():
        if filed.has(*tables) and all(_has_needs(filed, i, tables) for i in rule_ids):
            log.mark(*rule_ids)
            check(filed, log)
    filed.report = filed.report.with_findings(log)
    return filed


def run_carrier_rules(filings: Sequence[Filed]) -> Sequence[Filed]:
    """Run every rule across carriers on the filings in force of at least two."""
    if len({filed.report.carrier for filed in filings}) < 2:
        return filings
    logs = [FindingLog(filed.report.answers) for filed in filings]
    for check in _CARRIER_RULES:
        check(filings, logs)
    for filed, log in zip(filings, logs, strict=True):
        filed.report = filed.report.with_findings(log)
    return filings


def _has_needs(filed: Filed, rule_id: str, tables: Sequence[str]) -> bool:
    rule = rules_by_id()[rule_id]
    needs = rule.needs
    if needs == "other_table":
        return filed.finest != rule.table
    if needs == "previous":
        return filed.previous is not None and filed.previous.has(*tables)
    return filed.is_national if needs == "nation" else True
