"""Rules across the filings of several carriers."""
