"""Data: the JIS X 0410 grid, filings, reference tables, the store and the exports."""
