"""Vector files: the datum they declare, and what is done about it.

The files are format-synthetic: see ``vector_files.py``.
"""

import numpy as np
import pyproj
import pytest
import shapely
import vector_files as build
from vector_files import only, written

from geodata.datum import geographic_epsg, reference_system_epsg
from geodata.errors import SourceError
from geodata.readers.files import vector
from geodata.readers.files.vector import read_vector

FRAME = build.N03_BEFORE_2024
DEGREE_SECOND = 1 / 3600


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
    path = written(tmp_path / "a.geojson", build.geojson_text(FRAME, crs))
    assert read_vector(only(path)).datum == datum


@pytest.mark.parametrize("name", ["EPSG::4326", "OGC:1.3:CRS84", None])
def test_wgs84_may_be_declared_in_any_way_or_not_at_all(tmp_path, name):
    path = written(tmp_path / "a.geojson", build.geojson_text(FRAME, crs=name))
    assert read_vector(only(path)).datum == "WGS84"


@pytest.mark.parametrize("name", ["junk", "EPSG::999999"])
def test_a_reference_system_that_nobody_knows_is_refused(tmp_path, name):
    path = written(tmp_path / "a.geojson", build.geojson_text(FRAME, crs=name))
    with pytest.raises(SourceError, match=rf"a\.geojson: .*{name}.* wanted: one such"):
        read_vector(only(path))


def test_reference_systems_are_known_by_their_japanese_names():
    assert reference_system_epsg("JGD2011/(B,L)") == 6668
    assert reference_system_epsg("JGD2000 / (B, L)") == 4612
    assert reference_system_epsg("JGD2011 / TP") is None


def test_a_greek_prime_meridian_is_no_jgd():
    wkt = build.JGD2011_PRJ.replace(
        'PRIMEM["Greenwich",0.0]', 'PRIMEM["Athens",23.7163375]'
    )
    assert geographic_epsg(pyproj.CRS.from_wkt(wkt)) is None
