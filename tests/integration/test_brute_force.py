"""The release against a count made with the csv module and plain integers alone."""

import csv
import tomllib
from collections import defaultdict
from datetime import date
from fractions import Fraction
from itertools import product
from math import floor

import pandas as pd
import pytest

from geodata import reference
from tests.integration.pipeline import job_on, run

pytestmark = pytest.mark.integration

CARRIERS = ["docomo", "kddi", "softbank", "rakuten"]
BANDS_OF_2019 = [(3600, 4100), (4500, 4600), (27000, 28200), (29100, 29500)]
UAS = 3_600_000_000


def secondary_mesh(lat, lon):
    """JIS X 0410 by hand: micro-arc-seconds, then whole divisions."""
    p, y = divmod(round(float(lat) * UAS), 2_400_000_000)
    u, x = divmod(round(float(lon) * UAS) - 100 * UAS, 3_600_000_000)
    return p * 10_000 + u * 100 + y // 300_000_000 * 10 + x // 450_000_000


def start_of(row, basis):
    if row["actual_start"]:
        return date.fromisoformat(row["actual_start"])
    if basis == "operating":
        return None
    if row["planned_start"]:
        return date.fromisoformat(row["planned_start"])
    year, quarter = int(row["planned_fy"]), row["planned_quarter"] or "4"
    return {
        "1": date(year, 6, 30),
        "2": date(year, 9, 30),
        "3": date(year, 12, 31),
        "4": date(year + 1, 3, 31),
    }[quarter]


def is_on_air(row, basis, day):
    start = start_of(row, basis)
    has_ended = row["end_date"] and date.fromisoformat(row["end_date"]) <= day
    return start is not None and start <= day and not has_ended


def is_parent(row):
    low, high = float(row["freq_low_mhz"] or 0), float(row["freq_high_mhz"] or 0)
    return (
        row["station_type"] == "advanced"
        and row["indoor"] == "false"
        and any(a <= low and high <= b for a, b in BANDS_OF_2019)
    )


