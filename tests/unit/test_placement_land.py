"""Land by cell and municipality, counted by hand on a few cells."""

import numpy as np
import pandas as pd
import pytest
import shapely

from geodata import mesh
from geodata.placement.land import (
    covered_area,
    land_by_cell,
    mesh2_land_area,
    municipality_cells,
)
from geodata.schemas import TABLES, conform

CELL = 53394611
WEST, SOUTH, EAST, NORTH = mesh.bounds(CELL, "m3")
MIDDLE = (WEST + EAST) / 2
AREA = mesh.area_m2(CELL, "m3")
NEXT = mesh.neighbor(CELL, "m3", 0, 1)


def areas(*rows):
    return pd.DataFrame(
        [
            {"pref_code": pref, "city_code": city, "geometry": shapely.to_wkb(shape)}
            for pref, city, shape in rows
        ]
    )


def west_half():
    return shapely.box(WEST, SOUTH, MIDDLE, NORTH)


def east_half():
    return shapely.box(MIDDLE, SOUTH, EAST, NORTH)


def listed(*rows):
    return pd.DataFrame(rows, columns=["mesh3", "city_code"])


def test_two_municipalities_have_half_of_the_land_each():
    land = land_by_cell(
        areas(("13", "13101", west_half()), ("13", "13102", east_half()))
    )
    assert land["mesh3"].tolist() == [CELL, CELL]
    assert land["city_code"].tolist() == ["13101", "13102"]
    assert land["land_area_m2"].tolist() == pytest.approx([AREA / 2] * 2)


def test_unassigned_land_is_land_without_a_municipality():
    land = land_by_cell(areas(("12", None, west_half())))
    assert land["city_code"].isna().all()
    assert land["land_area_m2"].sum() == pytest.approx(AREA / 2)


def test_prefectures_without_boundaries_keep_their_list():
    land = land_by_cell(areas(("13", "13101", west_half())))
    cells = municipality_cells(
        land, listed((CELL, "13101"), (CELL, "12100"), (NEXT, "12100")), "shipped"
    )
    table = cells.sort_values(["mesh3", "pref_code"]).reset_index(drop=True)
    assert table["crosswalk_source"].tolist() == ["shipped", "n03", "shipped"]
    assert table["city_code"].tolist() == ["12100", "13101", "12100"]
    assert table["land_share"].isna().tolist() == [True, True, False]
    assert conform(TABLES["core.municipality_cell"], cells).num_rows == 3


def test_shares_of_a_cell_add_up_where_all_its_land_is_known():
    land = land_by_cell(
        areas(("13", "13101", west_half()), ("12", "12100", east_half()))
    )
    cells = municipality_cells(land, listed((CELL, "14100")), "shipped")
    known = cells[cells["pref_code"] != "14"]
    assert known["land_share"].isna().all()  # 14 is listed there, without an area
    alone = municipality_cells(land, listed((NEXT, "14100")), "shipped")
    shares = alone[alone["mesh3"] == CELL]["land_share"]
    assert shares.tolist() == pytest.approx([0.5, 0.5])
    assert alone[alone["mesh3"] == NEXT]["land_share"].tolist() == [1.0]


def test_without_boundaries_the_only_municipality_has_all_of_a_cell():
    cells = municipality_cells(None, listed((CELL, "13101")), "shipped")
    assert cells["land_share"].tolist() == [1.0]
    assert np.isnan(cells["land_area_m2"]).all()


def test_the_land_of_a_secondary_mesh_is_unknown_unless_all_of_it_is_known():
    land = land_by_cell(areas(("13", "13101", west_half())))
    cells = municipality_cells(land, listed(), "shipped")
    pairs = pd.DataFrame(
        {"mesh2": [533946, 533946, 533947], "pref_code": ["12", "13", "13"]}
    )
    area = mesh2_land_area(cells, pairs, {"12", "13"})
    assert area.to_dict() == {533946: pytest.approx(AREA / 2), 533947: 0}
    assert mesh2_land_area(cells, pairs, {"13"}).isna().tolist() == [True, False]


def test_overlapping_polygons_of_one_kind_count_once():
    polygons = pd.DataFrame(
        {
            "kind": ["kaso", "kaso", "rito"],
            "geometry": shapely.to_wkb(
                [west_half(), shapely.box(WEST, SOUTH, EAST, NORTH), east_half()]
            ),
        }
    )
    found = covered_area(polygons, ["kind"]).set_index("kind")["area_m2"]
    assert found["kaso"] == pytest.approx(AREA)
    assert found["rito"] == pytest.approx(AREA / 2)
