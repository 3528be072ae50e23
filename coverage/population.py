"""5G人口カバー率: share of the residents in cells of which half is covered."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.covered_population import CoveredPopulation
from coverage.editions import FILED, InForce
from coverage.labels import RunLabels, labelled
from coverage.rates import rate_columns, whole_numbers
from coverage.residents import Residents
from coverage.scopes import Scopes, scopes_of

SPLIT = "split"
"""Assignment: each part of a border cell counts in its own prefecture."""

PARTIAL_POPULATION = "partial_population"
"""Status: the census that was given tells only some residents of the scope."""

_Blocks = dict[tuple[int | None, tuple[str, ...], str], pd.DataFrame]


def population_coverage(
    people: CoveredPopulation, prefectures: pd.DataFrame, labels: RunLabels
) -> pd.DataFrame:
    """5G人口カバー率 per scope, carrier, day, basis and source of the areas.

    Rate = residents (households, people of 65 and over) of the covered cells of 500 m
    / all residents. A cell is covered where half of it or more is; all its residents
    are covered then, and none of them otherwise.

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
        Columns of ``out.population_coverage``. Under ``filed`` every carrier and
        combined, under ``modelled`` only those with a modelled edition. Counts of
        prefectures and of bureaus each add up to the nation, as each part of a border
        cell counts in its own prefecture.

        Counts and rates are null where the carrier has no areas (``no_coverage``) and
        where no resident of the scope is known (``no_population``): missing is not
        zero. Where the census that was given tells only some residents of the scope,
        they are of these (``partial_population``) and meet no goal. A measure that
        the census does not have has no rows. ``is_complete`` is false also where
        residents of the scope are missing, be it for rejected rows, and on planned
        days after the filing's own where the carrier filed no planned areas: they
        repeat what is.

    Raises
    ------
    TableError
        The population names a prefecture that is not among `prefectures`.

    Notes
    -----
    Source: domain.md 3.4 and 6.3.
    """
    scopes = scopes_of(prefectures)
    blocks: _Blocks = {}
    frames = []
    for stand in people.in_force:
        rows = pd.concat(
            _state_blocks(people, stand, scopes, labels, blocks), ignore_index=True
        )
        residents = people.residents[stand.state[0]]
        rows = state_labelled(rows, people, stand, labels).assign(
            assignment=SPLIT,
            combination=people.options.combination,
            population_level=None if residents is None else residents.level,
            census_year=pd.array(
                [None if residents is None else residents.census_year] * len(rows),
                dtype="Int16",
            ),
        )
        rows["is_complete"] &= rows.pop("has_whole_census")
        frames.append(rows)
    return pd.concat(frames, ignore_index=True)


def _state_blocks(
    people: CoveredPopulation,
    stand: InForce,
    scopes: Scopes,
    labels: RunLabels,
    blocks: _Blocks,
) -> Iterator[pd.DataFrame]:
    """Rows of one day and source; `blocks` holds those that are the same on others."""
    residents = people.residents[stand.state[0]]
    carriers = labels.rows if stand.source == FILED else carriers_of(stand, labels)
    measures = ["population"] if residents is None else list(residents.counts)
    for carrier, measure in product(carriers, measures):
        editions = stand.editions(carrier, people.options.combination)
        key = (residents.census_year if residents else None, editions, measure)
        if key not in blocks:
            blocks[key] = _block(people, residents, editions, measure, scopes)
        yield blocks[key].assign(carrier=carrier, measure=measure)


def _block(
    people: CoveredPopulation,
    residents: Residents | None,
    editions: tuple[str, ...],
    measure: str,
    scopes: Scopes,
) -> pd.DataFrame:
    """Counts and rates of every scope."""
    by_prefecture = np.zeros((3, len(scopes.prefectures)), "int64")
    is_whole = has_all = np.zeros(len(scopes.names), bool)
    if residents is not None:
        places = prefecture_places(residents, scopes)
        counts = residents.counts[measure]
        is_covered = people.covered(residents, editions, measure)
        np.add.at(by_prefecture[0], places, counts * is_covered)
        np.add.at(by_prefecture[1], places, counts)
        whole = residents.whole[measure]
        by_prefecture[2] = by_prefecture[1] > 0
        by_prefecture[2, places] |= np.isin(scopes.prefectures, list(whole))[places]
        is_whole = scopes.wholly_in(whole)
        has_all = scopes.wholly_in(whole - residents.gapped)
    covered, total, in_census = by_prefecture @ scopes.matrix
    has_population = is_whole | (in_census > 0)
    is_known = has_population & bool(editions)
    rate, percent = rate_columns(covered, np.where(is_known, total, 0))
    return scopes.names.assign(
        covered_count=whole_numbers(covered, is_known),
        total_count=whole_numbers(total, is_known),
        rate=rate,
        rate_pct_published=percent,
        status=np.select(
            [~has_population, ~is_known, ~is_whole, total == 0],
            ["no_population", "no_coverage", PARTIAL_POPULATION, "no_denominator"],
            "ok",
        ),
        has_whole_census=has_all,
    )


def state_labelled(
    rows: pd.DataFrame, people: CoveredPopulation, stand: InForce, labels: RunLabels
) -> pd.DataFrame:
    """Add what all metrics of covered residents say of a day.

    Parameters
    ----------
    rows : DataFrame
        Rows of one day and source, with a column ``carrier``. Not modified.
    people : CoveredPopulation
        Residents and editions.
    stand : InForce
        Editions of the day and source.
    labels : RunLabels
        What holds for the whole run.

    Returns
    -------
    DataFrame
        `rows` with ``as_of``, ``basis``, ``coverage_source``, ``coverage_as_of``,
        ``area_basis`` and the common labels.
    """
    day, basis = stand.state
    source = people.denominator_source(people.residents[day])
    rows = rows.assign(
        as_of=pd.Timestamp(day),
        basis=basis,
        coverage_source=stand.source,
        coverage_as_of=pd.to_datetime(rows["carrier"].map(stand.as_of)),
        area_basis=people.options.area_basis,
    )
    own = replace(labels, denominator_source=source)
    return with_plan_told(labelled(rows, list(stand.parts), own), stand, labels)


def with_plan_told(
    rows: pd.DataFrame, stand: InForce, labels: RunLabels
) -> pd.DataFrame:
    """Say of rows of one day that they are not complete where no plan tells the day.

    Parameters
    ----------
    rows : DataFrame
        With columns ``carrier`` and ``is_complete``. Not modified.
    stand : InForce
        Editions of the day and source.
    labels : RunLabels
        What holds for the whole run.
    """
    told = {
        carrier: stand.source != FILED or stand.is_told(carrier, labels.filed_as_of)
        for carrier in labels.rows
    }
    return rows.assign(is_complete=rows["is_complete"] & rows["carrier"].map(told))


def carriers_of(stand: InForce, labels: RunLabels) -> list[str]:
    """Carriers and combined with an edition on the day, in display order."""
    return [carrier for carrier in labels.rows if carrier in stand.edition_of]


def prefecture_places(residents: Residents, scopes: Scopes) -> npt.NDArray[np.intp]:
    """Row of the prefecture in the scopes' matrix, for each row of residents."""
    places = scopes.place_of(residents.prefectures, "core.mesh_population")
    found: npt.NDArray[np.intp] = places[residents.pref_of]
    return found
