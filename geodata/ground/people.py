"""The population a run uses: by secondary mesh, and by cell and municipality."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata import reference
from geodata.ground.boundary import LISTED
from geodata.ground.residents import residents_by_cell
from geodata.placement.mesh_population import (
    covered_prefectures,
    population_by_mesh2,
    uncovered,
)

POPULATION = "raw.mesh_population"
EXTENT = "raw.census_extent"
GAP = "raw.census_gap"
RASTER = "raw.mesh_raster"
RASTER_SOURCE = "population_raster"

_LEVEL = {"m3": 100, "m4": 1_000, "m5": 10_000, "m6": 100_000}


@dataclass(frozen=True)
class People:
    """Residents, as far as the run knows them.

    Attributes
    ----------
    by_mesh2 : Series of Int64, index mesh2
        Null or absent where unknown.
    at_least : Series of Int64, index mesh2
        The same, but what the good rows add up to where others were rejected: enough
        to know that a cell is inhabited.
    by_cell : DataFrame or None
        Rows of ``core.mesh_population``, of every census given; None without one by
        cell.
    is_complete : bool
        The newest census covers every primary mesh in which people are known to live.
    warnings : list of str
        What whoever reads the release should know.
    """

    by_mesh2: pd.Series
    at_least: pd.Series
    by_cell: pd.DataFrame | None = None
    is_complete: bool = False
    warnings: list[str] = field(default_factory=list)


def people(
    given: Mapping[str, pd.DataFrame],
    land_at: Callable[[str], pd.DataFrame] | None = None,
) -> People:
    """Residents of every secondary mesh from the newest census, else from a raster.

    Parameters
    ----------
    given : mapping
        ``raw`` tables of the run.
    land_at : callable, optional
        Level to :func:`geodata.placement.land.land_by_cell` of the boundaries given.
        Default: there are none.
    """
    if POPULATION in given:
        return _of_census(given, land_at)
    raster = given.get(RASTER, pd.DataFrame({"source": []}))
    amounts = raster[raster["source"] == RASTER_SOURCE]
    if len(amounts):
        return _of_raster(amounts)
    nobody = pd.Series(dtype="Int64")
    warnings = ["No population was given: population_count is null."]
    return People(nobody, nobody, warnings=warnings)


def one_population(
    by_source: Mapping[str, Mapping[str, pd.DataFrame]],
) -> tuple[str | None, list[str]]:
    """Which of several population sources a run uses; they are never mixed.

    Parameters
    ----------
    by_source : mapping
        Source name to its ``raw`` tables, in the order of the register: the census
        before the project's own form.

    Returns
    -------
    name : str or None
        The first whose newest census covers every primary mesh in which people live,
        else the first.
    notes : list of str
        What is not used, and why.
    """
    names = [name for name, tables in by_source.items() if POPULATION in tables]
    if not names:
        return None, []
    newest = {name: newest_census(by_source[name])[EXTENT] for name in names}
    complete = [name for name in names if not _lacking(newest[name])]
    chosen = (complete or names)[0]
    return chosen, [
        f"{name} is not used: population is taken from {chosen}, and never mixed."
        for name in names
        if name != chosen
    ]


def _lacking(extent: pd.DataFrame) -> list[int]:
    """Primary meshes in which people live and that the census does not cover."""
    prefectures = _prefectures_of_mesh1(reference.mesh2_prefectures())
    return uncovered(extent, needed_primary_meshes(), prefectures)


def needed_primary_meshes() -> set[int]:
    """Primary meshes in which a place or a municipal office stands."""
    weights = reference.place_weights()["mesh3"].to_numpy("int64")
    return set((weights // 10_000).tolist())


def census_prefectures(
    extent: pd.DataFrame, gap: pd.DataFrame | None = None
) -> pd.DataFrame:
    """How far each census tells the residents of each prefecture.

    Parameters
    ----------
    extent : DataFrame
        Rows of ``raw.census_extent``. Not modified.
    gap : DataFrame, optional
        Rows of ``raw.census_gap``. Default: no row was rejected.

    Returns
    -------
    DataFrame
        ``census_year`` (Int64; null: not stated), ``pref_code``; ``is_whole``: the
        files cover every primary mesh in which a place or a municipal office of the
        prefecture stands; ``has_gap``: rows of cells that touch it were rejected, or
        rows of which nobody knows where they are.
    """
    places = reference.place_weights()
    needed = pd.DataFrame(
        {"mesh1": places["mesh3"] // 10_000, "pref_code": places["pref_code"]}
    ).drop_duplicates()
    everywhere = sorted(reference.prefectures()["pref_code"])
    parts = []
    for year, rows in extent.groupby("census_year", dropna=False):
        whole = covered_prefectures(rows, needed)
        gapped = _gapped(gap, None if pd.isna(year) else int(year), everywhere)
        part = pd.DataFrame({"pref_code": everywhere}, dtype="str")
        parts.append(
            part.assign(
                census_year=pd.array([year] * len(part), dtype="Int64"),
                is_whole=part["pref_code"].isin(whole),
                has_gap=part["pref_code"].isin(gapped),
            )
        )
    return pd.concat(parts, ignore_index=True)


def _gapped(
    gap: pd.DataFrame | None, year: int | None, everywhere: list[str]
) -> set[str]:
    """Prefectures that a rejected row of a census may concern."""
    rows = None if gap is None else _of_year(gap, year)
    if rows is None or rows.empty:
        return set()
    if rows["mesh2"].isna().any():
        return set(everywhere)
    pairs = reference.mesh2_prefectures()
    return set(pairs.loc[pairs["mesh2"].isin(rows["mesh2"]), "pref_code"])


def newest_census(given: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Rows of the newest census in those of the tables of a population that are given.

    Of tables without any census year (a source that does not say it), all rows.

    Parameters
    ----------
    given : mapping
        ``raw`` tables; ``raw.census_extent`` tells which censuses there are.
    """
    years = given[EXTENT]["census_year"]
    newest = years.max()
    return {
        name: _of_year(given[name], newest)
        for name in (POPULATION, EXTENT, GAP)
        if name in given
    }


