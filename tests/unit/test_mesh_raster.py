"""Rasters of people: pixels split exactly along the edges of cells, sums kept."""

import numpy as np
import pyproj
import pytest
from affine import Affine
from raster_files import (
    CELL_LAT,
    CELL_LON,
    NAME,
    NODATA,
    NORTH2,
    SECOND,
    SOUTH,
    WEST,
    degrees,
    people,
    write_raster,
)

from geodata import mesh
from geodata.readers.mesh_raster import read_population_raster


def test_pixels_that_are_cells_keep_their_values(tmp_path):
    path = write_raster(
        tmp_path / NAME,
        np.array([[30.0, 31.0], [10.0, 0.0]], "float32"),
        degrees(WEST, NORTH2, CELL_LON, CELL_LAT),
    )
    read = read_population_raster([path])
    assert people(read) == {
        53394610: 30.0,
        53394611: 31.0,
        53394600: 10.0,
        53394601: 0.0,
    }
    assert (read.name, read.vintage, read.datum) == (
        "population_raster",
        "2020",
        "WGS84",
    )
    assert (read.read_count, read.accepted_count) == (4, 4)
    table = read.tables["raw.mesh_raster"]
    assert set(table["source"]) == {"population_raster"}
    assert set(table["level"]) == {"m3"}
    assert set(table["value_class"]) == {"amount"}


def test_a_pixel_on_a_meridian_edge_is_split_by_width(tmp_path):
    path = write_raster(
        tmp_path / NAME,
        np.array([[100.0]]),
        degrees(WEST + CELL_LON / 4, SOUTH + CELL_LAT, CELL_LON, CELL_LAT),
    )
    assert people(read_population_raster([path])) == pytest.approx(
        {53394600: 75.0, 53394601: 25.0}, rel=1e-9
    )


def test_a_pixel_on_a_parallel_edge_is_split_by_area_on_the_ellipsoid(tmp_path):
    path = write_raster(
        tmp_path / NAME,
        np.array([[100.0]]),
        degrees(WEST, NORTH2, CELL_LON, 2 * CELL_LAT),
    )
    found = people(read_population_raster([path]))
    south, north = mesh.area_m2([53394600, 53394610], "m3")
    assert south > north
    assert found[53394600] == pytest.approx(100 * south / (south + north), rel=1e-9)
    assert sum(found.values()) == pytest.approx(100, rel=1e-12)


def brute_force(values, transform, crs, level="m3"):
    """Every pixel against every cell, as rectangles of EPSG:6933."""
    project = pyproj.Transformer.from_crs(crs, 6933, always_xy=True).transform
    rows, columns = values.shape
    left = transform.c + transform.a * np.arange(columns + 1.0)
    top = transform.f + transform.e * np.arange(rows + 1.0)
    x, _ = project(left, np.full(columns + 1, top[0]))
    _, y = project(np.full(rows + 1, left[0]), top)
    m2 = mesh.children(np.array([5339]), "m1", "m2").ravel()
    cells = mesh.children(m2, "m2", level).ravel()
    cell_project = pyproj.Transformer.from_crs(6668, 6933, always_xy=True).transform
    edges = mesh.bounds(cells, level)
    west, south = cell_project(edges[:, 0], edges[:, 1])
    east, north = cell_project(edges[:, 2], edges[:, 3])
    found = {}
    for i, cell in enumerate(cells.tolist()):
        across = np.minimum(x[1:], east[i]) - np.maximum(x[:-1], west[i])
        up = np.minimum(y[:-1], north[i]) - np.maximum(y[1:], south[i])
        if (across > 0).any() and (up > 0).any():
            share = np.outer(
                up.clip(0) / (y[:-1] - y[1:]), across.clip(0) / (x[1:] - x[:-1])
            )
            found[cell] = float((share * values).sum())
    return found


@pytest.mark.parametrize("level", ["m3", "m4"])
def test_the_exact_split_equals_every_pixel_against_every_cell(tmp_path, level):
    rng = np.random.default_rng(8)
    values = rng.gamma(0.3, 20, (90, 70))
    transform = degrees(139.6612345, 35.7123456, 3.1 * SECOND, 2.9 * SECOND)
    path = write_raster(tmp_path / NAME, values, transform)
    found = people(read_population_raster([path], level))
    wanted = brute_force(values, transform, 4326, level)
    assert found.keys() == wanted.keys()
    assert found == pytest.approx(wanted, rel=1e-7)


def test_sums_are_kept_to_a_billionth(tmp_path):
    rng = np.random.default_rng(9)
    values = rng.gamma(0.1, 50, (700, 900)).astype("float32")
    values[rng.random(values.shape) < 0.2] = NODATA
    path = write_raster(
        tmp_path / NAME, values, degrees(139.2, 36.01, 3 * SECOND, 3 * SECOND)
    )
    read = read_population_raster([path])
    total = values[values != NODATA].sum(dtype="float64")
    assert sum(people(read).values()) == pytest.approx(total, rel=1e-9)
    assert read.read_count == (values != NODATA).sum()
    assert f"{(values == NODATA).sum():,} pixels hold nodata" in read.notes[0]


