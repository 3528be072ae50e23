"""Polygons of disadvantaged areas, read in exactly the published layout."""

import csv
import re
import zipfile

import pytest
import shapely

from geodata.errors import SourceError
from geodata.readers.disadvantaged_areas import read_disadvantaged_areas
from geodata.readers.ksj.area_editions import LAYOUTS
from geodata.schemas import TABLES, conform
from tests.unit.disadvantaged_files import (
    NAMES,
    archive,
    features,
    statistics_edition,
)
from tests.unit.vector_files import TOKYO_PRJ, geojson_text, square, write_shapefile

TABLE = "raw.disadvantaged_area"
KINDS = {
    "A17": ("kaso", "掛合町"),
    "A18": ("hanto", "島根半島"),
    "A19": ("rito", "中ノ島"),
    "A20": ("amami", "奄美大島"),
    "A21": ("ogasawara", "父島"),
    "A22": ("gosetsu", None),
    "A24": ("sanson", "波多村"),
    "A25": ("tokutei_nosanson", "掛合町"),
}


def refused(paths, *parts: str) -> str:
    """Message of the SourceError, in which each part must stand."""
    with pytest.raises(SourceError) as caught:
        read_disadvantaged_areas(paths)
    message = str(caught.value)
    for part in parts:
        assert part in message
    return message


@pytest.mark.parametrize("dataset", NAMES)
def test_each_dataset_gives_its_kind_area_and_polygons(tmp_path, dataset):
    frame = features(dataset)
    read = read_disadvantaged_areas([archive(tmp_path, frame)])
    table = read.tables[TABLE]
    kind, area = KINDS[dataset]
    assert read.name == dataset.lower()
    assert table["kind"].to_list() == [kind, kind]
    assert table["city_code"].to_list() == frame[f"{dataset}_002"].to_list()
    assert table["area_name_ja"].astype(object).where(
        table["area_name_ja"].notna(), None
    ).to_list() == [area, area]
    found = shapely.from_wkb(table["geometry"].to_numpy())
    assert shapely.equals(found, frame.geometry.to_numpy()).all()
    assert conform(TABLES[TABLE], table).num_rows == 2
    assert (read.read_count, read.accepted_count, read.rejected_count) == (2, 2, 0)
    assert read.datum == "JGD2011"


@pytest.mark.parametrize(
    ("dataset", "year"), [("A17", "2017"), ("A22", "2016"), ("A20", "2007")]
)
def test_the_year_is_that_of_the_name(tmp_path, dataset, year):
    read = read_disadvantaged_areas([archive(tmp_path, features(dataset))])
    assert read.vintage == year
    assert read.edition == f"{dataset} {year}"


def test_categories_are_kept_as_codes(tmp_path):
    kaso = archive(tmp_path, features("A17", _009=["01", "02"]))
    snow = archive(tmp_path, features("A22", _009=["1", "2"]))
    read = read_disadvantaged_areas([kaso, snow])
    assert read.name == "disadvantaged_areas"
    assert read.tables[TABLE]["category"].to_list() == ["01", "02", "1", "2"]
    assert read.edition == "A17 2017; A22 2016"


def test_an_archive_is_read_once_though_it_holds_three_forms(tmp_path):
    path = archive(tmp_path, features("A17"), forms=("shp", "geojson"))
    assert read_disadvantaged_areas([path]).read_count == 2


def test_geojson_alone_gives_the_same_table(tmp_path):
    frame = features("A24")
    path = tmp_path / "A24-16_32.geojson"
    path.write_text(geojson_text(frame), encoding="utf-8")
    other = read_disadvantaged_areas([archive(tmp_path, frame)])
    assert read_disadvantaged_areas([path]).tables[TABLE].equals(other.tables[TABLE])


def test_an_island_without_a_name_takes_that_of_its_area(tmp_path):
    frame = features("A19", _009=["中ノ島", None])
    table = read_disadvantaged_areas([archive(tmp_path, frame)]).tables[TABLE]
    assert table["area_name_ja"].to_list() == ["中ノ島", "隠岐諸島"]


