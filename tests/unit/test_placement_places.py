"""Where a point is: boundaries decide where given, cells elsewhere."""

import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Geod

from geodata import mesh
from geodata.placement.nearest import nearest_cell
from geodata.placement.places import Boundaries, place_points

CELL = 53394611
WEST, SOUTH, EAST, NORTH = mesh.bounds(CELL, "m3")
MIDDLE = (WEST + EAST) / 2
IN_WEST = (WEST + 1e-4, SOUTH + 1e-4)
IN_EAST = (EAST - 1e-4, SOUTH + 1e-4)

LIKELY = pd.DataFrame({"mesh3": [CELL], "pref_code": ["13"], "is_border_cell": [True]})
CELLS = pd.DataFrame(
    {
        "mesh3": [CELL, CELL],
        "pref_code": ["12", "13"],
        "city_code": ["12100", "13101"],
    }
)


def boundaries(*, is_simplified=False, east=("12", "12100")):
    rows = [
        ("13", "13101", shapely.box(WEST, SOUTH, MIDDLE, NORTH)),
        (*east, shapely.box(MIDDLE, SOUTH, EAST - 2e-4, NORTH)),
    ]
    table = pd.DataFrame(rows, columns=["pref_code", "city_code", "geometry"])
    table["geometry"] = shapely.to_wkb(table["geometry"].to_numpy())
    return Boundaries.of(table, is_simplified=is_simplified, listed=CELLS)


def place(*points, by=None, cells=CELLS):
    lon, lat = np.array(points, float).T
    return place_points(lon, lat, LIKELY, cells, by)


def test_a_boundary_decides_within_a_border_cell():
    found = place(IN_WEST, (MIDDLE + 1e-4, SOUTH + 1e-4), by=boundaries())
    assert found["pref_code"].tolist() == ["13", "12"]
    assert found["city_code"].tolist() == ["13101", "12100"]
    assert not found["is_border_cell"].any()
    assert set(found["place_source"]) == {"boundary"}


def test_a_simplified_boundary_decides_but_leaves_the_doubt():
    found = place((MIDDLE + 1e-4, SOUTH + 1e-4), by=boundaries(is_simplified=True))
    assert found["pref_code"].tolist() == ["12"]
    assert found["is_border_cell"].tolist() == [True]
    assert found["place_source"].tolist() == ["boundary_simplified"]


def test_a_simplified_boundary_brings_no_prefecture_that_the_list_does_not_name():
    strayed = boundaries(is_simplified=True, east=("14", "14100"))
    found = place((MIDDLE + 1e-4, SOUTH + 1e-4), by=strayed)
    assert found["pref_code"].tolist() == ["13"]
    assert found["place_source"].tolist() == ["cell"]


def test_simplified_boundaries_are_held_against_the_list_not_against_themselves():
    strayed = boundaries(is_simplified=True, east=("14", "14100"))
    own = CELLS.assign(pref_code=["14", "13"], city_code=["14100", "13101"])
    found = place((MIDDLE + 1e-4, SOUTH + 1e-4), by=strayed, cells=own)
    assert found["pref_code"].tolist() == ["13"]
    assert found["city_code"].isna().all()


def test_the_only_municipality_of_a_cell_is_of_the_prefecture_of_the_point():
    other = CELLS.iloc[[0]]  # boundaries know 12100 only; the likely prefecture is 13
    found = place(IN_EAST, by=boundaries(), cells=other)
    assert found["pref_code"].tolist() == ["13"]
    assert found["city_code"].isna().all()


def test_a_point_off_all_boundaries_is_placed_by_its_cell():
    found = place(IN_EAST, by=boundaries())
    assert found["pref_code"].tolist() == ["13"]
    assert found["city_code"].isna().all()
    assert found["is_border_cell"].tolist() == [True]


def test_without_boundaries_the_only_municipality_of_a_cell_is_known():
    only = CELLS.iloc[[1]]
    assert place(IN_WEST, cells=only)["city_code"].tolist() == ["13101"]
    assert place(IN_WEST)["city_code"].isna().all()


def test_a_point_in_an_unlisted_cell_takes_the_nearest_prefecture():
    lon, lat = mesh.center(mesh.neighbor(CELL, "m3", 0, 3), "m3")
    found = place((lon, lat))
    assert found["pref_code"].tolist() == ["13"]
    assert found["is_border_cell"].tolist() == [True]


@pytest.mark.parametrize("lat", [24.5, 35.5, 45.2])
@pytest.mark.parametrize("lon", [123.5, 140.5])
@pytest.mark.parametrize(("north", "east"), [(8, 15), (-8, 15), (15, 9), (15, -9)])
def test_the_nearest_cell_is_the_nearest_on_the_earth(lat, lon, north, east):
    sea = mesh.encode(lon, lat, "m3")
    cells = np.sort(
        [mesh.neighbor(sea, "m3", north, 0), mesh.neighbor(sea, "m3", 0, east)]
    )
    lons, lats = mesh.center(np.append(cells, sea), "m3")
    earth = Geod(ellps="GRS80")
    metres = earth.inv(lons[:2], lats[:2], [lons[2]] * 2, [lats[2]] * 2)[2]
    assert nearest_cell(np.array([sea]), cells).tolist() == [np.argmin(metres)]


def test_unassigned_land_has_a_prefecture_but_no_municipality():
    by = boundaries(east=("12", None))
    found = place((MIDDLE + 1e-4, SOUTH + 1e-4), by=by)
    assert found["pref_code"].tolist() == ["12"]
    assert found["city_code"].isna().tolist() == [True]


@pytest.mark.parametrize("by", [None, boundaries()])
def test_no_points_give_no_rows(by):
    found = place_points(np.zeros(0), np.zeros(0), LIKELY, CELLS, by)
    assert len(found) == 0
