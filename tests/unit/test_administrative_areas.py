"""N03 行政区域: editions, names, dissolving, days, and the real simplified files.

The small files are format-synthetic: see ``vector_files.py``.
"""

import json
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
import vector_files as build

from geodata.errors import SourceError
from geodata.readers.administrative_areas import (
    SIMPLIFIED_EDGE_M,
    is_simplified,
    median_edge_m,
    read_administrative_areas,
)
from geodata.readers.files.published import Published
from geodata.readers.files.vector import read_vector
from geodata.schemas import TABLES, conform

OLD, NEW = build.N03_BEFORE_2024, build.N03_SINCE_2024
TABLE = "raw.municipality_area"
OLD_STEM, NEW_STEM = "N03-21_210101", "N03-20240101"


def published(folder: Path, frame=OLD, stem=OLD_STEM, forms=("shp",), name=None):
    path = folder / (name or f"{stem}_GML.zip")
    return build.published_zip(path, stem, frame, forms)


def geojson(folder: Path, frame: pd.DataFrame, name=f"{OLD_STEM}.geojson") -> Path:
    path = folder / name
    path.write_text(build.geojson_text(frame), encoding="utf-8")
    return path


def table_of(*paths: Path) -> pd.DataFrame:
    read = read_administrative_areas(paths)
    return conform(TABLES[TABLE], read.tables[TABLE]).to_pandas()


def codes_and_names(table: pd.DataFrame) -> list[tuple[str, str | None, str]]:
    return [
        (pref, None if pd.isna(code) else code, name)
        for pref, code, name in zip(
            table["pref_code"], table["city_code"], table["city_name_ja"], strict=True
        )
    ]


# --- editions and forms ---------------------------------------------------------------


@pytest.mark.parametrize("form", ["shp", "geojson", "xml"])
def test_before_2024_the_designated_city_stands_before_its_ward(tmp_path, form):
    read = read_administrative_areas([published(tmp_path, forms=(form,))])
    table = conform(TABLES[TABLE], read.tables[TABLE]).to_pandas()
    assert codes_and_names(table) == [
        ("01", "01101", "札幌市中央区"),
        ("01", "01400", "倶知安町"),
        ("13", "13101", "千代田区"),
        ("13", None, "所属未定地"),
        ("22", "22131", "浜松市中区"),
    ]
    assert table["pref_name_ja"].tolist()[::2] == ["北海道", "東京都", "静岡県"]
    assert (read.vintage, read.edition) == ("2021-01-01", "without N03_005")
    assert (read.read_count, read.accepted_count, read.datum) == (6, 6, "JGD2011")
    assert read.rejected.empty


@pytest.mark.parametrize("form", ["shp", "geojson"])
def test_since_2024_the_ward_is_a_column_of_its_own(tmp_path, form):
    read = read_administrative_areas([published(tmp_path, NEW, NEW_STEM, (form,))])
    table = conform(TABLES[TABLE], read.tables[TABLE]).to_pandas()
    assert codes_and_names(table) == [
        ("01", "01101", "札幌市中央区"),
        ("01", "01400", "倶知安町"),
        ("13", "13101", "千代田区"),
        ("13", None, "所属未定地"),
        ("22", "22138", "浜松市中央区"),
    ]
    assert (read.vintage, read.edition) == ("2024-01-01", "with N03_005")


def test_parts_of_a_municipality_are_united_with_their_holes(tmp_path):
    table = table_of(published(tmp_path)).set_index("city_code")
    ward = shapely.from_wkb(table.loc["01101", "geometry"])
    assert table.loc["01101", "part_count"] == 2
    assert ward.equals(shapely.union_all(OLD.geometry[:2].to_numpy()))
    assert [len(part.interiors) for part in ward.geoms] == [1, 0]
    assert table.loc["01400", "part_count"] == 1
    alone = shapely.from_wkb(table.loc["01400", "geometry"])
    assert alone.equals(OLD.geometry[2])


