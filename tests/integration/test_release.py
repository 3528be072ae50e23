"""What a release folder holds, and that the same inputs give the same content."""

import csv
import json
import shutil
import sqlite3

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from geodata import mesh
from geodata.catalog import sha256_of
from geodata.schemas import TABLES
from tests.integration.pipeline import job_on, run

pytestmark = pytest.mark.integration

TABLE_NAMES = {
    "area_coverage",
    "base_deployment_rate",
    "mesh2_disadvantaged",
    "mesh2_municipality",
    "mesh2_status",
    "municipality",
    "population_coverage",
    "rejected_row_summary",
    "service_start",
    "source",
    "station_count",
    "sub6_rate",
    "target_status",
    "underserved_mesh",
}
LAYERS = TABLE_NAMES - {"service_start"}


def declared(name):
    (table,) = [
        table
        for full, table in TABLES.items()
        if table.short_name == name and full in {f"out.{name}", f"core.{name}"}
    ]
    return table


def test_a_release_holds_every_table_in_every_form(release):
    assert set(release.tables) == TABLE_NAMES
    assert {path.stem for path in (release.root / "csv").iterdir()} == TABLE_NAMES
    assert set(release.manifest["tables"]) == {declared(n).name for n in TABLE_NAMES}
    with release.connect() as connection:
        rows = connection.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables()"
        ).fetchall()
    assert {name for (name,) in rows} == set(release.manifest["tables"])


@pytest.mark.parametrize("name", sorted(TABLE_NAMES))
def test_parquet_csv_and_database_agree(release, name):
    parquet = pq.read_table(release.root / "tables" / f"{name}.parquet")
    assert parquet.schema.names == declared(name).column_names
    with (release.root / "csv" / f"{name}.csv").open(encoding="utf-8-sig") as file:
        rows = sum(1 for _ in csv.DictReader(file))
    with release.connect() as connection:
        ((stored,),) = connection.execute(
            f"SELECT count(*) FROM {declared(name).name}"
        ).fetchall()
    assert rows == stored == parquet.num_rows
    assert release.manifest["tables"][declared(name).name]["row_count"] == rows


def test_the_content_hash_is_that_of_the_csv(release):
    for name, entry in release.manifest["tables"].items():
        path = release.root / "csv" / f"{name.partition('.')[2]}.csv"
        assert sha256_of(path) == entry["content_sha256"]


def test_every_table_and_column_is_explained_in_the_database(release):
    with release.connect() as connection:
        missing = connection.execute(
            "SELECT table_name, column_name FROM duckdb_columns() "
            "WHERE NOT internal AND comment IS NULL"
        ).fetchall()
    assert missing == []


def test_the_geopackage_has_the_layers_in_jgd2011(release):
    path = release.root / "kiban.gpkg"
    listed = dict(pyogrio.list_layers(path).tolist())
    assert set(listed) == LAYERS
    for name in ("mesh2_status", "underserved_mesh"):
        assert pyogrio.read_info(path, layer=name)["crs"] == "EPSG:6668"
        assert listed[name] == "Polygon"
    assert listed["station_count"] is None


@pytest.mark.parametrize("layer", ["mesh2_status", "underserved_mesh"])
def test_no_layer_holds_a_coordinate_finer_than_its_cell(release, layer):
    frame = pyogrio.read_dataframe(release.root / "kiban.gpkg", layer=layer)
    codes = mesh.from_text(frame["mesh2"].to_numpy(object), "m2")
    exact = shapely.to_wkb(mesh.to_polygons(codes, "m2"))
    assert np.array_equal(shapely.to_wkb(frame.geometry.to_numpy()), exact)


def test_no_table_has_a_column_for_a_position(release):
    columns = {column for name in TABLE_NAMES for column in declared(name).column_names}
    assert not columns & {"lat", "lon", "latitude", "longitude", "site", "mesh3"}
    with sqlite3.connect(release.root / "kiban.gpkg") as connection:
        for layer in LAYERS:
            fields = connection.execute(f"PRAGMA table_info({layer})").fetchall()
            names = {field[1] for field in fields} - {"fid", "geom"}
            assert names == set(declared(layer).column_names)


def test_no_station_or_site_is_named_anywhere(release, scenario):
    text = (scenario / "filings" / "rakuten" / "stations.csv").read_text("utf-8")
    first = next(csv.DictReader(text.splitlines()))
    for path in release.root.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert first["station_id"].encode() not in content, path.name
            assert first["lat"].encode() not in content, path.name


def test_synthetic_data_is_labelled_wherever_it_is_read(release):
    assert release.manifest["is_synthetic"]
    assert "合成データ" in release.manifest["label"]["ja"]
    with (release.root / "csv" / "station_count.csv").open(encoding="utf-8-sig") as f:
        assert next(csv.DictReader(f))["is_synthetic"] == "true"
    with sqlite3.connect(release.root / "kiban.gpkg") as connection:
        titles = connection.execute("SELECT identifier FROM gpkg_contents").fetchall()
        notes = connection.execute("SELECT metadata FROM gpkg_metadata").fetchall()
    assert all("合成データ" in title for (title,) in titles)
    assert any("SYNTHETIC" in note for (note,) in notes)


