"""On which day a goal is shown."""

from types import SimpleNamespace

import pandas as pd

from geodata.publish.coverage_summary import coverage_goal_table
from geodata.publish.summary import at_goal_day

FY2025, FY2030 = "2026-03-31", "2031-03-31"


def goal(day, value, *, target_on=FY2025, status="met", code="13", basis="planned"):
    """A row of `out.target_status`: 900 of a prefecture's residents are wanted."""
    return {
        "target_id": f"popcov_{target_on[:4]}",
        "metric": "population_coverage",
        "as_of": pd.Timestamp(day),
        "basis": basis,
        "carrier": "combined",
        "scope_kind": "prefecture",
        "scope_code": code,
        "target_on": pd.Timestamp(target_on),
        "value": value,
        "target_value": 900,
        "gap": max(0, 900 - value),
        "status": status,
    }


def shown(*goals):
    release = SimpleNamespace(read={"target_status": pd.DataFrame(goals)}.get)
    return coverage_goal_table(release)


GOALS = [
    goal("2024-03-31", 700, status="behind"),
    goal(FY2025, 850, status="missed"),
    goal(FY2030, 995),
    goal(FY2030, 995, code="47"),
    goal(FY2025, 950, code="47"),
    goal(FY2025, 1_000, code="47", basis="operating"),
]


def test_a_goal_is_shown_by_plan_at_its_own_day():
    rows = at_goal_day(pd.DataFrame(GOALS)).set_index("scope_code")
    assert rows["as_of"].dt.strftime("%F").to_dict() == {"13": FY2025, "47": FY2025}
    assert rows["value"].to_dict() == {"13": 850, "47": 950}


def test_before_its_day_a_goal_is_shown_on_the_last_planned_one():
    early = [goal(day, 500, target_on=FY2030) for day in ("2023-03-31", "2024-03-31")]
    (day,) = at_goal_day(pd.DataFrame(early))["as_of"]
    assert day == pd.Timestamp("2024-03-31")


def test_prefectures_are_scored_at_the_goals_day():
    ((name, *cells),) = shown(*GOALS).rows
    assert (name, cells) == ("popcov_2026", ["2", "1", "東京都 850/900", FY2025])


def test_what_falls_short_for_want_of_a_filing_is_not_scored():
    ((_, scored, met, *_),) = shown(
        goal(FY2025, 100, status="incomplete"), goal(FY2025, 950, code="47")
    ).rows
    assert (scored, met) == ("1", "1")
    assert shown(goal(FY2025, 100, status="incomplete")) is None
