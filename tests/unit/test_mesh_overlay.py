"""Exact shares of cells under polygons: by hand, by identity, and by shapely."""

import geopandas
import numpy as np
import pytest
import shapely

from geodata import mesh
from geodata.errors import CoordinateError
from geodata.mesh.overlay import cell_shares

WEST, SOUTH, EAST, NORTH = mesh.bounds(53394611, "m3")
WIDTH, HEIGHT = EAST - WEST, NORTH - SOUTH


def shares_of(polygon, level="m3", **options):
    found = cell_shares(np.array([polygon], dtype=object), level, **options)
    return dict(zip(found.code.tolist(), found.share.tolist(), strict=True))


def covered(polygon, level="m3"):
    return {c: s for c, s in shares_of(polygon, level).items() if s > 1e-12}


def test_a_cell_covers_itself_once_and_touches_its_neighbours():
    cell = mesh.to_polygons(53394611, "m3")
    found = cell_shares(np.array([cell]), "m3")
    assert covered(cell) == {53394611: pytest.approx(1, abs=1e-12)}
    assert found.is_edge.all()


def test_the_west_half_of_a_cell_is_one_half():
    half = shapely.box(WEST, SOUTH, WEST + WIDTH / 2, NORTH)
    assert covered(half) == {53394611: pytest.approx(0.5, abs=5e-12)}


def test_a_triangle_over_two_cells_is_split_between_them():
    triangle = shapely.Polygon([(WEST, SOUTH), (EAST + WIDTH, SOUTH), (WEST, NORTH)])
    assert covered(triangle) == {
        53394611: pytest.approx(0.75, abs=2e-5),  # rows are not quite linear
        53394612: pytest.approx(0.25, abs=2e-5),
    }
    in_degrees = shares_of(triangle, plane="degrees")
    assert in_degrees[53394611] == pytest.approx(0.75, abs=1e-12)
    assert in_degrees[53394612] == pytest.approx(0.25, abs=1e-12)


def test_cells_inside_a_large_box_are_whole_and_no_edge():
    corner = mesh.neighbor(53394611, "m3", 2, 2)
    north_east = mesh.bounds(corner, "m3")
    box = shapely.box(
        WEST + WIDTH / 2, SOUTH + HEIGHT / 2, north_east[2], north_east[3]
    )
    found = cell_shares(np.array([box]), "m3")
    inside = ~found.is_edge
    assert set(found.code[inside]) == {mesh.neighbor(53394611, "m3", 1, 1),
                                       mesh.neighbor(53394611, "m3", 1, 2),
                                       mesh.neighbor(53394611, "m3", 2, 1),
                                       corner}  # fmt: skip
    assert (found.share[inside] == 1).all()


def test_a_hole_is_not_covered():
    outer = shapely.box(WEST, SOUTH, EAST, NORTH)
    hole = shapely.box(
        WEST + WIDTH / 4, SOUTH + HEIGHT / 4, EAST - WIDTH / 4, NORTH - HEIGHT / 4
    )
    assert covered(outer.difference(hole))[53394611] == pytest.approx(0.75, abs=1e-5)
    assert covered(outer.difference(hole))[53394611] + covered(hole)[
        53394611
    ] == pytest.approx(1, abs=1e-12)


def test_the_direction_of_a_ring_does_not_matter():
    ring = [(WEST, SOUTH), (EAST, SOUTH), (EAST, NORTH), (WEST, NORTH)]
    assert covered(shapely.Polygon(ring)) == covered(shapely.Polygon(ring[::-1]))


def test_polygons_keep_apart_and_empty_ones_cover_nothing():
    boxes = [
        shapely.box(WEST, SOUTH, EAST, NORTH),
        shapely.Polygon(),
        None,
        shapely.box(WEST, SOUTH, WEST + WIDTH / 2, NORTH),
    ]
    found = cell_shares(np.array(boxes, dtype=object), "m3")
    own = found.share > 1e-12
    assert found.polygon[own].tolist() == [0, 3]
    assert found.share[own] == pytest.approx([1, 0.5])


def test_nothing_gives_an_empty_answer():
    found = cell_shares(np.array([], dtype=object), "m3")
    assert len(found.code) == len(found.share) == 0


def test_overlapping_parts_are_refused_with_the_cell():
    twice = shapely.MultiPolygon([shapely.box(WEST, SOUTH, EAST, NORTH)] * 2)
    with pytest.raises(CoordinateError, match=r"Polygon 0 covers cell 53394611 by 2"):
        cell_shares(np.array([twice]), "m3")


def test_a_bow_tie_is_refused():
    bow = shapely.Polygon([(WEST, SOUTH), (EAST, NORTH), (EAST, SOUTH), (WEST, NORTH)])
    with pytest.raises(CoordinateError, match="make it valid"):
        cell_shares(np.array([shapely.affinity.scale(bow, 9, 9)]), "m3")


