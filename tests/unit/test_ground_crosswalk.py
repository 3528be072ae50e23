import pandas as pd
import pytest
import shapely

from geodata import mesh
from geodata.ground.crosswalk import mesh2_municipalities, mesh4_municipalities
from geodata.placement.land import land_by_cell
from geodata.schemas import TABLES, conform

MUNICIPALITIES = pd.DataFrame(
    {"city_code": ["13101", "13102"], "name_ja": ["千代田区", "中央区"]}
)


def cells(*rows):
    columns = ["mesh3", "city_code", "land_area_m2"]
    return pd.DataFrame(rows, columns=columns).astype({"land_area_m2": "float64"})


def test_land_and_cells_of_each_municipality_add_up_within_the_secondary_mesh():
    table = mesh2_municipalities(
        cells(
            (53394611, "13101", 10.0),
            (53394612, "13101", 20.0),
            (53394612, "13102", 5.0),
            (53394500, "13102", 7.0),
        ),
        MUNICIPALITIES,
    )
    found = conform(
        TABLES["out.mesh2_municipality"], table.assign(is_synthetic=False)
    ).to_pylist()
    assert [
        (r["mesh2"], r["name_ja"], r["mesh3_count"], r["land_area_m2"]) for r in found
    ] == [
        (533945, "中央区", 1, 7.0),
        (533946, "千代田区", 2, 30.0),
        (533946, "中央区", 1, 5.0),
    ]


@pytest.mark.parametrize("city_code", [None, "13999"])
def test_land_of_no_municipality_has_no_row(city_code):
    rows = cells((53394611, "13101", 1.0), (53394611, city_code, 1.0))
    assert mesh2_municipalities(rows, MUNICIPALITIES)["city_code"].tolist() == ["13101"]


def test_land_is_unknown_where_a_part_of_it_is():
    rows = cells((53394611, "13101", 1.0), (53394612, "13101", None))
    assert mesh2_municipalities(rows, MUNICIPALITIES)["land_area_m2"].isna().all()


def test_half_meshes_follow_the_boundaries_or_inherit_from_the_list():
    west, south, east, north = mesh.bounds(53394611, "m3")
    west_half = shapely.box(west, south, (west + east) / 2, north)
    areas = pd.DataFrame(
        {
            "pref_code": ["13", "13"],
            "city_code": pd.Series(["13101", None], dtype="str"),
            "geometry": shapely.to_wkb([west_half, shapely.box(140, 35, 140.1, 35.1)]),
        }
    )
    listed = cells((53394611, "13101", 1.0), (53394612, "12100", None)).assign(
        crosswalk_source=["n03", "shipped"]
    )
    table = mesh4_municipalities(listed, land_by_cell(areas, "m4"))
    found = conform(TABLES["core.mesh4_municipality"], table).to_pylist()
    by_land = {r["mesh4"]: r["land_area_m2"] for r in found if not r["is_inherited"]}
    whole = {c: a for c, a in by_land.items() if a}
    assert whole == {
        533946111: pytest.approx(mesh.area_m2(533946111, "m4")),
        533946113: pytest.approx(mesh.area_m2(533946113, "m4")),
    }
    inherited = [r for r in found if r["is_inherited"]]
    assert [r["mesh4"] % 10 for r in inherited] == [1, 2, 3, 4]
    assert {r["city_code"] for r in inherited} == {"12100"}
