"""Residents of a 1 km cell are split over its four quarters, none lost or added."""

from dataclasses import replace

import numpy as np
import pytest

from geodata.scenario.calibration import calibration
from geodata.scenario.split import split_population
from tests.unit.scenario_land import two_meshes

EVEN = replace(calibration().split, noise_rural=0.0, noise_urban=0.0)
SOUTHWEST, SOUTHEAST, NORTHWEST, NORTHEAST = range(4)


@pytest.fixture(scope="module")
def land():
    return two_meshes()


def split(land, people, settings=EVEN, seed=1):
    rng = np.random.default_rng(seed)
    return split_population(land, np.asarray(people), settings, rng)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("largest", [2, 40, 3000, 60_000])
def test_every_cell_keeps_its_residents(land, seed, largest):
    people = np.random.default_rng(seed).integers(0, largest, len(land.mesh3))
    quarters = split(land, people, calibration().split, seed)
    assert quarters.shape == (200, 4)
    assert quarters.dtype == np.int64
    assert quarters.min() >= 0
    assert quarters.sum(axis=1).tolist() == people.tolist()


def test_equal_neighbours_and_no_irregularity_give_equal_quarters(land):
    middle = 55  # all neighbours are land
    assert split(land, np.full(200, 402))[middle].tolist() == [101, 101, 100, 100]


def test_people_lean_towards_a_fuller_neighbour(land):
    people = np.full(200, 400)
    people[65] = 4000  # north of 55
    quarters = split(land, people)[55]
    # north 9 * 400 + 3 * 4000 + 3 * 400 + 400 = 17200, south 16 * 400 = 6400
    assert quarters.tolist() == [54, 54, 146, 146]


def test_a_coast_draws_no_one(land):
    quarters = split(land, np.full(200, 400))[5]  # south edge of the land
    assert quarters[SOUTHWEST] == quarters[SOUTHEAST] < 100 < quarters[NORTHWEST]
    assert quarters[NORTHWEST] == quarters[NORTHEAST]


def test_too_few_for_a_quarter_of_their_own_join_the_fullest(land):
    people = np.zeros(200, int)
    people[55], people[65] = 12, 40
    settings = replace(EVEN, least_residents=3.0)
    # weights 108, 108, 228, 228 of 672: 1.9, 1.9, 4.1, 4.1 expected
    assert split(land, people, settings)[55].tolist() == [0, 0, 6, 6]


def test_a_lone_resident_has_one_quarter(land):
    people = np.ones(200, int)
    quarters = split(land, people, calibration().split)
    assert (np.sort(quarters, axis=1) == [0, 0, 0, 1]).all()


def test_irregularity_follows_the_seed(land):
    people = np.full(200, 50)
    settings = calibration().split
    first = split(land, people, settings, seed=1)
    assert (first == split(land, people, settings, seed=1)).all()
    assert (first != split(land, people, settings, seed=2)).any()
    assert first.std(axis=1).mean() > 10  # empty country is uneven
