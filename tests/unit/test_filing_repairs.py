"""Invalid coverage areas: repaired by consent only, before and after written down."""

import sqlite3
from contextlib import closing

import geopandas
import numpy as np
import pyogrio
import pytest
import shapely

from geodata.filings import CheckOptions, Tolerances, check_filings
from geodata.filings.areas import coverage_repair
from geodata.filings.areas.coverage_geometry import area_m2
from geodata.filings.areas.coverage_repair import TOO_CROWDED, propose_repairs
from geodata.filings.areas.repairs import write_repairs
from tests.unit.filing_builder import TODAY, found, write_filing
from tests.unit.filing_cases_coverage import (
    APART,
    AREA,
    BOW_TIE,
    MODEL_PLAN,
    NOTCHED,
    case,
    feature,
    filing,
    frame,
    geojson,
    gpkg,
    parquet,
)

# Shapes on a grid of 0.001 degrees about (139.7, 35.6); on it areas are counted by
# hand, up to the change of a degree of longitude with latitude.
STEP = 0.001


def at(*points):
    return [(139.7 + x * STEP, 35.6 + y * STEP) for x, y in points]


def box(west, south, east, north):
    return at((west, south), (east, south), (east, north), (west, north))


BIG = box(0, 0, 20, 20)
FAULTS = {
    # name: shape, reason, squares before by the ring formula, and after
    "bow-tie": (
        shapely.Polygon(at((0, 0), (2, 2), (2, 0), (0, 2))),
        "Self-intersection (自己交差)",
        0,
        2,
    ),
    "overlap with itself": (
        shapely.MultiPolygon(
            [shapely.Polygon(BIG), shapely.Polygon(box(10, 10, 30, 20))]
        ),
        "Self-intersection (自己交差)",
        600,
        500,
    ),
    "part in a part": (
        shapely.MultiPolygon([shapely.Polygon(BIG), shapely.Polygon(box(5, 5, 6, 6))]),
        "Nested shells (重なる外周)",
        401,
        400,
    ),
    "hole outside": (
        shapely.Polygon(BIG, [box(30, 30, 31, 31)]),
        "Hole lies outside shell (外周の外の穴)",
        399,
        401,
    ),
    "hole twice": (
        shapely.Polygon(BIG, [box(5, 5, 6, 6)] * 2),
        "Self-intersection (自己交差)",
        398,
        399,
    ),
    "hole in a hole": (
        shapely.Polygon(BIG, [box(5, 5, 8, 8), box(6, 6, 7, 7)]),
        "Holes are nested (穴の中の穴)",
        390,
        391,
    ),
    "spike": (
        shapely.Polygon(at((0, 0), (20, 0), (20, 20), (20, 30), (20, 20), (0, 20))),
        "Ring Self-intersection (輪の自己接触)",
        400,
        400,
    ),
    "touching ring": (
        shapely.Polygon(at((0, 0), (20, 0), (20, 20), (10, 0), (0, 20))),
        "Ring Self-intersection (輪の自己接触)",
        200,
        200,
    ),
}
SQUARE_M2 = float(area_m2(np.array([shapely.Polygon(box(0, 0, 1, 1))]))[0])


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_named_and_measured_before_and_after(name):
    shape, reason, before, after = FAULTS[name]
    repairs = propose_repairs(np.array([AREA, shape]), np.ones(2, bool), 1.0)
    assert repairs.at.tolist() == [1]
    assert repairs.reason == [reason]
    measured = [repairs.area_before_m2[0], repairs.area_after_m2[0]]
    wanted = [before * SQUARE_M2, after * SQUARE_M2]
    assert measured == pytest.approx(wanted, rel=1e-3, abs=1e-3)
    assert repairs.share[0] == pytest.approx(
        (after - before) / max(before, after), abs=1e-4
    )
    assert shapely.is_valid(repairs.after).all()


def test_what_is_covered_twice_stays_covered():
    shape = FAULTS["overlap with itself"][0]
    twice = shapely.Point(139.7 + 15 * STEP, 35.6 + 15 * STEP)
    repairs = propose_repairs(np.array([shape]), np.ones(1, bool), 1.0)
    assert shapely.contains(repairs.after[0], twice)


def test_an_area_without_area_has_no_repair():
    line = shapely.Polygon(at((0, 0), (4, 0), (0, 0)))
    repairs = propose_repairs(np.array([line]), np.ones(1, bool), 1.0)
    assert repairs.after.tolist() == [None]
    assert np.isnan(repairs.area_after_m2).all()
    assert repairs.is_offered.tolist() == [False]


def test_a_repair_that_fails_is_no_repair(monkeypatch, tmp_path):
    def fail(*_, **__):
        raise shapely.errors.GEOSException("TopologyException")

    monkeypatch.setattr(shapely, "make_valid", fail)
    report = case(feature(), feature(NOTCHED), accept_repairs=True)(tmp_path / "f")
    assert found(report) == {"coverage_geometry_beyond_repair"}
    assert report.coverage["line"].to_pylist() == [1]