def test_touching_and_multiple_parts_are_counted_as_published(tmp_path):
    side = 0.0005
    left, right = build.square(139.0, 35.0), build.square(139.0 + side, 35.0)
    island = build.square(139.1, 35.1)
    frame = OLD.iloc[[3, 3]].assign(
        geometry=[shapely.MultiPolygon([left, island]), right]
    )
    (row,) = table_of(geojson(tmp_path, frame)).itertuples()
    assert row.part_count == 3
    united = shapely.from_wkb(row.geometry)
    assert len(united.geoms) == 2
    assert united.area == pytest.approx(3 * side**2)


def test_unassigned_land_is_one_row_for_each_prefecture(tmp_path):
    land = OLD.iloc[[4, 4, 4, 4]].assign(
        N03_001=["東京都", "東京都", "千葉県", "東京都"],
        N03_007=[None, None, None, "13000"],
        geometry=[build.square(139.8 + at / 100, 35.5) for at in range(4)],
    )
    table = table_of(geojson(tmp_path, land))
    assert codes_and_names(table) == [
        ("12", None, "所属未定地"),
        ("13", None, "所属未定地"),
    ]
    assert table["part_count"].tolist() == [1, 3]


def test_a_named_row_without_code_counts_as_unassigned_and_is_noted(tmp_path):
    frame = OLD.assign(N03_007=OLD["N03_007"].mask(OLD["N03_004"] == "倶知安町"))
    read = read_administrative_areas([geojson(tmp_path, frame)])
    assert ("01", None, "所属未定地") in codes_and_names(read.tables[TABLE])
    assert any("倶知安町 have no code" in note for note in read.notes)


def test_two_names_of_one_code_are_noted(tmp_path):
    frame = OLD.assign(
        N03_004=OLD["N03_004"].where(OLD.index != 1, "東区"),
    )
    read = read_administrative_areas([geojson(tmp_path, frame)])
    assert any(
        note == "Code 01101 is named 札幌市中央区 (used) and 札幌市東区."
        for note in read.notes
    )


def test_a_layer_of_prefectures_beside_the_municipalities_is_passed_over(tmp_path):
    prefectures = NEW[["N03_001", "geometry"]]
    members = {
        f"{NEW_STEM}.geojson": build.geojson_text(NEW).encode(),
        f"{NEW_STEM}_prefecture.geojson": build.geojson_text(prefectures).encode(),
    }
    path = build.zipped(tmp_path / f"{NEW_STEM}_GML.zip", members)
    assert len(table_of(path)) == 5


# --- several files --------------------------------------------------------------------


def by_prefecture(folder: Path) -> list[Path]:
    codes = {"01": "北海道", "13": "東京都", "22": "静岡県"}
    return [
        published(
            folder,
            OLD[OLD["N03_001"] == name].reset_index(drop=True),
            f"N03-21_{pref}_210101",
            name=f"N03-210101_{pref}_GML.zip",
        )
        for pref, name in codes.items()
    ]


def test_archives_of_prefectures_give_what_the_nation_gives(tmp_path):
    whole = table_of(published(tmp_path))
    pd.testing.assert_frame_equal(table_of(*by_prefecture(tmp_path)), whole)


def test_a_municipality_in_two_files_names_both(tmp_path):
    nation, (_, tokyo, _) = published(tmp_path), by_prefecture(tmp_path)
    with pytest.raises(
        SourceError,
        match=r"N03-21_210101\.shp and N03-210101_13_GML.*both hold code 13101 \(2 in",
    ):
        read_administrative_areas([nation, tokyo])


def test_unassigned_land_in_two_files_names_both(tmp_path):
    paths = [geojson(tmp_path, OLD.iloc[[4]], f"N03-21_{n}.geojson") for n in (1, 2)]
    with pytest.raises(
        SourceError, match=r"N03-21_1.* and N03-21_2.* both hold 所属未定地 of .* 13"
    ):
        read_administrative_areas(paths)


