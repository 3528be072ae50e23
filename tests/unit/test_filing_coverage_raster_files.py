"""Coverage rasters that cannot be used: each fault is told, nothing is raised."""

import socket

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.io import MemoryFile

from geodata.filings import Limits
from geodata.filings.areas import coverage_raster
from geodata.filings.areas.pixel_outlines import outlines
from geodata.filings.areas.pixel_values import MOST_TOLD, BandPixels
from tests.unit.filing_builder import check, found, write_filing
from tests.unit.filing_cases_coverage import feature, filing, geojson, messages
from tests.unit.filing_cases_coverage_raster import (
    BLOCK,
    CHECKED,
    DEGREES,
    TAGS,
    case,
    geotiff,
    limited,
    with_pixel,
)

# --- pixels ---------------------------------------------------------------------------


def test_a_wrong_pixel_is_named_with_row_column_and_value(tmp_path):
    report = case(with_pixel(7))(tmp_path / "f")
    assert found(report) == {"coverage_raster_value"}
    assert not report.is_accepted
    (row,) = report.findings.to_pylist()
    assert (row["file"], row["value"]) == ("coverage.tif", "7")
    assert (
        "row 3, column 4 of band 1 of coverage.tif is 7; 1 pixels" in row["message_en"]
    )
    assert "バンド 1、3 行 4 列の画素が 7 です" in row["message_ja"]


def test_each_wrong_value_is_told_where_it_stands_first(tmp_path):
    values = BLOCK.astype("int16")
    values[39, 0], values[20, 3:6], values[1, 1] = 9, -1, 9
    said = messages(case(values)(tmp_path / "f"), "coverage_raster_value")
    assert len(said) == 2
    assert any("row 2, column 2 of band 1 of coverage.tif is 9;" in m for m in said)
    assert any("row 21, column 4 of band 1 of coverage.tif is -1;" in m for m in said)
    assert all("5 pixels of the band" in message for message in said)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
def test_what_is_no_plain_number_is_no_pixel(value, tmp_path):
    report = case(with_pixel(value, np.float32))(tmp_path / "f")
    assert found(report) == {"coverage_raster_value"}


def test_shares_and_levels_are_told_as_fractions(tmp_path):
    values = np.where(BLOCK, np.float32(-95.5), np.float32(-120.25))
    report = case(values)(tmp_path / "f")
    assert found(report) == {"coverage_raster_fraction"}
    (said,) = messages(report, "coverage_raster_fraction")
    assert "row 1, column 1 of band 1 of coverage.tif is -120.25; 1,200" in said


def test_only_some_values_are_told_of_many(tmp_path):
    values = np.arange(1200, dtype="int32").reshape(40, 30)
    said = messages(case(values)(tmp_path / "f"), "coverage_raster_value")
    assert len(said) == MOST_TOLD
    assert all("1,197 pixels" in message for message in said)  # but 0, 1 and 255


def test_pixels_are_counted_over_all_windows():
    pixels = BandPixels(nodata=255)
    for top in range(4):
        values = np.array([[0, 1, 255, 2 + top % 2]], np.uint8)
        assert pixels.take(values, top, 10).tolist() == [[False, True, False, False]]
    assert (pixels.covered_count, pixels.nodata_count) == (4, 4)
    assert (pixels.odd_count, pixels.fraction_count) == (4, 0)
    told = [(pixel.value, pixel.row, pixel.column) for pixel in pixels.odd.values()]
    assert told == [("2", 1, 14), ("3", 2, 14)]
    assert not pixels.is_sound


def test_a_band_without_a_covered_pixel_is_named(tmp_path):
    tags = [{}, {"band_class": "all"}]
    report = case([BLOCK, BLOCK * 0], band_tags=tags)(tmp_path / "f")
    assert found(report) == {"coverage_raster_empty"}
    assert "Band 2 of coverage.tif" in messages(report, "coverage_raster_empty")[0]


