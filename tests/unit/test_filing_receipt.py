"""The catalogue, and the receipt as data and on the screen."""

import json
import re
import tomllib
from string import Formatter

import pytest

from geodata.filings import Waiver, receipt, receipt_page, receipt_text, rules
from geodata.filings.receipt.next_steps import acknowledgement_lines
from geodata.findings import without_rows
from tests.unit.filing_builder import (
    ADVANCED,
    PLAN,
    STATIONS,
    TODAY,
    check,
    read_rows,
    stations_csv,
    write_filing,
)
from tests.unit.filing_cases_coverage import NOTCHED, case, feature
from tests.unit.hostile_filings import hostile_plan, hostile_rows

HIGH = ADVANCED | {
    "station_id": "X1",
    "site_id": "S9",
    "lat": "35.665498",
    "lon": "139.759640",
    "antenna_height_m": "120",
}
"""A mast of a height that asks for a reason."""

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


def test_the_screen_names_each_rule_with_a_few_findings_and_their_state(tmp_path):
    bad = [ADVANCED | {"station_id": f"Y{at}", "lat": "x"} for at in range(50)]
    known = 'acknowledged = [{rule = "antenna_height_high", reason = "tower"}]\n'
    plan = PLAN.replace("[[band", known + "[[band", 1)
    text = receipt_text(read_rows(tmp_path, *STATIONS, HIGH, *bad, plan=plan))
    assert "accepted, some rows rejected" in text.splitlines()[0]
    assert "  ERROR   50 number_format: " in text
    assert text.count("lat is not a number: x. Write") == 3
    assert "  WARNING  1 antenna_height_high (acknowledged 1): " in text
    assert "    [acknowledged] stations.csv line 5: " in text


def test_nothing_is_said_of_a_plan_that_cannot_be_read(tmp_path):
    assert "None" not in receipt_text(read_rows(tmp_path, plan="="))


def test_an_unknown_language_is_refused(tmp_path):
    with pytest.raises(ValueError, match="'fr'"):
        receipt_text(read_rows(tmp_path), "fr")


def test_rules_that_never_ran_are_named_when_the_file_cannot_be_read(tmp_path):
    report = read_rows(tmp_path, plan="format_version = 1")
    assert "plan_key_missing" in report.rules_run
    assert {"carrier_unknown", "lat_range", "row_shape"} <= set(report.rules_not_run)


def with_answers(text, *rows):
    """Report of the good stations and `rows`, with `text` in ``plan.toml``."""

    def at(folder):
        plan = PLAN.replace("[[band", f"{text}\n[[band", 1)
        table = stations_csv(*STATIONS, *rows)
        return check(write_filing(folder, plan_toml=plan, stations_csv=table))

    return at


def test_the_receipt_counts_what_is_open_acknowledged_and_waived(tmp_path):
    rows = [HIGH | {"station_id": f"X{at}"} for at in range(3)]
    known = (
        'acknowledged = [{rule = "antenna_height_high", reason = "tower", '
        'file = "stations.csv", lines = [5]}]'
    )
    waiver = Waiver("antenna_height_high", "docomo", "tower", "関東総合通信局", TODAY)
    data = receipt(with_answers(known, *rows)(tmp_path / "known"))
    (entry,) = [
        e for e in data["findings_by_rule"] if e["rule_id"] == "antenna_height_high"
    ]
    assert entry["finding_count"] == 3
    assert entry["open_count"] == 2
    assert entry["acknowledged_count"] == data["acknowledged_count"] == 1
    assert entry["waived_count"] == data["waived_count"] == 0
    assert data["open_warning_count"] == data["warning_count"] - 1
    table = stations_csv(*STATIONS, *rows)
    filing = write_filing(tmp_path / "waived", stations_csv=table)
    data = receipt(check(filing, waivers=(waiver,)))
    assert data["waived_count"] == 3


def test_every_rule_that_did_not_run_has_a_reason_in_both_languages(tmp_path):
    data = receipt(read_rows(tmp_path))
    assert list(data["reasons_not_run"]) == data["rules_not_run"]
    for reason in data["reasons_not_run"].values():
        assert JAPANESE.search(reason["ja"])
        assert reason["en"]