def test_files_of_two_days_or_editions_are_refused(tmp_path):
    first = geojson(tmp_path, OLD.iloc[:3], "N03-21_01_210101.geojson")
    later = geojson(tmp_path, OLD.iloc[3:], "N03-22_13_220101.geojson")
    with pytest.raises(
        SourceError, match=r"210101\.geojson is of 2021-01-01, N03-22.*of 2022-01-01"
    ):
        read_administrative_areas([first, later])
    newer = geojson(tmp_path, NEW.iloc[3:], "N03-20240101_13.geojson")
    with pytest.raises(SourceError, match=r"without N03_005, .* of with N03_005"):
        read_administrative_areas([first, newer])


# --- day: name against content --------------------------------------------------------


def test_a_renamed_file_of_an_older_edition_is_refused(tmp_path):
    path = geojson(tmp_path, OLD, "N03-20250101.geojson")
    with pytest.raises(
        SourceError,
        match=r"20250101\.geojson: the name says 2025-01-01, but the content is of "
        r"2023-12-31 or earlier \(no column N03_005\)",
    ):
        read_administrative_areas([path])


def test_a_renamed_file_of_a_newer_edition_is_refused(tmp_path):
    path = geojson(tmp_path, NEW, "N03-21_210101.geojson")
    with pytest.raises(
        SourceError, match=r"says 2021-01-01, .* of 2024-01-01 or later \(column N03_0"
    ):
        read_administrative_areas([path])


@pytest.mark.parametrize(
    ("code", "pref", "name", "reason"),
    [
        ("40305", "福岡県", "N03-19_190101.xml", "code 40305 ended then"),
        ("40231", "福岡県", "N03-18_180101.xml", "code 40231 began then"),
        ("22131", "静岡県", "N03-20250101.xml", "code 22131 ended then"),
        ("22138", "静岡県", "N03-20230101.xml", "code 22138 began then"),
    ],
)
def test_codes_tell_the_day_that_a_name_contradicts(tmp_path, code, pref, name, reason):
    frame = OLD.iloc[[3]].assign(N03_001=pref, N03_007=code)
    path = tmp_path / name
    path.write_text(build.n03_gml(frame), encoding="utf-8")
    with pytest.raises(SourceError, match=rf"{name}: the name says .*{reason}"):
        read_administrative_areas([path])


def test_codes_of_two_times_in_one_file_are_refused(tmp_path):
    frame = OLD.iloc[[3, 4]].assign(
        N03_001=["福岡県", "静岡県"], N03_007=["40305", "22138"]
    )
    path = tmp_path / "a.xml"
    path.write_text(build.n03_gml(frame), encoding="utf-8")
    with pytest.raises(
        SourceError, match=r"a\.xml: code 22138 began then .* but code 40305 ended"
    ):
        read_administrative_areas([path])


def test_a_description_of_another_year_is_refused(tmp_path):
    path = tmp_path / "N03-21_210101.xml"
    text = build.n03_gml(OLD, description="国土数値情報 行政区域 平成27年")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=r"says 2021-01-01, .* of 2015 .*平成27年"):
        read_administrative_areas([path])


def test_a_fiscal_year_in_the_description_ends_in_march(tmp_path):
    path = tmp_path / "N03-15_150101.xml"
    text = build.n03_gml(OLD, description="国土数値情報 行政区域 2014年度")
    path.write_text(text, encoding="utf-8")
    assert read_administrative_areas([path]).vintage == "2015-01-01"


def test_an_archive_whose_name_contradicts_its_member_is_refused(tmp_path):
    path = published(tmp_path, name="N03-20220101_GML.zip")
    with pytest.raises(
        SourceError, match=r"20220101_GML\.zip says 2022-01-01, N03-21_210101\.shp says"
    ):
        read_administrative_areas([path])


def test_without_a_day_in_the_name_the_content_gives_the_vintage(tmp_path):
    frame = OLD.iloc[[3]].assign(N03_001="福岡県", N03_007="40231")
    read = read_administrative_areas([geojson(tmp_path, frame, "areas.geojson")])
    assert read.vintage == "2018-10-01 to 2023-12-31"


# --- faults of whole files ------------------------------------------------------------


