"""How the pixels of a window lie on mesh cells: shares by area.

A raster in degrees, north up, is split at the cells' edges as numbers. Of any other
raster a pixel whose four corners lie in one cell lies in it whole; every other pixel is
cut as the quadrilateral of its corners, in the equal-area plane of longitude and
:func:`~geodata.mesh.shape.zone`, where cells are rectangles. Either way the shares of a
pixel add up to one, so sums are kept.

Accuracy: exact in degrees north up. Elsewhere the side of a pixel is taken as straight
in that plane; it bends by about the square of the pixel's side over 50,000 km (0.2 mm
for 100 m, 2 cm for 1 km), less than 0.01 % of the pixel.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyproj
import shapely
from affine import Affine
from rasterio.windows import Window

from geodata import mesh
from geodata.datum import JGD2011_EPSG
from geodata.mesh.levels import UAS_PER_DEGREE, Level, level_named
from geodata.mesh.shape import INVERSE_FLATTENING, SEMI_MAJOR_M, edges_of, zone
from geodata.readers.files.raster import RasterFile, corners, located

OUTSIDE = 0
"""Stands for the code of what lies in none of the 176 primary meshes."""

EXACT_PIXELS = 1 << 20
"""Pixels of a window of a raster that is split exactly."""

CUT_PIXELS = 1 << 17
"""Pixels of a window of a raster that is cut by shape."""

_PAIRS_AT_ONCE = 1 << 16
_SNAP_UAS = 0.5  # an edge nearer than that to a cell's edge is that edge, as in encode
_Parts = tuple[np.ndarray, np.ndarray, np.ndarray]
_HALF_B2 = (SEMI_MAJOR_M * (1 - 1 / INVERSE_FLATTENING)) ** 2 / 2


@dataclass(frozen=True)
class Shares:
    """Parts of the pixels of a window, each in one cell.

    Attributes
    ----------
    pixel : int64 array
        Number of the pixel in the window, row by row.
    cell : int64 array
        Place of the cell in `codes`.
    share : float64 array
        Part of the pixel's area; those of a pixel add up to one.
    codes : int64 array
        Mesh codes, `OUTSIDE` for all that lies in no primary mesh of Japan.
    """

    pixel: np.ndarray
    cell: np.ndarray
    share: np.ndarray
    codes: np.ndarray


class Grid:
    """The mesh at one level, as one raster meets it.

    Parameters
    ----------
    raster : RasterFile
        The raster.
    level : str
        Level name, such as ``"m3"``.
    """

    def __init__(self, raster: RasterFile, level: str) -> None:
        self._raster = raster
        self._level = level_named(level)
        self._to_degrees = pyproj.Transformer.from_crs(
            raster.crs, JGD2011_EPSG, always_xy=True
        )
        self._japan = _extent_of_japan(raster.crs)

    @property
    def is_exact(self) -> bool:
        """Whether pixels are split at the cells' edges."""
        return self._raster.is_north_up_degrees

    @property
    def window_pixels(self) -> int:
        """Pixels to work on at a time: fewer where one spans many cells."""
        if not self.is_exact:
            return CUT_PIXELS
        t = self._raster.transform
        columns = 1 + t.a * UAS_PER_DEGREE / self._level.lon_uas
        rows = 1 - t.e * UAS_PER_DEGREE / self._level.lat_uas
        return max(1, int(EXACT_PIXELS / (columns * rows)))

    def over_japan(self, window: Window) -> Window | None:
        """Part of a window outside which nothing lies over Japan; None: all is off."""
        x, y = corners(self._raster.transform, window)
        west, south, east, north = self._japan
        is_beside = x.max() <= west or x.min() >= east
        if is_beside or y.max() <= south or y.min() >= north:
            return None
        t = self._raster.transform
        if t.b or t.d or not np.isfinite(self._japan).all():
            return window
        columns = np.sort((np.array([west, east]) - t.c) / t.a)
        rows = np.sort((np.array([south, north]) - t.f) / t.e)
        return window.intersection(
            Window.from_slices(
                (max(0, int(rows[0]) - 1), max(1, int(rows[1]) + 2)),
                (max(0, int(columns[0]) - 1), max(1, int(columns[1]) + 2)),
            )
        )

    def shares(
        self, window: Window, is_used: np.ndarray, is_void: np.ndarray
    ) -> Shares:
        """Parts of the used pixels of a window.

        Parameters
        ----------
        window : Window
            Part of the raster.
        is_used : bool array, shape of the window
            Pixels that have a value.
        is_void : bool array, shape of the window
            Of those, pixels whose amount is zero: where pixels are cut by shape they
            are given whole to one of their cells, which moves nothing.
        """
        if self.is_exact:
            parts = _split_exactly(self._raster.transform, window, self._level)
            is_kept = is_used.ravel()[parts.pixel]
            return Shares(
                parts.pixel[is_kept],
                parts.cell[is_kept],
                parts.share[is_kept],
                parts.codes,
            )
        return self._split_by_shape(window, is_used, is_void)

    def areas(self, window: Window) -> np.ndarray:
        """Area of each pixel of a window on the ellipsoid, in square metres.

        A pixel is taken as the quadrilateral of its corners in an equal-area
        projection; that is exact in degrees north up.
        """
        lon, lat = self._lattice(window)
        x, y = np.radians(lon), zone(lat)
        across_x, across_y = x[1:, 1:] - x[:-1, :-1], y[1:, 1:] - y[:-1, :-1]
        other_x, other_y = x[1:, :-1] - x[:-1, 1:], y[1:, :-1] - y[:-1, 1:]
        area: np.ndarray = np.abs(across_x * other_y - across_y * other_x) / 2
        return _HALF_B2 * area

    def _lattice(self, window: Window) -> tuple[np.ndarray, np.ndarray]:
        """Longitude and latitude of all pixel corners of a window."""
        row, column = np.meshgrid(
            window.row_off + np.arange(window.height + 1.0),
            window.col_off + np.arange(window.width + 1.0),
            indexing="ij",
        )
        x, y = located(self._raster.transform, column, row)
        if self.is_exact:
            return x, np.clip(y, -90.0, 90.0)
        lon, lat = self._to_degrees.transform(x, y)
        return lon, lat

    def _split_by_shape(
        self, window: Window, is_used: np.ndarray, is_void: np.ndarray
    ) -> Shares:
        lon, lat = self._lattice(window)
        corner = _codes_at(lon, lat, self._level.name)
        first = corner[:-1, :-1]
        is_whole = (first == corner[:-1, 1:]) & (first == corner[1:, 1:])
        is_whole &= (first == corner[1:, :-1]) & (first != OUTSIDE)
        whole = np.flatnonzero(is_used & (is_whole | is_void))
        cut = np.flatnonzero(is_used & ~is_whole & ~is_void)
        parts = [(whole, first.ravel()[whole], np.ones(len(whole)))]
        parts += _cut(_quadrilaterals(lon, lat, cut), cut, self._level)
        pixel, code, share = map(np.concatenate, zip(*parts, strict=True))
        codes, place = np.unique(code, return_inverse=True)
        return Shares(pixel, place, share, codes)


