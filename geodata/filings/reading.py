"""Read one filing: open it, check it, keep every row as accepted or rejected."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from geodata.errors import FilingError
from geodata.filings.answers.acknowledgements import acknowledgements
from geodata.filings.answers.answer import Answer
from geodata.filings.answers.answer_rules import waivers_in_force
from geodata.filings.areas import coverage_raster_rules
from geodata.filings.areas.coverage_rules import read_coverage, repairs_of
from geodata.filings.catalogue import decides, rules
from geodata.filings.findings import FindingLog
from geodata.filings.handed_in.file_names import PLAN_FILE
from geodata.filings.handed_in.package import Package, open_package
from geodata.filings.options import CheckOptions
from geodata.filings.plan_toml.plan import (
    Plan,
    check_plan,
    identity,
    known_value,
    read_plan_keys,
)
from geodata.filings.report import ACCEPTED, REJECTED, FilingReport, TableCount
from geodata.filings.row_rules import (
    coordinate_rules,
    count_rules,
    date_rules,
    parent_rules,
    repeat_rules,
    station_rules,
)
from geodata.filings.row_rules.datum import place_rows
from geodata.filings.row_rules.frequency_rules import Ranges, fit_rows
from geodata.filings.tables.layout import TABLES, FiledTable
from geodata.filings.tables.parquet_table import read_parquet_table
from geodata.filings.tables.rows import Rows, rows_of, run_row_rules
from geodata.filings.tables.text_rows import TextTable
from geodata.filings.tables.text_table import read_csv_table
from geodata.filings.tables.values import type_rows
from geodata.filings.tables.words import plain
from geodata.schemas import conform

RULE_MODULES = (
    coordinate_rules,
    count_rules,
    coverage_raster_rules,
    date_rules,
    parent_rules,
    repeat_rules,
    station_rules,
)
"""Modules whose rules are found by registration, not by name."""


def read_filing(
    path: Path, *, today: date, options: CheckOptions | None = None
) -> FilingReport:
    """Read and validate one filing of a carrier (開設計画の提出物).

    Parameters
    ----------
    path : Path
        A folder or a zip with ``plan.toml`` and tables (domain.md section 4). Not
        modified; a zip is read in place.
    today : date
        Last day on which the filing can have been submitted.
    options : CheckOptions, optional
        Limits, waivers, consent to repairs.

    Returns
    -------
    FilingReport
        Whatever the content is like: faults are findings, never exceptions. Every
        data row is either accepted or rejected by a rule that names it.

    Raises
    ------
    FilingError
        There is no folder or file at `path`.
    """
    if not path.exists():
        raise FilingError(f"There is no filing at '{path}'; check the path.")
    options = options or CheckOptions()
    log = FindingLog()
    package = open_package(path, log, options.limits)
    keys: dict[str, Any] = {}
    plan: Plan | None = None
    tables: list[Rows] = []
    if not log.fatal or package.has(PLAN_FILE):
        content = package.take(PLAN_FILE) if package.has(PLAN_FILE) else None
        read = read_plan_keys(content, package.name, log)
        keys = {} if read is None else read
        plan = None if read is None else check_plan(read, today, log)
        if plan is not None:
            log.take_answers(_answers(plan, today, options, log))
        if plan is not None and not log.fatal:
            tables = _read_tables(package, plan, log, options)
    return replace(_report(package, keys, tables, log), plan=plan, answers=log.answers)


def _answers(
    plan: Plan, today: date, options: CheckOptions, log: FindingLog
) -> tuple[Answer, ...]:
    """What the carrier acknowledges and the ministry waives in this filing."""
    own = [w for w in options.waivers if w.fits(plan.carrier, plan.plan_id)]
    waived = waivers_in_force(own, today, log)
    return (*acknowledgements(plan.acknowledged, log), *waived)


def _read_tables(
    package: Package, plan: Plan, log: FindingLog, options: CheckOptions
) -> list[Rows]:
    """Every table that is filed and readable, with all rules run over its rows."""
    texts = [
        (table, _read_text(package, table, plan, log, options)) for table in TABLES
    ]
    found = [rows_of(text, table, plan, log) for table, text in texts if text]
    for rows in found:
        _check_rows(rows)
    areas = read_coverage(package, plan, log, options)
    for rows in areas:
        _check_any_accepted(rows)
    return [*found, *areas]


def _read_text(
    package: Package,
    table: FiledTable,
    plan: Plan,
    log: FindingLog,
    options: CheckOptions,
) -> TextTable | None:
    if package.has(f"{table.stem}.csv"):
        # No name is given to the bytes, so that they can be let go of once split.
        return read_csv_table(
            package.take(f"{table.stem}.csv"), table, plan.encoding, log
        )
    if package.has(f"{table.stem}.parquet"):
        content = package.take(f"{table.stem}.parquet")
        return read_parquet_table(content, table, log, options.limits)
    return None


def _check_rows(rows: Rows) -> None:
    type_rows(rows)
    if rows.table.stem == "stations":
        place_rows(rows)
        fit_rows(rows)
        coordinate_rules.check_notation(rows)
    run_row_rules(rows)
    if rows.table.stem == "mesh_counts":
        count_rules.check_mesh_datum(rows)
    if rows.table.stem == "prefecture_counts":
        count_rules.check_prefectures(rows)
    _check_any_accepted(rows)
    _locate_findings(rows)
    rows.forget("links", "repeats")


def _locate_findings(rows: Rows) -> None:
    """Tell the cell of every finding on a row whose place is known."""
    if "mesh3" in rows.notes:
        rows.log.locate(rows.file, rows.lines, rows.notes["mesh3"] // 100)
    elif "mesh2" in rows.notes:
        rows.log.locate(rows.file, rows.lines, rows.notes["mesh2"])


@decides("no_row_accepted")
def _check_any_accepted(rows: Rows) -> None:
    rows.log.mark("no_row_accepted")
    if rows.read_count == rows.rejected_count:
        rows.log.add("no_row_accepted", file=rows.file, value=rows.read_count)


def _report(
    package: Package, keys: dict[str, Any], tables: list[Rows], log: FindingLog
) -> FilingReport:
    filing = _filing_row(package, keys, tables, log)
    is_accepted = filing["status"] == ACCEPTED
    raw = {rows.table.stem: _raw_table(rows) for rows in tables if is_accepted}
    counts = tuple(_table_count(rows, is_accepted) for rows in tables)
    filing["read_count"] = sum(count.read_count for count in counts)
    filing["accepted_count"] = sum(count.accepted_count for count in counts)
    filing["rejected_count"] = sum(count.rejected_count for count in counts)
    report = FilingReport(
        filing=filing,
        files=package.files,
        stations=raw.get("stations"),
        mesh_counts=raw.get("mesh_counts"),
        prefecture_counts=raw.get("prefecture_counts"),
        coverage=raw.get("coverage"),
        repairs=repairs_of(tables, is_accepted=is_accepted),
        findings=log.findings(filing["carrier"], filing["plan_id"]),
        table_counts=counts,
        rules_run=tuple(rule.id for rule in rules() if rule.id in log.ran),
        rules_not_run=tuple(rule.id for rule in rules() if rule.id not in log.ran),
    )
    filing["warning_count"] = report.warning_count
    return report


def _filing_row(
    package: Package, keys: dict[str, Any], tables: list[Rows], log: FindingLog
) -> dict[str, Any]:
    """Row of ``raw.filing``; values of a bad ``plan.toml`` as far as they go."""
    names = ("submitted_on", "certified_on", "as_of", "datum")
    accuracy = [rows.notes.get("accuracy_m") for rows in tables]
    return {
        **identity(keys),
        **{name: known_value(keys, name) for name in names},
        "datum_accuracy_m": next((a for a in accuracy if a is not None), None),
        "form": _form(package),
        "status": REJECTED if log.fatal else ACCEPTED,
        "status_reason": log.fatal[0] if log.fatal else None,
        "name": package.name,
        "sha256": package.sha256,
        "byte_count": package.byte_count,
        "is_synthetic": bool(known_value(keys, "synthetic")),
    }


def _form(package: Package) -> str | None:
    """Finest granularity that is filed."""
    stems = [name.partition(".")[0] for name in package.names]
    return next((table.stem for table in TABLES if table.stem in stems), None)


def _table_count(rows: Rows, is_accepted: bool) -> TableCount:
    accepted = rows.read_count - rows.rejected_count if is_accepted else 0
    return TableCount(rows.table.stem, rows.file, rows.read_count, accepted)


def _raw_table(rows: Rows) -> pa.Table:
    """Accepted rows as the ``raw`` table they belong in; `rows` gives up its own."""
    count, names = len(rows), rows.table.raw_table.column_names
    columns: dict[str, pa.Array] = {
        **rows.typed,
        "carrier": pa.repeat(rows.plan.carrier, count),
        "plan_id": pa.repeat(rows.plan.plan_id, count),
        "file": pa.repeat(rows.file, count),
        "line": pa.array(rows.lines),
    }
    if rows.table.stem == "stations":
        columns |= _station_columns(rows)
    rows.typed.clear()
    if rows.is_rejected.any():
        accepted = pa.array(~rows.is_rejected)
        columns = {name: columns.pop(name).filter(accepted) for name in names}
    if "mesh2" in names:
        columns["mesh2"] = plain(columns["mesh2"]).cast(pa.int64())
    table = pa.table({name: columns.pop(name) for name in names})
    return conform(rows.table.raw_table, table)


def _station_columns(rows: Rows) -> dict[str, pa.Array]:
    ranges: Ranges = rows.notes["ranges"]
    of_row = pa.array(ranges.of_row)
    return {
        "lat": pa.array(rows.notes["lat"]),
        "lon": pa.array(rows.notes["lon"]),
        "band_class": pa.array(ranges.band_class, pa.string()).take(of_row),
        "is_advanced_band": pa.array(ranges.is_advanced).take(of_row),
    }
