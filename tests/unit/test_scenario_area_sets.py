"""Sets of 500 m cells: closed up without lone corners, and of the wanted share."""

import numpy as np
import pytest

from geodata.errors import KibanError
from geodata.scenario.area_sets import Taste, closed
from tests.unit.scenario_land import WEST, land_of, primary_mesh, two_meshes
from tests.unit.scenario_sets import (
    drawn,
    frame_of,
    holes_of_one,
    lone_corners,
    picture,
    places,
    table_of,
)


@pytest.fixture(scope="module")
def frame():
    return frame_of(two_meshes())


@pytest.fixture
def northern_first(frame):
    row, column = places(frame)
    return Taste(frame, 100.0 * row - column)


def random_set(frame, seed, share):
    chosen = np.random.default_rng(seed).random(frame.size + 1) < share
    chosen[-1] = False
    return chosen


def close(taste, text, inside=None):
    chosen = drawn(taste.frame, text)
    inside = taste.frame.full() if inside is None else inside
    return picture(taste.frame, closed(taste, chosen, inside), 5, 6)


def test_cells_know_their_neighbours(frame):
    row, column = places(frame)
    beside = frame.beside["north_east"][:-1]
    known = beside < frame.size
    assert (row[beside[known]] == row[known] + 1).all()
    assert (column[beside[known]] == column[known] + 1).all()
    assert (~known).sum() == 20 + 40 - 1  # the north row and the east column


def test_a_lone_corner_is_parted_by_the_cell_that_comes_first(northern_first):
    rising = close(northern_first, "...... ...... ..#... .#.... ......")
    assert rising == ["......", "......", ".##...", ".#....", "......"]
    falling = close(northern_first, "...... ...... .#.... ..#... ......")
    assert falling == ["......", "......", ".##...", "..#...", "......"]


def test_a_corner_is_parted_inside_the_larger_set(northern_first):
    inside = drawn(northern_first.frame, "...... ...... ..##.. .###.. ......")
    closed_up = close(northern_first, "...... ...... ..#... .#.... ......", inside)
    assert closed_up == ["......", "......", "..#...", ".##...", "......"]


def test_what_is_added_may_make_another_corner(northern_first):
    closed_up = close(northern_first, "...... #..... ..#... .#.... ......")
    assert closed_up == ["......", "##....", ".##...", ".#....", "......"]


def test_a_hole_of_one_cell_is_filled_and_one_of_two_stays(northern_first):
    holes = ".###.. .#.#.. .####. .#..#. .####."
    assert close(northern_first, holes) == [
        ".###..",
        ".###..",
        ".####.",
        ".#..#.",
        ".####.",
    ]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_any_set_is_closed_within_any_closed_one(frame, seed, share):
    rng = np.random.default_rng(seed)
    taste = Taste(frame, rng.random(frame.size))
    outer = closed(taste, random_set(frame, seed, share), frame.full())
    chosen = random_set(frame, seed + 100, share) & outer
    inner = closed(taste, chosen, outer)
    for given, result in ((outer, outer), (inner, inner)):
        assert lone_corners(table_of(frame, result)) == 0
        assert holes_of_one(table_of(frame, result)) == 0
        assert (closed(taste, given, frame.full()) == given).all()
    assert not (chosen & ~inner).any()
    assert not (inner & ~outer).any()


def test_land_cells_that_meet_in_a_corner_are_joined_at_sea():
    cells = frame_of(land_of([WEST + 44, WEST + 55])).cells
    assert len(cells.row) == 3 * 4
    assert (cells.land < 0).sum() == 4
    assert cells.people[cells.land < 0].sum() == 0
    assert cells.people.sum() == 2 * 4


@pytest.fixture(scope="module")
def country():
    """A primary mesh with one resident in each of 25,600 cells."""
    return frame_of(primary_mesh())


@pytest.fixture(scope="module")
def taste(country):
    """The north comes first, unevenly."""
    row, _ = places(country)
    noise = np.random.default_rng(0).random(country.size)
    return Taste(country, row + 10 * noise)


def share_of(frame, chosen):
    return 100 * frame.people(chosen) / frame.cells.people.sum()


def test_the_wanted_share_is_met_by_those_that_come_first(country, taste):
    chosen = taste.choose(60.0, country.full())
    assert share_of(country, chosen) == pytest.approx(60, abs=0.02)
    assert lone_corners(table_of(country, chosen)) == 0
    assert taste.key[chosen[:-1]].mean() > taste.key[~chosen[:-1]].mean() + 50


def test_forced_cells_are_in_and_the_larger_set_is_kept_to(country, taste):
    row, column = places(country)
    west = np.append(column < 80, False)
    forced = np.append((row < 20) & (column < 40), False)
    chosen = taste.choose(30.0, west, forced=forced)
    assert share_of(country, chosen) == pytest.approx(30, abs=0.02)
    assert chosen[forced].all()
    assert not (chosen & ~west).any()


def test_the_order_can_be_cut_down(country, taste):
    _, column = places(country)
    west = np.append(column < 80, False)
    chosen = taste.choose(20.0, country.full(), among=west)
    assert share_of(country, chosen) == pytest.approx(20, abs=0.02)
    assert column[chosen[:-1]].max() <= 80


@pytest.mark.parametrize("wanted", [{"among": "west"}, {"forced": "east"}])
def test_a_share_that_cannot_be_met_is_named(country, taste, wanted):
    _, column = places(country)
    sets = {"west": column < 40, "east": column >= 40}  # 25 % and 75 %
    given = {name: np.append(sets[side], False) for name, side in wanted.items()}
    with pytest.raises(KibanError, match=r"areas with 50\.0 % of the residents"):
        taste.choose(50.0, country.full(), **given)
