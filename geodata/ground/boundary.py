"""Which municipality has which land, and how boundaries and list agree on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from geodata import reference
from geodata.placement.crosswalk_agreement import crosswalk_agreement
from geodata.placement.land import (
    FROM_LIST,
    FROM_SHIPPED_LIST,
    land_by_cell,
    municipality_cells,
)
from geodata.placement.places import Boundaries
from geodata.readers.administrative_areas import is_simplified

AREAS = "raw.municipality_area"
LISTED = "raw.mesh3_municipality"

_IS_SIMPLIFIED = (
    "The boundaries (N03) are simplified: they decide the prefecture of a station only "
    "between those that its 1 km cell touches, and the doubt (is_border_cell, "
    "border_cell) stays."
)


@dataclass(frozen=True)
class Municipalities:
    """Municipalities on the grid.

    Attributes
    ----------
    cells : DataFrame
        Rows of ``core.municipality_cell``.
    covered : set of str
        Prefectures whose boundaries are known.
    boundaries : Boundaries or None
        To locate stations; None without N03.
    differences : DataFrame or None
        Rows of ``core.crosswalk_difference``; None without N03.
    notes : list of str
        What whoever reads the release should know.
    """

    cells: pd.DataFrame
    covered: set[str] = field(default_factory=set)
    boundaries: Boundaries | None = None
    differences: pd.DataFrame | None = None
    notes: list[str] = field(default_factory=list)


def municipalities_on_cells(given: Mapping[str, pd.DataFrame]) -> Municipalities:
    """Municipalities of every 1 km cell: by boundaries where given, else by the list.

    Parameters
    ----------
    given : mapping
        ``raw`` tables of the run. The list given goes before the shipped one (2020).
    """
    listed, source = given.get(LISTED), FROM_LIST
    if listed is None:
        listed, source = reference.mesh3_municipalities(), FROM_SHIPPED_LIST
    areas = given.get(AREAS)
    if areas is None:
        return Municipalities(municipality_cells(None, listed, source))
    land = land_by_cell(areas)
    known = reference.municipalities()
    unassigned = known.loc[known["kind"] == "unassigned", "city_code"]
    agreement = crosswalk_agreement(land, listed, unassigned)
    simplified = is_simplified(areas)
    notes = [f"{agreement.sentence()} List: {source}."]
    return Municipalities(
        cells=municipality_cells(land, listed, source),
        covered=set(areas["pref_code"]),
        boundaries=Boundaries.of(areas, is_simplified=simplified, listed=listed),
        differences=agreement.differences,
        notes=[*notes, _IS_SIMPLIFIED] if simplified else notes,
    )
