"""A 100 m coverage raster as exact shares of 211,200 cells of 500 m in Kanto.

Ours is the way of a filing: bytes of a GeoTIFF, pieces of pixels as areas, their union
on cells. Peer: ``rasterstats.zonal_stats`` (mean) of the array in memory, for a sample
of the cells, its time scaled to all. Pixels are a fifth of a cell wide, so that both
can be held against block means of the array, weighted by the height of each row of
pixels in EPSG:6933. The peer takes all pixels of a cell as equal.

A national raster (28,000 x 30,000 pixels in tiles, on disk some MB) is then read in a
process of its own, for its memory.

Run: ``python benchmarks/coverage_raster.py [SAMPLE [BUFFERS]]`` (2,000; 10,000)
"""

import multiprocessing
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pyproj
import rasterio
import shapely
from _buffers import COLUMNS, LEVEL, NORTH, ROWS, WEST, by_cell, cells, ragged_buffers
from _harness import measure, peak_bytes, report
from affine import Affine
from rasterio.features import rasterize
from rasterio.io import MemoryFile
from rasterio.windows import Window
from rasterstats import zonal_stats

from geodata import mesh
from geodata.filings import Limits
from geodata.filings.areas.coverage_file import Features, read_features
from geodata.filings.areas.coverage_geometry import areas_of
from geodata.filings.findings import FindingLog
from geodata.mesh.overlay import CellShares, union_shares

PER_CELL = 5
PIXEL_LON, PIXEL_LAT = 1 / 160 / PER_CELL, 1 / 240 / PER_CELL
KANTO = Affine(PIXEL_LON, 0, WEST, 0, -PIXEL_LAT, NORTH)
NATION = Affine(PIXEL_LON, 0, 121, 0, -PIXEL_LAT, 46)
WIDTH, HEIGHT, PRIMARY = 28_000, 30_000, 160 * PER_CELL
TAGS = {
    "carrier": "docomo",
    "band_class": "all",
    "as_of": "2024-03-31",
    "outdoor": "true",
}
STORED = {
    "driver": "GTiff",
    "count": 1,
    "dtype": "uint8",
    "crs": "EPSG:6668",
    "nodata": 255,
    "tiled": True,
    "blockxsize": 512,
    "blockysize": 512,
    "compress": "deflate",
}


def main(sample: int, count: int) -> None:
    """Measure, check, report."""
    covered = pattern(count)
    content = geotiff(covered)
    codes = cells()
    chosen = np.sort(np.random.default_rng(1).choice(len(codes), sample, False))
    zones = list(mesh.to_polygons(codes[chosen], LEVEL))

    def ours() -> CellShares:
        return shares_of(features_of(content))

    def peer() -> list[dict[str, float]]:
        return zonal_stats(zones, covered, affine=KANTO, nodata=255, stats=["mean"])

    theirs, own, reading = measure(
        {
            "rasterstats.zonal_stats": peer,
            "GeoTIFF, areas, union_shares": ours,
            "of these, GeoTIFF to areas": lambda: features_of(content),
        },
        runs=3,
    )
    scale = len(codes) / sample
    theirs = replace(
        theirs,
        name=f"{theirs.name}, {sample:,} scaled",
        best_s=theirs.best_s * scale,
        median_s=theirs.median_s * scale,
    )
    exact, found = block_means(covered), ours()
    share = by_cell(found.code, found.share, codes)
    mean = np.array([zone["mean"] for zone in peer()])
    areas = areas_of(*_wkb_and_crs(features_of(content))).geometry
    report(
        "coverage_raster",
        theirs,
        [own, reading],
        wanted_ratio=10,
        checks={
            "pixels": covered.size,
            "share of them covered": round(float(covered.mean()), 3),
            "vertices of the areas": int(shapely.get_num_coordinates(areas).sum()),
            "cells covered in part": int(((exact > 0) & (exact < 1)).sum()),
            "worst difference to block means": float(np.abs(share - exact).max()),
            "worst difference of the peer": float(np.abs(mean - exact[chosen]).max()),
            **national_memory(covered),
        },
        packages=["rasterio", "rasterstats", "shapely", "numpy"],
    )


