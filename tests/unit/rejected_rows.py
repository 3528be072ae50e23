"""What the readers' tests compare of the rows that were rejected."""

from geodata.readers.reading import SourceRead


def faults(read: SourceRead) -> list[tuple[str, int, str, str]]:
    """Rule, row, column and value of each, in the order they were found."""
    columns = ["rule_id", "row", "column", "value"]
    return list(read.rejected[columns].itertuples(index=False, name=None))
