"""Positions stay inside their cell and shared sites never repeat a block."""

import numpy as np
import pandas as pd
import pytest

from geodata.scenario.blocks import carrier_blocks
from geodata.scenario.calibration import calibration
from geodata.scenario.geography import read_land
from geodata.scenario.rows import ADVANCED, ANCHOR, ORDINARY, REPEATER
from geodata.scenario.sites import place_on_sites


@pytest.fixture(scope="module")
def land():
    return read_land()


@pytest.fixture(scope="module")
def blocks():
    return carrier_blocks("kddi", calibration())


def rows_of(land, kinds, **columns):
    first = int(land.starts[1000])
    return pd.DataFrame(
        {
            "land": np.full(len(kinds), first),
            "cell": np.full(len(kinds), 1000),
            "kind": kinds,
            "block": np.zeros(len(kinds), int),
            "indoor": np.zeros(len(kinds), bool),
        }
        | columns
    )


def placed(rows, land, blocks, share=1.0):
    return place_on_sites(rows, land, blocks, share, np.random.default_rng(0))


def test_many_rows_of_one_cell_get_distinct_positions_inside_it(land, blocks):
    rows = placed(rows_of(land, [ANCHOR] + [ORDINARY] * 50_000), land, blocks, 0.0)
    west, south, east, north = land.bounds[int(land.starts[1000])] * 1_000_000
    assert rows["lon_micro"].between(west, east, inclusive="neither").all()
    assert rows["lat_micro"].between(south, north, inclusive="neither").all()
    assert not rows.duplicated(["lat_micro", "lon_micro"]).any()
    assert (rows[["lat_micro", "lon_micro"]] % 10 != 0).all(axis=None)


def test_a_row_that_joins_a_site_takes_another_block(land, blocks):
    rows = placed(rows_of(land, [ANCHOR, REPEATER, ORDINARY, ORDINARY]), land, blocks)
    assert rows["site"].tolist() == [0, 1, 2, 3]
    wanting = rows_of(land, [ANCHOR, ORDINARY])
    wants = np.random.default_rng(0)
    joined = place_on_sites(wanting, land, blocks, 0.5, wants)
    assert joined["site"].tolist() == [0, 0]
    assert joined["block"].nunique() == 2
    assert joined["lat_micro"].nunique() == joined["lon_micro"].nunique() == 1


def test_the_parent_is_the_last_advanced_row_so_far(land, blocks):
    kinds = [ANCHOR, ORDINARY, ADVANCED, ORDINARY, REPEATER]
    rows = placed(rows_of(land, kinds), land, blocks, 0.0)
    assert rows["parent"].tolist() == [0, 0, 2, 2, 2]
