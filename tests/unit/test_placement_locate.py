"""Points in polygons by way of the 1 km grid: the same as testing each of them."""

import geopandas
import numpy as np
import pytest
import shapely

from geodata import mesh
from geodata.placement.locate import NOWHERE, PolygonLocator
from tests.unit.test_mesh_overlay import ragged_islands

WEST, SOUTH, EAST, NORTH = mesh.bounds(53394611, "m3")
MIDDLE = (WEST + EAST) / 2


def locate(polygons, points):
    lon, lat = np.array(points, float).T
    return PolygonLocator.of(np.array(polygons, dtype=object)).locate(lon, lat).tolist()


def test_two_towns_share_a_cell_and_each_point_finds_its_own():
    towns = [
        shapely.box(WEST, SOUTH, MIDDLE, NORTH),
        shapely.box(MIDDLE, SOUTH, EAST, NORTH),
    ]
    lat = (SOUTH + NORTH) / 2
    assert locate(towns, [(WEST + 1e-4, lat), (EAST - 1e-4, lat)]) == [0, 1]


def test_a_point_on_the_border_belongs_to_the_first():
    towns = [
        shapely.box(MIDDLE, SOUTH, EAST, NORTH),
        shapely.box(WEST, SOUTH, MIDDLE, NORTH),
    ]
    assert locate(towns, [(MIDDLE, (SOUTH + NORTH) / 2)]) == [0]


def test_where_polygons_overlap_the_first_wins():
    towns = [shapely.box(138.5, 34.5, 139.5, 35.5), shapely.box(138, 34, 140, 36)]
    assert locate(towns, [(139, 35), (139.8, 35)]) == [0, 1]
    assert locate(towns[::-1], [(139, 35), (139.8, 35)]) == [0, 0]


def test_a_point_at_sea_is_nowhere_even_in_a_coastal_cell():
    town = shapely.box(WEST, SOUTH, MIDDLE, NORTH)
    assert locate([town], [(EAST - 1e-4, SOUTH + 1e-4), (141, 35)]) == [NOWHERE] * 2


def test_no_polygons_hold_nothing():
    assert locate([shapely.Polygon()], [(139, 35)]) == [NOWHERE]


@pytest.mark.parametrize("seed", range(4))
def test_answers_are_those_of_a_spatial_join(seed):
    islands = ragged_islands(seed, 24)
    shifted = shapely.transform(islands, lambda p: np.add(p, 0.02))  # overlaps
    polygons = np.concatenate([islands, shifted])
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(138.9, 140.6, 20_000), rng.uniform(34.9, 35.7, 20_000)
    on_corners = shapely.get_coordinates(polygons[::5])
    lon, lat = np.append(lon, on_corners[:, 0]), np.append(lat, on_corners[:, 1])
    points = geopandas.GeoDataFrame(geometry=shapely.points(lon, lat), crs=6668)
    areas = geopandas.GeoDataFrame(geometry=polygons, crs=6668)
    joined = points.sjoin(areas, how="left", predicate="intersects")
    expected = joined["index_right"].groupby(level=0).min().fillna(NOWHERE)
    assert (PolygonLocator.of(polygons).locate(lon, lat) == expected.to_numpy()).all()


def test_a_polygon_made_of_cells_is_found_on_its_grid_lines():
    cells = np.array([53394611, 53394612, 53394621])
    polygons = mesh.to_polygons(cells, "m3")
    corners = shapely.get_coordinates(polygons)
    points = geopandas.GeoDataFrame(geometry=shapely.points(corners), crs=6668)
    areas = geopandas.GeoDataFrame(geometry=polygons, crs=6668)
    joined = points.sjoin(areas, how="left", predicate="intersects")
    expected = joined["index_right"].groupby(level=0).min()
    found = PolygonLocator.of(polygons).locate(corners[:, 0], corners[:, 1])
    assert found.tolist() == expected.tolist()
