"""Whose population the figures say they rest on."""

from types import SimpleNamespace

import pandas as pd
import pytest

from flows.coverage_stage import _population_source

READINGS = {
    "census_mesh": {"edition": "2020"},
    "population_mesh4": {"edition": "synthetic:scenario"},
    "population_mesh3": {"edition": "synthetic:older"},
}


def workspace(unit, level):
    extent = pd.DataFrame({"unit": [unit], "level": [level]})
    return SimpleNamespace(has=lambda _: True, read=lambda _: extent)


@pytest.mark.parametrize(
    ("unit", "level", "source"),
    [
        ("nation", "m4", "synthetic:scenario"),
        ("nation", "m3", "synthetic:older"),
        ("mesh1", "m4", None),  # the census is in use, whatever else lies there
        ("prefecture", "m3", None),
    ],
)
def test_only_the_population_in_use_makes_figures_synthetic(unit, level, source):
    found = _population_source(workspace(unit, level), {"readings": READINGS})
    assert found == source


def test_without_a_population_there_is_no_source():
    empty = SimpleNamespace(has=lambda _: False)
    assert _population_source(empty, {"readings": {}}) is None
