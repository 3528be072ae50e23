"""The receipt of a filing: on screen, as JSON, as a page and as a sheet."""

from geodata.filings.receipt.data import receipt, receipt_text

__all__ = ["receipt", "receipt_text"]
