"""The path keeps the calibrated counts exactly, on any geography that allows them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from geodata.errors import KibanError
from geodata.scenario.calibration import calibration
from geodata.scenario.rollout import NEVER, plan_rollout

CELLS = {
    "docomo": [2, 12, 40, 70, 95],
    "kddi": [1, 10, 35, 65, 90],
    "softbank": [1, 9, 30, 50, 70],
    "rakuten": [0, 5, 25, 45, 60],
}


def small_calibration(**changes):
    shipped = calibration()
    carriers = {
        name: replace(shipped.carriers[name], cells=cells, early_prefectures=[])
        for name, cells in CELLS.items()
    }
    small = {
        "carriers": carriers,
        "combined_cell_count": 98,
        "early_combined_cell_count": 20,
    }
    return replace(shipped, **(small | changes))


@pytest.fixture
def cells():
    rng = np.random.default_rng(5)
    return pd.DataFrame(
        {
            "pref_code": np.repeat(["01", "13", "14", "47"], 25),
            "bureau_code": np.repeat(["hokkaido", "kanto", "kanto", "okinawa"], 25),
            "population_count": rng.integers(0, 100_000, 100),
        }
    )


@pytest.fixture(params=range(5))
def rollout(cells, request):
    rng = np.random.default_rng(request.param)
    return plan_rollout(cells, small_calibration(), rng)


def test_each_year_holds_the_calibrated_cells(rollout):
    for name, counts in CELLS.items():
        reached = [(rollout[name] <= year).sum() for year in range(2019, 2024)]
        assert reached == counts


def test_unions_have_the_calibrated_size(rollout):
    first = np.minimum.reduce(list(rollout.values()))
    assert (first <= 2020).sum() == 20
    assert (first < NEVER).sum() == 98


def test_every_bureau_reaches_its_least_share(rollout, cells):
    for first_year in rollout.values():
        served = pd.Series(first_year < NEVER).groupby(cells["bureau_code"]).mean()
        assert served.min() >= 0.5


def test_carriers_without_a_regional_start_open_in_every_prefecture(rollout, cells):
    for name in ("docomo", "kddi", "softbank", "rakuten"):
        assert cells["pref_code"][rollout[name] <= 2020].nunique() == 4


def test_a_regional_start_stays_in_its_prefectures(cells):
    shipped = small_calibration()
    regional = replace(shipped.carriers["rakuten"], early_prefectures=["13"])
    carriers = shipped.carriers | {"rakuten": regional}
    planned = plan_rollout(
        cells, small_calibration(carriers=carriers), np.random.default_rng(0)
    )
    assert set(cells["pref_code"][planned["rakuten"] <= 2020]) == {"13"}


def test_counts_that_cannot_be_met_together_are_named(cells):
    impossible = small_calibration(early_combined_cell_count=60)
    with pytest.raises(KibanError, match="cells wanted"):
        plan_rollout(cells, impossible, np.random.default_rng(0))
