"""Which datum a file says its coordinates or mesh codes are on."""

from typing import Any

import pyproj
from pyproj.exceptions import CRSError

from geodata.datum import EQUAL_DATUMS

TOKYO = "Tokyo"
"""日本測地系; mesh statistics on it are refused (domain.md 2.7)."""

_NAMES = {
    "Japanese Geodetic Datum 2011": EQUAL_DATUMS[6668],
    "Japanese Geodetic Datum 2000": EQUAL_DATUMS[4612],
    "World Geodetic System 1984": EQUAL_DATUMS[4326],
    "World Geodetic System 1984 ensemble": EQUAL_DATUMS[4326],
    "Tokyo": TOKYO,
}


def declared_datum(crs: Any) -> str:  # noqa: ANN401 - whatever pyproj reads
    """``JGD2011``, ``JGD2000``, ``WGS84``, ``Tokyo``, or else the datum's own name.

    Parameters
    ----------
    crs : CRS, str or None
        Coordinate reference system as GDAL found it (WKT, ``EPSG:6668``).

    Returns
    -------
    str
        Empty where there is no reference system, or none that can be read.
    """
    if not crs:
        return ""
    try:
        geodetic = pyproj.CRS.from_user_input(crs).geodetic_crs
    except CRSError:
        return ""
    if geodetic is None or geodetic.datum is None:
        return ""
    name: str = geodetic.datum.name
    return _NAMES.get(name, name)
