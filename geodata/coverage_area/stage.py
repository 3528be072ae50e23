"""Stage 3 for coverage areas: from filings, stations and boundaries to cells."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from geodata import mesh
from geodata.coverage_area.covering import Covered, covered_cells
from geodata.coverage_area.editions import Editions, State, coverage_editions
from geodata.coverage_area.land import Land, left_out
from geodata.coverage_area.layers import Layers, within_japan
from geodata.coverage_area.on_cells import LEVEL
from geodata.coverage_area.station_model import StationModel
from geodata.errors import CoordinateError
from geodata.mesh.overlay import cell_shares
from geodata.placement.land import FROM_BOUNDARIES
from geodata.schemas import conform
from geodata.schemas.coverage_area import (
    COVERAGE_AREA,
    COVERAGE_EDITION,
    MESH4_COVERAGE,
    MESH4_LAND_COVERAGE,
)

BOUNDARIES = "raw.municipality_area"

_AREA_DECIMALS = 6


def areas_on_cells(
    given: Mapping[str, pd.DataFrame | pa.Table],
    states: Sequence[State],
    *,
    model_from_stations: bool = True,
    workers: int = 2,
) -> dict[str, pd.DataFrame | pa.Table]:
    """Coverage areas of every reporting state, on 500 m cells.

    Parameters
    ----------
    given : mapping of str to DataFrame or pyarrow.Table
        Tables by full name. Needed: ``core.carrier_filing``; to model areas,
        ``core.station`` and ``raw.station`` (frames). Used where there:
        ``raw.coverage_area`` (best as Arrow, as areas are large) and
        ``raw.municipality_area`` (frame; of all prefectures or some). Not modified.
    states : sequence of (date, basis)
        Days and bases to report, see :func:`coverage.labels.states`.
    model_from_stations : bool, default True
        Model the areas of carriers that filed stations by place and no areas.
    workers : int, default 2
        Threads; the result does not depend on it.

    Returns
    -------
    dict of str to DataFrame or pyarrow.Table
        ``core.coverage_edition`` and ``core.mesh4_coverage``, without rows where no
        carrier has areas; with boundaries ``core.mesh4_land_coverage`` too. Rows stand
        in stored order, shares are rounded to 1e-12 and areas to 1e-6 m2.

    Raises
    ------
    TableError
        A table is not as declared, or a station cannot be modelled.
    CoordinateError
        The rings of an area overlap or cross; the message names its filing, file
        and feature.

    Notes
    -----
    Which areas stand for whom: :func:`coverage_editions`. Modelled areas are discs
    round outdoor stations on the air (repeaters included), cut at the coast: exactly
    where boundaries are given, else cell by cell, on the 1 km cells listed as land.
    """
    areas = given.get(COVERAGE_AREA.name)
    filed = None if areas is None else conform(COVERAGE_AREA, areas)
    model = _model(given) if model_from_stations else None
    editions = coverage_editions(filed, given["core.carrier_filing"], states, model)
    layers = Layers(
        pa.chunked_array([], pa.large_binary()) if filed is None else filed["geometry"],
        model.discs if model else None,
    )
    land = Land.of(given.get(BOUNDARIES))
    try:
        covered = _by_edition(editions, layers, land, workers)
    except CoordinateError as error:
        raise _located(error, filed) from error
    tables: dict[str, pd.DataFrame | pa.Table] = {
        COVERAGE_EDITION.name: editions.table,
        MESH4_COVERAGE.name: _coverage_table(covered),
    }
    if BOUNDARIES in given:
        tables[MESH4_LAND_COVERAGE.name] = _land_table(covered, land)
    return tables


def land_by_municipality(cells: pd.DataFrame) -> pd.DataFrame | None:
    """Land of each municipality, for rates by area.

    Parameters
    ----------
    cells : DataFrame
        Rows of ``core.municipality_cell``. Not modified.

    Returns
    -------
    DataFrame or None
        ``pref_code``, ``city_code`` (null: unassigned land), ``land_area_m2``; of
        prefectures whose boundaries are known, without the Northern Territories. None
        without boundaries.
    """
    known = cells[cells["crosswalk_source"] == FROM_BOUNDARIES]
    known = known[~known["city_code"].isin(left_out())]
    if known.empty:
        return None
    by_city = known.groupby(["pref_code", "city_code"], dropna=False)["land_area_m2"]
    return by_city.sum().reset_index()


def _model(given: Mapping[str, pd.DataFrame | pa.Table]) -> StationModel | None:
    """None where no carrier's stations are known by place."""
    if not given["core.carrier_filing"]["has_sites"].any():
        return None
    return StationModel.of(given["core.station"], given["raw.station"])


def _by_edition(
    editions: Editions, layers: Layers, land: Land, workers: int
) -> list[tuple[str, Covered]]:
    """Every edition with its cells, in order of names; equal contents once."""
    distinct = {content.key: content for content in editions.contents.values()}
    found = covered_cells(list(distinct.values()), layers, land, workers)
    by_content = dict(zip(distinct, found, strict=True))
    return [
        (name, by_content[content.key])
        for name, content in sorted(editions.contents.items())
    ]


def _located(error: CoordinateError, filed: pa.Table | None) -> CoordinateError:
    """The same error, naming the filed area whose rings are at fault.

    Every area is looked at alone, which takes its time; it is done only then.
    """
    for row in () if filed is None else filed.to_pylist():
        shape = within_japan(shapely.from_wkb(np.array([row["geometry"]], object)))
        try:
            cell_shares(shape, LEVEL)
        except CoordinateError as own:
            return CoordinateError(
                f"{row['carrier']}, plan {row['plan_id']}, {row['file']}, feature "
                f"{row['line']}: {own} Make the area valid in EPSG:6933 and file it "
                "again; `kiban check` tells what it finds."
            )
    return error


def _coverage_table(covered: list[tuple[str, Covered]]) -> pa.Table:
    parts = [
        pa.table(
            [
                _repeated(name, len(one.cells.code)),
                pa.array(one.cells.code),
                pa.array(one.cells.value),
                pa.array(one.land_share, from_pandas=True),
            ],
            schema=MESH4_COVERAGE.schema,
        )
        for name, one in covered
    ]
    return pa.concat_tables([MESH4_COVERAGE.schema.empty_table(), *parts])


def _land_table(covered: list[tuple[str, Covered]], land: Land) -> pa.Table:
    parts = []
    for name, one in covered:
        code, owner = land.code[one.part], land.owner[one.part]
        area = one.part_share * np.asarray(mesh.area_m2(code, LEVEL))
        columns = [
            _repeated(name, len(code)),
            pa.array(code),
            *land.columns(owner),
            pa.array(area.round(_AREA_DECIMALS)),
        ]
        parts.append(pa.table(columns, schema=MESH4_LAND_COVERAGE.schema))
    return pa.concat_tables([MESH4_LAND_COVERAGE.schema.empty_table(), *parts])


def _repeated(name: str, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(name, pa.string()), count)
