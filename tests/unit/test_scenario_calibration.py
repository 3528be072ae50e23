"""Each number of the calibration says where it comes from, and nobody else reads it."""

import ast
import tomllib

import numpy as np
import pytest

from geodata.errors import ReferenceTableError
from geodata.scenario import calibration as module
from geodata.scenario.blocks import carrier_blocks
from geodata.scenario.calibration import calibration, calibration_text

CARRIERS = ("docomo", "kddi", "softbank", "rakuten")


def unmarked(table):
    """Names of numbers without a mark of their own or of their table."""
    marks = table.get("marks", {})
    has_mark = "mark" in table
    for name, value in table.items():
        if isinstance(value, dict):
            yield from unmarked(value)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for entry in value:
                yield from unmarked(entry)
        elif not (has_mark or name in marks or f"{name}_mark" in table):
            is_number = not (isinstance(value, str) or value == [] or "_mark" in name)
            yield from [name] * is_number


def test_every_number_carries_a_mark():
    tables = tomllib.loads(calibration_text())["calibration"]
    assert list(unmarked(tables)) == []


def test_carriers_stand_in_the_usual_order():
    assert tuple(calibration().carriers) == CARRIERS


@pytest.mark.parametrize("carrier", CARRIERS)
def test_lists_run_over_the_five_fiscal_years(carrier):
    settings = calibration().carriers[carrier]
    assert calibration().fiscal_years == [2019, 2020, 2021, 2022, 2023]
    for counts in (settings.cells, settings.stations):
        assert len(counts) == 5
        assert counts == sorted(counts)
    assert all(
        len(shares) == 5
        for name, shares in settings.class_share.items()
        if name != "mark"
    )


def test_a_missing_value_is_named(monkeypatch):
    text = calibration_text().replace("indoor_share", "in_door_share")
    monkeypatch.setattr(module, "calibration_text", lambda: text)
    with pytest.raises(ReferenceTableError, match="RowSettings lacks indoor_share"):
        calibration.__wrapped__()


@pytest.mark.parametrize("carrier", CARRIERS)
def test_block_shares_add_up_to_one_in_each_year_with_stations(carrier):
    blocks = carrier_blocks(carrier, calibration())
    has_service = np.array(calibration().carriers[carrier].stations) > 0
    sums = blocks.weight.sum(axis=1)
    assert sums[has_service] == pytest.approx(1)


@pytest.mark.parametrize("carrier", CARRIERS)
def test_drawn_blocks_may_be_used_in_their_year(carrier):
    blocks = carrier_blocks(carrier, calibration())
    years = np.repeat([1, 2, 3, 4], 500)
    drawn = blocks.draw(years, np.random.default_rng(0))
    ends = np.array(["2021-03-31", "2022-03-31", "2023-03-31", "2024-03-31"])
    last_day = ends.astype("datetime64[D]").astype(int)[years - 1]
    assert (blocks.first_day[drawn] <= last_day).all()


def imported_modules(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_nothing_outside_the_generator_reaches_its_calibration(root):
    inside = root / "geodata" / "scenario"
    files = [
        path
        for package in ("geodata", "coverage", "flows")
        for path in sorted((root / package).rglob("*.py"))
        if inside not in path.parents
    ]
    readers = [
        path.name
        for path in files
        for name in imported_modules(path)
        if name.startswith("geodata.scenario.")
    ]
    assert readers == []
