"""Municipalities, designations and towns on the grid: small enough to count."""

import pandas as pd
import pytest
import shapely

from geodata import mesh, reference
from geodata.ground import lay_ground
from geodata.ground.boundary import municipalities_on_cells
from geodata.ground.designated import designated_land
from geodata.ground.municipality import municipality_table, parent_codes
from geodata.ground.towns import joined_towns
from geodata.placement.land import municipality_cells
from geodata.schemas import TABLES, conform

CELL = 51377595  # in 浜松市, no other prefecture near
NEXT = mesh.neighbor(CELL, "m3", 0, 1)
AREA = mesh.area_m2(CELL, "m3")


def half(cell, *, east):
    west, south, right, north = mesh.bounds(cell, "m3")
    middle = (west + right) / 2
    box = (middle, south, right, north) if east else (west, south, middle, north)
    return shapely.segmentize(shapely.box(*box), 0.0005)


def area(pref, city, name, shape):
    return {
        "pref_code": pref,
        "city_code": city,
        "pref_name_ja": "静岡県",
        "city_name_ja": name,
        "part_count": 1,
        "geometry": shapely.to_wkb(shape),
    }


def boundaries(*rows):
    return {"raw.municipality_area": pd.DataFrame(rows).astype({"city_code": "str"})}


NEW = boundaries(
    area("22", "22138", "浜松市中央区", half(CELL, east=False)),
    area("22", "22211", "磐田市", half(CELL, east=True)),
    area("22", None, "所属未定地", half(NEXT, east=False)),
)
FISCAL = {
    "raw.fiscal_index": pd.DataFrame(
        {"city_code": ["22130"], "fiscal_index": [0.85], "fiscal_year": [2021]}
    )
}


def test_boundaries_of_one_prefecture_leave_the_others_to_the_list():
    found = municipalities_on_cells(NEW)
    assert found.covered == {"22"}
    cells = found.cells
    own = cells[cells["pref_code"] == "22"]
    assert own["mesh3"].tolist() == [CELL, CELL, NEXT]
    assert own["land_share"].tolist() == pytest.approx([0.5, 0.5, 1.0])
    assert own["city_code"].isna().tolist() == [False, False, True]
    listed = reference.mesh3_municipalities()
    rest = listed[listed["city_code"].str[:2] != "22"]
    assert (cells["pref_code"] != "22").sum() == len(rest)
    assert not found.boundaries.is_simplified
    assert set(found.differences["pref_code"]) == {"22"}
    conform(TABLES["core.municipality_cell"], cells)


def test_the_list_given_goes_before_the_shipped_one():
    given = {
        "raw.mesh3_municipality": pd.DataFrame(
            {"mesh3": [CELL], "city_code": ["22211"]}
        )
    }
    found = municipalities_on_cells(given)
    assert found.cells["crosswalk_source"].tolist() == ["mesh_municipalities"]
    assert found.boundaries is None
    assert found.differences is None
    shipped = municipalities_on_cells({})
    assert set(shipped.cells["crosswalk_source"]) == {"shipped"}
    assert len(shipped.cells) == len(reference.mesh3_municipalities())


def test_long_edges_are_told():
    wide = shapely.box(*mesh.bounds(CELL, "m3"))
    found = municipalities_on_cells(boundaries(area("22", "22211", "磐田市", wide)))
    assert found.boundaries.is_simplified
    assert any("simplified" in note for note in found.notes)


def test_a_ward_formed_since_2020_is_named_by_its_boundary_and_has_its_citys_index():
    cells = municipalities_on_cells(NEW).cells
    table = municipality_table(NEW | FISCAL, cells).set_index("city_code")
    ward = table.loc["22138"]
    assert (ward["name_ja"], ward["bureau_code"]) == ("浜松市中央区", "tokai")
    assert not ward["is_listed_2020"]
    assert ward["land_area_m2"] == pytest.approx(AREA / 2)
    assert (ward["mesh3_count"], ward["fiscal_index"]) == (1, 0.85)
    assert pd.isna(table.loc["22211", "fiscal_index"])
    assert pd.isna(table.loc["13101", "land_area_m2"])  # no boundaries of Tokyo
    assert "22131" not in table.index
    assert not table["name_ja"].isna().any()
    conform(TABLES["out.municipality"], table.reset_index().assign(is_synthetic=False))


