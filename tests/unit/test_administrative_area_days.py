"""N03 行政区域: the day of a file, its name against its content.

The files are format-synthetic: see ``vector_files.py``.
"""

import pytest
import vector_files as build

from geodata.errors import SourceError
from geodata.readers.administrative_areas import read_administrative_areas

OLD, NEW = build.N03_BEFORE_2024, build.N03_SINCE_2024


def test_files_of_two_days_or_editions_are_refused(tmp_path):
    first = build.n03_geojson(tmp_path, OLD.iloc[:3], "N03-21_01_210101.geojson")
    later = build.n03_geojson(tmp_path, OLD.iloc[3:], "N03-22_13_220101.geojson")
    with pytest.raises(
        SourceError, match=r"210101\.geojson is of 2021-01-01, N03-22.*of 2022-01-01"
    ):
        read_administrative_areas([first, later])
    newer = build.n03_geojson(tmp_path, NEW.iloc[3:], "N03-20240101_13.geojson")
    with pytest.raises(SourceError, match=r"without N03_005, .* of with N03_005"):
        read_administrative_areas([first, newer])


def test_a_renamed_file_of_an_older_edition_is_refused(tmp_path):
    path = build.n03_geojson(tmp_path, OLD, "N03-20250101.geojson")
    with pytest.raises(
        SourceError,
        match=r"20250101\.geojson: the name says 2025-01-01, but the content is of "
        r"2023-12-31 or earlier \(no column N03_005\)",
    ):
        read_administrative_areas([path])


def test_a_renamed_file_of_a_newer_edition_is_refused(tmp_path):
    path = build.n03_geojson(tmp_path, NEW, "N03-21_210101.geojson")
    with pytest.raises(
        SourceError, match=r"says 2021-01-01, .* of 2024-01-01 or later \(column N03_0"
    ):
        read_administrative_areas([path])


@pytest.mark.parametrize(
    ("code", "pref", "name", "reason"),
    [
        ("40305", "福岡県", "N03-19_190101.xml", "code 40305 ended then"),
        ("40231", "福岡県", "N03-18_180101.xml", "code 40231 began then"),
        ("22131", "静岡県", "N03-20250101.xml", "code 22131 ended then"),
        ("22138", "静岡県", "N03-20230101.xml", "code 22138 began then"),
    ],
)
def test_codes_tell_the_day_that_a_name_contradicts(tmp_path, code, pref, name, reason):
    frame = OLD.iloc[[3]].assign(N03_001=pref, N03_007=code)
    path = tmp_path / name
    path.write_text(build.n03_gml(frame), encoding="utf-8")
    with pytest.raises(SourceError, match=rf"{name}: the name says .*{reason}"):
        read_administrative_areas([path])


def test_codes_of_two_times_in_one_file_are_refused(tmp_path):
    frame = OLD.iloc[[3, 4]].assign(
        N03_001=["福岡県", "静岡県"], N03_007=["40305", "22138"]
    )
    path = tmp_path / "a.xml"
    path.write_text(build.n03_gml(frame), encoding="utf-8")
    with pytest.raises(
        SourceError, match=r"a\.xml: code 22138 began then .* but code 40305 ended"
    ):
        read_administrative_areas([path])


def test_a_description_of_another_year_is_refused(tmp_path):
    path = tmp_path / "N03-21_210101.xml"
    text = build.n03_gml(OLD, description="国土数値情報 行政区域 平成27年")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=r"says 2021-01-01, .* of 2015 .*平成27年"):
        read_administrative_areas([path])


def test_a_fiscal_year_in_the_description_ends_in_march(tmp_path):
    path = tmp_path / "N03-15_150101.xml"
    text = build.n03_gml(OLD, description="国土数値情報 行政区域 2014年度")
    path.write_text(text, encoding="utf-8")
    assert read_administrative_areas([path]).vintage == "2015-01-01"


def test_an_archive_whose_name_contradicts_its_member_is_refused(tmp_path):
    path = build.n03_archive(tmp_path, name="N03-20220101_GML.zip")
    with pytest.raises(
        SourceError, match=r"20220101_GML\.zip says 2022-01-01, N03-21_210101\.shp says"
    ):
        read_administrative_areas([path])


def test_without_a_day_in_the_name_the_content_gives_the_vintage(tmp_path):
    frame = OLD.iloc[[3]].assign(N03_001="福岡県", N03_007="40231")
    read = read_administrative_areas(
        [build.n03_geojson(tmp_path, frame, "areas.geojson")]
    )
    assert read.vintage == "2018-10-01 to 2023-12-31"
