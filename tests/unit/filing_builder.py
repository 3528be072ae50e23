"""Builds small filings for tests: a good one, and copies with one thing changed."""

import csv
import io
from datetime import date
from pathlib import Path

from geodata.filings import CheckOptions, FilingReport, check_filings, read_filing

TODAY = date(2021, 5, 1)

PLAN = """\
format_version = 1
carrier = "docomo"
plan_id = "docomo-2019"
plan_version = 1
submitted_on = 2021-04-20
certified_on = 2021-04-25
as_of = 2021-03-31
datum = "JGD2011"

[[band_allocation]]
band = "n78"
freq_low_mhz = 3600
freq_high_mhz = 3700
certified_on = 2019-04-10

[[band_allocation]]
band = "n257"
freq_low_mhz = 27400
freq_high_mhz = 27800
certified_on = 2019-04-10
"""

STATION_COLUMNS = [
    "station_id",
    "site_id",
    "lat",
    "lon",
    "band",
    "freq_low_mhz",
    "freq_high_mhz",
    "bandwidth_mhz",
    "station_type",
    "parent_station_id",
    "indoor",
    "antenna_height_m",
    "eirp_dbm",
    "azimuth_deg",
    "backhaul_gbps",
    "sa_capable",
    "shared",
    "planned_start",
    "planned_fy",
    "planned_quarter",
    "actual_start",
    "end_date",
    "status",
]

ADVANCED = {
    "station_id": "A1",
    "site_id": "S1",
    "lat": "35.681236",
    "lon": "139.767125",
    "band": "n78",
    "freq_low_mhz": "3600",
    "freq_high_mhz": "3700",
    "bandwidth_mhz": "100",
    "station_type": "advanced",
    "indoor": "false",
    "antenna_height_m": "40",
    "eirp_dbm": "48",
    "azimuth_deg": "0;120;240",
    "backhaul_gbps": "10",
    "sa_capable": "false",
    "shared": "false",
    "actual_start": "2020-03-25",
    "status": "operating",
}
ORDINARY = ADVANCED | {
    "station_id": "B1",
    "site_id": "S2",
    "lat": "35.690921",
    "lon": "139.770258",
    "station_type": "ordinary",
    "parent_station_id": "A1",
    "backhaul_gbps": "",
}
MMWAVE = ADVANCED | {
    "station_id": "A2",
    "site_id": "S3",
    "lat": "35.658581",
    "lon": "139.745433",
    "band": "n257",
    "freq_low_mhz": "27400",
    "freq_high_mhz": "27800",
    "bandwidth_mhz": "400",
    "eirp_dbm": "50",
    "actual_start": "",
    "planned_fy": "2022",
    "planned_quarter": "2",
    "status": "planned",
}
STATIONS = (ADVANCED, ORDINARY, MMWAVE)

MESH_COUNT = {
    "mesh2": "533946",
    "fiscal_year": "2020",
    "band_class": "sub6",
    "n_advanced": "3",
    "n_ordinary": "40",
    "n_indoor": "2",
}
MESH_COUNTS = (
    MESH_COUNT,
    MESH_COUNT | {"fiscal_year": "2021", "n_advanced": "5"},
    MESH_COUNT | {"mesh2": "533945"},
)

PREFECTURE_COUNTS = tuple(
    {
        "pref_code": f"{code:02d}",
        "fiscal_year": "2020",
        "n_advanced": "10",
        "n_ordinary": "100",
        "base_deployment_rate_pct": "16.5",
        "population_coverage_pct": "30.0",
    }
    for code in range(1, 48)
)


def csv_text(rows, columns=None):
    """Rows as CSV text; a row given as text is written as it stands."""
    columns = columns or list(next(row for row in rows if isinstance(row, dict)))
    out = io.StringIO()
    writer = csv.DictWriter(
        out, columns, restval="", extrasaction="raise", lineterminator="\n"
    )
    writer.writeheader()
    for row in rows:
        if isinstance(row, dict):
            writer.writerow(row)
        else:
            out.write(row + "\n")
    return out.getvalue()


def stations_csv(*rows):
    return csv_text(rows or STATIONS, STATION_COLUMNS)


def write_filing(folder: Path, **files) -> Path:
    """Write a filing; ``None`` leaves a file out, `files` use ``_`` for ``.``."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {"plan_toml": PLAN, "stations_csv": stations_csv()} | files
    for name, text in content.items():
        if text is None:
            continue
        stem, _, suffix = name.rpartition("_")
        data = text if isinstance(text, bytes) else text.encode()
        (folder / f"{stem}.{suffix}").write_bytes(data)
    return folder


def read_rows(folder: Path, *rows, plan=PLAN) -> FilingReport:
    """Report on a filing whose stations are `rows`."""
    filing = write_filing(folder, plan_toml=plan, stations_csv=stations_csv(*rows))
    return read_filing(filing, today=TODAY)


def check(filing: Path, *, previous=None, today=TODAY, **options) -> FilingReport:
    """Report on one filing after every rule, `options` as of `CheckOptions`."""
    given = CheckOptions(**options)
    reports = check_filings([filing], today=today, options=given, previous=previous)
    return reports[0]


def found(report: FilingReport) -> set[str]:
    """Ids of the rules that found something."""
    return set(report.findings["rule_id"].to_pylist())
