"""Union and shares together: ragged buffers that overlap, 211,200 cells of 500 m.

Peer: shapely.union_all, then exactextract (cell_id, coverage) of the union. It works
in degrees, because its raster must be regular (see ``covered_share.py``); ours works in
the equal-area plane. Ours is held against GEOS cell by cell in that plane: the union of
the buffers that meet the cell, cut by the cell, for a sample of boundary cells. Against
the peer all cells are compared too; there the planes differ, by some 1e-5 of a cell.

Memory is taken in a process of its own that does nothing but ours.

Run: ``python benchmarks/union_shares.py [BUFFERS [SAMPLE]]`` (30,000; also 300,000)
"""

import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor

import geopandas
import numpy as np
import pandas as pd
import psutil
import shapely
from _buffers import LEVEL, by_cell, cells, empty_raster, ragged_buffers
from _harness import measure, peak_bytes, report
from exactextract import exact_extract

from geodata import mesh
from geodata.mesh.overlay import CellShares, union_shares

GEODETIC, EQUAL_AREA = 6668, 6933


def main(count: int, sample: int) -> None:
    """Measure, check, report."""
    memory = _memory(count)
    buffers = ragged_buffers(count)
    crs = geopandas.GeoSeries(crs=GEODETIC).crs
    raster = empty_raster(crs.to_wkt())

    last: dict[str | int, pd.DataFrame | CellShares] = {}  # what was measured, to check

    def peer() -> None:
        union = geopandas.GeoDataFrame(geometry=[shapely.union_all(buffers)], crs=crs)
        last["peer"] = exact_extract(
            raster, union, ["cell_id", "coverage"], output="pandas"
        )

    def ours(workers: int) -> None:
        last[workers] = union_shares(buffers, LEVEL, workers=workers)

    theirs, two, one = measure(
        {
            "shapely.union_all + exactextract": peer,
            "union_shares, 2 workers": lambda: ours(2),
            "union_shares, 1 worker": lambda: ours(1),
        },
        runs=3 if count <= 100_000 else 1,
    )
    codes, found, shares, again = cells(), last["peer"], last[2], last[1]
    by_peer = np.zeros(len(codes))
    by_peer[found["cell_id"].iloc[0]] = found["coverage"].iloc[0]
    share = by_cell(shares.code, shares.share, codes)
    exact, chosen = _by_geos(buffers, share, codes, sample)
    report(
        f"union_shares_{count}",
        theirs,
        [two, one],
        wanted_ratio=3,
        checks={
            "buffers": count,
            "vertices": int(shapely.get_num_coordinates(buffers).sum()),
            "cells covered": len(shares.code),
            "boundary cells cut by GEOS": len(chosen),
            "worst difference to GEOS": float(np.abs(share[chosen] - exact).max()),
            "worst difference to the peer in degrees": float(
                np.abs(share - by_peer).max()
            ),
            "1 and 2 workers are the same to the bit": bool(
                (shares.share == again.share).all()
            ),
            **memory,
        },
        packages=["exactextract", "shapely", "numpy", "geopandas"],
    )


def _by_geos(
    buffers: np.ndarray, share: np.ndarray, codes: np.ndarray, sample: int
) -> tuple[np.ndarray, np.ndarray]:
    """Exact shares of some boundary cells, and which cells these are."""
    edge = np.flatnonzero((share > 0) & (share < 1))
    chosen = np.random.default_rng(1).choice(edge, min(sample, len(edge)), False)
    boxes = mesh.to_polygons(codes[chosen], LEVEL)
    boxes, flat = (
        geopandas.GeoSeries(shapes, crs=GEODETIC).to_crs(EQUAL_AREA).to_numpy()
        for shapes in (boxes, buffers)
    )
    tree = shapely.STRtree(flat)
    cut = [
        shapely.intersection(box, shapely.union_all(flat[tree.query(box)]))
        for box in boxes
    ]
    return shapely.area(cut) / shapely.area(boxes), chosen


def _memory(count: int) -> dict[str, int]:
    with ProcessPoolExecutor(
        1, mp_context=multiprocessing.get_context("spawn")
    ) as pool:
        return pool.submit(_peak, count).result()


def _peak(count: int) -> dict[str, int]:
    """Memory of a process before and at most while two workers are at it, in MiB."""
    buffers = ragged_buffers(count)
    before = psutil.Process().memory_info().rss
    union_shares(buffers, LEVEL, workers=2)
    return {
        "memory with the buffers, MiB": before >> 20,
        "peak memory, MiB": peak_bytes() >> 20,
    }


if __name__ == "__main__":
    given = [int(number) for number in sys.argv[1:]]
    main(*(given + [30_000, 2_000][len(given) :]))
