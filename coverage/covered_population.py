"""Which residents are covered by which carrier: the step before every metric."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.editions import InForce, editions_in_force
from coverage.exact import reaches
from coverage.labels import State
from coverage.options import CoverageOptions
from coverage.residents import Int64Array, Residents, residents_on
from geodata import mesh
from geodata.errors import TableError

HALF = Fraction(1, 2)
"""Share of a cell from which on its residents are covered (domain.md 3.4)."""

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

_SLACK = 1e-6  # of a share: what the kernel may be off is far less


@dataclass(frozen=True)
class CoverageTables:
    """What population coverage rests on.

    Attributes
    ----------
    editions : DataFrame
        Rows of ``core.coverage_edition``.
    mesh4_coverage : DataFrame
        Rows of ``core.mesh4_coverage``.
    population : DataFrame or None
        Rows of ``core.mesh_population``; None: the run has none.
    cell_land : DataFrame or None
        ``mesh4``, ``land_area_m2``, such as ``core.mesh4_municipality``; several rows
        of a cell are added. Needed for ``area_basis`` "land" where cells are weighed
        against each other: population on 1 km cells, or withheld figures.
    population_source : str or None
        Text for ``denominator_source`` instead of ``census:<year>``, such as
        ``synthetic:<generator>``.
    prefectures : DataFrame or None
        How far each census tells the residents of each prefecture, see
        :func:`coverage.residents.residents_on`; None: it does of all it names.
    land_prefectures : collection of str or None
        Prefectures whose boundaries were given: with ``area_basis`` "land" all in
        which people live. None: those are.
    """

    editions: pd.DataFrame
    mesh4_coverage: pd.DataFrame
    population: pd.DataFrame | None = None
    cell_land: pd.DataFrame | None = None
    population_source: str | None = None
    prefectures: pd.DataFrame | None = None
    land_prefectures: Collection[str] | None = None


class EditionShares:
    """Covered shares of 500 m cells by edition, looked up by cell."""

    def __init__(self, mesh4_coverage: pd.DataFrame) -> None:
        numbers, names = pd.factorize(mesh4_coverage["edition"])
        if (numbers[1:] < numbers[:-1]).any():
            order = np.argsort(numbers, kind="stable")
            mesh4_coverage, numbers = mesh4_coverage.iloc[order], numbers[order]
        ends = np.searchsorted(numbers, np.arange(len(names) + 1))
        self._rows = {
            str(name): slice(first, last)
            for name, first, last in zip(names, ends[:-1], ends[1:], strict=True)
        }
        self._codes = mesh4_coverage["mesh4"].to_numpy("int64")
        whole, land = (
            mesh4_coverage[column].to_numpy("float64", na_value=np.nan)
            for column in ("covered_share", "covered_land_share")
        )
        self._shares = {"cell": whole, "land": np.where(np.isnan(land), whole, land)}

    def at(self, edition: str, cells: Int64Array, area_basis: str) -> FloatArray:
        """Share of each 500 m cell that `edition` covers.

        Parameters
        ----------
        edition : str
            Edition of ``core.mesh4_coverage``. It has no row of cells that it does
            not reach, and none at all where it reaches nothing: their share is 0.
        cells : int64 array, any shape
            Codes at m4.
        area_basis : {"cell", "land"}
            Share of the cell, or of its land; of the cell where it has no land, as
            people may live off simplified boundaries.

        Returns
        -------
        array of float64, shape of `cells`

        Raises
        ------
        TableError
            A cell has two rows, or a share is not from 0 to 1.
        """
        rows = self._rows.get(edition)
        if rows is None:
            return np.zeros(cells.shape)
        codes, share = self._codes[rows], self._shares[area_basis][rows]
        if (codes[1:] <= codes[:-1]).any():
            order = np.argsort(codes, kind="stable")
            codes, share = codes[order], share[order]
        _check_shares(edition, codes, share)
        place = np.minimum(np.searchsorted(codes, cells), len(codes) - 1)
        found: FloatArray = np.where(codes[place] == cells, share[place], 0.0)
        return found


@dataclass(frozen=True)
class CoveredPopulation:
    """Residents, and the editions that cover them.

    Attributes
    ----------
    in_force : tuple of InForce
        Editions by day and source.
    residents : mapping of date to Residents or None
        Census in use on each day.
    edition_shares : EditionShares
        Shares of 500 m cells.
    options : CoverageOptions
        How cells are counted.
    population_source : str or None
        See :class:`CoverageTables`.
    cell_shares : mapping of (census year, edition) to array, shape (n_cell,)
        Covered share of each cell of that census, of the basis in `options`.
    cell_weights : mapping of census year to array, shape (n_cell,)
        Area of each cell (or of its land), square metres.
    """

    in_force: tuple[InForce, ...]
    residents: Mapping[date, Residents | None]
    edition_shares: EditionShares
    options: CoverageOptions
    population_source: str | None
    cell_shares: Mapping[tuple[int | None, str], FloatArray]
    cell_weights: Mapping[int | None, FloatArray]

    def covered(
        self, residents: Residents, editions: Sequence[str], measure: str
    ) -> BoolArray:
        """Whether the residents of each row are covered by one of `editions`.

        Rows of a disclosure group are, where half of the union of its cells is.

        Returns
        -------
        array of bool, shape (n_row,)
        """
        covered = np.zeros(len(residents.cell_of), bool)
        for edition in editions:
            covered |= self._covered_by(residents, edition, measure)
        return covered

    def _covered_by(
        self, residents: Residents, edition: str, measure: str
    ) -> BoolArray:
        share = self.cell_shares[residents.census_year, edition]
        covered: BoolArray = reaches(share, HALF)[residents.cell_of]
        groups = residents.groups.get(measure)
        if groups is not None:
            weight = self.cell_weights[residents.census_year][groups.cells]
            share_of_group = _ratio(
                np.bincount(groups.cell_groups, weight * share[groups.cells]),
                np.bincount(groups.cell_groups, weight),
            )
            covered[groups.rows] = reaches(share_of_group, HALF)[groups.group_of]
        return covered

    def denominator_source(self, residents: Residents | None) -> str:
        """Where the residents come from, as every row says it."""
        if residents is None or residents.census_year is None:
            return self.population_source or "census:unknown"
        return self.population_source or f"census:{residents.census_year}"


def covered_population(
    tables: CoverageTables,
    states: Sequence[State],
    options: CoverageOptions,
    census_year_for: Callable[[date], int],
) -> CoveredPopulation:
    """Join residents with covered shares, once per census and edition.

    Parameters
    ----------
    tables : CoverageTables
        Coverage and population. Not modified.
    states : sequence of (date, basis)
        Days and bases to report.
    options : CoverageOptions
        How cells are counted.
    census_year_for : callable
        Year of the census by rule for a day: ``reference.census_year_for``.

    Returns
    -------
    CoveredPopulation
        What every metric of covered residents is made of.

    Raises
    ------
    TableError
        A table contradicts itself, a census that was asked for is not there, or
        ``area_basis`` is "land" and the land is not known.

    Notes
    -----
    Source: domain.md 3.4 and 6.3. The share of a 1 km cell is the mean of its four
    500 m cells, weighted by area.
    """
    if options.area_basis == "land":
        _check_land(tables)
    in_force = editions_in_force(tables.editions, states)
    days = dict.fromkeys(day for day, _ in states)
    residents = residents_on(
        tables.population, days, options, census_year_for, tables.prefectures
    )
    edition_shares = EditionShares(tables.mesh4_coverage)
    shares: dict[tuple[int | None, str], FloatArray] = {}
    weights: dict[int | None, FloatArray] = {}  # of the 500 m cells of each cell
    for stand in in_force:
        people = residents[stand.state[0]]
        if people is None:
            continue
        year = people.census_year
        if year not in weights:
            weights[year] = _weights(people, tables.cell_land, options)
        for edition in {*stand.edition_of.values(), *stand.parts.values()}:
            if (year, edition) not in shares:
                fine = edition_shares.at(edition, people.fine_cells, options.area_basis)
                shares[year, edition] = _mean(fine, weights[year])
    return CoveredPopulation(
        in_force,
        residents,
        edition_shares,
        options,
        tables.population_source,
        shares,
        {year: fine.sum(axis=1) for year, fine in weights.items()},
    )


def _check_shares(edition: str, codes: Int64Array, share: FloatArray) -> None:
    repeated = np.flatnonzero(codes[1:] == codes[:-1])
    if len(repeated):
        raise TableError(
            f"core.mesh4_coverage: edition '{edition}' has two rows of cell "
            f"{codes[repeated[0]]}; wanted each cell once."
        )
    strange = np.flatnonzero((share < -_SLACK) | (share > 1 + _SLACK))
    if len(strange):
        raise TableError(
            f"core.mesh4_coverage: edition '{edition}', cell {codes[strange[0]]}: "
            f"share {share[strange[0]]}; wanted 0 to 1."
        )


def _check_land(tables: CoverageTables) -> None:
    land_share = tables.mesh4_coverage["covered_land_share"]
    if len(land_share) and land_share.isna().all():
        raise TableError(
            "core.mesh4_coverage: covered_land_share is null in every row, and the "
            "option area_basis = land needs it. Give the boundaries (N03), or use "
            "area_basis = cell."
        )
    if tables.land_prefectures is None or tables.population is None:
        return
    peopled = set(tables.population["pref_code"])
    lacking = sorted(peopled - set(tables.land_prefectures))
    if lacking:
        raise TableError(
            "area_basis = land needs the boundaries (N03) of every prefecture in which "
            f"people live; there are none of {', '.join(lacking)}. Give them, or use "
            "area_basis = cell."
        )


def _weights(
    residents: Residents, cell_land: pd.DataFrame | None, options: CoverageOptions
) -> FloatArray:
    """Area of the 500 m cells of each cell, or of their land; shape of `fine_cells`."""
    cells = residents.fine_cells
    if options.area_basis == "cell":
        return mesh.area_m2(cells, "m4")
    if cell_land is None:
        if residents.groups or residents.level != "m4":
            raise TableError(
                "area_basis = land with population on 1 km cells or with withheld "
                "figures needs the land of each 500 m cell; give the boundaries (N03), "
                "or use area_basis = cell."
            )
        return np.ones(cells.shape)  # nothing is weighed against anything
    land = cell_land.dropna(subset="land_area_m2").groupby("mesh4")["land_area_m2"]
    found: FloatArray = land.sum().reindex(cells.ravel(), fill_value=0.0).to_numpy()
    found = found.astype("float64").reshape(cells.shape)
    has_land = found.sum(axis=1, keepdims=True) > 0
    return np.where(has_land, found, mesh.area_m2(cells, "m4"))


def _mean(fine: FloatArray, weights: FloatArray) -> FloatArray:
    """Mean over the 500 m cells of each cell."""
    if fine.shape[1] == 1:
        return fine[:, 0]
    return _ratio((fine * weights).sum(axis=1), weights.sum(axis=1))


def _ratio(part: npt.NDArray[Any], total: npt.NDArray[Any]) -> FloatArray:
    """`part` / `total`, 0 where there is nothing to be covered."""
    result = np.zeros(len(total))
    np.divide(part, total, out=result, where=total > 0)
    return result
