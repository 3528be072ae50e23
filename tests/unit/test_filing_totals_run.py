"""The check and the run hold prefecture totals against the same numbers."""

import numpy as np
import pandas as pd
import pytest

from coverage.base_deployment import base_deployment_rate
from coverage.control_totals import control_totals
from coverage.labels import RunLabels
from coverage.mesh2_status import mesh2_status
from geodata import placement, reference
from geodata.calendar import fiscal_year_end
from geodata.filings import CheckOptions
from geodata.filings.filing_rules.accepted import Filed
from geodata.filings.filing_rules.year_counts import YEARS
from geodata.schemas import to_frame
from tests.unit.filing_builder import (
    MMWAVE,
    check,
    csv_text,
    stations_csv,
    write_filing,
)
from tests.unit.filing_cases_totals import FACTS, TARGETS, of_tokyo, rows_in


def random_filing(folder, seed):
    """Stations with all kinds of dates, and totals near what they add up to."""
    rng = np.random.default_rng(seed)
    cells = rng.choice(FACTS["mesh2"], 120, replace=False)
    rows = [
        row | kinds[rng.integers(len(kinds))]
        for row, kinds in ((row, KINDS) for row in rows_in(cells))
    ]
    rows += [MMWAVE | {"lat": "35.050000", "lon": "139.550000"}]
    totals = [
        row | {"n_advanced": str(rng.integers(4)), "n_ordinary": str(rng.integers(4))}
        | {"base_deployment_rate_pct": str(rng.choice(["0.0", "1.1", "2.25", ""]))}
        for year in (2019, 2020, 2022, 2025)
        for row in of_tokyo(year, 0, 0, 1)
    ]  # fmt: skip
    return write_filing(
        folder,
        stations_csv=stations_csv(*rows),
        prefecture_counts_csv=csv_text(totals),
    )


KINDS = [
    {},
    {"station_type": "repeater", "backhaul_gbps": ""},
    {"indoor": "true"},
    {"actual_start": "2021-03-31"},
    {"end_date": "2020-04-01", "status": "retired"},
    {"actual_start": "", "planned_fy": "2022", "status": "planned"},
    {"actual_start": "", "planned_start": "2023-04-01", "status": "licensed"},
    {"actual_start": "", "planned_start": "2025-12-01", "status": "planned"},
]


def as_the_run_does(report):
    """Rows of ``core.control_total`` by the tables and metrics of the run."""
    filing = pd.DataFrame([report.filing])
    filed = Filed(report, CheckOptions())
    stations = placement.place_stations(
        to_frame(filed.table("stations")),
        reference.mesh3_prefecture(),
        reference.mesh3_municipalities(),
    )
    counts = filed.prefecture_counts
    in_force = filing.assign(as_of=pd.to_datetime(filing["as_of"]))
    no_cells = counts.head(0)  # the stations count
    events = placement.all_events(stations, no_cells, counts, in_force, FACTS)
    cells = FACTS.assign(is_target=FACTS["mesh2"].isin(TARGETS))
    labels = RunLabels(("docomo",), "derived", is_synthetic=False)
    forms = placement.carrier_filings(
        filing, events, placement.last_planned_days(stations, counts), ("docomo",)
    )
    asked = [(fiscal_year_end(int(year)), "planned") for year in YEARS]
    rates = base_deployment_rate(
        mesh2_status(events, cells, asked, forms, labels),
        reference.mesh2_prefectures(),
        reference.prefectures(),
        forms,
        labels,
        0,
    )
    return control_totals(counts, events, rates)


@pytest.mark.parametrize("seed", range(3))
def test_the_check_and_the_run_name_the_same_differences(seed, tmp_path):
    report = check(random_filing(tmp_path / "filing", seed))
    totals = as_the_run_does(report)
    differing = totals[~totals["is_equal"].fillna(True).astype(bool)]
    quantities = {"n_ordinary": "n_stations"}
    lines = Filed(report, CheckOptions()).prefecture_counts.set_index("line")
    told = {
        (*lines.loc[f["line"], ["pref_code", "fiscal_year"]], quantity)
        for f in report.findings.to_pylist()
        if f["rule_id"] == "control_total_differs"
        for quantity in [quantities.get(f["column"], f["column"])]
    }
    keys = ["pref_code", "fiscal_year", "quantity"]
    expected = set(differing[keys].itertuples(index=False, name=None))
    assert told == expected
    assert {quantity for *_, quantity in told} == set(totals["quantity"])
    assert len(told) < len(totals)