def test_wards_of_2020_have_the_index_of_their_city():
    cells = municipality_cells(None, reference.mesh3_municipalities(), "shipped")
    table = municipality_table(FISCAL, cells).set_index("city_code")
    wards = table.index.str.startswith("2213")
    assert wards.sum() == 7
    assert (table.loc[wards, "fiscal_index"] == 0.85).all()
    assert table.loc[~wards, "fiscal_index"].isna().all()
    assert not table.index.str.endswith("999").any()  # unassigned land is no city


def test_without_a_fiscal_table_the_columns_are_null():
    cells = municipality_cells(None, reference.mesh3_municipalities(), "shipped")
    table = municipality_table({}, cells)
    assert table["fiscal_index"].isna().all()
    assert table["fiscal_year"].isna().all()


def test_codes_of_any_date_find_whose_rows_they_take():
    codes = pd.Series(["22138", "01101", None, "99999", "22211"])
    found = parent_codes(codes).set_index("city_code")["parent_city_code"]
    assert found["22138"] == "22130"
    assert found["01101"] == "01100"
    assert "99999" not in found.index
    assert "22211" not in found.index
    assert not found.index.duplicated().any()


def lists(*rows):
    table = pd.DataFrame(rows, columns=["kind", "city_code", "extent"])
    return {"raw.disadvantaged_municipality": table}


def shares_of(given, cells=None):
    if cells is None:
        cells = municipalities_on_cells(given).cells
    shares, verdicts = designated_land(given, cells)
    assert len(verdicts) == 4888
    return shares.set_index(["mesh2", "kind"]), verdicts.set_index("mesh2")


def test_a_designation_of_a_city_reaches_the_wards_formed_since():
    shares, verdicts = shares_of(NEW | lists(("kaso", "22130", "full")))
    cell = CELL // 100
    assert shares.loc[(cell, "kaso"), "extent"] == "full"
    assert shares.loc[(cell, "kaso"), "basis"] == "list"
    assert verdicts.loc[cell, "is_disadvantaged"]


def test_without_a_list_or_polygons_the_shipped_list_speaks():
    cells = municipality_cells(None, reference.mesh3_municipalities(), "shipped")
    shares, _ = shares_of({}, cells)
    assert set(shares.index.get_level_values("kind")) == {"kaso", "listed"}
    only, _ = shares_of(lists(("kaso", "22211", "full")), cells)
    kaso = only.xs("kaso", level="kind")
    own = cells.loc[cells["city_code"] == "22211", "mesh3"] // 100
    assert set(kaso.index) == set(own)  # the shipped 過疎 list is replaced
    assert "listed" in set(only.index.get_level_values("kind"))


def test_polygons_of_a_prefecture_replace_its_shipped_list():
    shape = shapely.to_wkb(half(CELL, east=True))
    polygon = {"kind": "kaso", "city_code": "22211", "geometry": shape}
    given = NEW | {"raw.disadvantaged_area": pd.DataFrame([polygon])}
    shares, _ = shares_of(given)
    cell = CELL // 100
    own = shares.xs("kaso", level="kind")
    assert own.loc[cell, "basis"] == "polygon"
    assert cell == NEXT // 100  # with half of a cell of land
    land = AREA + mesh.area_m2(NEXT, "m3") / 2
    assert own.loc[cell, "land_share"] == pytest.approx(AREA / 2 / land)
    assert set(own["basis"]) == {"polygon", "list"}  # other prefectures: shipped


PROGRAMME_KINDS = (
    "kaso", "henchi", "rito", "hanto", "sanson", "tokutei_nosanson", "gosetsu",
)  # fmt: skip


