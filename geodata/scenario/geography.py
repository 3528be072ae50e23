"""Land cells as the generator sees them: aligned arrays over listed 1 km cells."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata import mesh, reference

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_ROWS_PER_DEGREE = 120  # 1 km cells are 30" high
_COLUMNS_PER_DEGREE = 80  # and 45" wide


@dataclass(frozen=True)
class Land:
    """Listed 1 km cells outside the Northern Territories, ascending by code.

    Attributes
    ----------
    mesh3 : int64 array, shape (n,)
        Code of the cell.
    cell : int64 array, shape (n,)
        Position of its secondary mesh in `facts`.
    pref_code : object array, shape (n,)
        Most likely prefecture of the cell.
    is_border : bool array, shape (n,)
        The cell is listed for several prefectures.
    facts : DataFrame
        ``mesh2, pref_code, bureau_code, mesh3_count``, ascending by code.
    """

    mesh3: Ints
    cell: Ints
    pref_code: npt.NDArray[np.object_]
    is_border: Bools
    facts: pd.DataFrame

    @cached_property
    def bounds(self) -> Floats:
        """West, south, east and north edge of each 1 km cell, degrees."""
        return mesh.bounds(self.mesh3, "m3")

    @cached_property
    def row(self) -> Ints:
        """Row of the 1 km grid, counted northwards from the equator."""
        return np.rint(self.bounds[:, 1] * _ROWS_PER_DEGREE).astype(np.int64)

    @cached_property
    def column(self) -> Ints:
        """Column of the 1 km grid, counted eastwards from Greenwich."""
        return np.rint(self.bounds[:, 0] * _COLUMNS_PER_DEGREE).astype(np.int64)

    @cached_property
    def starts(self) -> Ints:
        """Position of each secondary mesh's first 1 km cell; one more at the end."""
        return np.searchsorted(self.cell, np.arange(len(self.facts) + 1))

    @cached_property
    def in_majority_prefecture(self) -> Bools:
        """The 1 km cell is of the prefecture its secondary mesh is counted in."""
        majority = self.facts["pref_code"].to_numpy(object)[self.cell]
        return np.asarray(self.pref_code == majority, dtype=bool)

    def per_mesh2(self, values: Ints) -> Ints:
        """Sum `values` of 1 km cells over each secondary mesh."""
        return np.add.reduceat(values, self.starts[:-1])


def read_land() -> Land:
    """Land cells from the reference tables, without the Northern Territories.

    No carrier plans for the six villages, no census counts them, and domain.md 3.1
    keeps them out of every denominator.
    """
    facts = reference.mesh2_facts().sort_values("mesh2", ignore_index=True)
    facts = facts[~facts["is_northern_territories"]].reset_index(drop=True)
    cells = reference.mesh3_prefecture().sort_values("mesh3", ignore_index=True)
    mesh2 = mesh.parent(cells["mesh3"].to_numpy(np.int64), "m3", "m2")
    cells = cells[np.isin(mesh2, facts["mesh2"].to_numpy(np.int64))]
    mesh3 = cells["mesh3"].to_numpy(np.int64)
    return Land(
        mesh3=mesh3,
        cell=np.searchsorted(
            facts["mesh2"].to_numpy(np.int64), mesh.parent(mesh3, "m3", "m2")
        ),
        pref_code=cells["pref_code"].to_numpy(object),
        is_border=cells["is_border_cell"].to_numpy(bool),
        facts=facts[["mesh2", "pref_code", "bureau_code", "mesh3_count"]],
    )
