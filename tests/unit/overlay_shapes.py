"""Shapes for tests of overlays, and what shapely says about them."""

import geopandas
import numpy as np
import shapely

from geodata import mesh

CELL = 53394611
WEST, SOUTH, EAST, NORTH = mesh.bounds(CELL, "m3")
WIDTH, HEIGHT = EAST - WEST, NORTH - SOUTH


def strip(start, stop, rows=1):
    """Box over the cell and its eastern neighbours, in widths of a cell."""
    return shapely.box(
        WEST + start * WIDTH, SOUTH, WEST + stop * WIDTH, SOUTH + rows * HEIGHT
    )


def at(*places):
    """Polygon by vertices in cells east and north of the south-west corner."""
    return shapely.Polygon([(WEST + x * WIDTH, SOUTH + y * HEIGHT) for x, y in places])


def objects(*polygons):
    """Give polygons as the array that the kernel takes."""
    array = np.empty(len(polygons), dtype=object)
    array[:] = polygons
    return array


def by_code(found):
    """Share by code."""
    return dict(zip(found.code.tolist(), found.share.tolist(), strict=True))


def star_ring(rng, reach, corners, spread=0.05):
    """Give a centre, and a ragged ring round it of which it sees every point."""
    centre = np.array([139.9, 35.95]) + rng.uniform(-spread, spread, 2)
    angle = (np.arange(corners) + rng.uniform(0, 0.9, corners)) * 2 * np.pi / corners
    radius = reach * rng.uniform(0.4, 1, corners)
    return centre, centre + radius[:, None] * np.column_stack(
        [np.cos(angle), np.sin(angle)]
    )


def stars(seed, count, spread=0.05, reach=0.02, corners=40):
    """Overlapping ragged areas; every fourth has a hole."""
    rng = np.random.default_rng(seed)
    areas = []
    for i in range(count):
        centre, ring = star_ring(rng, reach, corners, spread)
        hole = [centre + 0.2 * (ring - centre)] if i % 4 == 3 else []
        areas.append(shapely.Polygon(ring, hole))
    return objects(*areas)


def flat(polygons):
    """Polygons in the equal-area plane."""
    return geopandas.GeoSeries(polygons, crs=6668).to_crs(6933).to_numpy()


def covered_by_shapely(codes, level, *layers):
    """Share of each cell that the unions of all layers cover: one cell at a time."""
    cells = flat(mesh.to_polygons(codes, level))
    layers = [flat(polygons) for polygons in layers]
    trees = [shapely.STRtree(polygons) for polygons in layers]
    shares = []
    for cell in cells:
        left = cell
        for polygons, tree in zip(layers, trees, strict=True):
            near = polygons[tree.query(cell, predicate="intersects")]
            left = _areas(shapely.intersection(left, shapely.union_all(near)))
        shares.append(shapely.area(left) / shapely.area(cell))
    return np.array(shares)


def _areas(shape):
    """Leave out points and lines, where areas only touch: GEOS cannot cut them on."""
    parts = shapely.get_parts(shape)
    return shapely.multipolygons(parts[shapely.get_dimensions(parts) == 2])
