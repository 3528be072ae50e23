"""The six stages: each reads named tables, calls a pure function, writes tables."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from coverage.base_deployment import base_deployment_rate
from coverage.control_totals import control_totals
from coverage.labels import RunLabels, State, states
from coverage.mesh2_status import mesh2_status
from coverage.options import CoverageOptions
from coverage.reconcile import broken_identities
from coverage.service_start import service_start
from coverage.station_counts import station_count
from coverage.targets import (
    Metrics,
    base_deployment_goal,
    lag_states,
    target_status,
)
from coverage.underserved import underserved_mesh
from flows.coverage_stage import Choices, areas_by_cell, coverage_figures
from flows.source_stage import SourcesRead, compared_with_sources, read_sources
from flows.staging import StageOutput, code_sha256, files_digest, staged
from geodata import placement, reference
from geodata.calendar import reporting_dates
from geodata.catalog import sidecar_path
from geodata.catalog.listing import source_table
from geodata.errors import FilingError, TableError
from geodata.filings import CheckOptions
from geodata.findings import findings_summary, without_rows
from geodata.ground import GROUND_TABLES, lay_ground
from geodata.ingest import Ingested, filing_records, in_force, ingest
from geodata.publish.manifest import run_manifest
from geodata.publish.release import ReleaseContent, publish_release
from geodata.store import MANIFEST, Workspace

RELEASE_TABLES = (
    "core.mesh2_status",
    "out.base_deployment_rate",
    "out.station_count",
    "out.target_status",
    "out.service_start",
    "out.underserved_mesh",
    "out.rejected_row_summary",
    "out.municipality",
    "out.mesh2_municipality",
    "out.mesh2_disadvantaged",
    "out.population_coverage",
    "out.area_coverage",
    "out.source",
)
"""Tables that leave the workspace; none holds a station's position."""

RELEASE_TABLES_OF_SOURCES = (
    "out.target_condition",
    "out.future_population",
    "out.mesh2_land_cover",
    "out.licence_reconciliation",
    "out.fixed_broadband",
    "out.sub6_rate",
    "out.municipality_coverage",
    "out.covering_carriers",
    "out.mesh4_coverage",
)
"""Tables that a release holds where the run was given what they rest on."""

Record = dict[str, Any]
"""What a stage hands on: its fingerprint, tables with hashes, and notes."""


def run_ingest(
    workspace: Workspace,
    filing_paths: tuple[Path, ...],
    target_meshes: Path | None,
    sources: Path | None,
    today: date,
    options: CheckOptions,
) -> Record:
    """Stage 1: read and validate filings and sources -> ``raw.*`` and receipts."""
    read = read_sources(workspace, sources)
    targets = target_meshes or read.target_meshes
    given = [*filing_paths, *([targets] if targets else [])]
    if targets is not None and sidecar_path(targets).is_file():
        given.append(sidecar_path(targets))
    ingredients = {
        "files": files_digest(tuple(given)),
        "today": today,
        "options": repr(options),
        "sources": read.fingerprints,
        "unused": read.unused,
    }
    build = partial(_ingest, workspace, filing_paths, targets, read, today, options)
    record = staged(workspace, "1-ingest", ingredients, build)
    if record["notes"]["as_of"] is None:
        raise FilingError(
            "No filing was accepted, so there is nothing to compute; see the receipts "
            f"in {workspace.root / 'receipts'} for each rule that failed."
        )
    return record


def _ingest(
    workspace: Workspace,
    filing_paths: tuple[Path, ...],
    target_meshes: Path | None,
    read: SourcesRead,
    today: date,
    options: CheckOptions,
) -> StageOutput:
    tables, left_out = read.tables()
    result = ingest(filing_paths, target_meshes, tables, read.sources, today, options)
    workspace.write_receipts(result.receipts, result.pages)
    notes = _ingest_notes(result) | read.notes(target_meshes)
    notes["warnings"] = [*result.warnings(), *read.warnings(), *left_out]
    listed = {"out.source": source_table(notes["sources"])}
    return StageOutput({**result.tables, **listed}, notes)


def _ingest_notes(result: Ingested) -> dict[str, Any]:
    targets = result.target_meshes
    return {
        "filings": filing_records(result.tables["raw.filing"]),
        "as_of": result.default_as_of,
        "filed_as_of": result.filed_as_of,
        "receipts": without_rows(result.receipts),
        "denominator_source": targets.denominator_source if targets else None,
        "sources": [source.record() for source in result.sources],
        "is_synthetic": result.is_synthetic,
    }


