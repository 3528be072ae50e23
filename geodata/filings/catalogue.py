"""The rule catalogue: every check of the filing format as data, and its registry."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

ERROR = "ERROR"
WARNING = "WARNING"
INFO = "INFO"

NEEDS = ("previous", "other_carriers", "other_table", "nation")
"""What a rule may need besides its table: an earlier version of the plan, filings of
other carriers, another table of the filing, stations in all 47 prefectures."""

RULE_FILES = (
    "package",
    "plan",
    "answers",
    "table",
    "value",
    "station",
    "station_place",
    "station_radio",
    "station_dates",
    "counts",
    "coverage",
    "totals",
    "plausibility",
    "history",
    "across",
    "carriers",
)
"""Files of the catalogue, in the order in which a filing is looked at."""


@dataclass(frozen=True)
class Rule:
    """One named check: how bad a breach is, what it looks at and how it is said.

    ``message_*`` and ``fix_*`` are templates filled with ``file``, ``line``,
    ``column``, ``value`` and what the check adds. ``needs`` is what must be there
    besides the table (see `NEEDS`). The ministry can waive an ERROR only where
    ``waivable`` says so: a value that cannot be read cannot be let pass.
    """

    id: str
    severity: str
    table: str
    columns: tuple[str, ...]
    what_en: str
    what_ja: str
    message_en: str
    message_ja: str
    fix_en: str
    fix_ja: str
    source: str
    waivable: bool = False
    needs: str = ""

    def what(self, language: str) -> str:
        """What is checked, in ``"en"`` or ``"ja"``."""
        return self.what_ja if language == "ja" else self.what_en

    def template(self, language: str) -> str:
        """Message and fix in ``"en"`` or ``"ja"``, as one template."""
        if language == "ja":
            return f"{self.message_ja} {self.fix_ja}"
        return f"{self.message_en} {self.fix_en}"


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule of the filing format, in the order of the catalogue files."""
    folder = files("geodata.filings").joinpath("rules")
    texts = [folder.joinpath(f"{name}.toml").read_text("utf-8") for name in RULE_FILES]
    return tuple(
        Rule(**{**entry, "columns": tuple(entry["columns"])})
        for text in texts
        for entry in tomllib.loads(text).get("rule", [])
    )


@cache
def rules_by_id() -> dict[str, Rule]:
    """Every rule under its id."""
    return {rule.id: rule for rule in rules()}


CHECKS: dict[str, Callable[..., object]] = {}
"""The function that checks each rule, by rule id; filled by the decorators."""


def register(rule_id: str, check: Callable[..., object]) -> None:
    """Name `check` as the one function that decides `rule_id`."""
    if rule_id in CHECKS:
        raise ValueError(f"rule '{rule_id}' already has a check")
    if rule_id not in rules_by_id():
        raise ValueError(f"rule '{rule_id}' is not in the catalogue")
    CHECKS[rule_id] = check


def decides(*rule_ids: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a function as the check of `rule_ids` (found while reading)."""

    def mark(function: Callable[P, R]) -> Callable[P, R]:
        for rule_id in rule_ids:
            register(rule_id, function)
        return function

    return mark


def rule_table_markdown() -> str:
    """Rule catalogue as the Markdown table of ``docs/filing_format.md``."""
    lines = [
        "| rule | severity | table | columns | what is checked | source |",
        "|---|---|---|---|---|---|",
    ]
    for rule in rules():
        columns = ", ".join(f"`{name}`" for name in rule.columns)
        lines.append(
            f"| `{rule.id}` | {rule.severity} | {rule.table} | {columns} "
            f"| {rule.what_en} | {rule.source} |"
        )
    return "\n".join(lines) + "\n"
