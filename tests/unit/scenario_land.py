"""Small countries for the tests of the scenario."""

import numpy as np
import pandas as pd

from geodata.scenario.geography import Land

WEST, EAST = 53394500, 53394600


def land_of(mesh3):
    """Land of the 1 km cells given, ascending, all of prefecture 13."""
    mesh3 = np.asarray(mesh3, np.int64)
    mesh2, cell, count = np.unique(
        mesh3 // 100, return_inverse=True, return_counts=True
    )
    return Land(
        mesh3=mesh3,
        cell=cell,
        pref_code=np.full(len(mesh3), "13", object),
        is_border=np.zeros(len(mesh3), bool),
        facts=pd.DataFrame(
            {
                "mesh2": mesh2,
                "pref_code": "13",
                "bureau_code": "kanto",
                "mesh3_count": count,
            }
        ),
    )


def two_meshes():
    """All 200 cells of two secondary meshes."""
    return land_of([first + n for first in (WEST, EAST) for n in range(100)])


def primary_mesh(code=5339):
    """All 6,400 cells of a primary mesh."""
    secondary = [
        100 * code + 10 * north + east for north in range(8) for east in range(8)
    ]
    return land_of([100 * mesh2 + n for mesh2 in secondary for n in range(100)])
