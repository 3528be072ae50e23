from datetime import date

from geodata.filings import Tolerances
from tests.unit.filing_builder import PLAN, check, stations_csv, write_filing
from tests.unit.filing_cases_totals import (
    PLANNED,
    RAKUTEN,
    cells_of_every_prefecture,
    nationwide,
    rows_in,
)

TODAY = date(2025, 5, 1)
RULES = ("published_value_differs", "published_value_recalled")
N77 = {"band": "n77", "freq_low_mhz": "3800", "freq_high_mhz": "3900"}
MMWAVE = {
    "band": "n257",
    "freq_low_mhz": "27000",
    "freq_high_mhz": "27400",
    "bandwidth_mhz": "400",
}


def told(report):
    """Metric, day, filed and published value of each difference, by rule."""
    return {
        rule_id: [
            (f["value"], f["message_en"].partition(":")[0])
            for f in report.findings.to_pylist()
            if f["rule_id"] == rule_id
        ]
        for rule_id in RULES
    }


def rakuten(folder, as_of, *rows, **options):
    plan = RAKUTEN.replace("2024-03-31", as_of).replace("2024-04", "2025-04")
    filing = write_filing(folder, plan_toml=plan, stations_csv=stations_csv(*rows))
    return check(filing, today=TODAY, **options)


def test_planned_cells_and_rate_are_held_against_the_plans_of_2019(tmp_path):
    report = nationwide(4000, **PLANNED)(tmp_path / "filing")
    assert told(report)["published_value_differs"] == [
        ("4000", "base_deployment_cells on 2024-03-31"),
        ("89.9", "base_deployment_rate on 2024-03-31"),
    ]
    cells, rate = (
        f["message_en"]
        for f in report.findings.to_pylist()
        if f["rule_id"] == "published_value_differs"
    )
    assert "4331 published (sourced:31), difference -331" in cells
    assert "97.0 published (sourced:31), difference -7.1" in rate


def test_the_share_and_the_points_are_tolerances(tmp_path):
    cells = cells_of_every_prefecture(4000)
    table = stations_csv(*rows_in(cells, **PLANNED))
    filing = write_filing(tmp_path / "filing", stations_csv=table)
    wide = Tolerances(published_share=0.08, published_points=7.1)
    assert told(check(filing, tolerances=wide))["published_value_differs"] == []


def test_cells_built_after_the_day_do_not_count(tmp_path):
    later = PLANNED | {"planned_fy": "2024"}
    report = nationwide(4331, **later)(tmp_path / "filing")
    cells, rate = told(report)["published_value_differs"]
    assert (cells[0], rate[0]) == ("0", "0.0")


def test_a_plan_of_a_day_that_is_over_is_not_asked_again(tmp_path):
    plan = PLAN.replace("2021-0", "2024-0")
    report = nationwide(47, plan, date(2024, 5, 1))(tmp_path / "filing")
    metrics = {day for _, day in told(report)["published_value_differs"]}
    assert metrics == {"mmwave_stations on 2024-03-31"}


def test_actual_figures_need_the_day_to_be_over(tmp_path):
    rows = rows_in(cells_of_every_prefecture(47), **N77)
    before = rakuten(tmp_path / "before", "2025-03-30", *rows)
    after = rakuten(tmp_path / "after", "2025-03-31", *rows)
    assert told(before)["published_value_differs"] == []
    assert told(after)["published_value_differs"] == [
        ("47", "station_count on 2025-03-31")
    ]


def test_recalled_figures_only_inform(tmp_path):
    rows = rows_in(cells_of_every_prefecture(47), **MMWAVE)
    report = rakuten(tmp_path / "filing", "2024-03-31", *rows)
    assert told(report)["published_value_recalled"] == [
        ("47", "mmwave_stations on 2024-03-31")
    ]
    assert report.open_warning_count == 0


def test_actual_figures_count_what_operates_on_the_day_without_repeaters(tmp_path):
    cells = cells_of_every_prefecture(47)
    rows = rows_in(cells, **MMWAVE)
    rows[0] |= {"station_type": "repeater", "backhaul_gbps": ""}
    rows[1] |= {"end_date": "2024-03-31", "status": "retired"}
    rows[2] |= {"end_date": "2024-04-01", "status": "retired"}
    rows[3] |= PLANNED
    rows[4] |= N77 | {"bandwidth_mhz": "100"}
    report = rakuten(tmp_path / "filing", "2025-03-31", *rows)
    assert told(report)["published_value_recalled"][0][0] == "43"
    assert told(report)["published_value_differs"][0][0] == "43"


def test_a_regional_filing_is_not_compared(tmp_path):
    rows = rows_in(cells_of_every_prefecture(46), **PLANNED)
    filing = write_filing(tmp_path / "filing", stations_csv=stations_csv(*rows))
    report = check(filing)
    assert set(RULES) <= set(report.rules_not_run)
    assert report.reasons_not_run[RULES[0]] == "nation"
