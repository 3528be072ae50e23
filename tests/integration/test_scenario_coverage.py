"""Coverage areas of the written scenario, counted again with the kernel and shapely."""

import tomllib
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geodata import mesh, reference
from geodata.filings import read_filing
from geodata.mesh.overlay import union_shares
from geodata.scenario import write_scenario
from tests.integration.recount import AS_OF, CARRIERS, END_OF_FY2023

pytestmark = pytest.mark.integration

SAMPLE = 400
SEED = 7


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("areas") / "out"
    return write_scenario(folder, seed=SEED, scale=0.001)


@pytest.fixture(scope="module")
def population(written):
    table = pd.read_csv(written.population)
    return table.set_index("mesh4")["population"]


@pytest.fixture(scope="module")
def areas(written):
    frames = [gpd.read_parquet(path / "coverage.parquet") for path in paths(written)]
    frame = pd.concat(frames, ignore_index=True)
    return frame.assign(as_of=frame["as_of"].astype(str))


def paths(written):
    return [written.filings[name] for name in CARRIERS]


def layer(areas, as_of, band_class="all", carriers=CARRIERS):
    is_meant = (areas["as_of"] == as_of) & (areas["band_class"] == band_class)
    return areas[is_meant & areas["carrier"].isin(carriers)].geometry.to_numpy()


def covered_count(areas, population, as_of, carriers):
    found = union_shares(layer(areas, as_of, carriers=carriers), "m4", workers=2)
    covered = found.code[found.share >= 0.5]
    return int(population.reindex(covered).fillna(0).sum())


def published_tenths(count, total):
    """Percent to 0.1, half up, in tenths (domain.md 3.0)."""
    return (2 * 1000 * count + total) // (2 * total)


@pytest.mark.parametrize("name", [*CARRIERS, "combined"])
def test_population_coverage_is_the_published_one(written, areas, population, name):
    table = reference.published_values()
    is_meant = (table["metric"] == "population_coverage") & (table["scope"] == "nation")
    is_meant &= (table["as_of"].astype(str) == END_OF_FY2023) & (
        table["carrier"] == name
    )
    (published,) = table.loc[is_meant, "value"]
    carriers = CARRIERS if name == "combined" else [name]
    count = covered_count(areas, population, END_OF_FY2023, carriers)
    assert published_tenths(count, int(population.sum())) == round(10 * published)
    assert count == written.covered_counts[name][date(2024, 3, 31)]


def test_coverage_of_the_as_of_date_is_modest_and_grows(written):
    for name in (*CARRIERS, "combined"):
        early, last = written.covered_counts[name].values()
        assert 0 < early < 0.4 * last


@pytest.mark.parametrize("name", CARRIERS)
def test_shares_of_single_cells_are_those_of_shapely(areas, name):
    parts = shapely.get_parts(layer(areas, END_OF_FY2023, carriers=[name]))
    found = union_shares(parts, "m4")
    is_partly = (found.share > 0) & (found.share < 1)
    rng = np.random.default_rng(0)
    at = rng.choice(np.flatnonzero(is_partly), SAMPLE, replace=False)
    boxes = mesh.to_polygons(found.code[at], "m4")
    box, part = shapely.STRtree(parts).query(boxes)
    covered = shapely.area(shapely.intersection(boxes[box], parts[part]))
    plain = np.bincount(box, covered, minlength=SAMPLE) / shapely.area(boxes)
    # straight in degrees, not in the plane
    assert plain == pytest.approx(found.share[at], abs=1e-4)
    assert np.abs(found.share - 0.5).min() > 0.02  # no cell hangs by a hair


def test_shapes_are_ragged_with_holes_and_islands(areas):
    assert areas.geometry.is_valid.all()
    assert 2_000_000 < areas.geometry.count_coordinates().sum() < 6_000_000
    for name in CARRIERS:
        given = layer(areas, END_OF_FY2023, carriers=[name])
        assert 80 < len(given) <= 176
        parts = shapely.get_parts(given)
        assert len(parts) > 1000
        assert shapely.get_num_interior_rings(parts).sum() > 100
        assert shapely.get_num_coordinates(parts).max() > 10_000


def test_areas_lie_on_listed_land_but_for_a_little(areas):
    found = union_shares(layer(areas, END_OF_FY2023), "m3", workers=2)
    listed = reference.mesh3_prefecture()["mesh3"]
    off = found.share[~np.isin(found.code, listed)].sum()
    assert off < 0.01 * found.share.sum()


@pytest.mark.parametrize("carrier", CARRIERS)
def test_the_validator_has_nothing_against_the_areas(written, carrier):
    report = read_filing(written.filings[carrier], today=date(2021, 4, 30))
    rules = report.findings["rule_id"].to_pylist()
    about_areas = {rule for rule in rules if rule.startswith("coverage")}
    assert about_areas == {"coverage_planned"}  # an INFO: areas of FY2023 are plans
    assert report.is_accepted
    assert report.coverage.num_rows > 200
    assert set(report.coverage["as_of"].cast("string").to_pylist()) == {
        AS_OF,
        END_OF_FY2023,
    }


def test_the_plan_says_that_the_model_is_synthetic(written):
    for path in paths(written):
        plan = tomllib.loads((path / "plan.toml").read_text("utf-8"))
        assert plan["coverage_model"]["method"].startswith("synthetic")
        assert "合成" in plan["coverage_model"]["note"]


def test_neither_scale_nor_a_second_run_changes_the_areas(written, tmp_path):
    again = write_scenario(tmp_path / "again", seed=SEED, scale=0.002)
    assert again.covered_counts == written.covered_counts
    for first, second in zip(paths(written), paths(again), strict=True):
        name = "coverage.parquet"
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_all_else_is_the_same_without_areas(written, tmp_path):
    bare = write_scenario(tmp_path / "bare", seed=SEED, scale=0.001, areas=False)
    assert bare.population.read_bytes() == written.population.read_bytes()
    for first, second in zip(paths(written), paths(bare), strict=True):
        name = "stations.csv"
        assert (first / name).read_bytes() == (second / name).read_bytes()
