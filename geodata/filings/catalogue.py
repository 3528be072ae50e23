"""The rule catalogue: every check of the filing format as data, and its registry."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

ERROR = "ERROR"
WARNING = "WARNING"
INFO = "INFO"

NEEDS = ("previous", "other_carriers", "other_table", "nation")
"""What a rule may need besides its table: an earlier version of the plan, filings of
other carriers, another table of the filing, stations in all 47 prefectures."""

SUBJECTS: Mapping[str, tuple[str, str]] = {
    "package": ("The folder or zip handed in", "提出物(フォルダまたは zip)"),
    "plan": ("plan.toml", "plan.toml"),
    "answers": ("Acknowledgements and waivers", "了知と免除"),
    "table": ("A table as a file, and its lines", "表のファイルと行"),
    "value": ("Single values and keys", "値とキー"),
    "station": ("Stations: identity and parent", "局: 識別と親局"),
    "station_place": ("Stations: place", "局: 位置"),
    "station_radio": ("Stations: band, power, line", "局: 周波数・電力・回線"),
    "station_dates": ("Stations: dates and status", "局: 日付と状態"),
    "counts": ("Counts by cell and prefecture", "メッシュ別・都道府県別の局数"),
    "coverage": ("Coverage areas", "エリア図"),
    "coverage_raster": ("Coverage rasters", "エリア図のラスタ"),
    "coverage_plausibility": (
        "Coverage areas: plausibility",
        "エリア図: もっともらしさ",
    ),
    "totals": ("Totals across tables, published values", "表の間の合計と公表値"),
    "plausibility": ("Plausibility", "もっともらしさ"),
    "history": ("Against the last version of the plan", "前の版との比較"),
    "across": ("Several filings of one carrier", "同じ事業者の複数の提出物"),
    "carriers": ("Across carriers", "事業者間"),
}
"""Files of the catalogue in the order in which a filing is looked at, and their titles
in English and Japanese."""


@dataclass(frozen=True)
class Rule:
    """One named check: how bad a breach is, what it looks at and how it is said.

    ``message_*`` and ``fix_*`` are templates filled with ``file``, ``line``,
    ``column``, ``value`` and what the check adds. ``needs`` is what must be there
    besides the table (see `NEEDS`). The ministry can waive an ERROR only where
    ``waivable`` says so: a value that cannot be read cannot be let pass. ``subject``
    is a key of `SUBJECTS`.
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
    subject: str = ""

    def what(self, language: str) -> str:
        """What is checked, in ``"en"`` or ``"ja"``."""
        return self.what_ja if language == "ja" else self.what_en

    def fix(self, language: str) -> str:
        """How to mend a breach, in ``"en"`` or ``"ja"``."""
        text = self.fix_ja if language == "ja" else self.fix_en
        return text.replace("{{", "{").replace("}}", "}")

    def record(self) -> dict[str, Any]:
        """The rule as plain data, ready for JSON."""
        return asdict(self)

    def template(self, language: str) -> str:
        """Message and fix in ``"en"`` or ``"ja"``, as one template."""
        if language == "ja":
            return f"{self.message_ja.removesuffix('。')}。{self.fix_ja}"
        return f"{self.message_en.removesuffix('.')}. {self.fix_en}"


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule of the filing format, in the order of the catalogue files."""
    folder = files("geodata.filings").joinpath("rules")
    texts = {
        name: folder.joinpath(f"{name}.toml").read_text("utf-8") for name in SUBJECTS
    }
    return tuple(
        Rule(**{**entry, "columns": tuple(entry["columns"]), "subject": name})
        for name, text in texts.items()
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
