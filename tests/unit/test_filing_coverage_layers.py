"""Layers of coverage areas: sizes, overlaps, land, details, days."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata import mesh
from geodata.filings import Tolerances
from geodata.filings.areas import coverage_cells
from geodata.filings.areas.coverage_cells import LEVEL, measure, reach_of
from geodata.filings.areas.coverage_geometry import area_m2
from geodata.filings.areas.coverage_shapes import slivers, small_holes
from geodata.mesh.overlay import cell_shares
from tests.unit.filing_builder import check, found, write_filing
from tests.unit.filing_cases_coverage import (
    APART,
    AREA,
    BENT,
    BUSAN,
    MODEL_PLAN,
    OPEN_SEA,
    case,
    feature,
    filing,
    frame,
    geojson,
    messages,
    parquet,
)

FAR_KM = 20.0
WEST, SOUTH, EAST, NORTH = mesh.bounds(533946113, LEVEL)
STEP_LON, STEP_LAT = EAST - WEST, NORTH - SOUTH
CELL_M2 = mesh.area_m2(533946113, LEVEL)


def cells(west, south, east, north):
    """Box in cells of 500 m from the south-west corner of cell 533946113."""
    return shapely.box(
        WEST + west * STEP_LON,
        SOUTH + south * STEP_LAT,
        WEST + east * STEP_LON,
        SOUTH + north * STEP_LAT,
    )


def measured(*areas):
    geometry = np.array(areas, object)
    return measure(geometry, reach_of(geometry).cells, FAR_KM)


def test_shares_of_a_layer_are_added_and_the_largest_kept():
    sums = measured(cells(0, 0, 2, 1), cells(0.5, 0, 1, 1)).sums
    is_whole = sums.total > 1e-9
    assert sums.code[is_whole].tolist() == [533946113, 533946114]
    assert sums.total[is_whole] == pytest.approx([1.5, 1])
    assert sums.most[is_whole] == pytest.approx([1, 1])
    assert sums.at_most_m2.sum() == pytest.approx(2 * CELL_M2)


def test_what_lies_beyond_another_layer_is_measured():
    one, other = measured(cells(0, 0, 3, 1)).sums, measured(cells(1, 0, 2.25, 1)).sums
    assert one.beyond_m2(other).sum() == pytest.approx(1.75 * CELL_M2)
    assert other.beyond_m2(one).sum() == pytest.approx(0, abs=1e-3)
    assert one.beyond_m2(measured().sums).sum() == pytest.approx(3 * CELL_M2)
    assert measured().sums.beyond_m2(one).sum() == 0


def test_what_is_drawn_twice_is_measured_by_cell():
    sums = measured(cells(0, 0, 2, 1), cells(0.5, 0, 1, 1), cells(1, 0, 2, 1)).sums
    twice = dict(zip(sums.code.tolist(), sums.twice_m2, strict=True))
    assert twice[533946113] == pytest.approx(CELL_M2 / 2)
    assert twice[533946114] == pytest.approx(CELL_M2)
    assert sum(twice.values()) == pytest.approx(1.5 * CELL_M2)


@pytest.mark.parametrize("at_once", [1, 10, 1 << 21])
def test_blocks_of_areas_change_nothing(at_once, monkeypatch):
    areas = [cells(n / 3, 0, n / 3 + 2, 2) for n in range(9)]
    whole = measured(*areas, BUSAN)
    monkeypatch.setattr(coverage_cells, "_CELLS_AT_ONCE", at_once)
    split = measured(*areas, BUSAN)
    assert split.sums.code.tolist() == whole.sums.code.tolist()
    assert split.sums.total == pytest.approx(whole.sums.total)
    assert split.far_m2 == pytest.approx(whole.far_m2)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(*[st.floats(0, 4)] * 4), min_size=1, max_size=6))
def test_what_is_covered_lies_between_the_largest_share_and_the_sum(sides):
    areas = [
        cells(min(a, b), min(c, d), max(a, b) + 0.1, max(c, d) + 0.1)
        for a, b, c, d in sides
    ]
    sums = measured(*areas).sums
    union = cell_shares(np.array([shapely.union_all(areas)]), LEVEL)
    covered = np.zeros(len(sums.code))
    covered[np.searchsorted(sums.code, np.sort(union.code))] = union.share[
        np.argsort(union.code)
    ]
    assert (covered >= sums.most - 1e-9).all()
    assert (covered <= sums.at_most + 1e-9).all()


def test_the_cells_that_areas_reach_are_told_beforehand():
    reach = reach_of(np.array([cells(0, 0, 20, 10), None], object))
    # 200 cells, 60 grid lines along the sides, 4 edges; two edges of 20, two of 10.
    assert reach.cells == pytest.approx([264, 0])
    assert reach.long_edges == pytest.approx([2 * 12 + 2 * 2, 0])


def test_a_comb_of_long_edges_is_refused(tmp_path):
    count = 80_000
    lat = 35 + np.arange(count) * 1e-6
    lon = np.where(np.arange(count) % 4 < 2, 138.0, 140.0)
    comb = shapely.Polygon([*zip(lon, lat, strict=True), (137, lat[-1]), (137, 35)])
    assert comb.is_valid
    report = filing(tmp_path / "f", coverage_parquet=parquet(frame(AREA, comb)))
    assert found(report) == {"coverage_long_edges"}
    assert "feature 2" in messages(report, "coverage_long_edges")[0]
    assert report.filing["accepted_count"] == 0


LAYER_RULES = {
    "a layer of the least size": ([AREA], {}, set()),
    "a layer below the least size": (
        [AREA],
        {"layer_least_km2": 5.0},
        {"coverage_layer_area"},
    ),
    "areas that abut": ([cells(0, 0, 3.3, 5), cells(3.3, 0, 9, 5)], {}, set()),
    "areas that overlap": (
        [cells(0, 0, 3.3, 5), cells(3.2, 0, 9, 5)],
        {},
        {"coverage_layer_overlap"},
    ),
    "half of it at sea": (
        [AREA, OPEN_SEA],
        {"off_land_share": 0.97, "off_land_km": 1_000.0},
        set(),
    ),
    "most of it at sea": (
        [AREA, OPEN_SEA],
        {"off_land_share": 0.9, "off_land_km": 1_000.0},
        {"coverage_off_land"},
    ),
    "abroad": (
        [AREA, APART, BUSAN],
        {"off_land_share": 1.0},
        {"coverage_far_from_land"},
    ),
}


@pytest.mark.parametrize("name", LAYER_RULES)
def test_a_layer_is_held_against_the_tolerances(name, tmp_path):
    shapes, tolerances, wanted = LAYER_RULES[name]
    files = {"coverage_geojson": geojson(*map(feature, shapes))}
    path = write_filing(tmp_path / "f", plan_toml=MODEL_PLAN, **files)
    report = check(path, tolerances=Tolerances(**tolerances))
    assert found(report) == wanted
    assert len(report.coverage) == len(shapes)


def test_a_layer_is_told_with_a_cell_to_look_at(tmp_path):
    twice = [cells(0, 0, 5, 5), cells(1, 1, 5, 5)]
    report = case(*map(feature, twice))(tmp_path / "a")
    (text,) = messages(report, "coverage_layer_overlap")
    total, once = (
        area_m2(np.array(shapes, object)).sum() / 1e6 for shapes in (twice, twice[:1])
    )
    assert f"add up to {total:.2f} km2 and cover at most {once:.2f} km2" in text
    assert "most of all in cell 533946212." in text  # one cell north-east
    far = case(feature(), feature(OPEN_SEA))(tmp_path / "b")
    first = mesh.encode(140.0 + 1e-6, 34.0 + 1e-6, LEVEL)
    for rule_id in ("coverage_off_land", "coverage_far_from_land"):
        (text,) = messages(far, rule_id)
        assert f"such as in cell {first}." in text
    inside = [
        feature(cells(0, 0, 10, 10)),
        feature(cells(0, 1, 10, 10), band_class="all"),
    ]
    (text,) = messages(case(*inside)(tmp_path / "c"), "coverage_outside_all")
    assert "most of them in cell 533946113." in text


def test_an_upper_bound_is_called_one(tmp_path):
    """Two equal areas of 0.3 cells: what is known is 0.6 cells at most."""
    files = {"coverage_geojson": geojson(*[feature(cells(0, 0, 0.3, 1))] * 2)}
    path = write_filing(tmp_path / "f", plan_toml=MODEL_PLAN, **files)
    report = check(path, tolerances=Tolerances(layer_least_km2=0.2))
    (text,) = messages(report, "coverage_layer_area")
    assert f"cover at most {0.6 * CELL_M2 / 1e6:.2f} km2" in text


def test_square_kilometres_abroad_are_told_by_area(tmp_path):
    report = case(feature(), feature(BUSAN))(tmp_path / "f")
    (row,) = [
        one
        for one in report.findings.to_pylist()
        if one["rule_id"] == "coverage_far_from_land"
    ]
    km2 = area_m2(np.array([BUSAN]))[0] / 1e6
    assert row["line"] == 2
    assert row["message_en"].startswith(
        f"{km2:.2f} km2 of the area lie more than 20 km"
    )


def test_an_area_of_no_plausible_size_is_told_with_its_unit(tmp_path):
    small, large = cells(0, 0, 0.001, 0.001), shapely.box(130, 30, 145, 42)
    report = case(feature(small), feature(large))(tmp_path / "f")
    texts = messages(report, "coverage_area_range")
    assert [text.split(";")[0] for text in texts] == [
        "The area has 0.262 m2",
        f"The area has {area_m2(np.array([large]))[0] / 1e6:,.0f} km2",
    ]
    limit = cells(0, 0, 0.0062, 0.0062)  # some 10.05 m2
    kept = case(feature(limit), feature())(tmp_path / "g")
    assert "coverage_area_range" not in found(kept)


def test_details_name_the_area_that_has_most_of_them(tmp_path):
    holes = cells(1, 1, 1.5, 1.5), cells(3, 3, 3.5, 3.5)
    shapes = [
        cells(20, 0, 26, 6) - cells(21, 1, 21.5, 1.5),
        cells(0, 0, 6, 6) - holes[0] - holes[1],
    ]
    report = case(*map(feature, shapes))(tmp_path / "f")
    (text,) = messages(report, "coverage_small_holes")
    assert "3 holes in 2 areas" in text
    assert "most of them in feature 2" in text
    assert "(0.20 km2 together)" in text
    corners = shapely.get_coordinates(holes[0])
    assert any(f"such as at {lon:.6f}, {lat:.6f}." in text for lon, lat in corners)


def test_indoor_areas_and_other_days_and_classes_do_not_overlap(tmp_path):
    others = [
        feature(outdoor=False),
        feature(band_class="mmwave"),
        feature(as_of="2020-12-31"),
    ]
    report = case(feature(), *others)(tmp_path / "f")
    assert found(report) == {"coverage_outdoor"}


def test_a_rejected_area_takes_no_part(tmp_path):
    report = case(feature(), feature(carrier="kddi"))(tmp_path / "f")
    assert found(report) == {"coverage_carrier_differs"}


def test_a_band_class_within_all_passes_and_one_beyond_is_told(tmp_path):
    both = [feature(cells(0, 0, 10, 10)), feature(cells(0, 0, 9, 10), band_class="all")]
    report = case(*both)(tmp_path / "a")
    (text,) = messages(report, "coverage_outside_all")
    wanted = area_m2(np.array([cells(9, 0, 10, 10)]))[0] / 1e6
    assert text.startswith(
        f"At least {wanted:.2f} km2 of sub6 as of 2021-03-31 (10.0 %)"
    )
    inside = [both[0], feature(cells(0, 0, 10, 10), band_class="all")]
    assert found(case(*inside)(tmp_path / "b")) == set()
    parts = [feature(cells(0, 0, 5, 10), band_class="all")]
    parts += [feature(cells(5, 0, 10, 10), band_class="all")]
    assert found(case(both[0], *parts)(tmp_path / "c")) == set()
    later = [both[0], feature(AREA, band_class="all", as_of="2020-09-30")]
    report = case(*later)(tmp_path / "d")
    assert "coverage_outside_all" not in report.rules_run


def test_slivers_are_counted_by_width_and_by_area():
    thin = shapely.box(139.7, 35.6, 139.7 + 1.5e-5, 35.7)  # some 1.4 m
    tiny = shapely.box(139.8, 35.6, 139.8 + 2.5e-5, 35.6 + 2.5e-5)  # some 2 m x 3 m
    pixel = shapely.box(139.9, 35.6, 139.9 + 1.2e-4, 35.6 + 1e-4)  # some 10 m
    areas = np.array([AREA, shapely.MultiPolygon([thin, pixel, tiny]), tiny], object)
    details = slivers(areas, 2.0, 10.0)
    assert (details.count, details.area_count, details.most_at) == (3, 2, 1)
    assert details.area_m2 == pytest.approx(area_m2(np.array([thin, tiny, tiny])).sum())
    assert thin.covers(shapely.Point(details.lon, details.lat))


def test_holes_are_measured_against_a_cell():
    outer = cells(0, 0, 10, 10)
    small, large = cells(1.25, 1.25, 1.75, 1.75), cells(4, 4, 6, 5)
    details = small_holes(np.array([outer, outer - small - large, outer - large]))
    assert (details.count, details.area_count, details.most_at) == (1, 1, 1)
    assert details.area_m2 == pytest.approx(CELL_M2 / 4, rel=1e-3)
    none = small_holes(np.array([outer]))
    assert (none.count, none.area_m2) == (0, 0)
    assert np.isnan([none.lon, none.lat]).all()


DAYS = {
    "2019-03-31": {"coverage_as_of_range"},
    "2019-04-01": {"coverage_outdated"},
    "2020-03-29": {"coverage_outdated"},
    "2020-03-30": set(),
    "2021-03-31": set(),
    "2021-04-01": {"coverage_planned"},
    "2036-03-31": {"coverage_planned"},
    "2036-04-01": {"coverage_as_of_range"},
}


@pytest.mark.parametrize("day", DAYS)
def test_areas_are_of_a_day_that_can_be_meant(day, tmp_path):
    good = feature(band_class="mmwave")
    report = case(good, feature(as_of=day))(tmp_path / "f")
    assert found(report) == DAYS[day]
    is_kept = "coverage_as_of_range" not in found(report)
    assert len(report.coverage) == 1 + is_kept


def test_old_areas_beside_new_ones_of_the_class_are_no_fault(tmp_path):
    days = ("2019-09-30", "2021-03-31", "2022-03-31")
    report = case(*(feature(as_of=day) for day in days))(tmp_path / "f")
    assert found(report) == {"coverage_planned"}


def test_an_area_that_is_bent_across_itself_is_rejected_alone(tmp_path):
    abroad = shapely.transform(BENT, lambda points: points - np.array([20, 0]))
    report = case(feature(), feature(BENT), feature(), feature(abroad))(tmp_path / "f")
    assert found(report) == {
        "coverage_crosses_in_plane",
        "coverage_layer_overlap",
        "coverage_outside_japan",
    }
    assert report.coverage["line"].to_pylist() == [1, 3]


def _long_triangle(rng):
    """Triangle with edges of some 200 km, and a hole whose tip is close to one."""
    start, end = rng.uniform([135, 34], [136, 35]), rng.uniform([138, 36], [139, 37])
    third = start + (end - start) * 0.2 + rng.choice([-1, 1]) * np.array([0.1, -0.1])
    middle = (start + end + third) / 3
    on_edge = start + rng.uniform(0.4, 0.6) * (end - start)
    tip = on_edge + (middle - on_edge) * 10 ** rng.uniform(-9, -0.5)
    return shapely.Polygon([start, end, third], [[tip, middle, (middle + third) / 2]])


def test_every_accepted_area_can_be_put_on_cells(tmp_path):
    rng = np.random.default_rng(1)
    shapes = [_long_triangle(rng) for _ in range(200)]
    report = filing(tmp_path / "f", coverage_parquet=parquet(frame(*shapes)))
    refused = {
        row["line"] - 1
        for row in report.findings.to_pylist()
        if row["rule_id"] == "coverage_crosses_in_plane"
    }
    crossing = set(np.flatnonzero(~frame(*shapes).to_crs(6933).is_valid.to_numpy()))
    impossible = {at for at, shape in enumerate(shapes) if not _has_shares(shape)}
    assert impossible <= refused <= impossible | crossing
    assert 50 <= len(refused) <= 150
    kept = shapely.from_wkb(report.coverage["geometry"].to_numpy())
    assert len(kept) == len(shapes) - len(refused)
    assert (cell_shares(kept, LEVEL).share <= 1).all()


def _has_shares(shape):
    try:
        cell_shares(np.array([shape]), LEVEL)
    except mesh.CoordinateError:
        return False
    return True
