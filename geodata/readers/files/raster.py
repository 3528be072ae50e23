"""One GeoTIFF: what has to be known of it before its pixels are read."""

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyproj
import rasterio
from affine import Affine
from rasterio.errors import NotGeoreferencedWarning, RasterioIOError
from rasterio.windows import Window

from geodata.errors import SourceError
from geodata.readers.files.declared_datum import TOKYO, declared_datum
from geodata.readers.files.gdal_source import gdal_source
from geodata.readers.files.published import Published, published_in

_SUFFIXES = [".tif", ".tiff"]
_EQUAL = ("WGS84", "JGD2011", "JGD2000")
_CACHE_BYTES = 32 << 20  # of GDAL, so that a national raster stays small in memory
_YEAR = re.compile(r"(?<![0-9R])(?:19|20)[0-9]{2}(?![0-9])")
_YEAR_TAGS = ("YEAR", "REFERENCE_YEAR", "VINTAGE", "TIFFTAG_IMAGEDESCRIPTION")
_POLE = 90.0


@dataclass(frozen=True)
class RasterFile:
    """One raster with its georeference, checked.

    Attributes
    ----------
    file : Published
        Where it is.
    width, height : int
        Columns and rows of pixels.
    transform : Affine
        Column and row of a pixel's corner to coordinates.
    crs : pyproj.CRS
        Reference system of the coordinates.
    datum : str
        ``WGS84``, ``JGD2011`` or ``JGD2000``.
    dtype : str
        Type of the pixels.
    nodata : float
        Value of pixels without data; may be NaN.
    block : tuple of int
        Rows and columns that are stored together.
    vintage : str
        Year by its tags or its name; empty where neither says one.
    """

    file: Published
    width: int
    height: int
    transform: Affine
    crs: pyproj.CRS
    datum: str
    dtype: str
    nodata: float
    block: tuple[int, int]
    vintage: str

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.file.name

    @property
    def is_north_up_degrees(self) -> bool:
        """Rows run along parallels from the north, columns along meridians."""
        t = self.transform
        is_straight = t.b == 0 and t.d == 0 and t.a > 0 and t.e < 0
        return bool(self.crs.is_geographic) and is_straight

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Least and greatest x and y: west, south, east, north of its own system."""
        x, y = corners(self.transform, Window(0, 0, self.width, self.height))
        return float(x.min()), float(y.min()), float(x.max()), float(y.max())

    def is_nodata(self, values: np.ndarray) -> np.ndarray:
        """True for each pixel without data."""
        if np.isnan(self.nodata):
            return np.isnan(values)
        is_empty: np.ndarray = values == np.array(self.nodata).astype(values.dtype)
        return is_empty

    def windows(self, pixels: int) -> Iterator[Window]:
        """Cut into windows of about `pixels` pixels that follow the stored blocks."""
        rows, columns = self.block
        width = min(self.width, max(1, pixels // rows // columns) * columns)
        height = max(1, pixels // width)
        if height > rows:
            height -= height % rows
        for top in range(0, self.height, height):
            for left in range(0, self.width, width):
                yield Window(
                    left,
                    top,
                    min(width, self.width - left),
                    min(height, self.height - top),
                )

    @contextmanager
    def opened(self) -> Iterator[rasterio.DatasetReader]:
        """Open for reading; a damaged block is a SourceError."""
        try:
            with (
                rasterio.Env(GDAL_CACHEMAX=_CACHE_BYTES),
                rasterio.open(_source(self.file)) as dataset,
            ):
                yield dataset
        except RasterioIOError as error:
            raise _unreadable(self.file, error) from error


def find_rasters(paths: Sequence[Path]) -> list[RasterFile]:
    """Rasters in files and archives: one product, no place twice.

    Raises
    ------
    SourceError
        No raster is there; one is damaged, has several bands, no reference system,
        no nodata value, or is on another datum than WGS84, JGD2011 or JGD2000; its
        tags and its name speak of different years; or rasters overlap or differ in
        year or reference system.
    """
    rasters = []
    for path in paths:
        found = published_in(path, _SUFFIXES)
        if not found:
            raise SourceError(f"{path.name}: no GeoTIFF (.tif) in it.")
        rasters += [_described(file) for file in found]
    if not rasters:
        raise SourceError("raster: no file was given; wanted GeoTIFF files.")
    _check_together(rasters)
    return rasters


def located(
    transform: Affine, column: np.ndarray, row: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates x and y of places counted in pixels from the first corner."""
    t = transform
    return t.a * column + t.b * row + t.c, t.d * column + t.e * row + t.f


