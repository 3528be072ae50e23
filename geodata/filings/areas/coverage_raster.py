"""Coverage rasters (``coverage.tif``): covered pixels as areas, block by block.

Pixels are read window by window, following the stored blocks, so that a national raster
is never unpacked as a whole. Each window is cut into pieces of at most 1,024 by 1,024
pixels; the covered pixels of a piece are one feature.

Accuracy: exact in degrees north up. Elsewhere the areas have a vertex at every pixel
corner they pass, and the side of a pixel is straight: it bends by about the square of
its length over 50,000 km (0.2 mm for 100 m).
"""

import logging
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyproj
import rasterio
import shapely
from affine import Affine
from rasterio.enums import Compression, MaskFlags
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.io import DatasetReader, MemoryFile
from rasterio.windows import Window

from geodata.filings.areas.coverage_features import (
    CoverageFile,
    Features,
    RefusedError,
)
from geodata.filings.areas.coverage_layout import COVERAGE
from geodata.filings.areas.coverage_raster_rules import (
    RasterHeader,
    are_pixels_sound,
    is_header_sound,
    is_vertex_count_within,
)
from geodata.filings.areas.pixel_outlines import Outlines, outlines
from geodata.filings.areas.pixel_values import BandPixels
from geodata.filings.findings import VALUE_LIMIT

PIECE_PIXELS = 1024
"""Most rows and columns of pixels that become one feature."""

_WINDOW_BYTES = 1 << 26
_MOST_BANDS = 100
_LOSSY = (Compression.jpeg, Compression.webp, Compression.jpeg2000)
_REVERSIBILITY = "COMPRESSION_REVERSIBILITY"
_PLACE = {
    "en": "band {}, rows {} to {}, columns {} to {}",
    "ja": "バンド {}、{}~{} 行、{}~{} 列",
}
_SPEAKER = re.compile(r"^CPLE_\w+ in (\S+\.tif: )?")
_SETTINGS = {
    "GDAL_CACHEMAX": 32 << 20,  # bytes, so that a national raster stays small
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_PAM_ENABLED": "NO",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
}
"""Of GDAL while it has a filed raster: nothing beside the bytes is opened."""


@dataclass(frozen=True)
class _Grid:
    """Where pixels lie."""

    transform: Affine
    crs: pyproj.CRS

    @property
    def is_exact(self) -> bool:
        """Sides of pixels run along meridians and parallels."""
        t = self.transform
        is_straight = t.b == t.d == 0 or t.a == t.e == 0
        return bool(self.crs.is_geographic) and is_straight

    def area(self, found: Outlines) -> shapely.MultiPolygon:
        """Polygons in the reference system of the raster."""
        shape = found if self.is_exact else found.divided()
        return shape.multipolygon(self.transform)


def read_raster(file: CoverageFile) -> Features:
    """Read a coverage raster as areas.

    Parameters
    ----------
    file : CoverageFile
        A GeoTIFF: 1 is covered, 0 and nodata are not. Only its bytes are opened.

    Returns
    -------
    Features
        One for each piece of a band that has covered pixels: band by band, pieces from
        the top left, row by row. Multipolygons that meet, but do not overlap.

    Raises
    ------
    RefusedError
        The raster cannot be used.
    """
    try:
        with _opened(file) as (dataset, notes):
            header = _header(file.name, dataset)
            is_sound = is_header_sound(header, file.log, file.limits)
            grid = _Grid(dataset.transform, file.usable(_declared(dataset)))
            if not is_sound:  # perhaps because of what GDAL could not read
                for note in notes:
                    file.log.add("coverage_reader_note", file=file.name, value=note)
                raise RefusedError(file.name)
            bands = _read_bands(file, dataset, header, grid)
    except RasterioError as error:
        cause = error.__cause__
        said = cause if isinstance(cause, Exception) else error
        raise file.unreadable_by(said) from error
    file.check_rows(sum(len(band.areas) for band in bands))
    wkb = pa.array([area for band in bands for area in band.areas], pa.large_binary())
    counts = [len(band.areas) for band in bands]
    places = _places(bands)
    return Features(_attributes(header, counts), wkb, grid.crs, tuple(notes), places)


@contextmanager
def _opened(file: CoverageFile) -> Iterator[tuple[DatasetReader, list[str]]]:
    """Open the bytes as a GeoTIFF, and as nothing else; keep what GDAL warns of."""
    with _noted() as notes, rasterio.Env(**_SETTINGS):
        memory = MemoryFile(file.content, filename=file.name)
        with memory, memory.open(driver="GTiff") as dataset:
            yield dataset, notes