def test_old_depopulated_areas_come_with_a_note_on_the_law_of_2021(tmp_path):
    kaso = read_disadvantaged_areas([archive(tmp_path, features("A17"))])
    snow = read_disadvantaged_areas([archive(tmp_path, features("A22"))])
    assert "law of 2021" in " ".join(kaso.notes)
    assert "list by municipality" in " ".join(kaso.notes)
    assert snow.notes == ()


# rows


def test_bad_rows_are_rejected_one_by_one_and_good_rows_kept(tmp_path):
    codes = ["32209", "3220", "99999", None, "32343", "32209", "32501"]
    categories = ["01", "01", "01", "01", "9", None, "02"]
    frame = features("A17", codes, _009=categories)
    read = read_disadvantaged_areas([archive(tmp_path, frame, forms=("shp",))])
    faults = read.rejected.set_index("row")[["rule_id", "column", "source"]]
    assert faults["rule_id"].to_dict() == {
        2: "bad_value",
        3: "unknown_municipality",
        4: "missing_value",
        5: "unknown_code",
        6: "missing_value",
    }
    assert faults.loc[5, "column"] == "A17_009"
    assert set(faults["source"]) == {"a17"}
    assert "01 or 02 or 03" in read.rejected.set_index("row").loc[5, "message_en"]
    assert read.tables[TABLE]["city_code"].to_list() == ["32209", "32501"]
    assert (read.read_count, read.accepted_count, read.rejected_count) == (7, 2, 5)


def test_bad_geometry_is_rejected_and_repaired_geometry_noted(tmp_path):
    bow_tie = shapely.Polygon([(132, 35), (132.1, 35.1), (132.1, 35), (132, 35.1)])
    shapes = [square(132, 35, 0.1), None, square(10, 35, 0.1), bow_tie]
    frame = features("A25", ["32209"] * 4, shapes)
    path = tmp_path / "A25-16_32.geojson"
    text = geojson_text(frame.assign(geometry=frame.geometry.fillna(shapely.Point())))
    path.write_text(text, encoding="utf-8")
    read = read_disadvantaged_areas([path])
    found = read.rejected.set_index("row")
    assert found["rule_id"].to_dict() == {
        2: "bad_geometry",
        3: "outside_japan",
        4: "repaired_geometry",
    }
    assert (read.read_count, read.accepted_count, read.rejected_count) == (4, 2, 2)


def test_parts_of_one_area_repeat_its_attributes_but_a_polygon_stands_once(tmp_path):
    shapes = [square(132, 35), square(132.1, 35), square(132, 35)]
    frame = features("A19", ["32525"] * 3, shapes)
    read = read_disadvantaged_areas([archive(tmp_path, frame)])
    assert read.accepted_count == 2
    assert read.rejected[["row", "rule_id"]].to_numpy().tolist() == [
        [3, "repeated_key"]
    ]


def test_the_same_file_given_twice_is_counted_once(tmp_path):
    frame = features("A25")
    path = tmp_path / "A25-16_32.geojson"
    path.write_text(geojson_text(frame), encoding="utf-8")
    read = read_disadvantaged_areas([archive(tmp_path, frame), path])
    assert (read.accepted_count, read.rejected_count) == (2, 2)
    assert set(read.rejected["file"]) == {"A25-16_32.geojson"}


def test_extra_columns_are_accepted_with_a_note(tmp_path):
    frame = features("A17").assign(OBJECTID=["1", "2"])
    read = read_disadvantaged_areas([archive(tmp_path, frame)])
    assert read.accepted_count == 2
    assert any("column(s) OBJECTID not used" in note for note in read.notes)


# files


@pytest.mark.parametrize(
    "name",
    [
        "A18s-a-10_28_GML.zip",
        "A19s-05_17_GML.zip",
        "A22s-10_10_GML.zip",
        "A22-m-14_34_GML.zip",
        "A20s-10_46_GML.zip",
    ],
)
def test_statistics_editions_are_refused_by_name_unopened(tmp_path, name):
    (tmp_path / name).write_bytes(b"never looked into")
    refused([tmp_path / name], name, "statistics edition", "wanted: A")


