"""Datums of Japan: what is taken as equal, and how Tokyo-datum input is moved."""

import numpy as np
import pyproj

JGD2011_EPSG = 6668
"""Datum of mesh codes in current use."""

EQUAL_DATUMS = {6668: "JGD2011", 4612: "JGD2000", 4326: "WGS84"}
"""EPSG codes taken as equal for meshes (domain.md 2.7, a project decision)."""

TOKYO_EPSG = 4301
"""日本測地系: about 450 m off, so it is moved with a stated accuracy or refused."""

MAX_ACCURACY_M = 10.0
"""Worst accuracy of a datum transform that is accepted (domain.md 2.7)."""


def tokyo_to_jgd2011(
    lon: np.ndarray, lat: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float | None]:
    """Transform Tokyo-datum degrees (EPSG:4301) to JGD2011 (EPSG:6668).

    Parameters
    ----------
    lon, lat : ndarray of float64, shape (n,)
        Degrees; NaN stays NaN. Not modified.

    Returns
    -------
    tuple
        ``lon``, ``lat``, and the accuracy in metres of the operation that was really
        used; None where PROJ does not state one (a ballpark shift), see the trap
        in domain.md 2.7.
    """
    transformer = pyproj.Transformer.from_crs(TOKYO_EPSG, JGD2011_EPSG, always_xy=True)
    known = np.isfinite(lon) & np.isfinite(lat)
    moved_lon, moved_lat = lon.copy(), lat.copy()
    if not known.any():
        return moved_lon, moved_lat, MAX_ACCURACY_M
    moved_lon[known], moved_lat[known] = transformer.transform(lon[known], lat[known])
    accuracy = transformer.get_last_used_operation().accuracy
    return moved_lon, moved_lat, accuracy if accuracy >= 0 else None
