"""Compute where the synthetic scenario puts people: places and offices by 1 km cell."""

import numpy as np
import pandas as pd

from geodata import mesh
from geodata.reference.compute import cell_prefecture_keys, mesh3_border
from geodata.reference.origin import Originals


def place_weights(originals: Originals) -> pd.DataFrame:
    """Place population and number of municipal offices by 1 km cell and prefecture.

    A place stands in the prefecture of its cell, an office in its own. A point whose
    cell is not listed land of that prefecture moves to the nearest cell that is.
    """
    land = originals.crosswalk[["mesh3", "pref_code"]].drop_duplicates()
    land = land.sort_values(["mesh3", "pref_code"], ignore_index=True)
    weights = pd.concat([_places(originals, land), _offices(originals, land)])
    return weights.groupby(["mesh3", "pref_code"], as_index=False).sum()


def _places(originals: Originals, land: pd.DataFrame) -> pd.DataFrame:
    places = originals.places
    population = places["population"].astype("int64")
    lon = places["longitude"].astype("float64").to_numpy()
    lat = places["latitude"].astype("float64").to_numpy()
    mesh3 = mesh.encode(lon, lat, "m3")
    is_off = ~np.isin(mesh3, land["mesh3"])
    mesh3[is_off] = _nearest(land["mesh3"], lon[is_off], lat[is_off])
    likely = land.drop_duplicates("mesh3").set_index("mesh3")["pref_code"]
    likely.update(mesh3_border(originals).set_index("mesh3")["pref_code"])
    return pd.DataFrame(
        {
            "mesh3": mesh3,
            "pref_code": likely.loc[mesh3].to_numpy(),
            "place_population": population.to_numpy(),
            "office_count": 0,
        }
    ).query("place_population > 0")


def _offices(originals: Originals, land: pd.DataFrame) -> pd.DataFrame:
    offices = originals.offices
    pref_code = offices["lgcode"].str[:2]
    lon = offices["lng"].astype("float64").to_numpy()
    lat = offices["lat"].astype("float64").to_numpy()
    mesh3 = mesh.encode(lon, lat, "m3")
    listed = cell_prefecture_keys(land["mesh3"], land["pref_code"])
    is_off = ~np.isin(cell_prefecture_keys(mesh3, pref_code), listed)
    for code in pref_code[is_off].unique():
        here = is_off & (pref_code == code).to_numpy()
        cells = land.loc[land["pref_code"] == code, "mesh3"]
        mesh3[here] = _nearest(cells, lon[here], lat[here])
    return pd.DataFrame(
        {
            "mesh3": mesh3,
            "pref_code": pref_code,
            "place_population": 0,
            "office_count": 1,
        }
    )


def _nearest(cells: pd.Series, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Cell whose centre is nearest to each point (of equals the smaller code)."""
    codes = np.unique(cells.to_numpy())
    center_lon, center_lat = mesh.center(codes, "m3")
    found = np.empty(len(lon), dtype="int64")
    for i, (x, y) in enumerate(zip(lon, lat, strict=True)):
        east = (center_lon - x) * np.cos(np.radians(y))
        found[i] = codes[np.argmin(east**2 + (center_lat - y) ** 2)]
    return found
