"""Residents by cell, prefecture and municipality: small enough to count."""

import pandas as pd
import pytest
import shapely

from geodata import mesh, reference
from geodata.ground import lay_ground
from geodata.ground.residents import residents_by_cell
from geodata.placement.land import land_by_cell
from geodata.readers.administrative_areas import read_administrative_areas
from geodata.readers.census_mesh import read_census_mesh
from geodata.schemas import TABLES, conform

CELL3 = 51377595  # 1 km, in 浜松市, no other prefecture near
CELL = CELL3 * 10 + 1
REAL = "data/estat_mesh_population_2020"
QUANTITIES = ["population_count", "household_count", "age65_count"]


def population(*rows, level="m4", year=2020):
    """Rows of (cell, prefecture or None, persons, households, 65 and over)."""
    table = pd.DataFrame(rows, columns=["mesh", "pref_code", *QUANTITIES])
    numbers = dict.fromkeys(["mesh", *QUANTITIES], "Int64")
    return table.astype({"pref_code": "str"} | numbers).assign(
        census_year=pd.array([year] * len(rows), "Int16"),
        level=level,
        pop_status="counted",
        treatment=0,
        disclosure_group=pd.array([None] * len(rows), "Int64"),
    )


def part_of(cell, level, start, end):
    """Between two shares of a cell, from west to east."""
    west, south, east, north = mesh.bounds(cell, level)
    width = east - west
    return shapely.box(west + start * width, south, west + end * width, north)


def land_at(*rows):
    """Land of rows of (prefecture, municipality or None, polygon)."""
    areas = pd.DataFrame(rows, columns=["pref_code", "city_code", "geometry"])
    areas["geometry"] = shapely.to_wkb(areas["geometry"].to_numpy())
    areas = areas.astype({"city_code": "str"})
    return lambda level: land_by_cell(areas, level)


def placed(table):
    columns = ["mesh", "pref_code", "city_code", "population_count"]
    rows = table[[*columns, "split", "city_split"]].astype(object)
    return [tuple(row) for row in rows.where(rows.notna(), None).to_numpy()]


def test_land_decides_between_the_municipalities_of_a_cell():
    boundaries = land_at(
        ("22", "22138", part_of(CELL, "m4", 0, 0.75)),
        ("22", "22211", part_of(CELL, "m4", 0.75, 1)),
    )
    given = population((CELL, None, 10, 4, None), (CELL + 1, None, 3, 2, 1))
    table, notes = residents_by_cell(given, boundaries)
    listed = reference.mesh3_municipalities()
    names = listed.loc[listed["mesh3"] == CELL3, "city_code"].tolist()
    assert placed(table)[:2] == [
        (CELL, "22", "22138", 8, "area", "area"),  # 7.5: of equals the smaller code
        (CELL, "22", "22211", 2, "area", "area"),
    ]
    # No land in the cell beside it: the list of 1 km cells tells.
    assert placed(table)[2:] == [(CELL + 1, "22", names[0], 3, "cell", "only")]
    assert table["household_count"].tolist() == [3, 1, 2]
    assert table["age65_count"].isna().tolist() == [True, True, False]
    assert notes == []
    conform(TABLES["core.mesh_population"], table)


def test_nobody_is_counted_to_unassigned_land_beside_a_municipality():
    boundaries = land_at(
        ("22", "22138", part_of(CELL, "m4", 0, 0.25)),
        ("22", None, part_of(CELL, "m4", 0.25, 1)),
    )
    table, _ = residents_by_cell(population((CELL, None, 9, 1, 1)), boundaries)
    assert placed(table) == [(CELL, "22", "22138", 9, "area", "only")]


def test_a_border_cell_is_split_by_prefecture_before_municipality():
    listed = reference.mesh3_municipalities()
    prefectures = listed.assign(pref=listed["city_code"].str[:2])
    border = int(prefectures.groupby("mesh3")["pref"].nunique().idxmax())
    names = sorted(prefectures.loc[prefectures["mesh3"] == border, "pref"].unique())
    one, other = names[:2]
    cell = border * 10 + 1
    rows = [
        (one, f"{one}901", part_of(cell, "m4", 0, 0.5)),
        (other, f"{other}901", part_of(cell, "m4", 0.5, 0.75)),
        (other, f"{other}902", part_of(cell, "m4", 0.75, 1)),
    ]
    rows += [(name, f"{name}999", part_of(CELL, "m4", 0, 1)) for name in names[2:]]
    table, _ = residents_by_cell(population((cell, None, 8, 3, 2)), land_at(*rows))
    assert placed(table) == [
        (cell, one, f"{one}901", 4, "area", "only"),
        (cell, other, f"{other}901", 2, "area", "area"),
        (cell, other, f"{other}902", 2, "area", "area"),
    ]
    # A neighbour whose boundaries were not given: nobody can tell its land.
    (whole,) = placed(
        residents_by_cell(population((cell, None, 8, 3, 2)), land_at(rows[0]))[0]
    )
    assert whole[3:5] == (8, "cell")


