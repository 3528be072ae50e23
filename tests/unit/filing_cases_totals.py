"""Filings that trip ``rules/totals.toml``, and good ones that run its rules."""

from datetime import date

import numpy as np

from coverage.exact import percent_half_up
from geodata import mesh, reference
from geodata.filings import Tolerances
from geodata.placement.denominator import derived_targets
from tests.unit.filing_builder import (
    ADVANCED,
    MESH_COUNT,
    MESH_COUNTS,
    PLAN,
    PREFECTURE_COUNTS,
    check,
    csv_text,
    stations_csv,
    write_filing,
)

FACTS = reference.mesh2_facts()
TARGETS = derived_targets(FACTS, reference.target_mesh_reference()).mesh2
TOKYO_CELLS = int((FACTS["pref_code"] == "13")[FACTS["mesh2"].isin(TARGETS)].sum())
"""Target meshes of Tokyo on the derived list; the good stations stand in two."""


def of_tokyo(year, advanced, ordinary, cells, **changed):
    """Totals of a year: nothing but in Tokyo, with `cells` target meshes served."""
    nothing = {
        "fiscal_year": str(year),
        "n_advanced": "0",
        "n_ordinary": "0",
        "base_deployment_rate_pct": "0.0",
        "population_coverage_pct": "",
    }
    rows = [row | nothing for row in PREFECTURE_COUNTS]
    rows[12] |= {
        "n_advanced": str(advanced),
        "n_ordinary": str(ordinary),
        "base_deployment_rate_pct": str(percent_half_up(cells, TOKYO_CELLS)),
    } | changed
    return rows


CELL_COUNTS = (
    MESH_COUNT | {"n_advanced": "1", "n_ordinary": "1", "n_indoor": "0"},
    MESH_COUNT
    | {
        "mesh2": "533935",
        "fiscal_year": "2022",
        "band_class": "mmwave",
        "n_advanced": "1",
        "n_ordinary": "0",
        "n_indoor": "0",
    },
)
"""What the good stations add up to by cell."""

NATIONAL = """
[[national_total]]
fiscal_year = 2022
n_advanced = 2
n_ordinary = 1
base_deployment_cell_count = 2
base_deployment_rate_pct = 0.0
"""
FALL = MESH_COUNT | {"mesh2": "533945", "fiscal_year": "2021", "n_ordinary": "37"}
WITHDRAWAL = """
[[withdrawal]]
fiscal_year = 2021
count = 3
reason = "buildings pulled down"
mesh2 = "533945"
"""
PREFECTURE_FALL = [
    row | {"fiscal_year": "2021", "base_deployment_rate_pct": "16.4"}
    if row["pref_code"] == "13"
    else row | {"fiscal_year": "2021"}
    for row in PREFECTURE_COUNTS
]
PREFECTURE_FALL[12] |= {"n_ordinary": "99"}


def checked(text="", *, today=date(2021, 5, 1), tolerances=None, **content):
    """Report on the good filing with `text` in ``plan.toml`` and other `content`."""

    def make(folder):
        given = {"plan_toml": PLAN + text} | content
        options = {} if tolerances is None else {"tolerances": tolerances}
        return check(write_filing(folder, **given), today=today, **options)

    return make


def with_totals(*rows, text="", cells=CELL_COUNTS):
    """Report on the good stations with prefecture totals, and counts by cell."""
    given = {"prefecture_counts_csv": csv_text(rows)} if rows else {}
    return checked(text, mesh_counts_csv=csv_text(cells), **given)


def only_counts(*rows, text=""):
    """Report on a filing that holds counts by cell alone."""
    return checked(text, stations_csv=None, mesh_counts_csv=csv_text(rows))


def only_prefectures(*rows, text=""):
    """Report on a filing that holds prefecture totals alone."""
    return checked(text, stations_csv=None, prefecture_counts_csv=csv_text(rows))


