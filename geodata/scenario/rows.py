"""Rows of one carrier's filing before they get a site: where, what, since when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from geodata.calendar import fiscal_year_end
from geodata.scenario.blocks import Blocks
from geodata.scenario.calibration import Calibration, CarrierSettings
from geodata.scenario.geography import Bools, Floats, Ints, Land
from geodata.scenario.rollout import NEVER

ANCHOR, ADVANCED, ORDINARY, REPEATER, RETIRED = range(5)
"""Kinds of rows; the anchor is the advanced station that first serves a cell."""

_RETIRED_LEAST_DAYS = 40


@dataclass(frozen=True)
class Job:
    """One carrier's share of the scenario."""

    name: str
    carrier: CarrierSettings
    calibration: Calibration
    blocks: Blocks
    rng: np.random.Generator

    @property
    def as_of_day(self) -> int:
        """The filing's as-of date in days since 1970-01-01."""
        return day_number(self.calibration.as_of)


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - date(1970, 1, 1)).days


def draw_rows(
    job: Job, land: Land, first_year: Ints, is_target: Bools, people: Ints, scale: float
) -> pd.DataFrame:
    """Draw one carrier's rows: an anchor in each cell, then stations by people.

    Parameters
    ----------
    job : Job
        The carrier.
    land : Land
        1 km cells.
    first_year : int64 array, shape (n_mesh2,)
        Fiscal year of the carrier's first advanced station in each secondary mesh
        of ``land.facts``; `rollout.NEVER` without one.
    is_target : bool array, shape (n_mesh2,)
        Target meshes; in others the carrier has nothing but the anchor.
    people : int64 array, shape (n_land,)
        Residents of each 1 km cell.
    scale : float
        Multiplies the number of stations, not of cells.

    Returns
    -------
    DataFrame
        ``land`` (position of the 1 km cell), ``cell`` (of the secondary mesh),
        ``year`` (steps from the first fiscal year), ``kind``, ``block``, ``start``
        (days since 1970-01-01) and ``indoor``; ordered by cell, anchor first, then
        start.
    """
    step = _year_steps(first_year, job.calibration)
    weight = _row_weights(land, people, job.calibration)
    anchors = _anchors(job, land, step, weight)
    wanted = _further_counts(job, step, scale)
    further = _further(job, land, np.where(is_target, step, NEVER), weight, wanted)
    rows = pd.concat([anchors, further], ignore_index=True)
    rows["start"] = _starts(job, rows)
    draws = job.rng.random(len(rows))
    is_ordinary = rows["kind"] == ORDINARY
    rows["indoor"] = is_ordinary & (draws < job.calibration.rows.indoor_share)
    order = np.lexsort((rows["start"], rows["kind"] != ANCHOR, rows["cell"]))
    return rows.iloc[order].reset_index(drop=True)


def _year_steps(first_year: Ints, calibration: Calibration) -> Ints:
    return np.where(
        first_year == NEVER, NEVER, first_year - calibration.first_fiscal_year
    )


def _row_weights(land: Land, people: Ints, calibration: Calibration) -> Floats:
    """Weight of each 1 km cell; border cells only where there is nothing else."""
    settings = calibration.rows
    residents = people + float(settings.uninhabited_weight)
    weight = np.power(residents, settings.population_exponent)
    return np.where(_best_of_mesh2(land, (~land.is_border).astype(int)), weight, 0.0)


def _best_of_mesh2(land: Land, tier: Ints) -> Bools:
    best = np.maximum.reduceat(tier, land.starts[:-1])
    return tier == best[land.cell]


def _anchors(job: Job, land: Land, step: Ints, weight: Floats) -> pd.DataFrame:
    cells = np.flatnonzero(step != NEVER)
    tier = land.in_majority_prefecture * 2 + ~land.is_border
    cumulative = np.concatenate(([0.0], np.cumsum(_anchor_weight(land, tier, weight))))
    low, high = cumulative[land.starts[cells]], cumulative[land.starts[cells + 1]]
    draws = low + job.rng.uniform(0.001, 0.999, len(cells)) * (high - low)
    of_2019 = job.blocks.is_of_2019
    sub6 = np.flatnonzero(of_2019 & ~job.blocks.is_mmwave)
    mmwave = np.flatnonzero(of_2019 & job.blocks.is_mmwave)
    is_mmwave = job.rng.random(len(cells)) < job.calibration.rows.anchor_mmwave_share
    block = np.where(
        is_mmwave,
        job.rng.choice(mmwave, len(cells)),
        job.rng.choice(sub6, len(cells)),
    )
    at = np.searchsorted(cumulative, draws, side="right") - 1
    return _frame(land, at, step[cells], np.full(len(cells), ANCHOR), block)


