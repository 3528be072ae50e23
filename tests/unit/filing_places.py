"""Places for filings in tests: real ones by the coast, and many drawn from cells."""

import numpy as np

from geodata import mesh, reference
from geodata.filings.row_rules.land_cells import coast_cells
from tests.unit.filing_builder import ADVANCED, PLAN, STATION_COLUMNS, check, csv_text
from tests.unit.filing_builder import write_filing as write

COLUMNS = [*STATION_COLUMNS, "pref_code"]
TOKYO_PLAN = PLAN.replace("JGD2011", "TOKYO")

BY_THE_SEA = {
    "Soya": (45.522778, 141.936667, "01"),
    "Hakodate": (41.768793, 140.728810, "01"),
    "Oma": (41.546300, 140.911900, "02"),
    "Choshi": (35.707900, 140.868900, "12"),
    "Odaiba": (35.630150, 139.776500, "13"),
    "Minato Mirai": (35.455400, 139.638200, "14"),
    "Enoshima": (35.299700, 139.480300, "14"),
    "Omaezaki": (34.595700, 138.225900, "22"),
    "Nagoya port": (35.091300, 136.882600, "23"),
    "Kansai airport": (34.434700, 135.232800, "27"),
    "Kobe airport": (34.637900, 135.227300, "28"),
    "Shionomisaki": (33.437800, 135.757100, "30"),
    "Muroto": (33.247700, 134.176600, "39"),
    "Moji": (33.945600, 130.962200, "40"),
    "Nagasaki": (32.744800, 129.873700, "42"),
    "Sata": (30.994600, 130.660300, "46"),
    "Naha port": (26.212400, 127.667900, "47"),
    "Yonaguni": (24.449600, 122.934700, "47"),
}
"""Latitude, longitude (JGD2011) and prefecture of places close to the water."""


def points_in(mesh3, *, per_cell=1, seed=1):
    """Latitudes and longitudes of random points, `per_cell` in each cell."""
    mesh3 = np.repeat(mesh3, per_cell)
    edges = mesh.bounds(mesh3, "m3")
    rng = np.random.default_rng(seed)
    across, along = rng.uniform(0.02, 0.98, (2, len(mesh3)))
    lon = edges[:, 0] + across * (edges[:, 2] - edges[:, 0])
    lat = edges[:, 1] + along * (edges[:, 3] - edges[:, 1])
    return lat, lon


def some_land(count, *, within=None, seed=2):
    """Cells that the crosswalk lists, in 46 prefectures or in those of `within`.

    Without Okinawa no filing of them counts as nationwide.
    """
    listed = reference.mesh3_prefecture()
    codes = listed["pref_code"]
    chosen = listed[codes != "47" if within is None else codes.isin(within)]["mesh3"]
    return np.random.default_rng(seed).choice(chosen.to_numpy(), count, replace=False)


def some_coast(count, *, seed=3):
    """Cells by the sea, which a shift of 450 m may leave."""
    return np.random.default_rng(seed).choice(coast_cells(), count, replace=False)


def most_likely_prefecture(mesh3):
    listed = reference.mesh3_prefecture().set_index("mesh3")["pref_code"]
    return listed.loc[mesh3].to_numpy()


def station_rows(lat, lon, pref_code=None, decimals=6, **changed):
    """Advanced stations at points, each on a site of its own."""
    codes = [""] * len(lat) if pref_code is None else pref_code
    return [
        ADVANCED
        | {"station_id": f"P{number}", "site_id": f"T{number}"}
        | {"lat": f"{north:.{decimals}f}", "lon": f"{east:.{decimals}f}"}
        | {"pref_code": code}
        | changed
        for number, (north, east, code) in enumerate(zip(lat, lon, codes, strict=True))
    ]


def filing_of(rows, plan=PLAN, **options):
    """A case: check a filing whose stations are `rows`."""
    text = csv_text(rows, COLUMNS)
    return lambda folder: check(
        write(folder, plan_toml=plan, stations_csv=text), **options
    )


def hits(report, rule_id):
    """Findings of one rule."""
    return [f for f in report.findings.to_pylist() if f["rule_id"] == rule_id]
