"""The filing format as a document: ``docs/filing_format.md`` is written from it.

``python -m geodata.filings.document`` prints it. Prose is in ``document.md``, the
meaning of keys and settings in ``document.toml``; the rest comes from the code.
"""

import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from importlib.resources import files
from string import Formatter, Template
from typing import Any

from geodata import reference
from geodata.filings.areas.coverage_layout import COVERAGE
from geodata.filings.catalogue import ERROR, INFO, SUBJECTS, WARNING, Rule, rules
from geodata.filings.filing_rules.national_totals import NATIONAL_TOTAL_KEYS
from geodata.filings.not_run import REASONS
from geodata.filings.options import Limits, Tolerances
from geodata.filings.plan_toml.coverage_model import COVERAGE_MODEL_KEYS
from geodata.filings.plan_toml.plan import (
    ALLOCATION_KEYS,
    OPTIONAL_KEYS,
    REQUIRED_KEYS,
    TYPE_NAMES,
)
from geodata.filings.plan_toml.withdrawals import WITHDRAWAL_KEYS
from geodata.filings.tables.layout import TABLES, Field, FiledTable
from geodata.schemas.table import Column

NO_TEXT = "-"
"""Shown where a thing has no meaning written down (a test names it)."""

_KINDS = {
    "text": "text",
    "number": "number",
    "integer": "whole number",
    "date": "date",
    "boolean": "true / false",
}


def filing_format() -> str:
    """Give the whole description of the format as Markdown."""
    template = files("geodata.filings").joinpath("document.md").read_text("utf-8")
    return Template(template).substitute(
        plan_keys=_plan_keys(),
        allocation_keys=_keys(ALLOCATION_KEYS, "allocation_key"),
        withdrawal_keys=_keys(WITHDRAWAL_KEYS, "withdrawal_key"),
        national_total_keys=_keys(NATIONAL_TOTAL_KEYS, "national_total_key"),
        coverage_model_keys=_keys(COVERAGE_MODEL_KEYS, "coverage_model_key"),
        tables="\n\n".join(_table_section(table) for table in TABLES),
        coverage=_columns(COVERAGE),
        limits=_settings(Limits(), "limit"),
        tolerances=_settings(Tolerances(), "tolerance"),
        reasons=_reasons(),
        band_classes=_band_classes(),
        allocations=_allocations(),
        rule_counts=_rule_counts(),
        rules=_rules(),
    )


def meanings() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """``ja`` and ``en`` of keys of ``plan.toml``, limits and tolerances, by kind."""
    path = files("geodata.filings").joinpath("document.toml")
    return tomllib.loads(path.read_text("utf-8"))


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(head)
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _plan_keys() -> str:
    needed = _key_rows(REQUIRED_KEYS, "plan_key", "yes")
    others = _key_rows(OPTIONAL_KEYS, "plan_key", "")
    return _table(("key", "項目", "type", "needed", "meaning"), [*needed, *others])


def _keys(types: Mapping[str, type], kind: str) -> str:
    """Keys of one entry; their meaning says which are needed."""
    return _table(("key", "項目", "type", "meaning"), _key_rows(types, kind))


def _key_rows(
    types: Mapping[str, type], kind: str, *marks: str
) -> Iterator[tuple[str, ...]]:
    for name, type_ in types.items():
        told = _meaning(kind, name)
        yield f"`{name}`", told["ja"], TYPE_NAMES[type_], *marks, told["en"]


def _meaning(kind: str, name: str) -> Mapping[str, str]:
    return meanings()[kind].get(name, {"ja": NO_TEXT, "en": NO_TEXT})


def _table_section(table: FiledTable) -> str:
    keys = ", ".join(f"`{name}`" for name in table.key)
    head = f"### `{table.stem}` {table.raw_table.label_ja}"
    return f"{head}\n\nKey: {keys}.\n\n{_columns(table)}"


def _columns(table: FiledTable) -> str:
    known = {column.name: column for column in table.raw_table.columns}
    head = ("column", "項目", "type", "needed", "meaning", "looked at by")
    return _table(head, (_column(table, field, known) for field in table.fields))


def _column(
    table: FiledTable, field: Field, known: Mapping[str, Column]
) -> tuple[str, ...]:
    return (
        f"`{field.name}`",
        known[field.name].label_ja,
        _KINDS[field.kind],
        "yes" if field.is_required else "",
        known[field.name].doc,
        _rules_on(table, field),
    )


