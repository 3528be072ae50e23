"""Points to codes: worked examples, every edge of every level, what is refused."""

import jismesh.utils as jismesh
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata import mesh
from geodata.errors import CoordinateError, MeshCodeError

UAS = 3_600_000_000

# domain.md 2.5: lat, lon, then the code at every level in the order of LEVELS_SHOWN.
LEVELS_SHOWN = ["m1", "m2", "m5k", "m2k", "m3", "m4", "m5", "m6", "m100"]
WORKED = """
35.681236 139.767125 5339 533946 5339461 533946005 53394611 533946113 5339461132 53394611323 5339461173
34.702485 135.495951 5235 523503 5235032 523503485 52350349 523503492 5235034923 52350349232 5235034926
43.068564 141.350756 6441 644142 6441424 644142885 64414288 644142881 6441428811 64414288113 6441428820
26.212401 127.680932 3927 392725 3927253 392725445 39272554 392725541 3927255414 39272554144 3927255444
45.5229 141.9364 6841 684127 6841271 684127245 68412724 684127244 6841272442 68412724424 6841272479
24.2866 153.9807 3653 365337 3653372 365337485 36533748 365337481 3653374814 36533748144 3653374834
20.4250 136.0811 3036 303650 3036502 303650065 30365016 303650161 3036501612 30365016122 3036501604
24.4498 122.9337 3622 362257 3622571 362257245 36225734 362257344 3622573443 36225734434 3622573496
35.0 139.0 5239 523940 5239401 523940005 52394000 523940001 5239400011 52394000111 5239400000
36.0 140.0 5440 544000 5440001 544000005 54400000 544000001 5440000011 54400000111 5440000000
35.675 139.75 5339 533946 5339461 533946005 53394610 533946101 5339461011 53394610111 5339461000
20.025 139.0 3039 303900 3039001 303900205 30390030 303900301 3039003011 30390030111 3039003000
"""  # noqa: E501
ROWS = [line.split() for line in WORKED.strip().splitlines()]
LAT = np.array([float(row[0]) for row in ROWS])
LON = np.array([float(row[1]) for row in ROWS])
JISMESH_LEVELS = {
    "m1": 1,
    "m2": 2,
    "m5k": 5000,
    "m2k": 2000,
    "m3": 3,
    "m4": 4,
    "m5": 5,
    "m6": 6,
}


