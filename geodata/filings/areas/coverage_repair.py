"""Repairs of invalid coverage areas: what is offered, and how much it changes."""

import re
from dataclasses import dataclass

import numpy as np
import shapely

from geodata.filings.areas.coverage_geometry import (
    Booleans,
    Floats,
    Shapes,
    area_m2,
    edges_of,
)

MAX_CROWDING = 10**9
"""Most crowded area of which it is found out whether it is valid (`_crowding`)."""

CROWDING = 5_000
CROWDING_PER_VERTEX = 8
"""Crowding up to which an area is repaired: of a small one, and for each vertex."""

CROWDING_OF_ALL = 500_000
CROWDING_OF_ALL_PER_VERTEX = 4
"""The same for all of a file together; smooth areas have 1.3 for each vertex."""

TOO_CROWDED = "Too many edges close together (辺の密集)"
"""Reason of an area that is not looked at: crossing edges cost their number squared."""

_SMALLEST_LEVEL = -30  # edges of 1e-9 degrees and less are told apart no further
_MIX = tuple(np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F))
_REASON = re.compile(r"(?P<what>[^\[]*)(\[(?P<lon>\S+) (?P<lat>\S+)\])?")
_JAPANESE = {
    "Self-intersection": "自己交差",
    "Ring Self-intersection": "輪の自己接触",
    "Hole lies outside shell": "外周の外の穴",
    "Holes are nested": "穴の中の穴",
    "Nested shells": "重なる外周",
    "Duplicate Rings": "同じ輪の重複",
    "Interior is disconnected": "内部の分断",
    "Too few points in geometry component": "点の不足",
}


@dataclass(frozen=True)
class Repairs:
    """What is wrong with each invalid area, and the repair at hand.

    Attributes
    ----------
    at : ndarray of int64, shape (k,)
        Positions of the invalid areas.
    reason : list of str
        In English, with the Japanese word.
    lon, lat : ndarray of float64, shape (k,)
        Place of the fault, degrees on JGD2011.
    before, after : ndarray of shapely geometry, shape (k,)
        After: valid polygons or multipolygons, None where no repair was found.
    area_before_m2, area_after_m2, share : ndarray of float64, shape (k,)
        Change in area as a share of the larger of the two, from -1 to 1. NaN where
        there is no repair.
    is_offered : ndarray of bool, shape (k,)
        There is a repair and it changes no more than allowed.
    """

    at: np.ndarray
    reason: list[str]
    lon: Floats
    lat: Floats
    before: Shapes
    after: Shapes
    area_before_m2: Floats
    area_after_m2: Floats
    share: Floats
    is_offered: Booleans


def propose_repairs(
    geometry: Shapes, is_candidate: Booleans, max_share: float
) -> Repairs:
    """Find the invalid areas and repair copies of them.

    Overlaps of an area with itself become one area and lines without area go
    (``make_valid`` by structure): what a carrier draws twice is still covered. The
    even-odd method would cut such overlaps out as holes. A hole outside its shell, or
    in another hole, becomes area, which shows in the change.

    Parameters
    ----------
    geometry : ndarray of shapely geometry, shape (n,)
        Polygons and multipolygons in degrees on JGD2011. Not modified.
    is_candidate : ndarray of bool, shape (n,)
        Those to look at; their coordinates are finite.
    max_share : float
        Largest change in area that is offered, as a share of the larger area.
    """
    crowding = np.zeros(len(geometry), np.int64)
    crowding[is_candidate] = _crowding(geometry[is_candidate])
    is_crowded = is_candidate & (crowding > MAX_CROWDING)
    is_checked = is_candidate & ~is_crowded
    is_invalid = is_crowded.copy()
    is_invalid[is_checked] = ~shapely.is_valid(geometry[is_checked])
    at = np.flatnonzero(is_invalid)
    before = geometry[at]
    after = np.full(len(at), None, object)
    for number in np.flatnonzero(_is_repairable(before, crowding[at])):
        after[number] = _repaired(before[number])
    reasons = np.full(len(at), TOO_CROWDED, object)
    reasons[~is_crowded[at]] = shapely.is_valid_reason(before[~is_crowded[at]])
    found = [_REASON.fullmatch(text) for text in reasons]
    areas = area_m2(before), area_m2(after)
    share = _share(*areas)
    return Repairs(
        at,
        [_named(match["what"] if match else "") for match in found],
        _numbers(found, "lon"),
        _numbers(found, "lat"),
        before,
        after,
        *areas,
        share,
        np.abs(share) <= max_share,
    )


def _repaired(shape: shapely.Geometry) -> shapely.Geometry | None:
    try:
        made = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    except shapely.errors.GEOSException:
        return None
    is_area = made.geom_type in ("Polygon", "MultiPolygon") and made.area > 0
    return made if is_area and made.is_valid else None


def _share(before: Floats, after: Floats) -> Floats:
    change = after - before
    return change / np.fmax(before, after)


def _named(reason: str) -> str:
    japanese = _JAPANESE.get(reason)
    return f"{reason} ({japanese})" if japanese else reason


def _numbers(found: list[re.Match[str] | None], name: str) -> Floats:
    return np.array(
        [float(match[name]) if match and match[name] else np.nan for match in found]
    )


def _is_repairable(geometry: Shapes, crowding: np.ndarray) -> Booleans:
    """Whether a repair is bounded: edges that cross n times cost n times n.

    Depends on each area alone and on the sum of all, not on their order.
    """
    vertices = shapely.get_num_coordinates(geometry)
    is_good = crowding <= np.maximum(CROWDING, CROWDING_PER_VERTEX * vertices)
    by_vertex = CROWDING_OF_ALL_PER_VERTEX * int(vertices.sum())
    limit = max(CROWDING_OF_ALL, by_vertex)
    return is_good & (crowding[is_good].sum() <= limit)


def _crowding(geometry: Shapes) -> np.ndarray:
    """About how many pairs of edges of like length lie close together, by area.

    Every edge is put into the cell of its middle in a grid as wide as the edge is
    long, to a power of two; the pairs in each cell are counted. Edges that follow
    each other give a few for each edge, edges that cross all others their square.

    Parameters
    ----------
    geometry : ndarray of shapely geometry, shape (n,)
        Polygons and multipolygons with finite coordinates.

    Returns
    -------
    ndarray of int64, shape (n,)
    """
    start, end, owner = edges_of(geometry)
    length = np.abs(end - start).max(axis=1)
    is_edge = length > 0
    start, end, owner = start[is_edge], end[is_edge], owner[is_edge]
    level = np.maximum(np.frexp(length[is_edge])[1], _SMALLEST_LEVEL)
    cell = np.floor(np.ldexp((start + end) / 2, -level[:, None])).astype(np.int64)
    key = owner.astype(np.uint64)
    for part in (level, cell[:, 0], cell[:, 1]):
        key = (key ^ (key >> np.uint64(29))) * _MIX[0]
        key += part.astype(np.int64).astype(np.uint64) * _MIX[1]
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(np.diff(key[order], prepend=~key[order[:1]]) != 0)
    counts = np.diff(first, append=len(order))
    pairs = np.bincount(owner[order[first]], counts**2, minlength=len(geometry))
    return pairs.astype(np.int64)
