"""Vector files as published: forms, completeness, encoding, datum and polygons.

The files are format-synthetic: see ``vector_files.py``.
"""

import json
import shutil
import zipfile
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
import vector_files as build

from geodata.datum import geographic_epsg, reference_system_epsg
from geodata.errors import SourceError
from geodata.readers.files import vector
from geodata.readers.files.published import Published
from geodata.readers.files.vector import polygons, read_vector
from geodata.readers.files.vector import vector_files as files_of
from geodata.readers.reading import Rejections

FRAME = build.N03_BEFORE_2024
DEGREE_SECOND = 1 / 3600


def only(path: Path) -> Published:
    (file,) = files_of([path])
    return file


def faults(layer: vector.VectorLayer) -> tuple[vector.VectorLayer, pd.DataFrame]:
    rejections = Rejections("test")
    return polygons(layer, rejections), rejections.table()


def geojson(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


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
        geojson(tmp_path / f"N03-21_{pref}_210101.geojson", build.geojson_text(FRAME))
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
    frame = read_vector(only(geojson(tmp_path / "a.geojson", text))).frame
    assert frame["A22_009"].tolist()[0] == "1"
    assert frame["A22_009"].isna().tolist() == [False, True]
    assert frame["A18_010"].tolist()[0] == "2015/04/01"
    assert frame["name"].tolist()[0] == "豪雪"
    assert frame["name"].isna().tolist() == [False, True]
    assert frame["population"].tolist() == [1.5, 1.5]


# --- Shapefile: parts and encoding ----------------------------------------------------


@pytest.fixture
def shapefile(tmp_path):
    return build.write_shapefile(tmp_path / "N03.shp", FRAME)


def test_characters_of_nec_and_ibm_are_read(tmp_path):
    frame = FRAME.assign(N03_004=["髙﨑①㈱", "神居古潭", "龗", "﨑", "塚", "昻"][:6])
    frame.loc[2, "N03_004"] = "纊"
    layer = read_vector(only(build.write_shapefile(tmp_path / "a.shp", frame)))
    assert layer.encoding == "cp932"
    assert layer.frame["N03_004"].tolist() == frame["N03_004"].tolist()


def test_a_byte_that_is_no_cp932_names_record_and_field(shapefile):
    dbf = shapefile.with_suffix(".dbf")
    content = dbf.read_bytes()
    dbf.write_bytes(content.replace("倶知安町".encode("cp932"), b"\xff\xff" * 4))
    with pytest.raises(
        SourceError, match=r"N03\.dbf, record 3, field N03_004: byte 0xff .*cp932"
    ):
        read_vector(Published(shapefile))


def test_utf8_without_cpg_is_refused_and_with_cpg_read(tmp_path):
    path = build.write_shapefile(tmp_path / "a.shp", FRAME, encoding="UTF-8")
    with pytest.raises(SourceError, match=r"a\.dbf.*are UTF-8; wanted: cp932.*\.cpg"):
        read_vector(Published(path))
    path.with_suffix(".cpg").write_text("UTF-8", encoding="ascii")
    layer = read_vector(Published(path))
    assert (layer.encoding, layer.frame["N03_001"][0]) == ("utf-8", "北海道")


def test_cp932_under_a_cpg_that_says_utf8_is_refused(shapefile):
    shapefile.with_suffix(".cpg").write_text("UTF-8", encoding="ascii")
    with pytest.raises(SourceError, match=r"N03\.dbf, record 1, field N03_001.*utf-8"):
        read_vector(Published(shapefile))


def test_an_unknown_cpg_is_refused(shapefile):
    shapefile.with_suffix(".cpg").write_text("KOI8-R", encoding="ascii")
    with pytest.raises(SourceError, match=r"N03\.cpg: encoding 'KOI8-R'; wanted: UTF"):
        read_vector(Published(shapefile))


@pytest.mark.parametrize("suffix", [".shp", ".shx", ".dbf"])
def test_a_part_cut_short_is_named(shapefile, suffix):
    part = shapefile.with_suffix(suffix)
    part.write_bytes(part.read_bytes()[:-9])
    with pytest.raises(SourceError, match=rf"N03\{suffix}: \d+ bytes, but its header"):
        read_vector(Published(shapefile))


@pytest.mark.parametrize("suffix", [".shp", ".shx", ".dbf"])
def test_an_empty_part_is_named(shapefile, suffix):
    shapefile.with_suffix(suffix).write_bytes(b"")
    with pytest.raises(SourceError, match=rf"N03\{suffix}, header: 0 bytes"):
        read_vector(Published(shapefile))


@pytest.mark.parametrize("suffix", [".shx", ".dbf"])
def test_a_missing_part_is_named(shapefile, suffix):
    shapefile.with_suffix(suffix).unlink()
    with pytest.raises(SourceError, match=rf"N03\.shp: no \{suffix} beside it"):
        read_vector(Published(shapefile))


def test_parts_of_different_downloads_are_refused(shapefile, tmp_path):
    other = build.write_shapefile(tmp_path / "other.shp", FRAME.head(2))
    shutil.copy(other.with_suffix(".dbf"), shapefile.with_suffix(".dbf"))
    with pytest.raises(SourceError, match=r"N03\.shp: 6 shapes, but 2 records"):
        read_vector(Published(shapefile))


def test_deleted_records_keep_the_numbers_of_the_others(shapefile):
    dbf = shapefile.with_suffix(".dbf")
    content = bytearray(dbf.read_bytes())
    start, width = (int.from_bytes(content[a : a + 2], "little") for a in (8, 10))
    content[start + width] = ord("*")
    dbf.write_bytes(content)
    layer = read_vector(Published(shapefile))
    assert layer.rows.tolist() == [1, 3, 4, 5, 6]
    assert layer.frame["N03_004"].tolist()[1] == "倶知安町"


def test_a_shapefile_without_records_is_refused(tmp_path):
    path = build.write_shapefile(tmp_path / "a.shp", FRAME)
    empty = FRAME.iloc[:0]
    path = build.write_shapefile(tmp_path / "b.shp", empty)
    with pytest.raises(SourceError, match=r"b\.shp: no feature"):
        read_vector(Published(path))


# --- datum ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prj", "datum"),
    [
        (build.JGD2011_PRJ, "JGD2011"),
        (build.JGD2000_PRJ, "JGD2000"),
        (build.WGS84_PRJ, "WGS84"),
    ],
)
def test_datums_taken_as_equal_leave_coordinates_alone(tmp_path, prj, datum):
    layer = read_vector(only(build.write_shapefile(tmp_path / "a.shp", FRAME, prj=prj)))
    assert (layer.datum, layer.accuracy_m) == (datum, None)
    assert shapely.equals(layer.frame.geometry, FRAME.geometry).all()


