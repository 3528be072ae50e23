"""N03 行政区域: the real simplified files of 2021, against plain code."""

import json
from pathlib import Path

import geopandas
import pandas as pd
import pytest
import shapely

from geodata.errors import SourceError
from geodata.readers.administrative_areas import read_administrative_areas
from geodata.schemas import TABLES, conform

TABLE = "raw.municipality_area"


@pytest.fixture(scope="module")
def n03_folder(shared_data):
    return shared_data / "data" / "admin_n03_2021"


def properties(path: Path) -> list[dict]:
    """Attributes of a GeoJSON or TopoJSON by the json module alone."""
    content = json.loads(path.read_text(encoding="utf-8"))
    if content["type"] == "FeatureCollection":
        return [feature["properties"] for feature in content["features"]]
    (collection,) = content["objects"].values()
    return [shape["properties"] for shape in collection["geometries"]]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "rows"),
    [("N03-21_210101_s0001.geojson", 1897), ("N03-21_210101_s0010.topojson", 1906)],
)
def test_the_real_national_files_are_read_whole(n03_folder, name, rows):
    read = read_administrative_areas([n03_folder / name])
    conform(TABLES[TABLE], read.tables[TABLE])
    published_rows = properties(n03_folder / name)
    assert read.read_count == read.accepted_count == len(published_rows) == rows
    codes = {row["N03_007"] for row in published_rows if row.get("N03_007")}
    table = read.tables[TABLE]
    assert set(table["city_code"].dropna()) == codes
    assert read.vintage == "2021-01-01"
    assert read.edition == "without N03_005, simplified"
    assert read.rejected_count == 0
    names = table.set_index("city_code")["city_name_ja"]
    assert names[["01101", "13101", "22131", "01400"]].tolist() == [
        "札幌市中央区",
        "千代田区",
        "浜松市中区",
        "倶知安町",
    ]


@pytest.mark.shared
def test_the_real_geoparquet_has_1902_codes_and_4_unassigned_rows(n03_folder):
    path = n03_folder / "n03_2021_municipalities_s0010.parquet"
    read = read_administrative_areas([path])
    table = read.tables[TABLE]
    assert read.read_count == read.accepted_count == len(table) == 1906
    assert table["city_code"].notna().sum() == 1902
    unassigned = table[table["city_code"].isna()]
    assert len(unassigned) == 4
    assert set(unassigned["city_name_ja"]) == {"所属未定地"}
    assert read.vintage == "2021"
    original = geopandas.read_parquet(path)
    parts = original.geometry.count_geometries().sum()
    assert table["part_count"].sum() == parts
    united = shapely.from_wkb(table["geometry"].to_numpy())
    before = shapely.area(original.geometry.to_numpy()).sum()
    assert shapely.area(united).sum() == pytest.approx(before)


@pytest.mark.shared
def test_the_real_files_of_three_prefectures_are_read_together(n03_folder):
    paths = sorted((n03_folder / "geojson_s0010").glob("*.json"))
    read = read_administrative_areas(paths)
    rows = [row for path in paths for row in properties(path)]
    assert read.read_count == read.accepted_count == len(rows) == 63 + 19 + 42
    found = read.tables[TABLE].groupby("pref_code")["city_code"].nunique()
    wanted = pd.DataFrame(rows).groupby("N03_001")["N03_007"].nunique()
    assert found[["13", "32", "47"]].tolist() == (
        wanted[["東京都", "島根県", "沖縄県"]].tolist()
    )


@pytest.mark.shared
def test_the_real_file_of_prefectures_is_refused(n03_folder):
    with pytest.raises(
        SourceError,
        match=r"prefectures_s0010\.geojson, layer .*N03_007 not found among N03_001",
    ):
        read_administrative_areas([n03_folder / "prefectures_s0010.geojson"])


@pytest.mark.shared
def test_a_real_prefecture_beside_the_real_nation_is_refused(n03_folder):
    with pytest.raises(
        SourceError,
        match=r"s0001\.geojson and N03-21_13_210101\.json both hold code 13",
    ):
        read_administrative_areas(
            [
                n03_folder / "N03-21_210101_s0001.geojson",
                n03_folder / "geojson_s0010" / "N03-21_13_210101.json",
            ]
        )
