"""Residents on cells, as population coverage counts them: one census at a time."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.options import CoverageOptions
from geodata import mesh
from geodata.errors import TableError
from geodata.reference import census_year_in_use

MEASURES = {
    "population": "population_count",
    "household": "household_count",
    "age65": "age65_count",
}
"""What is counted, and its column of ``core.mesh_population``."""

Int64Array = npt.NDArray[np.int64]
IndexArray = npt.NDArray[np.intp]

_COUNTED_AT = {"m3": "m3", "m4": "m4", "m5": "m4", "m6": "m4"}
_GIVES = 2  # HTKSYORI of a cell that gives its figures to another


@dataclass(frozen=True)
class DisclosureGroups:
    """Rows whose figures stand for several cells (秘匿 and 合算先).

    Attributes
    ----------
    rows : array, shape (n_member,)
        Places of the rows among the residents' rows.
    group_of : array, shape (n_member,)
        Group of each of them, from 0.
    cells, cell_groups : arrays, shape (n_pair,)
        Every cell of every group once: its place among the cells, and the group.
    """

    rows: IndexArray
    group_of: IndexArray
    cells: IndexArray
    cell_groups: IndexArray


@dataclass(frozen=True)
class Residents:
    """One census on cells.

    Attributes
    ----------
    census_year : int or None
        None where the source does not say.
    level : str
        ``m3`` or ``m4``: finer cells are counted in the 500 m cell around them.
    cells : int64 array, shape (n_cell,)
        Mesh codes at `level`, ascending.
    fine_cells : int64 array, shape (n_cell, 1) or (n_cell, 4)
        The 500 m cells that make up each cell.
    cell_of : array, shape (n_row,)
        Place of each row's cell in `cells`. A row is a part of a cell: that of one
        prefecture and municipality.
    prefectures, municipalities : list of str
        Codes that the rows name.
    pref_of, city_of : arrays, shape (n_row,)
        Place of each row's code among them; -1 where no municipality is known.
    is_listed : bool array, shape (n_row,)
        The municipality is only one of those that a list gives.
    counts : mapping of str to int64 array, shape (n_row,)
        By measure; one that the census does not have at all is absent. A figure that
        is not known is 0 here: it counts in neither part of a rate.
    is_inhabited : bool array, shape (n_row,)
        Somebody lives there, counted or withheld.
    groups : mapping of str to DisclosureGroups
        By measure; absent where none of its figures is withheld.
    whole : mapping of str to frozenset of str
        By measure: prefectures of which the census that was given tells it wholly.
    gapped : frozenset of str
        Prefectures of which rows were rejected.
    """

    census_year: int | None
    level: str
    cells: Int64Array
    fine_cells: Int64Array
    cell_of: IndexArray
    prefectures: list[str]
    pref_of: IndexArray
    municipalities: list[str]
    city_of: IndexArray
    is_listed: npt.NDArray[np.bool_]
    counts: Mapping[str, Int64Array]
    is_inhabited: npt.NDArray[np.bool_]
    groups: Mapping[str, DisclosureGroups]
    whole: Mapping[str, frozenset[str]]
    gapped: frozenset[str]


def residents_on(
    population: pd.DataFrame | None,
    days: Iterable[date],
    options: CoverageOptions,
    census_year_for: Callable[[date], int],
    prefectures: pd.DataFrame | None = None,
) -> dict[date, Residents | None]:
    """Census in use on each day; None everywhere without any.

    Parameters
    ----------
    population : DataFrame or None
        Rows of ``core.mesh_population``. Not modified.
    days : iterable of date
        Days to report.
    options : CoverageOptions
        ``census_year`` overrides the rule.
    census_year_for : callable
        Year of the census by rule, such as ``reference.census_year_for``. Where the
        run has not that one, ``reference.census_year_in_use`` says which stands in.
    prefectures : DataFrame, optional
        ``census_year``, ``pref_code``, ``is_whole``, ``has_gap``: how far each census
        tells the residents of each prefecture. Default: all of those it names.

    Raises
    ------
    TableError
        The census of ``options.census_year`` is not there, or the rows of one census
        are on several levels or on one that cannot be counted.
    """
    if population is None or population.empty:
        return dict.fromkeys(days)
    years = _years(population["census_year"])
    chosen = {day: _chosen(years, day, options, census_year_for) for day in days}
    year_of_row = population["census_year"]
    used = {
        year: residents_of(
            population[year_of_row.isna() if year is None else year_of_row.eq(year)],
            prefectures,
        )
        for year in set(chosen.values())
    }
    return {day: used[year] for day, year in chosen.items()}


def residents_of(
    population: pd.DataFrame, prefectures_told: pd.DataFrame | None = None
) -> Residents:
    """Bring the rows of one census to the cells in which they are counted."""
    year = _years(population["census_year"])[0]
    level = _level(population)
    mesh_code = population["mesh"].to_numpy("int64")
    counted_at = _COUNTED_AT[level]
    code = mesh_code if level == counted_at else mesh.parent(mesh_code, level, "m4")
    cells, cell_of = np.unique(code, return_inverse=True)
    pref_of, prefectures = pd.factorize(population["pref_code"])
    city_of, municipalities = pd.factorize(population["city_code"])
    is_suppressed = population["pop_status"].eq("suppressed").to_numpy(bool)
    there = {
        measure: population[column]
        for measure, column in MEASURES.items()
        if measure == "population" or population[column].notna().any()
    }
    withheld = {
        measure: is_suppressed
        if measure == "population"
        else values.isna().to_numpy(bool)
        for measure, values in there.items()
    }
    counts = {
        measure: values.fillna(0).to_numpy("int64") for measure, values in there.items()
    }
    groups = {
        measure: _groups(population, cell_of, is_withheld)
        for measure, is_withheld in withheld.items()
    }
    whole, gapped = frozenset(str(code) for code in prefectures), frozenset[str]()
    if prefectures_told is not None:
        whole, gapped = _told(prefectures_told, year)
    return Residents(
        census_year=year,
        level=counted_at,
        cells=cells,
        fine_cells=(
            mesh.children(cells, "m3", "m4") if level == "m3" else cells[:, None]
        ),
        cell_of=cell_of,
        prefectures=[str(code) for code in prefectures],
        pref_of=pref_of,
        municipalities=[str(code) for code in municipalities],
        city_of=city_of,
        is_listed=population["city_split"].eq("list").to_numpy(bool),
        counts=counts,
        is_inhabited=(counts["population"] > 0) | is_suppressed,
        groups={name: found for name, found in groups.items() if len(found.rows)},
        whole={
            measure: whole - _without(values, population["pref_code"])
            for measure, values in there.items()
        },
        gapped=gapped,
    )


def _without(values: pd.Series, pref_codes: pd.Series) -> set[str]:
    """Prefectures with residents and not one figure of a measure."""
    has_figure = values.notna().groupby(pref_codes).any()
    return set(has_figure.index[~has_figure])


def _told(
    prefectures: pd.DataFrame, year: int | None
) -> tuple[frozenset[str], frozenset[str]]:
    """Prefectures that one census tells in whole, and those with a gap."""
    years = prefectures["census_year"]
    own = prefectures[years.isna() if year is None else years.eq(year)]
    whole = own.loc[own["is_whole"].astype(bool), "pref_code"]
    gapped = own.loc[own["has_gap"].astype(bool), "pref_code"]
    return frozenset(whole), frozenset(gapped)


def _years(column: pd.Series) -> list[int | None]:
    return [None if pd.isna(year) else int(year) for year in column.unique()]


def _chosen(
    years: list[int | None],
    day: date,
    options: CoverageOptions,
    census_year_for: Callable[[date], int],
) -> int | None:
    wanted = options.census_year
    if wanted is None:
        return census_year_in_use(census_year_for(day), years)
    if wanted in years:
        return wanted
    there = ", ".join("one of no stated year" if y is None else str(y) for y in years)
    raise TableError(
        f"core.mesh_population: no census of {wanted}, which the option census_year "
        f"asks for; there is: {there}. Give its files, or leave the option out."
    )


def _level(population: pd.DataFrame) -> str:
    levels = sorted(population["level"].unique())
    if len(levels) != 1 or levels[0] not in _COUNTED_AT:
        raise TableError(
            f"core.mesh_population: level {', '.join(levels)} of census year "
            f"{population['census_year'].iloc[0]}; wanted one of m3, m4, m5 or m6 for "
            "all rows, as cells of two levels count the same people twice."
        )
    return str(levels[0])


def _groups(
    population: pd.DataFrame, cell_of: IndexArray, is_withheld: npt.NDArray[np.bool_]
) -> DisclosureGroups:
    """Rows that give a figure to another cell, and those that hold it for them."""
    group = population["disclosure_group"].to_numpy("int64", na_value=-1)
    gives = is_withheld & population["treatment"].eq(_GIVES).to_numpy(bool)
    gives &= group >= 0
    holds = (group == population["mesh"].to_numpy("int64")) & np.isin(
        group, group[gives]
    )
    rows = np.flatnonzero(gives | holds)
    _, group_of = np.unique(group[rows], return_inverse=True)
    pairs = np.unique(np.stack([group_of, cell_of[rows]]), axis=1)
    return DisclosureGroups(rows, group_of, cells=pairs[1], cell_groups=pairs[0])
