"""Areas on real boundaries and the real census, counted again by plain code."""

from types import SimpleNamespace

import geopandas
import pandas as pd
import pytest
import shapely

from coverage.options import CoverageOptions
from geodata.scenario import write_scenario
from geodata.store import Workspace
from tests.integration.pipeline import job_on, run
from tests.integration.recount import END_OF_FY2023

pytestmark = [pytest.mark.integration, pytest.mark.shared]

FILES_TOTAL = 2_644_586 + 4_685_631 + 532_512
"""Residents of the three primary meshes, as the README of the data folder has them."""

FUKUOKA, CARRIER = "40", "kddi"
EQUAL_AREA = 6933


@pytest.fixture(scope="module")
def real(shared_data, tmp_path_factory):
    place = tmp_path_factory.mktemp("real")
    write_scenario(place / "scenario", scale=0.001)
    sources = place / "sources"
    sources.mkdir()
    data = shared_data / "data"
    for path in (
        *sorted((data / "estat_mesh_population_2020").glob("tblT001101H*.txt")),
        data / "admin_n03_2021" / "n03_2021_municipalities_s0010.parquet",
    ):
        (sources / path.name).symlink_to(path)
    job = job_on(
        place / "scenario",
        place,
        filings=(place / "scenario" / "filings" / CARRIER,),
        sources=sources,
        coverage=CoverageOptions(area_basis="land"),
    )
    return SimpleNamespace(
        place=place,
        sources=sources,
        release=run(job),
        workspace=Workspace(job.workspace),
    )


def row_of(release, table, scope_code, **wanted):
    rows = release.read(table)
    state = {"basis": "planned", "carrier": CARRIER, "coverage_source": "filed"}
    for column, value in ({"scope_code": scope_code} | state | wanted).items():
        rows = rows[rows[column] == value]
    (row,) = rows[rows["as_of"] == END_OF_FY2023].to_dict("records")
    return row


def test_population_totals_are_those_of_the_files(real):
    row = row_of(real.release, "population_coverage", "JP", measure="population")
    assert row["total_count"] == FILES_TOTAL
    assert row["census_year"] == 2020
    assert row["denominator_source"] == "census:2020"
    assert row["area_basis"] == "land"
    assert not row["is_complete"]  # of most prefectures there is no census file
    tokyo = row_of(real.release, "population_coverage", "13", measure="population")
    assert tokyo["status"] == "no_population"
    assert row["status"] == "partial_population"


def test_only_a_prefecture_that_the_files_tell_in_whole_is_scored(real):
    goals = real.release.read("target_status")
    own = goals[goals["metric"] == "population_coverage"]
    is_own = own["scope_code"] == FUKUOKA  # its people live in these primary meshes
    assert own.loc[is_own, "target_value"].notna().any()
    others = own[~is_own]
    told = {"partial_population", "no_population", "no_coverage"}
    assert set(others["status"]) <= told
    assert others["target_value"].isna().all()
    assert "sub6_rate" not in real.release.tables  # the nation's cells are not known
    assert any("high-traffic" in text for text in real.release.manifest["warnings"])


@pytest.mark.parametrize(
    ("measure", "column"), [("household", "034"), ("age65", "019")]
)
def test_households_and_the_aged_are_counted_too(real, measure, column):
    row = row_of(real.release, "population_coverage", "JP", measure=measure)
    total = 0
    for path in sorted(real.sources.glob("tblT*.txt")):
        table = pd.read_csv(path, encoding="cp932", skiprows=[1], dtype=str)
        figures = table[f"T001101{column}"]
        total += pd.to_numeric(figures, errors="coerce").fillna(0).sum()
    assert row["total_count"] == total
    assert 0 < row["covered_count"] < total


def test_covered_land_of_a_prefecture_is_what_shapely_cuts(real):
    path = real.place / "scenario" / "filings" / CARRIER / "coverage.parquet"
    areas = geopandas.read_parquet(path).to_crs(EQUAL_AREA)
    is_meant = (areas["band_class"] == "all") & (
        areas["as_of"].astype(str) == END_OF_FY2023
    )
    boundaries = geopandas.read_parquet(next(real.sources.glob("n03*.parquet")))
    land = boundaries.set_crs(6668, allow_override=True).to_crs(EQUAL_AREA)
    own = land[land["N03_001"] == "福岡県"].geometry.make_valid()
    filed = areas[is_meant].geometry.to_numpy()
    near = filed[shapely.intersects(filed, shapely.box(*own.total_bounds))]
    covered = shapely.area(
        shapely.intersection(shapely.union_all(near), own.to_numpy())
    ).sum()
    row = row_of(real.release, "area_coverage", FUKUOKA)
    assert row["status"] == "ok"
    assert row["land_area_m2"] == pytest.approx(own.area.sum(), rel=1e-6)
    assert row["covered_area_m2"] == pytest.approx(covered, rel=1e-6)
    towns = real.release.read("municipality_coverage")
    towns = towns[(towns["pref_code"] == FUKUOKA) & (towns["carrier"] == CARRIER)]
    last = towns[(towns["as_of"] == END_OF_FY2023) & (towns["basis"] == "planned")]
    assert last["covered_area_m2"].sum() == pytest.approx(covered, rel=1e-3)
    assert last["estimated_count"].sum() < 0.01 * last["total_count"].sum()


def test_half_of_the_land_is_enough_on_the_coast(real):
    cells = real.workspace.read("core.mesh4_coverage")
    cells = cells[cells["edition"] == f"{CARRIER}-all-filed-{END_OF_FY2023}"]
    by_land = cells["covered_land_share"] >= 0.5
    by_cell = cells["covered_share"] >= 0.5
    assert (by_land & ~by_cell).sum() > 100  # on the coast
    counts = by_land.where(cells["covered_land_share"].notna(), by_cell).astype(bool)
    people = real.workspace.read("core.mesh_population")
    counted = people.loc[
        people["mesh"].isin(cells.loc[counts, "mesh4"]),
        "population_count",
    ].sum()
    row = row_of(real.release, "population_coverage", "JP", measure="population")
    assert row["covered_count"] == counted