@pytest.mark.parametrize("dataset", ["A18", "A22"])
def test_a_renamed_statistics_edition_is_told_by_its_columns(tmp_path, dataset):
    path = archive(tmp_path, statistics_edition(dataset))
    stem = NAMES[dataset]
    refused([path], f"{stem}.shp", f"layer {stem}", "statistics edition", "beyond")


def test_snow_columns_with_the_meaning_of_the_statistics_are_refused(tmp_path):
    frame = features("A22", _007=["1", "2"], _008=["1", "1"]).drop(columns="A22_009")
    refused([archive(tmp_path, frame)], "A22-16_05.shp", "A22_009", "statistics")
    years = features("A22", _009=["2010", "2010"])
    path = archive(tmp_path, years)
    refused([path], "column A22_009", "found '2010'", "wanted: codes 1, 2")


def test_codes_that_are_no_municipalities_show_another_edition(tmp_path):
    frame = features("A24", ["1", "2"])
    refused([archive(tmp_path, frame)], "column A24_002", "'1', '2'", "5 digits")


def test_area_names_that_are_numbers_show_another_edition(tmp_path):
    frame = features("A18", _009=["2010", "2010"])
    refused([archive(tmp_path, frame)], "column A18_009", "'2010'", "names of areas")


def test_columns_of_a_statistics_prefix_are_refused(tmp_path):
    frame = features("A22").rename(columns=lambda name: name.replace("A22_", "A22s_"))
    path = archive(tmp_path, frame, "A22-16_05")
    refused([path], "A22-16_05.shp", "A22s_002", "not read")


@pytest.mark.parametrize("column", ["A17_002", "A17_008", "A17_009"])
def test_a_missing_column_is_named(tmp_path, column):
    frame = features("A17").drop(columns=column)
    refused([archive(tmp_path, frame)], "A17-17_32.shp", f"{column} not found", "A17_")


def test_of_amami_and_ogasawara_only_the_code_is_required(tmp_path):
    frame = features("A21")[["A21_001", "A21_002", "geometry"]]
    table = read_disadvantaged_areas([archive(tmp_path, frame)]).tables[TABLE]
    assert table["city_code"].to_list() == ["13421", "13421"]
    assert table["area_name_ja"].isna().all()


def test_a_file_named_as_another_dataset_is_refused(tmp_path):
    path = archive(tmp_path, features("A25"), "A17-17_32")
    refused([path], "A17-17_32.shp", "named as A17", "columns are those of A25")


def test_a_file_named_for_another_prefecture_is_refused(tmp_path):
    path = archive(tmp_path, features("A17"), "A17-17_01")
    refused([path], "A17_002", "named for prefecture 01", "are of 32", "wanted: 01")


def test_a_file_named_for_an_earlier_year_than_it_holds_is_refused(tmp_path):
    path = archive(tmp_path, features("A18", _010=["1986-03-31", "2019-04-01"]))
    refused([path], "A18_010", "designated in 2019", "edition of 2016")


def test_an_archive_renamed_against_the_file_in_it_is_refused(tmp_path):
    path = archive(tmp_path, features("A17"))
    renamed = path.rename(tmp_path / "A17-17_33_GML.zip")
    refused([renamed], "A17-17_33_GML.zip", "A17-17_32.shp", "under its own name")


def test_editions_before_2016_have_other_columns_and_are_refused(tmp_path):
    path = archive(tmp_path, features("A19"), "A19-001001_32")
    refused([path], "A19-001001_32", "edition of 2000", "A19 of 2016 or newer")


def test_two_editions_of_one_dataset_are_refused(tmp_path):
    paths = [
        archive(tmp_path, features("A17"), "A17-16_32"),
        archive(tmp_path, features("A17")),
    ]
    refused(paths, "A17 2017", "A17 2016", "one edition")


