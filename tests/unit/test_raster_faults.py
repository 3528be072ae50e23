"""Rasters: what is missing, bad pixels, and files that cannot be used."""

import numpy as np
import pytest
from raster_files import (
    CELL_LAT,
    CELL_LON,
    NAME,
    NODATA,
    NORTH2,
    SECOND,
    WEST,
    degrees,
    one_raster,
    people,
    write_raster,
)
from rejected_rows import faults

from geodata.errors import SourceError
from geodata.readers.mesh_raster import read_population_raster

# --- pixels ---------------------------------------------------------------------------


def test_missing_is_no_zero(tmp_path):
    path = one_raster(tmp_path, values=np.array([[0.0, NODATA]]))
    read = read_population_raster([path])
    assert people(read) == {53394600: 0.0}
    assert read.read_count == 1


def test_nan_may_be_the_nodata_value(tmp_path):
    path = one_raster(
        tmp_path, values=np.array([[5.0, np.nan]], "float32"), nodata=np.nan
    )
    assert people(read_population_raster([path])) == {53394600: 5.0}


def test_bad_pixels_are_rejected_with_their_place(tmp_path):
    values = np.array([[1.0, -5.0, np.nan], [2.0, np.inf, 3.0]])
    path = write_raster(
        tmp_path / NAME, values, degrees(WEST, NORTH2, CELL_LON, CELL_LAT)
    )
    read = read_population_raster([path])
    assert faults(read) == [
        ("bad_value", 2, "band 1", "-5 (row 1, column 2)"),
        ("bad_value", 3, "band 1", "nan (row 1, column 3)"),
        ("bad_value", 5, "band 1", "inf (row 2, column 2)"),
    ]
    assert (read.read_count, read.accepted_count, read.rejected_count) == (6, 3, 3)
    assert people(read) == {53394610: 1.0, 53394600: 2.0, 53394602: 3.0}


def test_many_bad_pixels_are_a_wrong_nodata_value(tmp_path):
    values = np.full((60, 60), -9999.0)
    values[:30] = 1
    path = write_raster(
        tmp_path / NAME, values, degrees(WEST, NORTH2, SECOND, SECOND), nodata=-1
    )
    with pytest.raises(SourceError) as error:
        read_population_raster([path])
    message = str(error.value)
    assert "ppp_JPN_2020.tif, rows up to 60" in message
    assert "most of them -9999" in message
    assert "nodata value -1" in message


# --- files ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"nodata": None}, r"ppp_JPN_2020.tif: no nodata value"),
        ({"crs": None}, r"no coordinate reference system.*EPSG:4326"),
        ({"crs": "EPSG:4301"}, r"Tokyo datum.*wanted WGS84"),
        ({"crs": "EPSG:30169"}, r"Tokyo datum"),
        ({"crs": "EPSG:4230"}, r"datum is European Datum 1950"),
        ({"values": np.ones((2, 1, 1))}, r"2 bands, wanted one"),
        ({"tags": {"YEAR": "2015"}}, r"tags say 2015, its name 2020"),
        ({"transform": degrees(139, 91, 1, 1)}, r"latitude 90 to 91"),
        ({"values": np.array([[NODATA]])}, r"every pixel is nodata"),
        ({"transform": degrees(2, 49, 1, 1)}, r"no pixel with data lies over"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path, changes, message):
    with pytest.raises(SourceError, match=message):
        read_population_raster([one_raster(tmp_path, **changes)])


def test_a_nodata_value_that_no_pixel_can_hold_is_refused(tmp_path):
    path = one_raster(tmp_path, values=np.array([[5]], "uint8"), nodata=255)
    path.write_bytes(path.read_bytes().replace(b"255\x00", b"999\x00"))
    with pytest.raises(SourceError, match=r"no nodata value in it that a uint8"):
        read_population_raster([path])


@pytest.mark.parametrize("kept", [0, 10, 300])
def test_a_truncated_or_empty_file_is_refused(tmp_path, kept):
    values = np.random.default_rng(1).random((40, 40))
    path = one_raster(
        tmp_path, values=values, transform=degrees(WEST, NORTH2, SECOND, SECOND)
    )
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(SourceError, match=r"ppp_JPN_2020.tif: cannot be read"):
        read_population_raster([path])


def test_pixels_cut_off_are_found_while_reading(tmp_path):
    values = np.random.default_rng(1).random((400, 400))
    path = one_raster(
        tmp_path, values=values, transform=degrees(WEST, NORTH2, SECOND, SECOND)
    )
    path.write_bytes(path.read_bytes()[:-200_000])
    with pytest.raises(SourceError, match=r"ppp_JPN_2020.tif: cannot be read"):
        read_population_raster([path])


def test_text_under_the_name_of_a_raster_is_refused(tmp_path):
    path = tmp_path / NAME
    path.write_text("mesh3,population\n53394611,5\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"ppp_JPN_2020.tif: cannot be read"):
        read_population_raster([path])


def test_a_file_cut_before_its_georeference_is_refused(tmp_path):
    transform = degrees(WEST, NORTH2, CELL_LON, CELL_LAT)
    path = write_raster(tmp_path / NAME, np.ones((2, 2), "float32"), transform)
    whole = path.read_bytes()
    for cut in range(1, len(whole)):
        path.write_bytes(whole[:-cut])
        with pytest.raises(SourceError, match=NAME):
            read_population_raster([path])


def test_overlapping_rasters_are_refused(tmp_path):
    first, second = one_raster(tmp_path), one_raster(tmp_path, "copy_2020.tif")
    with pytest.raises(SourceError, match=r"copy_2020.tif: overlaps ppp_JPN_2020.tif"):
        read_population_raster([first, second])


def test_no_file_and_no_raster_are_refused(tmp_path):
    with pytest.raises(SourceError, match="no file was given"):
        read_population_raster([])
    other = tmp_path / "a.csv"
    other.write_bytes(b"")
    with pytest.raises(SourceError, match=r"a.csv: no GeoTIFF"):
        read_population_raster([other])
    with pytest.raises(SourceError, match="'m2': the levels are m3"):
        read_population_raster([one_raster(tmp_path)], "m2")


# --- years ----------------------------------------------------------------------------


def test_rasters_of_two_years_are_refused(tmp_path):
    other = one_raster(
        tmp_path, "ppp_JPN_2015.tif", transform=degrees(140, 36, 0.1, 0.1)
    )
    with pytest.raises(SourceError, match=r"year 2015, but ppp_JPN_2020.tif has 2020"):
        read_population_raster([one_raster(tmp_path), other])


@pytest.mark.parametrize(
    ("name", "vintage"),
    [
        ("GHS_POP_E2020_GLOBE_R2023A_54009_100_V1_0.tif", "2020"),
        ("ESA_WorldCover_10m_2021_v200_N33E138_Map.tif", "2021"),
        ("people.tif", ""),
    ],
)
def test_the_year_comes_from_the_name(tmp_path, name, vintage):
    assert read_population_raster([one_raster(tmp_path, name)]).vintage == vintage


def test_the_year_of_the_tags_is_the_year(tmp_path):
    path = one_raster(
        tmp_path,
        "people.tif",
        tags={"reference_year": "2015", "TIFFTAG_DATETIME": "2024:01:01 00:00:00"},
    )
    assert read_population_raster([path]).vintage == "2015"


def test_a_name_with_two_years_is_refused(tmp_path):
    with pytest.raises(SourceError, match="2015 and 2020"):
        read_population_raster([one_raster(tmp_path, "change_2015_2020.tif")])
