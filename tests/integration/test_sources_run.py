"""A run uses the sources it is given: what a release says is counted again here."""

import csv
import shutil
from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from flows.source_stage import read_sources
from geodata import mesh, reference
from geodata.errors import SourceError
from geodata.store import Release, Workspace
from tests.integration.national_sources import (
    BORDER_CELL,
    CREDITS,
    EAST_CITY,
    FUTURE,
    GIVEN,
    HIGH_TRAFFIC,
    KASO_MESH2,
    LICENCE_FILE,
    NEW_WARDS,
    SNOW_MESH2,
    UNASSIGNED_CELL,
    National,
    cells_of,
    write_national_sources,
)
from tests.integration.pipeline import Job, job_on, run
from tests.unit.licence_files import LIST_5G

pytestmark = pytest.mark.integration

STARTED = date(2019, 6, 3)  # before any other station of the filing
OF_SOURCES = {
    "target_condition",
    "future_population",
    "licence_reconciliation",
    "fixed_broadband",
}


@dataclass(frozen=True)
class Ran:
    """A run on the national sources."""

    job: Job
    release: Release
    national: National

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.job.workspace)


@pytest.fixture(scope="module")
def filing(scenario, tmp_path_factory):
    """Rakuten's filing, its first advanced station moved into a border cell."""
    folder = tmp_path_factory.mktemp("filing") / "rakuten"
    shutil.copytree(scenario / "filings" / "rakuten", folder)
    rows = pd.read_csv(folder / "stations.csv", dtype=str, keep_default_na=False)
    is_free = (rows["station_type"] == "advanced") & (rows["status"] == "operating")
    is_free &= ~rows["station_id"].isin(rows["parent_station_id"])
    is_free &= (rows["band"] == "n77") & (rows["indoor"] == "false")
    at = rows.index[is_free][0]
    west, south, east, north = mesh.bounds(BORDER_CELL, "m3")
    rows.loc[at, "lat"] = f"{(south + north) / 2:.6f}"
    rows.loc[at, "lon"] = f"{east - (east - west) / 4:.6f}"
    rows.loc[at, "actual_start"] = STARTED.isoformat()
    rows.to_csv(folder / "stations.csv", index=False, lineterminator="\n")
    return folder


@pytest.fixture(scope="module")
def ran(scenario, filing, tmp_path_factory):
    """The release with all sources; read it, do not change it."""
    place = tmp_path_factory.mktemp("national")
    population = scenario / "sources" / "population_mesh4.csv"
    national = write_national_sources(place / "sources", population)
    job = job_on(
        scenario,
        place,
        filings=(filing,),
        target_meshes=None,
        sources=national.folder,
    )
    return Ran(job, run(job), national)


@pytest.fixture(scope="module")
def residents(scenario):
    """Residents by secondary mesh, by the csv module."""
    sums = defaultdict(int)
    path = scenario / "sources" / "population_mesh4.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            sums[int(row["mesh4"]) // 1000] += int(row["population"])
    return sums