def test_a_name_that_says_nothing_is_accepted_with_a_note(tmp_path):
    path = tmp_path / "kaso.geojson"
    path.write_text(geojson_text(features("A17")), encoding="utf-8")
    read = read_disadvantaged_areas([path])
    assert read.vintage == ""
    assert any("does not say the edition" in note for note in read.notes)


def test_a_national_archive_may_hold_files_by_prefecture(tmp_path):
    path = archive(tmp_path, features("A17"))
    renamed = path.rename(tmp_path / "A17-17_GML.zip")
    assert read_disadvantaged_areas([renamed]).vintage == "2017"


def test_a_truncated_archive_is_refused(tmp_path):
    path = archive(tmp_path, features("A17"))
    path.write_bytes(path.read_bytes()[:-200])
    refused([path], "A17-17_32_GML.zip", "wanted: the complete file")


def test_a_truncated_shapefile_is_refused(tmp_path):
    path = write_shapefile(tmp_path / "A17-17_32.shp", features("A17"))
    path.write_bytes(path.read_bytes()[:-40])
    refused([path], "A17-17_32.shp", "332 bytes", "372", "cut short")


def test_empty_files_are_refused(tmp_path):
    path = tmp_path / "A17-17_32.geojson"
    path.write_text("", encoding="utf-8")
    refused([path], "A17-17_32.geojson", "wanted")
    with zipfile.ZipFile(tmp_path / "A17-17_33_GML.zip", "w"):
        pass
    refused([tmp_path / "A17-17_33_GML.zip"], "A17-17_33_GML.zip", "no vector data")


def test_a_wrong_encoding_is_refused(tmp_path):
    path = tmp_path / "A17-17_32.geojson"
    path.write_bytes(geojson_text(features("A17")).encode("cp932"))
    refused([path], "A17-17_32.geojson", "UTF-8")


def test_tokyo_datum_is_refused_or_moved_with_its_accuracy(tmp_path):
    path = archive(tmp_path, features("A17"), forms=("shp",), prj=TOKYO_PRJ)
    read = read_disadvantaged_areas([path])
    assert read.datum == "TOKYO"
    assert any(
        re.search(r"TOKYO to JGD2011, accurate to \d+ m", note) for note in read.notes
    )
    west = shapely.from_wkb(read.tables[TABLE]["geometry"].iloc[0]).bounds[0]
    shift_m = (132.8 - west) * 91_000
    assert 150 < shift_m < 350


def test_a_file_without_a_datum_is_refused(tmp_path):
    path = write_shapefile(tmp_path / "A17-17_32.shp", features("A17"), prj=None)
    refused([path], "A17-17_32.shp", "no coordinate reference system", "6668")


@pytest.mark.shared
@pytest.mark.parametrize("dataset", ["A17", "A18", "A19", "A22", "A24", "A25"])
def test_each_layout_is_that_of_the_published_attribute_table(shared_data, dataset):
    path = shared_data / f"data/ksj_schemas/colnames_{dataset}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        label = {row["code"]: row["name"] for row in csv.DictReader(file)}
    layout = LAYOUTS[dataset]
    assert list(label) == [layout.column(n + 1) for n in range(layout.column_count)]
    assert label[layout.city_code] == "行政区域コード"
    names = {"旧市町村名", "合併前市町村名", "指定地域名", "島名"}
    assert {label[layout.column(number)] for number in layout.names} <= names
    if layout.category:
        assert label[layout.column(layout.category)].endswith("区分コード")
    if layout.designated:
        assert label[layout.column(layout.designated)] in ("指定日", "指定年度")


@pytest.mark.shared
@pytest.mark.parametrize(
    ("dataset", "name"), [("A17", "KasoCd"), ("A22", "HeavySnowTypeCode")]
)
def test_each_category_is_of_the_published_code_list(shared_data, dataset, name):
    path = shared_data / f"data/ksj_schemas/codelist_{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        codes = tuple(row["code"] for row in csv.DictReader(file))
    assert LAYOUTS[dataset].codes == codes
