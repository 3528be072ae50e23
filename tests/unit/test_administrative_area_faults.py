"""N03 行政区域: faults of whole files and of rows.

The files are format-synthetic: see ``vector_files.py``.
"""

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
import vector_files as build

from geodata.errors import SourceError
from geodata.readers.administrative_areas import (
    is_simplified,
    median_edge_m,
    read_administrative_areas,
)
from geodata.schemas import TABLES, conform

OLD = build.N03_BEFORE_2024
TABLE = "raw.municipality_area"
OLD_STEM = "N03-21_210101"


# --- faults of whole files ------------------------------------------------------------


@pytest.mark.parametrize("column", ["N03_001", "N03_003", "N03_004", "N03_007"])
def test_a_missing_column_names_what_is_there(tmp_path, column):
    path = build.n03_geojson(tmp_path, OLD.drop(columns=column))
    with pytest.raises(
        SourceError,
        match=rf"210101\.geojson, layer .*: column\(s\) {column} not found among N03",
    ):
        read_administrative_areas([path])


def test_further_columns_are_noted(tmp_path):
    read = read_administrative_areas(
        [build.n03_geojson(tmp_path, OLD.assign(memo="x"))]
    )
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
    read = read_administrative_areas([build.n03_archive(tmp_path, frame)])
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
    read = read_administrative_areas([build.n03_geojson(tmp_path, frame)])
    assert read.rejected["rule_id"].tolist() == ["bad_value"] * 3
    assert read.rejected["value"].tolist() == ["1101", "1101", "1400"]
    assert read.accepted_count == 3


def test_geometry_faults_are_counted_with_the_rows_they_spoil(tmp_path):
    shapes = OLD.geometry.to_numpy().copy()
    shapes[0] = shapely.Point(141, 43)
    shapes[3] = build.square(10, 50)
    shapes[5] = shapely.Polygon([(137, 34), (137.1, 34.1), (137.1, 34), (137, 34.1)])
    read = read_administrative_areas(
        [build.n03_geojson(tmp_path, OLD.assign(geometry=shapes))]
    )
    assert read.rejected["rule_id"].tolist() == [
        "bad_geometry",
        "outside_japan",
        "repaired_geometry",
    ]
    assert (read.accepted_count, read.rejected_count) == (4, 2)
    table = read.tables[TABLE]
    assert shapely.is_valid(shapely.from_wkb(table["geometry"].to_numpy())).all()


def test_a_file_of_bad_rows_only_gives_an_empty_table(tmp_path):
    path = build.n03_geojson(tmp_path, OLD.assign(N03_001="東京府"))
    read = read_administrative_areas([path])
    assert conform(TABLES[TABLE], read.tables[TABLE]).num_rows == 0
    assert read.rejected_count == 6
    assert np.isnan(median_edge_m(read.tables[TABLE]))
    assert not is_simplified(read.tables[TABLE])


def test_a_polygon_that_stands_twice_counts_once(tmp_path):
    turned = OLD.iloc[[4]].assign(geometry=OLD.geometry.iloc[[4]].reverse())
    other = OLD.iloc[[3]].assign(geometry=OLD.geometry.iloc[[3]].translate(0.01))
    path = build.n03_geojson(tmp_path, pd.concat([OLD, OLD.iloc[[3]], turned, other]))
    read = read_administrative_areas([path])
    columns = ["row", "column", "value", "rule_id"]
    assert read.rejected[columns].to_numpy().tolist() == [
        [7, "N03_007", "13101", "repeated_key"],
        [8, "N03_007", "nan", "repeated_key"],
    ]
    parts = read.tables[TABLE].set_index("city_code")["part_count"]
    assert parts["13101"] == 2
