"""The receipt of a filing: on screen, as JSON, as a page and as a sheet."""

from geodata.filings.receipt.data import receipt
from geodata.filings.receipt.page import receipt_page
from geodata.filings.receipt.screen import receipt_text
from geodata.filings.receipt.sheet import findings_sheet

__all__ = ["findings_sheet", "receipt", "receipt_page", "receipt_text"]
