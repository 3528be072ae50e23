"""Polygons of sets of 500 m cells: ragged, valid, and true to their cells."""

import numpy as np
import pytest
import shapely

from geodata import mesh
from geodata.mesh.overlay import cell_shares, union_shares
from geodata.scenario.area_sets import Taste, closed
from geodata.scenario.area_shapes import area_polygons
from tests.unit.scenario_land import land_of, primary_mesh
from tests.unit.scenario_sets import drawn, frame_of, places

CELL = 1 / 240 / 160  # square degrees
SEED = 11
RING = "...... .####. .#..#. .#..#. .####. ......"


def frame_over_the_line():
    """Two secondary meshes on both sides of the line between 5339 and 5340."""
    return frame_of(land_of([m + n for m in (53394700, 53404000) for n in range(100)]))


@pytest.fixture(scope="module")
def frame():
    return frame_over_the_line()


@pytest.fixture(scope="module")
def country():
    return frame_of(primary_mesh())


def codes_of(frame):
    cells = frame.cells
    lon, lat = (cells.column + 0.5) / 160, (cells.row + 0.5) / 240
    return mesh.encode(lon, lat, "m4")


def random_set(frame, seed, share=0.5):
    """A closed set with holes, islands and peninsulas."""
    rng = np.random.default_rng(seed)
    chosen = np.append(rng.random(frame.size) < share, False)
    return closed(Taste(frame, rng.random(frame.size)), chosen, frame.full())


def polygons(frame, chosen, seed=SEED):
    return area_polygons(frame.cells, chosen[:-1], seed)


def shares(frame, areas):
    """Share of each cell of the frame, summed over polygons that do not overlap."""
    found = cell_shares(areas, "m4")
    codes = codes_of(frame)
    order = np.argsort(codes)
    at = order[np.searchsorted(codes, found.code, sorter=order).clip(0, len(codes) - 1)]
    is_known = codes[at] == found.code
    assert found.share[~is_known].max(initial=0) < 0.5
    return np.bincount(at[is_known], found.share[is_known], minlength=len(codes))


def test_one_cell_is_an_island_of_ragged_edges(frame):
    (island,) = polygons(frame, drawn(frame, "... .#. ..."))
    assert island.geom_type == "Polygon"
    assert shapely.get_num_coordinates(island) == 4 * 6 + 1
    assert island.exterior.is_ccw
    assert 0.5 < island.area / CELL < 1.2
    straight = shapely.box(*mesh.bounds(int(codes_of(frame)[3]), "m4"))
    assert island.intersection(straight).area > 0.5 * straight.area
    assert not shapely.equals(island, straight)


def test_a_hole_stays_a_hole(frame):
    (ring,) = polygons(frame, drawn(frame, RING))
    (hole,) = ring.interiors
    assert ring.is_valid
    assert not hole.is_ccw
    assert 2 < shapely.Polygon(hole).area / CELL < 6


def test_no_corner_is_further_than_a_quarter_of_a_cell_from_its_line(frame):
    areas = polygons(frame, random_set(frame, 1))
    points = shapely.get_coordinates(areas) * [160, 240]
    off = np.abs(points - np.rint(points)).min(axis=1)
    assert 0.05 < off.max() < 0.25


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("share", [0.15, 0.5, 0.85])
def test_areas_are_valid_and_cover_most_of_their_cells_alone(frame, seed, share):
    chosen = random_set(frame, seed, share)
    areas = polygons(frame, chosen, seed)
    assert shapely.is_valid(areas).all()
    assert len(areas) == 2
    covered = shares(frame, areas)
    assert covered[chosen[:-1]].min() > 0.52
    assert covered[~chosen[:-1]].max() < 0.48


def test_shares_are_those_of_a_plain_loop(frame):
    """The kernel, held against shapely in degrees, where cells are as straight."""
    areas = polygons(frame, random_set(frame, 2))
    boxes = mesh.to_polygons(codes_of(frame), "m4")
    whole = shapely.union_all(areas)
    plain = shapely.area(shapely.intersection(boxes, whole)) / CELL
    assert np.abs(plain - shares(frame, areas)).max() < 1e-4


def test_carriers_together_reach_less_than_half_of_what_none_takes(frame):
    chosen = random_set(frame, 3)
    areas = np.concatenate([polygons(frame, chosen, seed) for seed in range(4)])
    found = union_shares(areas, "m4")
    codes = codes_of(frame)
    taken = np.isin(found.code, codes[chosen[:-1]])
    assert taken.sum() == chosen.sum()
    assert found.share[taken].min() > 0.52
    assert found.share[~taken].max() < 0.48


def test_areas_meet_without_gap_or_overlap_over_the_line(frame):
    west, east = polygons(frame, frame.full())
    assert shapely.intersection(west, east).area == 0
    both = shapely.union(west, east)
    assert both.area == pytest.approx(west.area + east.area, rel=1e-12)
    assert both.geom_type == "Polygon"
    assert len(both.interiors) == 0
    assert west.bounds[2] == pytest.approx(140, abs=0.1 / 160)
    assert shapely.get_num_coordinates(west) == 80 * 6 + 1


@pytest.mark.parametrize("seed", range(4))
def test_a_smaller_set_of_a_carrier_lies_within_the_larger(country, seed):
    outer = random_set(country, seed, 0.6)
    rng = np.random.default_rng(seed)
    taste = Taste(country, rng.random(country.size))
    inner = closed(taste, outer & (rng.random(country.size + 1) < 0.7), outer)
    (large,), (small,) = polygons(country, outer), polygons(country, inner)
    assert 0.5 < small.area / large.area < 1
    assert shapely.difference(small, large).area < 1e-12 * small.area


def test_parts_holes_and_vertices_of_a_large_set(country):
    row, column = places(country)
    rough = np.sin(row / 9) + np.cos(column / 7)
    rough += np.random.default_rng(4).normal(0, 0.4, country.size)
    chosen = np.append(rough > 0, False)
    chosen = closed(Taste(country, rough), chosen, country.full())
    (area,) = polygons(country, chosen)
    parts = shapely.get_parts(area)
    assert area.geom_type == "MultiPolygon"
    assert len(parts) > 50
    assert shapely.get_num_interior_rings(parts).sum() > 20
    assert shapely.get_num_coordinates(parts).max() > 5_000
    holes = [shapely.Polygon(ring) for part in parts for ring in part.interiors]
    assert min(hole.area for hole in holes) > 1.04 * CELL
    assert min(part.area for part in parts) > 0.5 * CELL


def test_the_seed_decides_the_edges_and_nothing_else_does(frame):
    chosen = random_set(frame, 5)
    first = shapely.to_wkb(polygons(frame, chosen)).tolist()
    assert shapely.to_wkb(polygons(frame, chosen)).tolist() == first
    others = shapely.to_wkb(polygons(frame, chosen, SEED + 1)).tolist()
    assert not set(first) & set(others)