def pattern(count: int) -> np.ndarray:
    """Pixels over Kanto, 1 where a ragged buffer covers their centre."""
    shape = ROWS * PER_CELL, COLUMNS * PER_CELL
    buffers = list(ragged_buffers(count))
    return rasterize(buffers, out_shape=shape, transform=KANTO, dtype="uint8")


def geotiff(covered: np.ndarray) -> bytes:
    """The pattern as a filed raster."""
    height, width = covered.shape
    with MemoryFile() as memory:
        place = {"width": width, "height": height, "transform": KANTO}
        with memory.open(**STORED, **place) as target:
            target.write(covered, 1)
            target.update_tags(**TAGS)
        return bytes(memory.getbuffer())


def features_of(content: bytes) -> Features:
    """Areas of a raster, read as a filing is."""
    log = FindingLog()
    features = read_features("coverage.tif", content, log, Limits())
    if features is None:
        sys.exit(f"the raster was refused: {', '.join(log.fatal)}")
    return features


def shares_of(features: Features) -> CellShares:
    """Share of each cell that the areas cover."""
    return union_shares(areas_of(*_wkb_and_crs(features)).geometry, LEVEL, workers=2)


def _wkb_and_crs(features: Features) -> tuple:
    return features.wkb, features.crs


def block_means(covered: np.ndarray) -> np.ndarray:
    """Exact share of each cell: its pixels, weighted by the height of their row."""
    flat = pyproj.Transformer.from_crs(6668, 6933, always_xy=True)
    edges = NORTH - PIXEL_LAT * np.arange(ROWS * PER_CELL + 1)
    _, y = flat.transform(np.full(len(edges), WEST), edges)
    height = (y[:-1] - y[1:]).reshape(ROWS, PER_CELL)
    weight = height / height.sum(axis=1)[:, None]
    blocks = covered.reshape(ROWS, PER_CELL, COLUMNS, PER_CELL).mean(axis=3)
    return np.einsum("rp,rpc->rc", weight, blocks).ravel()


def national_memory(covered: np.ndarray) -> dict[str, object]:
    """Write a national raster, and read it in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "coverage.tif"
        write_nation(path, covered)
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=spawn) as pool:
            return pool.submit(_read_nation, path).result()


def write_nation(path: Path, covered: np.ndarray) -> None:
    """The pattern again and again over the primary meshes, window by window."""
    place = {"width": WIDTH, "height": HEIGHT, "transform": NATION}
    corners = mesh.bounds(np.array(mesh.PRIMARY_MESHES), "m1")
    with rasterio.open(path, "w", **STORED, **place) as target:
        target.update_tags(**TAGS)
        for west, _, _, north in corners:
            left = round((west - NATION.c) / PIXEL_LON)
            top = round((NATION.f - north) / PIXEL_LAT)
            rows = (top + np.arange(PRIMARY)) % covered.shape[0]
            columns = (left + np.arange(PRIMARY)) % covered.shape[1]
            is_inside = left >= 0 and left + PRIMARY <= WIDTH
            if is_inside and top + PRIMARY <= HEIGHT:
                window = Window(left, top, PRIMARY, PRIMARY)
                target.write(covered[np.ix_(rows, columns)], 1, window=window)


def _read_nation(path: Path) -> dict[str, object]:
    """Seconds and memory of reading a raster, and of all that follows."""
    content = path.read_bytes()
    before = psutil.Process().memory_info().rss
    start = time.perf_counter()
    features = features_of(content)
    read_s, peak = time.perf_counter() - start, peak_bytes()
    found = shares_of(features)
    return {
        "national raster, pixels": WIDTH * HEIGHT,
        "national raster, MB on disk": round(len(content) / 1e6, 1),
        "national raster, areas": len(features.wkb),
        "national raster, MB of areas": round(features.wkb.nbytes / 1e6, 1),
        "national raster, s to areas": round(read_s, 1),
        "national raster, MiB more at most while read": (peak - before) >> 20,
        "national raster, s to shares": round(time.perf_counter() - start, 1),
        "national raster, MiB more at most in all": (peak_bytes() - before) >> 20,
        "national raster, cells covered": len(found.code),
    }


if __name__ == "__main__":
    given = [int(number) for number in sys.argv[1:]]
    main(*(given + [2_000, 10_000][len(given) :]))
