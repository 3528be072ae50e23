"""Outlines of covered pixels: rings along the sides of pixels, in counts of pixels.

Pixels that share a side are one polygon; polygons that meet at a corner only touch, so
that any collection of them is a valid multipolygon.
"""

from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import numpy.typing as npt
import shapely
from affine import Affine
from rasterio.features import shapes

from geodata.readers.files.raster import located

_BY_SIDES = 4  # GDAL's number for pixels that share a side


@dataclass(frozen=True)
class Outlines:
    """Polygons by the points of their rings.

    Attributes
    ----------
    points : ndarray of float64, shape (n, 2)
        Column and row of pixel corners; whole numbers. Each ring ends where it begins.
    ring_starts : ndarray of int64, shape (rings + 1,)
        First point of each ring, and `n`.
    polygon_starts : ndarray of int64, shape (polygons + 1,)
        First ring of each polygon, which is its outer one, and the number of rings.
    """

    points: npt.NDArray[np.float64]
    ring_starts: npt.NDArray[np.int64]
    polygon_starts: npt.NDArray[np.int64]

    @property
    def _steps(self) -> npt.NDArray[np.float64]:
        """From each point to the next of its ring; nothing from the last one."""
        steps = np.diff(self.points, axis=0, append=self.points[-1:])
        steps[self.ring_starts[1:] - 1] = 0
        return steps

    def divided(self) -> "Outlines":
        """The same with a point at every pixel corner that a ring passes."""
        steps = self._steps
        count = np.abs(steps).sum(axis=1).astype(np.int64)
        count[self.ring_starts[1:] - 1] = 1
        start = np.append(0, np.cumsum(count))
        of_point = np.repeat(np.arange(len(count)), count)
        along = np.arange(start[-1]) - start[of_point]
        points = self.points[of_point] + along[:, None] * np.sign(steps)[of_point]
        return replace(self, points=points, ring_starts=start[self.ring_starts])

    def moved(self, left: int, top: int) -> "Outlines":
        """The same counted from a corner so many pixels further north-west."""
        return replace(self, points=self.points + np.array([left, top]))

    def multipolygon(self, transform: Affine) -> shapely.MultiPolygon:
        """All polygons together, in the coordinates of a raster.

        Equal corners give equal coordinates, so that neighbouring pieces of a raster
        meet exactly.
        """
        places = np.column_stack(located(transform, *self.points.T))
        every = np.array([0, len(self.polygon_starts) - 1])
        (made,) = shapely.from_ragged_array(
            shapely.GeometryType.MULTIPOLYGON,
            places,
            (self.ring_starts, self.polygon_starts, every),
        )
        return made


def outlines(is_covered: npt.NDArray[np.bool_]) -> Outlines:
    """Outline the covered pixels of a piece of a raster.

    Parameters
    ----------
    is_covered : ndarray of bool, shape (rows, columns)
        With at least one true pixel. Not modified.

    Returns
    -------
    Outlines
        One polygon for all pixels that are linked by sides; a rectangle where every
        pixel is covered.
    """
    if is_covered.all():
        return _rectangle(*is_covered.shape)
    image = is_covered.view(np.uint8)
    found = shapes(image, mask=is_covered, connectivity=_BY_SIDES)
    polygons = [polygon["coordinates"] for polygon, _ in found]
    rings = list(chain.from_iterable(polygons))
    numbers = chain.from_iterable(chain.from_iterable(rings))
    return Outlines(
        np.fromiter(numbers, np.float64).reshape(-1, 2),
        _starts([len(ring) for ring in rings]),
        _starts([len(polygon) for polygon in polygons]),
    )


def _rectangle(rows: int, columns: int) -> Outlines:
    points = [(0, 0), (0, rows), (columns, rows), (columns, 0), (0, 0)]
    return Outlines(np.array(points, np.float64), _starts([5]), _starts([1]))


def _starts(lengths: list[int]) -> npt.NDArray[np.int64]:
    return np.append(0, np.cumsum(lengths, dtype=np.int64))
