"""The description of the filing format is generated, current and complete."""

import re
from dataclasses import fields

import pytest

from geodata.filings import Limits, rules
from geodata.filings.areas.coverage_layout import COVERAGE
from geodata.filings.document import NO_TEXT, filing_format, meanings
from geodata.filings.filing_rules.national_totals import NATIONAL_TOTAL_KEYS
from geodata.filings.options import Tolerances
from geodata.filings.plan_toml.coverage_model import COVERAGE_MODEL_KEYS
from geodata.filings.plan_toml.plan import ALLOCATION_KEYS, OPTIONAL_KEYS, REQUIRED_KEYS
from geodata.filings.plan_toml.withdrawals import WITHDRAWAL_KEYS
from geodata.filings.tables.layout import TABLES
from tests.unit.filing_builder import check, found, write_filing

JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
TABLE_ROW = re.compile(r"(?<!\\)\|")


@pytest.fixture(scope="module")
def text():
    return filing_format()


def test_the_document_is_current(root, text):
    stored = (root / "docs" / "filing_format.md").read_text("utf-8")
    assert stored == text, (
        "run: python -m geodata.filings.document > docs/filing_format.md"
    )


def test_every_rule_stands_in_it_once_and_in_both_languages(text):
    for rule in rules():
        (line,) = [at for at in text.splitlines() if f'<a id="{rule.id}">' in at]
        assert rule.severity in line
        assert JAPANESE.search(rule.what_ja), rule.id
        assert rule.what_ja.endswith("。"), rule.id
        assert not JAPANESE.search(rule.what_en), rule.id
        assert ("waivable" in line) == rule.waivable
        assert "{" not in line.replace("{rule =", ""), line


def test_every_table_of_the_document_is_well_formed(text):
    lines = [*text.splitlines(), ""]
    heads = [at for at, line in enumerate(lines) if line.startswith("| ---")]
    assert len(heads) > len(TABLES)
    for at in heads:
        wanted = len(TABLE_ROW.findall(lines[at]))
        rows = lines[at - 1 : next(n for n in range(at, len(lines)) if not lines[n])]
        assert len(rows) > 2
        assert {len(TABLE_ROW.findall(row)) for row in rows} == {wanted}, rows[0]


def test_every_column_and_key_stands_in_it(text):
    tables = (*TABLES, COVERAGE)
    names = [name for table in tables for name in table.column_names]
    names += [*WITHDRAWAL_KEYS, *NATIONAL_TOTAL_KEYS]
    names += [*COVERAGE_MODEL_KEYS]
    names += [*REQUIRED_KEYS, *OPTIONAL_KEYS, *ALLOCATION_KEYS]
    for name in names:
        assert f"\n| `{name}` |" in text, name


def test_every_key_limit_and_tolerance_has_a_meaning(text):
    wanted = {
        "plan_key": {*REQUIRED_KEYS, *OPTIONAL_KEYS},
        "allocation_key": {*ALLOCATION_KEYS},
        "withdrawal_key": {*WITHDRAWAL_KEYS},
        "national_total_key": {*NATIONAL_TOTAL_KEYS},
        "coverage_model_key": {*COVERAGE_MODEL_KEYS},
        "limit": {field.name for field in fields(Limits)},
        "tolerance": {field.name for field in fields(Tolerances)},
    }
    assert {kind: set(held) for kind, held in meanings().items()} == wanted
    assert f"| {NO_TEXT} |" not in text


def test_every_link_to_a_rule_has_its_target(text):
    links = set(re.findall(r"\]\(#(\w+)\)", text))
    assert links
    assert links <= set(re.findall(r'<a id="(\w+)">', text))


def test_the_example_plan_is_a_good_one(text, tmp_path):
    (plan,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    report = check(write_filing(tmp_path / "filing", plan_toml=plan))
    assert report.is_accepted
    assert not {one for one in found(report) if one.endswith("_unusable")}
    assert not found(report) & {"plan_key_unknown", "acknowledged_rule_unknown"}
