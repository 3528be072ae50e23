from datetime import date

import pandas as pd

from coverage.control_totals import control_totals
from geodata.schemas import TABLES, conform
from tests.unit.country import event, events

CHANGES = events(
    event("docomo", 533945, date(2020, 9, 1), stations=3, advanced=1),
    event("docomo", 533945, date(2021, 9, 1), basis="planned", stations=2, advanced=1),
)
RATES = pd.DataFrame(
    {
        "carrier": ["docomo"],
        "scope_kind": "prefecture",
        "scope_code": "13",
        "assignment": "majority",
        "basis": "planned",
        "as_of": pd.to_datetime(["2021-03-31"]),
        "rate_pct_published": [50.0],
    }
)


def filed(*rows):
    names = ["pref_code", "fiscal_year", "n_advanced", "n_ordinary"]
    rate = "base_deployment_rate_pct"
    return pd.DataFrame(rows, columns=[*names, rate]).assign(
        carrier="docomo", plan_id="p"
    )


def compared(*rows):
    table = control_totals(filed(*rows), CHANGES, RATES)
    assert conform(TABLES["core.control_total"], table).num_rows == len(table)
    return table.set_index(["pref_code", "fiscal_year", "quantity"])


def test_totals_that_agree_are_equal():
    table = compared(("13", 2020, 1, 2, 50.0))
    assert table["is_equal"].tolist() == [True, True, True]


def test_a_total_that_differs_shows_both_values():
    row = compared(("13", 2020, 4, 2, None)).loc[("13", 2020, "n_advanced")]
    assert (row["filed_value"], row["computed_value"]) == (4.0, 1.0)
    assert not row["is_equal"]


def test_planned_years_are_compared_at_their_end():
    table = compared(("13", 2021, 2, 3, None))
    assert table.loc[("13", 2021, "n_stations"), "computed_value"] == 5.0


def test_a_prefecture_without_stations_adds_up_to_none():
    assert compared(("47", 2020, 0, 0, None))["is_equal"].tolist() == [True, True]


def test_a_rate_of_a_year_that_is_not_reported_is_unknown():
    row = compared(("13", 2030, 2, 3, 60.0)).loc[("13", 2030, _RATE)]
    assert pd.isna(row["computed_value"])
    assert pd.isna(row["is_equal"])


_RATE = "base_deployment_rate_pct"
