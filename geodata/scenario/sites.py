"""Sites: exact positions, rows that share a mast, and parent stations."""

import numpy as np
import pandas as pd

from geodata.scenario.blocks import Blocks
from geodata.scenario.geography import Bools, Floats, Ints, Land
from geodata.scenario.rows import ADVANCED, ANCHOR, ORDINARY

_MICRO = 1_000_000  # coordinates are written to 6 decimals
_EDGE_MARGIN = 20  # micro-degrees, about 2 m, from the edge of the 1 km cell


def place_on_sites(
    rows: pd.DataFrame,
    land: Land,
    blocks: Blocks,
    colocated_share: float,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Give rows a site, a position and a parent.

    Parameters
    ----------
    rows : DataFrame
        As from `rows.draw_rows`, with ``indoor``. Not modified.
    land : Land
        1 km cells.
    blocks : Blocks
        The carrier's blocks; rows of one site never repeat one.
    colocated_share : float
        Share of rows that try to join the site of the row before them.
    rng : Generator
        Source of the positions.

    Returns
    -------
    DataFrame
        `rows` with ``site`` (number), ``lat_micro``, ``lon_micro`` (millionths of a
        degree, strictly inside the 1 km cell) and ``parent`` (row number of the
        advanced station in the same secondary mesh).
    """
    joins = _joins_previous(rows, rng.random(len(rows)) < colocated_share)
    host = np.arange(len(rows)) - joins
    site = np.cumsum(~joins) - 1
    at = rows["land"].to_numpy()[host]
    lon_micro, lat_micro = _positions(land.bounds[at[~joins]], rng)
    return rows.assign(
        land=at,
        block=_different_block(rows["block"].to_numpy(), host, blocks),
        site=site,
        lat_micro=lat_micro[site],
        lon_micro=lon_micro[site],
        parent=_parents(rows["kind"].to_numpy()),
    )


def _joins_previous(rows: pd.DataFrame, wants: Bools) -> Bools:
    kind, cell = rows["kind"].to_numpy(), rows["cell"].to_numpy()
    is_outdoor = ~rows["indoor"].to_numpy(bool)
    is_station = np.isin(kind, (ANCHOR, ADVANCED, ORDINARY)) & is_outdoor
    wants = wants & is_station & (kind != ANCHOR)
    joins = np.zeros(len(rows), dtype=bool)
    joins[1:] = wants[1:] & ~wants[:-1] & is_station[:-1] & (cell[1:] == cell[:-1])
    return joins


def _different_block(block: Ints, host: Ints, blocks: Blocks) -> Ints:
    """Where a row repeats its host's block, take the next one of 2019 instead."""
    of_2019 = np.flatnonzero(blocks.is_of_2019)
    following = np.full(len(blocks.table), of_2019[0])
    following[of_2019] = np.roll(of_2019, -1)
    repeats = (host != np.arange(len(block))) & (block == block[host])
    return np.where(repeats, following[block], block)


def _positions(bounds: Floats, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Distinct positions, one in each cell, off every edge."""
    lon, lat = _draw_positions(bounds, rng)
    while len(repeated := _repeated(lon, lat)):
        lon[repeated], lat[repeated] = _draw_positions(bounds[repeated], rng)
    return lon, lat


def _draw_positions(bounds: Floats, rng: np.random.Generator) -> tuple[Ints, Ints]:
    return (
        _draw_between(bounds[:, 0], bounds[:, 2], rng),
        _draw_between(bounds[:, 1], bounds[:, 3], rng),
    )


def _draw_between(low: Floats, high: Floats, rng: np.random.Generator) -> Ints:
    first = np.ceil(low * _MICRO).astype(np.int64) + _EDGE_MARGIN
    last = np.floor(high * _MICRO).astype(np.int64) - _EDGE_MARGIN
    value = rng.integers(first, last)
    return value + (value % 10 == 0)  # six decimals remain when zeros are cut


def _repeated(lon: Ints, lat: Ints) -> Ints:
    packed = lon * (1 << 32) + lat
    _, first = np.unique(packed, return_index=True)
    is_repeated = np.ones(len(packed), dtype=bool)
    is_repeated[first] = False
    return np.flatnonzero(is_repeated)


def _parents(kind: Ints) -> Ints:
    """Last advanced row at or before each row; an anchor opens every cell."""
    is_advanced = (kind == ANCHOR) | (kind == ADVANCED)
    own = np.where(is_advanced, np.arange(len(kind)), 0)
    return np.maximum.accumulate(own)
