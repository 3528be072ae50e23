"""What two unions share in each cell: by hand, by identity, and by shapely."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodata import mesh
from geodata.mesh.overlay import common, common_shares, rings, union, union_shares
from tests.unit.overlay_shapes import (
    CELL,
    EAST,
    NORTH,
    SOUTH,
    WEST,
    at,
    by_code,
    covered_by_shapely,
    objects,
    stars,
    strip,
)

EAST_CELL = mesh.neighbor(CELL, "m3", 0, 1)


def common_of(a, b, **options):
    return by_code(common_shares(objects(*a), objects(*b), "m3", **options))


def test_strips_share_their_overlap():
    assert common_of([strip(0.25, 1.5)], [strip(0.5, 1.25)]) == {
        CELL: pytest.approx(0.5, abs=5e-12),
        EAST_CELL: pytest.approx(0.25, abs=5e-12),
    }


def test_whole_cells_share_all_and_need_no_sweep(monkeypatch):
    def no_sweep(_):
        raise AssertionError("swept")

    monkeypatch.setattr(common, "_covered", no_sweep)
    assert common_of([strip(0, 2)], [strip(0, 1)]) == {CELL: 1}
    half = common_of([strip(0, 2)], [strip(0.5, 1)])
    assert half == {CELL: pytest.approx(0.5, abs=5e-12)}


def test_a_whole_cell_and_two_overlapping_parts_share_the_union_of_these():
    thirds = [strip(0, 0.5), strip(0.25, 0.75)]
    assert common_of([strip(0, 1)], thirds) == {CELL: pytest.approx(0.75, abs=5e-12)}
    assert common_of(thirds, [strip(0, 1)]) == {CELL: pytest.approx(0.75, abs=5e-12)}


def test_neighbours_share_nothing():
    assert common_of([strip(0, 0.5)], [strip(0.5, 1)]) == {}
    assert common_of([strip(0, 1)], [strip(1, 2)]) == {}


def test_nothing_shares_nothing():
    for a, b in (([], [strip(0, 1)]), ([strip(0, 1)], [None]), ([], [])):
        assert common_of(a, b) == {}


def test_towns_share_a_coverage_among_them():
    lower, upper = at((0, 0), (1, 0), (1, 1)), at((0, 0), (1, 1), (0, 1))
    found = common_shares(
        objects(strip(0, 0.5)),
        objects(lower, upper),
        "m3",
        group_a=np.array([4]),
        group_b=np.array([13101, 13102]),
    )
    assert found.group_a.tolist() == [4, 4]
    assert found.group_b.tolist() == [13101, 13102]
    assert found.code.tolist() == [CELL, CELL]
    assert found.share == pytest.approx([0.125, 0.375], abs=2e-5)
    assert found.share.sum() == pytest.approx(0.5, abs=5e-12)


def test_rows_are_one_per_groups_and_cell_in_order():
    a, b = stars(1, 40), stars(2, 50)
    group_a, group_b = np.arange(40) % 3 - 1, np.arange(50) % 4 * 10
    found = common_shares(a, b, "m4", group_a=group_a, group_b=group_b)
    rows = list(
        zip(found.group_a.tolist(), found.group_b.tolist(), found.code.tolist(),
            strict=True)
    )  # fmt: skip
    assert len(set(rows)) == len(rows)
    groups = [row[:2] for row in rows]
    assert groups == sorted(groups)
    assert set(groups) == {(p, q) for p in (-1, 0, 1) for q in (0, 10, 20, 30)}
    for p, q in set(groups):
        own = (found.group_a == p) & (found.group_b == q)
        alone = common_shares(a[group_a == p], b[group_b == q], "m4")
        assert found.code[own].tolist() == alone.code.tolist()
        assert found.share[own] == pytest.approx(alone.share, abs=1e-11)


def test_shares_equal_shapelys_intersections_of_unions():
    a, b = stars(3, 300, spread=0.2), stars(4, 200, spread=0.2)
    found = common_shares(a, b, "m4")
    edge = np.flatnonzero(found.share < 1)
    chosen = np.random.default_rng(5).permutation(edge)[:800]
    wanted = covered_by_shapely(found.code[chosen], "m4", a, b)
    assert found.share[chosen] == pytest.approx(wanted, abs=1e-9)


@given(st.integers(0, 10_000), st.integers(1, 9), st.integers(1, 9))
def test_union_and_common_add_up_to_both(seed, count_a, count_b):
    a, b = stars(seed, count_a, 0.02), stars(seed + 1, count_b, 0.02)
    both = by_code(union_shares(np.append(a, b), "m4"))
    one, other = by_code(union_shares(a, "m4")), by_code(union_shares(b, "m4"))
    shared = by_code(common_shares(a, b, "m4"))
    assert set(both) == set(one) | set(other)
    assert set(shared) <= set(one) & set(other)
    for code, share in both.items():
        total = one.get(code, 0) + other.get(code, 0)
        assert share + shared.get(code, 0) == pytest.approx(total, abs=1e-10)


@given(st.integers(0, 10_000), st.integers(1, 9))
def test_an_area_and_its_complement_share_a_coverage_between_them(seed, count):
    (area,) = stars(seed, 1, 0.02)
    box = shapely.box(139.8, 35.85, 140, 36.05)
    rest = shapely.Polygon(box.exterior, [area.exterior])
    coverage = stars(seed + 1, count, 0.02)
    alone = by_code(union_shares(coverage, "m4"))
    group = np.array([0, 1])
    found = common_shares(coverage, objects(area, rest), "m4", group_b=group)
    total = dict.fromkeys(alone, 0.0)
    for code, share in by_code_and_group(found):
        total[code] += share
    assert total == pytest.approx(alone, abs=1e-10)


def by_code_and_group(found):
    return zip(found.code.tolist(), found.share.tolist(), strict=True)


def test_blocks_and_workers_change_nothing(monkeypatch):
    a, b = stars(6, 60), stars(7, 80)
    options = {"group_a": np.arange(60) % 2, "group_b": np.arange(80) % 5}
    usual = common_shares(a, b, "m4", **options)
    monkeypatch.setattr(rings, "_AT_ONCE", 500)
    monkeypatch.setattr(union, "_FEWEST", 100)
    monkeypatch.setattr(union, "_MOST", 900)
    one = common_shares(a, b, "m4", **options)
    two = common_shares(a, b, "m4", **options, workers=2)
    assert (one.share == two.share).all()
    assert (one.code == two.code).all()
    assert one.code.tolist() == usual.code.tolist()
    assert one.share == pytest.approx(usual.share, abs=1e-12)


def test_municipalities_of_a_coverage_add_up_to_it():
    x = np.linspace(WEST - 0.02, EAST + 0.02, 5)
    towns = shapely.box(x[:-1], SOUTH - 0.02, x[1:], NORTH + 0.02)
    coverage = shapely.buffer(shapely.points(x[1:4], [SOUTH, NORTH, SOUTH]), 0.008)
    found = common_shares(coverage, towns, "m4", group_b=np.arange(4))
    code, place = np.unique(found.code, return_inverse=True)
    alone = union_shares(coverage, "m4")
    order = np.argsort(alone.code)
    assert code.tolist() == alone.code[order].tolist()
    total = np.bincount(place, found.share)
    assert total == pytest.approx(alone.share[order], abs=1e-11)
