"""The carriers' filing format (domain.md section 4): reading, rules, receipt."""

from geodata.filings.answers.waivers import Waiver, read_waivers
from geodata.filings.catalogue import Rule, rules
from geodata.filings.checking import check_filings
from geodata.filings.handed_in.finding_filings import find_filings
from geodata.filings.options import CheckOptions, Limits, Tolerances
from geodata.filings.reading import read_filing
from geodata.filings.receipt import (
    findings_sheet,
    receipt,
    receipt_page,
    receipt_text,
)
from geodata.filings.report import FilingReport, TableCount
from geodata.filings.selection import select_filings

__all__ = [
    "CheckOptions",
    "FilingReport",
    "Limits",
    "Rule",
    "TableCount",
    "Tolerances",
    "Waiver",
    "check_filings",
    "find_filings",
    "findings_sheet",
    "read_filing",
    "read_waivers",
    "receipt",
    "receipt_page",
    "receipt_text",
    "rules",
    "select_filings",
]
