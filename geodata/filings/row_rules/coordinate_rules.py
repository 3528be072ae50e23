"""Rules on how coordinates are written, seen in many rows together."""

import numpy as np

from geodata.filings.catalogue import decides
from geodata.filings.row_rules.datum import is_within_japan
from geodata.filings.row_rules.station_rules import has_few_decimals
from geodata.filings.tables.rows import Hit, Rows, row_rule
from geodata.placement.stations import site_keys

_GRIDS = (
    ("0.001°", 1000.0, 1000.0),
    ("3.75″ × 5.625″ (JIS X 0410)", 960.0, 640.0),
    ("1′", 60.0, 60.0),
)
"""Name, and lines to a degree of latitude and of longitude. Centres and corners of
mesh cells from 10 km to 250 m all lie on the second."""

_WRITTEN_DEG = 5.5e-6
"""How far off its line a value can be written: half the last of five decimals, and
some room for binary fractions."""

_LEAST_POINTS = 5
_LEAST_SHARE = 0.02

_LAST_MINUTE = 0.6
_LEAST_SQUARES = {1.0: 20, 100.0: 30}
_MOST_UNFIT = 0.01


@row_rule("coordinate_grid", "stations", phase=2)
def _coordinate_grid(rows: Rows) -> list[Hit]:
    """Points on a coarse grid are rounded, or stand for a cell.

    One in ten thousand sound points lies on the first grid; one in a hundred where
    Parquet keeps only four decimals (text of so few has ``coordinate_decimals`` and
    is left to it). The other grids are met less often. Twice the worst of these,
    `_LEAST_SHARE`, in several places is no chance any more.
    """
    hits = []
    for name, per_lat, per_lon in _GRIDS:
        breach = np.zeros(len(rows), bool)
        breach[_on_grid(rows, per_lat, per_lon)] = True
        extra: dict[str, object] = {
            "lon": rows.text["lon"],
            "grid": name,
            "count": int(breach.sum()),
        }
        hits.append(Hit(breach, "lat", extra))
    return hits


def _on_grid(rows: Rows, per_lat: float, per_lon: float) -> np.ndarray:
    """Rows on one grid; none where they may stand there by chance."""
    lat, lon = rows.number("lat"), rows.number("lon")
    at = np.flatnonzero(_is_on_line(lat, per_lat) & ~rows.is_rejected)
    at = at[_is_on_line(lon[at], per_lon)]
    least = _LEAST_SHARE * len(rows)
    if len(at) >= least:
        at = at[_is_fine(rows, at)]
    points = len(np.unique(site_keys(lon[at], lat[at])))
    return at if len(at) >= least and points >= _LEAST_POINTS else at[:0]


def _is_on_line(degrees: np.ndarray, per_degree: float) -> np.ndarray:
    lines = degrees * per_degree
    return np.abs(lines - np.rint(lines)) <= _WRITTEN_DEG * per_degree


def _is_fine(rows: Rows, at: np.ndarray) -> np.ndarray:
    """Whether neither coordinate of the rows `at` has ``coordinate_decimals``."""
    if not rows.has_exact_decimals:
        return np.ones(len(at), bool)
    return ~(has_few_decimals(rows, "lat") | has_few_decimals(rows, "lon"))[at]


@decides("coordinate_sexagesimal")
def check_notation(rows: Rows) -> None:
    """Degrees, minutes and seconds written as decimals never have a minute of 60.

    ``35.4052`` for 35°40′52″ looks like a decimal, but of sound decimals four in ten
    have 0.6 or more after the degree, and as many after the hundredth: both
    coordinates of a point stay below in 36 cases of 100. Squares of one degree (for
    minutes) or of a hundredth (for seconds) count, not rows, which stand in clusters:
    that all but `_MOST_UNFIT` of 20 or 30 of them stay below is no chance. Where
    fewer than half of the rows do, the squares are not counted.
    """
    rows.log.mark("coordinate_sexagesimal")
    lat, lon = rows.number("lat"), rows.number("lon")
    usable = is_within_japan(lon, lat)
    lat, lon = lat[usable], lon[usable]
    if any(_looks_sexagesimal(lat, lon, *pair) for pair in _LEAST_SQUARES.items()):
        rows.log.add(
            "coordinate_sexagesimal",
            file=rows.file,
            column="lat",
            value=len(lat),
        )


def _looks_sexagesimal(
    lat: np.ndarray, lon: np.ndarray, per_degree: float, least: int
) -> bool:
    north, east = np.floor(lat * per_degree), np.floor(lon * per_degree)
    is_below = lat * per_degree - north < _LAST_MINUTE
    is_below &= lon * per_degree - east < _LAST_MINUTE
    if 2 * is_below.sum() < len(lat):
        return False
    square = (north * 1e6 + east).astype(np.int64)
    unfit = len(np.unique(square[~is_below]))
    count = len(np.unique(square))
    return count >= least and unfit <= _MOST_UNFIT * count
