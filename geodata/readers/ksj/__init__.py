"""Editions and layouts of 国土数値情報."""