def test_mesh_codes_are_text_in_csv_and_integers_in_parquet(release):
    table = pq.read_table(release.root / "tables" / "mesh2_status.parquet")
    assert str(table.schema.field("mesh2").type) == "int64"
    first = (release.root / "csv" / "mesh2_status.csv").read_text("utf-8-sig")
    assert '"303650"' in first.splitlines()[1]


def test_the_manifest_names_inputs_parameters_and_attribution(release):
    manifest = json.loads((release.root / "manifest.json").read_text("utf-8"))
    assert len(manifest["inputs"]["filings"]) == 4
    for source in [*manifest["inputs"]["filings"], *manifest["inputs"]["sources"]]:
        assert len(source["sha256"]) == 64
    assert manifest["parameters"]["denominator_source"] == "synthetic:scenario"
    assert manifest["parameters"]["coverage"] == {
        "area_basis": "cell",
        "combination": "union",
        "census_year": None,
    }
    assert manifest["attribution"]


def test_receipts_in_a_release_hold_counts_and_no_row_values(release):
    receipts = list((release.root / "receipts").glob("*.json"))
    assert len(receipts) == 4
    for path in receipts:
        assert "first_findings" not in json.loads(path.read_text("utf-8"))


def test_the_same_inputs_give_the_same_release(release, scenario, tmp_path):
    again = run(job_on(scenario, tmp_path))
    assert again.name == release.name
    for name in ("manifest.json", "kiban.gpkg", "csv/mesh2_status.csv"):
        assert sha256_of(again.root / name) == sha256_of(release.root / name)


def test_a_second_run_reuses_every_stage_and_leaves_the_release_alone(
    scenario, tmp_path, monkeypatch
):
    job = job_on(scenario, tmp_path)
    first = run(job)
    before = (first.root / "manifest.json").stat().st_mtime_ns
    monkeypatch.setattr("flows.stages.ingest", None)  # would fail if called
    monkeypatch.setattr("flows.stages.publish_release", None)
    assert run(job).root == first.root
    assert (first.root / "manifest.json").stat().st_mtime_ns == before


def test_a_changed_filing_makes_another_release(scenario, tmp_path):
    first = run(job_on(scenario, tmp_path))
    without = tuple((scenario / "filings" / name) for name in ("docomo", "kddi"))
    second = run(job_on(scenario, tmp_path, filings=without))
    assert second.name != first.name
    assert {path.name for path in first.root.parent.iterdir()} == {
        first.name,
        second.name,
    }


def test_the_database_opens_read_only(release):
    with (
        release.connect() as connection,
        pytest.raises(duckdb.Error, match="read-only"),
    ):
        connection.execute("DELETE FROM out.station_count")


def official_copy(scenario, tmp_path):
    targets = tmp_path / "targets.csv"
    targets.write_bytes((scenario / "target_meshes.csv").read_bytes())
    return targets


def test_a_sidecar_added_later_is_noticed(scenario, tmp_path):
    targets = official_copy(scenario, tmp_path)
    job = job_on(scenario, tmp_path, target_meshes=targets)
    assert run(job).manifest["parameters"]["denominator_source"] == "official"
    (tmp_path / "targets.csv.toml").write_text('denominator_source = "derived:x"\n')
    assert run(job).manifest["parameters"]["denominator_source"] == "derived:x"


def test_a_filing_behind_a_link_is_noticed_when_it_changes(scenario, tmp_path):
    real = shutil.copytree(scenario / "filings" / "rakuten", tmp_path / "real")
    (tmp_path / "filings").mkdir()
    (tmp_path / "filings" / "rakuten").symlink_to(real, target_is_directory=True)
    job = job_on(scenario, tmp_path, filings=(tmp_path / "filings",))
    first = run(job)
    lines = (real / "stations.csv").read_bytes().splitlines(keepends=True)
    (real / "stations.csv").write_bytes(b"".join(lines[:-1]))
    assert run(job).name != first.name


def test_no_value_of_a_faulty_row_leaves_the_workspace(scenario, tmp_path):
    filing = shutil.copytree(scenario / "filings" / "rakuten", tmp_path / "filing")
    stations = filing / "stations.csv"
    head, first = stations.read_text("utf-8").splitlines()[:2]
    values = dict(zip(head.split(","), first.split(","), strict=True))
    values |= {"station_id": "SENTINEL-1", "lat": "35.123", "antenna_height_m": "399"}
    bad = values | {"station_id": "SENTINEL-2", "lat": "98.76543"}
    with stations.open("a", encoding="utf-8") as file:
        for row in (values, bad):
            file.write(",".join(row.values()) + "\n")
    release = run(job_on(scenario, tmp_path, filings=(filing,)))
    rules = set(release.read("rejected_row_summary")["rule_id"])
    assert len(rules) >= 2
    for path in release.root.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            for text in (b"SENTINEL", b"98.76543", b"35.123"):
                assert text not in content, path.name
