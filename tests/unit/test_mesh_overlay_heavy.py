"""Cells with very many pieces: smaller cells, copies of one edge, near misses."""

import numpy as np
import pytest
import shapely

from geodata import mesh
from geodata.mesh.overlay import cell_shares, common_shares, sweep, union_shares
from tests.unit.overlay_shapes import (
    CELL,
    EAST,
    NORTH,
    SOUTH,
    WEST,
    WIDTH,
    at,
    by_code,
    covered_by_shapely,
    objects,
    stars,
    strip,
)


def discs(seed, count, radius):
    """Discs whose centres lie in the cell, at random."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(WEST, EAST, count), rng.uniform(SOUTH, NORTH, count)
    return shapely.buffer(shapely.points(x, y), radius * WIDTH)


@pytest.mark.parametrize(("count", "radius"), [(3_000, 0.004), (3_000, 0.02)])
def test_thousands_of_discs_in_one_cell_equal_shapelys_union(count, radius):
    areas = discs(1, count, radius)
    found = union_shares(areas, "m3")
    wanted = covered_by_shapely(found.code, "m3", areas)
    assert found.share == pytest.approx(wanted, abs=1e-10)
    assert 0.1 < by_code(found)[CELL] < 1


def test_discs_in_a_small_corner_of_a_large_cell_are_told_apart():
    areas = discs(2, 2_000, 0.005)
    found = union_shares(areas, "m1")
    cells = union_shares(areas, "m3")
    area = (cells.share * mesh.area_m2(cells.code, "m3")).sum()
    assert found.share * mesh.area_m2(found.code, "m1") == pytest.approx(area, rel=1e-9)


def test_long_lines_all_over_a_cell_equal_shapelys_union():
    rng = np.random.default_rng(3)
    ends = rng.uniform([WEST, SOUTH], [EAST, NORTH], (200, 2, 2))
    lines = shapely.buffer(shapely.linestrings(ends), 0.0005 * WIDTH)
    found = union_shares(lines, "m3")
    wanted = covered_by_shapely(found.code, "m3", lines)
    assert found.share == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("radius", [1e-4, 0.3, 0.9])
def test_a_thousand_copies_cover_what_one_does(radius):
    (one,) = discs(4, 1, radius)
    alone = cell_shares(objects(one), "m3")
    found = union_shares(np.repeat(objects(one), 1_000), "m3")
    own = alone.share > 1e-12
    assert found.code.tolist() == alone.code[own].tolist()
    assert found.share == pytest.approx(alone.share[own], abs=1e-12)


def test_copies_that_are_off_by_rounding_break_nothing():
    (one,) = stars(5, 1, reach=0.01)
    rng = np.random.default_rng(6)
    moved = [
        shapely.affinity.translate(one, *rng.normal(0, 1e-14, 2)) for _ in range(200)
    ]
    alone = by_code(cell_shares(objects(one), "m4"))
    for code, share in by_code(union_shares(objects(*moved), "m4")).items():
        assert share == pytest.approx(alone[code], abs=1e-9)


def test_smaller_cells_change_no_answer(monkeypatch):
    a, b = discs(7, 300, 0.05), stars(8, 30, spread=0.02, reach=0.01)
    usual = union_shares(a, "m4"), common_shares(a, b, "m4")
    monkeypatch.setattr(sweep, "_HEAVY", 4)
    finer = union_shares(a, "m4"), common_shares(a, b, "m4")
    for one, other in zip(usual, finer, strict=True):
        assert one.code.tolist() == other.code.tolist()
        assert other.share == pytest.approx(one.share, abs=1e-11)


def test_blocks_of_the_sweep_change_no_answer(monkeypatch):
    areas = discs(9, 200, 0.1)
    usual = union_shares(areas, "m4")
    monkeypatch.setattr(sweep, "_WORK_AT_ONCE", 1 << 10)
    monkeypatch.setattr(sweep, "_ENTRIES_AT_ONCE", 30)
    assert union_shares(areas, "m4").share == pytest.approx(usual.share, abs=1e-12)


def test_smaller_cells_close_a_cover_that_comes_from_the_west(monkeypatch):
    monkeypatch.setattr(sweep, "_HEAVY", 2)
    low, high = strip(-0.5, 0.5), at((-1, 0.5), (1, 0.5), (1, 1), (-1, 1))
    (share,) = covered_by_shapely(np.array([CELL]), "m3", objects(low, high))
    found = by_code(union_shares(objects(low, high), "m3"))
    assert found[CELL] == pytest.approx(share, abs=1e-11)
    assert share == pytest.approx(0.75, abs=1e-4)


@pytest.mark.parametrize("seed", range(8))
def test_coincident_edges_survive_smaller_cells(monkeypatch, seed):
    monkeypatch.setattr(sweep, "_HEAVY", 2)
    rng = np.random.default_rng(seed)
    cells = np.array(
        [CELL, *mesh.neighbor(np.full(3, CELL), "m3", [0, 1, 1], [1, 0, 1])]
    )
    triangles = [at(*rng.integers(0, 17, (3, 2)) / 8) for _ in range(10)]
    a, b = (objects(*(t for t in triangles[i::2] if t.area > 1e-9)) for i in (0, 1))
    for found, layers in (
        (union_shares(np.append(a, b), "m3"), [np.append(a, b)]),
        (common_shares(a, b, "m3"), [a, b]),
    ):
        shares = [by_code(found).get(cell, 0) for cell in cells.tolist()]
        wanted = covered_by_shapely(cells, "m3", *layers)
        assert shares == pytest.approx(wanted, abs=1e-10)