def test_a_vertex_outside_the_grid_is_named():
    with pytest.raises(CoordinateError, match=r"lon 99\.0"):
        cell_shares(np.array([shapely.box(99, 35, 101, 36)]), "m3")


def test_heights_of_vertices_do_not_matter():
    box = shapely.box(WEST, SOUTH, WEST + WIDTH / 3, NORTH)
    assert shares_of(shapely.force_3d(box, 12.5)) == shares_of(box)


def test_a_table_of_polygons_is_refused():
    with pytest.raises(ValueError, match=r"polygons must be one row .* not \(1, 1\)"):
        cell_shares(np.array([[shapely.box(WEST, SOUTH, EAST, NORTH)]]), "m3")


@pytest.mark.parametrize(
    "shape",
    [
        shapely.Point(139.75, 35.0),
        shapely.LineString([(139.75, 35.0), (139.8, 35.0)]),
        shapely.GeometryCollection([mesh.to_polygons(53394611, "m3")]),
    ],
)
def test_what_is_no_polygon_is_refused_by_number_and_kind(shape):
    areas = np.array([shapely.box(WEST, SOUTH, EAST, NORTH), shape], dtype=object)
    with pytest.raises(ValueError, match=f"number 1 is a {shape.geom_type}"):
        cell_shares(areas, "m3")


def ragged_islands(seed, count):
    """Star-shaped islands of some kilometres, not overlapping, holes in some."""
    rng = np.random.default_rng(seed)
    islands = []
    for i in range(count):
        angle = np.sort(rng.uniform(0, 2 * np.pi, 60))
        radius = rng.uniform(0.01, 0.07, 60)
        centre = 139 + 0.2 * (i % 8), 35 + 0.2 * (i // 8)
        ring = np.column_stack(
            [centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)]
        )
        hole = shapely.Point(centre).buffer(0.004)
        islands.append(shapely.make_valid(shapely.Polygon(ring)).difference(hole))
    return np.array(islands, dtype=object)


@pytest.mark.parametrize("level", ["m3", "m4"])
def test_shares_equal_shapelys_intersections_in_the_equal_area_plane(level):
    islands = ragged_islands(7, 16)
    found = cell_shares(islands, level)
    rng = np.random.default_rng(11)
    edge = np.flatnonzero(found.is_edge & (found.share > 0))
    chosen = rng.choice(edge, min(500, len(edge)), replace=False)
    flat = geopandas.GeoSeries(islands, crs=6668).to_crs(6933).to_numpy()
    cells = geopandas.GeoSeries(
        mesh.to_polygons(found.code[chosen], level), crs=6668
    ).to_crs(6933).to_numpy()  # fmt: skip
    cut = shapely.area(shapely.intersection(flat[found.polygon[chosen]], cells))
    assert found.share[chosen] == pytest.approx(cut / shapely.area(cells), abs=1e-9)


def test_shares_add_up_to_the_area_of_the_polygon_at_every_level():
    islands = ragged_islands(3, 16)
    flat = geopandas.GeoSeries(islands, crs=6668).to_crs(6933).area.to_numpy()
    for level in ("m2", "m3", "m4", "m100"):
        found = cell_shares(islands, level)
        area = np.bincount(found.polygon, found.share * mesh.area_m2(found.code, level))
        assert area == pytest.approx(flat, rel=1e-9)


def test_parts_cut_along_any_line_add_up_to_the_whole():
    island = ragged_islands(5, 1)[0]
    flat = geopandas.GeoSeries([island], crs=6668).to_crs(6933)
    west, south, east, north = flat.total_bounds
    half = shapely.Polygon([(west, south), (east, south), (west, north)])
    cut = [flat.intersection(half), flat.difference(half)]
    parts = [shares_of(part.to_crs(6668).iloc[0]) for part in cut]
    for code, share in shares_of(island).items():
        in_parts = sum(part.get(code, 0) for part in parts)
        # PROJ's way back from the plane is good to 1e-6 of a cell only
        assert in_parts == pytest.approx(share, abs=1e-5)


@pytest.mark.shared
def test_the_land_of_japan_by_cells_is_the_land_by_polygons(shared_data):
    path = shared_data / "data/admin_n03_2021/N03-21_210101_s0001.geojson"
    polygons = shapely.make_valid(geopandas.read_file(path).geometry.to_numpy())
    found = cell_shares(polygons, "m3")
    by_cells = (found.share * mesh.area_m2(found.code, "m3")).sum()
    flat = geopandas.GeoSeries(polygons, crs=6668).to_crs(6933)
    assert by_cells == pytest.approx(flat.area.sum(), rel=1e-10)
