"""Carriers' areas hold the calibrated residents, apart and together, and only grow."""

import json
from dataclasses import replace
from datetime import date

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import pytest

from geodata.errors import KibanError
from geodata.scenario.appeal import ground_noise, town_appeal
from geodata.scenario.areas import ALL, SUB6, covered_counts, plan_areas
from geodata.scenario.calibration import calibration
from geodata.scenario.coverage_table import write_coverage
from geodata.scenario.half_cells import half_cells
from tests.unit.scenario_land import primary_mesh

AS_OF, PLANNED_ON = date(2021, 3, 31), date(2024, 3, 31)
CARRIERS = ("docomo", "kddi", "softbank", "rakuten")


@pytest.fixture(scope="module")
def land():
    return primary_mesh()


@pytest.fixture(scope="module")
def cells(land):
    """A town in the middle of empty country."""
    away = np.hypot(land.row - np.median(land.row), land.column - land.column[0] - 40)
    expected = 2 + 60 * np.exp(-((away / 25) ** 2))
    people = np.random.default_rng(1).poisson(expected[:, None], (len(away), 4))
    return half_cells(land, people)


@pytest.fixture(scope="module")
def served(land):
    """Each carrier operates in the middle 36 secondary meshes, Rakuten in 16."""
    north, east = np.divmod(land.facts["mesh2"].to_numpy() % 100, 10)
    middle = (abs(north - 3.5) < 3) & (abs(east - 3.5) < 3)
    inner = (abs(north - 3.5) < 2) & (abs(east - 3.5) < 2)
    return {name: inner if name == "rakuten" else middle for name in CARRIERS}


def plan(land, cells, served, settings=None, seed=1):
    settings = settings or calibration()
    return plan_areas(land, cells, served, settings, np.random.default_rng(seed))


@pytest.fixture(scope="module")
def areas(land, cells, served):
    return plan(land, cells, served)


def chosen(areas, name, band_class, as_of):
    (found,) = (
        layer.chosen
        for layer in areas[name].layers
        if (layer.band_class, layer.as_of) == (band_class, as_of)
    )
    return found


def share_pct(cells, sets):
    return 100 * cells.people[sets].sum() / cells.people.sum()


@pytest.mark.parametrize("name", CARRIERS)
def test_each_layer_holds_its_share_of_the_residents(cells, areas, name):
    wanted = calibration().carrier_areas[name]
    for band_class, as_of, pct in (
        (ALL, AS_OF, wanted.early_pct),
        (SUB6, AS_OF, wanted.early_sub6_pct),
        (ALL, PLANNED_ON, wanted.planned_pct),
        (SUB6, PLANNED_ON, wanted.planned_sub6_pct),
    ):
        held = share_pct(cells, chosen(areas, name, band_class, as_of))
        assert held == pytest.approx(pct, abs=0.02)


def test_carriers_together_hold_the_combined_share(cells, areas):
    together = np.logical_or.reduce(
        [chosen(areas, name, ALL, PLANNED_ON) for name in CARRIERS]
    )
    assert share_pct(cells, together) == pytest.approx(98.1, abs=0.02)
    counts = covered_counts(cells, areas)
    assert counts["combined"][PLANNED_ON] == cells.people[together].sum()
    assert list(counts) == [*CARRIERS, "combined"]
    assert list(counts["kddi"]) == [AS_OF, PLANNED_ON]


@pytest.mark.parametrize("name", CARRIERS)
def test_areas_grow_and_sub6_is_a_part_of_all(land, cells, served, areas, name):
    early, last = (chosen(areas, name, ALL, day) for day in (AS_OF, PLANNED_ON))
    assert not (early & ~last).any()
    for day, whole in ((AS_OF, early), (PLANNED_ON, last)):
        part = chosen(areas, name, SUB6, day)
        assert not (part & ~whole).any()
    is_served = served[name][land.cell[cells.land]]
    assert (early & ~is_served).sum() < 0.01 * early.sum()  # corners and holes


def test_each_carrier_has_ground_of_its_own(areas):
    last = {name: chosen(areas, name, ALL, PLANNED_ON) for name in CARRIERS}
    assert (last["docomo"] & ~last["softbank"]).any()
    assert (last["softbank"] & ~last["kddi"]).any()
    assert len({areas[name].seed for name in CARRIERS}) == len(CARRIERS)


def test_the_draws_decide_the_areas(land, cells, served, areas):
    again, other = plan(land, cells, served), plan(land, cells, served, seed=2)
    for name in CARRIERS:
        sets = [chosen(one, name, ALL, PLANNED_ON) for one in (areas, again, other)]
        assert (sets[0] == sets[1]).all()
        assert (sets[0] != sets[2]).any()


def test_shares_that_do_not_fit_each_other_are_named(land, cells, served):
    shipped = calibration()
    settings = replace(shipped, areas=replace(shipped.areas, combined_pct=60.0))
    with pytest.raises(KibanError, match=r"96\.8 % of the residents are wanted"):
        plan(land, cells, served, settings)


def test_people_draw_areas_and_their_neighbours_too(land, cells):
    appeal = town_appeal(land, cells, calibration().areas)
    middle = np.abs(cells.row - np.median(cells.row)) < 10
    middle &= np.abs(cells.column - np.median(cells.column)) < 10
    assert appeal[middle].min() > np.percentile(appeal, 75)
    alone = replace(calibration().areas, own_weight=1.0)
    assert np.allclose(town_appeal(land, cells, alone), np.log1p(4 * cells.people))


def test_relief_is_smooth_and_of_no_slope(cells):
    settings = replace(calibration().areas, noise_cells=[16], noise_heights=[2.0])
    noise = ground_noise(cells, settings, np.random.default_rng(0))
    table = np.zeros((160, 160))
    table[cells.row - cells.row.min(), cells.column - cells.column.min()] = noise
    assert abs(table.mean()) < 0.5
    assert 0.8 < table.std() < 2.0
    assert np.abs(np.diff(table, axis=0)).max() < 0.3 * np.ptp(table)


def test_the_file_holds_a_feature_per_day_class_and_primary_mesh(
    tmp_path, cells, areas
):
    path = tmp_path / "coverage.parquet"
    assert write_coverage(path, "kddi", areas["kddi"], cells) == 4
    about = json.loads(pq.read_schema(path).metadata[b"geo"])
    column = about["columns"][about["primary_column"]]
    assert column["encoding"] == "WKB"
    assert column["crs"]["id"] == {"authority": "EPSG", "code": 6668}
    frame = gpd.read_parquet(path)
    assert list(frame.columns) == [
        "carrier", "band_class", "as_of", "outdoor", "geometry",
    ]  # fmt: skip
    assert list(zip(frame["as_of"], frame["band_class"], strict=True)) == [
        (AS_OF, ALL), (AS_OF, SUB6), (PLANNED_ON, ALL), (PLANNED_ON, SUB6),
    ]  # fmt: skip
    assert set(frame["carrier"]) == {"kddi"}
    assert frame["outdoor"].all()
    assert frame.geometry.is_valid.all()
