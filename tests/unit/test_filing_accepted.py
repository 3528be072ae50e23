"""Rows of a filing are matched with the rows of its last version."""

from dataclasses import replace

import pyarrow as pa
import pytest

from geodata.filings import CheckOptions
from geodata.filings.filing_rules.accepted import NO_ROW, Filed
from tests.unit.filing_builder import check, write_filing

KEYS = [("A1", "n77"), ("A1", "n78"), ("A2", "n77"), ("A3", "n77")]


@pytest.mark.parametrize(
    "now",
    [
        KEYS,
        KEYS[:2],
        [*KEYS, ("A4", "n77")],
        [("A0", "n77"), *KEYS],
        [KEYS[0], ("A1", "n79"), *KEYS[2:]],
        [("A1", "n79"), *KEYS[1:]],
        KEYS[::-1],
        [("B1", "n77"), ("B2", "n78")],
    ],
)
def test_each_row_is_found_by_station_and_band(now, tmp_path):
    report = check(write_filing(tmp_path / "filing"))

    def filed(keys, previous=None):
        names = ["station_id", "band"]
        table = pa.table(dict(zip(names, zip(*keys, strict=True), strict=True)))
        return Filed(replace(report, stations=table), CheckOptions(), previous)

    expected = [KEYS.index(key) if key in KEYS else NO_ROW for key in now]
    assert filed(now, filed(KEYS)).row_before.tolist() == expected
