"""A 1 km population: prefecture totals spread by places and municipal offices."""

import numpy as np
import pandas as pd

from geodata.errors import KibanError
from geodata.scenario.calibration import PopulationSettings
from geodata.scenario.geography import Floats, Ints, Land

_KM_PER_ROW = 0.9243  # 30" of latitude
_KM_PER_COLUMN_AT_EQUATOR = 1.3915  # 45" of longitude
_KERNEL_REACH = 3.0  # standard deviations


def spread_population(
    land: Land,
    places: pd.DataFrame,
    totals: pd.Series,
    settings: PopulationSettings,
    rng: np.random.Generator,
) -> Ints:
    """Spread each prefecture's residents over its land cells.

    Places and offices weigh on the cells around them, towns with a narrow kernel
    that widens with their population, scattered settlement with a broad one. The
    cells with the least expected residents stay empty.

    Parameters
    ----------
    land : Land
        The cells.
    places : DataFrame
        ``mesh3, place_population, office_count``. Not modified.
    totals : Series of int, index pref_code
        Census residents of each prefecture.
    settings : PopulationSettings
        Kernel widths and the share of inhabited cells.
    rng : Generator
        Source of the local irregularity.

    Returns
    -------
    int64 array, shape (n_land,)
        Residents; sums per prefecture equal `totals` exactly.

    Raises
    ------
    KibanError
        A prefecture with residents has no weight on any of its cells.
    """
    weight = _weights(land, places, settings)
    expected = _to_totals(weight, land, totals)
    urban = expected / (expected + settings.noise_half_density)
    spread = settings.noise_rural + urban * (
        settings.noise_urban - settings.noise_rural
    )
    limit = settings.noise_limit
    noise = rng.standard_normal(len(expected)).clip(-limit, limit)
    expected *= np.exp(spread * noise)
    expected = _empty_least(expected, land, settings.inhabited_share)
    return _round_to_totals(_to_totals(expected, land, totals), land, totals)


def _weights(land: Land, places: pd.DataFrame, settings: PopulationSettings) -> Floats:
    at = np.searchsorted(land.mesh3, places["mesh3"].to_numpy(np.int64))
    at = np.minimum(at, len(land.mesh3) - 1)
    is_land = land.mesh3[at] == places["mesh3"].to_numpy(np.int64)
    at = at[is_land]
    people = places["place_population"].to_numpy(float)[is_land]
    offices = places["office_count"].to_numpy(float)[is_land]
    rural = people * settings.rural_share + offices * settings.office_rural
    spread = _Kernel(land)
    return (
        spread(at, people * (1 - settings.rural_share), _place_sigma(people, settings))
        + spread(at, offices * settings.office_core, settings.office_sigma_km)
        + spread(at, rural, settings.rural_sigma_km)
    )


def _place_sigma(people: Floats, settings: PopulationSettings) -> Floats:
    hundred_thousands = np.maximum(people, 1.0) / 100_000
    peak = settings.density_at_100k * hundred_thousands**settings.density_exponent
    return np.maximum(np.sqrt(people / (2 * np.pi * peak)), settings.least_sigma_km)


class _Kernel:
    """Gaussian scatter of amounts over land cells, each amount kept whole."""

    def __init__(self, land: Land) -> None:
        self._land = land
        self._origin = land.row.min(), land.column.min()
        shape = np.ptp(land.row) + 1, np.ptp(land.column) + 1
        self._index = np.full(shape, -1, np.int32)
        self._index[land.row - self._origin[0], land.column - self._origin[1]] = (
            np.arange(len(land.mesh3))
        )

    def __call__(self, at: Ints, amount: Floats, sigma_km: Floats | float) -> Floats:
        sigma = np.broadcast_to(sigma_km, at.shape)
        reach = np.ceil(_KERNEL_REACH * sigma / _KM_PER_ROW).astype(np.int64)
        result = np.zeros(len(self._land.mesh3))
        for cells in np.unique(reach[amount > 0]):
            here = (reach == cells) & (amount > 0)
            result += self._scatter(at[here], amount[here], sigma[here], int(cells))
        return result

    def _scatter(self, at: Ints, amount: Floats, sigma: Floats, reach: int) -> Floats:
        steps = np.arange(-reach, reach + 1)
        rows = (self._land.row[at] - self._origin[0])[:, None, None] + steps[:, None]
        columns = (self._land.column[at] - self._origin[1])[:, None, None] + steps
        height, width = self._index.shape
        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        index = self._index[rows.clip(0, height - 1), columns.clip(0, width - 1)]
        index = np.where(inside, index, -1)
        latitude = np.deg2rad(self._land.bounds[at, 1])[:, None, None]
        east_km = steps * _KM_PER_COLUMN_AT_EQUATOR * np.cos(latitude)
        north_km = steps[:, None] * _KM_PER_ROW
        share = np.exp(-(east_km**2 + north_km**2) / (2 * sigma[:, None, None] ** 2))
        share = np.where(index >= 0, share, 0.0)
        share *= (amount / share.sum(axis=(1, 2)))[:, None, None]
        land = index >= 0
        size = len(self._land.mesh3)
        sums = np.bincount(index[land], weights=share[land], minlength=size)
        return sums.astype(np.float64)


def _to_totals(weight: Floats, land: Land, totals: pd.Series) -> Floats:
    sums = pd.Series(weight).groupby(land.pref_code).sum().reindex(totals.index)
    bare = totals.index[(totals > 0) & ~(sums > 0)]
    if len(bare):
        raise KibanError(
            f"population: prefecture {bare[0]} has residents but no place or office "
            "near its land cells; add one to the place weights."
        )
    factor = totals / sums.where(sums > 0, 1.0)
    return weight * factor.reindex(land.pref_code).to_numpy(float)


def _empty_least(expected: Floats, land: Land, inhabited_share: float) -> Floats:
    """Empty all but the asked share of cells; each prefecture keeps its fullest."""
    fullest = pd.Series(expected).groupby(land.pref_code).idxmax().to_numpy()
    is_kept = expected >= np.quantile(expected, 1 - inhabited_share)
    is_kept[fullest] = True
    return np.where(is_kept, expected, 0.0)


def _round_to_totals(expected: Floats, land: Land, totals: pd.Series) -> Ints:
    people = np.zeros(len(expected), np.int64)
    for pref_code, total in totals.items():
        cells = np.flatnonzero((land.pref_code == pref_code) & (expected > 0))
        people[cells] = _round_to_total(expected[cells], int(total))
    return people


def _round_to_total(expected: Floats, total: int) -> Ints:
    """Whole residents by largest remainder, at least one each while they last."""
    people = np.maximum(np.floor(expected), 1).astype(np.int64)
    missing = total - int(people.sum())
    first = expected - np.floor(expected) if missing > 0 else people
    changed = np.argsort(-first, kind="stable")[: abs(missing)]
    people[changed] += np.sign(missing)
    return people
