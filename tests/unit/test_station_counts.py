from datetime import date

import pandas as pd
import pytest

from coverage.labels import states
from coverage.station_counts import station_count
from tests.unit.country import LABELS, SCOPES, event, events, forms

DAY = date(2021, 3, 31)
STATES = states([DAY], DAY)
CHANGES = events(
    event("docomo", 533945, DAY, stations=3, band_class="sub6"),
    event("docomo", 392725, DAY, stations=2, band_class="mmwave"),
    event("kddi", 533947, DAY, stations=5, band_class="sub6"),
    event("kddi", 533947, date(2021, 4, 1), stations=7, basis="planned"),
)


def counts(told):
    table = station_count(
        CHANGES, STATES, SCOPES, ["sub6", "mmwave"], told, LABELS
    ).query("basis == 'operating'")
    keys = ["carrier", "scope_code", "band_class", "unit"]
    return table.set_index(keys)["station_count"].sort_index()


def test_combined_is_the_sum_of_the_carriers():
    count = counts(forms("docomo", "kddi"))
    assert count["combined", "JP", "all", "station_band"] == 10
    assert count["combined", "JP", "sub6", "station_band"] == 8
    assert count["docomo", "JP", "all", "station_band"] == 5


def test_prefectures_and_bureaus_hold_their_own_stations():
    count = counts(forms("docomo", "kddi"))
    assert count["docomo", "47", "all", "station_band"] == 2
    assert count["docomo", "kanto", "all", "station_band"] == 3
    assert count["combined", "14", "sub6", "station_band"] == 5


def test_none_is_zero_but_a_missing_filing_is_null():
    count = counts(forms("docomo"))
    assert count["docomo", "14", "all", "station_band"] == 0
    assert pd.isna(count["kddi", "14", "all", "station_band"])
    assert count["combined", "JP", "all", "station_band"] == 5


@pytest.mark.parametrize(
    ("form", "unit", "band_class", "is_known"),
    [
        ("stations", "site", "all", True),
        ("mesh_counts", "site", "all", False),
        ("mesh_counts", "station_band", "sub6", True),
        ("prefecture_counts", "station_band", "all", True),
        ("prefecture_counts", "station_band", "sub6", False),
    ],
)
def test_what_a_form_does_not_tell_is_null(form, unit, band_class, is_known):
    count = counts(forms("docomo", "kddi", form=form))
    assert pd.notna(count["docomo", "JP", band_class, unit]) == is_known
