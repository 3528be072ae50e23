"""Rules on single rows of ``stations.csv`` said in pandera, whole columns at a time."""

from collections.abc import Callable, Iterator
from datetime import date

import numpy as np
import pandas as pd
import pandera.pandas as pandera
from pandera.errors import SchemaErrors

from geodata import reference
from geodata.filings.row_rules.spectrum import FREQUENCY_BANDS, bands_of
from geodata.filings.row_rules.station_rules import FIRST_START, STATION_TYPES, STATUSES

NUMBERS = (
    *("lat", "lon", "freq_low_mhz", "freq_high_mhz", "bandwidth_mhz"),
    *("antenna_height_m", "eirp_dbm", "backhaul_gbps"),
)
INTEGERS = ("planned_fy", "planned_quarter")
DATES = ("planned_start", "actual_start", "end_date")
BOOLEANS = ("indoor", "sa_capable", "shared")
TEXTS = (
    *("station_id", "site_id", "pref_code", "band", "station_type"),
    *("parent_station_id", "azimuth_deg", "status"),
)
REQUIRED = ("station_id", "lat", "lon", "band", "station_type", "indoor", "status")

_DECIMAL = r"^-?(?:\d+\.?\d*|\.\d+)$"
_EXPONENT = r"^[+-]?(?:\d+\.?\d*|\.\d+)[eE][+-]?\d+$"
_NOT_FINITE = r"(?i)^[+-]?(?:nan|inf|infinity)$"
_INTEGER = r"^-?\d{1,18}$"
_NO_FORMULA = r"^(?:[^=+\-@].*|[+-]?[\d.,;\s-]+|[A-Za-z0-9_-]+)$"
_AZIMUTHS = r"^\s*-?\d+(?:\.\d+)?\s*(?:;\s*-?\d+(?:\.\d+)?\s*)*$"
_SECTOR = r"\s*(?:[12]?\d?\d|3[0-5]\d)(?:\.\d+)?\s*"
_FIVE_DECIMALS = r"\.\d{5,}$"

Rows = pd.DataFrame
RowTest = Callable[[Rows], pd.Series]
ColumnTest = Callable[[pd.Series], pd.Series]


