"""Rings that run one way in degrees and the other way in the equal-area plane."""

import numpy as np
import pytest
import shapely
from hypothesis import assume, example, given
from hypothesis import strategies as st
from overlay_shapes import by_code, flat, objects

from geodata import mesh
from geodata.mesh.levels import level_named
from geodata.mesh.overlay import cell_shares, common_shares, rings, union_shares

START, END = np.array([139.75, 35.66]), np.array([139.80, 35.70])
FAR = shapely.box(139.6, 35.6, 139.9, 35.8)


def sliver(dlon, dlat):
    """Give the long edge and a vertex next to its middle."""
    return [START, END, (START + END) / 2 + [dlon, dlat]]


def area(found):
    """Square metres that cells with shares cover."""
    return float((mesh.area_m2(found.code, "m4") * found.share).sum())


def is_turned(ring):
    """Whether it runs the other way in the plane."""
    polygon = shapely.Polygon(ring)
    rings = (shapely.get_exterior_ring(one) for one in (polygon, flat([polygon])[0]))
    return len({bool(shapely.is_ccw(ring)) for ring in rings}) == 2


def test_the_example_runs_the_other_way_in_the_plane():
    assert is_turned(sliver(5e-7, -4e-7))


@given(st.floats(-2e-6, 2e-6), st.floats(-2e-6, 2e-6))
@example(5e-7, -4e-7)
def test_a_sliver_covers_its_area_in_the_plane(dlon, dlat):
    polygon = objects(shapely.Polygon(sliver(dlon, dlat)))
    assume(shapely.is_valid(polygon[0]))
    wanted = pytest.approx(flat(polygon)[0].area, abs=1e-4)
    assert area(cell_shares(polygon, "m4")) == wanted
    assert area(union_shares(polygon, "m4")) == wanted
    assert area(common_shares(polygon, objects(FAR), "m4")) == wanted


def test_a_narrow_hole_is_cut_out_by_its_area_in_the_plane():
    ring = sliver(5e-7, -4e-7)
    holed = shapely.Polygon(FAR.exterior, [ring])
    whole, left = (area(cell_shares(objects(one), "m4")) for one in (FAR, holed))
    hole = flat([shapely.Polygon(ring)])[0].area
    assert whole - left == pytest.approx(hole, abs=1e-3)


def test_a_sliver_between_two_long_rings_of_many_blocks_is_turned(monkeypatch):
    discs = [shapely.Point(139.7 + 0.2 * i, 35.7).buffer(0.04) for i in range(2)]
    parts = [discs[0], shapely.Polygon(sliver(5e-7, -4e-7)), discs[1]]
    areas = objects(*parts, shapely.MultiPolygon(parts[1:]))
    usual = cell_shares(areas, "m4")
    monkeypatch.setattr(rings, "_AT_ONCE", 7)
    found = cell_shares(areas, "m4")
    assert (found.code == usual.code).all()
    assert found.share == pytest.approx(usual.share, abs=1e-12)


def test_in_degrees_a_sliver_has_its_area_in_degrees():
    ring = sliver(5e-7, -4e-7)
    found = cell_shares(objects(shapely.Polygon(ring)), "m4", plane="degrees")
    cells = found.share.sum() * (1 / 160) * (1 / 240)
    assert cells == pytest.approx(shapely.Polygon(ring).area, rel=1e-6)


def test_few_corners_over_many_cells_make_a_block_of_their_own(monkeypatch):
    boxes = objects(*(shapely.box(139 + x, 35, 140.5 + x, 36.5) for x in (0, 1, 2)))
    grid = level_named("m4")
    assert len(rings.polygon_blocks(boxes)) == 1
    assert len(rings.polygon_blocks(boxes, grid)) == 1
    usual = by_code(union_shares(boxes, "m4"))
    monkeypatch.setattr(rings, "_AT_ONCE", 1_000)
    assert len(rings.polygon_blocks(boxes)) == 1
    assert len(rings.polygon_blocks(boxes, grid)) == 3
    assert by_code(union_shares(boxes, "m4")) == usual
