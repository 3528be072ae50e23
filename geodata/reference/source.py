"""Where each shipped table comes from, and what the numbered citations stand for."""

from dataclasses import dataclass
from functools import cache

import pandas as pd

from geodata.reference.shipped import SOURCES_FILE, lend, read_csv, read_toml


@dataclass(frozen=True)
class Source:
    """Origin of one shipped table.

    Attributes
    ----------
    file : str
        Name of the file, its table's name with an ending.
    title_ja, title_en, producer : str
        Title of what it was made from, and who made that.
    origin : str
        Where it was taken from.
    licence, credit : str
        Terms of use, and the credit line to print.
    vintage : str
        Date or edition of the facts.
    mark : str
        ``sourced``, ``computed``, ``recalled`` or ``decision``; where rows differ,
        they have a column ``provenance``.
    rebuild : str
        Command that writes the file, or ``edited by hand``.
    """

    file: str
    title_ja: str
    title_en: str
    producer: str
    origin: str
    licence: str
    credit: str
    vintage: str
    mark: str
    rebuild: str

    @property
    def table(self) -> str:
        """Name of the table."""
        return self.file.partition(".")[0]


def sources() -> list[Source]:
    """Origin of every shipped table, for attribution in a release."""
    return list(_sources())


@lend
def citations() -> pd.DataFrame:
    """What ``sourced:<number>`` stands for.

    Returns
    -------
    DataFrame
        ``number`` (str), ``source`` (str).
    """
    return read_csv("citations.csv")


@cache
def _sources() -> tuple[Source, ...]:
    return tuple(Source(**record) for record in read_toml(SOURCES_FILE)["table"])
