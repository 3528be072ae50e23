"""How far and which way stations moved between two versions, and whether alike."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyproj

from geodata.datum import tokyo_to_jgd2011

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

COMPASS = np.array(["N", "NE", "E", "SE", "S", "SW", "W", "NW"])

_MOST_METRES_PER_DEGREE = 112_000.0  # no degree on GRS80 is longer


class Points(NamedTuple):
    """Degrees on JGD2011, each of shape (n,); NaN where there is no point."""

    lon: Floats
    lat: Floats


class Moves(NamedTuple):
    """Metres and degrees clockwise from north, each of shape (n,); 0 for no move."""

    metres: Floats
    azimuth_deg: Floats

    def over(self, metres: float) -> Booleans:
        """Which points moved further than that."""
        return self.metres > metres

    def middle(self, chosen: Booleans) -> tuple[float, float]:
        """Median move of the `chosen` points: metres and degrees from north."""
        turn, metres = np.radians(self.azimuth_deg[chosen]), self.metres[chosen]
        north, east = np.median(metres * np.cos(turn)), np.median(metres * np.sin(turn))
        azimuth = np.degrees(np.arctan2(east, north)) % 360
        return float(np.hypot(north, east)), float(azimuth)


def measure(before: Points, after: Points, over_m: float) -> Moves:
    """Measure moves on GRS80; those that are surely not over `over_m` count as none.

    Parameters
    ----------
    before, after : Points
        Of equal length; a point that is NaN in either did not move.
    over_m : float
        Metres from which a move matters.

    Returns
    -------
    Moves
        The geodesic where the move can be longer than `over_m`, else 0.
    """
    at = np.flatnonzero(~(_at_most_m(before, after) <= over_m))
    at = at[np.isfinite(before.lon[at]) & np.isfinite(after.lon[at])]
    moves = Moves(np.zeros(len(after.lon)), np.zeros(len(after.lon)))
    azimuth, _, metres = pyproj.Geod(ellps="GRS80").inv(
        before.lon[at], before.lat[at], after.lon[at], after.lat[at]
    )
    moves.metres[at], moves.azimuth_deg[at] = metres, np.mod(azimuth, 360)
    return moves


def compass(azimuth_deg: npt.ArrayLike) -> np.ndarray:
    """Nearest of the eight winds, such as ``"NE"``."""
    return COMPASS[np.rint(np.asarray(azimuth_deg) / 45).astype(int) % 8]


def moved_by_tokyo_shift(
    before: Points, after: Points, within_m: float
) -> tuple[Booleans, tuple[str, str]]:
    """Which points moved as a change of datum moves them, and between which datums.

    Parameters
    ----------
    before, after : Points
        Of equal length.
    within_m : float
        How far a point may lie from where the shift puts it.

    Returns
    -------
    tuple
        The points, and ``("TOKYO", "JGD2011")`` or the reverse, whichever moves more
        of them (domain.md 2.7).
    """
    forth = _at_most_m(_shifted(before), after) <= within_m
    back = _at_most_m(_shifted(after), before) <= within_m
    if forth.sum() >= back.sum():
        return forth, ("TOKYO", "JGD2011")
    return back, ("JGD2011", "TOKYO")


def moved_alike(
    before: Points, after: Points, chosen: Booleans, within_m: float
) -> Booleans:
    """Which of the `chosen` points moved within `within_m` of their median move.

    The median is taken in degrees: a faulty export shifts degrees, and the same
    degrees are fewer metres in the north.
    """
    east = np.median((after.lon - before.lon)[chosen])
    north = np.median((after.lat - before.lat)[chosen])
    expected = Points(before.lon + east, before.lat + north)
    return chosen & (_at_most_m(expected, after) <= within_m)


def _at_most_m(one: Points, other: Points) -> Floats:
    """Metres between points at short range, never less than they are; NaN stays."""
    east = (one.lon - other.lon) * np.cos(np.radians(other.lat))
    return np.hypot(east, one.lat - other.lat) * _MOST_METRES_PER_DEGREE


def _shifted(points: Points) -> Points:
    lon, lat, _ = tokyo_to_jgd2011(points.lon, points.lat)
    return Points(lon, lat)