def read(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def filed(scenario):
    return {
        carrier: read(scenario / "filings" / carrier / "stations.csv")
        for carrier in CARRIERS
    }


@pytest.fixture(scope="module")
def geography(root, scenario, bureau_of):
    """Scopes of each target mesh: majority from the table of facts, read plainly."""
    facts = pd.read_parquet(root / "geodata/reference/tables/mesh2_prefectures.parquet")
    cells = defaultdict(dict)
    for row in facts.to_dict("records"):
        cells[int(row["mesh2"])][row["pref_code"]] = row["mesh3_count"]
    scopes = {}
    for row in read(scenario / "target_meshes.csv"):
        own = cells[int(row["mesh2"])]
        majority = min(own, key=lambda pref: (-own[pref], pref))
        scopes[int(row["mesh2"])] = {
            ("nation", "JP", "majority"),
            ("prefecture", majority, "majority"),
            ("bureau", bureau_of[majority], "majority"),
            *(("prefecture", pref, "touch") for pref in own),
            *(("bureau", bureau_of[pref], "touch") for pref in own),
        }
    return scopes


def states(release):
    as_of = date.fromisoformat(release.manifest["as_of"])
    days = [date(year, 3, 31) for year in range(2020, 2025)]
    return [(day, "operating") for day in days if day <= as_of] + [
        (day, "planned") for day in days
    ]


def test_every_rate_agrees_with_the_rows(release, filed, geography):
    expected = {}
    denominators = defaultdict(int)
    for scopes in geography.values():
        for scope in scopes:
            denominators[scope] += 1
    for day, basis in states(release):
        served = {
            carrier: {
                secondary_mesh(row["lat"], row["lon"])
                for row in rows
                if is_parent(row) and is_on_air(row, basis, day)
            }
            for carrier, rows in filed.items()
        }
        served["combined"] = set().union(*served.values())
        for carrier, cells in served.items():
            counts = defaultdict(int)
            for cell in cells & geography.keys():
                for scope in geography[cell]:
                    counts[scope] += 1
            for scope, denominator in denominators.items():
                key = (day, basis, carrier, *scope)
                expected[key] = (counts[scope], denominator)
    found = {
        (
            row.as_of.date(), row.basis, row.carrier,
            row.scope_kind, row.scope_code, row.assignment,
        ): (row.numerator_count, row.denominator_count)
        for row in release.read("base_deployment_rate").itertuples()
    }  # fmt: skip
    assert found == expected


@pytest.fixture(scope="module")
def prefecture_of_cell():
    """Most likely prefecture of each 1 km cell: a fact shipped with the project."""
    cells = reference.mesh3_prefecture()
    return dict(zip(cells["mesh3"].tolist(), cells["pref_code"], strict=True))


@pytest.fixture(scope="module")
def bureau_of(root):
    with (root / "geodata/reference/tables/bureaus.toml").open("rb") as file:
        bureaus = tomllib.load(file)["bureau"]
    return {pref: b["id"] for b in bureaus for pref in b["prefectures"]}


def standard_mesh(lat, lon):
    y, x = round(float(lat) * UAS), round(float(lon) * UAS) - 100 * UAS
    row, column = y % 300_000_000 // 30_000_000, x % 450_000_000 // 45_000_000
    return secondary_mesh(lat, lon) * 100 + row * 10 + column


def counted_states(row, release):
    """Days and bases on which a row is a station on air."""
    if row["station_type"] == "repeater":
        return []
    return [
        (day, basis) for day, basis in states(release) if is_on_air(row, basis, day)
    ]


def test_every_station_count_agrees_with_the_rows(
    release, filed, prefecture_of_cell, bureau_of
):
    expected, sites = defaultdict(int), defaultdict(set)
    for carrier, row in ((name, row) for name, rows in filed.items() for row in rows):
        pref = prefecture_of_cell[standard_mesh(row["lat"], row["lon"])]
        site = (carrier, *(round(float(row[at]) * 10**5) for at in ("lat", "lon")))
        scopes, bands = ("JP", bureau_of[pref], pref), ("all", band_class(row))
        for state in counted_states(row, release):
            for key in product((carrier, "combined"), scopes, bands):
                expected[(*state, *key, "station_band")] += 1
                sites[(*state, *key, "site")].add(site)
    expected |= {key: len(places) for key, places in sites.items()}
    table = release.read("station_count")
    keys = ["as_of", "basis", "carrier", "scope_code", "band_class", "unit"]
    found = {
        (row.as_of.date(), *(getattr(row, name) for name in keys[1:])): count
        for row, count in zip(
            table.itertuples(), table["station_count"].tolist(), strict=True
        )
    }
    assert {key: count for key, count in found.items() if count} == expected
    carriers, scopes, classes = 5, 1 + 11 + 47, 1 + 5
    assert len(found) == len(states(release)) * carriers * scopes * classes * 2


PUBLISHED = {"docomo": 97.0, "kddi": 93.2, "softbank": 64.0, "rakuten": 56.1}


def published_rates(release):
    rates = release.read("base_deployment_rate").query(
        "scope_kind == 'nation' and basis == 'planned'"
    )
    rates = rates[rates["as_of"] == pd.Timestamp("2024-03-31")]
    return dict(zip(rates["carrier"], rates["rate_pct_published"], strict=True))


def test_the_published_rates_come_out_of_the_station_rows(release):
    rates = published_rates(release)
    assert {carrier: rates[carrier] for carrier in PUBLISHED} == PUBLISHED
    assert rates["combined"] == 98.0


def as_mesh_counts(rows):
    """The same filing as cumulative counts per cell, year end and band class."""
    counts = defaultdict(lambda: [0, 0, 0])
    for year in range(2019, 2024):
        day = date(year + 1, 3, 31)
        for row in rows:
            if row["station_type"] == "repeater" or not is_on_air(row, "planned", day):
                continue
            cell = secondary_mesh(row["lat"], row["lon"])
            place = {"advanced": 0, "ordinary": 1}[row["station_type"]]
            place = 2 if row["indoor"] == "true" else place
            counts[cell, year, band_class(row)][place] += 1
    return counts


def band_class(row):
    low = float(row["freq_low_mhz"])
    if low >= 27000:
        return "mmwave"
    if 3600 <= low < 5000:
        return "sub6"
    if 2300 <= low < 2400:
        return "new_mid"
    return "reuse_low" if low < 1000 else "reuse_mid"


def test_the_same_rates_come_out_of_the_mesh_counts_form(
    release, filed, scenario, tmp_path
):
    for carrier, rows in filed.items():
        folder = tmp_path / "filings" / carrier
        folder.mkdir(parents=True)
        plan = scenario / "filings" / carrier / "plan.toml"
        (folder / "plan.toml").write_bytes(plan.read_bytes())
        with (folder / "mesh_counts.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(
                [
                    "mesh2",
                    "fiscal_year",
                    "band_class",
                    "n_advanced",
                    "n_ordinary",
                    "n_indoor",
                ]
            )
            for (cell, year, name), counts in sorted(as_mesh_counts(rows).items()):
                writer.writerow([cell, year, name, *counts])
    counted = run(job_on(scenario, tmp_path, filings=(tmp_path / "filings",)))
    assert published_rates(counted) == published_rates(release)
    key = ["as_of", "basis", "carrier", "scope_kind", "scope_code", "assignment"]
    cells = [
        table.read("base_deployment_rate").set_index(key)["numerator_count"]
        for table in (release, counted)
    ]
    assert (cells[0] == cells[1]).all()


def test_percentages_are_half_up_on_the_exact_fraction(release):
    rates = release.read("base_deployment_rate").query("status == 'ok'")
    for row in rates.itertuples():
        exact = Fraction(1000 * int(row.numerator_count), int(row.denominator_count))
        assert round(10 * row.rate_pct_published) == floor(exact + Fraction(1, 2))
