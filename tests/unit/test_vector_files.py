"""Vector files as published: which one is taken, and equal content in every form.

The files are format-synthetic: see ``vector_files.py``.
"""

import json
import zipfile

import pandas as pd
import pytest
import shapely
import vector_files as build
from vector_files import only, written

from geodata.errors import SourceError
from geodata.readers.files.published import Published
from geodata.readers.files.vector import read_vector
from geodata.readers.files.vector import vector_files as files_of

FRAME = build.N03_BEFORE_2024


# --- which files ----------------------------------------------------------------------


def test_of_three_forms_in_a_zip_the_shapefile_is_taken(tmp_path):
    path = build.published_zip(tmp_path / "N03-210101_GML.zip", "N03-21_210101", FRAME)
    assert only(path).member == "N03-210101_GML/N03-21_210101.shp"


@pytest.mark.parametrize(
    ("forms", "suffix"),
    [(("geojson", "xml"), ".geojson"), (("xml",), ".xml")],
)
def test_without_a_shapefile_the_next_form_is_taken(tmp_path, forms, suffix):
    path = build.published_zip(tmp_path / "N03.zip", "N03-21_210101", FRAME, forms)
    assert only(path).suffix == suffix


def test_a_gml_document_stands_for_the_shapefile_named_after_its_feature_type(tmp_path):
    names = ["N03-12_13_120401.xml"]
    names += [f"N03-12_13_120401-g_AdministrativeBoundary{e}" for e in (".shp", ".dbf")]
    path = build.zipped(tmp_path / "a.zip", dict.fromkeys(names, b""))
    assert only(path).suffix == ".shp"


def test_files_of_several_prefectures_stay_several(tmp_path):
    paths = [
        written(tmp_path / f"N03-21_{pref}_210101.geojson", build.geojson_text(FRAME))
        for pref in ("13", "32")
    ]
    (tmp_path / "N03-21.xml").write_text("", encoding="utf-8")
    found = files_of([*paths, tmp_path / "N03-21.xml"])
    assert [file.file_name for file in found] == [
        "N03-21_13_210101.geojson",
        "N03-21_32_210101.geojson",
        "N03-21.xml",
    ]


def test_a_zip_without_vector_data_is_named(tmp_path):
    path = build.zipped(tmp_path / "a.zip", {"KS-META-a.xml": b"", "a.txt": b""})
    with pytest.raises(SourceError, match=r"a\.zip: no vector data; wanted: .*\.shp"):
        files_of([path])


def test_no_path_is_no_data():
    with pytest.raises(SourceError, match="no path: no vector data"):
        files_of([])


def test_a_zip_cut_short_is_named(tmp_path):
    path = build.published_zip(tmp_path / "N03.zip", "N03", FRAME)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(SourceError, match=r"N03\.zip: cannot be read"):
        files_of([path])


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(SourceError, match=r"a\.kml: ending '\.kml'; wanted: \.shp"):
        read_vector(Published(tmp_path / "a.kml"))


# --- equal content in every form ------------------------------------------------------


@pytest.mark.parametrize("form", ["shp", "geojson", "xml"])
def test_every_form_gives_the_same_rows_without_unpacking(tmp_path, form):
    path = build.published_zip(tmp_path / "N03.zip", "N03-21_210101", FRAME, (form,))
    layer = read_vector(only(path))
    assert [p.name for p in tmp_path.iterdir()] == ["N03.zip"]
    got = layer.frame[list(FRAME.columns)]
    pd.testing.assert_frame_equal(
        pd.DataFrame(got.drop(columns="geometry")),
        pd.DataFrame(FRAME.drop(columns="geometry")).astype("str"),
    )
    assert shapely.equals(got.geometry.to_numpy(), FRAME.geometry.to_numpy()).all()
    assert (layer.datum, layer.accuracy_m) == ("JGD2011", None)
    assert layer.rows.tolist() == [1, 2, 3, 4, 5, 6]
    assert layer.frame.crs.to_epsg() == 6668


@pytest.mark.parametrize("form", ["shp", "geojson", "xml"])
def test_members_with_a_japanese_name_are_read_in_place(tmp_path, form):
    inner = build.published_zip(tmp_path / "x.zip", "N03", FRAME, (form,), folder="d")
    with zipfile.ZipFile(inner) as archive:
        members = {
            name.replace("d/", "行政区域/"): archive.read(name)
            for name in archive.namelist()
            if "META" not in name
        }
    path = build.zipped(tmp_path / "y.zip", members)
    layer = read_vector(only(path))
    assert layer.file.startswith("y.zip/行政区域/N03.")
    assert layer.frame["N03_004"].tolist()[2] == "倶知安町"


def test_codes_are_text_dates_are_iso_and_blanks_are_null(tmp_path):
    text = json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {
                        "A22_009": code,
                        "A18_010": "2015/04/01",
                        "name": name,
                        "population": 1.5,
                    },
                    "geometry": shapely.geometry.mapping(build.square(140, 40)),
                }
                for code, name in [(1, " 豪雪　"), (None, "  ")]
            ],
        }
    )
    frame = read_vector(only(written(tmp_path / "a.geojson", text))).frame
    assert frame["A22_009"].tolist()[0] == "1"
    assert frame["A22_009"].isna().tolist() == [False, True]
    assert frame["A18_010"].tolist()[0] == "2015/04/01"
    assert frame["name"].tolist()[0] == "豪雪"
    assert frame["name"].isna().tolist() == [False, True]
    assert frame["population"].tolist() == [1.5, 1.5]
