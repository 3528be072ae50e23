"""The six stages without Prefect: what the flow runs, in seconds."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from coverage.options import CoverageOptions
from flows import stages
from geodata.filings import CheckOptions
from geodata.store import Release, Workspace, open_release

TODAY = date(2026, 11, 24)


@dataclass(frozen=True)
class Job:
    """Inputs and folders of one run."""

    filings: tuple[Path, ...]
    target_meshes: Path | None
    sources: Path | None
    workspace: Path
    out: Path
    as_of: date | None = None
    options: CheckOptions = field(default_factory=CheckOptions)
    coverage: CoverageOptions = field(default_factory=CoverageOptions)
    model_areas: bool = False


def job_on(scenario: Path, place: Path, **given) -> Job:
    """A run on a scenario folder, working below `place`."""
    inputs = {
        "filings": (scenario / "filings",),
        "target_meshes": scenario / "target_meshes.csv",
        "sources": scenario / "sources",
        "workspace": place / "workspace",
        "out": place / "releases",
    }
    return Job(**(inputs | given))


def run(job: Job) -> Release:
    """Run the stages in order and open the release."""
    place = Workspace.at(job.workspace, job.out)
    ingested = stages.run_ingest(
        place, job.filings, job.target_meshes, job.sources, TODAY, job.options
    )
    as_of = job.as_of or date.fromisoformat(ingested["notes"]["as_of"])
    meshed = stages.run_mesh(place, ingested)
    covered = stages.run_coverage(
        place, ingested, meshed, as_of, model_areas=job.model_areas
    )
    rated = stages.run_rates(place, meshed, covered, as_of, job.coverage)
    flagged = stages.run_flags(place, meshed, rated)
    return open_release(
        stages.run_publish(place, meshed, flagged, as_of, job.out, job.coverage)
    )
