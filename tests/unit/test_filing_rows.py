"""Rows that hang together: parents, repeats, order, datum, typed values."""

from datetime import date
from itertools import permutations

import pyarrow as pa
import pytest

from geodata.filings import read_filing
from geodata.schemas import conform
from geodata.schemas.raw import FILING
from tests.unit.filing_builder import (
    ADVANCED,
    MMWAVE,
    ORDINARY,
    PLAN,
    STATIONS,
    TODAY,
    found,
    read_rows,
    stations_csv,
    write_filing,
)
from tests.unit.filing_cases import stations_parquet


def _kept(report):
    return [] if report.stations is None else report.stations["station_id"].to_pylist()


def _lines(report, rule_id):
    rows = report.findings.to_pylist()
    return [row["line"] for row in rows if row["rule_id"] == rule_id]


def test_accepted_rows_carry_class_place_and_line(tmp_path):
    table = read_rows(tmp_path).stations.to_pylist()
    assert [row["station_id"] for row in table] == ["A1", "A2", "B1"]
    assert [row["line"] for row in table] == [2, 4, 3]
    assert [row["band_class"] for row in table] == ["sub6", "mmwave", "sub6"]
    assert all(row["is_advanced_band"] for row in table)
    assert table[0]["actual_start"] == date(2020, 3, 25)
    assert (table[1]["planned_fy"], table[1]["planned_quarter"]) == (2022, 2)
    assert table[0]["lat"] == 35.681236


def test_a_reused_band_does_not_count_as_advanced(tmp_path):
    row = ADVANCED | {"freq_low_mhz": "3480", "freq_high_mhz": "3500"}
    (kept,) = read_rows(tmp_path, row | {"bandwidth_mhz": "20"}).stations.to_pylist()
    assert (kept["band_class"], kept["is_advanced_band"]) == ("reuse_mid", False)


def test_identical_copies_count_once_and_the_message_names_the_first_line(tmp_path):
    report = read_rows(tmp_path, *STATIONS, ADVANCED, ADVANCED)
    assert _kept(report) == ["A1", "A2", "B1"]
    assert _lines(report, "key_repeated") == [5, 6]
    assert "line 2 " in report.findings["message_en"][0].as_py()


def test_repeated_rows_that_differ_are_all_rejected(tmp_path):
    report = read_rows(tmp_path, *STATIONS, ORDINARY | {"indoor": "true"})
    assert _kept(report) == ["A1", "A2"]
    assert _lines(report, "key_conflicting") == [3, 5]


def test_a_rejected_row_takes_no_other_row_of_its_key_with_it(tmp_path):
    report = read_rows(tmp_path, *STATIONS, ORDINARY | {"lat": "x"})
    assert _kept(report) == ["A1", "A2", "B1"]


def test_of_equal_unshared_stations_on_one_place_one_stays(tmp_path):
    twin = ADVANCED | {"station_id": "A0"}
    report = read_rows(tmp_path, *STATIONS, twin)
    assert _kept(report) == ["A0", "A2", "B1"]
    assert "A0 (line 5)" in report.findings["message_en"][0].as_py()


def test_row_order_does_not_change_what_is_counted(tmp_path):
    rows = [*STATIONS, ADVANCED, ORDINARY | {"indoor": "true"}]
    rows.append(MMWAVE | {"station_id": "A3"})
    contents = set()
    for number, order in enumerate(permutations(rows)):
        if number % 60 == 0:
            table = read_rows(tmp_path, *order).stations.drop_columns("line")
            contents.add(str(table.to_pylist()))
    assert len(contents) == 1


def test_a_child_stays_when_its_parent_is_rejected(tmp_path):
    report = read_rows(tmp_path, ADVANCED | {"lat": "x"}, ORDINARY, MMWAVE)
    assert _kept(report) == ["A2", "B1"]
    assert _lines(report, "parent_rejected") == [3]


def test_a_child_stays_when_its_parent_stands_in_an_unreadable_line(tmp_path):
    report = read_rows(tmp_path, "A1,S1,35.681236", ORDINARY, MMWAVE)
    assert found(report) == {"row_shape", "parent_rejected"}
    text = stations_csv().encode().replace(b"A1,S1", b"A1,S\xff")
    folder = write_filing(tmp_path / "bytes", stations_csv=text)
    report = read_filing(folder, today=TODAY)
    assert found(report) == {"encoding", "parent_rejected"}


