"""Frequency blocks that a carrier's rows may use, and how often."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata import reference
from geodata.calendar import fiscal_year_end
from geodata.scenario.calibration import Calibration, CarrierSettings
from geodata.scenario.geography import Bools, Floats, Ints

_ALLOCATION_OF_2019 = date(2019, 4, 10)


@dataclass(frozen=True)
class Blocks:
    """Blocks of one carrier.

    Attributes
    ----------
    table : DataFrame
        ``band, band_class, low_mhz, high_mhz, certified_on``.
    first_day : int64 array, shape (n_block,)
        First possible day of service, days since 1970-01-01.
    weight : float64 array, shape (n_year, n_block)
        Shares of the rows drawn for each fiscal year; each year sums to 1 or 0.
    """

    table: pd.DataFrame
    first_day: Ints
    weight: Floats

    @property
    def is_of_2019(self) -> Bools:
        """Blocks of the 2019 allocation: the only ones of advanced stations."""
        return (self.table["certified_on"] == _ALLOCATION_OF_2019).to_numpy(bool)

    @property
    def is_mmwave(self) -> Bools:
        """Blocks at 28 GHz."""
        return (self.table["band_class"] == "mmwave").to_numpy(bool)

    @property
    def width_mhz(self) -> Floats:
        """Bandwidth of each block; of one direction where it is paired."""
        return (self.table["high_mhz"] - self.table["low_mhz"]).to_numpy(float)

    def draw(self, year: Ints, rng: np.random.Generator) -> Ints:
        """Draw a block for each row; `year` counts from the first fiscal year."""
        cumulative = np.cumsum(self.weight, axis=1)
        draws = rng.random(len(year))[:, None] * cumulative[year, -1:]
        return (draws >= cumulative[year]).sum(axis=1)


def carrier_blocks(name: str, calibration: Calibration) -> Blocks:
    """Blocks of carrier `name` from its sourced allocations, with their shares.

    An allocation is used when the reference table dates it or the calibration says
    since when the carrier holds it, and when it starts inside the plan's years.
    """
    carrier = calibration.carriers[name]
    table = reference.allocations()
    is_sourced = table["provenance"].str.startswith("sourced").to_numpy(bool)
    table = table[(table["carrier"] == name) & is_sourced].reset_index(drop=True)
    table = table.assign(
        band=[_band(bands, carrier) for bands in table["bands"]],
        certified_on=[
            _certified_on(row.certified_on, name, row.low_mhz, calibration)
            for row in table.itertuples()
        ],
    )
    last_day = fiscal_year_end(calibration.fiscal_years[-1])
    usable = [day is not None and day <= last_day for day in table["certified_on"]]
    table = table[usable].reset_index(drop=True)
    first_on = [_first_on(row, carrier, calibration) for row in table.itertuples()]
    columns = ["band", "band_class", "low_mhz", "high_mhz", "certified_on"]
    return Blocks(
        table=table[columns],
        first_day=np.array(first_on, "datetime64[D]").astype(np.int64),
        weight=_weights(table["band_class"], first_on, carrier, calibration),
    )


def _band(bands: tuple[str, ...], carrier: CarrierSettings) -> str:
    return next((band for band in carrier.nr_bands if band in bands), bands[0])


def _certified_on(
    known: object, name: str, low_mhz: float, calibration: Calibration
) -> date | None:
    if isinstance(known, date) and not pd.isna(known):
        return date(known.year, known.month, known.day)
    return calibration.reused_certified_on.get((name, float(low_mhz)))


def _first_on(
    block: object, carrier: CarrierSettings, calibration: Calibration
) -> date:
    if getattr(block, "band_class", "").startswith("reuse"):
        return max(calibration.rows.reuse_from, carrier.service_start)
    return max(getattr(block, "certified_on", date.max), carrier.service_start)


def _weights(
    classes: pd.Series,
    first_on: list[date],
    carrier: CarrierSettings,
    calibration: Calibration,
) -> npt.NDArray[np.float64]:
    years = calibration.fiscal_years
    year_ends = [fiscal_year_end(year) for year in years]
    usable = np.array([[day <= end for day in first_on] for end in year_ends], float)
    share = np.array(
        [carrier.class_share.get(name, [0.0] * len(years)) for name in classes]
    ).T
    for name in classes.unique():
        of_class = (classes == name).to_numpy(bool)
        count = usable[:, of_class].sum(axis=1, keepdims=True)
        share[:, of_class] /= np.maximum(count, 1)
    weight = share * usable
    return weight / np.maximum(weight.sum(axis=1, keepdims=True), np.finfo(float).tiny)
