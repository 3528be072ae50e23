"""Filings of several carriers are held against one another."""

import pytest

from geodata.filings import check_filings, rules
from tests.unit.filing_builder import (
    MESH_COUNTS,
    TODAY,
    csv_text,
    found,
    stations_csv,
    write_filing,
)
from tests.unit.filing_cases_carriers import (
    ALL,
    ALONE,
    NEXT,
    SHARED,
    TRIPS,
    WIDE,
    of_carriers,
    plan_of,
    row,
)

UNSAID = ALONE | {"shared": ""}


def told(reports):
    """Rule, line and English message of every finding, by carrier."""
    return {
        carrier: [
            (finding["rule_id"], finding["line"], finding["message_en"])
            for finding in report.findings.to_pylist()
        ]
        for carrier, report in reports.items()
    }


def lines_of(report, rule_id):
    findings = report.findings.to_pylist()
    return [f["line"] for f in findings if f["rule_id"] == rule_id]


@pytest.mark.parametrize("silent", [ALONE, UNSAID], ids=["false", "empty"])
def test_both_sides_of_a_site_shared_by_one_are_told(silent, tmp_path):
    filed = {
        "docomo": [row("docomo", **SHARED), row("docomo", 2)],
        "kddi": [row("kddi"), row("kddi", 2, **silent)],
    }
    reports = of_carriers(filed)(tmp_path)
    text = "At this place docomo file stations as shared, kddi do not."
    for carrier, line in (("docomo", 2), ("kddi", 3)):
        ((rule_id, at, message),) = told(reports)[carrier]
        assert (rule_id, at) == ("shared_site_one_sided", line)
        assert message.startswith(text)


def test_a_third_carrier_at_a_shared_site_is_the_only_one_told(tmp_path):
    filed = {
        "docomo": [row("docomo", **SHARED)],
        "kddi": [row("kddi", **SHARED)],
        "rakuten": [row("rakuten", **ALONE)],
    }
    reports = of_carriers(filed)(tmp_path)
    assert [found(reports[name]) for name in ("docomo", "kddi")] == [set(), set()]
    assert found(reports["rakuten"]) == {"shared_site_one_sided"}


def test_one_shared_band_is_enough_for_a_carrier_to_share_the_site(tmp_path):
    other_band = {"freq_low_mhz": "3480", "freq_high_mhz": "3520"}
    own = row("docomo", 2, **ALONE) | other_band | {"bandwidth_mhz": "40"}
    filed = {
        "docomo": [row("docomo", **SHARED), own],
        "kddi": [row("kddi", **SHARED)],
    }
    reports = of_carriers(filed)(tmp_path)
    assert "shared_site_one_sided" not in found(reports["docomo"])


@pytest.mark.parametrize(
    ("lat", "is_same"), [("35.681244", True), ("35.681246", False)]
)
def test_a_site_is_a_place_to_five_decimals(lat, is_same, tmp_path):
    filed = {
        "docomo": [row("docomo", **SHARED)],
        "kddi": [row("kddi", **ALONE | {"lat": lat})],
    }
    reports = of_carriers(filed)(tmp_path)
    assert ("shared_site_one_sided" in found(reports["kddi"])) == is_same


def test_a_retired_station_shares_nothing(tmp_path):
    gone = {"status": "retired", "end_date": "2021-01-31"}
    filed = {
        "docomo": [row("docomo", **SHARED | gone)],
        "kddi": [row("kddi", **ALONE)],
    }
    reports = of_carriers(filed)(tmp_path)
    assert [found(report) for report in reports.values()] == [set(), set()]


def test_a_site_that_nobody_shares_is_told_without_naming_the_others(tmp_path):
    filed = {name: [row(name, **ALONE)] for name in ("docomo", "kddi", "softbank")}
    reports = of_carriers(filed)(tmp_path)
    ((rule_id, line, message),) = told(reports)["docomo"]
    assert (rule_id, line) == ("same_site_not_shared", 2)
    assert "Stations of 2 other carrier(s)" in message
    assert not [name for name in ALL if name in message]


def test_two_plans_of_one_carrier_speak_with_one_voice(tmp_path):
    second = plan_of("docomo").replace("docomo-2019", "docomo-2022")
    plain = row("docomo", 2, **ALONE) | {"band": "n257", "bandwidth_mhz": "400"}
    plain |= {"freq_low_mhz": "27400", "freq_high_mhz": "27800", "eirp_dbm": "50"}
    write_filing(tmp_path / "2022", plan_toml=second, stations_csv=stations_csv(plain))
    filed = {"docomo": [row("docomo", **SHARED)], "kddi": [row("kddi", **SHARED)]}
    of_carriers(filed)(tmp_path)
    reports = check_filings([tmp_path], today=TODAY)
    assert len(reports) == 3
    assert all("shared_site_one_sided" not in found(report) for report in reports)


def test_a_filing_without_stations_has_no_sites_to_compare(tmp_path):
    write_filing(
        tmp_path / "softbank",
        plan_toml=plan_of("softbank"),
        stations_csv=None,
        mesh_counts_csv=csv_text(MESH_COUNTS),
    )
    reports = of_carriers({"docomo": ALL["docomo"], "kddi": ALL["kddi"]})(tmp_path)
    assert "shared_site_one_sided" in reports["kddi"].rules_run
    assert "shared_site_one_sided" not in reports["softbank"].rules_run
    assert "allocation_overlaps_carrier" in reports["softbank"].rules_run


def test_overlapping_allocations_are_told_to_both_with_the_other_range(tmp_path):
    filed = {name: ALL[name] for name in ("docomo", "kddi")}
    reports = of_carriers(filed, {"docomo": WIDE, "kddi": NEXT})(tmp_path)
    for carrier, text in (
        ("docomo", "n1 2125-2145 overlaps n1 2110-2130 in the plan of kddi."),
        ("kddi", "n1 2110-2130 overlaps n1 2125-2145 in the plan of docomo."),
    ):
        hits = [f for f in told(reports)[carrier] if f[0].endswith("_carrier")]
        assert len(hits) == 1
        assert text in hits[0][2]
    columns = reports["docomo"].findings["column"].to_pylist()
    assert "band_allocation[2]" in columns


def test_allocations_that_touch_do_not_overlap(tmp_path):
    plans = {
        "docomo": plan_of("docomo", ("n1", 2130, 2150)),
        "kddi": plan_of("kddi", ("n1", 2110, 2130)),
    }
    reports = of_carriers({name: ALL[name] for name in plans}, plans)(tmp_path)
    assert all(found(report) == set() for report in reports.values())


def test_no_rule_across_carriers_runs_on_one_carrier(tmp_path):
    report = of_carriers({"docomo": ALL["docomo"]})(tmp_path)["docomo"]
    needs = {rule.id: rule.needs for rule in rules() if rule.id in TRIPS}
    assert not set(TRIPS) & set(report.rules_run)
    assert {i: report.reasons_not_run[i] for i in TRIPS} == needs


def test_the_order_of_rows_and_filings_decides_nothing(tmp_path):
    filed = {
        "docomo": [row("docomo", **SHARED), row("docomo", 2)],
        "kddi": [row("kddi", **ALONE), row("kddi", 2, lat="35.72")],
    }
    turned = {name: rows[::-1] for name, rows in reversed(filed.items())}
    reports = of_carriers(filed)(tmp_path / "a"), of_carriers(turned)(tmp_path / "b")
    rule_id = "shared_site_one_sided"
    lines = [
        [lines_of(r[name], rule_id) for name in ("docomo", "kddi")] for r in reports
    ]
    assert lines == [[[2], [2]], [[3], [3]]]
