"""Pixels of a coverage raster: covered, not covered, nodata, or not allowed."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

COVERED = 1
NOT_COVERED = 0
MOST_TOLD = 10
"""Values of one band that are told, each with the first pixel that has it."""


@dataclass(frozen=True)
class Pixel:
    """One pixel: its value as text, and its row and column, from 1 at the top left."""

    value: str
    row: int
    column: int


@dataclass
class BandPixels:
    """What the pixels of one band are, window by window.

    Attributes
    ----------
    nodata : float
        Value that stands for no data; may be NaN.
    covered_count, nodata_count, odd_count, fraction_count : int
        Pixels of each kind seen so far. Odd ones are neither 0, 1 nor nodata; those
        that lie between whole numbers are counted as fractions instead.
    odd : dict of str to Pixel
        The first pixel of the first odd values, at most `MOST_TOLD` of them.
    fraction : Pixel or None
        The first fraction.
    """

    nodata: float
    covered_count: int = 0
    nodata_count: int = 0
    odd_count: int = 0
    fraction_count: int = 0
    odd: dict[str, Pixel] = field(default_factory=dict)
    fraction: Pixel | None = None

    @property
    def is_sound(self) -> bool:
        """Whether every pixel seen so far is 0, 1 or nodata."""
        return not (self.odd_count or self.fraction_count)

    def take(
        self, values: npt.NDArray[np.generic], top: int, left: int
    ) -> npt.NDArray[np.bool_]:
        """Count the pixels of a window; true where they are covered.

        Parameters
        ----------
        values : ndarray of real numbers, shape (rows, columns)
            Not modified.
        top, left : int
            Row and column of the first of them in the raster, from 0.
        """
        is_covered = values == COVERED
        is_nodata = self._is_nodata(values)
        nodata_count = int(np.count_nonzero(is_nodata))
        known = int(np.count_nonzero(is_covered)) + nodata_count
        self.covered_count += known - nodata_count
        self.nodata_count += nodata_count
        if known < values.size:
            is_known = is_covered | is_nodata | (values == NOT_COVERED)
            if not is_known.all():
                self._note(values, ~is_known, top, left)
        return is_covered

    def _is_nodata(self, values: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
        if np.isnan(self.nodata):
            return np.isnan(values)
        return values == np.array(self.nodata).astype(values.dtype)

    def _note(
        self,
        values: npt.NDArray[np.generic],
        is_odd: npt.NDArray[np.bool_],
        top: int,
        left: int,
    ) -> None:
        row, column = np.nonzero(is_odd)
        found = values[row, column]
        row, column = row + top + 1, column + left + 1
        is_fraction = np.isfinite(found) & (found != np.rint(found))
        self.fraction_count += int(is_fraction.sum())
        self.odd_count += int((~is_fraction).sum())
        if self.fraction is None and is_fraction.any():
            at = int(np.argmax(is_fraction))
            self.fraction = _pixel(found, row, column, at)
        at_odd = np.flatnonzero(~is_fraction)
        if len(self.odd) == MOST_TOLD or not len(at_odd):
            return
        _, first = np.unique(found[at_odd], return_index=True)
        # at most MOST_TOLD are known, so twice as many hold all that are to be added
        for at in at_odd[np.sort(first)[: 2 * MOST_TOLD]]:
            pixel = _pixel(found, row, column, int(at))
            if len(self.odd) < MOST_TOLD:
                self.odd.setdefault(pixel.value, pixel)


def _pixel(
    values: npt.NDArray[np.generic], row: np.ndarray, column: np.ndarray, at: int
) -> Pixel:
    return Pixel(f"{values[at]:.9g}", int(row[at]), int(column[at]))