def states(report):
    return {row["line"]: row["state"] for row in report.repairs.to_pylist()}


def test_without_consent_an_invalid_area_is_rejected_and_a_repair_shown(tmp_path):
    report = case(feature(), feature(NOTCHED))(tmp_path / "f")
    assert found(report) == {"coverage_geometry_invalid"}
    assert report.coverage["line"].to_pylist() == [1]
    assert states(report) == {2: "proposed"}


def test_with_consent_the_repaired_area_is_used_and_told(tmp_path):
    report = case(feature(APART), feature(NOTCHED), accept_repairs=True)(tmp_path / "f")
    assert found(report) == {"coverage_geometry_repaired"}
    used = report.coverage.to_pylist()[1]
    repair = report.repairs.to_pylist()[0]
    assert used["is_repaired"]
    assert used["geometry"] == repair["after"]
    assert used["area_m2"] == repair["area_after_m2"]
    assert repair["before"] == shapely.to_wkb(NOTCHED)
    assert repair["change_m2"] == repair["area_after_m2"] - repair["area_before_m2"]
    assert shapely.from_wkb(used["geometry"]).is_valid
    assert states(report) == {2: "applied"}


def test_consent_to_one_area_says_nothing_of_valid_ones(tmp_path):
    report = case(feature(), accept_repairs=True)(tmp_path / "f")
    assert not len(report.repairs)
    assert report.coverage["is_repaired"].to_pylist() == [False]


def test_a_repair_of_a_feature_that_is_rejected_otherwise_is_not_applied(tmp_path):
    report = case(feature(), feature(NOTCHED, as_of=None), accept_repairs=True)(
        tmp_path / "f"
    )
    assert found(report) == {"value_missing"}
    assert states(report) == {2: "proposed"}


def test_nothing_is_applied_in_a_filing_that_is_rejected(tmp_path):
    report = filing(
        tmp_path / "f",
        accept_repairs=True,
        coverage_geojson=geojson(feature(NOTCHED)),
        stations_csv="station_id\n",
    )
    assert not report.is_accepted
    assert states(report) == {1: "proposed"}
    assert report.coverage is None


@pytest.mark.parametrize(
    ("share", "rule_id"),
    [
        (1 / 401 + 1e-6, "coverage_geometry_repaired"),
        (1 / 401 - 1e-6, "coverage_geometry_beyond_repair"),
    ],
)
def test_the_tolerated_change_is_set(share, rule_id, tmp_path):
    shape = shapely.MultiPolygon(
        [shapely.Polygon(box(0, 0, 20, 20)), shapely.Polygon(box(5, 9.5, 6, 10.5))]
    )
    files = {"plan_toml": MODEL_PLAN, "coverage_geojson": geojson(feature(shape))}
    path = write_filing(tmp_path / "f", **files)
    options = CheckOptions(
        accept_repairs=True, tolerances=Tolerances(repair_share=share)
    )
    (report,) = check_filings([path], today=TODAY, options=options)
    is_kept = rule_id == "coverage_geometry_repaired"
    assert found(report) == {rule_id} | (set() if is_kept else {"no_row_accepted"})


def test_the_place_of_the_fault_gives_the_cell_of_the_finding(tmp_path):
    report = case(feature(), feature(BOW_TIE))(tmp_path / "f")
    (finding,) = report.findings.to_pylist()
    assert finding["mesh2"] == 533936  # of the crossing at 139.75, 35.65
    assert "139.75, 35.65" in finding["message_en"]
    assert "自己交差" in finding["message_ja"]


def scribble(count, seed=1, width=0.01):
    points = np.random.default_rng(seed).random((count, 2)) * width
    return shapely.Polygon(points + np.array([139.7, 35.6]))


def test_edges_that_all_cross_are_not_repaired(tmp_path):
    report = case(feature(), feature(scribble(2_000)), accept_repairs=True)(
        tmp_path / "f"
    )
    assert found(report) == {"coverage_geometry_beyond_repair"}
    assert report.repairs["after"].to_pylist() == [None]


@pytest.mark.parametrize("make", [lambda s: s, lambda s: shapely.MultiPolygon([s])])
def test_edges_that_all_cross_are_not_even_looked_at(make, monkeypatch):
    monkeypatch.setattr(coverage_repair, "MAX_CROWDING", 1_000_000)
    geometry = np.full(2, None, object)
    geometry[:] = [AREA, make(scribble(3_000))]
    repairs = propose_repairs(geometry, np.ones(2, bool), 1.0)
    assert repairs.at.tolist() == [1]
    assert repairs.reason == [TOO_CROWDED]
    assert np.isnan(repairs.lon).all()


