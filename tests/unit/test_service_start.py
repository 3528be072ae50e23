from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from coverage.service_start import service_start
from tests.unit.country import LABELS, event, events, forms

DEADLINE = date(2021, 4, 10)
CHANGES = events(
    event("docomo", 533945, date(2020, 3, 25)),
    event("docomo", 533947, date(2020, 6, 1), is_border_cell=True),
    event("docomo", 392725, date(2021, 4, 11)),
    event("kddi", 533945, date(2021, 4, 1), basis="planned"),
)


def starts(as_of, *filed):
    table = service_start(
        CHANGES, as_of, DEADLINE, ["13", "14", "47"], forms(*filed), LABELS
    )
    return table.set_index(["carrier", "pref_code"])


def test_first_start_is_the_earliest_in_the_prefecture():
    table = starts(date(2021, 4, 30), "docomo", "kddi")
    assert table.loc[("docomo", "13"), "first_advanced_on"] == pd.Timestamp(2020, 3, 25)
    assert table.loc[("docomo", "13"), "is_met"]


def test_a_start_after_the_deadline_does_not_meet_it():
    table = starts(date(2021, 4, 30), "docomo", "kddi")
    assert table.loc[("docomo", "47"), "is_met"] == False  # noqa: E712 - not null


def test_before_the_deadline_nothing_is_failed_yet():
    table = starts(date(2021, 3, 31), "docomo", "kddi")
    assert pd.isna(table.loc[("docomo", "47"), "is_met"])


def test_a_planned_start_is_no_start():
    table = starts(date(2021, 4, 30), "docomo", "kddi")
    assert pd.isna(table.loc[("kddi", "13"), "first_advanced_on"])
    assert table.loc[("kddi", "13"), "is_met"] == False  # noqa: E712 - not null


def test_without_a_filing_the_duty_is_unknown():
    table = starts(date(2021, 4, 30), "docomo")
    assert table.loc["kddi", "is_met"].isna().all()
    assert not table.loc["kddi", "is_complete"].any()


@pytest.mark.parametrize(("pref_code", "is_border"), [("13", False), ("14", True)])
def test_a_start_known_only_by_a_border_cell_is_marked(pref_code, is_border):
    table = starts(date(2021, 3, 31), "docomo", "kddi")
    assert table.loc[("docomo", pref_code), "border_cell"] == is_border


def test_a_filing_older_than_the_deadline_cannot_fail_it():
    labels = replace(LABELS, filed_as_of={"docomo": date(2021, 3, 31)})
    table = service_start(
        CHANGES, date(2022, 3, 31), DEADLINE, ["13", "34"], forms("docomo"), labels
    ).set_index(["carrier", "pref_code"])
    assert table.loc[("docomo", "13"), "is_met"]
    assert pd.isna(table.loc[("docomo", "34"), "is_met"])
