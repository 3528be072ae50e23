"""For every rule of the filing format: the smallest filing that trips it.

A case takes an empty folder and gives the report of a filing that is good but for one
thing.
"""

import io
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from geodata.filings import FilingReport, read_filing, select_filings
from geodata.filings.row_rules import datum as datum_module
from tests.unit.filing_builder import (
    ADVANCED,
    MESH_COUNT,
    MESH_COUNTS,
    MMWAVE,
    ORDINARY,
    PLAN,
    PREFECTURE_COUNTS,
    STATIONS,
    TODAY,
    csv_text,
    read_rows,
    stations_csv,
    write_filing,
)

N3 = {"band": "n3", "freq_low_mhz": "1860", "freq_high_mhz": "1880"}
N1 = {"band": "n1", "freq_low_mhz": "2130", "freq_high_mhz": "2150"}
TOKYO = PLAN.replace("JGD2011", "TOKYO")


def files(**content):
    return lambda folder: read_filing(write_filing(folder, **content), today=TODAY)


def plan(old, new):
    assert old in PLAN
    return files(plan_toml=PLAN.replace(old, new, 1))


def stations(*rows):
    return lambda folder: read_rows(folder, *rows)


def station(base=ADVANCED, **changed):
    """The good stations, and one more that differs from `base` in `changed`."""
    at = {"station_id": "X1", "lat": "35.665498", "lon": "139.759640"}
    return stations(*STATIONS, base | at | changed)


def counts(*rows):
    text = csv_text([*MESH_COUNTS, *rows])
    return files(stations_csv=None, mesh_counts_csv=text)


def count(**changed):
    return counts(MESH_COUNT | {"mesh2": "523975"} | changed)


def prefectures(**changed):
    rows = [PREFECTURE_COUNTS[0] | changed, *PREFECTURE_COUNTS[1:]]
    return files(stations_csv=None, prefecture_counts_csv=csv_text(rows))


def csv_bytes(make):
    """Stations as bytes, changed by `make`."""
    return files(stations_csv=make(stations_csv().encode()))


def parquet_bytes(table):
    out = io.BytesIO()
    pyarrow.parquet.write_table(table, out)
    return out.getvalue()


def stations_parquet(**replaced):
    columns = {
        name: [row.get(name) or None for row in STATIONS]
        for name in stations_csv().splitlines()[0].split(",")
    }
    return parquet_bytes(pa.table(columns | replaced))


def zipped(folder: Path) -> Path:
    """A zip of a good filing."""
    source = write_filing(folder / "source")
    path = folder / "filing.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(source.iterdir()):
            archive.write(file, file.name)
    return path


def inaccurate_datum(folder, monkeypatch):
    monkeypatch.setattr(datum_module, "MAX_ACCURACY_M", 1.0)
    return read_rows(folder, plan=TOKYO)


def tokyo_edge(folder):
    """On the new datum this point lies 2 m north of the edge at 35 deg 40 min."""
    row = ADVANCED | {"lat": "35.663449", "lon": "139.767125"}
    return read_rows(folder, row, plan=TOKYO)


def selected(*plans):
    """Report on the last of several filings after the rules across filings."""

    def read(folder: Path) -> FilingReport:
        reports = [
            read_rows(folder / str(at), *rows, plan=text)
            for at, (text, rows) in enumerate(plans)
        ]
        return next(r for r in select_filings(reports) if r.name == reports[-1].name)

    return read


LATER_PLAN = PLAN.replace("docomo-2019", "docomo-2022").replace("04-20", "04-21")

