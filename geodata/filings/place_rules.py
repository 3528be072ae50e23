"""Rules on where stations stand: declared prefecture, sea, datum."""
