"""A 500 m population: the residents of each 1 km cell on its four quarters."""

import numpy as np

from geodata.scenario.calibration import SplitSettings
from geodata.scenario.geography import Floats, Ints, Land
from geodata.scenario.half_cells import QUARTERS, KilometreGrid


def split_population(
    land: Land, people: Ints, settings: SplitSettings, rng: np.random.Generator
) -> Ints:
    """Split the residents of each 1 km cell over its four 500 m cells.

    A quarter draws people as its neighbours do (bilinear between the middles of 1 km
    cells), times a log-normal irregularity that is wider in empty country.

    Parameters
    ----------
    land : Land
        1 km cells.
    people : int64 array, shape (n_land,)
        Residents of each.
    settings : SplitSettings
        Width of the irregularity, and who is too few for a quarter of its own.
    rng : Generator
        Source of the irregularity.

    Returns
    -------
    int64 array, shape (n_land, 4)
        Whole residents of the quarters SW, SE, NW, NE; each row adds up to `people`.
    """
    grid = KilometreGrid(land)
    weight = grid.quarters(grid.spread(people), land.row, land.column)
    urban = people / (people + settings.noise_half_density)
    spread = settings.noise_rural + urban * (
        settings.noise_urban - settings.noise_rural
    )
    limit = settings.noise_limit
    noise = rng.standard_normal(weight.shape).clip(-limit, limit)
    expected = _to_people(weight * np.exp(spread[:, None] * noise), people)
    fullest = expected.max(axis=1, keepdims=True)
    is_kept = (expected >= settings.least_residents) | (expected == fullest)
    return _whole(_to_people(np.where(is_kept, expected, 0.0), people), people)


def _to_people(weight: Floats, people: Ints) -> Floats:
    sums = weight.sum(axis=1)
    return weight * (people / np.where(sums > 0, sums, 1.0))[:, None]


def _whole(expected: Floats, people: Ints) -> Ints:
    """Whole residents by largest remainder; of equal ones the first quarter."""
    whole = np.floor(expected).astype(np.int64)
    missing = people - whole.sum(axis=1)
    order = np.argsort(whole - expected, axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(QUARTERS)[None, :], axis=1)
    return whole + (rank < missing[:, None])
