"""``coverage.parquet`` (domain.md 4.5) of one carrier: a GeoParquet of its areas."""

from pathlib import Path

import geopandas as gpd
import pandas as pd

from geodata.datum import JGD2011_EPSG
from geodata.scenario.area_shapes import area_polygons
from geodata.scenario.areas import CarrierLayers, Layer
from geodata.scenario.half_cells import HalfCells


def write_coverage(
    path: Path, carrier: str, areas: CarrierLayers, cells: HalfCells
) -> int:
    """Write one carrier's areas: a feature per day, band class and primary mesh.

    Parameters
    ----------
    path : Path
        File to write.
    carrier : str
        Carrier id.
    areas : CarrierLayers
        Its areas as sets of cells.
    cells : HalfCells
        The 500 m cells.

    Returns
    -------
    int
        Number of features.
    """
    features = pd.concat(
        [_features(carrier, layer, cells, areas.seed) for layer in areas.layers],
        ignore_index=True,
    )
    features.to_parquet(path, index=False, compression="zstd")
    return len(features)


def _features(
    carrier: str, layer: Layer, cells: HalfCells, seed: int
) -> gpd.GeoDataFrame:
    polygons = area_polygons(cells, layer.chosen, seed)
    columns = {
        "carrier": carrier,
        "band_class": layer.band_class,
        "as_of": layer.as_of,
        "outdoor": True,
    }
    return gpd.GeoDataFrame(
        columns, geometry=polygons, crs=JGD2011_EPSG, index=range(len(polygons))
    )
