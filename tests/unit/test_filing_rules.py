"""Every rule of the filing format trips when it should and only then."""

import pyarrow.compute as pc
import pytest

from geodata.filings import rules
from geodata.filings.catalogue import CHECKS
from tests.unit import filing_cases as plain_cases
from tests.unit import (
    filing_cases_answers,
    filing_cases_carriers,
    filing_cases_coverage,
    filing_cases_coverage_raster,
    filing_cases_history,
    filing_cases_package,
    filing_cases_plausibility,
    filing_cases_totals,
)
from tests.unit.filing_builder import (
    ADVANCED,
    MESH_COUNT,
    MMWAVE,
    ORDINARY,
    PLAN,
    STATIONS,
    found,
    stations_csv,
)
from tests.unit.filing_cases import (
    N1,
    N3,
    count,
    counts,
    csv_bytes,
    files,
    inaccurate_datum,
    plan,
    prefectures,
    station,
    stations,
)

BY_ID = {rule.id: rule for rule in rules()}
NEEDS_PATCH = {"datum_accuracy"}
CASES = [
    plain_cases,
    filing_cases_answers,
    filing_cases_carriers,
    filing_cases_coverage,
    filing_cases_coverage_raster,
    filing_cases_history,
    filing_cases_package,
    filing_cases_plausibility,
    filing_cases_totals,
]
TRIPS = {rule_id: make for module in CASES for rule_id, make in module.TRIPS.items()}
GOOD = {name: make for module in CASES for name, make in module.GOOD.items()}


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return {
        name: make(tmp_path_factory.mktemp("good") / "filing")
        for name, make in GOOD.items()
    }


def test_every_rule_of_the_catalogue_has_one_check_and_one_case():
    assert set(CHECKS) == set(BY_ID)
    assert set(TRIPS) | NEEDS_PATCH == set(BY_ID)


@pytest.mark.parametrize("rule_id", TRIPS)
def test_a_filing_with_one_fault_trips_the_rule(rule_id, tmp_path):
    report = TRIPS[rule_id](tmp_path / "filing")
    hits = [f for f in report.findings.to_pylist() if f["rule_id"] == rule_id]
    assert hits, found(report)
    assert {hit["severity"] for hit in hits} == {BY_ID[rule_id].severity}
    assert all(hit["message_ja"] and hit["message_en"] for hit in hits)
    assert rule_id in report.rules_run
    _assert_rows_add_up(report)


def _assert_rows_add_up(report):
    filing = report.filing
    assert filing["read_count"] == filing["accepted_count"] + filing["rejected_count"]
    accepted = sum(len(table) for table in report.tables().values())
    assert filing["accepted_count"] == accepted


@pytest.mark.parametrize("rule_id", BY_ID)
def test_good_filings_run_the_rule_and_pass_it(rule_id, good):
    assert any(rule_id in report.rules_run for report in good.values())
    assert all(found(report) == set() for report in good.values())
    assert all(report.is_accepted for report in good.values())


def test_tokyo_datum_without_a_good_transform_rejects_the_filing(tmp_path, monkeypatch):
    report = inaccurate_datum(tmp_path, monkeypatch)
    assert report.filing["status_reason"] == "datum_accuracy"
    assert (report.stations, report.filing["accepted_count"]) == (None, 0)


ROW_ERRORS = [
    rule.id
    for rule in rules()
    if rule.severity == "ERROR" and rule.table == "stations" and rule.id in TRIPS
]


@pytest.mark.parametrize("rule_id", ROW_ERRORS)
def test_an_error_on_a_station_row_rejects_that_row_alone(rule_id, tmp_path):
    report = TRIPS[rule_id](tmp_path / "filing")
    assert report.is_accepted
    assert 1 <= report.filing["rejected_count"] <= 2
    assert report.filing["accepted_count"] >= 2
    flagged = report.findings.filter(pc.equal(report.findings["rule_id"], rule_id))
    kept = set(report.stations["line"].to_pylist())
    assert not kept & set(flagged["line"].to_pylist())


