"""What the crosswalk says of 1 km cells, and how far apart they are."""

import numpy as np
import pytest

from geodata import mesh, reference
from geodata.filings.row_rules.land_cells import (
    cells_of,
    coast_cells,
    distance_km,
    is_land,
    prefecture_sets,
)

TOKYO_STATION = 53394611
"""Its 1 km cell lies in 13 alone."""


def test_a_cell_knows_every_prefecture_of_the_crosswalk():
    pairs = reference.mesh3_municipalities()
    prefecture = pairs["city_code"].str[:2].astype("int64").to_numpy()
    sets = prefecture_sets(pairs["mesh3"].to_numpy())
    assert (sets >> prefecture & 1 == 1).all()
    distinct = pairs.assign(pref=prefecture)[["mesh3", "pref"]].drop_duplicates()
    cells = prefecture_sets(np.unique(pairs["mesh3"]))
    assert sum(int(bits).bit_count() for bits in cells) == len(distinct)


@pytest.mark.parametrize("code", [-1, 36533728, 30364000, 68489999, 99999999])
def test_a_cell_that_is_not_listed_holds_no_prefecture(code):
    assert not is_land(np.array([code]))[0]


def test_distances_between_cells_are_kilometres():
    cell = np.array([TOKYO_STATION])
    north = mesh.neighbor(cell, "m3", 10, 0)
    assert distance_km(north, cell)[0] == pytest.approx(9.3)
    assert distance_km(cell, cells_of(13))[0] == 0
    to_osaka = distance_km(cell, cells_of(27))[0]
    assert to_osaka == pytest.approx(378, abs=5)


def test_a_coast_cell_has_water_beside_it_and_an_inland_one_has_not():
    coast = coast_cells()
    assert is_land(coast).all()
    assert TOKYO_STATION not in coast
    assert 10_000 < len(coast) < 50_000
