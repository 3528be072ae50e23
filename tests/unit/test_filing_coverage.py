"""Coverage areas of a filing, checked feature by feature."""

import io
import sqlite3
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
import shapely

from geodata import mesh
from geodata.filings import Waiver, check_filings, read_filing
from tests.unit.filing_builder import PLAN, TODAY, check, found, write_filing
from tests.unit.filing_cases_coverage import (
    AREA,
    BOW_TIE,
    FORMS,
    HALVES,
    MODEL_PLAN,
    NOTCHED,
    OPEN,
    POINT,
    areas,
    case,
    feature,
    filing,
    frame,
    geojson,
    gpkg,
    messages,
    parquet,
    ring,
)

CELL = shapely.box(*mesh.bounds(np.array([53394611]), "m3")[0])


def test_an_accepted_area_is_handed_on_as_filed(tmp_path):
    report = case(feature(CELL), feature(HALVES, band_class="all"))(tmp_path / "f")
    assert report.coverage.drop_columns(["geometry", "area_m2"]).to_pylist() == [
        {
            "carrier": "docomo",
            "plan_id": "docomo-2019",
            "file": "coverage.geojson",
            "line": line,
            "band_class": band_class,
            "as_of": date(2021, 3, 31),
            "outdoor": True,
            "is_repaired": False,
        }
        for line, band_class in ((1, "sub6"), (2, "all"))
    ]
    assert areas(report).tolist() == [CELL, HALVES]
    assert report.table_counts[-1].table == "coverage"
    assert report.filing["accepted_count"] == 3 + 2


def test_the_area_of_a_grid_cell_is_that_of_the_standard(tmp_path):
    report = case(feature(CELL))(tmp_path / "f")
    assert report.coverage["area_m2"][0].as_py() == pytest.approx(
        1_046_281.328, rel=1e-9
    )


ATTRIBUTES = {
    "value_missing": {"as_of": None},
    "date_format": {"as_of": "2021/03/31"},
    "boolean_format": {"outdoor": 1},
    "band_class_unknown": {"band_class": "5G"},
    "formula_cell": {"band_class": "=1+1"},
    "band_class_unknown ": {"band_class": ["sub6"]},
    "date_format ": {"as_of": {"type": "Feature"}},
    "coverage_carrier_differs": {"carrier": "DOCOMO"},
}


@pytest.mark.parametrize("rule_id", ATTRIBUTES)
def test_a_wrong_value_rejects_its_feature_alone(rule_id, tmp_path):
    report = case(feature(), feature(**ATTRIBUTES[rule_id]))(tmp_path / "f")
    assert rule_id.strip() in found(report)
    assert report.is_accepted
    assert report.coverage["line"].to_pylist() == [1]
    assert report.table_counts[-1].rejected_count == 1


def test_outdoor_that_is_not_said_is_not_taken_for_true(tmp_path):
    unsaid = feature()
    del unsaid["properties"]["outdoor"]
    report = case(unsaid)(tmp_path / "f")
    assert found(report) == {"coverage_outdoor"}
    assert report.open_warning_count == 1
    assert report.coverage["outdoor"].to_pylist() == [None]


def test_the_carrier_can_acknowledge_indoor_areas_by_feature(tmp_path):
    text = 'acknowledged = [{rule = "coverage_outdoor", reason = "駅構内", '
    text += 'file = "coverage.geojson", lines = [2]}]'
    plan = MODEL_PLAN.replace("[[band", f"{text}\n[[band", 1)
    content = geojson(*[feature(outdoor=False)] * 3)
    report = filing(tmp_path / "f", plan_toml=plan, coverage_geojson=content)
    states = report.findings.to_pylist()
    assert [row["state"] for row in states] == ["open", "acknowledged", "open"]


