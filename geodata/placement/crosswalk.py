"""Municipalities of cells at every level, from the list by 1 km cell."""

import numpy as np
import pandas as pd

from geodata import mesh
from geodata.errors import MeshCodeError


def crosswalk_at(pairs: pd.DataFrame, level: str) -> pd.DataFrame:
    """Municipalities that cells of `level` touch, or may touch.

    Parameters
    ----------
    pairs : DataFrame
        ``mesh3`` (int64), ``city_code``: 1 km cells and the municipalities with land
        in each, each pair once (市区町村別メッシュ・コード一覧). Not modified.
    level : {"m2", "m3", "m4"}
        Level asked for.

    Returns
    -------
    DataFrame
        Sorted by ``mesh`` (int64, code at `level`), ``city_code``. ``mesh3_count``
        (int64): listed 1 km cells of the municipality in the cell; at m4, of the 1 km
        cell above, so 1. ``is_inherited`` (bool): True at m4, where each of the four
        cells has every municipality of the 1 km cell above: candidates, as the list
        does not say in which quarter the land lies.

    Raises
    ------
    MeshCodeError
        Another level is asked for, or a code is no 1 km cell.
    """
    if level not in ("m2", "m3", "m4"):
        raise MeshCodeError(f"Crosswalk at level {level!r}: wanted m2, m3 or m4.")
    mesh3, city_code = pairs["mesh3"].to_numpy("int64"), pairs["city_code"]
    if level == "m4":
        cells = mesh.children(mesh3, "m3", "m4")
        codes, at = cells.ravel(), np.repeat(np.arange(len(pairs)), cells.shape[1])
        city_code = city_code.take(at)
    else:
        codes = mesh.parent(mesh3, "m3", level)
    table = pd.DataFrame({"mesh": codes, "city_code": city_code.to_numpy()})
    table["city_code"] = table["city_code"].astype("str")
    if level == "m2":
        counted = table.groupby(["mesh", "city_code"]).size().rename("mesh3_count")
        table = counted.astype("int64").reset_index()
    else:
        table = table.sort_values(["mesh", "city_code"], ignore_index=True)
        table["mesh3_count"] = np.int64(1)
    return table.assign(is_inherited=level == "m4")