NEAR_MISSES = {
    "antenna_height_range": [
        station(antenna_height_m="400"),
        station(antenna_height_m="0.1"),
        station(antenna_height_m=""),
    ],
    "antenna_height_high": [station(antenna_height_m="100")],
    "eirp_range": [station(eirp_dbm="-10"), station(eirp_dbm="85")],
    "eirp_high": [station(MMWAVE, eirp_dbm="51.0"), station(eirp_dbm="85")],
    "azimuth_range": [station(azimuth_deg="359.9"), station(azimuth_deg="0")],
    "azimuth_format": [station(azimuth_deg="90"), station(azimuth_deg="")],
    "backhaul_missing": [station(ORDINARY, backhaul_gbps="")],
    "backhaul_low": [station(ORDINARY, backhaul_gbps="1")],
    "planned_missing": [
        station(MMWAVE, planned_fy="", planned_quarter="", planned_start="2022-01-01")
    ],
    "planned_fy_range": [
        station(MMWAVE, planned_fy="2019"),
        station(MMWAVE, planned_fy="2035"),
    ],
    "planned_disagree": [station(MMWAVE, planned_start="2022-09-30")],
    "actual_start_early": [
        station(actual_start="2019-04-10"),
        station(**N3 | {"bandwidth_mhz": "20", "actual_start": "2018-01-01"}),
    ],
    "actual_start_after_as_of": [station(actual_start="2021-03-31")],
    "end_date_order": [station(end_date="2020-03-25", status="retired")],
    "lat_range": [station(lat="45.523000", lon="141.936800")],
    "coordinate_decimals": [station(lat="35.66550")],
    "band_not_of_carrier": [
        station(**N1 | {"bandwidth_mhz": "20"}),
        station(band="n1", freq_low_mhz="", freq_high_mhz="", bandwidth_mhz=""),
    ],
    "frequency_missing": [
        station(band="n1", freq_low_mhz="", freq_high_mhz="", bandwidth_mhz="20")
    ],
    "frequency_outside_allocation": [
        station(freq_low_mhz="3620", freq_high_mhz="3640", bandwidth_mhz="20")
    ],
    "bandwidth_range": [station(bandwidth_mhz="")],
    "station_type_unknown": [station(ORDINARY, station_type="repeater")],
    "station_id_format": [station(station_id="-X_1"), station(station_id="X" * 64)],
    "formula_cell": [station(site_id="-12.5"), station(site_id="a=b")],
    "number_format": [station(antenna_height_m="12."), station(eirp_dbm="-3.5")],
    "boolean_format": [station(shared="TRUE"), station(shared="")],
    "station_same_place": [
        stations(
            ADVANCED | {"shared": "true"},
            ADVANCED | {"shared": "true", "station_id": "A3"},
            ORDINARY,
        ),
        stations(*STATIONS, ADVANCED | {"station_id": "A3", "freq_high_mhz": "3650"}),
    ],
    "key_conflicting": [stations(*STATIONS, ADVANCED | N1 | {"bandwidth_mhz": "20"})],
    "blank_line": [stations(*STATIONS, "", ",,,,,,,,,,,,,,,,,,,,,,", "")],
    "row_shape": [csv_bytes(lambda data: data.replace(b"S2", b'"S,2"'))],
    "stray_quote": [
        csv_bytes(lambda data: data.replace(b"S2", b'"S2"')),
        csv_bytes(lambda data: data.replace(b"S2", b'"S ""2"""')),
    ],
    "line_endings": [csv_bytes(lambda data: data.replace(b"\n", b"\r\n"))],
    "encoding": [
        csv_bytes(lambda data: b"\xef\xbb\xbf" + data),
        csv_bytes(lambda data: data.replace(b"S2", "渋谷".encode())),
        files(
            plan_toml=PLAN.replace("datum", 'encoding = "cp932"\ndatum'),
            stations_csv=stations_csv().replace("S2", "渋谷ソ").encode("cp932"),
        ),
    ],
    "submitted_on_range": [
        plan(
            "submitted_on = 2021-04-20\ncertified_on = 2021-04-25",
            "submitted_on = 2021-05-01",
        )
    ],
    "certified_on_order": [plan("certified_on = 2021-04-25\n", "")],
    "plan_key_unknown": [
        plan("datum", 'synthetic = true\nsynthetic_note = "x"\ndatum')
    ],
    "band_class_mixed": [count(band_class="all", n_advanced="0")],
    "count_decreasing": [
        counts(MESH_COUNT | {"fiscal_year": "2022", "n_advanced": "5"})
    ],
    "band_unknown": [count(band_class="all", n_advanced="0")],
    "pct_decimals": [prefectures(population_coverage_pct="30.10")],
    "pct_range": [prefectures(base_deployment_rate_pct="100")],
}


@pytest.mark.parametrize(
    ("rule_id", "at"),
    [
        (rule_id, at)
        for rule_id, cases in NEAR_MISSES.items()
        for at in range(len(cases))
    ],
)
def test_a_value_on_the_right_side_of_the_limit_passes(rule_id, at, tmp_path):
    report = NEAR_MISSES[rule_id][at](tmp_path / "filing")
    assert rule_id in report.rules_run
    assert rule_id not in found(report)
    assert report.error_count == 0
