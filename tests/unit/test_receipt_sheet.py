"""The CSV of all findings: complete, and inert in every spreadsheet."""

import csv
import io

import pyarrow as pa
import pytest

from geodata.filings import findings_sheet
from geodata.filings.receipt.printable import printable, printable_column
from geodata.schemas.raw import REJECTED_ROW
from geodata.spreadsheet import inert
from tests.unit.filing_builder import ADVANCED, STATIONS, check, read_rows, write_filing
from tests.unit.hostile_filings import FORMULAS, NASTY, hostile_plan, hostile_rows


def read_sheet(report, path):
    """Rows of the sheet as a spreadsheet would split them."""
    findings_sheet(report, path)
    text = path.read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_sheet_has_every_finding_under_japanese_headings(tmp_path):
    bad = [ADVANCED | {"station_id": f"Y{at}", "lat": "x"} for at in range(150)]
    report = read_rows(tmp_path / "in", *STATIONS, *bad)
    rows = read_sheet(report, tmp_path / "out.csv")
    labels = [column.label_ja for column in REJECTED_ROW.columns]
    assert [list(row) for row in rows] == [labels] * len(report.findings)
    assert [int(row["行"]) for row in rows] == report.findings["line"].to_pylist()
    assert {row["規則"] for row in rows} == {"number_format"}
    assert all(row["説明(英語)"] and row["説明"] for row in rows)


def test_the_sheet_opens_in_a_spreadsheet(tmp_path):
    report = read_rows(tmp_path / "in", *STATIONS, ADVANCED | {"lat": "x"})
    findings_sheet(report, tmp_path / "out.csv")
    content = (tmp_path / "out.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.endswith(b"\r\n")
    assert content.count(b"\n") == content.count(b"\r\n") == len(report.findings) + 1


@pytest.mark.parametrize("hostile", [hostile_rows, hostile_plan])
def test_no_cell_is_a_formula_and_no_text_is_lost(hostile, tmp_path):
    report = hostile(tmp_path / "in")
    rows = read_sheet(report, tmp_path / "out.csv")
    cells = [text for row in rows for text in row.values()]
    assert not [t for t in cells if t.strip()[:1] in tuple("=+-@＝＋－＠")]
    assert all(text.isprintable() for text in cells)
    filed = [printable(value or "") for value in report.findings["value"].to_pylist()]
    assert [row["値"].removeprefix("'") for row in rows] == filed
    assert len(rows) == len(report.findings) >= 5


def test_a_filing_without_findings_gives_headings_only(tmp_path):
    report = check(write_filing(tmp_path / "good"))
    assert read_sheet(report, tmp_path / "out.csv") == []
    assert "重大度" in (tmp_path / "out.csv").read_text("utf-8-sig")


@pytest.mark.parametrize("text", [*FORMULAS, " =1", "\t=1", "\u3000＝1", "\r", "\tx"])
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text):
    assert inert(pa.array([text])).to_pylist() == ["'" + text]


@pytest.mark.parametrize("text", ["", "x", "1", "1-2", "a=b", "東京 -1", None])
def test_other_text_stays_as_it_is(text):
    assert inert(pa.array([text], pa.string())).to_pylist() == [text]


def test_a_column_is_made_printable_like_its_values():
    texts = [NASTY, "plain", None, "全角\u3000空白", "a\nb\x00", "\ufeff", "\xa0"]
    shown = printable_column(pa.array(texts)).to_pylist()
    assert shown == [None if text is None else printable(text) for text in texts]
    assert printable_column(pa.array(["plain"])).to_pylist() == ["plain"]
