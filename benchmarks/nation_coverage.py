"""Coverage areas of four carriers on the 500 m cells of the nation, with peak memory.

The built-in scenario's areas (some 5 million vertices, two days, all bands and sub-6)
go through stage 3 in a process of its own: `filed`, all editions and the combined ones;
`modelled`, with discs where nothing was filed; `land`, with boundaries as well, where
the data folder is beside the checkout; and, beside the ratios, `stations`: no carrier
filed areas, so discs round 210,000 stations on ten days.

The peer is shapely.union_all of an edition and exactextract (cell_id, coverage) of the
parts of the union, on a grid in degrees: it does a sample of the editions, with their
polygons decoded beforehand, and its time is scaled by vertices. Its edges are straight
in degrees, ours in the equal-area plane, so the two differ by some 1e-5; exactness is
held against shapely in that plane, on cells drawn at random among those with an edge.

Run: ``python benchmarks/nation_coverage.py [EDITIONS]``
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import shapely
from _harness import Timing, peak_bytes, report
from _land import N03
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # as a script its own folder would come first

from coverage.labels import states  # noqa: E402
from flows.stages import run_ingest, run_mesh  # noqa: E402
from geodata import mesh  # noqa: E402
from geodata.calendar import reporting_dates  # noqa: E402
from geodata.coverage_area import areas_on_cells  # noqa: E402
from geodata.coverage_area.editions import coverage_editions  # noqa: E402
from geodata.coverage_area.plane import to_plane  # noqa: E402
from geodata.filings import CheckOptions  # noqa: E402
from geodata.readers.administrative_areas import (  # noqa: E402
    read_administrative_areas,
)
from geodata.scenario import write_scenario  # noqa: E402
from geodata.store import Workspace  # noqa: E402

STATES = states(
    reporting_dates(date(2021, 3, 31), date(2024, 3, 31)), date(2021, 3, 31)
)
HALF_YEARS = [
    (date(year, month, day), "planned")
    for year in range(2020, 2025)
    for month, day in ((3, 31), (9, 30))
]
AREAS = "raw.coverage_area"
CELLS = "core.mesh4_coverage"
_LIMITS = {"seconds": 180, "peak_gib": 4.0}
ORACLE_CELLS = 300
JAPAN = (122.0, 20.0, 154.0, 46.0)  # of the 176 primary meshes
COLUMNS, ROWS = 160, 240  # 500 m cells in a degree


def prepare(folder: Path) -> Workspace:
    """Workspace of the scenario after stages 1 and 2."""
    scenario = write_scenario(folder / "scenario")
    workspace = Workspace.at(folder / "workspace", folder / "releases")
    filings = tuple(sorted(scenario.filings.values()))
    ingested = run_ingest(
        workspace,
        filings,
        scenario.target_meshes,
        scenario.folder / "sources",
        date(2026, 1, 1),
        CheckOptions(),
    )
    run_mesh(workspace, ingested)
    return workspace


def stage(workspace: Workspace, case: str) -> None:
    """Run stage 3 in this process, store its tables, print time and peak memory."""
    start = time.perf_counter()
    frames = ("core.carrier_filing", "core.station", "raw.station")
    given = {name: workspace.read(name) for name in frames}
    if case != "stations":
        given[AREAS] = workspace.read_arrow(AREAS)
    if case == "land":
        given |= read_administrative_areas([N03]).tables
    days = HALF_YEARS if case == "stations" else STATES
    tables = areas_on_cells(given, days, model_from_stations=case != "filed")
    for name, table in tables.items():
        workspace.write(name, table)
    seconds = time.perf_counter() - start
    usage = resource.getrusage(resource.RUSAGE_SELF)
    told = {
        "seconds": seconds,
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_gib": round(peak_bytes() / 2**30, 2),
        "rows": {name: len(table) for name, table in tables.items()},
    }
    print(json.dumps(told))


def measured(folder: Path, case: str) -> dict:
    """The same in a process of its own."""
    command = [sys.executable, __file__, "--stage", str(folder), case]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


@dataclass(frozen=True)
class Peer:
    """Filed areas as the peer is given them: decoded, and sorted by edition."""

    polygons: np.ndarray
    members: dict[str, np.ndarray]

    @classmethod
    def of(cls, workspace: Workspace) -> "Peer":
        """Areas of every filed edition, the combined ones among them."""
        areas = workspace.read_arrow(AREAS)
        forms = workspace.read("core.carrier_filing")
        editions = coverage_editions(areas, forms, STATES, None)
        return cls(
            shapely.from_wkb(areas["geometry"].to_numpy()),
            {name: content.rows for name, content in editions.contents.items()},
        )

    def vertices(self, editions: Iterable[str]) -> int:
        """How much there is to do for some editions."""
        counts = shapely.get_num_coordinates(self.polygons)
        return sum(int(counts[self.members[name]].sum()) for name in editions)

    def shares(self, edition: str) -> pd.DataFrame:
        """Union, then the cells of each of its parts with the share covered."""
        union = shapely.union_all(self.polygons[self.members[edition]])
        parts = geopandas.GeoDataFrame(geometry=shapely.get_parts(union), crs=6668)
        west, south, east, north = JAPAN
        shape = round((north - south) * ROWS), round((east - west) * COLUMNS)
        grid = NumPyRasterSource(
            np.broadcast_to(0.0, shape),
            *(west, south, east, north),
            srs_wkt=parts.crs.to_wkt(),
        )
        found = exact_extract(grid, parts, ["cell_id", "coverage"], output="pandas")
        share = pd.Series(np.concatenate(found["coverage"].to_numpy()))
        share = share.groupby(np.concatenate(found["cell_id"].to_numpy())).sum()
        row, column = np.divmod(share.index.to_numpy().astype(np.int64), shape[1])
        lon, lat = west + (column + 0.5) / COLUMNS, north - (row + 0.5) / ROWS
        code = mesh.encode(lon, lat, "m4")
        return pd.DataFrame({"edition": edition, "mesh4": code, "share": share.array})


def oracle_difference(
    peer: Peer, cells: pd.DataFrame, rng: np.random.Generator
) -> float:
    """Worst difference to plain shapely in the equal-area plane, on edge cells."""
    edges = cells[cells["covered_share"].between(1e-6, 1 - 1e-6)]
    tree, worst = shapely.STRtree(peer.polygons), 0.0
    for row in edges.sample(ORACLE_CELLS, random_state=rng).itertuples():
        cell = mesh.to_polygons(row.mesh4, "m4")
        near = np.intersect1d(tree.query(cell), peer.members[row.edition])
        flat = shapely.transform(peer.polygons[near], to_plane, interleaved=False)
        box = shapely.transform(cell, to_plane, interleaved=False)
        share = shapely.union_all(shapely.intersection(flat, box)).area / box.area
        worst = max(worst, abs(share - row.covered_share))
    return worst


def main(sample: int) -> None:
    """Measure, check, report."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        workspace = prepare(folder)
        cases = ["stations", "modelled", "filed"]  # the last one leaves its tables
        cases = ["land", *cases] if N03.is_file() else cases
        runs = {case: measured(folder, case) for case in cases}
        cells = workspace.read(CELLS)  # of the last run: as filed
        peer = Peer.of(workspace)
    rng = np.random.default_rng(1)
    drawn = rng.choice(sorted(peer.members), sample, replace=False).tolist()
    start = time.perf_counter()
    found = pd.concat([peer.shares(edition) for edition in drawn])
    seconds = time.perf_counter() - start
    everything = peer.vertices(peer.members)
    seconds *= everything / peer.vertices(drawn)
    wanted = cells[cells["edition"].isin(drawn)]
    both = wanted.merge(found, on=["edition", "mesh4"], how="outer").fillna(0.0)
    is_covered = both[["share", "covered_share"]].to_numpy() >= 0.5 - 1e-9
    worst = {name: max(run[name] for run in runs.values()) for name in _LIMITS}
    report(
        "nation_coverage",
        Timing(f"union_all + exactextract, {sample} scaled", seconds, seconds, 1),
        [
            Timing(case, runs[case]["seconds"], runs[case]["seconds"], 1)
            for case in (
                "filed",
                "modelled",
                "land",
            )  # the first does what the peer does
            if case in runs
        ],
        wanted_ratio=1.5,
        checks={
            "editions of filed areas": len(peer.members),
            "vertices, all editions": everything,
            "rows": {case: run["rows"] for case, run in runs.items()},
            "stations on ten days, s": round(runs["stations"]["seconds"], 1),
            "processor time, s": {case: run["cpu_s"] for case, run in runs.items()},
            "peak memory, GiB": {case: run["peak_gib"] for case, run in runs.items()},
            "all under 3 minutes and 4 GiB": all(
                worst[name] < limit for name, limit in _LIMITS.items()
            ),
            "worst difference to shapely in the plane": oracle_difference(
                peer, cells, rng
            ),
            "worst difference to the peer (in degrees)": float(
                (both["share"] - both["covered_share"]).abs().max()
            ),
            "cells on another side of one half than by the peer": int(
                (is_covered[:, 0] != is_covered[:, 1]).sum()
            ),
        },
        packages=["shapely", "exactextract", "numpy", "pyarrow"],
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--stage"]:
        place = Path(sys.argv[2])
        stage(Workspace.at(place / "workspace", place / "releases"), sys.argv[3])
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 4)
