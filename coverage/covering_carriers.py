"""How many carriers cover the inhabited cells."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.covered_population import CoveredPopulation
from coverage.editions import InForce
from coverage.labels import COMBINED, RunLabels
from coverage.population import SPLIT, prefecture_places, state_labelled
from coverage.residents import Int64Array, Residents
from coverage.scopes import Scopes, scopes_of
from geodata.schemas.out_coverage import COVERING_CARRIERS
from geodata.schemas.table import empty


def covering_carriers(
    people: CoveredPopulation, prefectures: pd.DataFrame, labels: RunLabels
) -> pd.DataFrame:
    """Inhabited cells, and residents in them, by the number of carriers.

    Parameters
    ----------
    people : CoveredPopulation
        Residents and the editions that cover them. Not modified.
    prefectures : DataFrame
        ``pref_code``, ``bureau_code`` of all prefectures.
    labels : RunLabels
        What holds for the whole run.

    Returns
    -------
    DataFrame
        Columns of ``out.covering_carriers``, for every day and source with areas: one
        row per scope for 0, 1 ... carriers, up to the number of carriers with areas
        (of the others nothing is known, and ``is_complete`` is false). Under
        ``modelled`` the filed areas count beside the modelled ones. Scopes without a
        known resident have no rows; without a population there are none at all.

        The counts of a scope add up to its inhabited cells and to its residents.
        Residents of prefectures add up to the nation; cells do not, as a border cell
        counts in every scope in which residents of it live.

    Raises
    ------
    TableError
        The population names a prefecture that is not among `prefectures`.

    Notes
    -----
    A cell with withheld residents (秘匿) is inhabited. It counts with its disclosure
    group, as in 5G人口カバー率; where the parts of a border cell differ, it is
    covered where one of them is. Source: domain.md 3.4 and 6.3.
    """
    scopes = scopes_of(prefectures)
    inhabited: dict[int | None, _Inhabited] = {}
    blocks: dict[tuple[object, ...], pd.DataFrame] = {}
    frames = []
    for stand in people.in_force:
        residents = people.residents[stand.state[0]]
        if residents is None or not stand.parts:
            continue
        year, editions = residents.census_year, tuple(stand.parts.values())
        if year not in inhabited:
            inhabited[year] = _inhabited(residents, scopes)
        if (year, editions) not in blocks:
            count = carrier_count(people, residents, stand)
            blocks[year, editions] = _block(
                count, len(editions), inhabited[year], scopes
            )
        rows = blocks[year, editions].assign(carrier=COMBINED)
        rows = state_labelled(rows, people, stand, labels).assign(assignment=SPLIT)
        rows["is_complete"] &= rows.pop("has_whole_census")
        frames.append(rows.drop(columns=["carrier", "coverage_as_of"]))
    return pd.concat(frames, ignore_index=True) if frames else empty(COVERING_CARRIERS)


def carrier_count(
    people: CoveredPopulation, residents: Residents, stand: InForce
) -> Int64Array:
    """Number of carriers that cover each cell of `residents`, shape (n_cell,)."""
    count = np.zeros(len(residents.cells), "int64")
    for edition in stand.parts.values():
        is_covered = people.covered(residents, (edition,), "population")
        covered_parts = np.bincount(
            residents.cell_of[is_covered], minlength=len(residents.cells)
        )
        count += covered_parts > 0
    return count


@dataclass(frozen=True)
class _Inhabited:
    """Inhabited cells of every scope: each pair of cell and scope once."""

    cell: npt.NDArray[np.intp]
    scope: npt.NDArray[np.intp]
    people: Int64Array
    has_whole_census: npt.NDArray[np.bool_]


def _inhabited(residents: Residents, scopes: Scopes) -> _Inhabited:
    places = prefecture_places(residents, scopes)
    is_inhabited = residents.is_inhabited
    row, scope = np.nonzero(scopes.matrix[places[is_inhabited]])
    parts = pd.DataFrame(
        {
            "scope": scope,
            "cell": residents.cell_of[is_inhabited][row],
            "people": residents.counts["population"][is_inhabited][row],
        }
    )
    cells = parts.groupby(["scope", "cell"], as_index=False)["people"].sum()
    return _Inhabited(
        cells["cell"].to_numpy(),
        cells["scope"].to_numpy(),
        cells["people"].to_numpy("int64"),
        scopes.wholly_in(residents.whole["population"] - residents.gapped),
    )


def _block(
    count: Int64Array, most: int, inhabited: _Inhabited, scopes: Scopes
) -> pd.DataFrame:
    """Cells and residents of every scope by number of carriers, from 0 to `most`."""
    shape = (len(scopes.names), most + 1)
    at = (inhabited.scope, count[inhabited.cell])
    cells, people = np.zeros(shape, "int64"), np.zeros(shape, "int64")
    np.add.at(cells, at, 1)
    np.add.at(people, at, inhabited.people)
    rows = scopes.names.assign(has_whole_census=inhabited.has_whole_census)
    rows = rows.merge(pd.DataFrame({"carrier_count": range(most + 1)}), how="cross")
    rows = rows.assign(cell_count=cells.ravel(), population_count=people.ravel())
    is_known = np.repeat(cells.sum(axis=1) > 0, most + 1)
    return rows[is_known].reset_index(drop=True)
