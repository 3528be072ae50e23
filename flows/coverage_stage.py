"""Stages 3 and 4 for coverage areas: areas on cells, and the figures from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa

from coverage.area import area_coverage
from coverage.covered_population import (
    CoverageTables,
    CoveredPopulation,
    covered_population,
)
from coverage.covering_carriers import covering_carriers
from coverage.labels import RunLabels, State
from coverage.mesh4_layer import mesh4_layer
from coverage.municipality import MunicipalityTables, municipality_coverage
from coverage.options import CoverageOptions
from coverage.population import population_coverage
from coverage.sub6 import Sub6Tables, sub6_goal, sub6_rate
from flows.source_stage import read_if_there
from geodata import reference
from geodata.coverage_area import areas_on_cells, land_by_municipality
from geodata.ground.people import EXTENT, GAP, census_prefectures, newest_census
from geodata.placement.high_traffic import (
    DERIVED_SOURCE,
    derived_high_traffic,
    high_traffic_prefectures,
)
from geodata.placement.mesh_population import NATION
from geodata.store import Workspace

_HIGH_TRAFFIC = "high_traffic_meshes"
_CENSUS = "census_mesh"
_OF_AREAS = ("core.carrier_filing", "core.station", "raw.station")
_AREAS_IF_THERE = ("raw.municipality_area",)

Tables = dict[str, pd.DataFrame | pa.Table]


def areas_by_cell(
    workspace: Workspace,
    states: Sequence[State],
    *,
    model_areas: bool,
    workers: int,
) -> Tables:
    """Stage 3: which areas stand for whom on which day, and what they cover."""
    names = [*_OF_AREAS, *(name for name in _AREAS_IF_THERE if workspace.has(name))]
    given: Tables = {name: workspace.read(name) for name in names}
    if workspace.has("raw.coverage_area"):
        given["raw.coverage_area"] = workspace.read_arrow("raw.coverage_area")
    return areas_on_cells(
        given, states, model_from_stations=model_areas, workers=workers
    )


@dataclass(frozen=True)
class Choices:
    """What the figures of a run depend on beside its tables.

    Attributes
    ----------
    labels : RunLabels
        What holds for the whole run.
    options : CoverageOptions
        How population coverage is counted.
    as_of : date
        Day of the run.
    wanted, lagged : sequence of (date, basis)
        Days to report, and those twelve months before that goals look back to.
    notes : mapping
        Notes of the mesh stage.
    """

    labels: RunLabels
    options: CoverageOptions
    as_of: date
    wanted: Sequence[State]
    lagged: Sequence[State]
    notes: Mapping[str, Any]

    @property
    def states(self) -> list[State]:
        """Days to report, and those to look back to."""
        return [*self.wanted, *self.lagged]


@dataclass(frozen=True)
class Figures:
    """Tables of the days to report, and what goals are held against.

    ``population`` and ``sub6`` are rows of the days wanted and of the days lagged;
    ``sub6`` is None where no high-traffic cell is known.
    """

    tables: dict[str, pd.DataFrame]
    population: tuple[pd.DataFrame, pd.DataFrame]
    sub6: tuple[pd.DataFrame, pd.DataFrame] | tuple[None, None]


def coverage_figures(
    workspace: Workspace, choices: Choices, broadband: pd.DataFrame | None
) -> Figures:
    """Stage 4: population, area and sub-6 coverage, by scope and municipality.

    Parameters
    ----------
    workspace : Workspace
        Holds the tables of the stages before.
    choices : Choices
        Days, options and labels.
    broadband : DataFrame or None
        ``out.fixed_broadband``, where the run has it.
    """
    labels, prefectures = choices.labels, reference.prefectures()
    people = _people(workspace, choices)
    population = _by_day(population_coverage(people, prefectures, labels), choices)
    sub6 = _sub6(workspace, choices)
    wanted = replace(
        people,
        in_force=tuple(s for s in people.in_force if s.state in choices.wanted),
    )
    tables = {
        "out.population_coverage": population[0],
        "out.area_coverage": _areas(workspace, choices),
        "out.municipality_coverage": municipality_coverage(
            wanted, _municipalities(workspace, broadband), labels
        ),
        "out.covering_carriers": covering_carriers(wanted, prefectures, labels),
        "out.sub6_rate": sub6[0],
        "out.mesh4_coverage": mesh4_layer(wanted, choices.as_of, labels),
    }
    there = {
        name: table
        for name, table in tables.items()
        if table is not None and len(table)  # no areas, no municipality to speak of
    }
    return Figures(there, population, sub6)


def _people(workspace: Workspace, choices: Choices) -> CoveredPopulation:
    tables = CoverageTables(
        editions=workspace.read("core.coverage_edition"),
        mesh4_coverage=workspace.read("core.mesh4_coverage"),
        population=read_if_there(workspace, "core.mesh_population"),
        cell_land=read_if_there(workspace, "core.mesh4_municipality"),
        population_source=_population_source(workspace, choices.notes),
        prefectures=_census_prefectures(workspace),
        land_prefectures=_land_prefectures(workspace),
    )
    return covered_population(
        tables, choices.states, choices.options, reference.census_year_for
    )


def _census_prefectures(workspace: Workspace) -> pd.DataFrame | None:
    """How far each census tells the residents of each prefecture."""
    extent = read_if_there(workspace, EXTENT)
    if extent is None or extent.empty:
        return None
    return census_prefectures(extent, read_if_there(workspace, GAP))


def _population_source(workspace: Workspace, notes: Mapping[str, Any]) -> str | None:
    """``synthetic:<generator>`` where the population in use says so of itself."""
    extent = read_if_there(workspace, EXTENT)
    if extent is None or extent.empty:
        return None
    used = extent.iloc[0]
    own_form = f"population_{used['level'].replace('m', 'mesh')}"
    reading = notes["readings"].get(own_form if used["unit"] == NATION else _CENSUS)
    edition = str(reading["edition"]) if reading else ""
    return edition if edition.startswith("synthetic:") else None


def _by_day(table: pd.DataFrame, choices: Choices) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of the days wanted, and of the days that goals look back to."""
    days = pd.MultiIndex.from_frame(table[["as_of", "basis"]])
    parts = [
        table[days.isin([(pd.Timestamp(day), basis) for day, basis in states])]
        for states in (choices.wanted, choices.lagged)
    ]
    return parts[0], parts[1]


