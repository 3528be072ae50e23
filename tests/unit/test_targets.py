from datetime import date

import pandas as pd
import pytest

from coverage.targets import Metrics, lag_states, progress, target_status
from geodata import reference
from geodata.schemas import TABLES, conform

GOAL = date(2024, 3, 31)


@pytest.mark.parametrize(
    ("value", "year_ago", "as_of", "status"),
    [
        (210_000, 0, date(2023, 3, 31), "met"),
        (210_000, 210_000, date(2024, 6, 30), "met"),
        (200_000, 180_000, date(2023, 3, 31), "on_track"),
        (200_000, 195_000, date(2023, 3, 31), "behind"),
        (200_000, 200_000, date(2023, 3, 31), "behind"),
        (209_999, 0, GOAL, "missed"),
        (209_999, 0, date(2024, 3, 30), "on_track"),
    ],
)
def test_status_says_how_the_goal_stands(value, year_ago, as_of, status):
    state = progress(
        value, year_ago, 210_000, as_of=as_of, target_on=GOAL, is_complete=True
    )
    assert state.status == status


def test_gap_pace_and_projection_follow_the_formulas():
    state = progress(
        100, 40, 190, as_of=date(2021, 3, 31), target_on=GOAL, is_complete=True
    )
    assert state.gap == 90
    assert state.recent_pace_per_month == 5.0
    assert state.pace_per_month == 3  # 1,096 days are 36.01 months: 2.499
    assert state.projected_on == date(2022, 9, 30)  # 18 months of 30.436875 days


def test_a_shortfall_without_every_filing_proves_nothing():
    state = progress(1, 0, 2, as_of=date(2025, 1, 1), target_on=GOAL, is_complete=False)
    assert state.status == "incomplete"


def test_no_filing_and_no_denominator_are_not_zero():
    missing = progress(None, None, 5, as_of=GOAL, target_on=GOAL, is_complete=False)
    assert (missing.status, missing.value, missing.gap) == ("no_filing", None, None)
    empty = progress(0, 0, None, as_of=GOAL, target_on=GOAL, is_complete=True)
    assert (empty.status, empty.gap) == ("no_denominator", None)


def test_the_year_before_is_asked_for_where_it_is_not_reported():
    days = [(date(2020, 3, 31), "planned"), (date(2021, 3, 31), "planned")]
    assert lag_states(days) == [(date(2019, 3, 31), "planned")]


def rate_rows(numerator, denominator, day, scope=("nation", "JP")):
    return pd.DataFrame(
        [
            {
                "as_of": pd.Timestamp(day),
                "basis": "planned",
                "carrier": "combined",
                "scope_kind": scope[0],
                "scope_code": scope[1],
                "assignment": "majority",
                "numerator_count": numerator,
                "denominator_count": denominator,
                "denominator_source": "official",
                "carriers_included": "docomo;kddi;softbank;rakuten",
                "is_complete": True,
                "is_synthetic": False,
            }
        ]
    )


def no_counts():
    columns = [*rate_rows(1, 1, GOAL).columns, "band_class", "unit", "station_count"]
    return pd.DataFrame(columns=columns)


def goals(numerator, denominator, scope=("nation", "JP")):
    published = Metrics(rate_rows(numerator, denominator, GOAL, scope), no_counts())
    lagged = Metrics(rate_rows(0, denominator, date(2023, 3, 31), scope), no_counts())
    table = target_status(published, lagged, reference.targets())
    return table.set_index("target_id")


def test_98_percent_is_compared_exactly_not_as_displayed():
    # 4,374 of 4,464 is 97.98 %: it prints as 98.0 and is still one cell short
    row = goals(4374, 4464).loc["rate98_fy2023"]
    assert (row["target_value"], row["gap"], row["status"]) == (4375, 1, "missed")
    assert goals(4375, 4464).loc["rate98_fy2023", "status"] == "met"


@pytest.mark.parametrize(("cells", "gap"), [(2231, 1), (2232, 0)])
def test_block_check_needs_half_of_the_cells(cells, gap):
    assert goals(cells, 4464).loc["block50_2024", "gap"] == gap
    odd = goals(5, 11, ("bureau", "okinawa")).loc["block50_2024"]
    assert odd["target_value"] == 6


CENSUS = 2020


def population_rows(covered, total, day, **change):
    """`out.population_coverage` of combined in the nation."""
    given = {
        "as_of": pd.Timestamp(day),
        "basis": "planned",
        "carrier": "combined",
        "scope_kind": "nation",
        "scope_code": "JP",
        "assignment": "split",
        "measure": "population",
        "coverage_source": "filed",
        "covered_count": covered,
        "total_count": total,
        "status": "ok",
        "census_year": CENSUS,
        "denominator_source": f"census:{CENSUS}",
        "carriers_included": "docomo;kddi;softbank;rakuten",
        "is_complete": True,
        "is_synthetic": False,
    }
    counts = dict.fromkeys(["covered_count", "total_count"], "Int64")
    return pd.DataFrame([given | change]).astype(counts | {"census_year": "Int16"})


def sub6_rows(served, cells, day, carrier="docomo", **change):
    """`out.sub6_rate` of one carrier in the nation."""
    own = {"carrier": carrier, "status": "ok"} | change
    rows = rate_rows(served, cells, day).assign(**own)
    return rows.astype({"numerator_count": "Int64"})


def scored(published, year_ago=None):
    """Goals against tables of GOAL and of the year before: keyword per table."""
    base = rate_rows(4375, 4464, GOAL), no_counts()
    past = rate_rows(0, 4464, date(2023, 3, 31)), no_counts()
    table = target_status(
        Metrics(*base, **published),
        Metrics(*past, **(year_ago or {})),
        reference.targets(),
    )
    return table.set_index("target_id")


