"""Coverage files of a filing: three forms, one reading, nothing passed over."""

import io
import json
import sqlite3
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pyogrio
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj.crs import BoundCRS, CompoundCRS
from pyproj.crs.coordinate_operation import ToWGS84Transformation

from geodata.filings import Limits
from tests.unit.filing_builder import check, found, write_filing
from tests.unit.filing_cases_coverage import (
    APART,
    AREA,
    FORMS,
    NOTCHED,
    OWN,
    areas,
    case,
    crs,
    feature,
    filing,
    frame,
    geojson,
    gpkg,
    messages,
    parquet,
)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("epsg", [6668, 4612, 4326, 6677, 2451, 32654, 3857, 6933])
def test_every_form_and_reference_system_gives_the_same_area(form, epsg, tmp_path):
    table = frame(AREA, APART).to_crs(epsg)
    report = filing(tmp_path / "f", **FORMS[form](table))
    assert found(report) == set()
    parts = shapely.get_parts(areas(report))  # a GeoPackage may make all of them multi
    wanted = shapely.get_parts([AREA, APART])
    assert shapely.equals_exact(parts, wanted, tolerance=1e-8).all()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("epsg", [4301, 30169, 4978, 4267])
def test_tokyo_datum_and_what_is_no_map_of_japan_are_refused(form, epsg, tmp_path):
    table = frame(AREA).set_crs(epsg, allow_override=True)
    report = filing(tmp_path / "f", **FORMS[form](table))
    assert report.filing["status_reason"] == "coverage_crs_unusable"
    assert (report.coverage, report.filing["accepted_count"]) == (None, 0)


TURNED = pyproj.CRS("+proj=ob_tran +o_proj=longlat +o_lat_p=40 +o_lon_p=0 +datum=WGS84")
SHIFTED = ToWGS84Transformation(pyproj.CRS(4612), 0, 0, 0)
HEIGHTS = "EPSG:6695"


@pytest.mark.parametrize("system", [TURNED, CompoundCRS("both", [TURNED, HEIGHTS])])
def test_degrees_from_another_pole_are_refused(system, tmp_path):
    content = parquet(frame(AREA, crs=system))
    report = filing(tmp_path / "f", coverage_parquet=content)
    assert found(report) == {"coverage_crs_unusable"}


@pytest.mark.parametrize(
    "system",
    [6697, BoundCRS(4612, 4326, SHIFTED), CompoundCRS("both", ["EPSG:6677", HEIGHTS])],
)
def test_heights_and_a_shift_beside_a_system_leave_it_usable(system, tmp_path):
    plane = system if pyproj.CRS(system).is_geographic else 6677
    table = frame(AREA).to_crs(plane).set_crs(system, allow_override=True)
    report = filing(tmp_path / "f", coverage_parquet=parquet(table))
    assert found(report) == set()
    assert shapely.equals_exact(areas(report)[0], AREA, tolerance=1e-8)


def test_a_system_without_a_name_is_told_by_what_it_is(tmp_path):
    system = pyproj.CRS("+proj=longlat +ellps=bessel")
    report = filing(tmp_path / "f", coverage_parquet=parquet(frame(crs=system)))
    assert "Bessel 1841" in messages(report, "coverage_crs_unusable")[0]


@pytest.mark.parametrize(
    ("member", "rule_id"),
    [
        (crs("foo"), "coverage_crs_unusable"),
        ({"type": "link"}, "coverage_crs_unusable"),
        ("EPSG:6668", None),
        (None, "coverage_crs_missing"),
        (crs("urn:ogc:def:crs:OGC:1.3:CRS84"), None),
    ],
)
def test_a_reference_system_of_geojson_is_never_guessed(member, rule_id, tmp_path):
    report = case(feature(), crs=member)(tmp_path / "f")
    assert report.filing["status_reason"] == rule_id


def test_a_geopackage_without_reference_system_is_refused(tmp_path):
    with pytest.warns(UserWarning, match="crs"):
        content = gpkg(coverage=frame(crs=None))
    report = filing(tmp_path / "f", coverage_gpkg=content)
    assert report.filing["status_reason"] == "coverage_crs_missing"


@pytest.fixture
def asked():
    """Address of a server in this process, and what it was asked for."""
    paths = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            paths.append(self.path)
            self.send_error(404)

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", paths
        server.shutdown()


