"""Which editions of coverage areas (エリア図) stand on each day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product

import pandas as pd

from coverage.labels import COMBINED, State
from geodata.errors import TableError

FILED, MODELLED = "filed", "modelled"
"""Coverage areas of the filings, and estimates from stations: kept apart."""


@dataclass(frozen=True)
class InForce:
    """The editions of one source on one day.

    Attributes
    ----------
    state : (date, basis)
        The day, and whether it is operating or planned.
    source : str
        ``filed`` or ``modelled``.
    edition_of : mapping of str to str
        Edition of each carrier of this source, and of ``combined``. Empty where no
        carrier has areas.
    as_of : mapping of str to Timestamp
        Day of the areas; of combined the oldest.
    parts : mapping of str to str
        Carriers in combined with their editions. Under ``modelled`` those of filed
        areas are among them, though they have no rows of that source.
    """

    state: State
    source: str
    edition_of: Mapping[str, str]
    as_of: Mapping[str, pd.Timestamp]
    parts: Mapping[str, str]

    def is_told(self, carrier: str, filed_as_of: Mapping[str, date]) -> bool:
        """Whether the areas in use tell the day: of combined, those of every carrier.

        Areas no younger than their filing tell what is, and nothing of what is
        planned for a later day.
        """
        day, basis = self.state
        used = self.parts if carrier == COMBINED else {carrier: ""}
        return basis != "planned" or not any(
            one in self.as_of
            and one in filed_as_of
            and self.as_of[one].date() <= filed_as_of[one] < day
            for one in used
        )

    def editions(self, carrier: str, combination: str) -> tuple[str, ...]:
        """Editions of which one is to cover a cell; none: no areas are known."""
        if carrier not in self.edition_of:
            return ()
        if carrier == COMBINED and combination == "any":
            return tuple(self.parts.values())
        return (self.edition_of[carrier],)


def editions_in_force(
    editions: pd.DataFrame, states: Sequence[State]
) -> tuple[InForce, ...]:
    """Editions of all band classes together, by day and source.

    Parameters
    ----------
    editions : DataFrame
        Rows of ``core.coverage_edition``. Not modified.
    states : sequence of (date, basis)
        Days and bases to report.

    Returns
    -------
    tuple of InForce
        For every state one of ``filed``, with or without editions, and one of
        ``modelled`` where there are modelled editions.

    Raises
    ------
    TableError
        A carrier has an edition on a day without a combined one, or a combined
        edition has a part that is no carrier's edition.
    """
    chosen = editions[editions["band_class"] == "all"]
    of_carriers = chosen[chosen["carrier"] != COMBINED]
    owner = dict(zip(of_carriers["edition"], of_carriers["carrier"], strict=True))
    by_state = dict(iter(chosen.groupby(["as_of", "basis", "coverage_source"])))
    found = []
    for (day, basis), source in product(states, (FILED, MODELLED)):
        rows = by_state.get((pd.Timestamp(day), basis, source))
        if rows is not None:
            found.append(_in_force((day, basis), source, rows, owner))
        elif source == FILED:
            found.append(InForce((day, basis), source, {}, {}, {}))
    return tuple(found)


def _in_force(
    state: State, source: str, rows: pd.DataFrame, owner: Mapping[str, str]
) -> InForce:
    by_carrier = rows.set_index("carrier")
    if COMBINED not in by_carrier.index:
        raise TableError(
            f"core.coverage_edition: {rows['edition'].iloc[0]} stands on {state[0]} "
            f"({state[1]}, {source}) and no combined edition does; wanted one for "
            "every day with areas. Run the coverage stage again."
        )
    combined = by_carrier.loc[COMBINED]
    parts = str(combined["parts"]).split(";")
    strange = [part for part in parts if part not in owner]
    if strange:
        raise TableError(
            f"core.coverage_edition: combined edition {combined['edition']} has the "
            f"part '{strange[0]}', which is no edition of a carrier. Run the coverage "
            "stage again."
        )
    return InForce(
        state,
        source,
        {str(carrier): str(name) for carrier, name in by_carrier["edition"].items()},
        {str(carrier): day for carrier, day in by_carrier["coverage_as_of"].items()},
        {owner[part]: part for part in parts},
    )
