"""Filings that trip ``rules/coverage_raster.toml``, and good ones for its rules."""

import warnings

import numpy as np
import rasterio
from affine import Affine
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile

from geodata.filings import Limits
from tests.unit.filing_builder import check, write_filing
from tests.unit.filing_cases_coverage import MODEL_PLAN, file_case

TAGS = {
    "carrier": "docomo",
    "band_class": "sub6",
    "as_of": "2021-03-31",
    "outdoor": "true",
}
PIXEL_LON, PIXEL_LAT = 0.00625 / 5, 1 / 240 / 5
WEST, NORTH = 139.75, 35 + 2 / 3
DEGREES = Affine(PIXEL_LON, 0, WEST, 0, -PIXEL_LAT, NORTH)
"""From the north-west corner of a 500 m cell of Tokyo, five pixels to each side."""

METRES = Affine(100, 0, -8000, 0, -100, -37000)
"""Pixels of 100 m in EPSG:6677, in Tokyo as well."""

BLOCK = np.zeros((40, 30), np.uint8)
BLOCK[10:30, 5:25] = 1


def geotiff(values=BLOCK, tags=TAGS, band_tags=(), **changed):
    """A GeoTIFF of `values` (row, column; or band, row, column)."""
    bands = np.asarray(values)
    bands = bands if bands.ndim == 3 else bands[None]
    profile = {
        "count": len(bands),
        "height": bands.shape[1],
        "width": bands.shape[2],
        "dtype": bands.dtype,
        "crs": "EPSG:6668",
        "transform": DEGREES,
        "nodata": 255,
    }
    with warnings.catch_warnings(), MemoryFile() as memory:
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with memory.open(driver="GTiff", **profile | changed) as target:
            target.write(bands)
            target.update_tags(**tags)
            for number, own in enumerate(band_tags, 1):
                target.update_tags(number, **own)
        return bytes(memory.getbuffer())


def case(values=BLOCK, **changed):
    """Report on a filing with the raster beside its stations."""
    return file_case(coverage_tif=geotiff(values, **changed))


def limited(content, **limits):
    """Report on a filing with a raster above one of the limits."""

    def report(folder):
        path = write_filing(folder, plan_toml=MODEL_PLAN, coverage_tif=content)
        return check(path, limits=Limits(**limits))

    return report


def with_pixel(value, dtype=np.uint8):
    """The good raster, but for one pixel."""
    values = BLOCK.astype(dtype)
    values[2, 3] = value
    return values


def masked():
    """A raster with a mask beside its band."""
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), MemoryFile() as memory:
        with memory.open(
            driver="GTiff",
            width=30,
            height=40,
            count=1,
            dtype="uint8",
            crs="EPSG:6668",
            transform=DEGREES,
        ) as target:
            target.write(BLOCK, 1)
            target.write_mask(BLOCK == 1)
            target.update_tags(**TAGS)
        return bytes(memory.getbuffer())


TWO_CLASSES = [{"band_class": "sub6"}, {"band_class": "mmwave"}]
CHECKED = np.indices((40, 30)).sum(axis=0).astype(np.uint8) % 2

TRIPS = {
    "coverage_raster_layout": file_case(coverage_tif=masked()),
    "coverage_raster_size": limited(geotiff(), max_raster_pixels=1199),
    "coverage_raster_block": limited(geotiff(), max_raster_block_bytes=1199),
    "coverage_raster_place": case(transform=None),
    "coverage_raster_nodata": case(nodata=None),
    "coverage_raster_tag": case(tags=TAGS | {"as_of": ""}),
    "coverage_raster_bands_alike": case([BLOCK, BLOCK]),
    "coverage_raster_value": case(with_pixel(2)),
    "coverage_raster_fraction": case(with_pixel(0.5, np.float32)),
    "coverage_raster_empty": case(BLOCK * 0),
    "coverage_raster_vertices": limited(geotiff(CHECKED), max_raster_vertices=2999),
    "coverage_raster_nodata_share": case(with_pixel(255)),
}
"""Report of a filing that trips the rule, by rule id (a case takes a folder)."""

GOOD = {
    "coverage as GeoTIFF in degrees": case(),
    "coverage as GeoTIFF in metres, two band classes": case(
        [BLOCK, BLOCK.T.reshape(40, 30)],
        band_tags=TWO_CLASSES,
        crs="EPSG:6677",
        transform=METRES,
    ),
}
"""Filings that trip no rule; between them every rule runs."""