@pytest.mark.parametrize(
    ("source", "rule_id", "is_lost"),
    [
        ("a24", "bad_value", True),
        ("henchi", "bad_value", True),
        ("disadvantaged_list", "bad_value", True),
        ("a24", "repeated_key", False),  # nothing is lost with it
        ("n03", "bad_value", False),
    ],
)
def test_a_kind_of_which_a_row_was_rejected_rules_no_cell_out(source, rule_id, is_lost):
    cells = municipality_cells(None, reference.mesh3_municipalities(), "shipped")
    rows = [(kind, "22211", "none") for kind in (*PROGRAMME_KINDS, "listed")]
    given = lists(*rows)
    cell = CELL // 100
    assert not shares_of(given, cells)[1].loc[cell, "is_disadvantaged"]
    rejected = pd.DataFrame(
        {"source": [source], "rule_id": [rule_id], "severity": ["ERROR"]}
    )
    _, verdicts = shares_of(given | {"raw.rejected_source_row": rejected}, cells)
    assert pd.isna(verdicts.loc[cell, "is_disadvantaged"]) == is_lost


def towns(**given):
    master = pd.DataFrame(
        {
            "city_code": ["41201"],
            "machiaza_id": ["0001000"],
            "town_name_ja": ["大字川久保"],
            "normal_name": ["大字川久保"],
            "abolished_on": pd.to_datetime([None]),
            "lon": [130.3],
            "lat": [33.3],
        }
    )
    return {"raw.town": master} | given


def test_towns_are_joined_only_with_a_master():
    fibre = pd.DataFrame(
        {
            "city_code": ["41201", "41201"],
            "town_key": ["412010010", "412010020"],
            "town_name_ja": ["大字川久保", "大字なし"],
            "normal_name": ["大字川久保", "大字なし"],
        }
    )
    assert joined_towns({"raw.fibre_town": fibre}) == ({}, [])
    assert joined_towns(towns()) == ({}, [])
    tables, notes = joined_towns(towns(**{"raw.fibre_town": fibre}))
    assert len(tables["core.unmatched_town"]) == 1
    assert len(notes) == 1
    assert "1 of 2" in notes[0]


def test_the_ground_of_nothing_is_the_shipped_one():
    ground = lay_ground({}, None, is_synthetic=False)
    assert ground.denominator.source == "derived:listed-land-v1"
    assert ground.boundaries is None
    assert not {"core.mesh_population", "core.crosswalk_difference"} & set(
        ground.tables
    )
    cells = ground.tables["core.mesh2_cell"]
    assert cells["population_count"].isna().all()
    assert cells["land_area_m2"].isna().all()
    for name, table in ground.tables.items():
        conform(TABLES[name], table)


def test_future_people_and_land_cover_are_summed_by_secondary_mesh():
    future = pd.DataFrame(
        {
            "mesh4": [533945091, 533945092, 533946091, 533923381],
            "city_code": "13101",
            "year": 2025,
            "population": [1.5, 2.0, 4.0, 8.0],
        }
    )
    cover = pd.DataFrame(
        {
            "source": "land_cover_raster",
            "level": "m3",
            "mesh": [53394500, 53394501, 53394500],
            "value_class": ["1", "1", "2"],
            "amount": [10.0, 5.0, 1.0],
        }
    )
    given = {"raw.future_population": future, "raw.mesh_raster": cover}
    tables = lay_ground(given, None, is_synthetic=True).tables
    people = tables["out.future_population"].set_index("mesh2")["population"]
    assert people.drop(533923).to_dict() == {533945: 3.5, 533946: 4.0}
    assert pd.isna(people[533923])  # in 神奈川県 too, of which there is no file
    conform(TABLES["out.future_population"], tables["out.future_population"])
    area_m2 = tables["out.mesh2_land_cover"].set_index("land_cover_class")["area_m2"]
    assert area_m2.to_dict() == {"1": 15.0, "2": 1.0}
    assert tables["out.mesh2_land_cover"]["is_synthetic"].all()