def code_by_the_book(y, x, level):
    """domain.md 2.2, line by line, on int64 arrays of micro-arc-seconds."""
    p, y1 = np.divmod(y, 2_400_000_000)
    u, x1 = np.divmod(x, 3_600_000_000)
    q, y2 = np.divmod(y1, 300_000_000)
    v, x2 = np.divmod(x1, 450_000_000)
    r, y3 = np.divmod(y2, 30_000_000)
    w, x3 = np.divmod(x2, 45_000_000)
    m1 = 100 * p + u
    m2 = 100 * m1 + 10 * q + v
    m3 = 100 * m2 + 10 * r + w
    m4 = 10 * m3 + 1 + 2 * (y3 // 15_000_000) + x3 // 22_500_000
    m5 = 10 * m4 + 1 + 2 * (y3 // 7_500_000 % 2) + x3 // 11_250_000 % 2
    m6 = 10 * m5 + 1 + 2 * (y3 // 3_750_000 % 2) + x3 // 5_625_000 % 2
    codes = {
        "m1": m1,
        "m2": m2,
        "m5k": 10 * m2 + 1 + 2 * (y2 // 150_000_000) + x2 // 225_000_000,
        "m2k": 1000 * m2 + 200 * (y2 // 60_000_000) + 20 * (x2 // 90_000_000) + 5,
        "m3": m3,
        "m4": m4,
        "m5": m5,
        "m6": m6,
        "m100": 100 * m3 + 10 * (y3 // 3_000_000) + x3 // 4_500_000,
    }
    return codes[level]


@pytest.mark.parametrize("position", range(9), ids=LEVELS_SHOWN)
def test_worked_examples_have_their_code(position):
    expected = [int(row[2 + position]) for row in ROWS]
    assert mesh.encode(LON, LAT, LEVELS_SHOWN[position]).tolist() == expected


@pytest.mark.parametrize("offset", [0, -1, 1])
@pytest.mark.parametrize("level", mesh.LEVELS)
def test_every_latitude_edge_belongs_to_the_cell_north_of_it(level, offset):
    size = mesh.LEVELS[level].lat_uas
    y = np.arange(size, 240_000_000_000, size) + offset
    x = np.full_like(y, 39 * UAS + 12_345_678)
    found = mesh.encode((x + 100 * UAS) / UAS, y / UAS, level)
    assert (found == code_by_the_book(y, x, level)).all()


@pytest.mark.parametrize("offset", [0, -1, 1])
@pytest.mark.parametrize("level", mesh.LEVELS)
def test_every_longitude_edge_belongs_to_the_cell_east_of_it(level, offset):
    size = mesh.LEVELS[level].lon_uas
    x = np.arange(size, 360_000_000_000, size) + offset
    y = np.full_like(x, 35 * UAS + 12_345_678)
    found = mesh.encode((x + 100 * UAS) / UAS, y / UAS, level)
    assert (found == code_by_the_book(y, x, level)).all()


@pytest.mark.parametrize("level", mesh.LEVELS)
def test_random_points_follow_the_book_at_any_array_length(level):
    rng = np.random.default_rng(410)
    lon, lat = rng.uniform(100, 200, 150_001), rng.uniform(0, 66, 150_001)
    y, x = np.rint(lat * UAS), np.rint(lon * UAS) - 100 * UAS
    expected = code_by_the_book(y.astype(np.int64), x.astype(np.int64), level)
    assert (mesh.encode(lon, lat, level) == expected).all()


def test_half_a_unit_off_an_edge_rounds_to_even_as_rint_does():
    edges = np.arange(1, 800) * 300_000_000
    lat = np.concatenate([edges - 0.5, edges + 0.5, edges - 1.5]) / UAS
    scaled = lat * UAS
    assert (scaled % 1 == 0.5).sum() > 100
    y = np.rint(scaled).astype(np.int64)
    expected = code_by_the_book(y, np.zeros_like(y), "m2")
    assert (mesh.encode(np.full(lat.size, 100.0), lat, "m2") == expected).all()


def test_a_hair_below_zero_rounds_onto_the_grid():
    assert mesh.encode(100.0, -1e-10, "m1") == 0


@pytest.mark.parametrize("level", JISMESH_LEVELS)
def test_points_off_the_edges_agree_with_jismesh(level):
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(122, 154, 30_000), rng.uniform(20, 46, 30_000)
    expected = jismesh.to_meshcode(lat, lon, JISMESH_LEVELS[level])
    assert (mesh.encode(lon, lat, level) == expected).all()


@pytest.mark.shared
def test_published_vectors_have_their_code(shared_data):
    vectors = pd.read_csv(shared_data / "data/mesh_code_vectors/point_to_code.csv")
    names = {
        "primary_80km": "m1",
        "secondary_10km": "m2",
        "x5_5km": "m5k",
        "x2_2km": "m2k",
        "third_1km": "m3",
        "half_500m": "m4",
        "quarter_250m": "m5",
        "eighth_125m": "m6",
    }
    vectors["level"] = vectors["level"].map(names)
    vectors = vectors.dropna(subset="level")
    assert len(vectors) == 16
    found = [
        mesh.encode(lon, lat, level)
        for lon, lat, level in vectors[["lon", "lat", "level"]].itertuples(index=False)
    ]
    assert found == vectors["meshcode"].tolist()


@given(
    lon=st.floats(100, 199.999999),
    lat=st.floats(0, 66.666666),
    level=st.sampled_from(sorted(mesh.LEVELS)),
)
def test_a_cell_holds_its_points_south_and_west_edge_included(lon, lat, level):
    west, south, east, north = mesh.bounds(mesh.encode(lon, lat, level), level)
    x, y = np.rint(lon * UAS), np.rint(lat * UAS)
    assert np.rint(west * UAS) <= x < np.rint(east * UAS)
    assert np.rint(south * UAS) <= y < np.rint(north * UAS)


def test_a_scalar_gives_a_python_int():
    code = mesh.encode(139.767125, 35.681236, "m4")
    assert type(code) is int
    assert type(mesh.encode(np.float64(139.5), np.float64(35.5), "m4")) is int


def test_any_container_of_any_length_is_read():
    series = pd.Series(LON, index=range(100, 112)), pd.Series(LAT)
    expected = mesh.encode(LON, LAT, "m3")
    assert (mesh.encode(*series, "m3") == expected).all()
    assert mesh.encode(LON.tolist(), tuple(LAT), "m3").tolist() == expected.tolist()
    assert mesh.encode(LON[::-1], LAT[::-1], "m3").tolist() == expected[::-1].tolist()
    assert mesh.encode(LON.reshape(3, 4), LAT.reshape(3, 4), "m3").shape == (3, 4)
    empty = mesh.encode([], [], "m3")
    assert (empty.shape, empty.dtype) == ((0,), np.int64)


def test_the_given_arrays_are_not_changed():
    lon, lat = LON.copy(), LAT.copy()
    mesh.encode(lon, lat, "m4")
    assert (lon == LON).all()
    assert (lat == LAT).all()


@pytest.mark.parametrize(
    ("lon", "lat", "message"),
    [
        (np.nan, 35.0, r"position 1: lon=nan.*longitude must be a number"),
        (-np.nan, 35.0, r"position 1: lon=nan"),
        (139.0, np.nan, r"position 1: .*lat=nan.*latitude must be a number"),
        (np.inf, 35.0, r"position 1: lon=inf"),
        (139.0, -np.inf, r"position 1: .*lat=-inf"),
        (1e308, 35.0, r"position 1: lon=1e\+308"),
        (-1e308, 35.0, r"position 1: lon=-1e\+308"),
        (99.999999, 35.0, r"\[100, 200\)"),
        (200.0, 35.0, r"\[100, 200\)"),
        (139.0, -0.000001, r"\[0, 66\.666667\)"),
        (139.0, 66.666666667, r"\[0, 66\.666667\)"),
        (35.0, 139.0, r"look swapped: encode\(lon, lat\)"),
    ],
)
def test_points_off_the_grid_are_refused_by_name(lon, lat, message):
    with pytest.raises(CoordinateError, match=message):
        mesh.encode([139.0, lon, np.nan], [35.0, lat, 35.0], "m4")


def test_the_named_point_is_the_first_bad_one_in_a_long_array():
    lon = np.full(200_000, 139.0)
    lat = np.full(200_000, 35.0)
    lon[190_000], lat[150_000] = 99.0, 90.0
    with pytest.raises(CoordinateError, match=r"position 150000: lon=139\.0, lat=90"):
        mesh.encode(lon, lat, "m4")


def test_unequal_lengths_are_refused():
    with pytest.raises(CoordinateError, match=r"\(2,\).*\(1,\)"):
        mesh.encode([139.0, 140.0], [35.0], "m4")


@pytest.mark.parametrize("bad", [["139"], [True], [None, "x"], [object()]])
def test_values_that_are_no_numbers_are_refused(bad):
    with pytest.raises(CoordinateError, match="longitude must be numbers"):
        mesh.encode(bad, [35.0] * len(bad), "m4")


def test_an_unknown_level_is_refused_with_the_known_ones():
    with pytest.raises(MeshCodeError, match="'m7'; the levels are m1, m2, m5k"):
        mesh.encode(139.0, 35.0, "m7")
