"""Which 1 km cells hold land, and which prefectures the crosswalk lists in them."""

from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from geodata import mesh, reference
from geodata.placement.nearest import AROUND, is_edge, nearest_cell

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

METRES_PER_DEGREE = 111_320.0
"""Of latitude, and of longitude times the cosine of the latitude."""

_CELLS_PER_MESH2 = 100


def slot(mesh3: Integers) -> Integers:
    """Number of each 1 km cell in a table of the cells of all 4,888 secondary meshes.

    Parameters
    ----------
    mesh3 : ndarray of int64, shape (n,)
        Codes, negative where a row has no usable point. Not modified.

    Returns
    -------
    ndarray of int64, shape (n,)
        Below `slot_count`; under `_CELLS_PER_MESH2` where no secondary mesh with land
        holds the cell.
    """
    rank = _mesh2_rank().take(mesh3 // 100, mode="clip").astype(np.int64)
    return rank * _CELLS_PER_MESH2 + mesh3 % 100


def slot_count() -> int:
    """Entries of a table that `slot` numbers."""
    return (len(reference.mesh2_facts()) + 1) * _CELLS_PER_MESH2


def prefecture_sets(mesh3: Integers) -> Integers:
    """Prefectures that the crosswalk lists in each 1 km cell, as a set of bits.

    Parameters
    ----------
    mesh3 : ndarray of int64, shape (n,)
        Codes, negative where a row has no usable point. Not modified.

    Returns
    -------
    ndarray of int64, shape (n,)
        Bit p is set where prefecture p (1-47) is listed; 0 where the cell is not
        listed as land.

    Notes
    -----
    Source: 市区町村別メッシュ・コード一覧 (domain.md 6.5). A cell on a border lists
    several prefectures.
    """
    return _listed_sets()[slot(mesh3)]


def prefecture_sets_around(mesh3: Integers) -> Integers:
    """As `prefecture_sets`, of the eight neighbours together."""
    sets = np.zeros(len(mesh3), np.int64)
    for north, east in AROUND:
        sets |= prefecture_sets(mesh.neighbor(mesh3, "m3", north, east))
    return sets


def is_land(mesh3: Integers) -> Booleans:
    """Whether the crosswalk lists each 1 km cell."""
    return prefecture_sets(mesh3) != 0


def prefecture_names(sets: Integers) -> npt.NDArray[np.object_]:
    """Codes and Japanese names of the prefectures in each set, as one text."""
    listed = reference.prefectures()
    names = [f"{row.pref_code} {row.name_ja}" for row in listed.itertuples()]
    distinct, at = np.unique(sets, return_inverse=True)
    texts = [
        "・".join(name for p, name in enumerate(names, 1) if bits >> p & 1)
        for bits in distinct.tolist()
    ]
    return np.array(texts, object)[at]


def distance_km(mesh3: Integers, cells: Integers) -> np.ndarray:
    """Rough distance from each 1 km cell to the nearest of sorted `cells`.

    Parameters
    ----------
    mesh3 : ndarray of int64, shape (n,)
        Codes of cells. Not modified.
    cells : ndarray of int64, shape (m,)
        Codes of the cells to go to, such as `coast_cells`; at least one.

    Returns
    -------
    ndarray of float64, shape (n,)
        Kilometres between centres, to 0.1 km; good to some per cent, for a message.
    """
    nearest = cells[nearest_cell(mesh3, cells)]
    metres = distance_m(*mesh.center(mesh3, "m3"), *mesh.center(nearest, "m3"))
    return np.round(metres / 1000, 1)


@cache
def coast_cells() -> Integers:
    """Listed 1 km cells with an unlisted neighbour; for a point at sea, all of land."""
    cells = _listed_cells()
    return cells[is_edge(cells)]


def cells_of(prefecture: int) -> Integers:
    """Listed 1 km cells that prefecture 1-47 touches."""
    cells = _listed_cells()
    return cells[prefecture_sets(cells) >> prefecture & 1 == 1]


def distance_m(
    lon: np.ndarray, lat: np.ndarray, other_lon: np.ndarray, other_lat: np.ndarray
) -> np.ndarray:
    """Metres between neighbouring points given in degrees, on a sphere, NaN kept.

    Good to 0.6 % for points up to some kilometres apart; arrays broadcast.
    """
    east = (other_lon - lon) * np.cos(np.radians((lat + other_lat) / 2))
    return np.hypot(east, other_lat - lat) * METRES_PER_DEGREE


@cache
def _mesh2_rank() -> npt.NDArray[np.int16]:
    """Rank from 1 of a secondary mesh by its code; 0 where it holds no land."""
    rank = np.zeros(1_000_000, np.int16)
    listed = reference.mesh2_facts()["mesh2"].to_numpy()
    rank[listed] = np.arange(1, len(listed) + 1)
    return rank


@cache
def _listed_sets() -> Integers:
    pairs = reference.mesh3_municipalities()
    codes = pa.array(pairs["city_code"], pa.string())
    prefecture = pc.utf8_slice_codeunits(codes, 0, 2).cast(pa.int64()).to_numpy()
    mesh3 = pairs["mesh3"].to_numpy()
    first = np.flatnonzero(np.append(True, mesh3[1:] != mesh3[:-1]))
    sets = np.zeros(slot_count(), np.int64)
    bits = np.int64(1) << prefecture
    sets[slot(mesh3[first])] = np.bitwise_or.reduceat(bits, first)
    return sets


def _listed_cells() -> Integers:
    """Every listed 1 km cell, sorted."""
    mesh3 = reference.mesh3_municipalities()["mesh3"].to_numpy()
    return mesh3[np.append(True, mesh3[1:] != mesh3[:-1])]
