"""Inhabited 500 m cells with what covers them: a layer for GIS."""

from datetime import date

import numpy as np
import pandas as pd

from coverage.covered_population import CoveredPopulation
from coverage.covering_carriers import carrier_count
from coverage.editions import FILED, MODELLED, InForce
from coverage.labels import RunLabels
from coverage.residents import IndexArray, Residents


def mesh4_layer(
    people: CoveredPopulation, as_of: date, labels: RunLabels
) -> pd.DataFrame | None:
    """Covered shares of every inhabited 500 m cell, now and as planned.

    Parameters
    ----------
    people : CoveredPopulation
        Residents and the editions that cover them. Not modified.
    as_of : date
        Day of the release: shares of areas operating on it, and the census in use.
        The planned ones are of the last planned day.
    labels : RunLabels
        What holds for the whole run.

    Returns
    -------
    DataFrame or None
        Columns of ``out.mesh4_coverage``. Shares are of the whole cell, whatever the
        area basis; 0 where a carrier's areas do not reach the cell, null where the
        carrier has no areas. ``carrier_count`` is counted as in
        ``out.covering_carriers``. Filed areas are used where there are any on either
        day, or else modelled ones.

        None where there is no population on 500 m cells (or finer), or no area at
        all on the two days.

    Raises
    ------
    ValueError
        `as_of` is none of the days that `people` was made for.
    """
    if as_of not in people.residents:
        days = ", ".join(map(str, people.residents))
        raise ValueError(f"as_of {as_of}: wanted one of the days reported: {days}.")
    residents = people.residents[as_of]
    if residents is None or residents.level != "m4":
        return None
    planned_days = [s.state[0] for s in people.in_force if s.state[1] == "planned"]
    planned_on = max(planned_days, default=None)
    for source in (FILED, MODELLED):
        now = _standing(people, source, as_of, "operating")
        planned = _standing(people, source, planned_on, "planned")
        if now or planned:
            break
    else:
        return None
    count = None if now is None else carrier_count(people, residents, now)
    table = _inhabited(residents)
    cell = table.pop("cell").to_numpy()
    return table.assign(
        as_of=pd.Timestamp(as_of),
        planned_on=pd.Timestamp(planned_on),
        **_shares(people, residents, now, cell, "share", labels),
        **_shares(people, residents, planned, cell, "planned_share", labels),
        carrier_count=pd.array(
            [None] * len(cell) if count is None else count[cell], dtype="Int8"
        ),
        coverage_source=source,
        is_synthetic=labels.is_synthetic,
    )


def _standing(
    people: CoveredPopulation, source: str, day: date | None, basis: str
) -> InForce | None:
    """Editions of a source on a day; None where it has none."""
    for stand in people.in_force:
        if (stand.source, *stand.state) == (source, day, basis) and stand.edition_of:
            return stand
    return None


def _inhabited(residents: Residents) -> pd.DataFrame:
    """Cells with residents, their number, and the prefecture of most of them."""
    parts = pd.DataFrame(
        {
            "cell": residents.cell_of,
            "pref_code": np.array(residents.prefectures, dtype=object)[
                residents.pref_of
            ],
            "population_count": residents.counts["population"],
            "is_inhabited": residents.is_inhabited,
        }
    )
    by_prefecture = parts.groupby(["cell", "pref_code"], as_index=False).agg(
        {"population_count": "sum", "is_inhabited": "any"}
    )
    largest_first = by_prefecture.sort_values(
        ["cell", "population_count", "pref_code"], ascending=[True, False, True]
    )
    by_cell = largest_first.groupby("cell", as_index=False).agg(
        {"pref_code": "first", "population_count": "sum", "is_inhabited": "any"}
    )
    table = by_cell[by_cell.pop("is_inhabited")].reset_index(drop=True)
    return table.assign(mesh4=residents.cells[table["cell"]])


def _shares(
    people: CoveredPopulation,
    residents: Residents,
    stand: InForce | None,
    cell: IndexArray,
    column: str,
    labels: RunLabels,
) -> dict[str, object]:
    """Share columns of one day; null of a carrier that has no areas then."""
    codes = residents.cells[cell]
    edition_of = {} if stand is None else stand.edition_of
    return {
        f"{carrier}_{column}": (
            people.edition_shares.at(edition_of[carrier], codes, "cell")
            if carrier in edition_of
            else np.full(len(codes), np.nan)
        )
        for carrier in labels.rows
    }
