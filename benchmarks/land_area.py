"""Land area of every listed 1 km cell from N03 polygons against geopandas.overlay.

Ours computes all cells; the peer a random sample of them (with the polygons indexed in
the equal-area plane beforehand), and its time is scaled to all. The areas of the sample
are compared in the same run.

Run: ``python benchmarks/land_area.py [SAMPLE]`` (needs ``../shared``)
"""

import sys
from dataclasses import replace

import geopandas
import numpy as np
from _harness import measure, report
from _land import municipalities

from geodata import mesh, reference
from geodata.mesh.overlay import cell_shares

EQUAL_AREA = 6933


def main(sample: int) -> None:
    """Measure, check, report."""
    areas = municipalities()
    polygons = areas.geometry.to_numpy()
    land = np.unique(reference.mesh3_municipalities()["mesh3"].to_numpy())
    chosen = np.sort(np.random.default_rng(1).choice(land, sample, replace=False))
    flat = areas.to_crs(EQUAL_AREA)
    cells = geopandas.GeoDataFrame(
        {"mesh3": chosen}, geometry=mesh.to_polygons(chosen, "m3"), crs=areas.crs
    ).to_crs(EQUAL_AREA)

    def ours() -> tuple[np.ndarray, np.ndarray]:
        shares = cell_shares(polygons, "m3")
        return shares.code, shares.share * mesh.area_m2(shares.code, "m3")

    def overlay() -> geopandas.GeoDataFrame:
        return geopandas.overlay(cells, flat, how="intersection", keep_geom_type=False)

    peer, own = measure({"geopandas.overlay": overlay, "cell_shares": ours}, runs=3)
    scale = len(land) / sample
    peer = replace(
        peer,
        name=f"{peer.name}, {sample:,} cells scaled",
        best_s=peer.best_s * scale,
        median_s=peer.median_s * scale,
    )
    cut = overlay()
    wanted = cut.geometry.area.groupby(cut["mesh3"]).sum().reindex(chosen).fillna(0)
    code, area = ours()
    found = np.bincount(np.searchsorted(chosen, code).clip(max=sample - 1),
                        area * np.isin(code, chosen), minlength=sample)  # fmt: skip
    worst = np.abs(found - wanted.to_numpy()) / mesh.area_m2(chosen, "m3")
    report(
        "land_area",
        peer,
        [own],
        wanted_ratio=50,
        checks={
            "cells": len(land),
            "worst difference of a share": float(worst.max()),
            "land, km2": round(float(area.sum() / 1e6), 6),
            "land by projected polygons, km2": round(float(flat.area.sum() / 1e6), 6),
        },
        packages=["geopandas", "shapely", "numpy", "pyproj"],
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