def test_a_raster_of_nodata_alone_is_empty(tmp_path):
    report = case(np.full((4, 4), 255, np.uint8))(tmp_path / "f")
    assert found(report) == {"coverage_raster_empty", "coverage_raster_nodata_share"}


# --- header ---------------------------------------------------------------------------


@pytest.mark.parametrize("nodata", [None, 1, 1.5])
def test_a_nodata_value_is_needed_and_is_not_one(nodata, tmp_path):
    """1.5 among bytes is 1: GDAL cuts the fraction off."""
    report = case(nodata=nodata)(tmp_path / "f")
    assert found(report) == {"coverage_raster_nodata"}


@pytest.mark.parametrize(
    ("crs", "rule_id"),
    [
        (None, "coverage_crs_missing"),
        ("EPSG:4301", "coverage_crs_unusable"),
        ("EPSG:30169", "coverage_crs_unusable"),
        ("EPSG:4267", "coverage_crs_unusable"),
        ("EPSG:4612", None),
        ("EPSG:4326", None),
    ],
)
def test_the_reference_system_is_one_that_polygons_may_have(crs, rule_id, tmp_path):
    report = case(crs=crs)(tmp_path / "f")
    assert report.filing["status_reason"] == rule_id


@pytest.mark.parametrize("cell", [(0, 0, 5, 0, 0, 5), (1, 2, 5, 2, 4, 5)])
def test_a_transform_that_leads_nowhere_is_no_place(cell, tmp_path):
    report = case(transform=rasterio.Affine(*cell))(tmp_path / "f")
    assert found(report) == {"coverage_raster_place"}


def test_pixels_far_off_the_globe_are_no_area_in_japan(tmp_path):
    far = rasterio.Affine(100, 0, 200, 0, -100, 4000)
    report = case(transform=far)(tmp_path / "f")
    assert found(report) == {"coverage_antimeridian", "no_row_accepted"}
    assert not report.is_accepted


def test_every_fault_of_the_header_is_told_at_once(tmp_path):
    tags = {"carrier": "docomo", "AS_OF": "2021-03-31", "band_class": " "}
    report = case(nodata=None, tags=tags, crs=None, transform=None)(tmp_path / "f")
    assert found(report) == {
        "coverage_crs_missing",
        "coverage_raster_nodata",
        "coverage_raster_place",
        "coverage_raster_tag",
    }
    missing = report.findings.to_pylist()
    names = {
        row["column"] for row in missing if row["rule_id"] == "coverage_raster_tag"
    }
    assert names == {"as_of", "band_class"}


def scaled():
    with MemoryFile(geotiff()) as memory:
        content = bytes(memory.getbuffer())
    with MemoryFile() as memory:
        memory.write(content)
        with rasterio.open(memory.name, "r+") as dataset:
            dataset.scales = (0.5,)
        return bytes(memory.getbuffer())


def masked_with_nodata():
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), MemoryFile() as memory:
        memory.write(geotiff())
        with rasterio.open(memory.name, "r+") as dataset:
            dataset.write_mask(BLOCK == 1)
        return bytes(memory.getbuffer())


def two_images():
    with MemoryFile() as memory:
        memory.write(geotiff())
        profile = {"driver": "GTiff", "width": 2, "height": 2, "count": 1}
        options = {"dtype": "uint8", "transform": DEGREES, "crs": "EPSG:6668"}
        with rasterio.open(
            memory.name, "w", **profile, **options, APPEND_SUBDATASET="YES"
        ) as dataset:
            dataset.write(np.ones((1, 2, 2), "uint8"))
        return bytes(memory.getbuffer())


LAYOUTS = {
    "scale, offset": scaled,
    "mask": masked_with_nodata,
    "2 images": two_images,
    "complex64": lambda: geotiff(BLOCK.astype("complex64")),
    "101 bands (at most 100)": lambda: geotiff(np.ones((101, 2, 2), np.uint8)),
    "outdoor (5,001)": lambda: geotiff(tags=TAGS | {"outdoor": "x" * 5001}),
}


