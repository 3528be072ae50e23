"""Municipality of 210,000 points against geopandas.sjoin, N03 of the whole country.

Ours has the 1 km crosswalk of the same polygons in place (its building is timed apart)
and tests exactly only where an edge passes; where source polygons overlap, or a point
lies on a border, the smaller code wins in both. Answers are compared in the same run.

Run: ``python benchmarks/municipality_of_points.py [POINTS]`` (needs ``../shared``)
"""

import sys
import time

import geopandas
import numpy as np
from _harness import measure, report
from _land import municipalities, random_points

from geodata import mesh, reference
from geodata.placement.locate import NOWHERE, PolygonLocator


def main(count: int) -> None:
    """Measure, check, report."""
    areas = municipalities()
    land = np.unique(reference.mesh3_municipalities()["mesh3"].to_numpy())
    lon, lat = random_points(land, mesh.bounds(land, "m3"), count, seed=1)
    points = geopandas.GeoDataFrame(
        geometry=geopandas.points_from_xy(lon, lat), crs=areas.crs
    )
    start = time.perf_counter()
    locator = PolygonLocator.of(areas.geometry.to_numpy())
    build_s = time.perf_counter() - start

    def join() -> geopandas.GeoDataFrame:
        return points.sjoin(areas, how="left", predicate="intersects")

    peer, ours = measure(
        {
            "geopandas.sjoin (points ready)": join,
            "PolygonLocator.locate": lambda: locator.locate(lon, lat),
        },
        runs=7,
    )
    joined = join()["index_right"].groupby(level=0).min().fillna(NOWHERE)
    found = locator.locate(lon, lat)
    report(
        "municipality_of_points",
        peer,
        [ours],
        wanted_ratio=3,
        checks={
            "points": count,
            "municipalities": len(areas),
            "different answers": int((found != joined.to_numpy()).sum()),
            "at sea (simplified coast)": int((found == NOWHERE).sum()),
            "crosswalk built once, seconds": round(build_s, 3),
        },
        packages=["geopandas", "shapely", "numpy"],
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 210_000)