def _anchor_weight(land: Land, tier: Ints, weight: Floats) -> Floats:
    # Border cells have no weight where others exist; an anchor may still need one.
    least = weight[weight > 0].min()
    return np.maximum(weight, least) * _best_of_mesh2(land, tier)


def _further_counts(job: Job, step: Ints, scale: float) -> Ints:
    """Stations to add per year, so that year ends hold the scaled calibration."""
    years = np.arange(len(job.carrier.stations))
    anchors = (step[None, :] <= years[:, None]).sum(axis=1)
    stations = np.rint(np.asarray(job.carrier.stations) * scale).astype(np.int64)
    further = np.maximum.accumulate(np.maximum(stations - anchors, 0))
    return np.diff(further, prepend=0)


def _further(
    job: Job, land: Land, step: Ints, weight: Floats, wanted: Ints
) -> pd.DataFrame:
    settings = job.calibration.rows
    of_year = job.calibration.as_of_fiscal_year - job.calibration.first_fiscal_year
    parts = []
    for year, stations in enumerate(wanted.tolist()):
        is_open = step[land.cell] <= year
        repeaters = round(stations * settings.repeater_share)
        retired = round(stations * settings.retired_share) if year == of_year else 0
        kinds = np.repeat([ORDINARY, REPEATER, RETIRED], [stations, repeaters, retired])
        at = _draw_land(weight * is_open, len(kinds), job.rng)
        years = np.full(len(kinds), year)
        block = job.blocks.draw(years, job.rng)
        is_advanced = (
            (kinds == ORDINARY)
            & job.blocks.is_of_2019[block]
            & (job.rng.random(len(kinds)) < settings.advanced_share)
        )
        kinds = np.where(is_advanced, ADVANCED, kinds)
        parts.append(_frame(land, at, years, kinds, block))
    return pd.concat(parts, ignore_index=True)


def _draw_land(weight: Floats, count: int, rng: np.random.Generator) -> Ints:
    cumulative = np.cumsum(weight)
    draws = rng.uniform(0, 1 - 1e-9, count) * cumulative[-1]
    return np.searchsorted(cumulative, draws, side="right")


def _frame(
    land: Land, at: Ints, year: Ints, kind: Iterable[int], block: Ints
) -> pd.DataFrame:
    return pd.DataFrame(
        {"land": at, "cell": land.cell[at], "year": year, "kind": kind, "block": block}
    )


def _starts(job: Job, rows: pd.DataFrame) -> Ints:
    """First day of service inside the row's fiscal year, no earlier than possible."""
    years = job.calibration.fiscal_years
    ends = np.array([day_number(fiscal_year_end(year)) for year in years])
    begins = np.array([day_number(date(year, 4, 1)) for year in years])
    year, kind, cell = (rows[name].to_numpy() for name in ("year", "kind", "cell"))
    first = np.maximum(begins[year], job.blocks.first_day[rows["block"].to_numpy()])
    is_anchor = kind == ANCHOR
    share = job.rng.random(len(rows))
    share[is_anchor] **= 3  # cells open early in the year
    share[is_anchor & np.isin(cell, cell[kind == RETIRED])] = 0  # before the retired
    start = first + (share * (ends[year] - first + 1)).astype(np.int64)
    anchor_start = np.zeros(cell.max() + 1, np.int64)
    anchor_start[cell[is_anchor]] = start[is_anchor]
    start = np.maximum(start, anchor_start[cell])
    latest = job.as_of_day - _RETIRED_LEAST_DAYS
    return np.where(kind == RETIRED, np.minimum(start, latest), start)