def test_people_of_no_listed_prefecture_are_told():
    sea = 303600001
    table, notes = residents_by_cell(population((sea, None, 5, 1, 1)))
    assert len(table) == 0
    assert notes == [
        "5 residents of the 2020 census are in cells of no listed prefecture: "
        "population coverage leaves them out."
    ]


def test_municipalities_of_the_given_list_go_before_the_shipped_one():
    listed = pd.DataFrame({"mesh3": [CELL3, CELL3], "city_code": ["22138", "22211"]})
    table, _ = residents_by_cell(population((CELL, None, 3, 1, 1)), listed=listed)
    assert placed(table) == [
        (CELL, "22", "22138", 2, "cell", "list"),
        (CELL, "22", "22211", 1, "cell", "list"),
    ]


def test_each_census_is_split_on_its_own_level():
    both = pd.concat(
        [population((CELL, None, 3, 1, 1)),
         population((CELL3, None, 4, 1, 1), level="m3", year=2015),
         population((CELL * 10 + 1, None, 5, 1, 1), level="m5", year=None)]
    )  # fmt: skip
    boundaries = land_at(("22", "22138", part_of(CELL3, "m3", 0, 1)))
    table, _ = residents_by_cell(both, boundaries)
    stored = conform(TABLES["core.mesh_population"], table).to_pylist()
    found = {
        row["census_year"]: (row["level"], row["population_count"]) for row in stored
    }
    assert found == {2020: ("m4", 3), 2015: ("m3", 4), None: ("m5", 5)}
    assert {row["city_split"] for row in stored} == {"only"}


def test_the_ground_lays_both_censuses_with_their_marks():
    mesh1 = [str(code) for code in mesh.PRIMARY_MESHES]
    extent = pd.DataFrame({"unit": "mesh1", "code": mesh1})
    years = pd.concat([extent.assign(census_year=year) for year in (2015, 2020)])
    given = pd.concat(
        [population((CELL, None, 3, 1, None), year=year) for year in (2015, 2020)]
    ).assign(pop_status="suppressed", treatment=2, disclosure_group=CELL + 1)
    tables = lay_ground(
        {"raw.mesh_population": given, "raw.census_extent": years},
        None,
        is_synthetic=False,
    ).tables
    table = tables["core.mesh_population"]
    assert table["census_year"].tolist() == [2015, 2020]
    marks = table[["pop_status", "treatment", "disclosure_group"]]
    assert marks.drop_duplicates().to_numpy().tolist() == [["suppressed", 2, CELL + 1]]
    of_cell = tables["core.mesh2_cell"].set_index("mesh2")["population_count"]
    assert of_cell[CELL // 1000] == 3  # the newest only, not both


@pytest.mark.shared
@pytest.mark.parametrize("pattern", ["tblT001101H*.txt", "tblT001100S30.txt"])
def test_real_files_keep_every_person_household_and_age(shared_data, pattern):
    read = read_census_mesh(sorted((shared_data / REAL).glob(pattern)))
    given = read.tables["raw.mesh_population"]
    table, notes = residents_by_cell(given)
    assert notes == []
    conform(TABLES["core.mesh_population"], table)
    published = {
        "tblT001101H*.txt": 2_644_586 + 4_685_631 + 532_512,
        "tblT001100S30.txt": 922_584,
    }
    assert table["population_count"].sum() == published[pattern]
    for quantity in QUANTITIES:
        assert table[quantity].sum() == given[quantity].sum()
        by_cell = table.groupby("mesh")[quantity].sum(min_count=1)
        assert by_cell.equals(given.set_index("mesh")[quantity].sort_index())
    assert set(table["city_split"]) <= {"only", "list"}


@pytest.mark.shared
def test_real_files_under_real_boundaries_keep_every_person(shared_data):
    read = read_census_mesh(sorted((shared_data / REAL).glob("tblT001101H*.txt")))
    given = read.tables["raw.mesh_population"]
    path = shared_data / "data/admin_n03_2021/n03_2021_municipalities_s0010.parquet"
    areas = read_administrative_areas([path]).tables["raw.municipality_area"]
    table, notes = residents_by_cell(given, lambda level: land_by_cell(areas, level))
    assert notes == []
    for quantity in QUANTITIES:
        by_cell = table.groupby("mesh")[quantity].sum(min_count=1)
        assert by_cell.equals(given.set_index("mesh")[quantity].sort_index())
    people = table.groupby("city_split")["population_count"].sum()
    assert people.idxmax() == "only"
    kitakyushu = table["city_code"].str.startswith("4010").fillna(value=False)
    assert table.loc[kitakyushu.astype(bool), "population_count"].sum() > 800_000
