"""The catalogue, the receipt and the document made from them."""

import json
import re
from string import Formatter

import pytest

from geodata.filings import receipt, receipt_text, rules
from geodata.filings.catalogue import rule_table_markdown
from tests.unit.filing_builder import ADVANCED, STATIONS, read_rows

JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_a_rule_says_the_same_in_both_languages(rule):
    fields = [
        {name for _, name, _, _ in Formatter().parse(rule.template(lang)) if name}
        for lang in ("en", "ja")
    ]
    assert rule.severity in ("ERROR", "WARNING", "INFO")
    assert JAPANESE.search(rule.message_ja)
    assert JAPANESE.search(rule.fix_ja)
    assert not JAPANESE.search(rule.message_en + rule.fix_en + rule.what_en)
    assert fields[0] - {"file", "line"} == fields[1] - {"file", "line"}
    assert rule.source


def test_the_receipt_is_json_and_counts_every_finding(tmp_path):
    bad = ADVANCED | {"station_id": "X1", "lat": "x", "status": "?"}
    report = read_rows(tmp_path, *STATIONS, bad)
    data = json.loads(json.dumps(receipt(report)))
    assert data["tables"] == [
        {
            "table": "stations",
            "file": "stations.csv",
            "read_count": 4,
            "accepted_count": 3,
            "rejected_count": 1,
        }
    ]
    assert [file["name"] for file in data["files"]] == ["plan.toml", "stations.csv"]
    counted = {e["rule_id"]: e["finding_count"] for e in data["findings_by_rule"]}
    assert counted == {"number_format": 1, "status_unknown": 1}
    assert data["error_count"] == 2
    assert data["filing"]["as_of"] == "2021-03-31"
    assert set(data["rules_run"]) | set(data["rules_not_run"]) == {
        r.id for r in rules()
    }


@pytest.mark.parametrize(
    ("language", "words"), [("en", "rejected 1"), ("ja", "不受理 1 行")]
)
def test_the_receipt_on_screen_speaks_both_languages(language, words, tmp_path):
    text = receipt_text(read_rows(tmp_path, *STATIONS, ADVANCED), language)
    assert words in text
    assert "key_repeated" in text
    assert "2" in text


def test_a_filed_value_cannot_steer_the_terminal(tmp_path):
    row = ADVANCED | {"station_id": "\u202e\x9b31m"}
    text = receipt_text(read_rows(tmp_path, *STATIONS, row))
    assert "\\u202e" in text
    assert all(line.isprintable() for line in text.splitlines())


def test_an_unknown_language_is_refused(tmp_path):
    with pytest.raises(ValueError, match="'fr'"):
        receipt_text(read_rows(tmp_path), "fr")


def test_rules_that_never_ran_are_named_when_the_file_cannot_be_read(tmp_path):
    report = read_rows(tmp_path, plan="format_version = 1")
    assert "plan_key_missing" in report.rules_run
    assert {"carrier_unknown", "lat_range", "row_shape"} <= set(report.rules_not_run)


def test_the_rule_table_of_the_document_is_current(root):
    text = (root / "docs" / "filing_format.md").read_text("utf-8")
    assert text.endswith(rule_table_markdown())
