"""The synthetic scenario as a whole: four filings, target meshes and a population."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv as pa_csv

from geodata import mesh
from geodata.calendar import fiscal_year_end
from geodata.catalog import sha256_of
from geodata.errors import KibanError
from geodata.scenario import texts
from geodata.scenario.areas import CarrierLayers, covered_counts, plan_areas
from geodata.scenario.blocks import carrier_blocks
from geodata.scenario.calibration import Calibration, calibration
from geodata.scenario.folder import new_folder
from geodata.scenario.geography import Ints
from geodata.scenario.ground import Ground, read_ground
from geodata.scenario.rollout import plan_rollout
from geodata.scenario.rows import Job, draw_rows
from geodata.scenario.sites import place_on_sites
from geodata.scenario.station_table import station_table
from geodata.scenario.summary import ScenarioSummary, Tally

Report = Callable[[str], None]

_TARGETS = Path("target_meshes.csv")
_POPULATION = Path("sources", "population_mesh4.csv")
_FILINGS = Path("filings")
_COVERAGE = "coverage.parquet"
_README = "README.txt"
_MARKER = "scenario.toml"
_SIDECAR = f"{_TARGETS}.toml"
_ENTRIES = ("filings", "sources", str(_TARGETS), _SIDECAR, _README)
_LARGEST_SCALE = 1000


def write_scenario(
    out: Path,
    *,
    seed: int = 20190410,
    scale: float = 1.0,
    areas: bool = True,
    report: Report | None = None,
) -> ScenarioSummary:
    """Write a synthetic filing set on real geography, calibrated to published totals.

    Four filings in stations form with coverage areas, a list of 4,464 target meshes
    and a 500 m population whose prefecture sums are the census totals. The same seed
    and scale give the same bytes. Everything is labelled synthetic (合成), because
    carriers' sites and areas are not public.

    Parameters
    ----------
    out : Path
        Folder to write: absent, empty, or an earlier scenario, which is replaced as
        a whole when the new one is complete.
    seed : int
        Non-negative start of the random numbers.
    scale : float
        Multiplies the station rows (1: about 210,000 on air at the end of FY2023).
        The covered cells stay: each keeps at least one advanced station. So do the
        coverage areas.
    areas : bool
        Whether the filings hold coverage areas; all other files are the same without.
    report : callable, optional
        Receives one line of progress per step.

    Returns
    -------
    ScenarioSummary
        Paths; station and cell counts by carrier and fiscal year end, covered
        residents by carrier and day.

    Raises
    ------
    WorkspaceError
        `out` holds something that is not an earlier scenario; it stays untouched.
    KibanError
        `seed` or `scale` is not usable.
    """
    _check_arguments(seed, scale)
    say = report or (lambda _: None)
    with new_folder(out, _MARKER, _ENTRIES) as folder:
        tally = _write_contents(folder, seed, scale, areas, say)
        _write_labels(folder, seed, scale, areas)
    return ScenarioSummary(
        folder=out,
        target_meshes=out / _TARGETS,
        population=out / _POPULATION,
        filings={name: out / _FILINGS / name for name in tally.row_counts},
        row_counts=tally.row_counts,
        station_counts=tally.station_counts,
        cell_counts=tally.cell_counts(),
        covered_counts=tally.covered_counts,
    )


def _check_arguments(seed: int, scale: float) -> None:
    if seed < 0:
        raise KibanError(f"seed {seed}: give a whole number from 0 on.")
    if not 0 < scale <= _LARGEST_SCALE:  # also refuses NaN
        raise KibanError(
            f"scale {scale}: give a number over 0 and up to {_LARGEST_SCALE:,}."
        )


def _write_contents(
    folder: Path, seed: int, scale: float, with_areas: bool, say: Report
) -> Tally:
    settings = calibration()
    streams = np.random.SeedSequence(seed).spawn(4 + len(settings.carriers))
    draws = list(map(np.random.default_rng, streams))
    of_people, of_rollout, *of_carriers, of_split, of_areas = draws
    ground = read_ground(settings, of_people, of_split)
    _write_ground(folder, ground)
    say(f"population and {len(ground.targets):,} target meshes written")
    rollout = plan_rollout(ground.target_cells(), settings, of_rollout)
    tally = Tally([fiscal_year_end(year) for year in settings.fiscal_years])
    areas: dict[str, CarrierLayers] = {}
    if with_areas:
        areas = _plan_areas(ground, rollout, settings, of_areas)
        tally.covered_counts = covered_counts(ground.half_cells, areas)
    for (name, first_year), rng in zip(rollout.items(), of_carriers, strict=True):
        job = Job(
            name, settings.carriers[name], settings, carrier_blocks(name, settings), rng
        )
        rows = _carrier_rows(job, ground, first_year, scale)
        tally.add(job, rows, ground.is_target)
        _write_filing(folder / _FILINGS / name, job, rows, has_areas=with_areas)
        written = f"{name}: {len(rows):,} station rows written"
        if with_areas:
            count = _write_areas(folder / _FILINGS / name, name, ground, areas[name])
            written = f"{name}: {len(rows):,} station rows and {count:,} areas written"
        say(written)
    return tally


def _plan_areas(
    ground: Ground,
    rollout: dict[str, Ints],
    settings: Calibration,
    rng: np.random.Generator,
) -> dict[str, CarrierLayers]:
    served = {
        name: ground.first_years(first_year) <= settings.as_of_fiscal_year
        for name, first_year in rollout.items()
    }
    return plan_areas(ground.land, ground.half_cells, served, settings, rng)


def _carrier_rows(
    job: Job, ground: Ground, first_year_of_target: Ints, scale: float
) -> pd.DataFrame:
    first_year = ground.first_years(first_year_of_target)
    outside = job.rng.choice(
        np.flatnonzero(~ground.is_target), job.carrier.outside_target_cells, False
    )
    first_year[outside] = job.calibration.rows.outside_target_fiscal_year
    rows = draw_rows(
        job, ground.land, first_year, ground.is_target, ground.people, scale
    )
    share = job.calibration.rows.colocated_share
    return place_on_sites(rows, ground.land, job.blocks, share, job.rng)


def _write_ground(folder: Path, ground: Ground) -> None:
    mesh2 = ground.land.facts["mesh2"].to_numpy(np.int64)[ground.targets]
    _write_csv(pa.table({"mesh2": mesh.to_text(mesh2, "m2")}), folder / _TARGETS)
    mesh4 = mesh.children(ground.land.mesh3, "m3", "m4")
    inhabited = ground.quarters > 0
    population = {
        "mesh4": mesh.to_text(mesh4[inhabited], "m4"),
        "population": ground.quarters[inhabited],
    }
    (folder / _POPULATION).parent.mkdir()
    _write_csv(pa.table(population), folder / _POPULATION)
    _write_text(folder / _SIDECAR, texts.target_sidecar())
    _write_text(folder / f"{_POPULATION}.toml", texts.population_sidecar())


def _write_filing(
    folder: Path, job: Job, rows: pd.DataFrame, *, has_areas: bool
) -> None:
    folder.mkdir(parents=True)
    _write_text(folder / "plan.toml", texts.plan_text(job, has_areas=has_areas))
    _write_csv(station_table(job, rows), folder / "stations.csv")


def _write_areas(folder: Path, name: str, ground: Ground, areas: CarrierLayers) -> int:
    # Imported here: GDAL takes long to load, and only a scenario needs it.
    from geodata.scenario.coverage_table import write_coverage

    return write_coverage(folder / _COVERAGE, name, areas, ground.half_cells)


def _write_labels(folder: Path, seed: int, scale: float, with_areas: bool) -> None:
    _write_text(folder / _README, texts.README)
    written = sorted(path for path in folder.rglob("*") if path.is_file())
    hashes = {path.relative_to(folder).as_posix(): sha256_of(path) for path in written}
    text = texts.scenario_text(seed, scale, hashes, has_areas=with_areas)
    _write_text(folder / _MARKER, text)


def _write_csv(table: pa.Table, path: Path) -> None:
    options = pa_csv.WriteOptions(include_header=False, quoting_style="none")
    with path.open("wb") as file:
        file.write((",".join(table.column_names) + "\n").encode())
        pa_csv.write_csv(table, file, options)


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