def rows_in(cells, **changed):
    """One station in each of `cells`, on land of its prefecture, at a random place."""
    own = FACTS.set_index("mesh2").loc[sorted(cells), "pref_code"]
    listed = reference.mesh3_prefecture()
    mesh2 = listed["mesh3"] // 100
    listed = listed[mesh2.map(own) == listed["pref_code"]]
    chosen = listed["mesh3"].groupby(mesh2).first().to_numpy()
    west, south, east, north = mesh.bounds(chosen, "m3").T
    across, along = np.random.default_rng(5).uniform(0.1, 0.9, (2, len(chosen)))
    lon, lat = west + across * (east - west), south + along * (north - south)
    return [
        ADVANCED
        | {"station_id": f"N{at}", "site_id": f"NS{at}"}
        | {"lat": f"{lat[at]:.6f}", "lon": f"{lon[at]:.6f}"}
        | changed
        for at in range(len(chosen))
    ]


def cells_of_every_prefecture(count):
    """So many target meshes, some in each prefecture."""
    listed = FACTS[FACTS["mesh2"].isin(TARGETS)]
    order = listed.groupby("pref_code").cumcount().sort_values(kind="stable").index
    return listed.loc[order[:count], "mesh2"].to_numpy()


PLANNED = {
    "actual_start": "",
    "planned_fy": "2023",
    "planned_quarter": "",
    "status": "planned",
}
RAKUTEN = (
    PLAN.replace('"docomo"', '"rakuten"')
    .replace("docomo-2019", "rakuten-2019")
    .replace("2021-0", "2024-0")
    .replace("3600", "3800")
    .replace("3700", "3900")
    .replace("27400", "27000")
    .replace("27800", "27400")
    .replace("n78", "n77")
)


def nationwide(count, plan=PLAN, today=date(2021, 5, 1), **changed):
    """Report on advanced stations in so many target meshes of all prefectures."""

    def make(folder):
        rows = rows_in(cells_of_every_prefecture(count), **changed)
        filing = write_filing(folder, plan_toml=plan, stations_csv=stations_csv(*rows))
        return check(filing, today=today)

    return make


def growing(count):
    """Report on one station built in FY2020 and `count` planned for FY2022."""
    rows = [ADVANCED | {"actual_start": "2020-04-01"}]
    cells = cells_of_every_prefecture(count)
    rows += rows_in(cells, **PLANNED | {"planned_fy": "2022"})
    few = Tolerances(growth_floor_count=11)
    return checked(stations_csv=stations_csv(*rows), tolerances=few)


GOOD_TOTALS = [*of_tokyo(2020, 1, 1, 1), *of_tokyo(2022, 2, 1, 2)]

TRIPS = {
    "withdrawal_unusable": only_counts(
        *MESH_COUNTS, text=WITHDRAWAL.replace('reason = "buildings pulled down"\n', "")
    ),
    "withdrawal_unused": only_counts(*MESH_COUNTS, text=WITHDRAWAL),
    "prefecture_count_decreasing": only_prefectures(
        *PREFECTURE_COUNTS, *PREFECTURE_FALL
    ),
    "control_total_differs": with_totals(*of_tokyo(2020, 2, 1, 1)),
    "nation_sum_differs": with_totals(*of_tokyo(2020, 1, 2, 1)),
    "mesh_count_differs": with_totals(cells=[CELL_COUNTS[0] | {"n_indoor": "1"}]),
    "mesh_count_absent": with_totals(cells=CELL_COUNTS[:1]),
    "national_total_unusable": checked(NATIONAL.replace("n_advanced = 2\n", "")),
    "national_total_differs": checked(NATIONAL.replace("2022", "2021")),
    "national_rate_differs": checked(NATIONAL.replace("0.0", "0.1")),
    "growth_over_pace": growing(11),
    "published_value_differs": nationwide(47, **PLANNED),
    "published_value_recalled": nationwide(
        47,
        RAKUTEN,
        date(2024, 5, 1),
        band="n77",
        freq_low_mhz="3800",
        freq_high_mhz="3900",
    ),
}
"""Report of a filing that trips the rule, by rule id (a case takes a folder)."""

GOOD = {
    "totals that agree": with_totals(*GOOD_TOTALS, text=NATIONAL),
    "a fall that a withdrawal explains": only_counts(
        *MESH_COUNTS, FALL, text=WITHDRAWAL
    ),
    "a prefecture's fall that a withdrawal explains": only_prefectures(
        *PREFECTURE_COUNTS,
        *PREFECTURE_FALL,
        text=WITHDRAWAL.replace('mesh2 = "533945"', 'pref_code = "13"'),
    ),
    "the published cells": nationwide(4331, **PLANNED),
}
"""Filings that trip no rule; between them every rule runs."""
