"""Code -> WKB polygons for 1.5 M cells against shapely.box + to_wkb.

Both start from the codes: the peer gets its edges from `bounds`. A second peer starts
from edges that are there already. Ours comes in two forms: one buffer, which Arrow and
the GeoPackage writer take as it is, and an array of Python bytes objects, where most of
the time goes into allocating 1.5 M objects.

Run: ``python benchmarks/mesh_wkb.py [CELLS]``
"""

import sys

import numpy as np
import shapely
from _harness import measure, report

from geodata import mesh


def cells(count: int) -> np.ndarray:
    """Codes of so many 500 m cells, from the south."""
    primaries = list(mesh.PRIMARY_MESHES)[: count // 25_600 + 1]
    return mesh.children(primaries, "m1", "m4").ravel()[:count]


def main(count: int) -> None:
    """Measure, check, report."""
    codes = cells(count)
    edges = mesh.bounds(codes, "m4").T.copy()

    def box_to_wkb() -> np.ndarray:
        return shapely.to_wkb(shapely.box(*mesh.bounds(codes, "m4").T))

    peer, ready, buffer, objects = measure(
        {
            "bounds + shapely.box + to_wkb": box_to_wkb,
            "shapely, edges ready": lambda: shapely.to_wkb(shapely.box(*edges)),
            "geodata.mesh.wkb_bytes (one buffer)": lambda: mesh.wkb_bytes(codes, "m4"),
            "geodata.mesh.to_wkb (bytes objects)": lambda: mesh.to_wkb(codes, "m4"),
        },
        runs=5,
    )
    found, expected = mesh.to_wkb(codes, "m4"), box_to_wkb()
    differing = sum(a != b for a, b in zip(found, expected, strict=True))
    flat = mesh.wkb_bytes(codes, "m4").tobytes() == b"".join(expected)
    report(
        "mesh_wkb",
        peer,
        [buffer, objects, ready],
        wanted_ratio=15,
        checks={
            "cells": codes.size,
            "cells whose bytes differ": differing,
            "buffer has the same bytes": flat,
            "buffer against shapely with edges ready": (
                f"{ready.median_s / buffer.median_s:.1f}x"
            ),
        },
        packages=["numpy", "shapely"],
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_500_000)
