"""What must hold of the report on any filing, however broken it is."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from geodata.filings import (
    check_filings,
    findings_sheet,
    read_filing,
    receipt,
    receipt_page,
    receipt_text,
)
from tests.unit.filing_builder import TODAY, write_filing

COUNTED = ("stations.", "mesh_counts.", "prefecture_counts.", "coverage.")


def read_soundly(**files):
    """Report on a filing of `files`, which must be sound."""
    with TemporaryDirectory() as folder:
        filing = write_filing(Path(folder) / "f", **files)
        return assert_sound(read_filing(filing, today=TODAY))


def read_zip_soundly(content):
    """Report on a zip of the bytes `content`, which must be sound."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "filing.zip"
        path.write_bytes(content)
        return assert_sound(read_filing(path, today=TODAY))


def check_soundly(*filings, **options):
    """Reports of `check_filings`, each of which must be sound."""
    reports = check_filings(filings, today=TODAY, **options)
    return [assert_sound(report) for report in reports]


def assert_sound(report):
    """Rows add up, each rejected row is named, and every receipt can be made."""
    filing = report.filing
    assert filing["read_count"] == filing["accepted_count"] + filing["rejected_count"]
    for table, accepted in report.tables().items():
        (count,) = (c for c in report.table_counts if c.table == table)
        assert count.accepted_count == len(accepted)
    assert set(report.rules_run).isdisjoint(report.rules_not_run)
    if report.is_accepted:
        assert filing["rejected_count"] == len(_rejected_lines(report))
    _assert_receipts(report)
    return report


def _rejected_lines(report):
    """File and line of everything that an ERROR without a waiver rejects."""
    return {
        (finding["file"], finding["line"])
        for finding in report.findings.to_pylist()
        if (finding["severity"], finding["state"]) == ("ERROR", "open")
        and finding["line"] is not None
    }


def _assert_receipts(report):
    record = json.loads(json.dumps(receipt(report), default=str, allow_nan=False))
    assert record["filing"]["name"] == report.name
    for language in ("ja", "en"):
        text = receipt_text(report, language)
        assert all(line.isprintable() for line in text.split("\n"))
    assert receipt_page(report).rstrip().endswith("</html>")
    with TemporaryDirectory() as folder:
        sheet = Path(folder) / "sheet.csv"
        findings_sheet(report, sheet)
        assert sheet.read_bytes().count(b"\r\n") == len(report.findings) + 1
