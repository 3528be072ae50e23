"""The GeoPackage writer: exact cells, labels, the same bytes for the same content."""

import hashlib
import sqlite3
from contextlib import closing
from datetime import date

import geopandas
import numpy as np
import pyarrow as pa
import pyogrio
import pytest
import shapely

from geodata import mesh
from geodata.errors import MeshCodeError
from geodata.publish.geopackage import Layer, write_geopackage

AS_OF = date(2021, 3, 31)
CODES = [533946, 392725, 684127]


def cells(codes=CODES, name="mesh2_status", **columns):
    table = pa.table({"mesh2": pa.array(codes, pa.int64()), **columns})
    aliases = {"mesh2": "二次メッシュ", "station_count": "局数"}
    return Layer(name, table, "mesh2", "m2", f"題 {name}", "説明", aliases)


def attributes(**columns):
    return Layer("rates", pa.table(columns), None, None, "展開率", "説明", {})


def write(path, *layers, metadata=None):
    write_geopackage(path, layers, as_of=AS_OF, metadata=metadata or {})
    return path


def rows_of(path, sql):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def test_cells_are_exact_polygons_in_jgd2011_with_text_codes(tmp_path):
    read = geopandas.read_file(write(tmp_path / "a.gpkg", cells()))
    assert read.crs.to_epsg() == 6668
    assert read["mesh2"].tolist() == ["533946", "392725", "684127"]
    assert (shapely.bounds(read.geometry) == mesh.bounds(CODES, "m2")).all()
    stored = rows_of(
        tmp_path / "a.gpkg",
        "SELECT organization, organization_coordsys_id FROM gpkg_spatial_ref_sys "
        "JOIN gpkg_contents USING (srs_id)",
    )
    assert stored == [("EPSG", 6668)]


def test_more_rows_than_a_batch_keep_their_order_and_geometry(tmp_path):
    codes = mesh.children([5339, 5340], "m1", "m4").ravel()
    codes = np.concatenate([codes, codes[::-1]])
    table = pa.table({"mesh4": codes, "number": np.arange(codes.size)})
    layer = Layer("cells", table, "mesh4", "m4", "題", "説明")
    info, read = pyogrio.read_arrow(write(tmp_path / "a.gpkg", layer))
    assert info["geometry_name"] == "geom"
    assert read["number"].to_numpy().tolist() == list(range(codes.size))
    assert read["mesh4"].to_pylist() == mesh.to_text(codes, "m4").tolist()
    assert read["geom"].to_pylist() == mesh.to_wkb(codes, "m4").tolist()


def test_a_spatial_index_finds_the_cell(tmp_path):
    path = write(tmp_path / "a.gpkg", cells())
    assert pyogrio.read_info(path)["capabilities"]["fast_spatial_filter"]
    found = geopandas.read_file(path, bbox=(139.8, 35.7, 139.81, 35.71))
    assert found["mesh2"].tolist() == ["533946"]


def test_null_date_flag_and_number_survive(tmp_path):
    columns = {
        "first_advanced_on": pa.array([date(2020, 3, 31), None, None]),
        "is_served": pa.array([True, None, False]),
        "station_count": pa.array([3, None, 0], pa.int64()),
        "rate": pa.array([0.5, None, 1.0]),
        "label": pa.array(["東京", None, ""]),
    }
    path = write(tmp_path / "a.gpkg", cells(**columns), attributes(**columns))
    for layer in ("mesh2_status", "rates"):
        _, read = pyogrio.read_arrow(path, layer=layer)
        assert {k: read[k].to_pylist() for k in columns} == {
            k: v.to_pylist() for k, v in columns.items()
        }


def test_a_layer_without_mesh_column_has_no_geometry(tmp_path):
    path = write(tmp_path / "a.gpkg", cells(), attributes(rate=[0.97]))
    assert pyogrio.read_info(path, layer="rates")["geometry_type"] is None
    kinds = rows_of(path, "SELECT table_name, data_type, identifier FROM gpkg_contents")
    assert kinds == [
        ("mesh2_status", "features", "題 mesh2_status"),
        ("rates", "attributes", "展開率"),
    ]


def test_layers_without_rows_keep_their_columns(tmp_path):
    path = write(
        tmp_path / "a.gpkg",
        cells(codes=[], station_count=pa.array([], pa.int64())),
        attributes(rate=pa.array([], pa.float64())),
    )
    info = pyogrio.read_info(path, layer="mesh2_status")
    assert (info["features"], info["geometry_type"]) == (0, "Polygon")
    assert info["fields"].tolist() == ["mesh2", "station_count"]


