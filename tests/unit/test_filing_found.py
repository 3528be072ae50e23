"""Findings held small: order, places, answers and messages as when written at once."""

import numpy as np
import pyarrow as pa
import pytest

from geodata.filings import found as found_module
from geodata.filings.answers.answer import ACKNOWLEDGED, OPEN, Answer, Answers
from geodata.filings.findings import FindingLog
from geodata.filings.found import render
from geodata.schemas.raw import REJECTED_ROW

FILE = "stations.csv"
HIGH, EARLY = "antenna_height_high", "parent_missing"


def log_of(*parts, answers=()):
    """Log with a finding of each (rule, column) on each of its lines."""
    log = FindingLog(Answers(answers))
    for rule_id, column, lines in parts:
        values = pa.array([f"v{line}" for line in lines])
        log.add_rows(rule_id, np.array(lines), file=FILE, column=column, values=values)
    return log


def lines_of(findings):
    return [(row["line"], row["rule_id"]) for row in findings.to_pylist()]


def test_findings_stand_by_file_line_and_rule_whatever_came_first():
    parts = [(EARLY, None, [2, 9]), (HIGH, "antenna_height_m", [3, 9])]
    for order in (parts, parts[::-1]):
        log = log_of(*order)
        log.add("table_missing")
        findings = log.findings("kddi", "plan-1")
        assert lines_of(findings) == [
            (None, "table_missing"),
            (2, EARLY),
            (3, HIGH),
            (9, HIGH),
            (9, EARLY),
        ]


def test_a_finding_has_every_column_of_its_table():
    log = log_of((HIGH, "antenna_height_m", [7]))
    log.locate(FILE, np.array([6, 7]), np.array([0, 533946]))
    table = log.findings("kddi", "plan-1").table()
    assert table.schema == REJECTED_ROW.schema
    (row,) = table.to_pylist()
    assert (row["carrier"], row["plan_id"], row["file"]) == ("kddi", "plan-1", FILE)
    assert (row["line"], row["mesh2"], row["value"]) == (7, 533946, "v7")
    assert (row["severity"], row["state"], row["answer"]) == ("WARNING", OPEN, None)
    assert "v7" in row["message_en"]
    assert "v7" in row["message_ja"]


def test_a_place_in_words_stands_ahead_of_the_messages_of_its_lines():
    log = log_of((HIGH, "antenna_height_m", [0, 2]))
    log.add("table_twice", file=FILE, value="x")
    (plain,) = log_of((HIGH, "antenna_height_m", [2])).findings(None, None).to_pylist()
    log.describe(FILE, {"en": pa.array(["a", "b"]), "ja": pa.array(["甲", "乙"])})
    log.describe("other.csv", {"en": pa.array(["c", "d"])})
    found = log.findings(None, None).to_pylist()
    assert found[-1]["message_en"] == f"b: {plain['message_en']}"
    assert found[-1]["message_ja"] == f"乙: {plain['message_ja']}"
    assert not any(row["message_en"].startswith(("a: ", "b: ")) for row in found[:-1])
    assert [row["line"] for row in found] == [None, None, 2]


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
def test_batches_of_any_size_give_the_same_rows(batch, monkeypatch):
    log = log_of((EARLY, None, [2, 4, 6]), (HIGH, "antenna_height_m", [1, 4, 5]))
    findings = log.findings(None, None)
    whole = findings.to_pylist()
    monkeypatch.setattr(found_module, "_BATCH", batch)
    assert findings.to_pylist() == whole
    assert sum(len(part) for part in findings.batches(["line"])) == 6


def test_a_choice_of_findings_keeps_its_messages():
    findings = log_of((HIGH, "antenna_height_m", [1, 2, 3])).findings(None, None)
    everything = findings.to_pylist()
    chosen = findings.filter(pa.array([True, False, True]))
    assert chosen.to_pylist() == [everything[0], everything[2]]
    assert findings.slice(1, 1).to_pylist() == [everything[1]]
    assert findings.take(np.array([2, 0])).to_pylist() == everything[::2][::-1]
    assert chosen.select(["line", "value"]).to_pydict() == {
        "line": [1, 3],
        "value": ["v1", "v3"],
    }


def test_findings_of_a_later_look_stand_after_the_earlier_ones():
    first = log_of((HIGH, "antenna_height_m", [5])).findings("kddi", "p")
    later = log_of((EARLY, None, [2])).findings("kddi", "p")
    assert lines_of(first + later) == [(5, HIGH), (2, EARLY)]
    assert len(first + later) == 2


def test_no_finding_is_an_empty_table():
    findings = FindingLog().findings("kddi", "p")
    assert findings.num_rows == 0
    assert findings.table().schema == REJECTED_ROW.schema
    assert findings["rule_id"].to_pylist() == []


def test_an_answer_is_told_on_the_lines_it_speaks_of():
    answer = Answer(HIGH, ACKNOWLEDGED, "a tower", FILE, (2,))
    log = log_of((HIGH, "antenna_height_m", [1, 2]), answers=(answer,))
    rows = log.findings(None, None).to_pylist()
    told = [(row["state"], row["answer"]) for row in rows]
    assert told == [(OPEN, None), (ACKNOWLEDGED, "a tower")]
    assert log.answers.used == {answer}


def test_a_missing_field_shows_as_a_dash_and_an_unknown_one_is_an_error():
    texts = render("{a}/{b}/{c}", {"a": pa.array(["x", None]), "b": 1, "c": None}, 2)
    assert texts.to_pylist() == ["x/1/-", "-/1/-"]
    with pytest.raises(KeyError):
        render("{a}", {}, 1)
