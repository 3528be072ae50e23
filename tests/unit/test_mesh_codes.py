"""Codes to places and relatives: corners, areas, parents, children, neighbours."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from geodata import mesh
from geodata.errors import CoordinateError, MeshCodeError

UAS = 3_600_000_000

# domain.md 2.3: level, code, (north, east), neighbour.
NEIGHBOURS = [
    ("m2", 533946, 1, 0, 533956),
    ("m2", 533946, -1, 0, 533936),
    ("m2", 533946, 0, 1, 533947),
    ("m2", 533946, 0, -1, 533945),
    ("m2", 533977, 1, 1, 544000),
    ("m2", 533977, 1, 0, 543907),
    ("m2", 533977, 0, 1, 534070),
    ("m2", 533900, -1, -1, 523877),
    ("m3", 53394611, -2, -2, 53393599),
    ("m4", 533946113, 1, 0, 533946211),
    ("m2k", 533946005, 0, 1, 533946025),
]

# domain.md 2.7: square metres, printed to the third decimal.
AREAS = [
    ("m1", 5339, 6_697_192_582.719),
    ("m2", 533946, 104_590_544.332),
    ("m5k", 5339461, 26_154_349.114),
    ("m2k", 533946005, 4_185_339.952),
    ("m3", 53394611, 1_046_281.328),
    ("m4", 533946113, 261_563.624),
    ("m5", 5339461132, 65_391.745),
    ("m6", 53394611323, 16_347.831),
    ("m2", 303650, 120_328_992.850),
    ("m3", 68412724, 904_524.575),
]

CHILD_COUNTS = [
    ("m1", "m2", 64),
    ("m2", "m3", 100),
    ("m2", "m5k", 4),
    ("m2", "m2k", 25),
    ("m5k", "m3", 25),
    ("m2k", "m3", 4),
    ("m3", "m4", 4),
    ("m4", "m5", 4),
    ("m5", "m6", 4),
    ("m3", "m100", 100),
]

levels = st.sampled_from(sorted(mesh.LEVELS))
any_point = st.tuples(st.floats(100, 199.99), st.floats(0, 66.66))


def cells_of(primary, level):
    return primary if level == "m1" else mesh.children(primary, "m1", level)


@pytest.mark.parametrize("level", mesh.LEVELS)
def test_code_to_corner_to_code_is_the_identity_for_whole_primary_meshes(level):
    codes = cells_of(np.array([3036, 5339, 6848]), level).ravel()
    assert len(np.unique(codes)) == codes.size
    assert (mesh.encode(*mesh.decode(codes, level), level) == codes).all()
    assert (mesh.encode(*mesh.center(codes, level), level) == codes).all()


@pytest.mark.parametrize("level", mesh.LEVELS)
def test_corners_of_the_grid_decode(level):
    grid = mesh.LEVELS[level]
    x = np.array([0, grid.columns - 1]) * grid.lon_uas / UAS + 100
    y = np.array([0, grid.rows - 1]) * grid.lat_uas / UAS
    lon, lat = mesh.decode(mesh.encode(x, y, level), level)
    assert lon.tolist() == x.tolist()
    assert lat.tolist() == y.tolist()


def test_the_mesh_of_tokyo_station_spans_its_degrees():
    expected = (139.75, 35 + 40 / 60, 139.875, 35.75)
    assert mesh.bounds(533946, "m2") == pytest.approx(expected, abs=0)
    assert mesh.decode(533946, "m2") == (139.75, 35 + 40 / 60)
    assert mesh.center(533946, "m2") == pytest.approx((139.8125, 35.7083333333333))


def test_cells_that_touch_share_the_same_float():
    code = mesh.encode([139.7, 131.1], [35.7, 33.3], "m6")
    east, north = mesh.neighbor(code, "m6", 0, 1), mesh.neighbor(code, "m6", 1, 0)
    assert (mesh.bounds(code, "m6")[:, 2] == mesh.bounds(east, "m6")[:, 0]).all()
    assert (mesh.bounds(code, "m6")[:, 3] == mesh.bounds(north, "m6")[:, 1]).all()


@pytest.mark.shared
def test_published_codes_have_their_corner(shared_data):
    vectors = pd.read_csv(
        shared_data / "data/mesh_code_vectors/code_to_sw_corner.csv", dtype=str
    )
    known = {4: "m1", 6: "m2", 8: "m3", 10: "m5", 11: "m6"}
    found = 0
    for code, name in vectors[["meshcode", "level"]].itertuples(index=False):
        level = {"x5_5km": "m5k", "x2_2km": "m2k", "half_500m": "m4"}.get(name)
        level = level or known.get(len(code))
        if level is None:
            continue
        found += 1
        assert mesh.decode(mesh.from_text(code, level), level) == (139.0, 106 / 3)
    assert found == 8


@pytest.mark.parametrize(("level", "code", "expected"), AREAS)
def test_area_is_that_of_the_worked_table(level, code, expected):
    assert mesh.area_m2(code, level) == pytest.approx(expected, rel=1e-9, abs=5.1e-4)


@pytest.mark.parametrize("level", mesh.LEVELS)
def test_area_agrees_with_the_equal_area_projection(level):
    rng = np.random.default_rng(6933)
    codes = mesh.encode(rng.uniform(122, 154, 500), rng.uniform(20, 46, 500), level)
    west, south, east, north = mesh.bounds(codes, level).T
    to_equal_area = Transformer.from_crs(6668, 6933, always_xy=True)
    x0, y0 = to_equal_area.transform(west, south)
    x1, y1 = to_equal_area.transform(east, north)
    assert mesh.area_m2(codes, level) == pytest.approx((x1 - x0) * (y1 - y0), rel=1e-9)


@pytest.mark.parametrize(("coarse", "fine", "count"), CHILD_COUNTS)
def test_children_fill_their_parent(coarse, fine, count):
    codes = mesh.encode([139.76, 127.68, 141.94], [35.68, 26.21, 45.52], coarse)
    below = mesh.children(codes, coarse, fine)
    assert below.shape == (3, count)
    assert (np.diff(below, axis=1) > 0).all()
    assert (mesh.parent(below, fine, coarse) == codes[:, None]).all()
    assert mesh.area_m2(below, fine).sum(axis=1) == pytest.approx(
        mesh.area_m2(codes, coarse), rel=1e-9
    )
    boxes = mesh.bounds(below, fine)
    outer = np.stack([boxes[..., :2].min(axis=1), boxes[..., 2:].max(axis=1)], axis=1)
    assert (outer.reshape(3, 4) == mesh.bounds(codes, coarse)).all()


def test_parents_drop_digits_where_the_standard_nests_by_digits():
    code = 53394611323
    chain = {"m5": 10, "m4": 100, "m3": 1000, "m2": 10**5, "m1": 10**7}
    for to, factor in chain.items():
        assert mesh.parent(code, "m6", to) == code // factor
    assert mesh.parent(5339461173, "m100", "m3") == 53394611
    assert mesh.parent(5339461, "m5k", "m2") == 533946
    assert mesh.parent(533946005, "m2k", "m2") == 533946


def test_parents_across_the_branches_follow_the_ground():
    assert mesh.parent(53394611, "m3", "m2k") == 533946005
    assert mesh.parent(53394655, "m3", "m5k") == 5339464
    assert mesh.parent(5339461173, "m100", "m4") == 533946113


@given(any_point, st.sampled_from([(c, f) for c, f, _ in CHILD_COUNTS]))
def test_the_parent_of_a_point_is_the_cell_of_the_point(point, pair):
    coarse, fine = pair
    above = mesh.parent(mesh.encode(*point, fine), fine, coarse)
    assert above == mesh.encode(*point, coarse)


def test_cells_that_do_not_fit_have_no_parent():
    with pytest.raises(MeshCodeError, match=r"level m2k do not fit .* level m5k"):
        mesh.parent(533946005, "m2k", "m5k")
    with pytest.raises(MeshCodeError, match=r"level m2 do not fit .* level m3"):
        mesh.children(53394611, "m3", "m2")


@pytest.mark.parametrize(("level", "code", "north", "east", "expected"), NEIGHBOURS)
def test_neighbours_are_those_of_the_worked_table(level, code, north, east, expected):
    assert mesh.neighbor(code, level, north, east) == expected


@given(
    st.tuples(st.floats(120, 180), st.floats(20, 46)),
    levels,
    st.integers(-15, 15),
    st.integers(-15, 15),
)
def test_there_and_back_again_is_the_same_cell(point, level, north, east):
    code = mesh.encode(*point, level)
    there = mesh.neighbor(code, level, north, east)
    assert mesh.neighbor(there, level, -north, -east) == code


def test_steps_may_differ_by_cell():
    found = mesh.neighbor([533946, 533946], "m2", [1, -1], 0)
    assert found.tolist() == [533956, 533936]
    ring = mesh.neighbor(533946, "m2", np.array([[1], [0]]), np.array([-1, 0]))
    assert ring.tolist() == [[533955, 533956], [533945, 533946]]


def test_a_neighbour_off_the_grid_is_refused():
    with pytest.raises(CoordinateError, match=r"position 1: .*'0000' lies outside"):
        mesh.neighbor([5339, 0], "m1", -1, 0)


def test_steps_are_whole_numbers():
    with pytest.raises(MeshCodeError, match="north must be whole numbers"):
        mesh.neighbor(5339, "m1", 0.5, 0)


@pytest.mark.parametrize("level", mesh.LEVELS)
def test_only_codes_that_encode_can_give_are_possible(level):
    below = min(mesh.LEVELS[level].digits - 4, 5)
    first = mesh.encode(139.76, 35.68, level) // 10**below * 10**below
    codes = first + np.arange(10**below)
    cells = cells_of(5339, level)
    assert (mesh.is_possible(codes, level) == np.isin(codes, cells)).all()


@pytest.mark.parametrize("code", [-1, -533946, 10**17, 2**62, -(2**62)])
@pytest.mark.parametrize("level", mesh.LEVELS)
def test_absurd_numbers_are_impossible(code, level):
    assert mesh.is_possible(code, level) is False
    assert mesh.is_japanese(code, level) is False


def test_an_impossible_code_is_named_with_position_and_rule():
    with pytest.raises(MeshCodeError, match=r"position 1: .*'533986'.*5 and 6 are 0-7"):
        mesh.decode([533946, 533986, 533999], "m2")
    many = np.full(100_000, 53394611)
    many[70_000] = 53398611
    with pytest.raises(MeshCodeError, match="position 70000: mesh code '53398611'"):
        mesh.area_m2(many, "m3")


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        ([5339.0], "whole numbers, not float64"),
        (["5339"], "text codes: from_text"),
        ([None, 5339], r"position 0: mesh code None"),
        (pd.Series([5339, None], dtype="Int64"), "mesh code|whole numbers"),
        ([True], "whole numbers, not bool"),
    ],
)
def test_codes_are_whole_numbers(codes, message):
    with pytest.raises(MeshCodeError, match=message):
        mesh.decode(codes, "m1")


def test_validate_knows_the_primary_meshes():
    assert mesh.validate([5339, 3036], "m1").tolist() == [5339, 3036]
    with pytest.raises(
        MeshCodeError, match=r"position 1: .*3939 is not one of the 176"
    ):
        mesh.validate([5339, 3939], "m1")
    assert mesh.is_possible(393900, "m2")
    assert not mesh.is_japanese(393900, "m2")


def test_the_primary_meshes_are_176_in_order():
    assert len(mesh.PRIMARY_MESHES) == 176
    assert sorted(set(mesh.PRIMARY_MESHES)) == [*mesh.PRIMARY_MESHES]
    assert (mesh.PRIMARY_MESHES[0], mesh.PRIMARY_MESHES[-1]) == (3036, 6848)


@pytest.mark.shared
def test_the_primary_meshes_are_those_of_the_municipal_list(shared_data):
    pairs = pd.read_csv(shared_data / "mesh2_by_prefecture.csv", dtype=str)
    assert set(pairs["mesh2"].str[:4].astype(int)) == set(mesh.PRIMARY_MESHES)
    assert mesh.from_text(pairs["mesh2"], "m2").size == 5775


def test_scalars_come_back_as_python_scalars():
    assert [type(v) for v in mesh.decode(5339, "m1")] == [float, float]
    assert [type(v) for v in mesh.bounds(5339, "m1")] == [float] * 4
    assert type(mesh.area_m2(5339, "m1")) is float
    assert type(mesh.parent(533946, "m2", "m1")) is int
    assert type(mesh.neighbor(5339, "m1", 0, 0)) is int
    assert type(mesh.validate(np.int64(5339), "m1")) is int
    assert mesh.children(5339, "m1", "m2").shape == (64,)


def test_no_codes_give_empty_arrays_of_the_right_shape():
    assert mesh.bounds([], "m2").shape == (0, 4)
    assert mesh.children([], "m2", "m3").shape == (0, 100)
    assert mesh.parent([], "m3", "m2").dtype == np.int64
    assert mesh.area_m2(np.array([], dtype=np.int64), "m2").shape == (0,)


def test_cached_tables_cannot_be_changed_by_a_caller():
    with pytest.raises(ValueError, match="read-only"):
        mesh.LEVELS["m2"].row_part[0] = 1