def test_tokyo_datum_is_moved_and_its_accuracy_recorded(tmp_path):
    station = FRAME.assign(geometry=build.square(139.767125, 35.681236))
    path = build.write_shapefile(tmp_path / "a.shp", station, prj=build.TOKYO_PRJ)
    layer = read_vector(only(path))
    west, south, _, _ = layer.frame.total_bounds
    # domain.md 2.7: +11.66" north and -11.64" east at Tokyo Station
    assert (south - 35.681236) / DEGREE_SECOND == pytest.approx(11.66, abs=0.3)
    assert (west - 139.767125) / DEGREE_SECOND == pytest.approx(-11.64, abs=0.3)
    assert layer.datum == "TOKYO"
    assert 0 < layer.accuracy_m <= 10


def test_tokyo_datum_without_a_stated_accuracy_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(vector, "tokyo_to_jgd2011", lambda lon, lat: (lon, lat, None))
    path = build.write_shapefile(tmp_path / "a.shp", FRAME, prj=build.TOKYO_PRJ)
    with pytest.raises(SourceError, match=r"a\.shp: Tokyo datum.*unknown.*10 m or"):
        read_vector(only(path))


@pytest.mark.parametrize("epsg", [6677, 2451])
def test_a_projection_on_jgd_is_undone(tmp_path, epsg):
    projected = FRAME.to_crs(epsg)
    path = build.write_shapefile(tmp_path / "a.shp", projected, prj=None)
    wkt = pyproj.CRS(epsg).to_wkt("WKT1_ESRI")
    path.with_suffix(".prj").write_text(wkt, encoding="ascii")
    layer = read_vector(only(path))
    moved = np.abs(layer.frame.total_bounds - FRAME.total_bounds)
    assert moved.max() < 1e-9
    assert layer.datum == {6677: "JGD2011", 2451: "JGD2000"}[epsg]


