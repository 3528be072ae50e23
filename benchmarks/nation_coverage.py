"""Coverage areas of four carriers on the 500 m cells of the nation, with peak memory.

The built-in scenario's areas (some 5 million vertices, two days, all bands and sub-6)
go through stage 3 in a process of its own: once as filed, all editions and the
combined ones; once more with what is modelled and, where the data folder is beside the
checkout, with boundaries. The peer is shapely.union_all of each edition and
exactextract (cell_id, coverage) on a grid in degrees, by primary mesh: it does a sample
of them, with the polygons decoded and sorted by mesh beforehand, and its time is scaled
by vertices. Its edges are straight in degrees, ours in the equal-area plane, so the two
differ by some 1e-5; exactness is held against shapely in that plane, on cells drawn at
random among those with an edge.

Run: ``python benchmarks/nation_coverage.py [PRIMARY_MESHES]``
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import shapely
from _harness import Timing, report
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
AREAS, BOUNDARIES = "raw.coverage_area", "raw.municipality_area"
CELLS = "core.mesh4_coverage"
TIME_LIMIT_S, MEMORY_LIMIT_GIB = 180, 4.0
ORACLE_CELLS = 300
PER_SIDE = 160  # 500 m cells along either side of a primary mesh


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
    given[AREAS] = workspace.read_arrow(AREAS)
    if case == "land":
        given |= read_administrative_areas([N03]).tables
    tables = areas_on_cells(given, STATES, model_from_stations=case != "filed")
    for name, table in tables.items():
        workspace.write(name, table)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    rows = {name: len(table) for name, table in tables.items()}
    print(json.dumps({"seconds": seconds, "peak_gib": round(peak, 2), "rows": rows}))


def measured(folder: Path, case: str) -> dict:
    """The same in a process of its own."""
    command = [sys.executable, __file__, "--stage", str(folder), case]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


@dataclass(frozen=True)
class Peer:
    """Filed areas by edition and primary mesh, as the peer is given them."""

    polygons: np.ndarray
    members: dict[tuple[str, int], np.ndarray]

    @classmethod
    def of(cls, workspace: Workspace) -> "Peer":
        """Decode all areas and sort them by the primary meshes that they reach."""
        areas = workspace.read_arrow(AREAS)
        forms = workspace.read("core.carrier_filing")
        polygons = shapely.from_wkb(areas["geometry"].to_numpy())
        tree = shapely.STRtree(polygons)
        codes = np.array(mesh.PRIMARY_MESHES)
        inner = shapely.buffer(mesh.to_polygons(codes, "m1"), -1e-6)
        at, row = tree.query(inner)
        editions = coverage_editions(areas, forms, STATES, None)
        members = {}
        for name, content in editions.contents.items():
            for position, code in enumerate(codes.tolist()):
                own = np.intersect1d(row[at == position], content.rows)
                if len(own):
                    members[name, code] = own
        return cls(polygons, members)

    @cached_property
    def vertices(self) -> dict[tuple[str, int], int]:
        """How much there is to do for each edition in each mesh."""
        counts = shapely.get_num_coordinates(self.polygons)
        return {key: int(counts[own].sum()) for key, own in self.members.items()}

    def shares(self, keys: list[tuple[str, int]]) -> list[pd.DataFrame]:
        """Union, then cells with the share that it covers, by edition and mesh."""
        return [self._shares(*key) for key in keys]

    def _shares(self, edition: str, primary: int) -> pd.DataFrame:
        union = shapely.union_all(self.polygons[self.members[edition, primary]])
        west, south, east, north = mesh.bounds(primary, "m1")
        frame = geopandas.GeoDataFrame(geometry=[union], crs=6668)
        grid = NumPyRasterSource(
            np.zeros((PER_SIDE, PER_SIDE)),
            *(west, south, east, north),
            srs_wkt=frame.crs.to_wkt(),
        )
        found = exact_extract(grid, frame, ["cell_id", "coverage"], output="pandas")
        row, column = np.divmod(found["cell_id"][0], PER_SIDE)
        lon = west + (column + 0.5) / PER_SIDE * (east - west)
        lat = north - (row + 0.5) / PER_SIDE * (north - south)
        return pd.DataFrame(
            {
                "edition": edition,
                "mesh4": mesh.encode(lon, lat, "m4"),
                "share": found["coverage"][0],
            }
        )


def oracle_difference(
    peer: Peer, cells: pd.DataFrame, rng: np.random.Generator
) -> float:
    """Worst difference to plain shapely in the equal-area plane, on edge cells."""
    edges = cells[cells["covered_share"].between(1e-6, 1 - 1e-6)]
    chosen = edges.sample(ORACLE_CELLS, random_state=rng)
    worst = 0.0
    for row in chosen.itertuples():
        own = peer.members[row.edition, row.mesh4 // 100_000]
        cell = mesh.to_polygons(row.mesh4, "m4")
        near = own[shapely.intersects(peer.polygons[own], cell)]
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
        cases = ["filed", "modelled", *(["land"] if N03.is_file() else [])]
        runs = {case: measured(folder, case) for case in reversed(cases)}
        cells = workspace.read(CELLS)  # of the last run: as filed
        peer = Peer.of(workspace)
    rng = np.random.default_rng(1)
    meshes = sorted({code for _, code in peer.members})
    drawn = set(rng.choice(meshes, sample, replace=False).tolist())
    keys = [key for key in peer.members if key[1] in drawn]
    start = time.perf_counter()
    found = pd.concat(peer.shares(keys), ignore_index=True)
    seconds = time.perf_counter() - start
    scale = sum(peer.vertices.values()) / sum(peer.vertices[key] for key in keys)
    both = found.merge(cells, on=["edition", "mesh4"], how="left").fillna(
        {"covered_share": 0.0}
    )
    difference = (both["share"] - both["covered_share"]).abs()
    flips = (both["share"] >= 0.5) != (both["covered_share"] >= 0.5 - 1e-9)
    last = runs[cases[-1]]
    report(
        "nation_coverage",
        Timing(
            f"union_all + exactextract, {sample} scaled",
            seconds * scale,
            seconds * scale,
            1,
        ),
        [Timing(case, run["seconds"], run["seconds"], 1) for case, run in
         ((case, runs[case]) for case in cases)],
        wanted_ratio=1.5,
        checks={
            "vertices, all editions": sum(peer.vertices.values()),
            "rows": last["rows"],
            "peak memory, GiB": {case: runs[case]["peak_gib"] for case in cases},
            "all under 3 minutes and 4 GiB": last["seconds"] < TIME_LIMIT_S
            and last["peak_gib"] < MEMORY_LIMIT_GIB,
            "worst difference to shapely in the plane": oracle_difference(
                peer, cells, rng
            ),
            "worst difference to the peer (in degrees)": float(difference.max()),
            "cells on the other side of one half than the peer's": int(flips.sum()),
        },
        packages=["shapely", "exactextract", "numpy", "pyarrow"],
    )  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1:2] == ["--stage"]:
        place = Path(sys.argv[2])
        stage(Workspace.at(place / "workspace", place / "releases"), sys.argv[3])
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 12)
