"""A small table of text, for the screen and for Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class TextTable:
    """Title, column heads and rows of text; numbers are already formatted."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]

    @property
    def plain_heads(self) -> list[str]:
        """Column heads on one line each."""
        return [head.replace("\n", " ") for head in self.heads]

    def markdown(self) -> str:
        """The table in GitHub's Markdown."""
        lines = [
            f"**{self.title}**",
            "",
            "| " + " | ".join(self.plain_heads) + " |",
            "|" + " --- |" * len(self.heads),
            *("| " + " | ".join(row) + " |" for row in self.rows),
        ]
        return "\n".join(lines) + "\n"
