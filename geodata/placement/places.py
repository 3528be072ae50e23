"""Prefecture and municipality of points: by boundary where given, else by 1 km cell."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import mesh
from geodata.placement.locate import NOWHERE, PolygonLocator
from geodata.placement.nearest import nearest_cell

BY_BOUNDARY = "boundary"
BY_SIMPLIFIED_BOUNDARY = "boundary_simplified"
BY_CELL = "cell"


@dataclass(frozen=True)
class Boundaries:
    """Municipal boundaries (N03), ready to locate points.

    Attributes
    ----------
    areas : DataFrame
        ``pref_code``, ``city_code`` (null: unassigned land), in code order, so that a
        point on a border belongs to the smaller code.
    locator : PolygonLocator
        Their polygons in the same order.
    is_simplified : bool
        Borders are off by some hundred metres or more.
    listed : DataFrame
        ``mesh3``, ``pref_code``: prefectures that a list of mesh codes by
        municipality names in each cell, between which simplified borders decide.
    """

    areas: pd.DataFrame
    locator: PolygonLocator
    is_simplified: bool
    listed: pd.DataFrame

    @classmethod
    def of(
        cls, areas: pd.DataFrame, *, is_simplified: bool, listed: pd.DataFrame
    ) -> Self:
        """Lay the polygons of ``raw.municipality_area`` over the grid.

        Parameters
        ----------
        areas : DataFrame
            ``pref_code``, ``city_code``, ``geometry`` as WKB. Not modified.
        is_simplified : bool
            See the attribute.
        listed : DataFrame
            ``mesh3``, ``city_code`` of the list; see the attribute.
        """
        ordered = areas.sort_values(
            ["city_code", "pref_code"], na_position="last", ignore_index=True
        )
        polygons = shapely.from_wkb(ordered["geometry"].to_numpy())
        return cls(
            ordered[["pref_code", "city_code"]],
            PolygonLocator.of(polygons),
            is_simplified,
            pd.DataFrame(
                {"mesh3": listed["mesh3"], "pref_code": listed["city_code"].str[:2]}
            ),
        )


def place_points(
    lon: npt.NDArray[np.float64],
    lat: npt.NDArray[np.float64],
    mesh3_prefecture: pd.DataFrame,
    municipality_cells: pd.DataFrame,
    boundaries: Boundaries | None,
) -> pd.DataFrame:
    """Prefecture and municipality of each point.

    Parameters
    ----------
    lon, lat : float64 arrays, shape (n,)
        Degrees, JGD2011.
    mesh3_prefecture : DataFrame
        ``mesh3`` (int64, sorted, unique), ``pref_code``, ``is_border_cell``: the
        most likely prefecture of every listed 1 km cell.
    municipality_cells : DataFrame
        ``mesh3``, ``city_code`` (null: unassigned land): what each cell holds.
    boundaries : Boundaries, optional
        Polygons; may hold some prefectures only.

    Returns
    -------
    DataFrame, shape (n, 4)
        ``pref_code``; ``city_code``, null where the cell has several municipalities
        and no boundary decides; ``is_border_cell``: the prefecture is only likely;
        ``place_source``: ``boundary``, ``boundary_simplified`` or ``cell``.

    Notes
    -----
    A simplified boundary decides only between prefectures that the official list names
    in the cell, and leaves ``is_border_cell`` as it is. A point off all boundaries
    (an islet, a quay, a simplified coast) is placed by its cell; a cell that is not
    listed as land takes the nearest listed one's prefecture. (Project decisions;
    domain.md 3.2.)
    """
    mesh3 = np.asarray(mesh.encode(lon, lat, "m3"))
    found = _by_cell(mesh3, mesh3_prefecture)
    only = _only_municipality(mesh3, municipality_cells)
    found["city_code"] = only.where(only.str[:2] == found["pref_code"])
    found["place_source"] = BY_CELL
    if boundaries is None:
        return found
    at = boundaries.locator.locate(lon, lat)
    is_held = at != NOWHERE
    held = boundaries.areas.take(at.clip(min=0)).reset_index(drop=True)
    if boundaries.is_simplified:
        is_held &= _is_listed(mesh3, held["pref_code"], boundaries.listed, found)
    found.loc[is_held, "pref_code"] = held["pref_code"]
    found.loc[is_held, "city_code"] = held["city_code"]
    name = BY_SIMPLIFIED_BOUNDARY if boundaries.is_simplified else BY_BOUNDARY
    found.loc[is_held, "place_source"] = name
    if not boundaries.is_simplified:
        found.loc[is_held, "is_border_cell"] = False
    return found


def _by_cell(mesh3: np.ndarray, listed: pd.DataFrame) -> pd.DataFrame:
    """Prefecture of each cell; an unlisted cell takes the nearest listed one's."""
    cells = listed["mesh3"].to_numpy()
    at = nearest_cell(mesh3, cells)
    found = listed.iloc[at][["pref_code", "is_border_cell"]].reset_index(drop=True)
    found["is_border_cell"] |= cells[at] != mesh3
    return found


def _only_municipality(mesh3: np.ndarray, cells: pd.DataFrame) -> pd.Series:
    """The municipality of cells that hold just one; null for the others."""
    alone = cells.loc[~cells["mesh3"].duplicated(keep=False)].set_index("mesh3")
    return pd.Series(mesh3).map(alone["city_code"]).astype("str")


def _is_listed(
    mesh3: np.ndarray, pref_code: pd.Series, cells: pd.DataFrame, found: pd.DataFrame
) -> np.ndarray:
    """Whether the prefecture is the cell's likely one, or another one in the cell."""
    pairs = pd.MultiIndex.from_arrays([cells["mesh3"], cells["pref_code"]]).unique()
    asked = pd.MultiIndex.from_arrays([mesh3, pref_code])
    return np.asarray(asked.isin(pairs)) | (pref_code == found["pref_code"]).to_numpy()
