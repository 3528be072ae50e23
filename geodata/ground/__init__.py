"""Mesh stage, first half: what the sources say of every cell, before any station.

Land, municipalities, people, designations and the denominator: each from the official
source where the run was given it, else from the tables shipped with the project.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import pandas as pd

from geodata import mesh, reference
from geodata.ground.boundary import AREAS, LISTED, municipalities_on_cells
from geodata.ground.crosswalk import mesh2_municipalities, mesh4_municipalities
from geodata.ground.denominator import Denominator, denominator
from geodata.ground.designated import designated_land
from geodata.ground.municipality import municipality_table
from geodata.ground.people import RASTER, People, people
from geodata.ground.towns import joined_towns
from geodata.placement.cells import mesh2_cells
from geodata.placement.land import land_by_cell, mesh2_land_area
from geodata.placement.places import Boundaries

__all__ = ["GROUND_TABLES", "Ground", "lay_ground"]

GROUND_TABLES = (
    "raw.target_mesh",
    "raw.municipality_area",
    "raw.mesh3_municipality",
    "raw.mesh_population",
    "raw.census_extent",
    "raw.census_gap",
    "raw.future_population",
    "raw.land_use",
    "raw.mesh_raster",
    "raw.disadvantaged_area",
    "raw.disadvantaged_municipality",
    "raw.henchi_cell",
    "raw.town",
    "raw.support_area",
    "raw.fibre_town",
    "raw.fiscal_index",
    "raw.rejected_source_row",
)
"""Tables that :func:`lay_ground` looks at, where the run has them."""

LAND_COVER_SOURCE = "land_cover_raster"


@dataclass(frozen=True)
class Ground:
    """What the sources say of every cell.

    Attributes
    ----------
    tables : dict
        ``core`` and ``out`` tables by full name; only those the sources allow.
    boundaries : Boundaries or None
        To locate stations; None without N03.
    denominator : Denominator
        Target meshes and where they come from.
    warnings : list of str
        What whoever reads the release should know.
    """

    tables: dict[str, pd.DataFrame]
    boundaries: Boundaries | None
    denominator: Denominator
    warnings: list[str]

    def noted(self, notes: Mapping[str, Any]) -> dict[str, Any]:
        """Notes of the ingest stage, with the denominator and what is not known."""
        return {
            **notes,
            "denominator_source": self.denominator.source,
            "target_count": len(self.denominator.mesh2),
            "warnings": [*notes["warnings"], *self.warnings],
        }


def lay_ground(
    given: Mapping[str, pd.DataFrame],
    supplied_source: str | None,
    *,
    is_synthetic: bool,
) -> Ground:
    """Bring every source to the grid.

    Parameters
    ----------
    given : mapping
        ``raw`` tables of the run.
    supplied_source : str or None
        ``denominator_source`` of the target list in ``raw.target_mesh``; None where
        the denominator is to be derived.
    is_synthetic : bool
        Any input of the run is synthetic.
    """
    facts = reference.mesh2_facts()
    places = municipalities_on_cells(given)
    cells = places.cells
    land_area = mesh2_land_area(cells, reference.mesh2_prefectures(), places.covered)
    land_at = _land_at(given.get(AREAS))
    residents = people(given, land_at)
    targets = denominator(given, supplied_source, land_area, residents)
    shares, verdicts = designated_land(given, cells)
    municipalities = municipality_table(given, cells)
    tables = {
        "core.municipality_cell": cells,
        "core.mesh2_cell": mesh2_cells(
            facts, targets.mesh2, land_area, residents.by_mesh2, verdicts
        ),
        "out.municipality": municipalities,
        "out.mesh2_municipality": mesh2_municipalities(cells, municipalities),
        "out.mesh2_disadvantaged": shares,
    }
    tables |= _where_known(given, residents, targets)
    if AREAS in given or LISTED in given:
        tables["core.mesh4_municipality"] = mesh4_municipalities(
            cells, land_at("m4") if land_at else None
        )
    if places.differences is not None:
        tables["core.crosswalk_difference"] = places.differences
    for name, table in tables.items():
        if name.startswith("out."):
            tables[name] = _settled(table).assign(is_synthetic=is_synthetic)
    towns, joined = joined_towns(given)
    return Ground(
        tables | towns,
        places.boundaries,
        targets,
        [*targets.warnings, *residents.warnings, *places.notes, *joined],
    )


def _land_at(areas: pd.DataFrame | None) -> Callable[[str], pd.DataFrame] | None:
    """Land by cell and municipality at a level, computed once for all who ask."""
    return None if areas is None else cache(partial(land_by_cell, areas))


def _where_known(
    given: Mapping[str, pd.DataFrame], residents: People, targets: Denominator
) -> dict[str, pd.DataFrame]:
    """Tables that exist only where a source was given."""
    tables = {}
    if residents.by_cell is not None:
        tables["core.mesh_population"] = residents.by_cell
    if targets.conditions is not None:
        tables["out.target_condition"] = targets.conditions
    if "raw.future_population" in given:
        future = _future_population(given["raw.future_population"])
        tables["out.future_population"] = future
    raster = given.get(RASTER)
    if raster is not None and (raster["source"] == LAND_COVER_SOURCE).any():
        tables["out.mesh2_land_cover"] = _land_cover(raster)
    return tables


def _future_population(rows: pd.DataFrame) -> pd.DataFrame:
    """Sums per secondary mesh; null where a prefecture of the cell has no file."""
    cells = rows.rename(columns={"mesh4": "mesh"})
    table = _by_mesh2(cells, "m4", "year", "population")
    pairs = reference.mesh2_prefectures()
    is_absent = ~pairs["pref_code"].isin(rows["city_code"].str[:2].unique())
    is_part = table["mesh2"].isin(pairs.loc[is_absent, "mesh2"])
    return table.assign(population=table["population"].mask(is_part))


def _land_cover(raster: pd.DataFrame) -> pd.DataFrame:
    own = raster[raster["source"] == LAND_COVER_SOURCE].rename(
        columns={"value_class": "land_cover_class", "amount": "area_m2"}
    )
    return _by_mesh2(own, own["level"].iloc[0], "land_cover_class", "area_m2")


def _by_mesh2(rows: pd.DataFrame, level: str, by: str, value: str) -> pd.DataFrame:
    """Sums of `value` per secondary mesh and `by`; only cells with land."""
    mesh2 = mesh.parent(rows["mesh"].to_numpy("int64"), level, "m2")
    sums = rows[value].groupby([pd.Series(mesh2, index=rows.index), rows[by]]).sum()
    table = sums.rename_axis(["mesh2", by]).reset_index()
    return table[table["mesh2"].isin(reference.mesh2_facts()["mesh2"])]


def _settled(table: pd.DataFrame) -> pd.DataFrame:
    """Areas to 0.001 m2 and shares to 1e-12: the last bits differ by processor."""
    decimals = {name: 3 for name in table.columns if name.endswith("_m2")}
    decimals |= {name: 12 for name in table.columns if name.endswith("_share")}
    return table.round(decimals)
