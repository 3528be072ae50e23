"""Vector files: which shapes are polygons of Japan, and which are repaired.

The files are format-synthetic: see ``vector_files.py``.
"""

import geopandas
import numpy as np
import pytest
import shapely
import vector_files as build
from vector_files import only, polygons_and_faults, written

from geodata.readers.files import vector
from geodata.readers.files.vector import read_vector

FRAME = build.N03_BEFORE_2024


def layer_of(shapes: list) -> vector.VectorLayer:
    frame = geopandas.GeoDataFrame({"n": range(len(shapes))}, geometry=shapes, crs=6668)
    rows = np.arange(len(shapes)) * 10 + 1
    return vector.VectorLayer(
        frame, "a.shp", "a", rows, "JGD2011", None, "EPSG:6668", "shp"
    )


def test_only_polygons_in_japan_stay_and_keep_their_numbers():
    shapes = [
        build.square(140, 40),
        None,
        shapely.Polygon(),
        shapely.Point(140, 40),
        build.square(40, 140 - 90),
        build.square(121.9999, 30),
        shapely.MultiPolygon([build.square(122, 20), build.square(153, 45)]),
    ]
    layer = layer_of(shapes)
    good, rejected = polygons_and_faults(layer)
    assert good.rows.tolist() == [1, 61]
    assert good.frame["n"].tolist() == [0, 6]
    assert good.frame.index.tolist() == [0, 1]
    assert dict(zip(rejected["row"], rejected["rule_id"], strict=True)) == {
        11: "bad_geometry",
        21: "bad_geometry",
        31: "bad_geometry",
        41: "outside_japan",
        51: "outside_japan",
    }
    assert rejected["value"].tolist()[:3] == ["no geometry", "empty Polygon", "Point"]
    assert len(layer.frame) == len(shapes)  # not modified


def test_a_bow_tie_is_repaired_with_a_warning_that_names_both_areas():
    bow_tie = shapely.Polygon([(140, 40), (140.1, 40.1), (140.1, 40), (140, 40.1)])
    good, rejected = polygons_and_faults(layer_of([bow_tie, build.square(140, 41)]))
    (shape, _) = good.frame.geometry
    assert shape.is_valid
    assert shape.area == pytest.approx(0.1 * 0.1 / 2)
    assert rejected[["rule_id", "severity", "row"]].to_numpy().tolist() == [
        ["repaired_geometry", "WARNING", 1]
    ]
    # 0.1 degree squares at 40 N are 8.54 km by 11.1 km; the halves of the tie cancel
    assert "m2 before" in rejected["value"][0]
    after = float(rejected["value"][0].split(", ")[1].split(" m2")[0])
    assert after == pytest.approx(8_540 * 11_104 / 2, rel=0.01)


def test_a_polygon_without_area_is_rejected():
    line = shapely.Polygon([(140, 40), (140.1, 40), (140, 40)])
    good, rejected = polygons_and_faults(layer_of([line, build.square(140, 40)]))
    assert good.rows.tolist() == [11]
    assert rejected["rule_id"].tolist() == ["bad_geometry"]
    assert rejected["value"][0].endswith("no area")


def test_heights_are_left_out(tmp_path):
    frame = FRAME.assign(geometry=shapely.force_3d(FRAME.geometry, 5.0))
    path = build.write_shapefile(tmp_path / "a.shp", frame)
    layer = read_vector(only(path))
    assert not shapely.has_z(layer.frame.geometry).any()


@pytest.mark.parametrize("x", ["NaN", "141.31"])
def test_a_ring_that_does_not_close_is_a_fault_of_its_feature(tmp_path, x):
    text = build.geojson_text(FRAME.iloc[3:5])
    text = text.replace("139.7505, 35.69", f"{x}, 35.69", 1)  # where the ring begins
    layer, rejected = polygons_and_faults(
        read_vector(only(written(tmp_path / "a.geojson", text)))
    )
    assert rejected[["row", "rule_id"]].to_numpy().tolist() == [[1, "bad_geometry"]]
    assert layer.rows.tolist() == [2]
