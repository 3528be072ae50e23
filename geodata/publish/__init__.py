"""Exports: a release folder and everything in it."""