@pytest.mark.parametrize("column", ["N03_001", "N03_003", "N03_004", "N03_007"])
def test_a_missing_column_names_what_is_there(tmp_path, column):
    path = geojson(tmp_path, OLD.drop(columns=column))
    with pytest.raises(
        SourceError,
        match=rf"210101\.geojson, layer .*: column\(s\) {column} not found among N03",
    ):
        read_administrative_areas([path])


def test_further_columns_are_noted(tmp_path):
    read = read_administrative_areas([geojson(tmp_path, OLD.assign(memo="x"))])
    assert any("further column(s) memo not used" in note for note in read.notes)


def test_the_history_of_boundaries_is_refused(tmp_path):
    text = build.n03_gml(OLD).replace(
        "</ksj:AdministrativeBoundary>",
        "<ksj:formationDate>1889-04-01</ksj:formationDate>"
        "</ksj:AdministrativeBoundary>",
    )
    path = tmp_path / "N03-21_210101.xml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=r"formationDate, so this is 行政区域の変遷"):
        read_administrative_areas([path])


def test_tokyo_datum_is_moved_and_noted(tmp_path):
    path = build.published_zip(
        tmp_path / "N03-050101_GML.zip",
        "N03-05_050101",
        OLD,
        ("shp",),
        prj=build.TOKYO_PRJ,
    )
    read = read_administrative_areas([path])
    assert read.datum == "TOKYO"
    assert any(
        "from datum TOKYO to JGD2011, accurate to" in note for note in read.notes
    )
    moved = shapely.from_wkb(read.tables[TABLE]["geometry"].to_numpy())
    assert shapely.total_bounds(moved)[1] - 34.7 == pytest.approx(11.6 / 3600, rel=0.1)


def test_a_shapefile_cut_short_in_its_archive_is_refused(tmp_path):
    shp = build.write_shapefile(tmp_path / "N03.shp", OLD)
    parts = {f"N03{e}": shp.with_suffix(e).read_bytes() for e in build.SHAPEFILE_PARTS}
    parts["N03.shp"] = parts["N03.shp"][:-40]
    path = build.zipped(tmp_path / "N03.zip", parts)
    with pytest.raises(SourceError, match=r"N03\.zip/N03\.shp: .* it is cut short"):
        read_administrative_areas([path])


# --- faults of rows -------------------------------------------------------------------


def test_each_bad_row_is_rejected_under_its_rule_and_the_others_stay(tmp_path):
    bad = pd.concat([OLD, OLD.iloc[[3, 3, 3, 3, 3, 3]]], ignore_index=True)
    bad.loc[6, "N03_001"] = "東京府"
    bad.loc[7, "N03_007"] = "1101"
    bad.loc[8, "N03_007"] = "22131"
    bad.loc[9, "N03_001"] = None
    bad.loc[10, "N03_004"] = None
    bad.loc[11, "N03_007"] = "13000"
    frame = geopandas.GeoDataFrame(bad, crs=6668)
    read = read_administrative_areas([published(tmp_path, frame)])
    found = read.rejected[["row", "column", "value", "rule_id", "layer"]]
    assert sorted(map(tuple, found.to_numpy())) == [
        (7, "N03_001", "東京府", "unknown_code", OLD_STEM),
        (8, "N03_007", "1101", "bad_value", OLD_STEM),
        (9, "N03_007", "22131 in 東京都", "unknown_code", OLD_STEM),
        (10, "N03_001", "nan", "missing_value", OLD_STEM),
        (11, "N03_004", "nan", "missing_value", OLD_STEM),
        (12, "N03_007", "13000 in 東京都", "unknown_code", OLD_STEM),
    ]
    assert set(read.rejected["file"]) == {
        f"{OLD_STEM}_GML.zip/{OLD_STEM}_GML/N03-21_210101.shp"
    }
    assert (read.read_count, read.accepted_count, read.rejected_count) == (12, 6, 6)
    assert len(read.tables[TABLE]) == 5


