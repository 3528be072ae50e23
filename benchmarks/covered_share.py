"""Covered share of 211,200 cells of 500 m under one union of 30,000 ragged buffers.

Peers: exactextract (cell_id, coverage), and geopandas.overlay on a random sample of
the boundary and inner cells, its time scaled to all cells that the union reaches.

exactextract needs a regular raster: the cells are one in degrees, but not in the
equal-area plane, where rows differ in height. So it works in degrees, with edges
straight in degrees. Ours is timed in the equal-area plane, as the project uses it; its
variant in degrees is timed as well and answers for the comparison with exactextract.
Exact is what GEOS clips, one cell at a time, of sampled boundary cells and of all cells
that anyone puts within 1e-6 of one half.

Run: ``python benchmarks/covered_share.py [SAMPLE]``
"""

import sys
from dataclasses import replace

import geopandas
import numpy as np
import pandas as pd
import shapely
from _buffers import LEVEL, by_cell, cells, clipped, empty_raster, ragged_buffers
from _harness import measure, report
from exactextract import exact_extract

from geodata import mesh
from geodata.mesh.overlay import CellShares, cell_shares

GEODETIC, EQUAL_AREA = 6668, 6933
PACKAGES = ["exactextract", "geopandas", "shapely", "numpy", "pyproj"]


def main(sample: int) -> None:
    """Measure, check, report."""
    union = shapely.union_all(ragged_buffers(30_000))
    area = geopandas.GeoDataFrame(geometry=[union], crs=GEODETIC)
    raster = empty_raster(area.crs.to_wkt())

    def peer() -> pd.DataFrame:
        return exact_extract(raster, area, ["cell_id", "coverage"], output="pandas")

    def ours(plane: str = "equal_area") -> CellShares:
        return cell_shares(np.array([union]), LEVEL, plane=plane)

    theirs, own, in_degrees = measure(
        {
            "exactextract": peer,
            "cell_shares": ours,
            "cell_shares, degrees": lambda: ours("degrees"),
        },
        runs=5,
    )
    codes, found = cells(), peer()
    by_peer = np.zeros(len(codes))
    by_peer[found["cell_id"].iloc[0]] = found["coverage"].iloc[0]
    equal_area, degrees = (
        by_cell(shares.code, shares.share, codes)
        for shares in (ours(), ours("degrees"))
    )
    report(
        "covered_share",
        theirs,
        [own, in_degrees],
        wanted_ratio=6,
        checks={
            "cells": len(codes),
            "vertices of the union": int(shapely.get_num_coordinates(union)),
            **_checks("degrees", union, degrees, codes, sample, by_peer),
            **_checks("equal area", flat(area), equal_area, codes, sample),
        },
        packages=PACKAGES,
    )
    _against_overlay(area, equal_area, codes, sample // 10)


def flat(area: geopandas.GeoDataFrame) -> shapely.Geometry:
    """The union in the equal-area plane."""
    return area.to_crs(EQUAL_AREA).geometry.iloc[0]


def _checks(
    plane: str,
    area: shapely.Geometry,
    share: np.ndarray,
    codes: np.ndarray,
    sample: int,
    by_peer: np.ndarray | None = None,
) -> dict[str, float]:
    """Differences to what GEOS clips, and cells on the wrong side of one half."""
    edge = np.flatnonzero((share > 0) & (share < 1))
    chosen = np.random.default_rng(1).choice(edge, min(sample, len(edge)), False)
    shares = {"ours": share} | ({} if by_peer is None else {"exactextract": by_peer})
    near_half = np.any([np.abs(s - 0.5) < 1e-6 for s in shares.values()], axis=0)
    chosen = np.union1d(chosen, np.flatnonzero(near_half))
    boxes = mesh.bounds(codes[chosen], LEVEL)
    if plane != "degrees":
        corners = geopandas.GeoSeries(shapely.box(*boxes.T), crs=GEODETIC)
        boxes = corners.to_crs(EQUAL_AREA).bounds.to_numpy()
    exact = clipped(area, boxes)
    checks: dict[str, float] = {f"{plane}: cells clipped": len(chosen)}
    for name, values in shares.items():
        off = np.abs(values[chosen] - exact)
        # a share within rounding of one half is on neither side
        is_side = np.abs(exact - 0.5) > 1e-10
        flips = ((values[chosen] >= 0.5) != (exact >= 0.5)) & is_side
        checks[f"{plane}: worst difference of {name}"] = float(off.max())
        checks[f"{plane}: flips at one half of {name}"] = int(flips.sum())
    if by_peer is not None:
        worst = float(np.abs(by_peer - share).max())
        checks[f"{plane}: ours against exactextract, all cells"] = worst
    return checks


def _against_overlay(
    area: geopandas.GeoDataFrame,
    share: np.ndarray,
    codes: np.ndarray,
    sample: int,
) -> None:
    """Time geopandas.overlay on some cells of the union's, and scale it to all."""
    reached = np.flatnonzero(share > 0)
    chosen = np.sort(np.random.default_rng(2).choice(reached, sample, replace=False))
    boxes = geopandas.GeoDataFrame(
        {"cell": chosen}, geometry=mesh.to_polygons(codes[chosen], LEVEL), crs=GEODETIC
    ).to_crs(EQUAL_AREA)
    parts = area.to_crs(EQUAL_AREA).explode(ignore_index=True)

    def overlay() -> geopandas.GeoDataFrame:
        return geopandas.overlay(boxes, parts, how="intersection")

    def ours() -> CellShares:
        return cell_shares(area.geometry.to_numpy(), LEVEL)

    peer, own = measure({"geopandas.overlay": overlay, "cell_shares": ours}, runs=2)
    scale = len(reached) / sample
    cut = overlay()
    by_overlay = cut.geometry.area.groupby(cut["cell"]).sum().reindex(chosen)
    off = by_overlay.to_numpy() / boxes.area.to_numpy() - share[chosen]
    report(
        "covered_share_overlay",
        replace(
            peer,
            name=f"{peer.name}, {sample:,} cells scaled",
            best_s=peer.best_s * scale,
            median_s=peer.median_s * scale,
        ),
        [own],
        wanted_ratio=1_000,
        checks={
            "cells": len(reached),
            "worst difference of a share": float(np.abs(off).max()),
        },
        packages=PACKAGES,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
