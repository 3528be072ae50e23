"""Geometry from codes: the bytes and the polygons that shapely would make."""

import numpy as np
import pyarrow as pa
import pytest
import shapely

from geodata import mesh
from geodata.errors import MeshCodeError


def sample(level, count=20_000):
    rng = np.random.default_rng(93)
    lon, lat = rng.uniform(100, 199, count), rng.uniform(1, 66, count)
    return mesh.encode(lon, lat, level)


def boxes(codes, level):
    return shapely.box(*np.moveaxis(mesh.bounds(codes, level), -1, 0))


@pytest.mark.parametrize("level", mesh.LEVELS)
def test_wkb_has_the_bytes_that_shapely_writes(level):
    codes = sample(level)
    expected = shapely.to_wkb(boxes(codes, level), byte_order=1)
    assert mesh.to_wkb(codes, level).tolist() == expected.tolist()


def test_wkb_on_the_equator_keeps_its_last_zero_bytes():
    codes = mesh.encode([100.0, 139.0], [0.0, 0.01], "m2")
    wkb = mesh.to_wkb(codes, "m2")
    assert wkb.tolist() == shapely.to_wkb(boxes(codes, "m2")).tolist()
    assert {len(value) for value in wkb} == {93}
    assert len(mesh.to_wkb(0, "m2")) == 93


def test_shapely_and_arrow_read_the_wkb():
    codes = sample("m4", 1000)
    wkb = mesh.to_wkb(codes, "m4")
    assert shapely.equals_exact(shapely.from_wkb(wkb), boxes(codes, "m4")).all()
    assert pa.array(wkb).type == pa.binary()
    assert pa.array(wkb).to_pylist() == wkb.tolist()
    assert wkb[0] == shapely.to_wkb(boxes(codes[:1], "m4"))[0]


def test_wkb_bytes_are_the_same_without_gaps():
    codes = sample("m4", 1000)
    buffer = mesh.wkb_bytes(codes, "m4")
    assert (buffer.shape, buffer.flags.c_contiguous) == ((1000, 93), True)
    assert buffer.tobytes() == b"".join(mesh.to_wkb(codes, "m4").tolist())


@pytest.mark.parametrize("level", mesh.LEVELS)
def test_polygons_are_valid_and_exactly_the_cells(level):
    codes = sample(level, 500)
    polygons = mesh.to_polygons(codes, level)
    assert shapely.is_valid(polygons).all()
    assert shapely.is_ccw(shapely.get_exterior_ring(polygons)).all()
    assert (shapely.bounds(polygons) == mesh.bounds(codes, level)).all()


def test_scalars_and_empty_arrays_keep_their_kind():
    assert type(mesh.to_wkb(5339, "m1")) is bytes
    assert mesh.to_wkb(5339, "m1") == shapely.to_wkb(mesh.to_polygons(5339, "m1"))
    assert isinstance(mesh.to_polygons(5339, "m1"), shapely.Polygon)
    assert mesh.to_wkb([], "m1").shape == (0,)
    assert mesh.to_polygons([], "m1").shape == (0,)
    assert mesh.to_wkb(sample("m1", 6).reshape(2, 3), "m1").shape == (2, 3)


def test_an_impossible_code_has_no_geometry():
    with pytest.raises(MeshCodeError, match="position 1: mesh code '533948'"):
        mesh.to_wkb([533946, 533948], "m2")
    with pytest.raises(MeshCodeError, match="position 0: mesh code '533948'"):
        mesh.to_polygons([533948], "m2")