def test_a_parent_on_several_bands_is_advanced_if_one_row_is(tmp_path):
    second = ADVANCED | {
        "band": "n79",
        "freq_low_mhz": "4500",
        "freq_high_mhz": "4600",
        "station_type": "ordinary",
        "parent_station_id": "",
    }
    assert found(read_rows(tmp_path, *STATIONS, second)) == {"parent_missing"}


def test_tokyo_datum_points_are_moved_and_the_accuracy_is_recorded(tmp_path):
    report = read_rows(tmp_path, plan=PLAN.replace("JGD2011", "TOKYO"))
    first = report.stations.to_pylist()[0]
    assert report.filing["datum_accuracy_m"] == 10.0
    assert first["lat"] - 35.681236 == pytest.approx(11.66 / 3600, abs=1e-5)
    assert first["lon"] - 139.767125 == pytest.approx(-11.64 / 3600, abs=1e-5)


def test_line_numbers_are_physical_lines(tmp_path):
    rows = (ADVANCED, "", '"x', ORDINARY, 'a"b', MMWAVE | {"status": "?"})
    report = read_rows(tmp_path, *rows)
    assert report.stations["line"].to_pylist() == [2, 5]
    assert _lines(report, "row_shape") == [4, 6]
    assert _lines(report, "status_unknown") == [7]


def test_parquet_values_go_down_the_same_path(tmp_path):
    content = stations_parquet(
        lat=pa.array([35.681236, 35.690921, 35.5]),
        indoor=pa.array([False, True, False]),
        planned_fy=pa.array([None, None, 2022.0]),
        actual_start=pa.array([date(2020, 3, 25)] * 2 + [None]).cast("timestamp[us]"),
        status=pa.array(["operating", "on", "planned"]).dictionary_encode(),
    )
    folder = write_filing(tmp_path, stations_csv=None, stations_parquet=content)
    report = read_filing(folder, today=TODAY)
    assert found(report) == {"status_unknown"}
    assert _lines(report, "status_unknown") == [2]
    assert report.stations["line"].to_pylist() == [1, 3]
    assert report.stations["file"][0].as_py() == "stations.parquet"


def test_a_value_is_cut_and_kept_in_the_finding(tmp_path):
    report = read_rows(tmp_path, *STATIONS, ADVANCED | {"station_id": "X" * 500})
    (row,) = report.findings.to_pylist()
    assert (row["column"], row["value"]) == ("station_id", "X" * 200)


def test_a_report_fills_one_row_of_the_filing_table(tmp_path):
    hostile = PLAN.replace('"docomo"', '"<b>x"').replace("docomo-2019", "../x")
    reports = [read_rows(tmp_path / "a"), read_rows(tmp_path / "b", plan=hostile)]
    table = pa.Table.from_pylist([report.filing for report in reports])
    rows = conform(FILING, table).to_pylist()
    assert (rows[0]["carrier"], rows[0]["form"]) == ("docomo", "stations")
    assert (rows[1]["carrier"], rows[1]["plan_id"]) == (None, None)
    assert found(reports[1]) == {"carrier_unknown", "plan_id_format"}


def test_a_table_of_which_nothing_is_accepted_rejects_the_filing(tmp_path):
    report = read_rows(tmp_path, ADVANCED | {"lat": "x"}, ORDINARY | {"lat": "x"})
    assert report.filing["status_reason"] == "no_row_accepted"
    assert (report.filing["read_count"], report.filing["rejected_count"]) == (2, 2)


@pytest.mark.parametrize(
    ("number", "rule_id"),
    [
        ("nan", "plan_key_type"),
        ("1e400", "plan_key_type"),
        ("9" * 400, "plan_not_toml"),
    ],
)
def test_an_impossible_number_in_the_plan_is_a_finding(number, rule_id, tmp_path):
    report = read_rows(tmp_path, plan=PLAN.replace("= 3600", f"= {number}"))
    assert found(report) == {rule_id}
    finding = report.findings.to_pylist()[0]
    place = "band_allocation[1].freq_low_mhz"
    assert place in (finding["column"] or finding["message_en"])
