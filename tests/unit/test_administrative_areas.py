"""N03 行政区域: editions, names, dissolving, several files, simplified boundaries.

The files are format-synthetic: see ``vector_files.py``.
"""

from pathlib import Path

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
NEW_STEM = "N03-20240101"


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
    read = read_administrative_areas([build.n03_archive(tmp_path, forms=(form,))])
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
    read = read_administrative_areas(
        [build.n03_archive(tmp_path, NEW, NEW_STEM, (form,))]
    )
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
    table = table_of(build.n03_archive(tmp_path)).set_index("city_code")
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
    (row,) = table_of(build.n03_geojson(tmp_path, frame)).itertuples()
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
    table = table_of(build.n03_geojson(tmp_path, land))
    assert codes_and_names(table) == [
        ("12", None, "所属未定地"),
        ("13", None, "所属未定地"),
    ]
    assert table["part_count"].tolist() == [1, 3]


def test_a_named_row_without_code_counts_as_unassigned_and_is_noted(tmp_path):
    frame = OLD.assign(N03_007=OLD["N03_007"].mask(OLD["N03_004"] == "倶知安町"))
    read = read_administrative_areas([build.n03_geojson(tmp_path, frame)])
    assert ("01", None, "所属未定地") in codes_and_names(read.tables[TABLE])
    assert any("倶知安町 have no code" in note for note in read.notes)


def test_two_names_of_one_code_are_noted(tmp_path):
    frame = OLD.assign(
        N03_004=OLD["N03_004"].where(OLD.index != 1, "東区"),
    )
    read = read_administrative_areas([build.n03_geojson(tmp_path, frame)])
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
        build.n03_archive(
            folder,
            OLD[OLD["N03_001"] == name].reset_index(drop=True),
            f"N03-21_{pref}_210101",
            name=f"N03-210101_{pref}_GML.zip",
        )
        for pref, name in codes.items()
    ]


def test_archives_of_prefectures_give_what_the_nation_gives(tmp_path):
    whole = table_of(build.n03_archive(tmp_path))
    pd.testing.assert_frame_equal(table_of(*by_prefecture(tmp_path)), whole)


def test_a_municipality_in_two_files_names_both(tmp_path):
    nation, (_, tokyo, _) = build.n03_archive(tmp_path), by_prefecture(tmp_path)
    with pytest.raises(
        SourceError,
        match=r"N03-21_210101\.shp and N03-210101_13_GML.*both hold code 13101 \(2 in",
    ):
        read_administrative_areas([nation, tokyo])


def test_unassigned_land_in_two_files_names_both(tmp_path):
    paths = [
        build.n03_geojson(tmp_path, OLD.iloc[[4]], f"N03-21_{n}.geojson")
        for n in (1, 2)
    ]
    with pytest.raises(
        SourceError, match=r"N03-21_1.* and N03-21_2.* both hold 所属未定地 of .* 13"
    ):
        read_administrative_areas(paths)


def test_a_file_given_twice_is_refused(tmp_path):
    path = build.n03_geojson(tmp_path, OLD)
    with pytest.raises(SourceError, match=r"both hold code 01101 .* each once"):
        read_administrative_areas([path, path])


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
    path = build.n03_geojson(tmp_path, OLD)
    read = read_administrative_areas([path])
    assert not is_simplified(read.tables[TABLE])
    assert median_edge_m(read_vector(Published(path))) < SIMPLIFIED_EDGE_M
    long = OLD.assign(geometry=[build.square(140 + at, 40, 0.01) for at in range(6)])
    read = read_administrative_areas([build.n03_geojson(tmp_path, long)])
    assert is_simplified(read.tables[TABLE])
    assert read.edition == "without N03_005, simplified"
    assert any(note.startswith("Median edge of the boundaries:") for note in read.notes)
