"""Every broken filing gets its rule, never a traceback, and harms no other."""

import zipfile

import pytest

from geodata.filings import find_filings, read_filing, receipt, select_filings
from tests.unit.filing_builder import (
    ADVANCED,
    MMWAVE,
    ORDINARY,
    PLAN,
    STATIONS,
    TODAY,
    stations_csv,
    write_filing,
)
from tests.unit.filing_cases import zipped

pytestmark = pytest.mark.integration

TENT = ADVANCED | {"station_id": "X1", "lat": "35.665498", "lon": "139.759640"}
KDDI_BLOCK = {"freq_low_mhz": "3700", "freq_high_mhz": "3800"}


def _rows(*rows):
    return stations_csv(*STATIONS, *rows)


FOLDERS = {
    "wrong_encoding": (
        {"stations_csv": stations_csv().replace(",S", ",渋谷").encode("cp932")},
        {"encoding_file"},
        None,
    ),
    "one_line_in_wrong_encoding": (
        {"stations_csv": stations_csv().replace("S2", "渋谷").encode("cp932")},
        {"encoding"},
        2,
    ),
    "swapped_lat_lon": (
        {"stations_csv": _rows(TENT | {"lat": "139.759640", "lon": "35.665498"})},
        {"lat_lon_swapped"},
        3,
    ),
    "text_in_numbers": (
        {"stations_csv": _rows(TENT | {"antenna_height_m": "about 40"})},
        {"number_format"},
        3,
    ),
    "duplicated_ids": (
        {"stations_csv": _rows(ADVANCED, MMWAVE | {"eirp_dbm": "49"})},
        {"key_repeated", "key_conflicting"},
        2,
    ),
    "foreign_points": (
        {
            "stations_csv": _rows(
                TENT | {"lat": "37.566535", "lon": "126.977969"},
                TENT | {"station_id": "X2", "lat": "51.507351", "lon": "-0.127758"},
            )
        },
        {"point_outside_japan", "lat_range", "lon_range"},
        3,
    ),
    "band_of_another_carrier": (
        {
            "stations_csv": _rows(
                TENT | KDDI_BLOCK,
                TENT | {"station_id": "X2", "band": "n40", "bandwidth_mhz": ""},
            )
        },
        {"frequency_of_another_carrier", "band_not_of_carrier"},
        3,
    ),
    "zero_bytes": ({"stations_csv": b""}, {"file_empty"}, None),
    "header_only": (
        {"stations_csv": stations_csv().splitlines()[0]},
        {"table_without_rows"},
        None,
    ),
    "huge_number": (
        {"stations_csv": _rows(TENT | {"lon": "1e308", "eirp_dbm": "9" * 400})},
        {"number_exponent", "number_not_finite"},
        3,
    ),
    "formula_cells": (
        {
            "stations_csv": _rows(
                TENT | {"site_id": "=cmd|' /C calc'!A0", "lat": "=1+1"},
                ORDINARY | {"station_id": "@SUM(A1)"},
            )
        },
        {"formula_cell", "station_id_format"},
        3,
    ),
    "excel_named_csv": ({"stations_csv": b"PK\x03\x04rest"}, {"file_is_archive"}, None),
    "no_plan": ({"plan_toml": None}, {"plan_missing"}, None),
    "plan_of_nobody": (
        {"plan_toml": PLAN.replace("docomo", "nobody")},
        {"carrier_unknown"},
        None,
    ),
}


@pytest.mark.parametrize("name", FOLDERS)
def test_a_broken_folder_gets_the_rules_it_breaks(name, tmp_path):
    files, expected, accepted = FOLDERS[name]
    report = read_filing(write_filing(tmp_path / name, **files), today=TODAY)
    assert set(report.findings["rule_id"].to_pylist()) == expected
    assert report.error_count >= 1
    assert report.is_accepted is (accepted is not None)
    assert report.filing["accepted_count"] == (accepted or 0)
    assert receipt(report)["error_count"] == report.error_count


def _truncated_zip(folder):
    path = zipped(folder)
    path.write_bytes(path.read_bytes()[:200])
    return path


def _damaged_zip(folder):
    path = zipped(folder)
    data = bytearray(path.read_bytes())
    data[80:90] = b"\0" * 10
    path.write_bytes(bytes(data))
    return path


def _zip_with(folder, members):
    path = zipped(folder)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def _bomb(folder):
    return _zip_with(folder, {"stations.parquet": b"\0" * 80_000_000})


@pytest.mark.parametrize(
    ("make", "rule_id"),
    [
        (_truncated_zip, "zip_unreadable"),
        (_damaged_zip, "zip_unreadable"),
        (_bomb, "zip_ratio"),
        (lambda f: _zip_with(f, {"../../escape.csv": b"x"}), "zip_member_path"),
        (lambda f: _zip_with(f, {"/etc/escape.csv": b"x"}), "zip_member_path"),
        (lambda f: _zip_with(f, {"C:\\escape.csv": b"x"}), "zip_member_path"),
        (lambda f: _zip_with(f, {"inner.zip": b"x"}), "zip_nested"),
    ],
)
def test_a_broken_or_hostile_zip_is_refused_by_name(make, rule_id, tmp_path):
    report = read_filing(make(tmp_path), today=TODAY)
    assert set(report.findings["rule_id"].to_pylist()) == {rule_id}
    assert report.filing["status_reason"] == rule_id
    assert not list(tmp_path.rglob("*escape*"))


def test_a_zip_may_hold_its_files_in_one_folder(tmp_path):
    source = write_filing(tmp_path / "source")
    path = tmp_path / "filing.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in source.iterdir():
            archive.write(file, f"docomo/{file.name}")
        archive.writestr("__MACOSX/docomo/._plan.toml", "x")
    report = read_filing(path, today=TODAY)
    assert report.is_accepted
    assert report.findings.num_rows == 0


def test_broken_filings_do_not_harm_the_good_one(tmp_path):
    for name, (files, _, _) in FOLDERS.items():
        plan = PLAN.replace("docomo-2019", name.replace("_", "-"))
        write_filing(tmp_path / name, **({"plan_toml": plan} | files))
    write_filing(tmp_path / "good")
    reports = [read_filing(p, today=TODAY) for p in find_filings([tmp_path])]
    settled = {report.name: report for report in select_filings(reports)}
    assert settled["good"].is_accepted
    rows = {name: report.filing for name, report in settled.items()}
    assert all(
        row["read_count"] == row["accepted_count"] + row["rejected_count"]
        for row in rows.values()
    )