@pytest.mark.parametrize("epsg", [4269, 32654, 30169, 3857])
def test_any_other_reference_system_is_refused_by_name(tmp_path, epsg):
    path = build.write_shapefile(tmp_path / "a.shp", FRAME, prj=None)
    crs = pyproj.CRS(epsg)
    path.with_suffix(".prj").write_text(crs.to_wkt("WKT1_ESRI"), encoding="ascii")
    with pytest.raises(
        SourceError, match=rf"a\.shp: coordinate reference system EPSG:{epsg}; wanted"
    ):
        read_vector(only(path))


def test_a_shapefile_that_declares_nothing_is_refused(tmp_path):
    path = build.write_shapefile(tmp_path / "a.shp", FRAME, prj=None)
    with pytest.raises(SourceError, match=r"a\.shp: no coordinate reference system"):
        read_vector(only(path))


@pytest.mark.parametrize(
    ("system", "datum"), [("JGD2000 / (B, L)", "JGD2000"), ("TD / (B, L)", "TOKYO")]
)
def test_the_metadata_of_the_archive_stand_in_for_a_prj(tmp_path, system, datum):
    shp = build.write_shapefile(tmp_path / "N03-07.shp", FRAME, prj=None)
    members = {
        f"N03-07{suffix}": shp.with_suffix(suffix).read_bytes()
        for suffix in (".shp", ".shx", ".dbf")
    }
    members["KS-META-N03-07.xml"] = build.metadata_text(system).encode()
    layer = read_vector(only(build.zipped(tmp_path / "a.zip", members)))
    assert (layer.datum, layer.declared) == (datum, system)


@pytest.mark.parametrize(
    ("crs", "datum"),
    [
        (None, "WGS84"),
        ("OGC:1.3:CRS84", "WGS84"),
        ("EPSG::6668", "JGD2011"),
        ("EPSG::4612", "JGD2000"),
        ("EPSG::4301", "TOKYO"),
    ],
)
def test_geojson_is_wgs84_unless_it_says_otherwise(tmp_path, crs, datum):
    path = geojson(tmp_path / "a.geojson", build.geojson_text(FRAME, crs))
    assert read_vector(only(path)).datum == datum


def test_reference_systems_are_known_by_their_japanese_names():
    assert reference_system_epsg("JGD2011/(B,L)") == 6668
    assert reference_system_epsg("JGD2000 / (B, L)") == 4612
    assert reference_system_epsg("JGD2011 / TP") is None


def test_a_greek_prime_meridian_is_no_jgd():
    wkt = build.JGD2011_PRJ.replace(
        'PRIMEM["Greenwich",0.0]', 'PRIMEM["Athens",23.7163375]'
    )
    assert geographic_epsg(pyproj.CRS.from_wkt(wkt)) is None


# --- GeoJSON, TopoJSON, GeoPackage, GeoParquet ----------------------------------------


def test_geojson_cut_short_is_refused(tmp_path):
    path = geojson(tmp_path / "a.geojson", build.geojson_text(FRAME)[:-200])
    with pytest.raises(SourceError, match=r"a\.geojson: cannot be read as geojson"):
        read_vector(only(path))


def test_an_empty_file_is_refused(tmp_path):
    path = geojson(tmp_path / "a.geojson", "")
    with pytest.raises(SourceError, match=r"a\.geojson: cannot be read as geojson"):
        read_vector(only(path))


def test_geojson_without_features_is_refused(tmp_path):
    text = '{"type": "FeatureCollection", "features": []}'
    path = geojson(tmp_path / "a.geojson", text)
    with pytest.raises(SourceError, match=r"a\.geojson: no feature"):
        read_vector(only(path))


