"""Put each filed station on its cells and resolve the dates it counts from."""

import numpy as np
import pandas as pd
import shapely

from geodata import mesh
from geodata.calendar import period_ends

_SITE_DECIMALS = 100_000  # a site is a place to 1e-5 degree (domain.md 3.3)


def place_stations(
    stations: pd.DataFrame, mesh3_prefecture: pd.DataFrame
) -> pd.DataFrame:
    """Stations of ``raw.station`` as ``core.station``: cells, prefecture, dates.

    Parameters
    ----------
    stations : DataFrame
        Rows of ``raw.station``. Not modified.
    mesh3_prefecture : DataFrame
        ``mesh3`` (int64, sorted, unique), ``pref_code``, ``is_border_cell``: the
        most likely prefecture of every listed 1 km cell.

    Returns
    -------
    DataFrame
        Columns of ``core.station``. A station whose 1 km cell is not listed as land
        takes the prefecture of the nearest listed cell and ``is_border_cell``.

    Notes
    -----
    A plan row that gives only a fiscal year or quarter counts from its last day
    (domain.md 3.0, a project decision). Sites are places equal to 1e-5 degree.
    """
    mesh3 = mesh.encode(stations["lon"], stations["lat"], "m3")
    prefecture = _prefectures(mesh3, mesh3_prefecture)
    return stations[
        ["carrier", "plan_id", "file", "line", "station_id", "band", "band_class"]
    ].assign(
        mesh2=mesh.parent(mesh3, "m3", "m2"),
        mesh3=mesh3,
        pref_code=prefecture["pref_code"].to_numpy(),
        is_border_cell=prefecture["is_border_cell"].to_numpy(),
        is_counted=stations["station_type"] != "repeater",
        is_advanced=_is_qualifying(stations),
        site=_site_numbers(stations),
        operating_from=stations["actual_start"],
        planned_from=_planned_from(stations),
        ends_on=stations["end_date"],
    )


def _is_qualifying(stations: pd.DataFrame) -> pd.Series:
    """Advanced (高度特定基地局), outdoor, on a band of the 2019 allocation."""
    return (
        (stations["station_type"] == "advanced")
        & stations["is_advanced_band"]
        & ~stations["indoor"]
    )


def _planned_from(stations: pd.DataFrame) -> pd.Series:
    """Actual start, else planned day, else the end of the planned period.

    Only what is planned or licensed counts by its plan.
    """
    period_end = period_ends(stations["planned_fy"], stations["planned_quarter"])
    planned = stations["planned_start"].fillna(period_end)
    is_plan = stations["status"].isin(["planned", "licensed"])
    return stations["actual_start"].fillna(planned.where(is_plan))


def _site_numbers(stations: pd.DataFrame) -> np.ndarray:
    lat = np.rint(stations["lat"].to_numpy() * _SITE_DECIMALS).astype("int64")
    lon = np.rint(stations["lon"].to_numpy() * _SITE_DECIMALS).astype("int64")
    place = lat * 100_000_000 + lon
    return np.unique(place, return_inverse=True)[1].astype("int64")


def _prefectures(mesh3: np.ndarray, listed: pd.DataFrame) -> pd.DataFrame:
    """Prefecture of each cell; an unlisted cell takes the nearest listed one's."""
    cells = listed["mesh3"].to_numpy()
    at = np.searchsorted(cells, mesh3).clip(max=len(cells) - 1)
    is_listed = cells[at] == mesh3
    missing, back = np.unique(mesh3[~is_listed], return_inverse=True)
    if len(missing):
        at[~is_listed] = _nearest_listed(missing, cells)[back]
    found = listed.iloc[at][["pref_code", "is_border_cell"]].reset_index(drop=True)
    found["is_border_cell"] |= ~is_listed
    return found


def _nearest_listed(mesh3: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Row of the nearest listed cell by centre; ties go to the smaller code."""
    tree = shapely.STRtree(_centre_points(cells))
    query, hit = tree.query_nearest(_centre_points(mesh3))
    nearest = pd.Series(hit).groupby(query).min()
    return nearest.to_numpy()


def _centre_points(codes: np.ndarray) -> np.ndarray:
    lon, lat = mesh.center(codes, "m3")
    return shapely.points(lon * np.cos(np.radians(lat)), lat)
