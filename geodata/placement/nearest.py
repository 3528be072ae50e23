"""Which of some 1 km cells is nearest to a cell, and which lie at their edge."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import mesh

Integers = npt.NDArray[np.int64]

AROUND = [(n, e) for n in (-1, 0, 1) for e in (-1, 0, 1) if (n, e) != (0, 0)]
"""Steps north and east to the eight neighbours of a cell."""


def nearest_cell(mesh3: Integers, cells: Integers) -> Integers:
    """Row in sorted `cells` of the cell nearest to each of `mesh3`, by centre.

    Parameters
    ----------
    mesh3 : ndarray of int64, shape (n,)
        Codes of 1 km cells. Not modified.
    cells : ndarray of int64, shape (m,)
        Codes to choose from, sorted and distinct; at least one.

    Returns
    -------
    ndarray of int64, shape (n,)
        Of equally near cells the first; a cell that is among them is its own nearest.

    Notes
    -----
    Distances are those of a plane for each degree of latitude, in which a degree of
    longitude is as long as it is there.
    """
    nearest = np.searchsorted(cells, mesh3).clip(max=len(cells) - 1)
    is_outside = cells[nearest] != mesh3
    asked, back = np.unique(mesh3[is_outside], return_inverse=True)
    if len(asked):
        nearest[is_outside] = _nearest_from_outside(asked, cells)[back]
    return nearest


def is_edge(cells: Integers) -> npt.NDArray[np.bool_]:
    """Whether each of sorted `cells` has a neighbour that is none of them."""
    is_inside = np.ones(len(cells), bool)
    for north, east in AROUND:
        beside = mesh.neighbor(cells, "m3", north, east)
        at = np.searchsorted(cells, beside).clip(max=len(cells) - 1)
        is_inside &= cells[at] == beside
    return ~is_inside


def _nearest_from_outside(mesh3: Integers, cells: Integers) -> Integers:
    """As `nearest_cell`, for cells that are none of `cells`: an edge is nearest."""
    edge = np.flatnonzero(is_edge(cells))
    lon, lat = mesh.center(mesh3, "m3")
    cell_lon, cell_lat = mesh.center(cells[edge], "m3")
    nearest = np.zeros(len(mesh3), np.int64)
    bands = np.floor(lat)
    for band in np.unique(bands):
        is_here = bands == band
        shrink = np.cos(np.radians(band + 0.5))
        tree = shapely.STRtree(shapely.points(cell_lon * shrink, cell_lat))
        points = shapely.points(lon[is_here] * shrink, lat[is_here])
        asked, hit = tree.query_nearest(points)
        nearest[is_here] = pd.Series(hit).groupby(asked).min().to_numpy()
    return edge[nearest]