@pytest.mark.parametrize("name", ["crs", "CRS", "geometry"])
def test_no_link_in_a_geojson_is_followed(name, asked, tmp_path):
    url, paths = asked
    link = {"type": "link", "properties": {"name": "EPSG:6668", "href": url}}
    area = feature()
    members = {} if name == "geometry" else {name: link}
    if name == "geometry":
        area["geometry"]["crs"] = link
    report = case(area, **members)(tmp_path / "f")
    assert report.filing["status_reason"] == "coverage_crs_unusable"
    assert paths == []


def test_a_reference_system_in_an_old_notation_is_no_warning_of_python(tmp_path):
    report = case(feature(), crs=crs("+init=epsg:6668"))(tmp_path / "f")
    assert report.coverage.num_rows == 1


ENDLESS = "WITH RECURSIVE n(fid) AS (SELECT 1 UNION ALL SELECT fid + 1 FROM n)"
CHANGED_DATABASES = {
    "the view 'coverage'": f"""
        ALTER TABLE coverage RENAME TO kept;
        CREATE VIEW coverage AS {ENDLESS} SELECT n.fid, geom, carrier, band_class,
        kept.as_of, outdoor FROM n, kept;""",
    "the computed column 'long'": """
        ALTER TABLE coverage ADD COLUMN long BLOB AS (zeroblob(900000000));""",
    "the virtual table 'words'": "CREATE VIRTUAL TABLE words USING fts5(word);",
    "2nd reference to page": """
        CREATE TABLE other (fid INTEGER PRIMARY KEY);
        PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET rootpage = (
            SELECT rootpage FROM sqlite_schema WHERE name = 'coverage'
        ) WHERE name = 'other';""",
}


@pytest.mark.parametrize("reason", CHANGED_DATABASES)
def test_a_geopackage_that_makes_rows_of_nothing_is_refused(reason, tmp_path):
    content = _changed(tmp_path, CHANGED_DATABASES[reason])
    report = filing(tmp_path / "f", coverage_gpkg=content)
    assert found(report) == {"coverage_unreadable"}
    assert reason in messages(report, "coverage_unreadable")[0]


def test_a_geopackage_that_a_program_left_open_is_read(tmp_path):
    content = _changed(tmp_path, "PRAGMA journal_mode = WAL;")
    assert content[18:20] == b"\2\2"
    assert filing(tmp_path / "f", coverage_gpkg=content).coverage.num_rows == 1


def _changed(folder, statements):
    """A good GeoPackage after SQL statements."""
    path = folder / "changed.gpkg"
    path.write_bytes(gpkg(coverage=frame()))
    database = sqlite3.connect(path)
    database.executescript(statements)
    database.close()
    return path.read_bytes()


UNREADABLE = {
    "no collection": json.dumps(feature()).encode(),
    "number": b"7",
    "no feature": geojson(feature(), 5),
    "feature without type": geojson(feature(), {"properties": OWN, "geometry": None}),
    "the word Feature": geojson(feature(), "Feature"),
    "not UTF-8": geojson(feature()).replace(b"sub6", b"\x83\x47"),
    "NaN": geojson(feature()).replace(b"139.7", b"NaN", 1),
    "nested too deep": b"[" * 200_000,
    "virtual file": b'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>'
    b"/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>",
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_geojson_that_is_not_read_whole_is_refused(name, tmp_path):
    report = filing(tmp_path / "f", coverage_geojson=UNREADABLE[name])
    assert found(report) == {"coverage_unreadable"}
    assert not report.is_accepted


def _described(geo):
    """GeoParquet with other words about its geometry."""
    table = pyarrow.parquet.read_table(io.BytesIO(parquet(frame())))
    out = io.BytesIO()
    table = table.replace_schema_metadata({b"geo": geo})
    pyarrow.parquet.write_table(table, out)
    return out.getvalue()


def test_other_forms_that_are_not_what_they_are_called_are_refused(tmp_path):
    database = gpkg(coverage=frame())
    plain = io.BytesIO()
    pyarrow.parquet.write_table(pa.table({"carrier": ["docomo"]}), plain)
    odd = parquet(frame(), geometry_encoding="geoarrow")
    cases = [
        {"coverage_gpkg": UNREADABLE["virtual file"]},
        {"coverage_gpkg": database[:2000]},
        {"coverage_gpkg": database.replace(b"GPKG", b"XXXX", 1)[:4096]},
        {"coverage_parquet": plain.getvalue()},
        {"coverage_parquet": parquet(frame())[:-9]},
        {"coverage_parquet": odd},
        {"coverage_parquet": _described(b"[]")},
        {"coverage_parquet": _described(b"{}")},
        {"coverage_parquet": _described(b'{"primary_column": "x", "columns": {}}')},
    ]
    for number, files in enumerate(cases):
        report = filing(tmp_path / f"{number}", **files)
        assert found(report) == {"coverage_unreadable"}, files
        assert "/vsimem" not in messages(report, "coverage_unreadable")[0]


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(FORMS)), st.integers(0, 10**6), st.binary(max_size=4))
def test_bytes_anywhere_in_a_coverage_file_raise_nothing(
    tmp_path_factory, form, at, noise
):
    ((name, content),) = FORMS[form](frame(AREA, NOTCHED)).items()
    at %= len(content)
    damaged = {name: content[:at] + noise + content[at + len(noise) :]}
    report = filing(tmp_path_factory.mktemp("noise") / "f", **damaged)
    row = report.filing
    assert row["read_count"] == row["accepted_count"] + row["rejected_count"]