class _Notes(logging.Handler):
    """Keeps what GDAL warns of, each once; rasterio sends it to its logger."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        said = _SPEAKER.sub("", record.getMessage())
        if said not in self.said:
            self.said.append(said)


@contextmanager
def _noted() -> Iterator[list[str]]:
    notes, logger = _Notes(), logging.getLogger("rasterio")
    logger.addHandler(notes)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # a rule tells it
            yield notes.said
    finally:
        logger.removeHandler(notes)


def _header(name: str, dataset: DatasetReader) -> RasterHeader:
    common = _filed(dataset.tags())
    bands = range(1, min(dataset.count, _MOST_BANDS) + 1)
    tags = [common | _filed(dataset.tags(band)) for band in bands]
    transform = dataset.transform
    is_place = np.isfinite(transform).all() and transform.determinant != 0
    return RasterHeader(
        name=name,
        width=dataset.width,
        height=dataset.height,
        block=dataset.block_shapes[0],
        pixel_bytes=np.dtype(dataset.dtypes[0]).itemsize,
        has_place=bool(is_place) and not transform.is_identity,
        oddity=_oddity(dataset) or _long_tag(tags),
        nodata=_nodata(dataset),
        tags=tags,
    )


def _nodata(dataset: DatasetReader) -> float | None:
    """The declared value as a pixel holds it: 1.5 is 1 where pixels are integers."""
    if dataset.nodata is None:
        return None
    return float(np.array(dataset.nodata).astype(dataset.dtypes[0]).real)


def _filed(tags: dict[str, str]) -> dict[str, str]:
    """Those that the format names; one that says nothing is not there."""
    names = COVERAGE.column_names
    return {name: tags[name] for name in names if tags.get(name, "").strip()}


def _oddity(dataset: DatasetReader) -> str:
    """What the file holds besides bands of plain numbers; empty: nothing."""
    if dataset.count > _MOST_BANDS:
        return f"{dataset.count} bands (at most {_MOST_BANDS})"
    if dataset.subdatasets:
        return f"{len(dataset.subdatasets)} images"
    if any(MaskFlags.per_dataset in flags for flags in dataset.mask_flag_enums):
        return "mask"
    if set(dataset.scales) != {1} or set(dataset.offsets) != {0}:
        return "scale, offset"
    if dataset.compression in _LOSSY:
        reversibility = dataset.tags(ns="IMAGE_STRUCTURE").get(_REVERSIBILITY)
        if reversibility != "LOSSLESS":
            return f"{dataset.compression.value} (with loss)"
    if np.dtype(dataset.dtypes[0]).kind not in "uif":
        return dataset.dtypes[0]
    return ""


def _long_tag(tags: Sequence[dict[str, str]]) -> str:
    """A text that would be repeated for every feature; empty: none."""
    lengths = ((name, len(text)) for told in tags for name, text in told.items())
    long = (f"{name} ({count:,})" for name, count in lengths if count > VALUE_LIMIT)
    return next(long, "")


def _declared(dataset: DatasetReader) -> str | None:
    return None if dataset.crs is None else dataset.crs.to_wkt()


@dataclass
class _Band:
    """One band: its pixels so far, and an area for each piece with covered ones."""

    pixels: BandPixels
    areas: list[bytes] = field(default_factory=list)
    pieces: list[Window] = field(default_factory=list)


def _read_bands(
    file: CoverageFile, dataset: DatasetReader, header: RasterHeader, grid: _Grid
) -> list[_Band]:
    """Areas of each band, once every pixel was looked at."""
    nodata = float("nan") if header.nodata is None else header.nodata
    bands = [_Band(BandPixels(nodata)) for _ in header.tags]
    vertices = 0
    for piece, values in _pieces(dataset, header):
        masks = [
            band.pixels.take(of_band, piece.row_off, piece.col_off)
            for band, of_band in zip(bands, values, strict=True)
        ]
        if not all(band.pixels.is_sound for band in bands):
            continue  # what is wrong is told; areas are not wanted any more
        for band, mask in zip(bands, masks, strict=True):
            if mask.any():
                found = outlines(mask).moved(piece.col_off, piece.row_off)
                area = grid.area(found)
                vertices += shapely.get_num_coordinates(area)
                band.areas.append(shapely.to_wkb(area))
                band.pieces.append(piece)
        if not is_vertex_count_within(vertices, file.name, file.log, file.limits):
            raise RefusedError(file.name)
    pixels = [band.pixels for band in bands]
    one_band = header.width * header.height
    if not are_pixels_sound(file.name, pixels, one_band, file.log):
        raise RefusedError(file.name)
    return bands


def _windows(header: RasterHeader) -> Iterator[Window]:
    """Windows of whole stored blocks, of bounded size unless one block is larger."""
    block_rows, block_columns = header.block
    columns = max(1, PIECE_PIXELS // block_columns) * block_columns
    columns = min(columns, header.width)
    row_bytes = columns * header.pixel_bytes * len(header.tags)
    rows = min(PIECE_PIXELS, _WINDOW_BYTES // row_bytes)
    rows = max(1, rows // block_rows) * block_rows
    for top, height in _cuts(header.height, rows):
        for left, width in _cuts(header.width, columns):
            yield Window(left, top, width, height)


def _pieces(
    dataset: DatasetReader, header: RasterHeader
) -> Iterator[tuple[Window, np.ndarray]]:
    """Every piece of a raster, and its values by band, row and column."""
    for window in _windows(header):
        values = dataset.read(window=window)
        for top, height in _cuts(window.height, PIECE_PIXELS):
            for left, width in _cuts(window.width, PIECE_PIXELS):
                at = window.col_off + left, window.row_off + top
                piece = values[:, top : top + height, left : left + width]
                yield Window(*at, width, height), piece


def _cuts(length: int, most: int) -> Iterator[tuple[int, int]]:
    """Starts and lengths of the runs that a length is cut into."""
    for start in range(0, length, most):
        yield start, min(most, length - start)


def _attributes(header: RasterHeader, counts: Sequence[int]) -> pa.Table:
    """Tags of the band of each feature."""
    of_feature = pa.array(np.repeat(np.arange(len(counts)), counts))
    columns = {
        name: pa.array([tags.get(name) for tags in header.tags], pa.string())
        for name in COVERAGE.column_names
    }
    return pa.table({name: said.take(of_feature) for name, said in columns.items()})


def _places(bands: Sequence[_Band]) -> dict[str, pa.Array]:
    """Band, rows and columns of each feature in words, by language."""
    ends = [
        (
            number,
            at.row_off + 1,
            at.row_off + at.height,
            at.col_off + 1,
            at.col_off + at.width,
        )
        for number, band in enumerate(bands, 1)
        for at in band.pieces
    ]
    return {
        language: pa.array([words.format(*of_one) for of_one in ends], pa.string())
        for language, words in _PLACE.items()
    }
