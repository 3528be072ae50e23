"""Rows of all sources together, one population among them."""

from collections.abc import Mapping

import pandas as pd

from geodata.ground.people import EXTENT, GAP, POPULATION, one_population


def joined_tables(
    by_source: Mapping[str, Mapping[str, pd.DataFrame]],
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Every ``raw`` table, rows of all sources one after the other.

    Parameters
    ----------
    by_source : mapping
        Source name to its ``raw`` tables, in the order of the register.

    Returns
    -------
    tables : dict
        By full name. Of several populations the one that is used.
    notes : list of str
        What is not used.
    """
    chosen, notes = one_population(by_source)
    parts: dict[str, list[pd.DataFrame]] = {}
    for name, tables in by_source.items():
        for table, rows in tables.items():
            if table not in (POPULATION, EXTENT, GAP) or name == chosen:
                parts.setdefault(table, []).append(rows)
    joined = {
        table: pd.concat(rows, ignore_index=True) for table, rows in parts.items()
    }
    return joined, notes