def test_a_large_area_of_plain_form_is_looked_at_and_repaired():
    angle = np.linspace(0, 2 * np.pi, 300_000, endpoint=False)
    points = np.column_stack([139 + np.cos(angle), 36 + np.sin(angle)])
    points[[1000, 1001]] = points[[1001, 1000]]
    repairs = propose_repairs(
        np.array([shapely.Polygon(points)]), np.ones(1, bool), 1e-6
    )
    assert repairs.is_offered.tolist() == [True]


def test_many_crowded_areas_together_are_too_many_in_any_order():
    few = np.array([scribble(100, seed) for seed in range(30)])
    many = np.array([scribble(100, seed) for seed in range(300)])
    one = propose_repairs(few, np.ones(30, bool), 1.0)
    assert not shapely.is_missing(one.after).any()
    for order in (slice(None), slice(None, None, -1)):
        all_ = propose_repairs(many[order], np.ones(300, bool), 1.0)
        assert shapely.is_missing(all_.after).all()


def write(report, path):
    write_repairs(report, path)
    return {name: pyogrio.read_dataframe(path, layer=name) for name in LAYERS}


LAYERS = ("before", "after")
MIXED = (feature(NOTCHED), feature(), feature(BOW_TIE), feature(scribble(2_000)))


def test_before_and_after_stand_side_by_side_by_feature_number(tmp_path):
    report = case(*MIXED)(tmp_path / "f")
    layers = write(report, tmp_path / "f.repairs.gpkg")
    assert layers["before"]["line"].tolist() == [1, 3, 4]
    assert layers["after"]["line"].tolist() == [1, 3]
    assert layers["before"]["state"].tolist() == ["proposed", "refused", "refused"]
    assert layers["before"].crs == layers["after"].crs == 6668
    for name, frame_ in layers.items():
        assert set(frame_.geom_type) == {"MultiPolygon"}
        wanted = report.repairs[name].drop_null().to_pylist()
        parts = shapely.get_parts(frame_.geometry.to_numpy())
        assert parts.tolist() == shapely.get_parts(shapely.from_wkb(wanted)).tolist()
    row = layers["after"].iloc[0]
    repair = report.repairs.to_pylist()[0]
    names = ["reason", "area_before_m2", "area_after_m2", "change_m2", "change_pct"]
    assert row[names].tolist() == [repair[name] for name in names]


def test_columns_have_japanese_names_in_a_gis(tmp_path):
    report = case(*MIXED)(tmp_path / "f")
    write(report, tmp_path / "f.repairs.gpkg")
    with closing(sqlite3.connect(tmp_path / "f.repairs.gpkg")) as database:
        rows = database.execute(
            "SELECT table_name, column_name, title FROM gpkg_data_columns"
        ).fetchall()
    assert ("after", "change_pct", "面積の変化(%)") in rows
    assert {table for table, _, _ in rows} == set(LAYERS)


def test_equal_filings_give_equal_bytes_and_replace_what_was_there(tmp_path):
    report = case(*MIXED)(tmp_path / "f")
    first, second = tmp_path / "a.gpkg", tmp_path / "b.gpkg"
    second.write_bytes(b"earlier")
    for path in (first, second):
        write_repairs(report, path)
    assert first.read_bytes() == second.read_bytes()


def test_a_file_without_any_repair_still_shows_what_is_wrong(tmp_path):
    report = case(feature(), feature(scribble(2_000)))(tmp_path / "f")
    layers = write(report, tmp_path / "f.repairs.gpkg")
    assert [len(layers[name]) for name in LAYERS] == [1, 0]


def test_there_must_be_something_to_write(tmp_path):
    report = case(feature())(tmp_path / "f")
    with pytest.raises(ValueError, match="no invalid coverage area"):
        write_repairs(report, tmp_path / "f.repairs.gpkg")


@pytest.mark.parametrize("form", ["gpkg", "parquet"])
def test_repairs_are_the_same_in_every_form(form, tmp_path):
    plane = frame(NOTCHED, BOW_TIE).to_crs(6677)
    files = {
        "gpkg": lambda: {"coverage_gpkg": gpkg(x=plane)},
        "parquet": lambda: {"coverage_parquet": parquet(plane)},
    }
    report = filing(tmp_path / "f", True, **files[form]())
    plain = case(feature(NOTCHED), feature(BOW_TIE), accept_repairs=True)(
        tmp_path / "g"
    )
    assert states(report) == states(plain) == {1: "applied", 2: "refused"}
    for name in ("area_before_m2", "area_after_m2"):
        ours, theirs = report.repairs[name].to_numpy(), plain.repairs[name].to_numpy()
        assert ours == pytest.approx(theirs, rel=1e-6, abs=1)


def test_the_areas_of_repairs_are_equal_area_ones(tmp_path):
    report = case(feature(BOW_TIE))(tmp_path / "f")
    after = shapely.from_wkb(report.repairs["after"].to_pylist())
    measured = geopandas.GeoSeries(after, crs=6668).to_crs(6933).area
    assert report.repairs["area_after_m2"].to_pylist() == pytest.approx(measured)