def test_an_empty_file_and_one_without_features_are_refused(tmp_path):
    empty = filing(tmp_path / "a", coverage_geojson=b"")
    assert found(empty) == {"file_empty"}
    for name, files in {
        "b": {"coverage_geojson": geojson()},
        "c": {"coverage_gpkg": gpkg(coverage=frame().iloc[:0])},
        "d": {"coverage_parquet": parquet(frame().iloc[:0])},
    }.items():
        report = filing(tmp_path / name, **files)
        assert found(report) == {"table_without_rows"}


def test_coverage_alone_is_no_filing_and_comes_in_one_form(tmp_path):
    alone = filing(tmp_path / "a", stations_csv=None, coverage_geojson=geojson())
    assert found(alone) == {"table_missing"}
    twice = filing(
        tmp_path / "b",
        coverage_geojson=geojson(feature()),
        coverage_gpkg=gpkg(coverage=frame()),
    )
    assert found(twice) == {"table_twice"}


def test_without_coverage_its_rules_say_that_it_is_not_filed(tmp_path):
    report = check(write_filing(tmp_path / "f"))
    assert report.coverage is None
    assert len(report.repairs) == 0
    assert report.reasons_not_run["coverage_geometry_invalid"] == "not_filed"


def test_values_of_any_type_are_read_as_they_are_meant(tmp_path):
    typed = frame().assign(as_of=pd.to_datetime(["2021-03-31"]), outdoor=["TRUE"])
    for number, form in enumerate(("gpkg", "parquet")):
        report = filing(tmp_path / f"{number}", **FORMS[form](typed))
        assert found(report) == set()
        row = report.coverage.to_pylist()[0]
        assert (row["as_of"], row["outdoor"]) == (date(2021, 3, 31), True)


def test_columns_are_held_against_the_format(tmp_path):
    absent = filing(tmp_path / "a", coverage_gpkg=gpkg(x=frame().drop(columns="as_of")))
    assert absent.filing["status_reason"] == "header_column_missing"
    more = filing(tmp_path / "b", coverage_parquet=parquet(frame(note="x")))
    assert found(more) == {"header_column_unknown"}
    nested = frame().assign(outdoor=[["a", "b"]])
    listed = filing(tmp_path / "c", coverage_parquet=parquet(nested))
    assert found(listed) == {"column_type"}


def test_boxes_and_styles_that_programs_add_are_no_columns_of_the_filing(tmp_path):
    boxed = parquet(frame(), write_covering_bbox=True, schema_version="1.1.0")
    assert found(filing(tmp_path / "a", coverage_parquet=boxed)) == set()
    path = tmp_path / "styled.gpkg"
    pyogrio.write_dataframe(frame(), path, layer="areas")
    pyogrio.write_dataframe(pd.DataFrame({"style": ["x"]}), path, layer="layer_styles")
    styled = filing(tmp_path / "b", coverage_gpkg=path.read_bytes())
    assert found(styled) == set()


@pytest.mark.parametrize("form", FORMS)
def test_more_areas_than_the_limit_of_rows_are_not_read(form, tmp_path):
    path = write_filing(tmp_path / "f", **FORMS[form](frame(*[AREA] * 5)))
    assert check(path, limits=Limits(max_rows=5)).coverage.num_rows == 5
    report = check(path, limits=Limits(max_rows=4))
    assert found(report) == {"table_row_count"}
    assert report.filing["accepted_count"] == 0


def test_a_bomb_of_one_area_for_every_row_is_refused_unread(tmp_path):
    content = parquet(frame(*[AREA.buffer(0.01)] * 500))
    path = write_filing(tmp_path / "f", coverage_parquet=content)
    report = check(path, limits=Limits(max_unpacked_bytes=300_000))
    assert found(report) == {"filing_too_large"}
    assert check(path).is_accepted