CURVE = bytes.fromhex("010a00000001000000") + bytes.fromhex("0108000000") + bytes(4)
KINDS = {
    "Point": POINT,
    "LineString": shapely.LineString([(139.7, 35.6), (139.8, 35.7)]),
    "MultiPoint": shapely.MultiPoint([(139.7, 35.6)]),
    "GeometryCollection": shapely.GeometryCollection([AREA]),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", FORMS)
def test_only_areas_are_coverage(kind, form, tmp_path):
    report = filing(tmp_path / "f", **FORMS[form](frame(AREA, KINDS[kind])))
    assert found(report) == {"coverage_geometry_type"}
    assert report.coverage["line"].to_pylist() == [1]
    assert kind in messages(report, "coverage_geometry_type")[0]


def _with_wkb(*wkb):
    """GeoParquet of the features whose geometry is any bytes."""
    table = pyarrow.parquet.read_table(io.BytesIO(parquet(frame(*[AREA] * len(wkb)))))
    at = table.column_names.index("geometry")
    out = io.BytesIO()
    column = pa.array(wkb, pa.binary())
    pyarrow.parquet.write_table(table.set_column(at, "geometry", column), out)
    return out.getvalue()


def test_bytes_that_are_no_area_are_told_apart(tmp_path):
    whole = shapely.to_wkb(AREA)
    big = shapely.to_wkb(AREA, byte_order=0)
    heights = shapely.to_wkb(shapely.force_3d(AREA, 1), flavor="extended")
    content = _with_wkb(whole, big, heights, CURVE, whole[:40], b"", b"\x01", None)
    report = filing(tmp_path / "f", coverage_parquet=content)
    lines = {
        row["line"]: (row["rule_id"], row["value"])
        for row in report.findings.to_pylist()
        if row["line"]
    }
    assert lines == {
        4: ("coverage_geometry_type", "CurvePolygon"),
        5: ("coverage_ring_open", "Polygon"),
        6: ("coverage_geometry_type", "unknown"),
        7: ("coverage_geometry_type", "unknown"),
        8: ("coverage_geometry_empty", None),
    }
    assert areas(report).tolist() == [AREA] * 3


NOTHING = {
    "null": None,
    "empty": {"type": "Polygon", "coordinates": []},
    "empty parts": {"type": "MultiPolygon", "coordinates": []},
    "text in coordinates": ring(("a", 35.6), (139.8, 35.6), (139.8, 35.7)),
}


@pytest.mark.parametrize("name", NOTHING)
def test_a_feature_without_area_is_rejected(name, tmp_path):
    report = case(feature(), feature(NOTHING[name]))(tmp_path / "f")
    assert "coverage_geometry_empty" in found(report)
    assert report.coverage["line"].to_pylist() == [1]


def test_heights_are_told_once_and_let_go(tmp_path):
    high = shapely.force_3d(AREA, 30)
    report = filing(tmp_path / "f", coverage_gpkg=gpkg(x=frame(AREA, high, high)))
    (text,) = messages(report, "coverage_3d")
    assert text.startswith("2 features")
    assert "feature 2 is the first" in text
    assert not shapely.has_z(areas(report)).any()
    assert report.open_warning_count == 0


with np.errstate(invalid="ignore"):
    NO_NUMBER = shapely.Polygon([(139, 35), (140, 35), (140, float("nan"))])

PLACES = {
    "coverage_lat_lon_swapped": shapely.box(35.6, 139.7, 35.7, 139.8),
    "coverage_antimeridian": shapely.box(-178, 30, 178, 40),
    "coverage_coordinate_not_finite": NO_NUMBER,
}


@pytest.mark.parametrize("rule_id", PLACES)
def test_an_area_that_cannot_be_measured_is_rejected(rule_id, tmp_path):
    with np.errstate(invalid="ignore"):
        content = parquet(frame(AREA, PLACES[rule_id]))
    report = filing(tmp_path / "f", accept_repairs=True, coverage_parquet=content)
    assert found(report) == {rule_id}
    assert report.coverage["line"].to_pylist() == [1]


@pytest.mark.parametrize(
    ("west", "south", "east", "north"),
    [(122, 24, 123, 25), (153, 45, 154, 46), (122, 45.5, 128, 46)],
)
def test_areas_up_to_the_edge_of_japan_pass(west, south, east, north, tmp_path):
    report = case(feature(shapely.box(west, south, east, north)))(tmp_path / "f")
    assert "coverage_outside_japan" in report.rules_run
    assert "coverage_outside_japan" not in found(report)


def test_plane_coordinates_called_degrees_are_off_the_globe(tmp_path):
    plane = frame(AREA).to_crs(6677).set_crs(6668, allow_override=True)
    report = filing(tmp_path / "f", coverage_gpkg=gpkg(x=plane))
    assert found(report) == {"coverage_antimeridian", "no_row_accepted"}


def test_a_filing_none_of_whose_areas_is_accepted_is_rejected(tmp_path):
    report = case(feature(outdoor="yes"), feature(BOW_TIE))(tmp_path / "f")
    assert "no_row_accepted" in found(report)
    assert not report.is_accepted
    one_good = case(feature(BOW_TIE), feature())(tmp_path / "g")
    assert one_good.is_accepted
    assert len(one_good.coverage) == 1


@pytest.mark.parametrize("number", [0, -1])
def test_an_undefined_system_of_a_geopackage_is_a_missing_one(number, tmp_path):
    path = tmp_path / "coverage.gpkg"
    path.write_bytes(gpkg(x=frame(AREA)))
    with sqlite3.connect(path) as database:
        database.execute("UPDATE gpkg_geometry_columns SET srs_id = ?", (number,))
        database.execute(
            "UPDATE gpkg_contents SET srs_id = ? WHERE data_type = 'features'",
            (number,),
        )
    database.close()
    report = filing(tmp_path / "f", coverage_gpkg=path.read_bytes())
    assert found(report) == {"coverage_crs_missing"}


def test_changes_that_are_not_in_the_geopackage_yet_reject_it(tmp_path):
    files = {"plan_toml": MODEL_PLAN, "coverage_gpkg": gpkg(x=frame(AREA))}
    folder = write_filing(tmp_path / "f", **files)
    (folder / "coverage.gpkg-wal").write_bytes(b"")
    assert found(check(folder)) == {"file_unknown"}
    (folder / "coverage.gpkg-wal").write_bytes(b"pages")
    report = check(folder)
    assert found(report) == {"geopackage_open"}
    assert not report.is_accepted


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Coverage.parquet", "coverage.parquet"),
        ("coverage.TIF", "coverage.tif"),
        ("coverage.tiff", "coverage.gpkg, coverage.parquet, coverage.geojson"),
        ("stations.shp", "stations.csv, stations.parquet"),
    ],
)
def test_a_table_under_nearly_its_name_is_a_warning(name, meant, tmp_path):
    folder = write_filing(tmp_path / "f", stations_csv=None)
    write_filing(tmp_path / "f")
    (folder / name).write_bytes(b"x")
    (finding,) = check(folder).findings.to_pylist()
    assert (finding["rule_id"], finding["severity"]) == ("file_misnamed", "WARNING")
    assert meant in finding["message_en"]


