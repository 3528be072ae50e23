"""The carriers' filing format (domain.md section 4): reading, rules, receipt."""

from geodata.filings.catalogue import Rule, rules
from geodata.filings.finding_filings import find_filings
from geodata.filings.reading import read_filing
from geodata.filings.receipt import receipt, receipt_text
from geodata.filings.report import FilingReport, TableCount
from geodata.filings.selection import select_filings

__all__ = [
    "FilingReport",
    "Rule",
    "TableCount",
    "find_filings",
    "read_filing",
    "receipt",
    "receipt_text",
    "rules",
    "select_filings",
]