def test_goals_without_their_table_have_no_rows():
    assert set(scored({}).index) == {"rate98_fy2023", "block50_2024"}


@pytest.mark.parametrize(
    ("covered", "gap", "status"),
    [(949, 1, "missed"), (950, 0, "met"), (960, 0, "met")],
)
def test_population_goals_count_residents_exactly(covered, gap, status):
    row = scored({"population": population_rows(covered, 1_000, GOAL)}).loc[
        "popcov95_fy2023"
    ]
    assert (row["value"], row["target_value"]) == (covered, 950)
    assert (row["gap"], row["status"]) == (gap, status)
    assert row["assignment"] == "split"
    assert row["denominator_source"] == "census:2020"


def test_the_least_number_of_residents_is_rounded_up():
    # 95 % of 1,001 are 950.95: 950 residents are not enough
    row = scored({"population": population_rows(950, 1_001, GOAL)}).loc[
        "popcov95_fy2023"
    ]
    assert (row["target_value"], row["gap"]) == (951, 1)


def test_every_prefecture_has_its_own_goal_and_the_nation_none_of_them():
    own = {"scope_kind": "prefecture"}
    rows = pd.concat(
        [
            population_rows(900, 1_000, GOAL, scope_code="13", **own),
            population_rows(899, 1_000, GOAL, scope_code="47", **own),
        ]
    )
    table = scored({"population": rows}).loc["popcov90_prefecture_fy2025"]
    assert table.set_index("scope_code")["gap"].to_dict() == {"13": 0, "47": 1}
    assert table["status"].tolist() == ["met", "behind"]
    assert "popcov95_fy2023" not in scored({"population": rows}).index


def test_modelled_areas_and_other_measures_meet_no_goal():
    for change in ({"coverage_source": "modelled"}, {"measure": "household"}):
        table = scored({"population": population_rows(1_000, 1_000, GOAL, **change)})
        assert not table.index.str.startswith("popcov").any()


@pytest.mark.parametrize(
    ("status", "total", "target_value"),
    [("no_coverage", 1_000, 950), ("no_population", pd.NA, None)],
)
def test_why_there_is_no_population_coverage_is_passed_on(status, total, target_value):
    rows = population_rows(pd.NA, total, GOAL, status=status, is_complete=False)
    row = scored({"population": rows}).loc["popcov95_fy2023"]
    assert row["status"] == status
    assert pd.isna(row["value"])
    assert pd.isna(row["gap"])
    assert pd.isna(row["target_value"]) == (target_value is None)


@pytest.mark.parametrize("covered", [949, 950, 1_000])
def test_some_residents_meet_and_miss_no_goal(covered):
    rows = population_rows(
        covered, 1_000, GOAL, status="partial_population", is_complete=False
    )
    row = scored({"population": rows}).loc["popcov95_fy2023"]
    assert (row["value"], row["status"]) == (covered, "partial_population")
    assert row[["target_value", "gap", "pace_per_month"]].isna().all()


def test_areas_of_other_carriers_a_year_ago_make_no_pace():
    year_ago = date(2023, 3, 31)
    now = {"population": population_rows(900, 1_000, GOAL)}
    alone = population_rows(400, 1_000, year_ago, carriers_included="docomo")
    row = scored(now, {"population": alone}).loc["popcov97_fy2025"]
    assert pd.isna(row["recent_pace_per_month"])
    same = population_rows(840, 1_000, year_ago)
    row = scored(now, {"population": same}).loc["popcov97_fy2025"]
    assert row["recent_pace_per_month"] == 5


def test_nobody_anywhere_is_no_denominator():
    for covered in (0, pd.NA):
        rows = population_rows(covered, 0, GOAL, status="no_denominator")
        row = scored({"population": rows}).loc["popcov95_fy2023"]
        assert (row["status"], pd.isna(row["target_value"])) == ("no_denominator", True)


def test_pace_compares_two_days_on_the_same_census():
    now = {"population": population_rows(940, 1_000, GOAL)}
    before = date(2023, 3, 31)
    same = {"population": population_rows(820, 1_000, before)}
    row = scored(now, same).loc["popcov97_fy2025"]
    assert row["recent_pace_per_month"] == 10.0
    assert (row["gap"], row["status"]) == (30, "on_track")
    other = {"population": population_rows(820, 1_000, before, census_year=2015)}
    row = scored(now, other).loc["popcov97_fy2025"]
    assert pd.isna(row["recent_pace_per_month"])
    assert pd.isna(row["projected_on"])


def test_sub6_is_scored_for_each_carrier_and_not_combined():
    rows = pd.concat(
        [
            sub6_rows(7, 9, GOAL),
            sub6_rows(8, 9, GOAL, "kddi"),
            sub6_rows(pd.NA, 9, GOAL, "rakuten", status="no_cells"),
            sub6_rows(9, 9, GOAL, "combined"),
        ]
    )
    table = scored({"sub6": rows}).loc["sub6_80_fy2027"].set_index("carrier")
    assert table["target_value"].tolist() == [8, 8, 8]  # 7.2 cells
    assert table["gap"].astype(object).where(table["gap"].notna(), None).to_dict() == {
        "docomo": 1,
        "kddi": 0,
        "rakuten": None,
    }
    assert table["status"].to_dict() == {
        "docomo": "behind",
        "kddi": "met",
        "rakuten": "no_cells",
    }
    assert set(table["metric"]) == {"sub6_cells"}


def test_rows_fit_the_declared_table():
    tables = {
        "population": population_rows(940, 1_000, GOAL),
        "sub6": sub6_rows(7, 9, GOAL),
    }
    table = scored(tables).reset_index()
    assert conform(TABLES["out.target_status"], table).num_rows == len(table)
