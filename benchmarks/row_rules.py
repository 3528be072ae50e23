"""The rules on single station rows against the same rules written in pandera.

Both start from the rows split into text, and end with the failing rows of each rule.
Ours also run the rules that pandera is not given (parents, repeats, land, blocks), and
write down file, line, column, value and message fields of every finding.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from _filing import BASE_ROWS, CARRIER, STATIONS, TODAY, write_filing
from _harness import measure, report
from _pandera_rules import failing_rows, schema_of

from geodata.filings.findings import FindingLog
from geodata.filings.plan_toml.plan import Plan, check_plan, read_plan_keys
from geodata.filings.row_rules.datum import place_rows
from geodata.filings.row_rules.frequency_rules import fit_rows
from geodata.filings.tables.layout import STATIONS as TABLE
from geodata.filings.tables.rows import rows_of, run_row_rules
from geodata.filings.tables.text_rows import UNLIKE_COLUMNS, TextTable, one_chunk
from geodata.filings.tables.values import type_rows

RUNS = 5
WANTED_RATIO = 5.0
FAULTS_OF_EACH = 25

Fault = dict[str, str | Callable[[pd.DataFrame], pd.Series] | None]


@dataclass(frozen=True)
class Kind:
    """Rows of one type, status and band, to plant faults in."""

    station_type: str
    status: str
    band: str

    def places(self, rows: pd.DataFrame) -> np.ndarray:
        """Where such rows stand."""
        is_meant = rows["station_type"] == self.station_type
        is_meant &= rows["status"] == self.status
        return np.flatnonzero(is_meant & (rows["band"] == self.band))


ON_AIR = Kind("advanced", "operating", "n78")
PLANNED = Kind("advanced", "planned", "n78")
MMWAVE = Kind("advanced", "planned", "n257")
ORDINARY = Kind("ordinary", "planned", "n78")
NO_PLAN: Fault = {"planned_start": None, "planned_fy": None, "planned_quarter": None}

FAULTS: dict[str, tuple[Kind, Fault]] = {
    "value_missing": (ON_AIR, {"lat": None}),
    "formula_cell": (ON_AIR, {"site_id": '=HYPERLINK("x")'}),
    "number_format": (ON_AIR, {"antenna_height_m": "1,5"}),
    "number_exponent": (ON_AIR, {"antenna_height_m": "1e1"}),
    "number_not_finite": (ON_AIR, {"antenna_height_m": "NaN"}),
    "integer_format": (PLANNED, NO_PLAN | {"planned_fy": "2022.0"}),
    "date_format": (ON_AIR, {"end_date": "2020-02-30"}),
    "boolean_format": (ON_AIR, {"shared": "1"}),
    "station_id_format": (ON_AIR, {"station_id": "X 1"}),
    "pref_code_format": (ON_AIR, {"pref_code": "1"}),
    "band_unlisted": (ON_AIR, {"band": "n99"}),
    "band_not_of_carrier": (ON_AIR, {"band": "n79"}),
    "station_type_unknown": (ON_AIR, {"station_type": "macro"}),
    "status_unknown": (ON_AIR, {"status": "on air"}),
    "azimuth_format": (ON_AIR, {"azimuth_deg": "0,120"}),
    "azimuth_range": (ON_AIR, {"azimuth_deg": "0;360"}),
    "coordinate_decimals": (ON_AIR, {"lat": "35.6812"}),
    "lat_lon_swapped": (ON_AIR, {"lat": "139.767125", "lon": "35.681236"}),
    "lat_range": (ON_AIR, {"lat": "19.999999"}),
    "lon_range": (ON_AIR, {"lon": "154.000001"}),
    "antenna_height_range": (ON_AIR, {"antenna_height_m": "0"}),
    "antenna_height_high": (ON_AIR, {"antenna_height_m": "100.1"}),
    "eirp_range": (ON_AIR, {"eirp_dbm": "85.1"}),
    "eirp_zero": (ON_AIR, {"eirp_dbm": "0"}),
    "eirp_high": (MMWAVE, {"eirp_dbm": "51.5", "indoor": "false"}),
    "backhaul_missing": (ON_AIR, {"backhaul_gbps": None}),
    "backhaul_range": (ON_AIR, {"backhaul_gbps": "0"}),
    "backhaul_low": (ON_AIR, {"backhaul_gbps": "9.9"}),
    "frequency_missing": (ON_AIR, {"freq_low_mhz": None, "freq_high_mhz": None}),
    "frequency_pair": (ON_AIR, {"freq_low_mhz": None}),
    "frequency_order": (ON_AIR, {"freq_low_mhz": "3800", "freq_high_mhz": "3700"}),
    "frequency_local_5g": (MMWAVE, {"freq_high_mhz": "28300"}),
    "bandwidth_over_range": (ON_AIR, {"freq_high_mhz": "3750"}),
    "parent_missing": (ORDINARY, {"parent_station_id": None}),
    "parent_self": (ORDINARY, {"parent_station_id": lambda rows: rows["station_id"]}),
    "planned_missing": (PLANNED, NO_PLAN),
    "planned_fy_range": (PLANNED, NO_PLAN | {"planned_fy": "2036"}),
    "planned_start_range": (PLANNED, NO_PLAN | {"planned_start": "2036-04-01"}),
    "planned_quarter_range": (
        PLANNED,
        NO_PLAN | {"planned_fy": "2022", "planned_quarter": "5"},
    ),
    "planned_quarter_alone": (
        PLANNED,
        {
            "planned_start": "2022-04-01",
            "planned_fy": None,
            "planned_quarter": "1",
        },
    ),
    "planned_disagree": (
        PLANNED,
        NO_PLAN | {"planned_start": "2022-03-31", "planned_fy": "2022"},
    ),
    "actual_start_missing": (ON_AIR, {"actual_start": None}),
    "actual_start_early": (ON_AIR, {"actual_start": "2019-04-09"}),
    "actual_start_after_as_of": (ON_AIR, {"actual_start": "2021-04-01"}),
    "end_date_missing": (ON_AIR, {"status": "retired"}),
    "end_date_order": (
        ON_AIR,
        {"actual_start": "2020-03-25", "end_date": "2020-03-24", "status": "retired"},
    ),
    "end_before_plan": (
        PLANNED,
        NO_PLAN | {"planned_fy": "2022", "end_date": "2021-04-01"},
    ),
    "retired_never_started": (
        PLANNED,
        {"status": "retired", "end_date": "2021-01-01"},
    ),
    "status_dates": (PLANNED, {"actual_start": "2021-01-01"}),
}


def planted(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with `FAULTS_OF_EACH` rows of every fault, each in rows of its own."""
    rows = rows.copy()
    free = {kind: iter(kind.places(rows)) for kind, _ in FAULTS.values()}
    for kind, changes in FAULTS.values():
        at = [next(free[kind]) for _ in range(FAULTS_OF_EACH)]
        for column, value in changes.items():
            given = value(rows.loc[at]) if callable(value) else value
            rows.loc[at, column] = given
    return rows