def test_geojson_in_cp932_names_the_byte(tmp_path):
    text = build.geojson_text(FRAME).encode("cp932")
    path = geojson(tmp_path / "a.geojson", text)
    with pytest.raises(SourceError, match=r"a\.geojson: byte 0x96.*wanted: UTF-8"):
        read_vector(only(path))


def test_features_that_gdal_passes_over_are_missed(tmp_path):
    text = build.geojson_text(FRAME)
    broken = text.replace(
        '"features": [\n', '"features": [\n7, {"a": {"type": "Feature"}},\n'
    )
    path = geojson(tmp_path / "a.geojson", broken)
    with pytest.raises(SourceError, match=r"a\.geojson: 7 features.*but 6"):
        read_vector(only(path))


def topology(**changes: object) -> str:
    square = [[0, 0], [4, 0], [0, 4], [-4, 0], [0, -4]]
    whole = {
        "type": "Topology",
        "transform": {"scale": [0.1, 0.1], "translate": [139.0, 35.0]},
        "objects": {
            "N03": {
                "type": "GeometryCollection",
                "geometries": [
                    {
                        "type": "Polygon",
                        "arcs": [[0]],
                        "properties": {"N03_001": "東京都", "N03_007": "13101"},
                    }
                ],
            }
        },
        "arcs": [square],
    }
    return json.dumps({**whole, **changes}, ensure_ascii=False)


def test_topojson_resolves_arcs_and_is_wgs84(tmp_path):
    for name in ("a.topojson", "b.json"):
        layer = read_vector(only(geojson(tmp_path / name, topology())))
        assert layer.kind == "topojson"
        assert layer.datum == "WGS84"
        assert layer.frame.columns.tolist() == ["N03_001", "N03_007", "geometry"]
        assert layer.frame.total_bounds == pytest.approx([139.0, 35.0, 139.4, 35.4])


def test_topojson_cut_short_or_with_several_objects_is_refused(tmp_path):
    path = geojson(tmp_path / "a.topojson", topology()[:-20])
    with pytest.raises(SourceError, match=r"a\.topojson: JSONDecodeError"):
        read_vector(only(path))
    two = topology(objects={"a": {"geometries": []}, "b": {"geometries": []}})
    with pytest.raises(SourceError, match=r"a\.topojson: layers a, b; wanted: one"):
        read_vector(only(geojson(path, two)))


def test_a_geopackage_is_read_and_several_layers_are_refused(tmp_path):
    path = tmp_path / "a.gpkg"
    FRAME.to_file(path, layer="n03", driver="GPKG", engine="pyogrio")
    zipped = build.zipped(tmp_path / "a.zip", {"x/a.gpkg": path.read_bytes()})
    for source in (path, zipped):
        layer = read_vector(only(source))
        assert (layer.layer, len(layer.frame), layer.datum) == ("n03", 6, "JGD2011")
    FRAME.to_file(path, layer="more", driver="GPKG", engine="pyogrio")
    with pytest.raises(SourceError, match=r"a\.gpkg: layers n03, more; wanted: one"):
        read_vector(only(path))


def test_a_geopackage_cut_short_is_refused(tmp_path):
    path = tmp_path / "a.gpkg"
    FRAME.to_file(path, layer="n03", driver="GPKG", engine="pyogrio")
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(SourceError, match=r"a\.gpkg: cannot be read as gpkg"):
        read_vector(only(path))


def test_geoparquet_is_read_in_a_zip_too(tmp_path):
    path = tmp_path / "a.parquet"
    FRAME.rename_geometry("shape").to_parquet(path)
    zipped = build.zipped(tmp_path / "a.zip", {"x/a.parquet": path.read_bytes()})
    for source in (path, zipped):
        layer = read_vector(only(source))
        assert (len(layer.frame), layer.datum) == (6, "JGD2011")
        assert shapely.equals(layer.frame.geometry, FRAME.geometry).all()


