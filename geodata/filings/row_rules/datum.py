"""Points of a filing on JGD2011, and the cells they lie in (domain.md 2.7)."""

import numpy as np

from geodata import mesh
from geodata.datum import MAX_ACCURACY_M, tokyo_to_jgd2011
from geodata.filings.catalogue import decides
from geodata.filings.row_rules.land_cells import (
    METRES_PER_DEGREE,
    coast_cells,
    distance_km,
    is_land,
    prefecture_sets_around,
)
from geodata.filings.tables.rows import Hit, Rows, row_rule

LAT_RANGE = (20.0, 46.0)
LON_RANGE = (122.0, 154.0)
"""Degrees within which a place in Japan lies (domain.md 4.2)."""

NO_CELL = -1
"""Code of a row without a usable point."""


@decides("datum_accuracy")
def place_rows(rows: Rows) -> None:
    """Leave the points on JGD2011 and their 1 km cells in ``rows.notes``.

    ``lon``, ``lat`` are NaN and ``mesh3`` is `NO_CELL` for rows whose coordinates
    cannot be used; ``accuracy_m`` is None where no transform was needed.
    """
    rows.log.mark("datum_accuracy")
    lon, lat = rows.number("lon"), rows.number("lat")
    is_usable = is_within_japan(lon, lat)
    lon, lat = np.where(is_usable, lon, np.nan), np.where(is_usable, lat, np.nan)
    accuracy = None
    if rows.plan.datum == "TOKYO":
        lon, lat, accuracy = tokyo_to_jgd2011(lon, lat)
        if accuracy is None or not 0 <= accuracy <= MAX_ACCURACY_M:
            rows.log.add("datum_accuracy", file=rows.file, value=accuracy)
            accuracy = None
    mesh3 = np.full(len(rows), NO_CELL, np.int64)
    is_usable = np.isfinite(lon) & np.isfinite(lat)
    mesh3[is_usable] = mesh.encode(lon[is_usable], lat[is_usable], "m3")
    rows.notes.update(lon=lon, lat=lat, mesh3=mesh3, accuracy_m=accuracy)


def is_within_japan(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Whether points in degrees lie in the rectangle around Japan; NaN does not."""
    return _is_within(lat, LAT_RANGE) & _is_within(lon, LON_RANGE)


def _is_within(values: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    return (values >= limits[0]) & (values <= limits[1])


def _is_swapped(rows: Rows) -> np.ndarray:
    lat, lon = rows.number("lat"), rows.number("lon")
    looks_so = _is_within(lat, LON_RANGE) & _is_within(lon, LAT_RANGE)
    return looks_so | ((np.abs(lat) > 90) & (np.abs(lon) <= 90))


@row_rule("lat_lon_swapped", "stations")
def _lat_lon_swapped(rows: Rows) -> Hit:
    return Hit(_is_swapped(rows), "lat", {"lon": rows.text["lon"]})


@row_rule("lat_range", "stations")
def _lat_range(rows: Rows) -> np.ndarray:
    lat = rows.number("lat")
    return ~np.isnan(lat) & ~_is_within(lat, LAT_RANGE) & ~_is_swapped(rows)


@row_rule("lon_range", "stations")
def _lon_range(rows: Rows) -> np.ndarray:
    lon = rows.number("lon")
    return ~np.isnan(lon) & ~_is_within(lon, LON_RANGE) & ~_is_swapped(rows)


@row_rule("point_outside_japan", "stations")
def _point_outside_japan(rows: Rows) -> Hit:
    """A primary mesh without any land of Japan is abroad or far out at sea."""
    mesh3 = rows.notes["mesh3"]
    mesh1 = mesh3 // 10_000
    is_outside = mesh3 != NO_CELL
    is_outside[is_outside] = ~mesh.is_japanese(mesh1[is_outside], "m1")
    return Hit(is_outside, "lat", {"lon": rows.text["lon"], "mesh1": mesh1})


@row_rule("point_not_on_land", "stations", phase=2)
def _point_not_on_land(rows: Rows) -> Hit:
    """Neither the 1 km cell nor one of its eight neighbours is listed as land."""
    mesh3 = rows.notes["mesh3"]
    at_sea = (mesh3 != NO_CELL) & ~is_land(mesh3) & ~rows.is_rejected
    suspects = np.flatnonzero(at_sea)
    at_sea[suspects] = prefecture_sets_around(mesh3[suspects]) == 0
    distance = np.full(len(rows), np.nan)
    if at_sea.any():
        distance[at_sea] = distance_km(mesh3[at_sea], coast_cells())
    return Hit(at_sea, "lat", {"lon": rows.text["lon"], "distance": distance})


@row_rule("datum_edge", "stations", phase=2)
def _datum_edge(rows: Rows) -> Hit:
    """After a transform of limited accuracy the cell itself may be in doubt."""
    accuracy = rows.notes["accuracy_m"]
    near = np.zeros(len(rows), bool)
    if accuracy is not None:
        placed = (rows.notes["mesh3"] != NO_CELL) & ~rows.is_rejected
        near[placed] = _edge_distance_m(rows, placed) < accuracy
    extra = {"lon": rows.text["lon"], "accuracy": accuracy}
    return Hit(near, "lat", extra)


def _edge_distance_m(rows: Rows, placed: np.ndarray) -> np.ndarray:
    """Metres to the nearest edge of the secondary mesh."""
    lon, lat = rows.notes["lon"][placed], rows.notes["lat"][placed]
    edges = mesh.bounds(rows.notes["mesh3"][placed] // 100, "m2")
    across = np.minimum(lon - edges[:, 0], edges[:, 2] - lon) * np.cos(np.radians(lat))
    along = np.minimum(lat - edges[:, 1], edges[:, 3] - lat)
    return np.minimum(across, along) * METRES_PER_DEGREE
