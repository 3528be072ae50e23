"""Which carrier reaches which secondary mesh in which fiscal year."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geodata.errors import KibanError
from geodata.scenario.calibration import Calibration, CarrierSettings
from geodata.scenario.geography import Bools, Floats, Ints, Land

NEVER = 9999
"""First fiscal year of a cell that the carrier does not plan to reach."""


def choose_targets(land: Land, people: Ints, count: int) -> Ints:
    """Positions of the target meshes (対象メッシュ) in ``land.facts``, ascending.

    The rule of the generator: the most populated secondary meshes, then those with
    the most listed 1 km cells, then the smaller code.
    """
    order = np.lexsort(
        (
            land.facts["mesh2"],
            -land.facts["mesh3_count"].to_numpy(np.int64),
            -land.per_mesh2(people),
        )
    )
    return np.sort(order[:count])


@dataclass(frozen=True)
class _Field:
    """Target cells with what decides their order."""

    cells: pd.DataFrame
    appeal: Floats
    rng: np.random.Generator

    def keys(self, noise: float) -> Floats:
        """One draw of an order: larger comes first."""
        return self.appeal + noise * self.rng.gumbel(size=len(self.appeal))

    def in_prefectures(self, pref_codes: list[str]) -> Bools:
        """Cells of the named prefectures; of all when none is named."""
        if not pref_codes:
            return np.ones(len(self.cells), dtype=bool)
        return self.cells["pref_code"].isin(pref_codes).to_numpy()


def plan_rollout(
    cells: pd.DataFrame, calibration: Calibration, rng: np.random.Generator
) -> dict[str, Ints]:
    """First fiscal year in which each carrier serves each target cell.

    Parameters
    ----------
    cells : DataFrame
        Target cells: ``pref_code, bureau_code, population_count``. Not modified.
    calibration : Calibration
        Cells per carrier and year, size of the unions.
    rng : Generator
        Source of the carriers' different tastes.

    Returns
    -------
    dict of int64 arrays, shape (n_cells,)
        By carrier; `NEVER` where no plan exists. The last year's unions and the
        union at the as-of date have exactly the calibrated sizes.

    Raises
    ------
    KibanError
        The calibrated counts cannot be met together.
    """
    appeal = np.log1p(cells["population_count"].to_numpy(float))
    field = _Field(cells, appeal, rng)
    settings = calibration.rollout
    capitals = _most_populated_per_prefecture(cells)
    union = _choose(
        calibration.combined_cell_count, field.keys(settings.union_noise), capitals
    )
    early = _early_cells(field, calibration, capitals, union)
    final = _final_cells(field, calibration, early, union)
    return {
        name: _first_years(field, calibration, carrier, early[name], final[name])
        for name, carrier in calibration.carriers.items()
    }


def _most_populated_per_prefecture(cells: pd.DataFrame) -> Bools:
    chosen = np.zeros(len(cells), dtype=bool)
    people = cells["population_count"].reset_index(drop=True)
    chosen[people.groupby(cells["pref_code"].to_numpy()).idxmax()] = True
    return chosen


def _choose(
    count: int, keys: Floats, forced: Bools, pool: Bools | None = None
) -> Bools:
    """Choose `forced` and then the largest keys of `pool`, `count` together."""
    allowed = forced | (np.ones(len(keys), dtype=bool) if pool is None else pool)
    if not forced.sum() <= count <= allowed.sum():
        raise KibanError(
            f"calibration: {count} cells wanted, but {forced.sum()} are fixed and "
            f"{allowed.sum()} possible; change the cell counts in calibration.toml."
        )
    ranked = np.where(forced, np.inf, np.where(allowed, keys, -np.inf))
    chosen = np.zeros(len(keys), dtype=bool)
    chosen[np.argsort(-ranked, kind="stable")[:count]] = True
    return chosen


def _early_cells(
    field: _Field, calibration: Calibration, capitals: Bools, union: Bools
) -> dict[str, Bools]:
    """Cells operating at the as-of date; the first carrier takes what others leave."""
    noise = calibration.rollout.early_noise
    year = calibration.as_of_fiscal_year - calibration.first_fiscal_year
    combined = _choose(
        calibration.early_combined_cell_count, field.keys(noise), capitals, union
    )
    filler, *others = calibration.carriers
    early: dict[str, Bools] = {}
    taken = np.zeros_like(combined)
    for name in others:
        carrier = calibration.carriers[name]
        forced = capitals & (not carrier.early_prefectures)
        pool = combined & field.in_prefectures(carrier.early_prefectures)
        early[name] = _choose(carrier.cells[year], field.keys(noise), forced, pool)
        taken |= early[name]
    left = capitals | (combined & ~taken)
    count = calibration.carriers[filler].cells[year]
    early[filler] = _choose(count, field.keys(noise), left, combined)
    return early


def _final_cells(
    field: _Field, calibration: Calibration, early: dict[str, Bools], union: Bools
) -> dict[str, Bools]:
    """Cells of the last year; the second carrier covers what the first leaves out."""
    first, second, *others = calibration.carriers
    noise = calibration.rollout.carrier_noise
    carriers = calibration.carriers
    final = {
        first: _choose(
            carriers[first].cells[-1], field.keys(noise), early[first], union
        )
    }
    forced = {second: early[second] | (union & ~final[first])}
    forced |= {name: early[name] for name in others}
    for name in (second, *others):
        keys = field.keys(noise)
        quota = _bureau_quota(
            field, keys, forced[name], union, calibration.rollout.bureau_share
        )
        final[name] = _choose(carriers[name].cells[-1], keys, quota, union)
    return final


def _bureau_quota(
    field: _Field, keys: Floats, forced: Bools, pool: Bools, share: float
) -> Bools:
    """`forced` and the largest keys of each bureau up to its least share."""
    chosen = forced.copy()
    for _, positions in field.cells.groupby("bureau_code").indices.items():
        inside = np.zeros_like(pool)
        inside[positions] = True
        here = forced & inside
        least = max(int(np.ceil(share * len(positions))), int(here.sum()))
        chosen |= _choose(least, keys, here, pool & inside)
    return chosen


def _first_years(
    field: _Field,
    calibration: Calibration,
    carrier: CarrierSettings,
    early: Bools,
    final: Bools,
) -> Ints:
    keys = field.keys(calibration.rollout.carrier_noise)
    order = np.lexsort((-keys, ~early, ~final))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    step = np.searchsorted(np.asarray(carrier.cells), rank, side="right")
    years = np.asarray([*calibration.fiscal_years, NEVER])
    return years[step]
