"""Rules on a coverage raster as a whole: its header, its tags, its pixels."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from geodata.filings.areas.coverage_layout import COVERAGE
from geodata.filings.areas.pixel_values import COVERED, BandPixels
from geodata.filings.catalogue import decides
from geodata.filings.findings import FindingLog
from geodata.filings.options import Limits

Tags = Mapping[str, str]

_TOLD_APART = ("band_class", "as_of", "outdoor")


@dataclass(frozen=True)
class RasterHeader:
    """What a coverage raster says of itself before its pixels are read.

    Attributes
    ----------
    name : str
        Name of the file.
    width, height : int
        Columns and rows of pixels.
    block : tuple of int
        Rows and columns that are stored together.
    pixel_bytes : int
        Bytes of a pixel in one band.
    has_place : bool
        Pixels have coordinates.
    oddity : str
        What else the file holds that would be passed over; empty: nothing.
    nodata : float or None
        Value of pixels without data, as a pixel holds it.
    tags : sequence of mapping, one per band
        Text by name: those of the file, and those of the band before them.
    """

    name: str
    width: int
    height: int
    block: tuple[int, int]
    pixel_bytes: int
    has_place: bool
    oddity: str
    nodata: float | None
    tags: Sequence[Tags]

    @property
    def pixel_count(self) -> int:
        """Pixels of all bands."""
        return self.width * self.height * len(self.tags)

    @property
    def block_bytes(self) -> int:
        """Bytes of one stored block of all bands, unpacked."""
        rows, columns = self.block
        return rows * columns * self.pixel_bytes * len(self.tags)


def is_header_sound(header: RasterHeader, log: FindingLog, limits: Limits) -> bool:
    """Hold the header of a coverage raster against every rule on it.

    Parameters
    ----------
    header : RasterHeader
        Of the raster.
    log : FindingLog
        Takes the findings.
    limits : Limits
        Sizes above which it is refused.

    Returns
    -------
    bool
        Whether its pixels can be read.
    """
    before = len(log.fatal)
    _check_layout(header, log)
    _check_size(header, log, limits)
    _check_block(header, log, limits)
    _check_place(header, log)
    _check_nodata(header, log)
    _check_tags(header, log)
    _check_bands_differ(header, log)
    return len(log.fatal) == before


@decides("coverage_raster_layout")
def _check_layout(header: RasterHeader, log: FindingLog) -> None:
    log.mark("coverage_raster_layout")
    if header.oddity:
        log.add("coverage_raster_layout", file=header.name, value=header.oddity)


@decides("coverage_raster_size")
def _check_size(header: RasterHeader, log: FindingLog, limits: Limits) -> None:
    log.mark("coverage_raster_size")
    if header.pixel_count > limits.max_raster_pixels:
        log.add(
            "coverage_raster_size",
            file=header.name,
            value=header.pixel_count,
            width=header.width,
            height=header.height,
            bands=len(header.tags),
            limit=limits.max_raster_pixels,
        )


@decides("coverage_raster_block")
def _check_block(header: RasterHeader, log: FindingLog, limits: Limits) -> None:
    log.mark("coverage_raster_block")
    rows, columns = header.block
    if header.block_bytes > limits.max_raster_block_bytes:
        log.add(
            "coverage_raster_block",
            file=header.name,
            value=header.block_bytes,
            rows=rows,
            columns=columns,
            limit=limits.max_raster_block_bytes,
        )


@decides("coverage_raster_place")
def _check_place(header: RasterHeader, log: FindingLog) -> None:
    log.mark("coverage_raster_place")
    if not header.has_place:
        log.add("coverage_raster_place", file=header.name)


@decides("coverage_raster_nodata")
def _check_nodata(header: RasterHeader, log: FindingLog) -> None:
    log.mark("coverage_raster_nodata")
    if header.nodata is None or header.nodata == COVERED:
        shown = None if header.nodata is None else f"{header.nodata:g}"
        log.add("coverage_raster_nodata", file=header.name, value=shown)


@decides("coverage_raster_tag")
def _check_tags(header: RasterHeader, log: FindingLog) -> None:
    log.mark("coverage_raster_tag")
    for band, tags in enumerate(header.tags, 1):
        for name in COVERAGE.required_columns:
            if name not in tags:
                log.add("coverage_raster_tag", file=header.name, column=name, band=band)


@decides("coverage_raster_bands_alike")
def _check_bands_differ(header: RasterHeader, log: FindingLog) -> None:
    """Two bands that say the same: most likely a tag of one of them is wrong."""
    log.mark("coverage_raster_bands_alike")
    alike: dict[tuple[str | None, ...], list[int]] = defaultdict(list)
    for band, tags in enumerate(header.tags, 1):
        alike[tuple(tags.get(name) for name in _TOLD_APART)].append(band)
    for said, bands in alike.items():
        if len(bands) > 1:
            log.add(
                "coverage_raster_bands_alike",
                file=header.name,
                value=", ".join(text or "-" for text in said),
                bands=", ".join(map(str, bands)),
            )


def are_pixels_sound(
    name: str, bands: Sequence[BandPixels], pixel_count: int, log: FindingLog
) -> bool:
    """Hold the pixels of every band against the rules on them.

    Parameters
    ----------
    name : str
        Name of the file.
    bands : sequence of BandPixels
        After the last window.
    pixel_count : int
        Pixels of one band.
    log : FindingLog
        Takes the findings.

    Returns
    -------
    bool
        Whether the raster can be used.
    """
    before = len(log.fatal)
    for number, pixels in enumerate(bands, 1):
        _check_values(name, number, pixels, log)
        _check_fractions(name, number, pixels, log)
        _check_any_covered(name, number, pixels, log)
        _check_nodata_share(name, number, pixels, pixel_count, log)
    return len(log.fatal) == before


@decides("coverage_raster_value")
def _check_values(name: str, band: int, pixels: BandPixels, log: FindingLog) -> None:
    log.mark("coverage_raster_value")
    for pixel in pixels.odd.values():
        log.add(
            "coverage_raster_value",
            file=name,
            value=pixel.value,
            band=band,
            pixel_row=pixel.row,
            pixel_column=pixel.column,
            count=f"{pixels.odd_count:,}",
        )


@decides("coverage_raster_fraction")
def _check_fractions(name: str, band: int, pixels: BandPixels, log: FindingLog) -> None:
    log.mark("coverage_raster_fraction")
    if pixels.fraction is not None:
        log.add(
            "coverage_raster_fraction",
            file=name,
            value=pixels.fraction.value,
            band=band,
            pixel_row=pixels.fraction.row,
            pixel_column=pixels.fraction.column,
            count=f"{pixels.fraction_count:,}",
        )


@decides("coverage_raster_empty")
def _check_any_covered(
    name: str, band: int, pixels: BandPixels, log: FindingLog
) -> None:
    log.mark("coverage_raster_empty")
    if pixels.is_sound and not pixels.covered_count:
        log.add("coverage_raster_empty", file=name, band=band)


@decides("coverage_raster_nodata_share")
def _check_nodata_share(
    name: str, band: int, pixels: BandPixels, pixel_count: int, log: FindingLog
) -> None:
    log.mark("coverage_raster_nodata_share")
    if pixels.nodata_count:
        log.add(
            "coverage_raster_nodata_share",
            file=name,
            value=f"{pixels.nodata_count:,}",
            band=band,
            percent=f"{100 * pixels.nodata_count / pixel_count:.2f}",
        )


@decides("coverage_raster_vertices")
def is_vertex_count_within(
    count: int, name: str, log: FindingLog, limits: Limits
) -> bool:
    """Refuse rasters whose areas have more corners than can be worked on."""
    log.mark("coverage_raster_vertices")
    is_within = count <= limits.max_raster_vertices
    if not is_within:
        limit = limits.max_raster_vertices
        log.add("coverage_raster_vertices", file=name, value=count, limit=limit)
    return is_within
