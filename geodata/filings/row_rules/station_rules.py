"""Rules on the cells of one row of ``stations.csv`` (domain.md 4.2)."""

import string
from datetime import date

import numpy as np
import pyarrow.compute as pc

from geodata import reference
from geodata.filings.findings import mask_of
from geodata.filings.tables.rows import Hit, Rows, row_rule
from geodata.filings.tables.words import holds_only

STATION_TYPES = ("advanced", "ordinary", "repeater")
STATUSES = ("planned", "licensed", "operating", "retired")
"""In the order in which a station goes through them (domain.md 4.2)."""

FISCAL_YEARS = (2019, 2035)
FIRST_START = date(2019, 4, 10)
"""Day on which the 2019 bands were allocated (domain.md 3.2)."""

_ID_LENGTH = 64
_ID_BYTES = f"{string.ascii_letters}{string.digits}_-".encode()
_ID = rf"^[A-Za-z0-9_-]{{1,{_ID_LENGTH}}}$"
_AZIMUTHS = r"^\s*-?\d+(\.\d+)?\s*(;\s*-?\d+(\.\d+)?\s*)*$"
_LEAST_DECIMALS = 5
_OUTDOOR_DBM_PER_MHZ = 25.0
_INDOOR_DBM_PER_MHZ = 20.0
_ADVANCED_GBPS = 10.0


@row_rule("station_id_format", "stations")
def _station_id_format(rows: Rows) -> np.ndarray:
    text = rows.text["station_id"]
    if holds_only(text, _ID_BYTES):  # much faster than the pattern
        return mask_of(pc.greater(pc.binary_length(text), _ID_LENGTH))
    return rows.is_given("station_id") & ~rows.is_match("station_id", _ID)


@row_rule("coordinate_decimals", "stations")
def _coordinate_decimals(rows: Rows) -> list[Hit]:
    """Not asked of floats in Parquet, which do not keep trailing zeros."""
    if not rows.has_exact_decimals:
        return []
    return [Hit(has_few_decimals(rows, name), name) for name in ("lat", "lon")]


def has_few_decimals(rows: Rows, name: str) -> np.ndarray:
    """Whether the number in column `name` is written with fewer than 5 decimals."""
    text = rows.text[name]
    point = pc.find_substring(text, ".")
    decimals = pc.subtract(pc.subtract(pc.binary_length(text), point), 1)
    decimals = pc.if_else(pc.less(point, 0), 0, decimals)
    few = mask_of(pc.less(decimals, _LEAST_DECIMALS))
    return few & ~np.isnan(rows.number(name))


@row_rule("station_type_unknown", "stations")
def _station_type_unknown(rows: Rows) -> np.ndarray:
    return rows.is_given("station_type") & ~rows.is_value(
        "station_type", *STATION_TYPES
    )


@row_rule("pref_code_format", "stations")
def _pref_code_format(rows: Rows) -> np.ndarray:
    known = reference.prefectures()["pref_code"]
    return rows.is_given("pref_code") & ~rows.is_value("pref_code", *known)


@row_rule("antenna_height_range", "stations")
def _antenna_height_range(rows: Rows) -> np.ndarray:
    height = rows.number("antenna_height_m")
    return (height <= 0) | (height > 400)


@row_rule("antenna_height_high", "stations")
def _antenna_height_high(rows: Rows) -> np.ndarray:
    height = rows.number("antenna_height_m")
    return (height > 100) & (height <= 400)


@row_rule("eirp_range", "stations")
def _eirp_range(rows: Rows) -> np.ndarray:
    eirp = rows.number("eirp_dbm")
    return (eirp < -10) | (eirp > 85)


@row_rule("eirp_zero", "stations")
def _eirp_zero(rows: Rows) -> np.ndarray:
    """0 dBm is 1 mW over the whole bandwidth: a zero written where nothing is known."""
    return rows.number("eirp_dbm") == 0


@row_rule("eirp_high", "stations", phase=2)
def _eirp_high(rows: Rows) -> Hit:
    """28 GHz against the committee's densities, over the row's bandwidth."""
    low, high = rows.number("freq_low_mhz"), rows.number("freq_high_mhz")
    bandwidth = rows.number("bandwidth_mhz")
    bandwidth = np.where(np.isnan(bandwidth), high - low, bandwidth)
    density = np.where(
        rows.is_true("indoor"), _INDOOR_DBM_PER_MHZ, _OUTDOOR_DBM_PER_MHZ
    )
    is_known = bandwidth > 0
    limit = density + 10 * np.log10(np.where(is_known, bandwidth, 1.0))
    limit = np.round(limit, 1)
    is_28_ghz = rows.is_value("band", "n257") & is_known
    is_high = is_28_ghz & (rows.number("eirp_dbm") > limit) & ~rows.is_rejected
    return Hit(is_high, "eirp_dbm", {"limit": limit})


@row_rule("azimuth_format", "stations")
def _azimuth_format(rows: Rows) -> np.ndarray:
    return rows.is_given("azimuth_deg") & ~rows.is_match("azimuth_deg", _AZIMUTHS)


@row_rule("azimuth_range", "stations")
def _azimuth_range(rows: Rows) -> np.ndarray:
    """Every sector of a well-formed list; a negative one is out of range."""
    lists = rows.words("azimuth_deg")
    is_out = [_is_azimuth_out(text) for text in lists.names.to_pylist()]
    return lists.spread(is_out, missing=False)


def _is_azimuth_out(text: str) -> bool:
    try:
        sectors = [float(part) for part in text.split(";")]
    except ValueError:
        return False
    return not all(0 <= sector < 360 or np.isnan(sector) for sector in sectors)


@row_rule("backhaul_missing", "stations")
def _backhaul_missing(rows: Rows) -> np.ndarray:
    return rows.is_value("station_type", "advanced") & ~rows.is_given("backhaul_gbps")


@row_rule("backhaul_range", "stations")
def _backhaul_range(rows: Rows) -> np.ndarray:
    return rows.number("backhaul_gbps") <= 0


@row_rule("backhaul_low", "stations")
def _backhaul_low(rows: Rows) -> np.ndarray:
    gbps = rows.number("backhaul_gbps")
    is_low = (gbps > 0) & (gbps < _ADVANCED_GBPS)
    return rows.is_value("station_type", "advanced") & is_low


@row_rule("status_unknown", "stations")
def _status_unknown(rows: Rows) -> np.ndarray:
    return rows.is_given("status") & ~rows.is_value("status", *STATUSES)