def failing_rows(schema: pandera.DataFrameSchema, text: Rows) -> dict[str, set[int]]:
    """Index of the rows that fail each check, by the name of the check."""
    try:
        schema.validate(typed(text), lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
        names = cases["check"].replace("not_nullable", "value_missing")
        return {name: set(rows) for name, rows in cases["index"].groupby(names)}
    return {}


def typed(text: Rows) -> Rows:
    """The text, and under ``=<name>`` the values of each column that is not text."""
    values = {}
    for name in NUMBERS + INTEGERS:
        is_good = text[name].str.match(_DECIMAL if name in NUMBERS else _INTEGER)
        values[f"={name}"] = pd.to_numeric(text[name].where(is_good)).astype(float)
    for name in DATES:
        values[f"={name}"] = pd.to_datetime(
            text[name], format="%Y-%m-%d", errors="coerce"
        )
    for name in BOOLEANS:
        values[f"={name}"] = text[name].str.lower() == "true"
    return pd.concat([text, pd.DataFrame(values)], axis=1)


def schema_of(carrier: str, as_of: date) -> pandera.DataFrameSchema:
    """Every rule as a named check."""
    columns = {
        name: pandera.Column(
            str, list(_checks_of(name, carrier)), nullable=name not in REQUIRED
        )
        for name in NUMBERS + INTEGERS + DATES + BOOLEANS + TEXTS
    }
    columns |= {
        f"={name}": pandera.Column(
            float,
            [pandera.Check(test, name=rule) for rule, test in tests.items()],
            nullable=True,
        )
        for name, tests in _VALUE_TESTS.items()
    }
    tests = _ROW_TESTS | _dated_tests(pd.Timestamp(as_of))
    checks = [
        pandera.Check(test, name=rule, ignore_na=False) for rule, test in tests.items()
    ]
    return pandera.DataFrameSchema(columns, checks)


def _checks_of(name: str, carrier: str) -> Iterator[pandera.Check]:
    """Checks of the text of one column."""
    tests: dict[str, ColumnTest] = {}
    if name in NUMBERS:
        tests["number_exponent"] = lambda text: ~text.str.match(_EXPONENT)
        tests["number_not_finite"] = lambda text: ~text.str.match(_NOT_FINITE)
        known = f"{_DECIMAL}|{_EXPONENT}|{_NOT_FINITE.removeprefix('(?i)')}"
        tests["number_format"] = lambda text: text.str.match(f"(?i){known}")
    elif name in INTEGERS:
        tests["integer_format"] = lambda text: text.str.match(_INTEGER)
    elif name in DATES:
        tests["date_format"] = lambda text: pd.to_datetime(
            text, format="%Y-%m-%d", errors="coerce"
        ).notna()
    elif name in BOOLEANS:
        tests["boolean_format"] = lambda text: text.str.lower().isin(["true", "false"])
    else:
        tests["formula_cell"] = lambda text: text.str.match(_NO_FORMULA)
    for rule, test in (tests | _text_tests(carrier).get(name, {})).items():
        yield pandera.Check(test, name=rule)


def _text_tests(carrier: str) -> dict[str, dict[str, ColumnTest]]:
    own, listed = sorted(bands_of(carrier)), sorted(bands_of())
    codes = list(reference.prefectures()["pref_code"])
    return {
        "station_id": {
            "station_id_format": lambda text: text.str.match("^[A-Za-z0-9_-]{1,64}$")
        },
        "pref_code": {"pref_code_format": lambda text: text.isin(codes)},
        "band": {
            "band_unlisted": lambda text: text.isin(listed),
            "band_not_of_carrier": lambda text: text.isin(own) | ~text.isin(listed),
        },
        "station_type": {"station_type_unknown": lambda text: text.isin(STATION_TYPES)},
        "status": {"status_unknown": lambda text: text.isin(STATUSES)},
        "azimuth_deg": {
            "azimuth_format": lambda text: text.str.match(_AZIMUTHS),
            "azimuth_range": lambda text: (
                text.str.match(f"^{_SECTOR}(?:;{_SECTOR})*$")
                | ~text.str.match(_AZIMUTHS)
            ),
        },
        "lat": {"coordinate_decimals": lambda text: text.str.contains(_FIVE_DECIMALS)},
        "lon": {"coordinate_decimals": lambda text: text.str.contains(_FIVE_DECIMALS)},
    }


_VALUE_TESTS: dict[str, dict[str, ColumnTest]] = {
    "antenna_height_m": {
        "antenna_height_range": lambda height: (height > 0) & (height <= 400),
        "antenna_height_high": lambda height: (height <= 100) | (height > 400),
    },
    "eirp_dbm": {
        "eirp_range": lambda eirp: eirp.between(-10, 85),
        "eirp_zero": lambda eirp: eirp != 0,
    },
    "backhaul_gbps": {"backhaul_range": lambda gbps: gbps > 0},
    "planned_fy": {"planned_fy_range": lambda year: year.between(2019, 2035)},
    "planned_quarter": {"planned_quarter_range": lambda quarter: quarter.between(1, 4)},
}


def _is_swapped(rows: Rows) -> pd.Series:
    lat, lon = rows["=lat"], rows["=lon"]
    looks_so = lat.between(122, 154) & lon.between(20, 46)
    return looks_so | ((lat.abs() > 90) & (lon.abs() <= 90))


def _is_plan(rows: Rows) -> pd.Series:
    return rows["status"].isin(["planned", "licensed"])


def _is_local_5g(rows: Rows) -> pd.Series:
    is_local = pd.Series(False, rows.index)
    low, high = rows["=freq_low_mhz"], rows["=freq_high_mhz"]
    for band in reference.foreign_bands().itertuples():
        is_local |= (low < band.high_mhz) & (high > band.low_mhz)
    return is_local & (low < high)


def _eirp_limit(rows: Rows) -> pd.Series:
    """Highest EIRP of a row at 28 GHz, dBm."""
    span = rows["=freq_high_mhz"] - rows["=freq_low_mhz"]
    bandwidth = rows["=bandwidth_mhz"].fillna(span)
    density = pd.Series(np.where(rows["=indoor"], 20.0, 25.0), rows.index)
    return (density + 10 * np.log10(bandwidth.where(bandwidth > 0))).round(1)


def _disagrees(rows: Rows) -> pd.Series:
    start, year = rows["=planned_start"], rows["=planned_fy"]
    fiscal_year = start.dt.year - (start.dt.month < 4)
    quarter = (start.dt.month - 4) % 12 // 3 + 1
    other_year = year.notna() & (year != fiscal_year)
    filed = rows["=planned_quarter"]
    other_quarter = filed.notna() & (filed != quarter)
    return start.notna() & (other_year | other_quarter)


def _ends_before_plan(rows: Rows) -> pd.Series:
    year, quarter = rows["=planned_fy"], rows["=planned_quarter"].fillna(4)
    months = ((year - 1970) * 12 + 3 + 3 * quarter).fillna(0).astype("int64")
    ends = pd.Series(
        months.to_numpy().astype("datetime64[M]").astype("datetime64[D]") - 1,
        rows.index,
    ).where(year.notna())
    start = rows["=planned_start"].fillna(ends)
    is_plan = _is_plan(rows) & rows["actual_start"].isna()
    return is_plan & (rows["=end_date"] <= start)


def _is_early(rows: Rows) -> pd.Series:
    counts = pd.Series(False, rows.index)
    for band in reference.advanced_bands().itertuples():
        counts |= (rows["=freq_low_mhz"] >= band.low_mhz) & (
            rows["=freq_high_mhz"] <= band.high_mhz
        )
    return counts & (rows["=actual_start"] < pd.Timestamp(FIRST_START))


_ROW_TESTS: dict[str, RowTest] = {
    "lat_lon_swapped": lambda rows: ~_is_swapped(rows),
    "lat_range": lambda rows: (
        rows["=lat"].isna() | rows["=lat"].between(20, 46) | _is_swapped(rows)
    ),
    "lon_range": lambda rows: (
        rows["=lon"].isna() | rows["=lon"].between(122, 154) | _is_swapped(rows)
    ),
    "frequency_missing": lambda rows: (
        ~rows["band"].isin(FREQUENCY_BANDS)
        | rows["freq_low_mhz"].notna()
        | rows["freq_high_mhz"].notna()
    ),
    "frequency_pair": lambda rows: (
        rows["freq_low_mhz"].isna() == rows["freq_high_mhz"].isna()
    ),
    "frequency_order": lambda rows: ~(rows["=freq_low_mhz"] >= rows["=freq_high_mhz"]),
    "frequency_local_5g": lambda rows: ~_is_local_5g(rows),
    "bandwidth_over_range": lambda rows: (
        (rows["=freq_low_mhz"] >= rows["=freq_high_mhz"])
        | ~(rows["=bandwidth_mhz"] > rows["=freq_high_mhz"] - rows["=freq_low_mhz"])
    ),
    "eirp_high": lambda rows: (
        ~((rows["band"] == "n257") & (rows["=eirp_dbm"] > _eirp_limit(rows)))
    ),
    "backhaul_missing": lambda rows: (
        (rows["station_type"] != "advanced") | rows["backhaul_gbps"].notna()
    ),
    "backhaul_low": lambda rows: (
        ~(
            (rows["station_type"] == "advanced")
            & (rows["=backhaul_gbps"] > 0)
            & (rows["=backhaul_gbps"] < 10)
        )
    ),
    "parent_missing": lambda rows: (
        (rows["station_type"] != "ordinary") | rows["parent_station_id"].notna()
    ),
    "parent_self": lambda rows: rows["parent_station_id"] != rows["station_id"],
    "planned_missing": lambda rows: (
        ~(_is_plan(rows) & rows["planned_start"].isna() & rows["planned_fy"].isna())
    ),
    "planned_start_range": lambda rows: (
        rows["=planned_start"].isna()
        | rows["=planned_start"].between("2019-04-01", "2036-03-31")
    ),
    "planned_quarter_alone": lambda rows: (
        rows["planned_quarter"].isna() | rows["planned_fy"].notna()
    ),
    "planned_disagree": lambda rows: ~_disagrees(rows),
    "actual_start_missing": lambda rows: (
        (rows["status"] != "operating") | rows["actual_start"].notna()
    ),
    "actual_start_early": lambda rows: ~_is_early(rows),
    "end_date_missing": lambda rows: (
        (rows["status"] != "retired") | rows["end_date"].notna()
    ),
    "end_date_order": lambda rows: ~(rows["=end_date"] < rows["=actual_start"]),
    "end_before_plan": lambda rows: ~_ends_before_plan(rows),
    "retired_never_started": lambda rows: (
        (rows["status"] != "retired") | rows["actual_start"].notna()
    ),
}


def _dated_tests(as_of: pd.Timestamp) -> dict[str, RowTest]:
    return {
        "actual_start_after_as_of": lambda rows: ~(rows["=actual_start"] > as_of),
        "status_dates": lambda rows: (
            ~(
                (_is_plan(rows) & rows["actual_start"].notna())
                | ((rows["status"] == "operating") & (rows["=end_date"] <= as_of))
                | ((rows["status"] == "retired") & (rows["=end_date"] > as_of))
            )
        ),
    }
