"""Real municipalities for the benchmarks: N03 of the data folder, as a run has them."""

import sys
from pathlib import Path

import geopandas
import numpy as np
import shapely

from geodata.readers.administrative_areas import read_administrative_areas

SHARED = Path(__file__).resolve().parents[2] / "shared"
N03 = SHARED / "data/admin_n03_2021/n03_2021_municipalities_s0010.parquet"


def municipalities() -> geopandas.GeoDataFrame:
    """Every municipality of N03 2021 (simplified to 1 %), in code order.

    Ends with a message where the data folder is not beside the checkout.
    """
    if not N03.is_file():
        sys.exit("needs the data folder ../shared beside the checkout")
    table = read_administrative_areas([N03]).tables["raw.municipality_area"]
    table = table.sort_values("city_code", na_position="last", ignore_index=True)
    polygons = shapely.from_wkb(table["geometry"].to_numpy())
    return geopandas.GeoDataFrame(
        {"city_code": table["city_code"]}, geometry=polygons, crs=6668
    )


def random_points(
    cells: np.ndarray, bounds: np.ndarray, count: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Points uniform within cells drawn at random from `cells`."""
    rng = np.random.default_rng(seed)
    at = rng.integers(len(cells), size=count)
    edges, u = bounds[at], rng.random((2, count))
    lon = edges[:, 0] + u[0] * (edges[:, 2] - edges[:, 0])
    return lon, edges[:, 1] + u[1] * (edges[:, 3] - edges[:, 1])