def run_mesh(workspace: Workspace, ingested: Record) -> Record:
    """Stage 2: put everything on JIS X 0410 cells -> ``core.*``.

    Its notes are those of the ingest stage with what the ground tells: which
    denominator the run has, and what is not known of which cells.
    """
    ingredients = {"tables": ingested["tables"], "notes": ingested["notes"]}
    return staged(workspace, "2-mesh", ingredients, partial(_mesh, workspace, ingested))


def _mesh(workspace: Workspace, ingested: Record) -> StageOutput:
    notes = ingested["notes"]
    there = [name for name in GROUND_TABLES if name in ingested["tables"]]
    given = {name: workspace.read(name) for name in there}
    ground = lay_ground(
        given, notes["denominator_source"], is_synthetic=notes["is_synthetic"]
    )
    filed = in_force(workspace.read("raw.filing"))
    stations = placement.place_stations(
        workspace.read("raw.station"),
        reference.mesh3_prefecture(),
        ground.tables["core.municipality_cell"],
        ground.boundaries,
    )
    counts = (workspace.read("raw.mesh_count"), workspace.read("raw.prefecture_count"))
    events = placement.all_events(stations, *counts, filed, reference.mesh2_facts())
    last_days = placement.last_planned_days(stations, *counts)
    forms = placement.carrier_filings(filed, events, last_days, reference.CARRIERS)
    tables = {
        "core.station": stations,
        "core.station_event": events,
        "core.carrier_filing": forms,
    }
    return StageOutput({**tables, **ground.tables}, ground.noted(notes))


def run_coverage(
    workspace: Workspace,
    ingested: Record,
    meshed: Record,
    as_of: date,
    *,
    model_areas: bool = True,
    workers: int = 1,
) -> Record:
    """Stage 3: who serves or covers each cell, since when -> ``core.*``."""
    ingredients = {
        "tables": [ingested["tables"], meshed["tables"]],
        "as_of": as_of,
        "labels": meshed["notes"],
        "model_areas": model_areas,
    }
    areas = partial(areas_by_cell, workspace, model_areas=model_areas, workers=workers)
    build = partial(_coverage, workspace, _labels(meshed), as_of, areas)
    return staged(workspace, "3-coverage", ingredients, build)


def _coverage(
    workspace: Workspace,
    labels: RunLabels,
    as_of: date,
    areas: Callable[[list[State]], dict[str, Any]],
) -> StageOutput:
    wanted = _states(workspace, as_of)
    status = mesh2_status(
        workspace.read("core.station_event"),
        workspace.read("core.mesh2_cell"),
        wanted,
        workspace.read("core.carrier_filing"),
        labels,
    )
    by_cell = areas([*wanted, *lag_states(wanted)])
    return StageOutput({"core.mesh2_status": status, **by_cell})


def run_rates(
    workspace: Workspace,
    meshed: Record,
    covered: Record,
    as_of: date,
    options: CoverageOptions,
) -> Record:
    """Stage 4: per scope, carrier and date -> rates, counts, targets, start check."""
    ingredients = {
        "stage": covered["fingerprint"],
        "as_of": as_of,
        "options": repr(options),
    }
    wanted = _states(workspace, as_of)
    labels, notes = _labels(meshed), meshed["notes"]
    choices = Choices(labels, options, as_of, wanted, lag_states(wanted), notes)
    build = partial(_rates, workspace, choices)
    return staged(workspace, "4-rates", ingredients, build)


def _rates(workspace: Workspace, choices: Choices) -> StageOutput:
    labels, as_of = choices.labels, choices.as_of
    events = workspace.read("core.station_event")
    sources = compared_with_sources(workspace, labels, as_of)
    figures = coverage_figures(workspace, choices, sources.get("out.fixed_broadband"))
    published, lagged = (
        replace(
            _metrics(workspace, labels, events, states),
            population=figures.population[at],
            sub6=figures.sub6[at],
        )
        for at, states in enumerate((choices.wanted, choices.lagged))
    )
    starts = service_start(
        events,
        as_of,
        reference.service_start().deadline_on,
        reference.prefectures()["pref_code"].tolist(),
        workspace.read("core.carrier_filing"),
        labels,
    )
    control = placement.control_counts(
        workspace.read("raw.prefecture_count"), in_force(workspace.read("raw.filing"))
    )
    return StageOutput(
        {
            "out.base_deployment_rate": published.rates,
            "out.station_count": published.counts,
            "out.target_status": target_status(published, lagged, reference.targets()),
            "out.service_start": starts,
            "core.control_total": control_totals(control, events, published.rates),
            **sources,
            **figures.tables,
        }
    )


