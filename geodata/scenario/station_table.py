"""Rows of ``stations.csv`` (domain.md 4.2) from drawn rows."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geodata.scenario.calibration import RadioSettings
from geodata.scenario.geography import Bools, Floats, Ints
from geodata.scenario.rows import ADVANCED, ANCHOR, ORDINARY, REPEATER, RETIRED, Job

_TYPE_OF_KIND = {
    ANCHOR: "advanced",
    ADVANCED: "advanced",
    ORDINARY: "ordinary",
    REPEATER: "repeater",
    RETIRED: "ordinary",
}
_MICRO = 1_000_000
_NUMBER_DIGITS = 7
_RETIRED_LEAST_DAYS = 30
_SECTORS = (1, 2, 3, 3, 3)  # most sites have three
_AZIMUTH_STEP = 10


def station_table(job: Job, rows: pd.DataFrame) -> pa.Table:
    """All columns of ``stations.csv``, typed, in the order of domain.md 4.2.

    Parameters
    ----------
    job : Job
        The carrier.
    rows : DataFrame
        As from `sites.place_on_sites`. Not modified.

    Returns
    -------
    pyarrow.Table
        One row per station and band; null where the format leaves a cell empty.
    """
    station_id = _ids(job.carrier.station_id_prefix, pa.array(rows.index))
    kind = rows["kind"].to_numpy()
    columns = {
        "station_id": station_id,
        "site_id": _ids(f"{job.carrier.station_id_prefix}S", pa.array(rows["site"])),
        "lat": rows["lat_micro"].to_numpy() / _MICRO,
        "lon": rows["lon_micro"].to_numpy() / _MICRO,
        **_spectrum(job, rows),
        "station_type": _choose(list(_TYPE_OF_KIND.values()), kind),
        "parent_station_id": _where(
            ~_is_advanced(kind), station_id.take(pa.array(rows["parent"]))
        ),
        "indoor": rows["indoor"].to_numpy(),
        **_radio(job, rows),
        **_flags(job, rows),
        **_dates(job, rows),
    }
    return pa.table(columns)


def _is_advanced(kind: Ints) -> Bools:
    return (kind == ANCHOR) | (kind == ADVANCED)


def _ids(prefix: str, numbers: pa.Array) -> pa.Array:
    digits = pc.utf8_lpad(pc.cast(numbers, pa.string()), _NUMBER_DIGITS, "0")
    return pc.binary_join_element_wise(prefix, digits, "")


def _choose(names: list[str], index: npt.NDArray[np.integer]) -> pa.Array:
    return pa.array(names).take(pa.array(index))


def _where(keep: Bools, values: pa.Array | npt.NDArray[np.generic]) -> pa.Array:
    return pc.if_else(pa.array(keep), values, None)


def _spectrum(job: Job, rows: pd.DataFrame) -> dict[str, pa.Array]:
    block, table = rows["block"].to_numpy(), job.blocks.table
    return {
        "band": _choose(table["band"].tolist(), block),
        "freq_low_mhz": table["low_mhz"].to_numpy(float)[block],
        "freq_high_mhz": table["high_mhz"].to_numpy(float)[block],
        "bandwidth_mhz": job.blocks.width_mhz[block],
    }


def _radio(job: Job, rows: pd.DataFrame) -> dict[str, pa.Array]:
    settings, rng = job.calibration.radio, job.rng
    indoor = rows["indoor"].to_numpy()
    is_mmwave = job.blocks.is_mmwave[rows["block"].to_numpy()]
    width = job.blocks.width_mhz[rows["block"].to_numpy()]
    height = _by_place(
        indoor,
        _uniform(settings.indoor_height_m, len(rows), rng),
        np.where(
            is_mmwave,
            _uniform(settings.mmwave_height_m, len(rows), rng),
            _uniform(settings.outdoor_height_m, len(rows), rng),
        ),
    )
    per_mhz = _by_place(
        indoor,
        _uniform(settings.indoor_eirp_dbm_per_mhz, len(rows), rng),
        _uniform(settings.outdoor_eirp_dbm_per_mhz, len(rows), rng),
    )
    return {
        "antenna_height_m": height,
        "eirp_dbm": np.round(per_mhz + 10 * np.log10(width), 1),
        "azimuth_deg": _azimuths(indoor, rng),
        "backhaul_gbps": _backhaul(rows["kind"].to_numpy(), settings, rng),
    }


def _uniform(limits: list[float], count: int, rng: np.random.Generator) -> Floats:
    return np.round(rng.uniform(limits[0], limits[1], count), 1)


def _by_place(indoor: Bools, inside: Floats, outside: Floats) -> Floats:
    return np.where(indoor, inside, outside)


def _azimuths(indoor: Bools, rng: np.random.Generator) -> pa.Array:
    """Evenly turned sectors outdoors; none (omnidirectional) indoors."""
    texts = [
        ";".join(str(first + turn * 360 // sectors) for turn in range(sectors))
        for sectors in _SECTORS
        for first in range(0, 360 // sectors, _AZIMUTH_STEP)
    ]
    index = rng.integers(0, len(texts), len(indoor))
    return _where(~indoor, _choose(texts, index))


def _backhaul(
    kind: Ints, settings: RadioSettings, rng: np.random.Generator
) -> pa.Array:
    advanced = rng.choice(settings.advanced_backhaul_gbps, len(kind))
    ordinary = rng.choice(settings.ordinary_backhaul_gbps, len(kind))
    gbps = np.where(_is_advanced(kind), advanced, ordinary)
    return _where(kind != REPEATER, gbps)


def _flags(job: Job, rows: pd.DataFrame) -> dict[str, npt.NDArray[np.bool_]]:
    settings = job.calibration.rows
    stand_alone = np.asarray(settings.stand_alone_share)[rows["year"].to_numpy()]
    return {
        "sa_capable": job.rng.random(len(rows)) < stand_alone,
        "shared": job.rng.random(len(rows)) < settings.infrastructure_sharing_share,
    }


def _dates(job: Job, rows: pd.DataFrame) -> dict[str, pa.Array]:
    start, kind = rows["start"].to_numpy(), rows["kind"].to_numpy()
    fiscal_year = rows["year"].to_numpy() + job.calibration.first_fiscal_year
    is_planned = fiscal_year > job.calibration.as_of_fiscal_year
    form = job.rng.random(len(rows))
    settings = job.calibration.rows
    has_date = form >= settings.year_only_share + settings.quarter_share
    has_quarter = ~has_date & (form >= settings.year_only_share)
    is_licensed = (
        is_planned
        & (fiscal_year == job.calibration.as_of_fiscal_year + 1)
        & (job.rng.random(len(rows)) < settings.licensed_share)
    )
    is_retired = kind == RETIRED
    status = np.select([is_retired, is_licensed, is_planned], [3, 1, 0], default=2)
    return {
        "planned_start": _where(is_planned & has_date, _as_dates(start)),
        "planned_fy": _where(is_planned & ~has_date, fiscal_year),
        "planned_quarter": _where(is_planned & has_quarter, _quarters(start)),
        "actual_start": _where(~is_planned, _as_dates(start)),
        "end_date": _where(is_retired, _as_dates(_ends(job, start))),
        "status": _choose(["planned", "licensed", "operating", "retired"], status),
    }


def _as_dates(days: Ints) -> pa.Array:
    return pa.array(days.astype(np.int32)).cast(pa.date32())


def _quarters(days: Ints) -> Ints:
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return (months - 3) % 12 // 3 + 1


def _ends(job: Job, start: Ints) -> Ints:
    longest = np.maximum(job.as_of_day - start - _RETIRED_LEAST_DAYS, 1)
    days = _RETIRED_LEAST_DAYS + (job.rng.random(len(start)) * longest).astype(np.int64)
    return start + days
