"""Rules between the tables of a filing: totals against finer rows."""
