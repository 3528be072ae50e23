"""Residents are spread without losing or adding one."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from geodata.errors import KibanError
from geodata.scenario.calibration import calibration
from geodata.scenario.geography import Land
from geodata.scenario.population import spread_population

SETTINGS = calibration().population


@pytest.fixture
def two_cells():
    """Two secondary meshes side by side, the western half of another prefecture."""
    mesh3 = np.concatenate([53394500 + np.arange(100), 53394600 + np.arange(100)])
    return Land(
        mesh3=mesh3,
        cell=np.repeat([0, 1], 100),
        pref_code=np.repeat(np.array(["13", "14"], object), 100),
        is_border=np.zeros(200, dtype=bool),
        facts=pd.DataFrame(
            {
                "mesh2": [533945, 533946],
                "pref_code": ["13", "14"],
                "bureau_code": ["kanto", "kanto"],
                "mesh3_count": [100, 100],
            }
        ),
    )


def places(**columns):
    blank = {"mesh3": [53394555], "place_population": [0], "office_count": [0]}
    return pd.DataFrame(blank | columns)


def spread(land, table, totals, **settings):
    rng = np.random.default_rng(1)
    changed = replace(SETTINGS, **settings)
    return spread_population(land, table, pd.Series(totals), changed, rng)


@pytest.mark.parametrize(
    "totals",
    [{"13": 500_000, "14": 90_000}, {"13": 1, "14": 3}, {"13": 0, "14": 77}],
)
def test_prefecture_sums_equal_their_totals(two_cells, totals):
    people = spread(two_cells, places(place_population=[50_000]), totals)
    assert people.min() >= 0
    for pref_code, total in totals.items():
        assert people[two_cells.pref_code == pref_code].sum() == total


def test_people_gather_round_the_place(two_cells):
    people = spread(
        two_cells, places(place_population=[50_000]), {"13": 50_000, "14": 1000}
    )
    assert people[55] > np.median(people[:100])


def test_an_office_alone_draws_people(two_cells):
    people = spread(two_cells, places(office_count=[1]), {"13": 5000, "14": 100})
    assert people[[44, 45, 54, 55, 56, 65]].sum() > 6 * people[:100].mean()


def test_the_asked_share_of_cells_is_inhabited(two_cells):
    totals = {"13": 500_000, "14": 500_000}
    people = spread(
        two_cells, places(place_population=[50_000]), totals, inhabited_share=0.3
    )
    assert (people > 0).mean() == pytest.approx(0.3, abs=0.01)


def test_a_place_off_the_listed_land_is_left_out(two_cells):
    table = places(
        mesh3=[53394555, 68412724],
        place_population=[50_000, 9_000_000],
        office_count=[0, 0],
    )
    with_far_place = spread(two_cells, table, {"13": 900, "14": 800})
    alone = spread(two_cells, places(place_population=[50_000]), {"13": 900, "14": 800})
    assert with_far_place.tolist() == alone.tolist()


def test_a_prefecture_without_any_place_is_named(two_cells):
    with pytest.raises(KibanError, match="prefecture 13 has residents"):
        spread(two_cells, places(), {"13": 5, "14": 0})
