"""Exact shares of cells under unions: by hand, by identity, and by shapely."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodata import mesh
from geodata.errors import CoordinateError
from geodata.mesh.overlay import cell_shares, rings, union, union_shares
from tests.unit.overlay_shapes import (
    CELL,
    EAST,
    HEIGHT,
    NORTH,
    SOUTH,
    WEST,
    WIDTH,
    at,
    by_code,
    covered_by_shapely,
    objects,
    star_ring,
    stars,
    strip,
)

EAST_CELL = mesh.neighbor(CELL, "m3", 0, 1)
NORTH_CELL = mesh.neighbor(CELL, "m3", 1, 0)
NORTH_EAST_CELL = mesh.neighbor(CELL, "m3", 1, 1)
EXACT = 1e-12


def union_of(*polygons, level="m3"):
    return by_code(union_shares(objects(*polygons), level))


def test_overlap_counts_once_in_each_of_two_by_two_cells():
    assert union_of(strip(0.25, 1.25, rows=2), strip(0.75, 1.75, rows=2)) == {
        CELL: pytest.approx(0.75, abs=5e-12),
        EAST_CELL: pytest.approx(0.75, abs=5e-12),
        NORTH_CELL: pytest.approx(0.75, abs=5e-12),
        NORTH_EAST_CELL: pytest.approx(0.75, abs=5e-12),
    }


def test_strips_that_abut_at_the_middle_cover_exactly_half_together():
    halves = strip(0, 0.25), strip(0.25, 0.5)
    assert union_of(*halves) == {CELL: pytest.approx(0.5, abs=5e-12)}


def test_identical_polygons_cover_what_one_does():
    one = at((0.1, 0.2), (1.7, 0.3), (0.4, 1.6))
    alone = by_code(cell_shares(objects(one), "m3"))
    assert union_of(one, one, one) == pytest.approx(alone, abs=EXACT)


def test_a_polygon_within_another_adds_nothing():
    outer, inner = strip(0.1, 0.9), at((0.2, 0.2), (0.8, 0.2), (0.5, 0.8))
    assert union_of(outer, inner) == pytest.approx(union_of(outer), abs=EXACT)


@pytest.mark.parametrize("x", [0.1, 1 / 3, 0.5, 0.7])
def test_abutting_polygons_leave_no_gap(x):
    assert union_of(strip(0, x), strip(x, 1)) == {CELL: pytest.approx(1, abs=EXACT)}


def test_triangles_on_both_sides_of_a_diagonal_fill_the_cell():
    lower, upper = at((0, 0), (1, 0), (1, 1)), at((0, 0), (1, 1), (0, 1))
    assert union_of(lower, upper) == {CELL: pytest.approx(1, abs=EXACT)}


def test_polygons_on_one_side_of_a_common_edge_cover_as_the_larger():
    small, large = at((0, 0), (1, 0), (1, 1)), at((0, 0), (2, 0), (1, 1))
    assert union_of(small, large) == pytest.approx(union_of(large), abs=EXACT)


def test_a_hole_is_filled_by_another_polygon():
    hole = shapely.box(
        WEST + WIDTH / 4, SOUTH + HEIGHT / 4, EAST - WIDTH / 4, NORTH - HEIGHT / 4
    )
    ring = strip(0, 1).difference(hole)
    assert union_of(ring)[CELL] == pytest.approx(0.75, abs=1e-5)
    assert union_of(ring, hole)[CELL] == pytest.approx(1, abs=EXACT)


def test_an_island_in_a_hole_adds_its_own_area():
    hole = shapely.box(
        WEST + WIDTH / 8, SOUTH + HEIGHT / 8, EAST - WIDTH / 8, NORTH - HEIGHT / 8
    )
    island = at((0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6))
    ring = strip(0, 1).difference(hole)
    parts = union_of(ring)[CELL] + union_of(island)[CELL]
    assert union_of(ring, island)[CELL] == pytest.approx(parts, abs=EXACT)


def test_edges_on_grid_lines_and_vertices_on_corners_stay_in_their_cells():
    diamond = at((1, 0), (2, 1), (1, 2), (0, 1))
    tall, wide = strip(0, 1, rows=2), strip(0, 2)
    assert union_of(diamond, tall, wide) == {
        CELL: 1,
        EAST_CELL: 1,
        NORTH_CELL: 1,
        NORTH_EAST_CELL: pytest.approx(0.5, abs=2e-5),  # rows are not quite linear
    }


def test_a_union_reaches_over_the_edge_of_a_primary_mesh():
    box = shapely.box(139.99, 35.99, 140.01, 36.01)
    both = objects(box, shapely.affinity.translate(box, 0.003, 0.002))
    found = union_shares(both, "m4")
    primaries = mesh.parent(found.code, "m4", "m1")
    assert set(primaries.tolist()) == {5339, 5340, 5439, 5440}
    wanted = covered_by_shapely(found.code, "m4", both)
    assert found.share == pytest.approx(wanted, abs=1e-9)


def test_cells_inside_one_polygon_are_no_edge():
    found = union_shares(objects(strip(-1.5, 2.5, rows=3), strip(0.2, 0.3)), "m3")
    inside = dict(zip(found.code.tolist(), (~found.is_edge).tolist(), strict=True))
    assert inside[NORTH_CELL]
    assert not inside[mesh.neighbor(CELL, "m3", 1, 2)]
    assert found.share[~found.is_edge] == pytest.approx(1, abs=0)


def test_groups_keep_apart_and_keep_their_numbers():
    polygons = objects(strip(0, 0.5), None, strip(0.25, 0.75), shapely.Polygon())
    found = union_shares(polygons, "m3", group=np.array([70, 70, -3, 5]))
    assert found.polygon.tolist() == [-3, 70]
    assert found.share == pytest.approx([0.5, 0.5], abs=5e-12)


def test_a_group_covers_as_if_it_were_alone():
    polygons, group = stars(1, 60), np.arange(60) % 3
    found = union_shares(polygons, "m4", group=group)
    for number in range(3):
        alone = union_shares(polygons[group == number], "m4")
        own = found.polygon == number
        assert (found.code[own] == alone.code).all()
        assert found.share[own] == pytest.approx(alone.share, abs=EXACT)
        assert (found.is_edge[own] == alone.is_edge).all()


@pytest.mark.parametrize("polygons", [(), (None,), (shapely.Polygon(), None)])
def test_nothing_covers_nothing(polygons):
    found = union_shares(objects(*polygons), "m4")
    assert len(found.code) == len(found.share) == len(found.polygon) == 0


def test_a_touch_leaves_no_entry():
    assert set(union_of(strip(0, 1), strip(0, 1))) == {CELL}


@pytest.mark.parametrize(
    "group",
    [
        np.zeros(3, int),
        np.zeros((2, 1), int),
        np.zeros(2),
        ["a", "b"],
        np.array([2**63, 1], "u8"),
    ],
)
def test_groups_that_do_not_fit_the_polygons_are_refused(group):
    with pytest.raises(ValueError, match=r"one whole number \(int64\) for each of 2"):
        union_shares(objects(strip(0, 1), strip(0, 1)), "m3", group=group)


def test_no_workers_are_refused():
    with pytest.raises(ValueError, match="workers must be 1 or more, not 0"):
        union_shares(objects(strip(0, 1)), "m3", workers=0)


def test_a_polygon_that_overlaps_itself_is_named():
    twice = shapely.MultiPolygon([strip(0, 1)] * 2)
    with pytest.raises(CoordinateError, match=f"Polygon 1 covers cell {CELL} by 2"):
        union_shares(objects(strip(0, 1), twice), "m3", workers=2)


@pytest.mark.parametrize("level", ["m3", "m4"])
def test_shares_equal_shapelys_unions_on_random_boundary_cells(level):
    areas = stars(2, 800, spread=0.3)
    found = union_shares(areas, level)
    edge = np.flatnonzero(found.share < 1)
    chosen = np.random.default_rng(3).permutation(edge)[:1_000]
    assert len(chosen) > 700
    wanted = covered_by_shapely(found.code[chosen], level, areas)
    assert found.share[chosen] == pytest.approx(wanted, abs=1e-9)


LATTICE = st.tuples(st.integers(0, 8), st.integers(0, 8))


@st.composite
def lattice_triangles(draw):
    corners = draw(st.lists(LATTICE, min_size=3, max_size=3, unique=True))
    return at(*((x / 4, y / 4) for x, y in corners))


@given(st.lists(lattice_triangles(), min_size=1, max_size=8))
def test_coincident_edges_and_corners_equal_shapelys_union(triangles):
    triangles = [t for t in triangles if t.area > 1e-9]  # not three in a row
    found = union_of(*triangles)
    cells = np.array([CELL, EAST_CELL, NORTH_CELL, NORTH_EAST_CELL])
    wanted = covered_by_shapely(cells, "m3", objects(*triangles))
    assert set(found) <= set(cells.tolist())
    shares = [found.get(cell, 0) for cell in cells.tolist()]
    assert shares == pytest.approx(wanted, abs=1e-9)


@given(st.integers(0, 10_000), st.integers(1, 12))
def test_a_union_covers_at_least_each_and_at_most_the_sum(seed, count):
    areas = stars(seed, count, spread=0.02)
    each = cell_shares(areas, "m4")
    found = by_code(union_shares(areas, "m4"))
    code, place = np.unique(each.code, return_inverse=True)
    total = np.bincount(place, each.share)
    most = np.zeros(len(code))
    np.maximum.at(most, place, each.share)
    share = np.array([found.get(cell, 0) for cell in code.tolist()])
    assert set(found) <= set(code.tolist())
    assert (share >= most - 1e-11).all()
    assert (share <= np.minimum(total, 1) + 1e-11).all()


@given(st.integers(0, 10_000), st.integers(1, 3))
def test_sectors_of_an_area_cover_what_the_whole_does(seed, width):
    centre, ring = star_ring(np.random.default_rng(seed), reach=0.02, corners=24)
    sectors = [
        shapely.Polygon([centre, *(ring[(i + step) % 24] for step in range(width + 1))])
        for i in range(24)
    ]
    whole = by_code(cell_shares(objects(shapely.Polygon(ring)), "m4"))
    found = by_code(union_shares(objects(*sectors), "m4"))
    whole = {code: share for code, share in whole.items() if share > 1e-11}
    assert {c: s for c, s in found.items() if s > 1e-11} == pytest.approx(
        whole, abs=1e-11
    )


@given(st.integers(0, 10_000))
def test_the_order_of_the_polygons_does_not_matter(seed):
    areas = stars(seed, 12, spread=0.02)
    found = by_code(union_shares(areas, "m4"))
    assert by_code(union_shares(areas[::-1], "m4")) == pytest.approx(found, abs=1e-11)


@pytest.mark.parametrize("at_once", [150, 1_000])
def test_blocks_do_not_matter_and_workers_change_no_bit(monkeypatch, at_once):
    areas, group = stars(4, 120), np.arange(120) // 70
    usual = union_shares(areas, "m4", group=group)
    monkeypatch.setattr(rings, "_AT_ONCE", at_once)  # a polygon has up to 80 vertices
    monkeypatch.setattr(union, "_FEWEST", 50)
    monkeypatch.setattr(union, "_MOST", 400)
    one, two, three = (
        union_shares(areas, "m4", group=group, workers=workers) for workers in (1, 2, 3)
    )
    for other in (two, three):
        assert (one.code == other.code).all()
        assert (one.share == other.share).all()
        assert (one.is_edge == other.is_edge).all()
    assert (one.code == usual.code).all()
    assert one.share == pytest.approx(usual.share, abs=EXACT)


def test_a_polygon_of_many_blocks_is_one_polygon(monkeypatch):
    areas = stars(5, 6, corners=300)
    large = shapely.union_all(areas)
    wanted = by_code(cell_shares(objects(large), "m4"))
    both = objects(large, *areas)
    usual = by_code(union_shares(both, "m4"))
    monkeypatch.setattr(rings, "_AT_ONCE", 64)
    assert by_code(cell_shares(objects(large), "m4")) == pytest.approx(
        wanted, abs=EXACT
    )
    assert by_code(union_shares(both, "m4")) == pytest.approx(usual, abs=EXACT)
