"""Readers of inputs other than filings: one module a format; nothing is inferred."""