def split(rows: pd.DataFrame) -> TextTable:
    """Rows as reading a file leaves them."""
    table = pa.Table.from_pandas(rows, preserve_index=False).combine_chunks()
    absent = pa.nulls(len(rows), pa.string())
    text = {
        name: one_chunk(table[name].cast(pa.string())) if name in rows else absent
        for name in TABLE.column_names
    }
    columns = {
        name: column if name in UNLIKE_COLUMNS else column.dictionary_encode()
        for name, column in text.items()
    }
    return TextTable(STATIONS, columns, np.arange(2, len(rows) + 2))


def ours(text: TextTable, plan: Plan) -> FindingLog:
    """Findings of every row rule."""
    log = FindingLog()
    rows = rows_of(text, TABLE, plan, log)
    type_rows(rows)
    place_rows(rows)
    fit_rows(rows)
    run_row_rules(rows)
    return log


def by_rule(log: FindingLog) -> dict[str, set[int]]:
    """Index of the rows found, by rule."""
    found = log.findings(None, None).select(["rule_id", "line"]).to_pandas()
    return {rule: set(lines - 2) for rule, lines in found.groupby("rule_id")["line"]}


def main() -> None:
    """Build, measure, check, report."""
    with tempfile.TemporaryDirectory() as folder:
        write_filing(Path(folder), BASE_ROWS)
        filed = Path(folder) / "previous"
        rows = pd.read_csv(filed / STATIONS, dtype=str).assign(pref_code=None)
        content = (filed / "plan.toml").read_bytes()
    rows = planted(rows.astype(str).where(rows.notna()))
    plan = check_plan(
        read_plan_keys(content, "plan", FindingLog()), TODAY, FindingLog()
    )
    text, schema = split(rows), schema_of(CARRIER, plan.as_of)
    timings = measure(
        {
            "pandera, lazy": lambda: failing_rows(schema, rows),
            "row rules": lambda: ours(text, plan),
        },
        runs=RUNS,
    )
    found, wanted = by_rule(ours(text, plan)), failing_rows(schema, rows)
    differ = [rule for rule in FAULTS if found.get(rule) != wanted.get(rule)]
    idle = [rule for rule in FAULTS if len(found.get(rule, ())) < FAULTS_OF_EACH]
    if differ or idle:
        raise SystemExit(f"not the same rows: {differ}; not found: {idle}")
    report(
        "row_rules",
        timings[0],
        timings[1:],
        wanted_ratio=WANTED_RATIO,
        checks={
            "rows": len(rows),
            "rules compared": len(FAULTS),
            "rows found by both": sum(len(found[rule]) for rule in FAULTS),
            "every rule finds the same rows": not differ,
        },
        packages=["pandas", "pandera", "pyarrow"],
    )


if __name__ == "__main__":
    main()
