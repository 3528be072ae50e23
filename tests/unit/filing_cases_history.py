"""Filings that trip ``rules/history.toml``, and good ones that run its rules."""

import numpy as np

from geodata.datum import tokyo_to_jgd2011
from tests.unit.filing_builder import (
    ADVANCED,
    MESH_COUNT,
    MESH_COUNTS,
    MMWAVE,
    ORDINARY,
    PLAN,
    PREFECTURE_COUNTS,
    STATIONS,
    check,
    csv_text,
    stations_csv,
    write_filing,
)

SECOND = PLAN.replace("plan_version = 1", "plan_version = 2")
RETIRED = ADVANCED | {
    "station_id": "R1",
    "site_id": "S9",
    "lat": "35.665498",
    "lon": "139.759640",
    "end_date": "2021-02-28",
    "status": "retired",
}
PLACES = [(35.6 + 0.01 * at, 139.6 + 0.02 * at) for at in range(8)]


def versions(before, after):
    """Report on a second version; `before` and `after` are files of the two."""

    def case(folder, **options):
        earlier = write_filing(folder / "earlier", **before)
        later = write_filing(folder / "later", **{"plan_toml": SECOND} | after)
        return check(later, previous=earlier, **options)

    return case


def rows(before, after, plan=SECOND):
    """Report on a second version whose stations went from `before` to `after`."""
    return versions(
        {"stations_csv": stations_csv(*before)},
        {"stations_csv": stations_csv(*after), "plan_toml": plan},
    )


def changed(row, **values):
    """Report on a second version in which one of the good rows has other values."""
    others = [other for other in (*STATIONS, RETIRED) if other is not row]
    return rows([*others, row], [*others, row | values])


def without(row):
    """Report on a second version that leaves out one of the good rows."""
    others = [other for other in (*STATIONS, RETIRED) if other is not row]
    return rows([*others, row], others)


def counts(table, before, after, plan=SECOND):
    """Report on a second version whose counts went from `before` to `after`."""
    name = f"{table}_csv"
    return versions(
        {"stations_csv": None, name: csv_text(before)},
        {"stations_csv": None, name: csv_text(after), "plan_toml": plan},
    )


def at_places(points):
    """One advanced station at each point (latitude, longitude)."""
    return [
        ADVANCED
        | {
            "station_id": f"P{number}",
            "site_id": f"PS{number}",
            "lat": f"{lat:.7f}",
            "lon": f"{lon:.7f}",
        }
        for number, (lat, lon) in enumerate(points)
    ]


def shifted(points, north=0.0, east=0.0):
    return [(lat + north, lon + east) for lat, lon in points]


def on_jgd2011(points):
    """Points as if their degrees had been on the Tokyo datum."""
    lat, lon = np.array(points).T
    lon, lat, _ = tokyo_to_jgd2011(lon, lat)
    return list(zip(lat, lon, strict=True))


LESS_MESH = [MESH_COUNT | {"n_advanced": "2"}, *MESH_COUNTS[1:]]
LESS_PREFECTURE = [PREFECTURE_COUNTS[0] | {"n_ordinary": "99"}, *PREFECTURE_COUNTS[1:]]
EARLIER = SECOND.replace("2021-03-31", "2021-03-30")
MORE_MESH = [MESH_COUNT | {"n_advanced": "4"}, *MESH_COUNTS[1:]]
LATER_ROWS = [
    ADVANCED | {"lat": "35.681336"},
    ORDINARY,
    MMWAVE | {"status": "licensed", "planned_quarter": "4"},
    RETIRED,
    ADVANCED | {"station_id": "N1", "site_id": "N1", "lat": "35.700000"},
]

TRIPS = {
    "as_of_backwards": rows(STATIONS, STATIONS, EARLIER),
    "form_coarser": versions(
        {}, {"stations_csv": None, "mesh_counts_csv": csv_text(MESH_COUNTS)}
    ),
    "status_backwards": changed(
        ADVANCED, status="planned", actual_start="", planned_fy="2021"
    ),
    "station_moved": changed(ADVANCED, lat="35.682236"),
    "moved_together": rows(
        at_places(PLACES), at_places(shifted(PLACES, north=0.001, east=0.001))
    ),
    "moved_by_datum_shift": rows(at_places(PLACES), at_places(on_jgd2011(PLACES))),
    "start_slipped": changed(MMWAVE, planned_fy="2023"),
    "actual_start_changed": changed(ADVANCED, actual_start="2020-03-26"),
    "end_date_changed": changed(RETIRED, end_date="2021-03-01"),
    "station_type_changed": changed(
        ORDINARY, station_type="advanced", parent_station_id="", backhaul_gbps="10"
    ),
    "indoor_changed": changed(ORDINARY, indoor="true"),
    "frequency_changed": changed(ADVANCED, freq_low_mhz="3620", bandwidth_mhz="80"),
    "station_vanished": without(ORDINARY),
    "planned_station_vanished": without(MMWAVE),
    "retired_station_vanished": without(RETIRED),
    "mesh_count_fell_since": counts("mesh_counts", MESH_COUNTS, LESS_MESH),
    "prefecture_count_fell_since": counts(
        "prefecture_counts", PREFECTURE_COUNTS, LESS_PREFECTURE
    ),
    "mesh_count_vanished": counts("mesh_counts", MESH_COUNTS, MESH_COUNTS[:2]),
    "prefecture_count_vanished": counts(
        "prefecture_counts",
        [*PREFECTURE_COUNTS, *(p | {"fiscal_year": "2019"} for p in PREFECTURE_COUNTS)],
        PREFECTURE_COUNTS,
    ),
}
"""Report of a filing that trips the rule, by rule id (a case takes a folder)."""

GOOD = {
    "second version": rows([*STATIONS, RETIRED], LATER_ROWS),
    "second version of mesh counts": counts("mesh_counts", MESH_COUNTS, MORE_MESH),
    "second version of prefecture counts": counts(
        "prefecture_counts", PREFECTURE_COUNTS, PREFECTURE_COUNTS
    ),
}
"""Filings that trip no rule; between them every rule runs."""