def test_half_cells_add_up_to_1_km_cells(tmp_path):
    rng = np.random.default_rng(10)
    path = write_raster(
        tmp_path / NAME,
        rng.random((60, 60)),
        degrees(139.7001, 35.72, 3 * SECOND, 3 * SECOND),
    )
    fine = read_population_raster([path], "m4").tables["raw.mesh_raster"]
    parent = mesh.parent(fine["mesh"].to_numpy(), "m4", "m3")
    together = fine["amount"].groupby(parent).sum().to_dict()
    assert together == pytest.approx(people(read_population_raster([path])), rel=1e-9)


def test_what_lies_outside_the_primary_meshes_is_said(tmp_path):
    """Primary mesh 5241 is sea: its half of the pixel belongs to no cell."""
    path = write_raster(
        tmp_path / NAME,
        np.array([[8.0, 2.0]]),
        degrees(141 - CELL_LON, 35.0, 2 * CELL_LON, CELL_LAT),
    )
    read = read_population_raster([path])
    assert sum(people(read).values()) == pytest.approx(4.0, rel=1e-12)
    assert "6.0 people lie outside the 176 primary meshes" in read.notes[1]
    assert (read.read_count, read.accepted_count) == (2, 2)


def test_a_raster_of_the_world_counts_what_is_far_away(tmp_path):
    values = np.ones((180, 360))
    japan = np.s_[90 - 47 : 90 - 20, 180 + 121 : 180 + 156]
    values[japan] = NODATA
    values[90 - 36, 180 + 139] = 7  # 139 to 140 E, 35 to 36 N: all inside
    path = write_raster(tmp_path / NAME, values, degrees(-180, 90, 1, 1))
    read = read_population_raster([path])
    assert sum(people(read).values()) == pytest.approx(7, rel=1e-12)
    far = 180 * 360 - 27 * 35
    assert read.notes[1].startswith(f"{far:,.1f} people lie outside")
    assert read.accepted_count == far + 1


EQUAL_AREA = "EPSG:6933"  # cells are rectangles in it, so the answer is known


@pytest.mark.parametrize(("side_m", "count"), [(100, 80), (1000, 12)])
@pytest.mark.parametrize("level", ["m3", "m4"])
def test_pixels_of_a_projection_are_cut_along_the_edges(tmp_path, side_m, count, level):
    values = 50 + np.random.default_rng(11).random((count, count))
    x, y = pyproj.Transformer.from_crs(4326, 6933, always_xy=True).transform(
        139.65, 35.75
    )
    transform = Affine(side_m, 0, x, 0, -side_m, y)
    path = write_raster(tmp_path / NAME, values, transform, EQUAL_AREA)
    read = read_population_raster([path], level)
    found, wanted = people(read), brute_force(values, transform, 6933, level)
    assert sum(found.values()) == pytest.approx(values.sum(), rel=1e-12)
    assert found.keys() == wanted.keys()
    # PROJ's own inverse of this projection is good to half a millimetre
    assert found == pytest.approx(wanted, rel=1e-5, abs=1e-4 * 50)
    assert "were cut along it" in read.notes[0]


def test_an_even_field_in_mollweide_is_even_over_the_cells(tmp_path):
    """Mollweide's own pixels differ in area by less than 0.1 % over 20 km."""
    x, y = pyproj.Transformer.from_crs(4326, "ESRI:54009", always_xy=True).transform(
        139.68, 35.74
    )
    path = write_raster(
        tmp_path / NAME,
        np.full((120, 120), 1.0),
        Affine(100, 0, x, 0, -100, y),
        "ESRI:54009",
    )
    found = people(read_population_raster([path]))
    inner = np.array(
        [
            cell
            for cell in found
            if all(
                mesh.neighbor(cell, "m3", north, east) in found
                for north in (-1, 0, 1)
                for east in (-1, 0, 1)
            )
        ]
    )
    assert len(inner) > 40
    density = np.array([found[c] for c in inner]) / mesh.area_m2(inner, "m3")
    assert density == pytest.approx(density.mean(), rel=1e-3)
    assert density.mean() == pytest.approx(1e-4, rel=0.01)


@pytest.mark.parametrize(
    ("crs", "transform"),
    [
        ("ESRI:54009", None),
        ("EPSG:4326", Affine.translation(139.7, 35.7) @ Affine.rotation(30)),
        ("EPSG:4326", Affine.translation(139.7, 35.7)),
    ],
    ids=["Mollweide", "rotated", "south up"],
)
def test_other_grids_keep_sums_as_well(tmp_path, crs, transform):
    if transform is None:
        x, y = pyproj.Transformer.from_crs(4326, crs, always_xy=True).transform(
            139.7, 35.7
        )
        transform = Affine(100, 0, x, 0, -100, y)
    else:
        transform @= Affine.scale(3 * SECOND)
    values = np.random.default_rng(12).gamma(0.2, 30, (50, 50))
    values[:5] = 0
    read = read_population_raster(
        [write_raster(tmp_path / NAME, values, transform, crs)]
    )
    assert sum(people(read).values()) == pytest.approx(values.sum(), rel=1e-12)