def _metrics(
    workspace: Workspace,
    labels: RunLabels,
    events: pd.DataFrame,
    wanted: Sequence[State],
) -> Metrics:
    """Rates and counts of the days wanted."""
    forms = workspace.read("core.carrier_filing")
    cells = workspace.read("core.mesh2_cell")
    prefectures = reference.prefectures()
    rates = base_deployment_rate(
        mesh2_status(events, cells, wanted, forms, labels),
        reference.mesh2_prefectures(),
        prefectures,
        forms,
        labels,
        base_deployment_goal(reference.targets()),
    )
    classes = reference.band_classes()["band_class"].tolist()
    counts = station_count(events, wanted, prefectures, classes, forms, labels)
    return Metrics(rates, counts)


def run_flags(workspace: Workspace, meshed: Record, rated: Record) -> Record:
    """Stage 5: underserved cells with reasons; findings by rule; identities."""
    ingredients = {"stage": rated["fingerprint"]}
    build = partial(_flags, workspace, _labels(meshed))
    return staged(workspace, "5-flags", ingredients, build)


def _flags(workspace: Workspace, labels: RunLabels) -> StageOutput:
    cells = workspace.read("core.mesh2_cell")
    underserved = underserved_mesh(
        workspace.read("core.mesh2_status"),
        workspace.read("core.station_event"),
        cells,
        workspace.read("core.carrier_filing"),
        labels,
    )
    broken = broken_identities(
        workspace.read("out.base_deployment_rate"),
        workspace.read("out.station_count"),
        underserved,
    )
    if broken:
        raise TableError(
            f"{len(broken)} identity(ies) between tables do not hold, so nothing is "
            f"published; first: {broken[0]}."
        )
    summary = findings_summary(
        workspace.read("raw.rejected_row"),
        placement.outside_target(
            workspace.read("core.station"),
            workspace.read("raw.mesh_count"),
            in_force(workspace.read("raw.filing")),
            cells,
        ),
        is_synthetic=labels.is_synthetic,
    )
    return StageOutput(
        {"out.underserved_mesh": underserved, "out.rejected_row_summary": summary}
    )


def run_publish(
    workspace: Workspace,
    meshed: Record,
    flagged: Record,
    as_of: date,
    out: Path,
    options: CoverageOptions,
) -> Path:
    """Stage 6: one immutable release folder, unless it already stands."""
    ingredients = {"stage": flagged["fingerprint"], "out": out.resolve()}
    notes = meshed["notes"] | {"coverage_options": asdict(options)}
    notes["warnings"] = notes["warnings"] + _labels(meshed).outdated(as_of)
    build = partial(_publish, workspace, notes, as_of, out)
    record = staged(workspace, "6-publish", ingredients, build)
    folder = out / record["notes"]["release"]
    if not (folder / MANIFEST).is_file():
        folder = out / build().notes["release"]
    return folder


def _publish(
    workspace: Workspace, notes: dict[str, Any], as_of: date, out: Path
) -> StageOutput:
    content = ReleaseContent(
        as_of=as_of,
        is_synthetic=notes["is_synthetic"],
        tables={name: workspace.read_arrow(name) for name in _published(workspace)},
        receipts=notes["receipts"],
        manifest=run_manifest(notes, code_sha256=code_sha256()),
    )
    folder = publish_release(content, out, workspace.root / "publish")
    return StageOutput({}, {"release": folder.name})


def _published(workspace: Workspace) -> list[str]:
    """Tables of this run that leave the workspace."""
    extra = [name for name in RELEASE_TABLES_OF_SOURCES if workspace.has(name)]
    return [*RELEASE_TABLES, *extra]


def _labels(meshed: Record) -> RunLabels:
    notes = meshed["notes"]
    filed = {
        name: date.fromisoformat(day) for name, day in notes["filed_as_of"].items()
    }
    return RunLabels(
        reference.CARRIERS, notes["denominator_source"], notes["is_synthetic"], filed
    )


def _states(workspace: Workspace, as_of: date) -> list[State]:
    last = placement.last_planned_on(workspace.read("core.carrier_filing"))
    return states(reporting_dates(as_of, last), as_of)