def _of_year(rows: pd.DataFrame, year: int | None) -> pd.DataFrame:
    years = rows["census_year"]
    return rows[years.isna() if pd.isna(year) else years.eq(year).fillna(value=False)]


def _of_census(
    given: Mapping[str, pd.DataFrame], land_at: Callable[[str], pd.DataFrame] | None
) -> People:
    newest = newest_census(given)
    population, extent = newest[POPULATION], newest[EXTENT]
    pairs = reference.mesh2_prefectures()
    counted = population_by_mesh2(population, extent, pairs)
    lacking = _lacking(extent)
    at_least = _known_of_nobody(
        counted.set_index("mesh2")["population_count"], is_complete=not lacking
    )
    is_gap, is_unsure, gaps = _gaps(newest.get(GAP), at_least)
    by_cell, left_out = residents_by_cell(given[POPULATION], land_at, given.get(LISTED))
    return People(
        by_mesh2=at_least.mask(is_gap),
        at_least=at_least,
        by_cell=by_cell,
        is_complete=not lacking and not is_unsure,
        warnings=[
            *_outside(population),
            *_uncovered(given[EXTENT]),
            *gaps,
            *left_out,
        ],
    )


def _uncovered(extent: pd.DataFrame) -> list[str]:
    """What each census does not cover, and what that means."""
    warnings = []
    newest = extent["census_year"].max()
    unknown = (
        "population_count is null there, neither a denominator nor high-traffic cells "
        "are derived from people, and "
    )
    for year, rows in extent.groupby("census_year", dropna=False):
        lacking = _lacking(rows)
        if not lacking:
            continue
        shown = ", ".join(map(str, lacking[:5])) + (", ..." if len(lacking) > 5 else "")
        is_stated = bool(pd.notna(year))
        named = f"The {year} census files" if is_stated else "The census files"
        is_newest = year == newest if is_stated else pd.isna(newest)
        warnings.append(
            f"{named} do not cover {len(lacking)} primary meshes in which people live "
            f"({shown}): {unknown if is_newest else ''}population coverage counted "
            "with them is that of the cells covered."
        )
    return warnings


def _gaps(
    gap: pd.DataFrame | None, at_least: pd.Series
) -> tuple[npt.NDArray[np.bool_], bool, list[str]]:
    """Cells with a rejected row; whether that leaves open who is inhabited; a note."""
    if gap is None or gap.empty:
        return np.zeros(len(at_least), bool), False, []
    is_gap = at_least.index.isin(gap["mesh2"].dropna())
    is_open = (
        gap["mesh2"].isna().any() or (is_gap & ~(at_least > 0).fillna(False)).any()
    )
    open_note = ", and no denominator is derived from population" if is_open else ""
    return (
        is_gap,
        bool(is_open),
        [
            f"{gap['row_count'].sum():,} rows of the census were rejected: "
            f"population_count is null in {int(is_gap.sum())} cells{open_note}."
        ],
    )


def _known_of_nobody(by_mesh2: pd.Series, *, is_complete: bool) -> pd.Series:
    """Where nobody lives, and where a cell without residents is unknown.

    A complete census has files of all primary meshes in which it counts anybody: 0
    elsewhere. It is not taken in the Northern Territories: null there.
    """
    if is_complete:
        by_mesh2 = by_mesh2.fillna(0)
    facts = reference.mesh2_facts()
    north = facts["mesh2"][facts["is_northern_territories"]]
    is_nobody = (by_mesh2 == 0).fillna(value=False).astype(bool)
    return by_mesh2.mask(by_mesh2.index.isin(north) & is_nobody)


def _prefectures_of_mesh1(pairs: pd.DataFrame) -> pd.DataFrame:
    mesh1 = pairs["mesh2"].to_numpy("int64") // 100
    return pd.DataFrame(
        {"mesh1": mesh1, "pref_code": pairs["pref_code"]}
    ).drop_duplicates()


def _outside(population: pd.DataFrame) -> list[str]:
    """Residents of cells that are in no secondary mesh with land: left out."""
    digits = _LEVEL[population["level"].iloc[0]] if len(population) else 100
    mesh2 = population["mesh"].to_numpy("int64") // digits
    is_outside = ~np.isin(mesh2, reference.mesh2_facts()["mesh2"].to_numpy())
    lost = int(population["population_count"].to_numpy("int64")[is_outside].sum())
    if not lost:
        return []
    return [f"{lost:,} residents are in cells without land: left out."]


def _of_raster(amounts: pd.DataFrame) -> People:
    """Estimated residents of a raster, whole persons per secondary mesh."""
    level = amounts["level"].iloc[0]
    mesh2 = amounts["mesh"].to_numpy("int64") // _LEVEL[level]
    total = amounts["amount"].groupby(mesh2).sum().round().astype("Int64")
    return People(
        by_mesh2=total,
        at_least=total,
        warnings=[
            "Population is estimated from a raster, for there is no census by cell: "
            "no denominator is derived from it."
        ],
    )
