"""Filings that trip ``rules/totals.toml``, and good ones that run its rules."""

TRIPS = {}
"""Report of a filing that trips the rule, by rule id (a case takes a folder)."""

GOOD = {}
"""Filings that trip no rule; between them every rule runs."""
