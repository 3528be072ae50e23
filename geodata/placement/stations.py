"""Put each filed station on its cells and resolve the dates it counts from."""

import numpy as np
import pandas as pd

from geodata import mesh
from geodata.calendar import period_ends
from geodata.placement.places import Boundaries, place_points

_SITE_DECIMALS = 100_000  # a site is a place to 1e-5 degree (domain.md 3.3)


def place_stations(
    stations: pd.DataFrame,
    mesh3_prefecture: pd.DataFrame,
    municipality_cells: pd.DataFrame,
    boundaries: Boundaries | None = None,
) -> pd.DataFrame:
    """Stations of ``raw.station`` as ``core.station``: cells, place, dates.

    Parameters
    ----------
    stations : DataFrame
        Rows of ``raw.station``. Not modified.
    mesh3_prefecture, municipality_cells, boundaries
        What tells where a point is, see :func:`geodata.placement.places.place_points`.

    Returns
    -------
    DataFrame
        Columns of ``core.station``.

    Notes
    -----
    A plan row that gives only a fiscal year or quarter counts from its last day
    (domain.md 3.0, a project decision). Sites are places equal to 1e-5 degree.
    """
    lon, lat = stations["lon"].to_numpy(float), stations["lat"].to_numpy(float)
    mesh3 = mesh.encode(lon, lat, "m3")
    place = place_points(lon, lat, mesh3_prefecture, municipality_cells, boundaries)
    return stations[
        ["carrier", "plan_id", "file", "line", "station_id", "band", "band_class"]
    ].assign(
        mesh2=mesh.parent(mesh3, "m3", "m2"),
        mesh3=mesh3,
        pref_code=place["pref_code"].to_numpy(),
        city_code=place["city_code"].to_numpy(),
        is_border_cell=place["is_border_cell"].to_numpy(),
        place_source=place["place_source"].to_numpy(),
        is_counted=stations["station_type"] != "repeater",
        is_outdoor=~stations["indoor"],
        is_advanced=is_qualifying(stations),
        site=np.unique(site_keys(lon, lat), return_inverse=True)[1].astype("int64"),
        operating_from=stations["actual_start"],
        planned_from=planned_from(stations),
        ends_on=stations["end_date"],
    )


def is_qualifying(stations: pd.DataFrame) -> pd.Series:
    """Advanced (高度特定基地局), outdoor, on a band of the 2019 allocation."""
    return (
        (stations["station_type"] == "advanced")
        & stations["is_advanced_band"]
        & ~stations["indoor"]
    )


def planned_from(stations: pd.DataFrame) -> pd.Series:
    """Actual start, else planned day, else the end of the planned period.

    Only what is planned or licensed counts by its plan.
    """
    period_end = period_ends(stations["planned_fy"], stations["planned_quarter"])
    planned = stations["planned_start"].fillna(period_end)
    is_plan = stations["status"].isin(["planned", "licensed"])
    return stations["actual_start"].fillna(planned.where(is_plan))


def site_keys(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """One int64 for each place; equal where two points share a site (1e-5 degree).

    `lon` and `lat` are degrees, neither may be NaN.
    """
    north = np.rint(lat * _SITE_DECIMALS).astype("int64")
    east = np.rint(lon * _SITE_DECIMALS).astype("int64")
    return north * 100_000_000 + east
