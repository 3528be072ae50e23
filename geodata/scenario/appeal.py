"""How much each 500 m cell draws coverage: people round it, and random relief."""

import numpy as np

from geodata.scenario.calibration import AreaSettings
from geodata.scenario.geography import Floats, Land
from geodata.scenario.half_cells import HalfCells, KilometreGrid


def town_appeal(land: Land, cells: HalfCells, settings: AreaSettings) -> Floats:
    """Logarithm of the people in and round each 500 m cell, shape (n,).

    Parameters
    ----------
    land : Land
        1 km cells.
    cells : HalfCells
        500 m cells with their residents.
    settings : AreaSettings
        How far people count, and the weight of the cell's own.
    """
    at_home = cells.land >= 0
    residents = np.bincount(
        cells.land[at_home], cells.people[at_home], minlength=len(land.row)
    )
    grid = KilometreGrid(land)
    table = grid.spread(residents)
    for _ in range(settings.reach_steps):
        table = _blurred(table)
    around = grid.quarters(table, cells.row[::4] // 2, cells.column[::4] // 2).ravel()
    own = settings.own_weight
    return np.log1p((1 - own) * around + own * 4 * cells.people)


def _blurred(table: Floats) -> Floats:
    """A quarter of each neighbour in a row, then in a column; the edge stays 0."""
    result = np.zeros_like(table)
    result[:, 1:-1] = table[:, :-2] / 4 + table[:, 1:-1] / 2 + table[:, 2:] / 4
    columns = result.copy()
    result[1:-1] = columns[:-2] / 4 + columns[1:-1] / 2 + columns[2:] / 4
    return result


def ground_noise(
    cells: HalfCells, settings: AreaSettings, rng: np.random.Generator
) -> Floats:
    """Irregularity with hills and valleys of several sizes, mean 0, shape (n,).

    Random heights on ever finer square lattices, smoothly joined between the points of
    each (value noise); wide forms are high, narrow ones low.
    """
    noise = np.zeros(len(cells.row))
    row, column = cells.row - cells.row.min(), cells.column - cells.column.min()
    for size, height in zip(settings.noise_cells, settings.noise_heights, strict=True):
        noise += height * _value_noise(row / size, column / size, rng)
    return noise


def _value_noise(y: Floats, x: Floats, rng: np.random.Generator) -> Floats:
    top, left = np.floor(y).astype(np.int64), np.floor(x).astype(np.int64)
    lattice = rng.standard_normal((int(top.max()) + 2, int(left.max()) + 2))
    down, right = _smooth(y - top), _smooth(x - left)
    upper = _between(lattice[top, left], lattice[top, left + 1], right)
    lower = _between(lattice[top + 1, left], lattice[top + 1, left + 1], right)
    return _between(upper, lower, down)


def _smooth(share: Floats) -> Floats:
    return share * share * (3 - 2 * share)


def _between(first: Floats, second: Floats, share: Floats) -> Floats:
    return first + (second - first) * share
