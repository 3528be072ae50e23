"""Rules on the rows of one table."""
