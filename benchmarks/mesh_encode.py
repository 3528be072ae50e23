"""Encode 10 M points to 500 m codes, one thread, against jismesh.

Also counts wrong cells on every edge of every level, for us and for jismesh, and
checks code -> corner -> code for every cell of some primary meshes. The right cell of
an edge is known without arithmetic on floats: it is the row or column the edge opens.

Run: ``python benchmarks/mesh_encode.py [POINTS]``
"""

import sys

import jismesh.utils as jismesh
import numpy as np
from _harness import measure, report

from geodata import mesh

UAS_PER_DEGREE = 3_600_000_000
JISMESH_LEVELS = {
    "m1": 1,
    "m2": 2,
    "m5k": 5000,
    "m2k": 2000,
    "m3": 3,
    "m4": 4,
    "m5": 5,
    "m6": 6,
}
PRIMARIES = [3036, 5235, 5339, 6848]


def edges(level: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give points on every south and every west edge of the grid, and their codes.

    The codes come from neighbouring cells by whole numbers: a point in the middle of
    the row or column, where no method errs, names the cell.
    """
    grid = mesh.LEVELS[level]
    row, column = np.arange(grid.rows), np.arange(grid.columns)
    south, west = row * grid.lat_uas, column * grid.lon_uas + 100 * UAS_PER_DEGREE
    middle_lat, middle_lon = south + grid.lat_uas // 2, west + grid.lon_uas // 2
    lon_of_rows = np.full(grid.rows, middle_lon[grid.columns * 39 // 100])
    lat_of_columns = np.full(grid.columns, middle_lat[grid.rows * 53 // 100])
    lon = np.concatenate([lon_of_rows, west]) / UAS_PER_DEGREE
    lat = np.concatenate([south, lat_of_columns]) / UAS_PER_DEGREE
    inner_lon = np.concatenate([lon_of_rows, middle_lon]) / UAS_PER_DEGREE
    inner_lat = np.concatenate([middle_lat, lat_of_columns]) / UAS_PER_DEGREE
    return lon, lat, mesh.encode(inner_lon, inner_lat, level)


def wrong_on_edges() -> dict[str, str]:
    """Count wrong cells by level: ours of all, jismesh's of those over Japan."""
    counts = {}
    for level in mesh.LEVELS:
        lon, lat, expected = edges(level)
        ours = int((mesh.encode(lon, lat, level) != expected).sum())
        text = f"ours {ours:,} of {lon.size:,}"
        if level in JISMESH_LEVELS:
            japan = (lon >= 122) & (lon < 154) & (lat >= 20) & (lat < 46)
            found = jismesh.to_meshcode(lat[japan], lon[japan], JISMESH_LEVELS[level])
            wrong = int((found != expected[japan]).sum())
            text += f", jismesh {wrong:,} of {int(japan.sum()):,} over Japan"
        counts[f"wrong on edges, {level}"] = text
    return counts


def on_an_edge(lon: np.ndarray, lat: np.ndarray, level: str) -> np.ndarray:
    """Tell which points lie on an edge once rounded to micro-arc-seconds."""
    x = np.rint(lon * UAS_PER_DEGREE).astype(np.int64)
    y = np.rint(lat * UAS_PER_DEGREE).astype(np.int64)
    grid = mesh.LEVELS[level]
    return (x % grid.lon_uas == 0) | (y % grid.lat_uas == 0)


def broken_round_trips() -> int:
    """Count cells of `PRIMARIES` that code -> corner -> code does not give back."""
    broken = 0
    for level in mesh.LEVELS:
        codes = mesh.children(PRIMARIES, "m1", level).ravel()
        broken += int((mesh.encode(*mesh.decode(codes, level), level) != codes).sum())
    return broken


def main(points: int) -> None:
    """Measure, check, report."""
    rng = np.random.default_rng(410)
    lon, lat = rng.uniform(122, 154, points), rng.uniform(20, 46, points)
    peer, ours = measure(
        {
            "jismesh to_meshcode": lambda: jismesh.to_meshcode(lat, lon, 4),
            "geodata.mesh.encode": lambda: mesh.encode(lon, lat, "m4"),
        },
        runs=5,
    )
    differing = mesh.encode(lon, lat, "m4") != jismesh.to_meshcode(lat, lon, 4)
    snapped = on_an_edge(lon[differing], lat[differing], "m4")
    checks = {
        "points": points,
        "random points that differ from jismesh": int(differing.sum()),
        "... of these within 0.03 mm of an edge (snapped)": int(snapped.sum()),
        "code -> corner -> code broken": broken_round_trips(),
        **wrong_on_edges(),
    }
    report(
        "mesh_encode",
        peer,
        [ours],
        wanted_ratio=60,
        checks=checks,
        packages=["numpy", "jismesh"],
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000)
