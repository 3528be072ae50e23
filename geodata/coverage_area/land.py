"""Land of every 500 m cell by municipality, ready to be met with coverage areas."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import shapely

from geodata import mesh, reference
from geodata.coverage_area.content import Integers, distinct
from geodata.coverage_area.on_cells import LEAST_SHARE, LEVEL, CellValues
from geodata.mesh.overlay import cell_shares

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Land:
    """Parts of cells that are land of one municipality, by cell and municipality.

    Attributes
    ----------
    names : DataFrame
        ``pref_code``, ``city_code`` (null: unassigned land, last) of each
        municipality, in code order: an owner's number is its position.
    parts : array of shapely Polygon
        Land of the municipalities in single pieces; none without boundaries.
    part_owner : int64 array
        Whose piece it is.
    code, owner : int64 arrays, shape (n,)
        Cell and municipality, ascending.
    share : float64 array, shape (n,)
        Land of the municipality / area of the cell.
    unknown : int64 array
        1 km cells listed as land in a prefecture without boundaries, ascending.
    """

    names: pd.DataFrame
    parts: npt.NDArray[np.object_]
    part_owner: Integers
    code: Integers
    owner: Integers
    share: Floats
    unknown: Integers

    @classmethod
    def of(cls, areas: pd.DataFrame | None) -> "Land":
        """Lay boundaries over the grid.

        Parameters
        ----------
        areas : DataFrame or None
            Rows of ``raw.municipality_area``, of all prefectures or some; None without
            boundaries. Those of :func:`left_out` are passed over. Not modified.
        """
        if areas is None:
            areas = pd.DataFrame({name: [] for name in _COLUMNS}, dtype="str")
        known = set(areas["pref_code"])
        areas = areas[~areas["city_code"].isin(left_out())]
        ordered = areas.sort_values(["pref_code", "city_code"], ignore_index=True)
        polygons = shapely.from_wkb(ordered["geometry"].to_numpy(object))
        shares = cell_shares(polygons, LEVEL)
        is_land = shares.share > LEAST_SHARE
        code, owner = shares.code[is_land], shares.polygon[is_land]
        order = np.lexsort((owner, code))
        parts, part_owner = shapely.get_parts(polygons, return_index=True)
        return cls(
            ordered[["pref_code", "city_code"]],
            parts,
            part_owner.astype(np.int64),
            code[order],
            owner[order],
            shares.share[is_land][order].clip(0, 1),
            _listed_without(known),
        )

    def is_unknown(self, code: Integers) -> Booleans:
        """Whether cells may hold land of a prefecture without boundaries."""
        mesh3 = mesh.parent(code, LEVEL, "m3")
        at = np.searchsorted(self.unknown, mesh3)
        return np.append(self.unknown, -1)[at] == mesh3

    def share_of(self, code: Integers) -> Floats:
        """Part of each cell that is land, 0 to 1; all of it where that is unknown.

        Parameters
        ----------
        code : int64 array, shape (n,)
            Cells, ascending.
        """
        return np.where(self.is_unknown(code), 1.0, self._of_cells.at(code))

    @cached_property
    def _of_cells(self) -> CellValues:
        """Land of all municipalities / area of the cell."""
        sums = CellValues.sums(self.code, self.share)
        return CellValues(sums.code, sums.value.clip(0, 1))

    def columns(self, owner: Integers) -> tuple[pa.Array, pa.Array]:
        """Prefecture and municipality code of owners."""
        at = pa.array(owner)
        return tuple(  # type: ignore[return-value]
            pa.array(self.names[name], pa.string(), from_pandas=True).take(at)
            for name in ("pref_code", "city_code")
        )


def left_out() -> list[str]:
    """Municipalities in no denominator: the Northern Territories (domain.md 9)."""
    listed = reference.municipalities()
    return list(listed.loc[listed["is_northern_territories"], "city_code"])


_COLUMNS = ("pref_code", "city_code", "geometry")


def _listed_without(covered: set[str]) -> Integers:
    """1 km cells listed in a prefecture that is not among `covered`."""
    listed = reference.mesh3_municipalities()
    prefectures = listed["city_code"].str[:2]
    lacking = listed.loc[~prefectures.isin(covered), "mesh3"]
    return distinct(lacking.to_numpy("int64"))