def test_equal_content_gives_equal_bytes(tmp_path):
    # Enough rows for GDAL to build the spatial index in a second thread.
    codes = mesh.children([5339, 5340, 5439, 5440, 5239, 5240], "m1", "m4").ravel()
    table = pa.table({"mesh4": codes, "rate": np.sqrt(codes)})
    layer = Layer("cells", table, "mesh4", "m4", "題", "説明", {"rate": "率"})
    files = [
        write(tmp_path / name, layer, attributes(a=["x"]), metadata={"run": "1"})
        for name in ("a.gpkg", "b.gpkg")
    ]
    first, second = (hashlib.sha256(f.read_bytes()).hexdigest() for f in files)
    assert first == second


def test_the_time_of_writing_is_the_as_of_date(tmp_path):
    path = write(tmp_path / "a.gpkg", cells(), metadata={"k": "v"})
    times = rows_of(path, "SELECT last_change FROM gpkg_contents")
    times += rows_of(path, "SELECT timestamp FROM gpkg_metadata_reference")
    assert {time[:10] for (time,) in times} == {"2021-03-31"}


def test_the_clock_of_gdal_is_put_back(tmp_path):
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2000-01-01T00:00:00Z"})
    try:
        write(tmp_path / "a.gpkg", cells())
        after = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    assert after == "2000-01-01T00:00:00Z"
    write(tmp_path / "b.gpkg", cells())
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") is None


def test_metadata_is_said_of_the_file_and_of_every_layer(tmp_path):
    said = {"is_synthetic": "true", "label_ja": "【合成データ】"}
    path = write(tmp_path / "a.gpkg", cells(), attributes(a=[1]), metadata=said)
    for layer in ("mesh2_status", "rates"):
        info = pyogrio.read_info(path, layer=layer)
        assert info["dataset_metadata"] == said
        assert said.items() <= info["layer_metadata"].items()


def test_labels_stand_in_the_schema_extension(tmp_path):
    layer = cells(station_count=[1, 2, 3], code=["a", "b", "c"])
    path = write(tmp_path / "a.gpkg", layer)
    assert rows_of(path, "SELECT column_name, name, title FROM gpkg_data_columns") == [
        ("mesh2", "二次メッシュ", "二次メッシュ"),
        ("station_count", "局数", "局数"),
    ]
    extensions = rows_of(path, "SELECT table_name, extension_name FROM gpkg_extensions")
    assert ("gpkg_data_columns", "gpkg_schema") in extensions
    assert rows_of(path, "PRAGMA integrity_check") == [("ok",)]
    assert rows_of(path, "PRAGMA foreign_key_check") == []


def test_equal_labels_are_told_apart_by_the_column(tmp_path):
    table = pa.table({"a": [1], "b": [2]})
    layer = Layer("t", table, None, None, "題", "説明", {"a": "数", "b": "数"})
    path = write(tmp_path / "a.gpkg", layer)
    names = rows_of(path, "SELECT name, title FROM gpkg_data_columns")
    assert names == [("数 (a)", "数"), ("数 (b)", "数")]


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        ([533946, 533948], "mesh2_status.mesh2: position 1: .*'533948' is impossible"),
        ([393900], "mesh2_status.mesh2: position 0: .*3939 is not one of the 176"),
        ([533946, None], "mesh2_status.mesh2: .*whole numbers"),
    ],
)
def test_a_bad_code_leaves_the_old_file_as_it_was(tmp_path, codes, message):
    path = write(tmp_path / "a.gpkg", cells())
    before = path.read_bytes()
    with pytest.raises(MeshCodeError, match=message):
        write(path, cells(codes=codes))
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["a.gpkg"]


def test_a_failed_write_leaves_nothing_behind(tmp_path):
    twice = cells(), cells()
    with pytest.raises(Exception, match=r"mesh2_status|identifier|UNIQUE"):
        write(tmp_path / "a.gpkg", *twice)
    assert list(tmp_path.iterdir()) == []


def test_a_file_left_by_a_killed_run_is_replaced(tmp_path):
    (tmp_path / ".building-a.gpkg").write_bytes(b"half")
    write(tmp_path / "a.gpkg", cells())
    assert [file.name for file in tmp_path.iterdir()] == ["a.gpkg"]
