"""Hostile and broken packages that ``rules/package.toml`` names, beyond a plain zip."""

TRIPS = {}
"""Report of a filing that trips the rule, by rule id (a case takes a folder)."""

GOOD = {}
"""Filings that trip no rule; between them every rule runs."""