def land_of(owners):
    """Land of each secondary mesh: its 1 km cells are land as a whole."""
    land = defaultdict(float)
    codes = owners["mesh3"].to_numpy()
    for code, area in zip(codes.tolist(), mesh.area_m2(codes, "m3"), strict=True):
        land[code // 100] += area
    return land


def test_the_denominator_follows_from_people_land_and_industry(ran, residents):
    land, buildings = land_of(ran.national.owners), ran.national.buildings
    rates = ran.release.read("base_deployment_rate")
    assert set(rates["denominator_source"]) == {"derived:inhabited-or-industry-v1"}
    told = ran.release.read("target_condition").set_index("mesh2")
    assert len(told) == 4888
    targets = set()
    for cell, row in told.to_dict("index").items():
        share = land[cell] / mesh.area_m2(cell, "m2")
        assert row["land_share"] == pytest.approx(share, rel=1e-6), cell
        assert row["has_land"] == (share >= 0.01), cell
        if not row["is_northern_territories"]:
            assert row["population_count"] == residents[cell], cell
            assert row["has_population"] == (residents[cell] > 0), cell
        if cell in buildings:
            assert row["industry_share"] == buildings[cell] / 10_000, cell
            assert row["has_industry"] == (buildings[cell] >= 50), cell
        is_active = residents[cell] > 0 or buildings.get(cell, 0) >= 50
        if share >= 0.01 and is_active and not row["is_northern_territories"]:
            targets.add(cell)
    assert set(told.index[told["is_target"]]) == targets
    assert set(rates["denominator_count"][rates["scope_kind"] == "nation"]) == {
        len(targets)
    }
    inhabited = {cell for cell, count in residents.items() if count}
    assert len(targets - inhabited) > 100  # some only by their industry


def test_underserved_cells_have_the_census_population(ran, residents):
    rows = ran.release.read("underserved_mesh")
    facts = reference.mesh2_facts()
    of_north = facts["mesh2"][facts["is_northern_territories"]]
    is_north = rows["mesh2"].isin(of_north)
    assert rows["population_count"][is_north].isna().all()  # no census there
    rows = rows[~is_north]
    counted = dict(zip(rows["mesh2"], rows["population_count"], strict=True))
    assert counted == {cell: residents[cell] for cell in counted}
    by_cell = ran.workspace.read("core.mesh_population")
    assert by_cell["population_count"].sum() == sum(residents.values())
    assert set(by_cell["split"]) == {"area"}


def test_the_boundary_decides_where_the_cell_only_suggests(ran):
    listed = reference.mesh3_prefecture().set_index("mesh3")
    assert listed["pref_code"][BORDER_CELL] == "13"
    stations = ran.workspace.read("core.station")
    (moved,) = stations[stations["mesh3"] == BORDER_CELL].to_dict("records")
    assert (moved["pref_code"], moved["city_code"]) == ("14", EAST_CITY)
    assert not moved["is_border_cell"]
    assert moved["place_source"] == "boundary"
    starts = starts_of_rakuten(ran.release)
    assert starts.loc["14", "first_advanced_on"].date() == STARTED
    assert not starts.loc["14", "border_cell"]
    is_dated = starts["first_advanced_on"].notna()
    assert (starts["first_advanced_on"].dt.date[is_dated] == STARTED).sum() == 1


def starts_of_rakuten(release):
    starts = release.read("service_start")
    return starts[starts["carrier"] == "rakuten"].set_index("pref_code")


def test_each_cell_tells_its_disadvantaged_kinds_with_their_share(ran):
    shares = ran.release.read("mesh2_disadvantaged").set_index(["mesh2", "kind"])
    expected = {}
    for kind, cell, step in (("kaso", KASO_MESH2, 2), ("gosetsu", SNOW_MESH2, 1)):
        cells = cells_of(ran.national.owners, cell)
        areas = {code: float(mesh.area_m2(code, "m3")) for code in cells}
        held = sum(areas[code] for code in cells[::step])
        expected[kind] = held / sum(areas.values())
        assert shares.loc[(cell, kind), "land_share"] == pytest.approx(expected[kind])
        assert shares.loc[(cell, kind), "basis"] == "polygon"
    cells = ran.workspace.read("core.mesh2_cell").set_index("mesh2")
    assert f"kaso:{expected['kaso']:.2f}" in cells["disadvantaged_kinds"][KASO_MESH2]
    assert "gosetsu:1.00" in cells["disadvantaged_kinds"][SNOW_MESH2]
    assert cells["is_disadvantaged"][[KASO_MESH2, SNOW_MESH2]].all()


def test_filed_stations_stand_beside_licensed_ones(ran):
    rows = list(csv.DictReader(LIST_5G.splitlines()))[1:]
    licensed = sum(int(row["sub6"]) + int(row["ミリ波"]) for row in rows)
    stations = ran.workspace.read("core.station")
    day = pd.Timestamp(2021, 3, 31)
    is_on = (stations["operating_from"] <= day) & ~(stations["ends_on"] <= day)
    is_there = is_on & stations["is_counted"] & (stations["pref_code"] == "25")
    table = ran.release.read("licence_reconciliation")
    (row,) = table[
        (table["scope_kind"] == "prefecture")
        & (table["scope_code"] == "25")
        & (table["carrier"] == "rakuten")
        & (table["band_class"] == "all")
    ].to_dict("records")
    assert (row["licensed_count"], row["filed_count"]) == (licensed, is_there.sum())
    assert row["difference"] == is_there.sum() - licensed


def test_lists_of_a_few_rows_reach_the_release(ran):
    fibre = ran.release.read("fixed_broadband").set_index(["scope_kind", "scope_code"])
    saga = fibre.loc[("prefecture", "41")]
    assert saga["household_count"] == 150
    assert saga["fibre_household_count"] == 118
    assert saga["support_area_general_count"] == 1
    assert saga["support_area_special_count"] == 1
    future = ran.release.read("future_population")
    assert set(future["mesh2"]) == {533945}
    assert future["population"].tolist() == pytest.approx([sum(FUTURE.values())] * 8)
    traffic = ran.workspace.read("raw.high_traffic_mesh")
    assert traffic["mesh3"].tolist() == sorted(HIGH_TRAFFIC)


def test_municipalities_of_the_boundaries_date_are_known(ran):
    table = ran.release.read("municipality").set_index("city_code")
    assert set(NEW_WARDS.values()) <= set(table.index)
    assert not set(NEW_WARDS) & set(table.index)
    ward = table.loc["22138"]
    assert ward["name_ja"] == "浜松市中央区"
    assert not ward["is_listed_2020"]
    assert ward["fiscal_index"] == 0.85  # that of 浜松市
    owners = ran.national.owners
    own = owners["mesh3"][owners["city_code"] == "22138"].to_numpy()
    assert ward["land_area_m2"] == pytest.approx(mesh.area_m2(own, "m3").sum())
    cells = ran.workspace.read("core.municipality_cell").set_index("mesh3")
    assert pd.isna(cells.loc[UNASSIGNED_CELL, "city_code"])
    assert cells.loc[UNASSIGNED_CELL, "pref_code"] == "13"


def test_tables_of_sources_stand_in_every_form_of_the_release(ran):
    root = ran.release.root
    names = OF_SOURCES | {"municipality", "mesh2_disadvantaged", "source"}
    layers = set(pyogrio.list_layers(root / "kiban.gpkg")[:, 0])
    with ran.release.connect() as connection:
        found = connection.execute("SELECT table_name FROM duckdb_tables()")
        stored = {name for (name,) in found.fetchall()}
        for name in sorted(names):
            rows = len(ran.release.read(name))
            assert rows, name
            text = (root / "csv" / f"{name}.csv").read_text(encoding="utf-8-sig")
            assert text.count("\n") == rows + 1, name
            counted = connection.execute(f"SELECT count(*) FROM out.{name}").fetchone()
            assert counted == (rows,), name
            info = pyogrio.read_info(root / "kiban.gpkg", layer=name)
            assert info["features"] == rows, name
    assert names <= stored
    assert names <= layers


def test_no_layer_of_sources_is_finer_than_a_cell_or_a_municipality(ran):
    path = ran.release.root / "kiban.gpkg"
    for name, kind in pyogrio.list_layers(path).tolist():
        frame = pyogrio.read_dataframe(path, layer=name)
        fine = {"mesh3", "mesh4", "mesh", "lat", "lon", "site", "station_id", "line"}
        assert not fine & set(frame.columns), name
        if kind is not None:
            codes = mesh.from_text(frame["mesh2"].to_numpy(object), "m2")
            exact = shapely.to_wkb(mesh.to_polygons(codes, "m2"))
            assert np.array_equal(shapely.to_wkb(frame.geometry.to_numpy()), exact)


def test_no_station_is_named_in_a_release_with_sources(ran, filing):
    rows = pd.read_csv(filing / "stations.csv", dtype=str, keep_default_na=False)
    told = rows[["station_id", "lat", "lon"]].iloc[:: len(rows) // 20].to_numpy()
    for path in ran.release.root.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [text for text in told.ravel() if text.encode() in content]


def test_equal_sources_in_another_folder_give_the_same_release(ran, tmp_path):
    folder = tmp_path / "elsewhere" / "資料"
    for place, path in enumerate(sorted(ran.job.sources.iterdir(), reverse=True)):
        part = folder / f"part {place % 2}"
        part.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, part / path.name)  # other order, other times
    given = {"sources": folder, "workspace": tmp_path / "w", "out": tmp_path / "r"}
    again = run(Job(**vars(ran.job) | given))
    assert again.name == ran.release.name


def test_the_manifest_lists_every_file_and_what_is_lost_without_the_others(ran):
    inputs = ran.release.manifest["inputs"]
    files = [source["file"] for source in inputs["sources"]]
    assert sorted(files) == sorted(path.name for path in ran.job.sources.iterdir())
    assert set(inputs["readings"]) == GIVEN
    for source in inputs["sources"]:
        assert source["licence"], source["file"]
        assert source["vintage"] or source["name"] == "high_traffic_meshes", source
        assert len(source["sha256"]) == 64
    for name, reading in inputs["readings"].items():
        rejected = reading["rejected_count"]
        assert reading["read_count"] == reading["accepted_count"] + rejected, name
    lost = {source["name"]: source for source in inputs["missing_sources"]}
    assert not GIVEN & set(lost)
    assert {"henchi", "a19", "target_meshes"} <= set(lost)
    assert all(source["lost_ja"] and source["lost_en"] for source in lost.values())
    assert inputs["unused_files"] == []


def test_credit_lines_of_the_sources_stand_in_manifest_and_geopackage(ran):
    lines = ran.release.manifest["attribution"]
    for part in CREDITS:
        assert sum(part in line for line in lines) == 1, part
    path = ran.release.root / "kiban.gpkg"
    info = pyogrio.read_info(path, layer="underserved_mesh")
    for told in (info["dataset_metadata"], info["layer_metadata"]):
        assert told["attribution"] == "; ".join(lines)


def numbers(pairs):
    """Cell and municipality as one number each."""
    city = pairs["city_code"].to_numpy(str).astype("int64")
    return pairs["mesh3"].to_numpy() * 100_000 + city


def test_the_crosswalk_of_the_boundaries_is_held_against_the_list(ran):
    differences = ran.workspace.read("core.crosswalk_difference")
    known = reference.municipalities()
    listed = reference.mesh3_municipalities()
    is_unassigned = listed["city_code"].isin(
        known["city_code"][known["kind"] == "unassigned"]
    )
    own = numbers(ran.national.owners.dropna(subset="city_code"))
    own = np.append(own, BORDER_CELL * 100_000 + int(EAST_CITY))
    expected = np.setxor1d(numbers(listed[~is_unassigned]), own)
    found = numbers(differences.dropna(subset="city_code"))
    assert np.array_equal(np.sort(found), expected)
    told = [text for text in ran.release.manifest["warnings"] if "agree in" in text]
    assert len(told) == 1
    assert "crosswalk_difference" not in ran.release.tables  # workspace only


def test_a_source_taken_away_takes_its_effect_with_it(ran, tmp_path):
    """And a bad row of another one is left out, counted, and named."""
    folder = tmp_path / "fewer"
    shutil.copytree(ran.job.sources, folder)
    for pattern in ("N03-*", "Rakuten_*", "500m_*", "tblT001141H5339*"):
        for path in folder.glob(pattern):
            path.unlink()
    with (folder / "fibre_towns.csv").open("a", encoding="utf-8") as file:
        file.write("2024-03-31,41201,412010030,大字下和泉,many,1\n")
    fewer = run(Job(**vars(ran.job) | {"sources": folder}))
    assert fewer.name != ran.release.name
    gone = {"licence_reconciliation", "future_population"}
    assert not gone & set(fewer.tables)
    layers = set(pyogrio.list_layers(fewer.root / "kiban.gpkg")[:, 0])
    assert not gone & layers
    for name in ("raw.municipality_area", "raw.licence_count", "raw.future_population",
                 "core.crosswalk_difference"):  # fmt: skip
        assert not ran.workspace.has(name), name
    rates = fewer.read("base_deployment_rate")
    assert set(rates["denominator_source"]) == {"derived:listed-land-v1"}
    starts = starts_of_rakuten(fewer)
    assert starts.loc["13", "first_advanced_on"].date() == STARTED
    assert starts.loc["13", "border_cell"]
    cells = ran.workspace.read("core.mesh2_cell").set_index("mesh2")
    has_file = {int(path.stem[-4:]) for path in folder.glob("tblT001141H*")}
    is_covered = pd.Series(cells.index // 100, index=cells.index).isin(has_file)
    assert 5339 not in has_file
    facts = reference.mesh2_facts().set_index("mesh2")
    is_covered &= ~facts["is_northern_territories"]
    assert (cells["population_count"].notna() == is_covered).all()
    assert cells["land_area_m2"].isna().all()
    rejected = ran.workspace.read("raw.rejected_source_row")
    of_fibre = rejected[rejected["source"] == "fibre_towns"]
    assert of_fibre["value"].tolist() == ["many"]
    warnings = fewer.manifest["warnings"]
    assert any("1 of 4 rows were rejected" in text for text in warnings)
    again = run(ran.job)
    assert again.name == ran.release.name
    assert again.root == ran.release.root


def reused(read):
    return {name: record["is_reused"] for name, record in read.records.items()}


def test_the_same_files_are_read_once_wherever_they_lie(ran, tmp_path):
    assert all(reused(read_sources(ran.workspace, ran.job.sources)).values())
    folder = tmp_path / "renamed"
    shutil.copytree(ran.job.sources, folder)
    for name in ("tblT001141H5339.zip", LICENCE_FILE, "N03-20240101_GML.zip"):
        (folder / "copies").mkdir(exist_ok=True)
        shutil.copy(folder / name, folder / "copies" / name)
    read = read_sources(ran.workspace, folder)
    assert all(reused(read).values()), reused(read)
    assert [one["file"] for one in read.unused] == sorted(
        ["tblT001141H5339.zip", LICENCE_FILE, "N03-20240101_GML.zip"]
    )
    assert len(read.sources) == len(list(ran.job.sources.iterdir()))


def test_changed_bytes_are_read_again_and_nothing_else(ran, tmp_path):
    folder, place = tmp_path / "changed", Workspace(tmp_path / "workspace")
    folder.mkdir()
    for pattern in ("Rakuten_*", "high_*", "zenshichoson*", "support*"):
        for path in ran.job.sources.glob(pattern):
            shutil.copy(path, folder / path.name)
    assert not any(reused(read_sources(place, folder)).values())
    (folder / "high_traffic_meshes.csv").write_text("mesh3\n53394611\n")
    found = reused(read_sources(place, folder))
    assert not found.pop("high_traffic_meshes")
    assert all(found.values())
    table = place.root / "sources" / "high_traffic_meshes" / "raw"
    assert len(pd.read_parquet(table / "high_traffic_mesh.parquet")) == 1


def test_a_truncated_source_stops_the_run_and_leaves_the_releases(ran, tmp_path):
    folder = tmp_path / "cut"
    folder.mkdir()
    whole = (ran.job.sources / "A17-17_32_GML.zip").read_bytes()
    (folder / "A17-17_32_GML.zip").write_bytes(whole[: len(whole) // 2])
    before = {path: path.stat().st_mtime_ns for path in sorted(ran.job.out.rglob("*"))}
    job = Job(**vars(ran.job) | {"sources": folder, "workspace": tmp_path / "w"})
    with pytest.raises(SourceError, match=r"A17-17_32_GML\.zip"):
        run(job)
    after = {path: path.stat().st_mtime_ns for path in sorted(ran.job.out.rglob("*"))}
    assert after == before