def test_a_parquet_without_geometry_or_cut_short_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    pd.DataFrame({"N03_001": ["東京都"]}).to_parquet(path)
    with pytest.raises(SourceError, match=r"a\.parquet: cannot be read as GeoParquet"):
        read_vector(only(path))
    FRAME.to_parquet(path)
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(SourceError, match=r"a\.parquet: cannot be read as GeoParquet"):
        read_vector(only(path))


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(SourceError, match=r"a\.kml: ending '\.kml'; wanted: \.shp"):
        read_vector(Published(tmp_path / "a.kml"))


# --- GML ------------------------------------------------------------------------------

SQUARE = [(139.0, 35.0), (139.0, 35.1), (139.1, 35.1), (139.1, 35.0), (139.0, 35.0)]
ROW = FRAME.iloc[3]


def gml(tmp_path: Path, text: str, encoding: str = "utf-8") -> vector.VectorLayer:
    path = tmp_path / "a.xml"
    path.write_bytes(text.encode(encoding))
    return read_vector(only(path))


def one_feature(*elements: str) -> str:
    return build.gml_text("".join(elements) + build.boundary_text(1, ROW, "sf"))


def test_a_hole_and_latitude_before_longitude_are_understood(tmp_path):
    layer = gml(tmp_path, build.n03_gml(FRAME))
    assert len(layer.frame.geometry[0].interiors) == 1
    assert layer.frame.geometry[0].equals(FRAME.geometry[0])
    assert layer.layer == "AdministrativeBoundary"


def test_a_ring_of_several_curves_some_backwards_is_joined(tmp_path):
    oriented = (
        '\t<gml:OrientableCurve gml:id="_cv2" orientation="-">\n'
        '\t\t<gml:baseCurve xlink:href="#cv2"/>\n\t</gml:OrientableCurve>\n'
    )
    text = one_feature(
        build.curve_text("cv1", SQUARE[:3]),
        build.curve_text("cv2", SQUARE[:1:-1]),
        oriented,
        build.surface_text("sf", [["cv1", "_cv2"]]),
    )
    shape = gml(tmp_path, text).frame.geometry[0]
    assert shape.equals(shapely.Polygon(SQUARE))
    assert len(shape.exterior.coords) == 5


def test_an_inline_linear_ring_is_read(tmp_path):
    positions = " ".join(f"{lat} {lon}" for lon, lat in SQUARE)
    text = build.gml_text(
        '<ksj:AdministrativeBoundary gml:id="gy1"><ksj:area><gml:Surface>'
        "<gml:patches><gml:PolygonPatch><gml:exterior><gml:LinearRing>"
        f"<gml:posList>{positions}</gml:posList></gml:LinearRing></gml:exterior>"
        "</gml:PolygonPatch></gml:patches></gml:Surface></ksj:area>"
        "<ksj:cityName>千代田区</ksj:cityName></ksj:AdministrativeBoundary>"
    )
    frame = gml(tmp_path, text).frame
    assert frame.geometry[0].equals(shapely.Polygon(SQUARE))
    assert frame["N03_004"].tolist() == ["千代田区"]
    assert frame["N03_007"].isna().all()


@pytest.mark.parametrize(
    "elements",
    [
        [],
        [build.surface_text("sf", [["nowhere"]])],
        [build.curve_text("cv", SQUARE[:4]), build.surface_text("sf", [["cv"]])],
        [
            '<gml:CompositeCurve gml:id="cv"><gml:curveMember xlink:href="#cv"/>'
            "</gml:CompositeCurve>",
            build.surface_text("sf", [["cv"]]),
        ],
    ],
    ids=["no surface", "no curve", "open ring", "circle of references"],
)
def test_a_feature_whose_surface_cannot_be_built_is_rejected(tmp_path, elements):
    good, rejected = faults(gml(tmp_path, one_feature(*elements)))
    assert good.frame.empty
    assert rejected[["rule_id", "row", "value"]].to_numpy().tolist() == [
        ["bad_geometry", 1, "no geometry"]
    ]


