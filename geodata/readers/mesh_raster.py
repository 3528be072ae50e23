"""Rasters of people or of land cover, put on mesh cells by area.

Pixels are read window by window. Sums are kept: what the pixels hold is what the cells
hold, plus what lies outside the 176 primary meshes, which a note states.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from rasterio.windows import Window

from geodata.errors import SourceError
from geodata.readers.files.raster import RasterFile, find_rasters
from geodata.readers.files.raster_windows import OUTSIDE, Grid
from geodata.readers.reading import Rejections, SourceRead

AMOUNT = "amount"
"""Value class of a raster of people."""

_LEVELS = ("m3", "m4", "m5", "m6")
_MERGE_ROWS = 300_000  # new rows kept before equal cells are added up
_FEW_BAD = 1_000
_BAD_PER_PIXEL = 0.01  # more bad pixels than that are a fault of the whole file


def read_population_raster(paths: Sequence[Path], level: str = "m3") -> SourceRead:
    """People per cell from a raster of counts per pixel (WorldPop, GHS-POP).

    Parameters
    ----------
    paths : sequence of Path
        GeoTIFF files or archives of them; tiles must not overlap.
    level : str
        ``m3`` to ``m6``.

    Returns
    -------
    SourceRead
        ``raw.mesh_raster`` with `value_class` ``amount``. A cell of zero had pixels
        of zero; a cell without a row had no data. `read_count` counts the pixels that
        are not nodata; a NaN, infinite or negative one is rejected as ``bad_value``,
        its `row` being its number from the north-west, row by row. `vintage` is the
        year in the tags (YEAR, REFERENCE_YEAR, VINTAGE, image description) or else
        in the file name; the day of writing is no vintage.

    Raises
    ------
    SourceError
        See :func:`~geodata.readers.files.raster.find_rasters`; or more than 1 % of
        the pixels are bad (a wrong nodata value), or none lies over Japan.

    Notes
    -----
    See :mod:`~geodata.readers.files.raster_windows` for the split and its accuracy.
    """
    return _read(_PEOPLE, paths, level)


def read_land_cover_raster(paths: Sequence[Path], level: str = "m3") -> SourceRead:
    """Area of each class per cell from a raster of classes (WorldCover and others).

    Parameters
    ----------
    paths : sequence of Path
        GeoTIFF files or archives of them; tiles must not overlap.
    level : str
        ``m3`` to ``m6``.

    Returns
    -------
    SourceRead
        ``raw.mesh_raster``: `value_class` is the class value as text, `amount` its
        area in square metres on the ellipsoid. Pixels are counted and rejected as
        by :func:`read_population_raster`; a class is a whole number from zero.

    Raises
    ------
    SourceError
        As :func:`read_population_raster`.
    """
    return _read(_COVER, paths, level)


@dataclass(frozen=True)
class _Kind:
    """What the pixels of a raster mean."""

    name: str
    unit: str
    wanted: str
    has_classes: bool
    is_bad: Callable[[np.ndarray], np.ndarray]
    is_void: Callable[[np.ndarray], np.ndarray]
    """Pixels whose amount is zero."""
    amounts: Callable[[np.ndarray, Grid, Window], np.ndarray]
    """Amount of each pixel of a window."""


def _is_no_number_of_people(values: np.ndarray) -> np.ndarray:
    return ~np.isfinite(values) | (values < 0)


def _is_no_class(values: np.ndarray) -> np.ndarray:
    return ~np.isfinite(values) | (np.floor(values) != values) | (values < 0)


_PEOPLE = _Kind(
    name="population_raster",
    unit="people",
    wanted="a number of people, at least zero",
    has_classes=False,
    is_bad=_is_no_number_of_people,
    is_void=lambda values: values == 0,
    amounts=lambda values, _grid, _window: values.astype("float64"),
)
_COVER = _Kind(
    name="land_cover_raster",
    unit="m2",
    wanted="a class, a whole number of at least zero",
    has_classes=True,
    is_bad=_is_no_class,
    is_void=lambda values: np.zeros(values.shape, dtype=np.bool_),
    amounts=lambda _values, grid, window: grid.areas(window),
)


@dataclass
class _Sums:
    """What was found so far: rows inside Japan, and the amount outside."""

    rejections: Rejections
    rows: list[pd.DataFrame] = field(default_factory=list)
    inside: float = 0.0
    outside: float = 0.0
    used_count: int = 0
    bad_count: int = 0
    nodata_count: int = 0

    def add(self, frame: pd.DataFrame) -> None:
        """Add rows of ``value_class``, ``mesh`` and ``amount``."""
        is_outside = frame["mesh"] == OUTSIDE
        self.outside += float(frame.loc[is_outside, "amount"].sum())
        self.inside += float(frame.loc[~is_outside, "amount"].sum())
        self.rows.append(frame[~is_outside])
        if sum(map(len, self.rows[1:])) > _MERGE_ROWS:
            self.rows = [self.merged()]

    def merged(self) -> pd.DataFrame:
        """One row per class and cell."""
        together = pd.concat(self.rows, ignore_index=True)
        key = ["value_class", "mesh"]
        return together.groupby(key, as_index=False)["amount"].sum()


def _read(kind: _Kind, paths: Sequence[Path], level: str) -> SourceRead:
    if level not in _LEVELS:
        raise SourceError(f"level {level!r}: the levels are {', '.join(_LEVELS)}.")
    rasters = find_rasters(paths)
    sums = _Sums(Rejections(kind.name))
    notes = []
    for raster in rasters:
        grid = Grid(raster, level)
        _add_raster(kind, raster, grid, sums)
        notes += _method(raster, grid, level)
    table = _table(kind, rasters, sums, level)
    first = rasters[0]
    return SourceRead(
        name=kind.name,
        tables={"raw.mesh_raster": table},
        rejected=sums.rejections.table(),
        read_count=sums.used_count + sums.bad_count,
        accepted_count=sums.used_count,
        vintage=first.vintage,
        edition=f"{first.crs.name}, pixels of {abs(first.transform.a):.6g}",
        datum=first.datum,
        notes=(*dict.fromkeys(notes), *_totals(kind, sums)),
    )


def _add_raster(kind: _Kind, raster: RasterFile, grid: Grid, sums: _Sums) -> None:
    with raster.opened() as dataset:
        for window in raster.windows(grid.window_pixels):
            values = dataset.read(1, window=window)
            is_empty = raster.is_nodata(values)
            is_bad = kind.is_bad(values) & ~is_empty
            is_used = ~is_empty & ~is_bad
            sums.nodata_count += int(is_empty.sum())
            sums.used_count += int(is_used.sum())
            if is_bad.any():
                _reject(kind, raster, window, values, is_bad, sums)
            if is_used.any():
                _add_window(kind, grid, window, values, is_used, sums)


def _add_window(
    kind: _Kind,
    grid: Grid,
    window: Window,
    values: np.ndarray,
    is_used: np.ndarray,
    sums: _Sums,
) -> None:
    """Give the amounts of the used pixels of a window to their cells."""
    amounts = kind.amounts(values, grid, window)
    near = grid.over_japan(window)
    is_off = is_used & np.isfinite(amounts)  # an area may be nowhere on the ellipsoid
    if near is not None:
        top, left = near.row_off - window.row_off, near.col_off - window.col_off
        part = np.s_[top : top + near.height, left : left + near.width]
        is_off[part] = False
        _add_cells(kind, grid, near, values[part], amounts[part], is_used[part], sums)
    sums.outside += float(amounts[is_off].sum())


def _add_cells(
    kind: _Kind,
    grid: Grid,
    window: Window,
    values: np.ndarray,
    amounts: np.ndarray,
    is_used: np.ndarray,
    sums: _Sums,
) -> None:
    """Give the amounts of a window over Japan to its cells."""
    classes, of_pixel = np.zeros(1), np.zeros(values.shape, dtype="int64")
    if kind.has_classes:
        classes, of_pixel[is_used] = np.unique(values[is_used], return_inverse=True)
    shares = grid.shares(window, is_used, is_used & kind.is_void(values))
    key = of_pixel.ravel()[shares.pixel] * len(shares.codes) + shares.cell
    amount = np.bincount(key, amounts.ravel()[shares.pixel] * shares.share)
    found = np.flatnonzero(np.bincount(key))
    sums.add(
        pd.DataFrame(
            {
                "value_class": classes[found // len(shares.codes)].astype("int64"),
                "mesh": shares.codes[found % len(shares.codes)],
                "amount": amount[found],
            }
        )
    )


def _reject(
    kind: _Kind,
    raster: RasterFile,
    window: Window,
    values: np.ndarray,
    is_bad: np.ndarray,
    sums: _Sums,
) -> None:
    """Note bad pixels; refuse the file when they are too many."""
    row, column = np.nonzero(is_bad)
    bad = values[row, column]
    sums.bad_count += len(bad)
    if sums.bad_count > max(_FEW_BAD, _BAD_PER_PIXEL * raster.width * raster.height):
        value, count = np.unique(bad, return_counts=True)
        raise SourceError(
            f"{raster.name}, rows up to {window.row_off + window.height}: "
            f"{sums.bad_count} pixels are no {kind.unit} value, most of them "
            f"{value[count.argmax()]:g}; wanted {kind.wanted}, or the nodata value "
            f"{raster.nodata:g}. Set the right nodata value."
        )
    row, column = row + window.row_off, column + window.col_off
    sums.rejections.add(
        "bad_value",
        file=raster.name,
        rows=row * raster.width + column + 1,
        column="band 1",
        values=[
            f"{value:g} (row {y + 1}, column {x + 1})"
            for value, y, x in zip(bad, row, column, strict=True)
        ],
        wanted=kind.wanted,
    )


def _table(
    kind: _Kind, rasters: Sequence[RasterFile], sums: _Sums, level: str
) -> pd.DataFrame:
    names = ", ".join(raster.name for raster in rasters)
    if not sums.used_count:
        raise SourceError(f"{names}: every pixel is nodata; nothing is in it.")
    if not sum(map(len, sums.rows)):
        raise SourceError(
            f"{names}: no pixel with data lies over the 176 primary meshes; wanted a "
            "raster of Japan."
        )
    table = sums.merged()
    labels = table["value_class"].astype("str") if kind.has_classes else AMOUNT
    return table.assign(source=kind.name, level=level, value_class=labels)


def _method(raster: RasterFile, grid: Grid, level: str) -> list[str]:
    if grid.is_exact:
        return []
    return [
        f"Pixels of {raster.crs.name} on an edge of {level} cells were cut along it, "
        "their sides taken as straight; sums are kept."
    ]


def _totals(kind: _Kind, sums: _Sums) -> list[str]:
    notes = [f"{sums.nodata_count:,} pixels hold nodata; they are no zero."]
    if sums.outside:
        notes.append(
            f"{sums.outside:,.1f} {kind.unit} lie outside the 176 primary meshes and "
            f"are left out; {sums.inside:,.1f} lie inside."
        )
    return notes
