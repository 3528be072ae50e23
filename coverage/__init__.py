"""Metrics: tables in, tables out, as the ministry defines them.

This is the project's own package. It has the import name of coverage.py, so
coverage.py (and pytest-cov, numba) must not be installed beside it.
"""
