"""Code -> GeoPackage for 1.5 M cells against GeoDataFrame.to_file, default arguments.

Ours starts from int64 codes and makes text and geometry on the way; the peer starts
from a GeoDataFrame whose text codes and polygons are there already. Both files have a
spatial index and are read back and compared.

Run: ``python benchmarks/geopackage_write.py [CELLS]``
"""

import sys
import tempfile
from datetime import date
from pathlib import Path

import geopandas
import numpy as np
import pyarrow as pa
import pyogrio
from _harness import measure, report
from mesh_wkb import cells

from geodata import mesh
from geodata.publish.geopackage import GEOMETRY, Layer, write_geopackage


def has_same_rows(ours: Path, peer: Path) -> bool:
    """Read both files back and compare every column, geometry as bytes."""
    (_, first), (info, second) = pyogrio.read_arrow(ours), pyogrio.read_arrow(peer)
    second = second.rename_columns(
        [GEOMETRY if c == info["geometry_name"] else c for c in second.column_names]
    )
    return first.select(second.column_names).equals(second)


def main(count: int) -> None:
    """Measure, check, report."""
    codes = cells(count)
    number, rate = np.arange(count), np.sqrt(np.arange(count))
    table = pa.table({"mesh4": codes, "number": number, "rate": rate})
    layer = Layer("cells", table, "mesh4", "m4", "500 m", "benchmark", {})
    frame = geopandas.GeoDataFrame(
        {"mesh4": mesh.to_text(codes, "m4"), "number": number, "rate": rate},
        geometry=mesh.to_polygons(codes, "m4"),
        crs=6668,
    )
    with tempfile.TemporaryDirectory() as folder:
        our_file, peer_file = Path(folder) / "ours.gpkg", Path(folder) / "peer.gpkg"

        def write_ours() -> None:
            our_file.unlink(missing_ok=True)
            write_geopackage(
                our_file, [layer], as_of=date(2021, 3, 31), metadata={"k": "v"}
            )

        def write_peer() -> None:
            peer_file.unlink(missing_ok=True)
            frame.to_file(peer_file, layer="cells", driver="GPKG")

        peer, ours = measure(
            {
                "GeoDataFrame.to_file, geometry ready": write_peer,
                "codes -> write_geopackage": write_ours,
            },
            runs=3,
        )
        index = [
            pyogrio.read_info(file)["capabilities"]["fast_spatial_filter"]
            for file in (our_file, peer_file)
        ]
        same = has_same_rows(our_file, peer_file)
    report(
        "geopackage_write",
        peer,
        [ours],
        wanted_ratio=1.5,
        checks={
            "cells": count,
            "read back equal": same,
            "spatial index (ours, peer)": index,
            "gdal": pyogrio.__gdal_version_string__,
        },
        packages=["geopandas", "pyogrio", "pyarrow", "shapely"],
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_500_000)