def _quadrilaterals(lon: np.ndarray, lat: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Corners of pixels in their order round, as (n, 4, 2) of degrees."""
    row, column = np.divmod(pixels, lon.shape[1] - 1)
    rows = row[:, None] + [0, 0, 1, 1]
    columns = column[:, None] + [0, 1, 1, 0]
    return np.stack([lon[rows, columns], lat[rows, columns]], axis=-1)


def _cut(quads: np.ndarray, pixels: np.ndarray, level: Level) -> list[_Parts]:
    """Pixel, code and share of the parts of pixels that lie in several cells."""
    low, high = quads.min(axis=1), quads.max(axis=1)
    west, south, east, north = _japan_degrees()
    is_near = np.isfinite(quads).all(axis=(1, 2))  # NaN: nowhere on the ellipsoid
    is_near &= (high > [west, south]).all(axis=1) & (low < [east, north]).all(axis=1)
    off = pixels[~is_near]
    parts = [(off, np.full(len(off), OUTSIDE), np.ones(len(off)))]
    quads, pixels = quads[is_near], pixels[is_near]
    cells = [
        np.searchsorted(edges, ends[is_near, axis], side="right") - 1
        for ends in (low, high)
        for axis, edges in ((0, level.lon_edges), (1, level.lat_edges))
    ]
    first_column, first_row, last_column, last_row = cells
    width = last_column - first_column + 1
    count = width * (last_row - first_row + 1)
    for some in _chunks(count):
        pixel = np.repeat(np.arange(some.start, some.stop), count[some])
        start = np.cumsum(count[some]) - count[some]
        within = np.arange(len(pixel)) - np.repeat(start, count[some])
        row = first_row[pixel] + within // width[pixel]
        column = first_column[pixel] + within % width[pixel]
        area = _shared_area(quads, pixel, row, column, level)
        is_part = area > 0
        pixel, area = pixel[is_part], area[is_part]
        total = np.bincount(pixel, area)
        codes = _codes_in_japan(row[is_part], column[is_part], level)
        parts.append((pixels[pixel], codes, area / total[pixel]))
    return parts


def _chunks(count: np.ndarray) -> list[slice]:
    """Slices of pixels that have about so many pairs together."""
    part = np.cumsum(count) // _PAIRS_AT_ONCE
    ends = [*(np.flatnonzero(np.diff(part)) + 1).tolist(), len(count)]
    starts = [0, *ends[:-1]]
    return [slice(a, b) for a, b in zip(starts, ends, strict=True) if b > a]


def _shared_area(
    quads: np.ndarray,
    pixel: np.ndarray,
    row: np.ndarray,
    column: np.ndarray,
    level: Level,
) -> np.ndarray:
    """Area that pixels share with cells, in the equal-area plane, each pair scaled."""
    shift, unit = quads[:, :1, 0], level.lon_uas / UAS_PER_DEGREE
    y = zone(quads[:, :, 1])
    y_unit = np.ptp(y, axis=1, keepdims=True)
    plane = np.stack(
        [(quads[:, :, 0] - shift) / unit, (y - y[:, :1]) / y_unit], axis=-1
    )
    west, south, east, north = edges_of(row, column, level)
    cells = shapely.box(
        (west - shift[pixel, 0]) / unit,
        (zone(south) - y[pixel, 0]) / y_unit[pixel, 0],
        (east - shift[pixel, 0]) / unit,
        (zone(north) - y[pixel, 0]) / y_unit[pixel, 0],
    )
    area: np.ndarray = shapely.area(
        shapely.intersection(shapely.polygons(plane)[pixel], cells)
    )
    return area


def _split_exactly(transform: Affine, window: Window, level: Level) -> Shares:
    """Split the pixels of a window at the edges of rows and columns of cells."""
    top = transform.f + transform.e * (window.row_off + np.arange(window.height + 1))
    left = transform.c + transform.a * (window.col_off + np.arange(window.width + 1))
    south_up = np.clip(top[::-1], -90.0, 90.0)
    row, row_cell, row_share = _split_axis(zone, south_up, level.lat_edges)
    column, column_cell, column_share = _split_axis(np.asarray, left, level.lon_edges)
    row = window.height - 1 - row
    rows, row_place = np.unique(row_cell, return_inverse=True)
    columns, column_place = np.unique(column_cell, return_inverse=True)
    return Shares(
        pixel=(row[:, None] * window.width + column).ravel(),
        cell=(row_place[:, None] * len(columns) + column_place).ravel(),
        share=(row_share[:, None] * column_share).ravel(),
        codes=_codes_in_japan(rows[:, None], columns, level).ravel(),
    )


def _split_axis(
    measure: Callable[[np.ndarray], np.ndarray],
    edges: np.ndarray,
    cell_edges: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cut ascending pixel edges at cell edges.

    Parameters
    ----------
    measure : callable
        Degrees to what area grows with: :func:`zone` for latitudes, degrees
        themselves for longitudes. Differences of neighbours are exact (they lie
        within a factor of two), so the shares of a pixel add up to one.

    Returns
    -------
    pixel, cell : int64 arrays
        Number of the pixel and of the cell of each piece; a cell of -1 or past the
        last one is off the grid.
    share : float64 array
        Part of the pixel.
    """
    edges = _snapped(edges, cell_edges)
    within = cell_edges[(cell_edges > edges[0]) & (cell_edges < edges[-1])]
    ends = np.union1d(edges, within)
    pixel = np.searchsorted(edges, ends[:-1], side="right") - 1
    cell = np.searchsorted(cell_edges, ends[:-1], side="right") - 1
    share = np.diff(measure(ends)) / np.diff(measure(edges))[pixel]
    return pixel, cell, share


def _snapped(edges: np.ndarray, cell_edges: np.ndarray) -> np.ndarray:
    """Edges, those within 0.5 uas (0.02 mm) of a cell's edge moved onto it."""
    place = np.searchsorted(cell_edges, edges).clip(1, len(cell_edges) - 1)
    below, above = cell_edges[place - 1], cell_edges[place]
    nearest = np.where(edges - below < above - edges, below, above)
    is_near = np.abs(edges - nearest) * UAS_PER_DEGREE < _SNAP_UAS
    return np.where(is_near, nearest, edges)


def _codes_in_japan(row: np.ndarray, column: np.ndarray, level: Level) -> np.ndarray:
    """Codes of rows and columns (broadcast), `OUTSIDE` for those not in Japan."""
    is_on_grid = (row >= 0) & (row < level.rows)
    is_on_grid = is_on_grid & (column >= 0) & (column < level.columns)
    codes = level.row_part.take(row, mode="clip") + level.column_part.take(
        column, mode="clip"
    )
    is_japanese = mesh.is_japanese(codes, level.name)
    return np.where(is_on_grid & is_japanese, codes, OUTSIDE)


def _codes_at(lon: np.ndarray, lat: np.ndarray, level: str) -> np.ndarray:
    """Code of each point, `OUTSIDE` for those not in Japan or nowhere at all."""
    west, south, east, north = _japan_degrees()
    is_on_grid = (lon >= west) & (lon < east) & (lat >= south) & (lat < north)
    codes = np.full(lon.shape, OUTSIDE, dtype=np.int64)
    found = mesh.encode(lon[is_on_grid], lat[is_on_grid], level)
    codes[is_on_grid] = np.where(mesh.is_japanese(found, level), found, OUTSIDE)
    return codes


@cache
def _japan_degrees() -> tuple[float, float, float, float]:
    """West, south, east and north end of the 176 primary meshes."""
    edges = mesh.bounds(np.array(mesh.PRIMARY_MESHES), "m1")
    west, south = edges[:, :2].min(axis=0).tolist()
    east, north = edges[:, 2:].max(axis=0).tolist()
    return west, south, east, north


def _extent_of_japan(crs: pyproj.CRS) -> tuple[float, float, float, float]:
    """Box round them in a raster's own system; infinite if that is unknown."""
    to_raster = pyproj.Transformer.from_crs(JGD2011_EPSG, crs, always_xy=True)
    box = to_raster.transform_bounds(*_japan_degrees(), densify_pts=101)
    if not np.isfinite(box).all():
        return -np.inf, -np.inf, np.inf, np.inf
    margin_x, margin_y = (box[2] - box[0]) / 100, (box[3] - box[1]) / 100
    return box[0] - margin_x, box[1] - margin_y, box[2] + margin_x, box[3] + margin_y
