"""GeoJSON, TopoJSON, GeoPackage and GeoParquet: whole, cut short, of several layers.

The files are format-synthetic: see ``vector_files.py``.
"""

import json

import pandas as pd
import pytest
import shapely
import vector_files as build
from vector_files import only, written

from geodata.errors import SourceError
from geodata.readers.files.vector import read_vector

FRAME = build.N03_BEFORE_2024


def test_geojson_cut_short_is_refused(tmp_path):
    path = written(tmp_path / "a.geojson", build.geojson_text(FRAME)[:-200])
    with pytest.raises(SourceError, match=r"a\.geojson: cannot be read as geojson"):
        read_vector(only(path))


def test_an_empty_file_is_refused(tmp_path):
    path = written(tmp_path / "a.geojson", "")
    with pytest.raises(SourceError, match=r"a\.geojson: cannot be read as geojson"):
        read_vector(only(path))


def test_geojson_without_features_is_refused(tmp_path):
    text = '{"type": "FeatureCollection", "features": []}'
    path = written(tmp_path / "a.geojson", text)
    with pytest.raises(SourceError, match=r"a\.geojson: no feature"):
        read_vector(only(path))


def test_geojson_in_cp932_names_the_byte(tmp_path):
    text = build.geojson_text(FRAME).encode("cp932")
    path = written(tmp_path / "a.geojson", text)
    with pytest.raises(SourceError, match=r"a\.geojson: byte 0x96.*wanted: UTF-8"):
        read_vector(only(path))


def test_features_that_gdal_passes_over_are_missed(tmp_path):
    text = build.geojson_text(FRAME)
    broken = text.replace(
        '"features": [\n', '"features": [\n7, {"a": {"type": "Feature"}},\n'
    )
    path = written(tmp_path / "a.geojson", broken)
    with pytest.raises(SourceError, match=r"a\.geojson: 7 features.*but 6"):
        read_vector(only(path))


def topology(**changes: object) -> str:
    square = [[0, 0], [4, 0], [0, 4], [-4, 0], [0, -4]]
    whole = {
        "type": "Topology",
        "transform": {"scale": [0.1, 0.1], "translate": [139.0, 35.0]},
        "objects": {
            "N03": {
                "type": "GeometryCollection",
                "geometries": [
                    {
                        "type": "Polygon",
                        "arcs": [[0]],
                        "properties": {"N03_001": "東京都", "N03_007": "13101"},
                    }
                ],
            }
        },
        "arcs": [square],
    }
    return json.dumps({**whole, **changes}, ensure_ascii=False)


def test_topojson_resolves_arcs_and_is_wgs84(tmp_path):
    for name in ("a.topojson", "b.json"):
        layer = read_vector(only(written(tmp_path / name, topology())))
        assert layer.kind == "topojson"
        assert layer.datum == "WGS84"
        assert layer.frame.columns.tolist() == ["N03_001", "N03_007", "geometry"]
        assert layer.frame.total_bounds == pytest.approx([139.0, 35.0, 139.4, 35.4])


def test_topojson_cut_short_or_with_several_objects_is_refused(tmp_path):
    path = written(tmp_path / "a.topojson", topology()[:-20])
    with pytest.raises(SourceError, match=r"a\.topojson: JSONDecodeError"):
        read_vector(only(path))
    two = topology(objects={"a": {"geometries": []}, "b": {"geometries": []}})
    with pytest.raises(SourceError, match=r"a\.topojson: layers a, b; wanted: one"):
        read_vector(only(written(path, two)))


def test_a_geopackage_is_read_and_several_layers_are_refused(tmp_path):
    path = tmp_path / "a.gpkg"
    FRAME.to_file(path, layer="n03", driver="GPKG", engine="pyogrio")
    zipped = build.zipped(tmp_path / "a.zip", {"x/a.gpkg": path.read_bytes()})
    for source in (path, zipped):
        layer = read_vector(only(source))
        assert (layer.layer, len(layer.frame), layer.datum) == ("n03", 6, "JGD2011")
    FRAME.to_file(path, layer="more", driver="GPKG", engine="pyogrio")
    with pytest.raises(SourceError, match=r"a\.gpkg: layers n03, more; wanted: one"):
        read_vector(only(path))


def test_a_geopackage_cut_short_is_refused(tmp_path):
    path = tmp_path / "a.gpkg"
    FRAME.to_file(path, layer="n03", driver="GPKG", engine="pyogrio")
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(SourceError, match=r"a\.gpkg: cannot be read as gpkg"):
        read_vector(only(path))


def test_geoparquet_is_read_in_a_zip_too(tmp_path):
    path = tmp_path / "a.parquet"
    FRAME.rename_geometry("shape").to_parquet(path)
    zipped = build.zipped(tmp_path / "a.zip", {"x/a.parquet": path.read_bytes()})
    for source in (path, zipped):
        layer = read_vector(only(source))
        assert (len(layer.frame), layer.datum) == (6, "JGD2011")
        assert shapely.equals(layer.frame.geometry, FRAME.geometry).all()


def test_a_parquet_without_geometry_or_cut_short_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    pd.DataFrame({"N03_001": ["東京都"]}).to_parquet(path)
    with pytest.raises(SourceError, match=r"a\.parquet: cannot be read as GeoParquet"):
        read_vector(only(path))
    FRAME.to_parquet(path)
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(SourceError, match=r"a\.parquet: cannot be read as GeoParquet"):
        read_vector(only(path))