@pytest.mark.parametrize("oddity", LAYOUTS)
def test_what_would_be_passed_over_is_refused(oddity, tmp_path):
    report = filing(tmp_path / "f", coverage_tif=LAYOUTS[oddity]())
    assert "coverage_raster_layout" in found(report)
    rows = report.findings.to_pylist()
    said = [r["value"] for r in rows if r["rule_id"] == "coverage_raster_layout"]
    assert said == [oddity]


def test_tags_that_programs_add_are_no_tags_of_the_filing(tmp_path):
    more = {"AREA_OR_POINT": "Area", "TIFFTAG_SOFTWARE": "x", "STATISTICS_MEAN": "0.3"}
    assert found(case(tags=TAGS | more)(tmp_path / "f")) == set()


# --- files ----------------------------------------------------------------------------

VRT = b"""<VRTDataset rasterXSize="1" rasterYSize="1"><VRTRasterBand dataType="Byte"
band="1"><SimpleSource><SourceFilename>/etc/passwd</SourceFilename></SimpleSource>
</VRTRasterBand></VRTDataset>"""


def png():
    with MemoryFile(ext=".png") as memory:
        with memory.open(
            driver="PNG", width=30, height=40, count=1, dtype="uint8", nodata=255
        ) as target:
            target.write(BLOCK, 1)
        return bytes(memory.getbuffer())


@pytest.mark.filterwarnings("ignore:Dataset has no geotransform")
def test_what_is_no_geotiff_is_refused(tmp_path):
    packed = geotiff(np.random.default_rng(1).integers(0, 2, (300, 300), "uint8"))
    cases = [VRT, png(), b"II*\0", b"x", packed[:5000]]
    for number, content in enumerate(cases):
        report = filing(tmp_path / f"{number}", coverage_tif=content)
        assert "coverage_unreadable" in found(report), number
        assert "/vsimem" not in messages(report, "coverage_unreadable")[0]
    assert found(filing(tmp_path / "empty", coverage_tif=b"")) == {"file_empty"}


def test_a_damaged_block_refuses_the_raster(tmp_path):
    content = geotiff(
        np.random.default_rng(1).integers(0, 2, (64, 64), "uint8"),
        compress="deflate",
        tiled=True,
        blockxsize=16,
        blockysize=16,
    )
    at = len(content) // 2
    report = filing(
        tmp_path / "f", coverage_tif=content[:at] + bytes(50) + content[at + 50 :]
    )
    assert found(report) == {"coverage_unreadable"}
    assert "band 1" in messages(report, "coverage_unreadable")[0]


def test_what_gdal_warns_of_is_told(tmp_path):
    cut = filing(tmp_path / "f", coverage_tif=geotiff()[:-1])
    assert found(cut) == {"coverage_raster_tag", "coverage_reader_note"}
    assert "GDALMetadata" in messages(cut, "coverage_reader_note")[0]


@pytest.mark.parametrize("domain", ["OVERVIEWS", "SUBDATASETS", "xml:VRT"])
def test_no_link_in_a_geotiff_is_followed(domain, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        url = f"/vsicurl/http://127.0.0.1:{server.getsockname()[1]}/x.tif"
        with MemoryFile() as memory:
            memory.write(geotiff())
            with rasterio.open(memory.name, "r+") as dataset:
                for band in (0, 1):
                    dataset.update_tags(band, ns=domain, OVERVIEW_FILE=url)
            content = bytes(memory.getbuffer())
        assert content.count(b"vsicurl") >= 2
        with rasterio.Env(GDAL_HTTP_TIMEOUT=2):
            filing(tmp_path / "f", coverage_tif=content)
        with pytest.raises(BlockingIOError):
            server.accept()


# rasterio's log cannot show what GDAL says in bytes that are no UTF-8
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.binary(max_size=4), st.booleans())
def test_bytes_anywhere_in_a_raster_raise_nothing(
    tmp_path_factory, at, noise, is_packed
):
    options = {"compress": "lzw", "tiled": True, "blockxsize": 16, "blockysize": 16}
    content = geotiff(**(options if is_packed else {}))
    at %= len(content)
    damaged = content[:at] + noise + content[at + len(noise) :]
    report = filing(tmp_path_factory.mktemp("noise") / "f", coverage_tif=damaged)
    row = report.filing
    assert row["read_count"] == row["accepted_count"] + row["rejected_count"]