@pytest.mark.parametrize("name", ["coverage.tif.aux.xml", "coverage.tfw", "note.csv"])
def test_files_beside_a_table_are_only_told(name, tmp_path):
    folder = write_filing(tmp_path / "f")
    (folder / name).write_bytes(b"x")
    assert found(check(folder)) == {"file_unknown"}


def test_a_filing_that_is_not_in_force_hands_on_no_area(tmp_path):
    coverage = geojson(feature())
    first = write_filing(tmp_path / "a", coverage_geojson=coverage)
    plan = PLAN.replace("as_of = 2021-03-31", "as_of = 2021-04-01")
    other = write_filing(tmp_path / "b", plan_toml=plan, coverage_geojson=coverage)
    reports = check_filings([first, other], today=TODAY)
    rejected = [report for report in reports if not report.is_accepted]
    assert [report.coverage for report in rejected] == [None] * len(rejected)
    assert rejected
    assert all(r.table_counts[-1].accepted_count == 0 for r in rejected)


def test_no_waiver_lets_an_invalid_area_pass(tmp_path):
    waiver = Waiver(
        "coverage_geometry_beyond_repair", "docomo", "x", "総務省", date(2022, 1, 1)
    )
    path = write_filing(tmp_path / "f", coverage_geojson=geojson(feature(BOW_TIE)))
    report = check(path, waivers=(waiver,))
    assert "no_row_accepted" in found(report)
    assert not report.is_accepted


def test_the_order_of_features_decides_nothing(tmp_path):
    features = [feature(), feature(BOW_TIE), feature(NOTCHED), feature(OPEN)]
    once = case(*features, accept_repairs=True)(tmp_path / "a")
    back = case(*features[::-1], accept_repairs=True)(tmp_path / "b")
    assert areas(once).tolist() == areas(back)[::-1].tolist()
    assert found(once) == found(back)


def test_reading_alone_gives_the_areas_too(tmp_path):
    path = write_filing(tmp_path / "f", coverage_geojson=geojson(feature()))
    assert len(read_filing(path, today=TODAY).coverage) == 1