def _land(workspace: Workspace) -> pd.DataFrame | None:
    return land_by_municipality(workspace.read("core.municipality_cell"))


def _land_prefectures(workspace: Workspace) -> set[str]:
    land = _land(workspace)
    return set() if land is None else set(land["pref_code"])


def _areas(workspace: Workspace, choices: Choices) -> pd.DataFrame:
    land = _land(workspace)
    if land is not None:
        land = land.groupby("pref_code", as_index=False)["land_area_m2"].sum()
    return area_coverage(
        workspace.read("core.coverage_edition"),
        read_if_there(workspace, "core.mesh4_land_coverage"),
        land,
        reference.prefectures(),
        choices.wanted,
        choices.labels,
    )


def _municipalities(
    workspace: Workspace, broadband: pd.DataFrame | None
) -> MunicipalityTables:
    land = _land(workspace)
    return MunicipalityTables(
        names=workspace.read("out.municipality"),
        land=None if land is None else land.dropna(subset="city_code"),
        land_coverage=read_if_there(workspace, "core.mesh4_land_coverage"),
        fixed_broadband=broadband,
    )


def _sub6(
    workspace: Workspace, choices: Choices
) -> tuple[pd.DataFrame, pd.DataFrame] | tuple[None, None]:
    cells, source = _high_traffic(workspace, choices.notes)
    tables = Sub6Tables(
        stations=workspace.read("core.station"),
        editions=workspace.read("core.coverage_edition"),
        shares=workspace.read("core.mesh4_coverage"),
        forms=workspace.read("core.carrier_filing"),
    )
    rates = sub6_rate(
        cells,
        tables,
        reference.prefectures(),
        choices.states,
        choices.labels,
        denominator_source=source,
        area_share=reference.high_traffic_rule().area_share,
        target_share=sub6_goal(reference.targets()),
    )
    return (None, None) if rates is None else _by_day(rates, choices)


def _is_whole_nation(workspace: Workspace) -> bool:
    """Whether the newest census tells the residents of every prefecture."""
    extent = read_if_there(workspace, EXTENT)
    if extent is None or extent.empty:
        return False
    newest = newest_census({EXTENT: extent})[EXTENT]
    return bool(census_prefectures(newest)["is_whole"].all())


def _high_traffic(
    workspace: Workspace, notes: Mapping[str, Any]
) -> tuple[pd.DataFrame | None, str]:
    """High-traffic cells with their prefectures: as listed, else as derived."""
    population = read_if_there(workspace, "core.mesh_population")
    cells = read_if_there(workspace, "raw.high_traffic_mesh")
    if cells is not None:
        source = str(notes["readings"][_HIGH_TRAFFIC]["edition"])
    elif population is not None and _is_whole_nation(workspace):
        rule = reference.high_traffic_rule()
        cells = derived_high_traffic(population, rule.population_share)
        source = DERIVED_SOURCE
    else:
        return None, ""
    listed, likely = reference.mesh3_municipalities(), reference.mesh3_prefecture()
    return high_traffic_prefectures(cells, listed, likely, population), source
