"""Rules on sites and densities, and what the ministry can waive."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from geodata.filings import Tolerances, Waiver
from geodata.filings.catalogue import rules_by_id
from geodata.filings.tables.words import hashes
from tests.unit.filing_builder import (
    ADVANCED,
    MMWAVE,
    STATIONS,
    TODAY,
    check,
    found,
    stations_csv,
    write_filing,
)
from tests.unit.filing_cases_plausibility import like_advanced
from tests.unit.filing_places import (
    filing_of,
    hits,
    points_in,
    some_land,
    station_rows,
)

TOKYO_STATION = 53394611
"""Its 1 km cell lies in 13 alone."""

METRE = 1 / 111_320
"""Degrees of latitude."""


def test_as_many_sites_as_tolerated_may_stand_at_one_point(tmp_path):
    assert found(filing_of(like_advanced(10))(tmp_path / "ten")) == set()
    report = filing_of(like_advanced(11))(tmp_path / "eleven")
    [*told] = hits(report, "sites_stacked")
    assert len(told) == 11
    assert told[0]["message_en"].startswith("11 different sites")
    two = Tolerances(stacked_site_count=1)
    report = filing_of(like_advanced(2), tolerances=two)(tmp_path / "two")
    assert found(report) == {"sites_stacked"}


def test_rows_of_one_site_are_one_site(tmp_path):
    rows = like_advanced(30, site_id=lambda _: "S1")
    assert found(filing_of(rows)(tmp_path / "f")) == set()


def test_without_a_site_every_station_is_one_and_its_bands_are_not(tmp_path):
    nameless = like_advanced(11, site_id=lambda _: "")
    assert found(filing_of(nameless)(tmp_path / "eleven")) == {"sites_stacked"}
    band = {name: MMWAVE[name] for name in MMWAVE if name.startswith(("freq", "band"))}
    rows = [row | more for row in nameless[:10] for more in ({}, band)]
    assert found(filing_of(rows)(tmp_path / "ten")) == set()


def on_site(*metres_north, site_id="S1"):
    return [
        ADVANCED
        | {"station_id": f"P{site_id}{n}", "site_id": site_id}
        | {"lat": f"{35.681236 + metres * METRE:.8f}"}
        for n, metres in enumerate(metres_north)
    ]


@pytest.mark.parametrize(("metres", "is_wide"), [(99.5, False), (100.5, True)])
def test_rows_of_a_site_lie_within_the_tolerance(metres, is_wide, tmp_path):
    for number, order in enumerate((1, -1)):
        report = filing_of(on_site(0, metres)[::order])(tmp_path / str(number))
        assert found(report) == ({"site_spread"} if is_wide else set())
        lines = report.findings["line"].to_pylist()
        assert lines == ([2 if order == 1 else 3] if is_wide else [])  # station PS10


def test_the_row_furthest_from_the_middle_of_its_site_is_named(tmp_path):
    rows = [*on_site(0, 2, 4, 500, 6), *on_site(30, 40, 50, site_id="S9")]
    report = filing_of(rows)(tmp_path / "f")
    [finding] = hits(report, "site_spread")
    assert (finding["line"], finding["value"]) == (5, "S1")
    assert finding["message_en"].startswith(
        "The 5 rows of site S1 spread over 500 m; this one is furthest from their "
        "middle (496 m)."
    )


def test_wide_sites_are_found_among_thousands_of_narrow_ones(tmp_path):
    lat, lon = points_in(some_land(1000))
    rows = station_rows(np.tile(lat, 3), np.tile(lon, 3), decimals=8, shared="true")
    for number, row in enumerate(rows):
        place = number % 1000
        row["site_id"] = f"{'s' * (place % 7)}{place}"
    wide = [250, 1501, 2999]
    for number in wide:
        rows[number]["lat"] = f"{lat[number % 1000] + 150 * METRE:.8f}"
    report = filing_of(rows)(tmp_path / "f")
    told = hits(report, "site_spread")
    assert [f["line"] for f in told] == [number + 2 for number in wide]
    assert [f["value"] for f in told] == [rows[n]["site_id"] for n in wide]


def test_hashes_are_equal_for_equal_names_alone():
    names = ["", "a", "b", "ab", "ba", "a0", None, "渋谷", "渋谷区", "x" * 64, "a"]
    column = pa.array([*names, *names])
    number = hashes(column)
    given = column.drop_null().to_pylist()
    number = number[column.is_valid().to_numpy(zero_copy_only=False)]
    assert len(set(number.tolist())) == len(set(given))
    assert (number[: len(given) // 2] == number[len(given) // 2 :]).all()
    sliced = hashes(column.slice(3, 8))
    assert (sliced[:3] == hashes(column)[3:6]).all()
    assert len(hashes(pa.array([], pa.string()))) == 0
    assert not hashes(pa.array([None, ""], pa.string())).any()


def test_rows_without_a_site_are_not_one_site(tmp_path):
    rows = on_site(0, 5000, site_id="")
    rows[1]["station_id"] = "P1"
    assert found(filing_of(rows)(tmp_path / "f")) == set()


def crowd(count, *others):
    """Rows of one cell, and as many of further cells as `others` say."""
    cells = np.repeat(
        [TOKYO_STATION, *range(53394612, 53394612 + len(others))], [count, *others]
    )
    return station_rows(*points_in(cells))


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((100, 1, 1), 1),
        ((99, 1, 1), 0),
        ((150, 15, 15), 0),
        ((151, 15, 15), 1),
        ((150,), 0),
        ((150, 150), 0),
    ],
)
def test_a_cell_is_measured_by_the_other_cells(counts, expected, tmp_path):
    report = filing_of(crowd(*counts))(tmp_path / "f")
    told = hits(report, "density_outlier")
    assert len(told) == expected
    assert all(finding["line"] == 2 for finding in told)
    assert all(f"{TOKYO_STATION} holds {counts[0]}" in f["message_en"] for f in told)


def test_retired_rows_crowd_no_cell(tmp_path):
    rows = crowd(100, 1, 1)
    rows[0] |= {"status": "retired", "end_date": "2021-01-01"}
    assert found(filing_of(rows)(tmp_path / "f")) == set()


def test_tolerances_are_what_density_is_measured_by(tmp_path):
    tight = Tolerances(density_factor=2, density_floor_count=5)
    assert found(filing_of(crowd(5, 2, 2), tolerances=tight)(tmp_path / "f")) == {
        "density_outlier"
    }


WAIVABLE = {
    "antenna_height_range": {"antenna_height_m": "634"},
    "backhaul_missing": {"backhaul_gbps": ""},
    "frequency_outside_allocation": {
        "band": "n79",
        "freq_low_mhz": "4400",
        "freq_high_mhz": "4480",
        "bandwidth_mhz": "80",
    },
    "station_same_place": {name: ADVANCED[name] for name in ("lat", "lon", "site_id")},
}
"""Rules on stations that the ministry can waive, and what breaks each."""


def test_the_rules_on_stations_that_can_be_waived_are_few_and_meant():
    of_stations = (r for r in rules_by_id().values() if r.table == "stations")
    assert {rule.id for rule in of_stations if rule.waivable} == set(WAIVABLE)


@pytest.mark.parametrize("rule_id", WAIVABLE)
def test_a_waived_row_is_used_as_filed(rule_id, tmp_path):
    at = {"station_id": "X1", "site_id": "S9", "lat": "35.665498", "lon": "139.759640"}
    row = ADVANCED | at | WAIVABLE[rule_id]
    filing = write_filing(tmp_path, stations_csv=stations_csv(*STATIONS, row))
    refused = check(filing)
    assert rule_id in found(refused)
    assert refused.filing["rejected_count"] == 1
    waiver = Waiver(rule_id, "docomo", "confirmed", "関東総合通信局", TODAY)
    let_pass = check(filing, waivers=(waiver,))
    assert let_pass.filing["rejected_count"] == 0
    assert (let_pass.waived_count, let_pass.error_count) == (1, 0)
    used = let_pass.stations.filter(pc.equal(let_pass.stations["line"], 5))
    assert used["station_id"].to_pylist() == ["X1"]