def test_gml_cut_short_names_line_and_column(tmp_path):
    with pytest.raises(SourceError, match=r"a\.xml, line \d+, column \d+: .*wanted"):
        gml(tmp_path, build.n03_gml(FRAME)[:-300])


def test_an_empty_gml_is_refused(tmp_path):
    with pytest.raises(SourceError, match=r"a\.xml, line 1, column 1: no element"):
        gml(tmp_path, "")


def test_a_coordinate_that_is_no_number_names_the_curve(tmp_path):
    text = build.n03_gml(FRAME).replace("35.69 139.75", "35.69 13q.75", 1)
    with pytest.raises(SourceError, match=r"a\.xml, Curve cv4_0: posList \(.*13q"):
        gml(tmp_path, text)


def test_an_odd_number_of_coordinates_names_the_curve(tmp_path):
    text = build.n03_gml(FRAME).replace("35.69 139.75", "139.75", 1)
    with pytest.raises(SourceError, match=r"a\.xml, Curve cv4_0: posList"):
        gml(tmp_path, text)


def test_gml_in_another_encoding_than_declared_is_refused(tmp_path):
    with pytest.raises(SourceError, match=r"a\.xml: its text is not UTF-8.*wanted"):
        gml(tmp_path, build.n03_gml(FRAME), "cp932")


def test_gml_in_a_declared_shift_jis_is_read(tmp_path):
    text = build.n03_gml(FRAME).replace('encoding="UTF-8"', 'encoding="Shift_JIS"')
    frame = gml(tmp_path, text, "cp932").frame
    assert frame["N03_004"].tolist() == FRAME["N03_004"].tolist()


def test_gml_with_a_byte_order_mark_is_read(tmp_path):
    assert len(gml(tmp_path, build.n03_gml(FRAME), "utf-8-sig").frame) == 6


def test_gml_without_features_or_with_two_kinds_is_refused(tmp_path):
    with pytest.raises(SourceError, match=r"a\.xml: feature types none; wanted"):
        gml(tmp_path, build.gml_text(build.curve_text("cv1", SQUARE)))
    two = build.boundary_text(1, ROW) + "<ksj:Lake><ksj:name>湖</ksj:name></ksj:Lake>"
    with pytest.raises(SourceError, match="types AdministrativeBoundary, Lake; wanted"):
        gml(tmp_path, build.gml_text(two))


def test_gml_on_tokyo_datum_is_moved_and_on_no_datum_refused(tmp_path):
    layer = gml(tmp_path, build.n03_gml(FRAME, system="TD / (B, L)"))
    assert (layer.datum, layer.declared) == ("TOKYO", "TD / (B, L)")
    assert (layer.frame.total_bounds[1] - 34.7) / DEGREE_SECOND > 10
    with pytest.raises(SourceError, match=r"a\.xml: no coordinate reference system"):
        gml(tmp_path, build.n03_gml(FRAME, system=""))
    with pytest.raises(SourceError, match=r"system JGD2011 / TP; wanted: JGD2011"):
        gml(tmp_path, build.n03_gml(FRAME, system="JGD2011 / TP"))


def test_a_feature_of_another_dataset_keeps_its_element_names(tmp_path):
    text = build.gml_text(
        build.curve_text("cv", SQUARE)
        + build.surface_text("sf", [["cv"]])
        + '<ksj:Zone gml:id="z"><ksj:bounds xlink:href="#sf"/><ksj:A22_009>1'
        "</ksj:A22_009><ksj:since><gml:TimeInstant><gml:timePosition>2015"
        "</gml:timePosition></gml:TimeInstant></ksj:since></ksj:Zone>"
    )
    frame = gml(tmp_path, text).frame
    assert frame.columns.tolist() == ["A22_009", "since", "geometry"]
    assert frame.iloc[0].tolist()[:2] == ["1", "2015"]


# --- polygons -------------------------------------------------------------------------


def layer_of(shapes: list) -> vector.VectorLayer:
    frame = geopandas.GeoDataFrame({"n": range(len(shapes))}, geometry=shapes, crs=6668)
    rows = np.arange(len(shapes)) * 10 + 1
    return vector.VectorLayer(
        frame, "a.shp", "a", rows, "JGD2011", None, "EPSG:6668", "shp"
    )


