"""``acknowledged`` in ``plan.toml``: warnings the carrier knows of, with a reason."""

from collections.abc import Sequence
from typing import Any

from geodata.filings.answers.answer import ACKNOWLEDGED, Answer
from geodata.filings.catalogue import WARNING, decides, rules_by_id
from geodata.filings.findings import FindingLog
from geodata.filings.handed_in.file_names import PLAN_FILE

_KEYS = {"rule", "reason", "file", "lines"}


@decides("acknowledged_unusable", "acknowledged_rule_unknown")
def acknowledgements(entries: Sequence[Any], log: FindingLog) -> tuple[Answer, ...]:
    """Answers that ``acknowledged = [{rule = …, reason = …}]`` gives.

    Parameters
    ----------
    entries : sequence
        As they stand in ``plan.toml``. Each names a WARNING rule and a reason, and
        may narrow it to a ``file`` and to ``lines`` of it.
    log : FindingLog
        Takes the findings on entries that cannot be used: those answer nothing.
    """
    log.mark("acknowledged_unusable", "acknowledged_rule_unknown")
    answers = []
    for at, entry in enumerate(entries, 1):
        place = f"acknowledged[{at}]"
        if fault := _fault(entry):
            log.add(
                "acknowledged_unusable",
                file=PLAN_FILE,
                column=place,
                value=entry,
                reason=fault,
            )
        elif not _is_warning(entry["rule"]):
            log.add(
                "acknowledged_rule_unknown",
                file=PLAN_FILE,
                column=place,
                value=entry["rule"],
            )
        else:
            lines = tuple(entry.get("lines", ()))
            answers.append(
                Answer(
                    entry["rule"],
                    ACKNOWLEDGED,
                    entry["reason"].strip(),
                    entry.get("file"),
                    lines,
                )
            )
    return tuple(answers)


def _fault(entry: object) -> str:
    """What is wrong with the shape of an entry; empty: nothing."""
    if not isinstance(entry, dict):
        return "not a table {rule = ..., reason = ...}"
    if unknown := sorted(set(entry) - _KEYS):
        return f"unknown key {', '.join(unknown)}"
    for key in ("rule", "reason"):
        value = entry.get(key)
        if not isinstance(value, str) or not value.strip():
            return f"no {key}"
    if not isinstance(entry.get("file", ""), str):
        return "file is no text"
    lines = entry.get("lines", [])
    if not isinstance(lines, list) or not all(_is_line(line) for line in lines):
        return "lines is no list of line numbers"
    return "lines without a file" if lines and "file" not in entry else ""


def _is_line(value: object) -> bool:
    return type(value) is int and value >= 1


def _is_warning(rule_id: str) -> bool:
    rule = rules_by_id().get(rule_id)
    return rule is not None and rule.severity == WARNING