def _rules_on(table: FiledTable, field: Field) -> str:
    return ", ".join(
        f"[`{rule.id}`](#{rule.id})"
        for rule in rules()
        if table.stem in rule.table.split(", ") and field.name in rule.columns
    )


def _settings(values: Limits | Tolerances, kind: str) -> str:
    rows = []
    for one in fields(values):
        told = _meaning(kind, one.name)
        value = getattr(values, one.name)
        rows.append((f"`{one.name}`", f"{value:,}", told["ja"], told["en"]))
    return _table(("name", "default", "項目", "meaning"), rows)


def _reasons() -> str:
    rows = ((f"`{key}`", told["en"], told["ja"]) for key, told in REASONS.items())
    return _table(("reason", "what the receipt says", "受付票の文"), rows)


def _band_classes() -> str:
    ranges = reference.band_class_ranges()
    classes = reference.band_classes().itertuples()
    rows = [
        (f"`{one.band_class}`", one.name_ja, _ranges_of(ranges, one.band_class))
        for one in classes
    ]
    return _table(("class", "区分", "MHz"), rows)


def _ranges_of(ranges: Any, band_class: str) -> str:  # noqa: ANN401 - a frame
    chosen = ranges[ranges["band_class"] == band_class]
    return ", ".join(
        f"{low:g}-{high:g}"
        for low, high in zip(chosen["low_mhz"], chosen["high_mhz"], strict=True)
    )


def _allocations() -> str:
    head = ("carrier", "class", "bands", "MHz", "uplink MHz", "certified", "mark")
    return _table(head, (_block(block) for block in _blocks()))


def _blocks() -> Iterable[dict[str, Any]]:
    table = reference.allocations()
    order = {name: at for at, name in enumerate(reference.CARRIERS)}
    records = table.to_dict("records")
    return sorted(
        records, key=lambda block: (order[block["carrier"]], block["low_mhz"])
    )


def _block(block: Mapping[str, Any]) -> tuple[str, ...]:
    has_uplink = block["ul_low_mhz"] == block["ul_low_mhz"]
    uplink = f"{block['ul_low_mhz']:g}-{block['ul_high_mhz']:g}"
    return (
        block["carrier"],
        f"`{block['band_class']}`",
        ", ".join(block["bands"]),
        f"{block['low_mhz']:g}-{block['high_mhz']:g}",
        uplink if has_uplink else "",
        str(block["certified_on"] or ""),
        "sourced" if block["provenance"].startswith("sourced") else "recalled",
    )


def _rule_counts() -> str:
    found = [rule.severity for rule in rules()]
    told = ", ".join(f"{found.count(s)} {s}" for s in (ERROR, WARNING, INFO))
    return f"{len(found)} rules: {told}"


def _rules() -> str:
    by_subject = {
        subject: [rule for rule in rules() if rule.subject == subject]
        for subject in SUBJECTS
    }
    return "\n\n".join(
        "\n".join(_rule_section(*SUBJECTS[subject], held))
        for subject, held in by_subject.items()
        if held
    )


def _rule_section(title: str, title_ja: str, held: Iterable[Rule]) -> Iterator[str]:
    yield f"### {title}" + (f" {title_ja}" if title_ja != title else "") + "\n"
    head = (
        "rule",
        "columns",
        "what is checked / 検査内容",
        "what to do / 直し方",
        "source",
    )
    yield _table(head, (_rule_cells(rule) for rule in held))


def _rule_cells(rule: Rule) -> tuple[str, ...]:
    marks = [rule.severity, "waivable" if rule.waivable else ""]
    marks.append(f"needs `{rule.needs}`" if rule.needs else "")
    told = ", ".join(mark for mark in marks if mark)
    columns = ", ".join(f"`{name}`" for name in rule.columns)
    return (
        f'<a id="{rule.id}"></a>`{rule.id}`<br>{told}',
        f"{rule.table}<br>{columns}" if columns else rule.table,
        f"{_cell(rule.what_en)}<br>{_cell(rule.what_ja)}",
        f"{_cell(_plain(rule.fix_en))}<br>{_cell(_plain(rule.fix_ja))}",
        _cell(rule.source),
    )


def _plain(template: str) -> str:
    """A template as text: doubled braces single, its fields in italics."""
    return "".join(
        literal + (f"*{name}*" if name else "")
        for literal, name, _, _ in Formatter().parse(template)
    )


def _cell(text: str) -> str:
    """Text that cannot end a table cell or open a tag."""
    return text.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    sys.stdout.write(filing_format())
