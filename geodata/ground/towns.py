"""Towns of support areas and fibre surveys joined with the town master."""

from collections.abc import Mapping

import pandas as pd

from geodata.placement.town_match import match_towns

TOWNS = "raw.town"
_JOINED = {"support_areas": "raw.support_area", "fibre_towns": "raw.fibre_town"}


def joined_towns(
    given: Mapping[str, pd.DataFrame],
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """What could not be joined with the town master, and how much could.

    Parameters
    ----------
    given : mapping
        ``raw`` tables of the run.

    Returns
    -------
    tables : dict
        ``core.unmatched_town`` where there is a town master and something to join.
    notes : list of str
        The share joined of each source, as a sentence.
    """
    if TOWNS not in given:
        return {}, []
    matches = [
        match_towns(given[table], given[TOWNS], source)
        for source, table in _JOINED.items()
        if table in given
    ]
    if not matches:
        return {}, []
    unmatched = pd.concat([match.unmatched for match in matches], ignore_index=True)
    return {"core.unmatched_town": unmatched}, [match.note for match in matches]