def test_codes_that_lost_their_zero_are_rejected_not_padded(tmp_path):
    frame = pd.DataFrame(OLD).assign(N03_007=[1101, 1101, 1400, 13101, None, 22131])
    frame["N03_007"] = frame["N03_007"].astype("Int64")
    read = read_administrative_areas([geojson(tmp_path, frame)])
    assert read.rejected["rule_id"].tolist() == ["bad_value"] * 3
    assert read.rejected["value"].tolist() == ["1101", "1101", "1400"]
    assert read.accepted_count == 3


def test_geometry_faults_are_counted_with_the_rows_they_spoil(tmp_path):
    shapes = OLD.geometry.to_numpy().copy()
    shapes[0] = shapely.Point(141, 43)
    shapes[3] = build.square(10, 50)
    shapes[5] = shapely.Polygon([(137, 34), (137.1, 34.1), (137.1, 34), (137, 34.1)])
    read = read_administrative_areas([geojson(tmp_path, OLD.assign(geometry=shapes))])
    assert read.rejected["rule_id"].tolist() == [
        "bad_geometry",
        "outside_japan",
        "repaired_geometry",
    ]
    assert (read.accepted_count, read.rejected_count) == (4, 2)
    table = read.tables[TABLE]
    assert shapely.is_valid(shapely.from_wkb(table["geometry"].to_numpy())).all()


def test_a_file_of_bad_rows_only_gives_an_empty_table(tmp_path):
    path = geojson(tmp_path, OLD.assign(N03_001="東京府"))
    read = read_administrative_areas([path])
    assert conform(TABLES[TABLE], read.tables[TABLE]).num_rows == 0
    assert read.rejected_count == 6
    assert np.isnan(median_edge_m(read.tables[TABLE]))
    assert not is_simplified(read.tables[TABLE])


# --- simplified or exact --------------------------------------------------------------


def test_the_median_edge_is_in_metres():
    # A degree of latitude is 111.3 km on the sphere; at 60 N a degree east is half that
    north, east = 0.001, 0.004
    box = shapely.box(140, 60, 140 + east, 60 + north)
    table = pd.DataFrame({"geometry": [shapely.to_wkb(box)]})
    assert median_edge_m(table) == pytest.approx((111.32 + 222.64) / 2, rel=1e-3)


def test_edges_do_not_lead_from_one_ring_to_the_next():
    far = shapely.MultiPolygon([build.square(130, 30), build.square(150, 30)])
    table = pd.DataFrame({"geometry": [shapely.to_wkb(far)]})
    assert median_edge_m(table) < 60


def test_long_edges_make_boundaries_simplified(tmp_path):
    path = geojson(tmp_path, OLD)
    read = read_administrative_areas([path])
    assert not is_simplified(read.tables[TABLE])
    assert median_edge_m(read_vector(Published(path))) < SIMPLIFIED_EDGE_M
    long = OLD.assign(geometry=[build.square(140 + at, 40, 0.01) for at in range(6)])
    read = read_administrative_areas([geojson(tmp_path, long)])
    assert is_simplified(read.tables[TABLE])
    assert read.edition == "without N03_005, simplified"
    assert any(note.startswith("Median edge of the boundaries:") for note in read.notes)


# --- the real files -------------------------------------------------------------------


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


def test_a_file_given_twice_is_refused(tmp_path):
    path = geojson(tmp_path, OLD)
    with pytest.raises(SourceError, match=r"both hold code 01101 .* each once"):
        read_administrative_areas([path, path])


def test_a_polygon_that_stands_twice_counts_once(tmp_path):
    turned = OLD.iloc[[4]].assign(geometry=OLD.geometry.iloc[[4]].reverse())
    other = OLD.iloc[[3]].assign(geometry=OLD.geometry.iloc[[3]].translate(0.01))
    path = geojson(tmp_path, pd.concat([OLD, OLD.iloc[[3]], turned, other]))
    read = read_administrative_areas([path])
    columns = ["row", "column", "value", "rule_id"]
    assert read.rejected[columns].to_numpy().tolist() == [
        [7, "N03_007", "13101", "repeated_key"],
        [8, "N03_007", "nan", "repeated_key"],
    ]
    parts = read.tables[TABLE].set_index("city_code")["part_count"]
    assert parts["13101"] == 2