def corners(transform: Affine, window: Window) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates x and y of the four corners of a window."""
    column = window.col_off + np.array([0.0, 0.0, window.width, window.width])
    row = window.row_off + np.array([0.0, window.height, 0.0, window.height])
    return located(transform, column, row)


def _described(file: Published) -> RasterFile:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # checked below
            with rasterio.open(_source(file)) as dataset:
                return _checked(file, dataset)
    except RasterioIOError as error:
        raise _unreadable(file, error) from error


def _source(file: Published) -> str | io.BytesIO:
    source = gdal_source(file)
    return source if isinstance(source, str) else io.BytesIO(source)


def _checked(file: Published, dataset: rasterio.DatasetReader) -> RasterFile:
    if dataset.count != 1:
        raise SourceError(f"{file.name}: {dataset.count} bands, wanted one.")
    if dataset.crs is None:
        raise SourceError(
            f"{file.name}: no coordinate reference system in it; wanted one such as "
            "EPSG:4326. Take the GeoTIFF as published, with its georeference."
        )
    crs = pyproj.CRS.from_wkt(dataset.crs.to_wkt())
    raster = RasterFile(
        file=file,
        width=dataset.width,
        height=dataset.height,
        transform=dataset.transform,
        crs=crs,
        datum=_datum(file, crs),
        dtype=dataset.dtypes[0],
        nodata=_nodata(file, dataset),
        block=dataset.block_shapes[0],
        vintage=_vintage(file, dataset.tags() | dataset.tags(1)),
    )
    _check_georeference(raster)
    return raster


def _datum(file: Published, crs: pyproj.CRS) -> str:
    datum = declared_datum(crs)
    if datum == TOKYO:
        raise SourceError(
            f"{file.name}: on the Tokyo datum (日本測地系), about 450 m off; wanted "
            "WGS84, JGD2011 or JGD2000. Warp it to EPSG:6668 first, with a grid shift."
        )
    if datum not in _EQUAL:
        raise SourceError(
            f"{file.name}: its datum is {datum or 'unknown'}; wanted WGS84, JGD2011 or "
            "JGD2000."
        )
    return datum


def _nodata(file: Published, dataset: rasterio.DatasetReader) -> float:
    nodata = dataset.nodata
    if nodata is None:  # rasterio gives none either for one that cannot occur
        raise SourceError(
            f"{file.name}: no nodata value in it that a {dataset.dtypes[0]} pixel can "
            "hold, so empty pixels cannot be told from amounts; set the one of its "
            "documentation (gdal_edit.py -a_nodata)."
        )
    return float(nodata)


def _vintage(file: Published, tags: dict[str, str]) -> str:
    """Year by the tags, or by the name; a year after R is a release, not a year."""
    texts = [value for key, value in tags.items() if key.upper() in _YEAR_TAGS]
    tagged = sorted({year for text in texts for year in _YEAR.findall(text)})
    named = sorted(set(_YEAR.findall(file.file_name)))
    for years, where in ((tagged, "tags"), (named, "name")):
        if len(years) > 1:
            raise SourceError(
                f"{file.name}: its {where} speak of {' and '.join(years)}; wanted one "
                "year. Give the file of one year under its published name."
            )
    if tagged and named and tagged != named:
        raise SourceError(
            f"{file.name}: its tags say {tagged[0]}, its name {named[0]}; restore the "
            "published name."
        )
    return (tagged or named or [""])[0]


def _check_georeference(raster: RasterFile) -> None:
    """Refuse a transform that leads nowhere, and latitudes beyond the poles."""
    if raster.transform.determinant == 0 or raster.transform.is_identity:
        raise SourceError(
            f"{raster.name}: no georeference (pixel size) in it; take the GeoTIFF as "
            "published."
        )
    _, south, _, north = raster.bounds
    if raster.crs.is_geographic and (south < -_POLE - 1e-6 or north > _POLE + 1e-6):
        raise SourceError(
            f"{raster.name}: reaches from latitude {south:g} to {north:g}; wanted -90 "
            "to 90. Its georeference is wrong."
        )


def _check_together(rasters: Sequence[RasterFile]) -> None:
    first = rasters[0]
    for at, raster in enumerate(rasters):
        for what, here, there in (
            ("year", raster.vintage, first.vintage),
            ("reference system", raster.crs.name, first.crs.name),
        ):
            if here != there:
                raise SourceError(
                    f"{raster.name}: {what} {here or 'unknown'}, but {first.name} has "
                    f"{there or 'unknown'}; give one product at a time."
                )
        for other in rasters[:at]:
            if _overlap(raster, other):
                raise SourceError(
                    f"{raster.name}: overlaps {other.name}; what lies in both would "
                    "count twice. Give each place once."
                )


def _overlap(one: RasterFile, other: RasterFile) -> bool:
    """Whether two rasters share more than half a pixel in both directions."""
    slack = min(abs(one.transform.determinant), abs(other.transform.determinant)) ** 0.5
    a, b = one.bounds, other.bounds
    shared = [min(a[i + 2], b[i + 2]) - max(a[i], b[i]) for i in (0, 1)]
    return all(length > slack / 2 for length in shared)


def _unreadable(file: Published, error: Exception) -> SourceError:
    reason = error.__cause__ or error
    return SourceError(
        f"{file.name}: cannot be read ({reason}); wanted: the complete GeoTIFF as "
        "published. Download it again."
    )
