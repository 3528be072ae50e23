"""A run on filings with coverage areas: figures counted again by plain code."""

import json
import shutil
from dataclasses import replace
from types import SimpleNamespace

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from coverage.options import CoverageOptions
from geodata import mesh, reference
from geodata.publish import summary
from geodata.publish.coverage_summary import coverage_goal_table, coverage_table
from geodata.scenario import write_scenario
from geodata.store import Workspace
from tests.integration.notebook import shown_by
from tests.integration.pipeline import job_on, run
from tests.integration.recount import AS_OF, CARRIERS, END_OF_FY2023

pytestmark = pytest.mark.integration

PUBLISHED = {
    "docomo": 83.5,
    "kddi": 93.3,
    "softbank": 96.8,
    "rakuten": 50.6,
    "combined": 98.1,
}
"""5G人口カバー率 at the end of FY2023, to which the scenario is calibrated."""

COUNTED_AGAIN = "18"  # 福井県: small, with a coast and hills
EQUAL_AREA = 6933
KEY = ["as_of", "basis", "carrier", "scope_kind", "scope_code"]


@pytest.fixture(scope="module")
def scenario(tmp_path_factory):
    """Filings of few stations, with all their areas."""
    folder = tmp_path_factory.mktemp("scenario") / "scenario"
    write_scenario(folder, scale=0.01)
    return folder


@pytest.fixture(scope="module")
def ran(scenario, tmp_path_factory):
    job = job_on(scenario, tmp_path_factory.mktemp("run"))
    return SimpleNamespace(
        job=job, release=run(job), workspace=Workspace(job.workspace)
    )


def rows_of(release, table, **wanted):
    rows = release.read(table)
    rows = rows.assign(as_of=rows["as_of"].dt.strftime("%Y-%m-%d"))
    for column, value in wanted.items():
        rows = rows[rows[column] == value]
    return rows


def planned(release, carrier, **wanted):
    state = {"as_of": END_OF_FY2023, "basis": "planned", "measure": "population"}
    scope = {"scope_kind": "nation", "scope_code": "JP", "coverage_source": "filed"}
    found = rows_of(
        release, "population_coverage", carrier=carrier, **(state | scope | wanted)
    )
    (row,) = found.to_dict("records")
    return row


@pytest.mark.parametrize("carrier", PUBLISHED)
def test_the_nation_shows_the_published_figures(ran, carrier):
    row = planned(ran.release, carrier)
    assert row["rate_pct_published"] == PUBLISHED[carrier]
    assert row["status"] == "ok"
    assert row["is_synthetic"]
    assert row["is_complete"]
    population = pd.read_csv(ran.job.sources / "population_mesh4.csv")["population"]
    assert row["total_count"] == population.sum() == 126_146_099


