"""Datums of Japan: what is taken as equal, and how Tokyo-datum input is moved."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
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
    import pyproj  # slow to load, and few filings need it

    transformer = pyproj.Transformer.from_crs(TOKYO_EPSG, JGD2011_EPSG, always_xy=True)
    known = np.isfinite(lon) & np.isfinite(lat)
    moved_lon, moved_lat = lon.copy(), lat.copy()
    if not known.any():
        return moved_lon, moved_lat, MAX_ACCURACY_M
    moved_lon[known], moved_lat[known] = transformer.transform(lon[known], lat[known])
    accuracy = transformer.get_last_used_operation().accuracy
    return moved_lon, moved_lat, accuracy if accuracy >= 0 else None


DATUM_NAMES = {**EQUAL_DATUMS, TOKYO_EPSG: "TOKYO"}
"""EPSG code of a geographic CRS to the short name of its datum."""

_NAMED_DATUMS = {
    "japanese geodetic datum 2011": 6668,
    "d_jgd_2011": 6668,
    "japanese geodetic datum 2000": 4612,
    "d_jgd_2000": 4612,
    "world geodetic system 1984": 4326,
    "world geodetic system 1984 ensemble": 4326,
    "tokyo": 4301,
    "d_tokyo": 4301,
}

# Names of JMP 2.0 and the JPGIS application schemas, blanks left out. JGD2024 changed
# heights only, so its longitudes and latitudes are those of JGD2011.
_KSJ_SYSTEMS = {
    "JGD2024/(B,L)": 6668,
    "JGD2011/(B,L)": 6668,
    "JGD2000/(B,L)": 4612,
    "TD/(B,L)": 4301,
}


def geographic_epsg(crs: "pyproj.CRS") -> int | None:
    """EPSG code of the geographic CRS that `crs` is, or is projected from.

    Parameters
    ----------
    crs : pyproj.CRS
        From an EPSG code or from WKT, also the dialect of ``.prj`` files.

    Returns
    -------
    int or None
        A key of `DATUM_NAMES`; None for any other datum, or where angles are not
        degrees from Greenwich.
    """
    base = crs.geodetic_crs
    if base is None or base.datum is None or base.prime_meridian is None:
        return None
    if base.prime_meridian.longitude or any(
        axis.unit_name not in ("degree", "metre") for axis in base.axis_info
    ):
        return None
    return _NAMED_DATUMS.get(base.datum.name.lower())


def reference_system_epsg(name: str) -> int | None:
    """EPSG code of a reference system as 国土数値情報 writes it.

    Parameters
    ----------
    name : str
        Such as ``"JGD2011 / (B, L)"`` (B latitude, L longitude, in degrees) or
        ``"TD / (B, L)"``, from a GML document or its metadata.

    Returns
    -------
    int or None
        A key of `DATUM_NAMES`; None for a name that is not known.
    """
    return _KSJ_SYSTEMS.get("".join(name.split()))