def test_only_polygons_in_japan_stay_and_keep_their_numbers():
    shapes = [
        build.square(140, 40),
        None,
        shapely.Polygon(),
        shapely.Point(140, 40),
        build.square(40, 140 - 90),
        build.square(121.9999, 30),
        shapely.MultiPolygon([build.square(122, 20), build.square(153, 45)]),
    ]
    layer = layer_of(shapes)
    good, rejected = faults(layer)
    assert good.rows.tolist() == [1, 61]
    assert good.frame["n"].tolist() == [0, 6]
    assert good.frame.index.tolist() == [0, 1]
    assert dict(zip(rejected["row"], rejected["rule_id"], strict=True)) == {
        11: "bad_geometry",
        21: "bad_geometry",
        31: "bad_geometry",
        41: "outside_japan",
        51: "outside_japan",
    }
    assert rejected["value"].tolist()[:3] == ["no geometry", "empty Polygon", "Point"]
    assert len(layer.frame) == len(shapes)  # not modified


def test_a_bow_tie_is_repaired_with_a_warning_that_names_both_areas():
    bow_tie = shapely.Polygon([(140, 40), (140.1, 40.1), (140.1, 40), (140, 40.1)])
    good, rejected = faults(layer_of([bow_tie, build.square(140, 41)]))
    (shape, _) = good.frame.geometry
    assert shape.is_valid
    assert shape.area == pytest.approx(0.1 * 0.1 / 2)
    assert rejected[["rule_id", "severity", "row"]].to_numpy().tolist() == [
        ["repaired_geometry", "WARNING", 1]
    ]
    # 0.1 degree squares at 40 N are 8.54 km by 11.1 km; the halves of the tie cancel
    assert "m2 before" in rejected["value"][0]
    after = float(rejected["value"][0].split(", ")[1].split(" m2")[0])
    assert after == pytest.approx(8_540 * 11_104 / 2, rel=0.01)


def test_a_polygon_without_area_is_rejected():
    line = shapely.Polygon([(140, 40), (140.1, 40), (140, 40)])
    good, rejected = faults(layer_of([line, build.square(140, 40)]))
    assert good.rows.tolist() == [11]
    assert rejected["rule_id"].tolist() == ["bad_geometry"]
    assert rejected["value"][0].endswith("no area")


def test_heights_are_left_out(tmp_path):
    frame = FRAME.assign(geometry=shapely.force_3d(FRAME.geometry, 5.0))
    path = build.write_shapefile(tmp_path / "a.shp", frame)
    layer = read_vector(only(path))
    assert not shapely.has_z(layer.frame.geometry).any()


@pytest.mark.parametrize("x", ["NaN", "141.31"])
def test_a_ring_that_does_not_close_is_a_fault_of_its_feature(tmp_path, x):
    text = build.geojson_text(FRAME.iloc[3:5])
    text = text.replace("139.7505, 35.69", f"{x}, 35.69", 1)  # where the ring begins
    layer, rejected = faults(read_vector(only(geojson(tmp_path / "a.geojson", text))))
    assert rejected[["row", "rule_id"]].to_numpy().tolist() == [[1, "bad_geometry"]]
    assert layer.rows.tolist() == [2]


@pytest.mark.parametrize("name", ["junk", "EPSG::999999"])
def test_a_reference_system_that_nobody_knows_is_refused(tmp_path, name):
    path = geojson(tmp_path / "a.geojson", build.geojson_text(FRAME, crs=name))
    with pytest.raises(SourceError, match=rf"a\.geojson: .*{name}.* wanted: one such"):
        read_vector(only(path))


@pytest.mark.parametrize("name", ["EPSG::4326", "OGC:1.3:CRS84", None])
def test_wgs84_may_be_declared_in_any_way_or_not_at_all(tmp_path, name):
    path = geojson(tmp_path / "a.geojson", build.geojson_text(FRAME, crs=name))
    assert read_vector(only(path)).datum == "WGS84"