# --- limits ---------------------------------------------------------------------------


def test_a_bomb_of_pixels_is_refused_unread(tmp_path):
    with MemoryFile() as memory:
        profile = {"width": 1_000_000, "height": 1_000_000, "count": 1}
        tiles = {"tiled": True, "blockxsize": 65_536, "blockysize": 65_536}
        with memory.open(
            driver="GTiff",
            dtype="uint8",
            crs="EPSG:6668",
            transform=DEGREES,
            nodata=255,
            SPARSE_OK=True,
            **profile,
            **tiles,
        ) as target:
            target.update_tags(**TAGS)
        content = bytes(memory.getbuffer())
    assert len(content) < 20_000
    report = filing(tmp_path / "f", coverage_tif=content)
    assert found(report) == {"coverage_raster_size", "coverage_raster_block"}
    said = messages(report, "coverage_raster_size")[0]
    assert "1000000 x 1000000 pixels in 1 bands" in said
    assert "filing_limits.max_raster_pixels" in said


def test_a_wide_raster_is_refused_before_all_of_it_is_outlined(monkeypatch, tmp_path):
    """A strip holds whole rows of the raster: vertices are counted piece by piece."""
    outlined = []

    def counted(mask):
        outlined.append(mask.shape)
        return outlines(mask)

    monkeypatch.setattr(coverage_raster, "PIECE_PIXELS", 10)
    monkeypatch.setattr(coverage_raster, "outlines", counted)
    wide = np.indices((10, 300)).sum(axis=0).astype(np.uint8) % 2
    report = limited(geotiff(wide), max_raster_vertices=499)(tmp_path / "f")
    assert found(report) == {"coverage_raster_vertices"}
    assert outlined == [(10, 10)] * 2  # 250 vertices each


def test_noise_stops_at_the_limit_of_vertices(tmp_path):
    at_limit = limited(geotiff(CHECKED), max_raster_vertices=3000)(tmp_path / "a")
    assert at_limit.is_accepted
    above = limited(geotiff(CHECKED), max_raster_vertices=2999)(tmp_path / "b")
    assert found(above) == {"coverage_raster_vertices"}


def test_pieces_are_rows_and_keep_to_their_limit(tmp_path):
    bands = [{}, {"band_class": "all"}, {"band_class": "mmwave"}]
    content = geotiff([BLOCK] * 3, band_tags=bands)
    path = write_filing(tmp_path / "f", coverage_tif=content)
    assert "table_row_count" in found(check(path, limits=Limits(max_rows=2)))


# --- the folder -----------------------------------------------------------------------


def test_coverage_comes_in_one_form(tmp_path):
    report = filing(
        tmp_path / "f", coverage_tif=geotiff(), coverage_geojson=geojson(feature())
    )
    assert found(report) == {"table_twice"}


def test_another_ending_is_no_file_of_the_format(tmp_path):
    report = check(write_filing(tmp_path / "f", coverage_tiff=geotiff()))
    assert found(report) == {"file_misnamed"}
    assert report.coverage is None


@pytest.mark.parametrize(("compress", "bands"), [("jpeg", 1), ("webp", 3)])
def test_pixels_that_were_compressed_with_loss_are_refused(compress, bands, tmp_path):
    values = np.repeat(np.asarray(BLOCK)[None], bands, axis=0)
    report = case(values, compress=compress)(tmp_path / "f")
    told = {row["rule_id"]: row["message_en"] for row in report.findings.to_pylist()}
    assert "with loss" in told["coverage_raster_layout"]
    assert not report.is_accepted