def test_every_rejected_row_is_in_a_cell_or_without_one(tmp_path):
    twice = HIGH | {"station_id": "Y1", "status": "?", "eirp_dbm": "500"}
    lost = HIGH | {"station_id": "Y2", "lat": "x"}
    report = read_rows(tmp_path, *STATIONS, HIGH, twice, lost)
    data = receipt(report)
    assert data["cells"]["533936"] == {"rejected_count": 1, "warned_count": 1}
    assert data["rows_without_cell"] == {"rejected_count": 1, "warned_count": 0}
    placed = sum(cell["rejected_count"] for cell in data["cells"].values())
    assert placed + 1 == data["tables"][0]["rejected_count"] == 2


@pytest.mark.parametrize("hostile", [hostile_rows, hostile_plan])
def test_only_counts_leave_the_workspace(hostile, tmp_path):
    data = receipt(hostile(tmp_path / "in"))
    kept = without_rows({"docomo": data})["docomo"]
    assert kept["open_warning_count"] == data["open_warning_count"]
    assert set(data) - set(kept) == {
        "first_findings",
        "first_findings_by_rule",
        "cells",
        "rows_without_cell",
    }
    assert "alert" not in json.dumps(
        {key: kept[key] for key in kept if key not in ("filing", "files")}
    )


def test_the_lines_to_paste_close_the_warnings_once_a_reason_is_written(tmp_path):
    first = with_answers("", HIGH)(tmp_path / "first")
    lines = acknowledgement_lines(receipt(first)["findings_by_rule"])
    pasted = with_answers(lines, HIGH)(tmp_path / "pasted")
    assert first.open_warning_count > 0
    assert pasted.open_warning_count >= first.open_warning_count
    lines = lines.replace('reason = ""', 'reason = "tower"')
    assert tomllib.loads(lines)["acknowledged"][0]["reason"] == "tower"
    answered = with_answers(lines, HIGH)(tmp_path / "answered")
    assert answered.open_warning_count == 0
    assert receipt(answered)["acknowledged_count"] == first.open_warning_count


def test_faults_of_the_acknowledgements_are_not_to_be_acknowledged(tmp_path):
    report = with_answers('acknowledged = ["x"]')(tmp_path)
    assert report.open_warning_count == 1
    assert acknowledgement_lines(receipt(report)["findings_by_rule"]) == ""


@pytest.mark.parametrize(
    ("rows", "plan", "ja", "en"),
    [
        ([], PLAN, "対応することはありません。", "There is nothing to do."),
        ([ADVANCED | {"lat": "x"}], PLAN, "1 行は集計に使いません", "not used: 1."),
        ([HIGH], PLAN, "未対応の警告が 1 件", "Open warnings: 1."),
        ([], "", "提出し直してください。", "hand it in again."),
    ],
)  # fmt: skip
def test_the_receipt_says_what_to_do_next(rows, plan, ja, en, tmp_path):
    report = read_rows(tmp_path, *STATIONS, *rows, plan=plan)
    for language, words in (("ja", ja), ("en", en)):
        assert words in receipt_text(report, language).rpartition("\n  ")[2]


def test_the_receipt_names_the_file_of_repairs_where_there_is_one(tmp_path):
    report = case(feature(NOTCHED))(tmp_path / "docomo")
    assert "docomo.repairs.gpkg" in receipt_text(report).rpartition("\n  ")[2]
    assert receipt_page(report).count("docomo.repairs.gpkg") == 2
    sound = case(feature())(tmp_path / "kddi")
    assert ".repairs.gpkg" not in receipt_text(sound)


def test_the_screen_says_why_rules_did_not_run(tmp_path):
    text = receipt_text(read_rows(tmp_path, plan="format_version = 1"), "ja")
    assert "提出物またはファイルをそこまで読めませんでした。" in text


@pytest.mark.parametrize("hostile", [hostile_rows, hostile_plan])
def test_a_hostile_filing_cannot_steer_the_screen(hostile, tmp_path):
    text = receipt_text(hostile(tmp_path / "in"), "ja")
    assert all(line.isprintable() for line in text.split("\n"))