def test_a_prefecture_is_what_plain_shapely_counts(scenario, ran):
    """Every inhabited cell of one prefecture cut with the filed polygons."""
    people = pd.read_csv(scenario / "sources" / "population_mesh4.csv")
    owner = reference.mesh3_prefecture().set_index("mesh3")["pref_code"]
    people = people[(people["mesh4"] // 10).map(owner) == COUNTED_AGAIN]
    people = people[people["population"] > 0]
    boxes = geopandas.GeoSeries(
        mesh.to_polygons(people["mesh4"].to_numpy(), "m4"), crs=6668
    ).to_crs(EQUAL_AREA)
    everywhere = []
    for carrier in CARRIERS:
        areas = filed_areas(scenario, carrier)
        near = areas[shapely.intersects(areas, shapely.box(*boxes.total_bounds))]
        everywhere += list(near)
        check_against(ran, carrier, people, boxes, near)
    check_against(ran, "combined", people, boxes, np.array(everywhere))


def filed_areas(scenario, carrier):
    path = scenario / "filings" / carrier / "coverage.parquet"
    frame = geopandas.read_parquet(path).to_crs(EQUAL_AREA)
    is_meant = (frame["band_class"] == "all") & (
        frame["as_of"].astype(str) == END_OF_FY2023
    )
    return frame[is_meant].geometry.to_numpy()


def check_against(ran, carrier, people, boxes, areas):
    parts = np.array(shapely.get_parts(areas))
    cells = boxes.to_numpy()
    tree = shapely.STRtree(parts)
    share = np.zeros(len(cells))
    share[tree.query(cells, predicate="covered_by")[0]] = 1
    at, part = tree.query(cells, predicate="intersects")
    for cell in np.unique(at[share[at] < 1]):
        cut = shapely.intersection(parts[part[at == cell]], cells[cell])
        share[cell] = shapely.union_all(cut).area / cells[cell].area
    counted = int(people["population"].to_numpy()[share >= 0.5].sum())
    row = planned(
        ran.release, carrier, scope_kind="prefecture", scope_code=COUNTED_AGAIN
    )
    assert row["covered_count"] == counted
    assert row["total_count"] == people["population"].sum()


def test_scopes_add_up_and_the_union_is_no_less_than_anyone(ran):
    rates = rows_of(ran.release, "population_coverage", status="ok")
    sums = rates.groupby([*KEY[:4], "measure"])[["covered_count", "total_count"]].sum()
    for kind in ("prefecture", "bureau"):
        parts = sums.xs(kind, level="scope_kind")
        nation = sums.xs("nation", level="scope_kind")
        pd.testing.assert_frame_equal(parts, nation)
    wide = rates.pivot_table(
        index=["as_of", "basis", "scope_kind", "scope_code"],
        columns="carrier",
        values="covered_count",
        aggfunc="sum",
    )
    assert (wide[list(CARRIERS)].max(axis=1) <= wide["combined"]).all()


def test_inhabited_cells_are_counted_once_by_number_of_carriers(ran):
    state = {"as_of": END_OF_FY2023, "basis": "planned", "scope_kind": "nation"}
    counts = rows_of(ran.release, "covering_carriers", **state)
    counts = counts.set_index("carrier_count")
    assert list(counts.index) == [0, 1, 2, 3, 4]
    population = pd.read_csv(ran.job.sources / "population_mesh4.csv")["population"]
    assert counts["cell_count"].sum() == (population > 0).sum()
    assert counts["population_count"].sum() == population.sum()


def test_municipalities_add_up_to_the_nation(ran):
    """But for residents of land that no municipality is known of (境界未定)."""
    state = {"as_of": END_OF_FY2023, "basis": "planned", "carrier": "combined"}
    towns = rows_of(ran.release, "municipality_coverage", **state)
    assert len(towns) > 1800
    row = planned(ran.release, "combined")
    cells = ran.workspace.read("core.mesh_population")
    nowhere = cells.loc[cells["city_code"].isna(), "population_count"].sum()
    assert 0 < nowhere < 30_000
    assert towns["total_count"].sum() + nowhere == row["total_count"]
    outside = row["covered_count"] - towns["covered_count"].sum()
    assert 0 <= outside <= nowhere


def test_every_day_has_its_status(ran):
    """No areas before the first ones: null, not zero."""
    state = {"scope_kind": "nation", "carrier": "kddi"}
    rates = rows_of(ran.release, "population_coverage", **state)
    first = rates[rates["as_of"] == "2020-03-31"]
    assert set(first["status"]) == {"no_coverage"}
    assert first["covered_count"].isna().all()
    areas = rows_of(ran.release, "area_coverage", **state)
    assert set(areas["status"]) == {"no_coverage", "no_boundaries"}
    operating = rates[(rates["as_of"] == AS_OF) & (rates["basis"] == "operating")]
    assert list(operating["coverage_as_of"].dt.strftime("%Y-%m-%d")) == [AS_OF]


def test_goals_are_scored_by_day(ran):
    goals = rows_of(ran.release, "target_status", as_of=END_OF_FY2023, basis="planned")
    goals = goals.set_index(["target_id", "carrier", "scope_code"])
    row = planned(ran.release, "combined")
    nation = goals.loc[("popcov95_fy2023", "combined", "JP")]
    assert nation["value"] == row["covered_count"]
    assert nation["target_value"] == -(-95 * row["total_count"] // 100)
    assert nation["status"] == "met"
    assert goals.loc[("popcov99_fy2030", "combined", "JP"), "status"] != "met"
    assert len(goals.loc["popcov90_prefecture_fy2025"]) == 47
    assert len(goals.loc["sub6_80_fy2027"]) == len(CARRIERS)


def test_goals_of_each_prefecture_and_carrier_are_told(ran):
    table = coverage_goal_table(ran.release)
    rows = {row[0]: row[1:] for row in table.rows}
    goals = rows_of(ran.release, "target_status", as_of=END_OF_FY2023, basis="planned")
    own = goals[goals["target_id"] == "popcov90_prefecture_fy2025"]
    met = int((own["value"] >= own["target_value"]).sum())
    assert rows["popcov90_prefecture_fy2025"][:2] == ["47", str(met)]
    assert rows["sub6_80_fy2027"][:2] == ["4", "0"]


def test_the_layer_draws_the_inhabited_cells(ran):
    path = ran.release.root / "kiban.gpkg"
    layer = pyogrio.read_dataframe(path, layer="mesh4_coverage")
    assert layer.crs.to_epsg() == 6668
    codes = layer["mesh4"].astype("int64").to_numpy()
    assert (layer["mesh4"].str.len() == 9).all()
    drawn = shapely.bounds(layer.geometry.to_numpy()[:1000])
    assert drawn == pytest.approx(mesh.bounds(codes[:1000], "m4"))
    table = ran.release.read("mesh4_coverage").set_index("mesh4").loc[codes]
    for carrier in PUBLISHED:
        column = f"{carrier}_planned_share"
        np.testing.assert_array_equal(layer[column], table[column])
        covered = layer.loc[layer[column] >= 0.5, "population_count"].sum()
        assert covered == planned(ran.release, carrier)["covered_count"]


def test_summary_and_notebook_show_them(ran, root, monkeypatch):
    shown = coverage_table(ran.release).markdown()
    assert "98.1 %" in shown
    assert "no_boundaries" in shown
    records = summary.summary_records(ran.release, "nation")
    assert json.dumps(records["population_coverage"], default=str)
    monkeypatch.setenv("KIBAN_RELEASES", str(ran.release.root))
    monkeypatch.setenv("PYTHONPATH", str(root))
    notebook = shown_by(root / "notebooks" / "03_coverage.ipynb")
    assert notebook.image_count == 2
    assert "98.1 %" in notebook.text


@pytest.fixture(scope="module")
def without_rakuten(scenario, tmp_path_factory):
    """One carrier filed stations alone, and is modelled."""
    place = tmp_path_factory.mktemp("modelled")
    shutil.copytree(scenario / "filings", place / "filings")
    (place / "filings" / "rakuten" / "coverage.parquet").unlink()
    job = job_on(scenario, place, filings=(place / "filings",), model_areas=True)
    return SimpleNamespace(job=job, release=run(job))


def test_a_modelled_carrier_is_kept_apart(ran, without_rakuten):
    release = without_rakuten.release
    filed = planned(release, "rakuten")
    assert filed["status"] == "no_coverage"
    assert np.isnan(filed["rate"])
    others = planned(release, "combined")
    assert not others["is_complete"]
    assert others["carriers_included"] == "docomo;kddi;softbank"
    modelled = planned(release, "rakuten", coverage_source="modelled")
    assert 0 < modelled["rate"] < 1
    together = planned(release, "combined", coverage_source="modelled")
    assert together["covered_count"] >= others["covered_count"]
    own = rows_of(release, "population_coverage", coverage_source="modelled")
    of_day = own.groupby("as_of")["carrier"].agg(set)
    assert of_day[END_OF_FY2023] == {"rakuten", "combined"}
    assert of_day["2020-03-31"] == set(PUBLISHED)  # before anyone's first areas
    goals = rows_of(release, "target_status", as_of=END_OF_FY2023, basis="planned")
    goal = goals.set_index(["target_id", "scope_code"]).loc[("popcov95_fy2023", "JP")]
    assert goal["value"] == others["covered_count"]
    assert planned(release, "kddi") == planned(ran.release, "kddi")


def test_any_carrier_is_an_option_and_is_labelled(ran, scenario, tmp_path):
    job = replace(
        job_on(scenario, tmp_path, workspace=ran.job.workspace),
        coverage=CoverageOptions(combination="any"),
    )
    row = planned(run(job), "combined")
    union = planned(ran.release, "combined")
    assert (row["combination"], union["combination"]) == ("any", "union")
    assert row["covered_count"] <= union["covered_count"]
    assert row["covered_count"] >= planned(ran.release, "softbank")["covered_count"]