TRIPS = {
    "file_unknown": files(notes_txt="x"),
    "file_misnamed": files(stations_shp="x"),
    "geopackage_open": files(**{"coverage_gpkg-wal": "x"}),
    "table_twice": files(stations_parquet=stations_parquet()),
    "table_missing": files(stations_csv=None),
    "plan_missing": files(plan_toml=None),
    "plan_not_toml": files(plan_toml=PLAN.replace('"docomo"', "docomo")),
    "plan_key_missing": plan("plan_version = 1\n", ""),
    "plan_key_type": plan("plan_version = 1", 'plan_version = "1"'),
    "plan_key_unknown": plan("plan_version = 1", "plan_version = 1\nvolume = 2"),
    "format_version": plan("format_version = 1", "format_version = 2"),
    "carrier_unknown": plan('"docomo"', '"DOCOMO"'),
    "plan_id_format": plan('"docomo-2019"', '"docomo 2019"'),
    "plan_version_range": plan("plan_version = 1", "plan_version = 0"),
    "submitted_on_range": plan("2021-04-20", "2019-01-23"),
    "certified_on_order": plan("2021-04-25", "2021-04-19"),
    "as_of_after_submission": plan("2021-03-31", "2021-04-21"),
    "datum_unknown": plan("JGD2011", "JGD2024"),
    "encoding_unknown": plan("datum", 'encoding = "euc-jp"\ndatum'),
    "band_allocation_missing": files(plan_toml=PLAN.partition("[[")[0]),
    "band_allocation_order": plan("freq_low_mhz = 3600", "freq_low_mhz = 3700"),
    "band_allocation_local_5g": plan("freq_high_mhz = 27800", "freq_high_mhz = 28300"),
    "band_allocation_foreign": plan("freq_high_mhz = 3700", "freq_high_mhz = 3800"),
    "band_allocation_recalled": plan(
        'band = "n78"\nfreq_low_mhz = 3600\nfreq_high_mhz = 3700',
        'band = "n1"\nfreq_low_mhz = 2120\nfreq_high_mhz = 2140',
    ),
    "file_empty": files(stations_csv=""),
    "file_not_text": csv_bytes(lambda data: data.decode().encode("utf-16")),
    "line_endings": csv_bytes(lambda data: data.replace(b"\n", b"\r")),
    "encoding_file": csv_bytes(
        lambda data: data.replace(b",S", ",渋谷".encode("cp932"))
    ),
    "encoding_declared": files(
        plan_toml=PLAN.replace("datum", 'encoding = "cp932"\ndatum'),
        stations_csv=stations_csv().replace(",S", ",渋谷"),
    ),
    "encoding": csv_bytes(lambda data: data.replace(b"S2", "渋谷".encode("cp932"))),
    "control_character": csv_bytes(lambda data: data.replace(b"S2", b"S\x00")),
    "line_too_long": csv_bytes(lambda data: data.replace(b"S2", b"S" * 70_000)),
    "header_column_missing": csv_bytes(lambda data: data.replace(b"lat,", b"Lat,")),
    "header_column_unknown": csv_bytes(lambda d: d.replace(b"site_id,", b"site,")),
    "header_column_repeated": csv_bytes(lambda d: d.replace(b"site_id,", b"lat,")),
    "table_without_rows": csv_bytes(lambda data: data.partition(b"\n")[0]),
    "row_shape": stations(*STATIONS, "1,2"),
    "stray_quote": csv_bytes(lambda data: data.replace(b"S2", b'S"2')),
    "blank_line": stations(ADVANCED, "", ORDINARY),
    "parquet_unreadable": files(stations_csv=None, stations_parquet="PAR1"),
    "column_type": files(
        stations_csv=None, stations_parquet=stations_parquet(site_id=[[1], [2], [3]])
    ),
    "no_row_accepted": stations(ADVANCED | {"lat": ""}),
    "value_missing": station(band=""),
    "value_trimmed": station(site_id="S9 "),
    "formula_cell": station(site_id='=HYPERLINK("x")'),
    "number_format": station(eirp_dbm="4８"),
    "number_exponent": station(eirp_dbm="1e308"),
    "number_not_finite": station(eirp_dbm="nan"),
    "integer_format": station(planned_fy="2022.0"),
    "date_format": station(actual_start="2020-02-30"),
    "boolean_format": station(shared="1"),
    "key_repeated": stations(*STATIONS, ADVANCED),
    "key_conflicting": stations(*STATIONS, ADVANCED | {"antenna_height_m": "41"}),
    "station_id_format": station(station_id="X 1"),
    "lat_lon_swapped": station(lat="139.767125", lon="35.681236"),
    "lat_range": station(lat="19.99999"),
    "lon_range": station(lon="154.00001"),
    "point_outside_japan": station(lat="37.566535", lon="126.977969"),
    "coordinate_decimals": station(lat="35.6812"),
    "point_not_on_land": station(lat="35.050000", lon="139.550000"),
    "band_unlisted": station(band="n99"),
    "band_not_of_carrier": station(
        band="n40", freq_low_mhz="2330", freq_high_mhz="2370", bandwidth_mhz="40"
    ),
    "frequency_missing": station(freq_low_mhz="", freq_high_mhz=""),
    "frequency_pair": station(**N3 | {"freq_low_mhz": "", "bandwidth_mhz": ""}),
    "frequency_order": station(freq_low_mhz="3700", freq_high_mhz="3600"),
    "frequency_local_5g": station(
        MMWAVE, freq_low_mhz="28200", freq_high_mhz="28300", bandwidth_mhz="100"
    ),
    "frequency_of_another_carrier": station(freq_low_mhz="3700", freq_high_mhz="3800"),
    "frequency_outside_allocation": station(
        band="n79", freq_low_mhz="4400", freq_high_mhz="4500"
    ),
    "frequency_outside_recalled": station(
        **N1 | {"freq_high_mhz": "2160", "bandwidth_mhz": "20"}
    ),
    "bandwidth_range": station(bandwidth_mhz="101"),
    "bandwidth_over_range": station(freq_high_mhz="3650"),
    "station_type_unknown": station(station_type="macro"),
    "parent_self": station(ORDINARY, parent_station_id="X1"),
    "parent_unknown": station(ORDINARY, parent_station_id="A9"),
    "parent_not_advanced": station(ORDINARY, parent_station_id="B1"),
    "parent_rejected": stations(ADVANCED | {"lat": ""}, ORDINARY),
    "parent_missing": station(ORDINARY, parent_station_id=""),
    "parent_other_mesh2": station(ORDINARY, lon="139.740000"),
    "antenna_height_range": station(antenna_height_m="0"),
    "antenna_height_high": station(antenna_height_m="100.1"),
    "eirp_range": station(eirp_dbm="85.1"),
    "eirp_high": station(MMWAVE, eirp_dbm="51.1"),
    "azimuth_format": station(azimuth_deg="0,120,240"),
    "azimuth_range": station(azimuth_deg="0;120;360"),
    "backhaul_missing": station(backhaul_gbps=""),
    "backhaul_range": station(backhaul_gbps="0"),
    "backhaul_low": station(backhaul_gbps="9.9"),
    "planned_missing": station(MMWAVE, planned_fy="", planned_quarter=""),
    "planned_fy_range": station(MMWAVE, planned_fy="2036"),
    "planned_start_range": station(
        MMWAVE, planned_fy="", planned_quarter="", planned_start="2036-04-01"
    ),
    "planned_quarter_range": station(MMWAVE, planned_quarter="5"),
    "planned_quarter_alone": station(MMWAVE, planned_fy="", planned_start="2022-04-01"),
    "planned_disagree": station(MMWAVE, planned_start="2022-03-31"),
    "actual_start_missing": station(actual_start=""),
    "actual_start_early": station(actual_start="2019-04-09"),
    "actual_start_after_as_of": station(actual_start="2021-04-01"),
    "end_date_missing": station(status="retired"),
    "end_date_order": station(end_date="2020-03-24", status="retired"),
    "end_before_plan": station(MMWAVE, end_date="2021-04-01"),
    "retired_never_started": station(
        actual_start="", end_date="2021-01-01", status="retired"
    ),
    "status_unknown": station(status="on air"),
    "status_dates": station(status="planned", planned_fy="2021"),
    "station_same_place": stations(
        *STATIONS, ADVANCED | {"station_id": "A3", "antenna_height_m": "41"}
    ),
    "datum_edge": tokyo_edge,
    "mesh_counts_datum": files(
        plan_toml=TOKYO, stations_csv=None, mesh_counts_csv=csv_text(MESH_COUNTS)
    ),
    "mesh2_format": count(mesh2="533980"),
    "mesh2_unlisted": count(mesh2="303600"),
    "fiscal_year_range": count(fiscal_year="2018"),
    "band_class_unknown": count(band_class="n78"),
    "count_range": count(n_indoor="-1"),
    "band_class_mixed": counts(MESH_COUNT | {"band_class": "all"}),
    "count_decreasing": counts(
        MESH_COUNT | {"mesh2": "533945", "fiscal_year": "2021", "n_ordinary": "39"}
    ),
    "band_unknown": count(band_class="all"),
    "pref_code_unknown": prefectures(pref_code="1"),
    "pct_range": prefectures(base_deployment_rate_pct="100.1"),
    "pct_decimals": prefectures(population_coverage_pct="30.05"),
    "prefectures_incomplete": prefectures(fiscal_year="2021"),
    "plan_version_unique": selected((PLAN, STATIONS), (PLAN, STATIONS[:2])),
    "key_in_other_plan": selected((PLAN, STATIONS), (LATER_PLAN, STATIONS[:1])),
}
"""Report of a filing that trips the rule, by rule id (a case takes a folder)."""

GOOD = {
    "stations": files(),
    "stations as zip": lambda folder: read_filing(zipped(folder), today=TODAY),
    "stations as Parquet": files(
        stations_csv=None, stations_parquet=stations_parquet()
    ),
    "mesh counts": files(stations_csv=None, mesh_counts_csv=csv_text(MESH_COUNTS)),
    "prefecture counts": files(
        stations_csv=None, prefecture_counts_csv=csv_text(PREFECTURE_COUNTS)
    ),
    "all three tables": files(
        mesh_counts_csv=csv_text(MESH_COUNTS),
        prefecture_counts_csv=csv_text(PREFECTURE_COUNTS),
    ),
    "stations on the Tokyo datum": files(plan_toml=TOKYO),
    "two plans of one carrier": selected((PLAN, STATIONS[:2]), (LATER_PLAN, [MMWAVE])),
}
"""Filings that trip no rule; between them every rule runs."""
