"""Rules on bands and frequencies of ``stations.csv`` (domain.md 4.2, 4.6)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from geodata.filings.row_rules.spectrum import (
    FREQUENCY_BANDS,
    Fit,
    band_class,
    bands_of,
    fit_blocks,
    is_advanced_band,
)
from geodata.filings.tables.rows import Hit, Rows, row_rule
from geodata.filings.tables.words import Words


@dataclass(frozen=True)
class Ranges:
    """How each band and frequency range filed stands, and the range of each row."""

    of_row: np.ndarray
    code: np.ndarray
    width_mhz: np.ndarray
    other_carrier: np.ndarray
    band_class: np.ndarray
    is_advanced: np.ndarray


def fit_rows(rows: Rows) -> None:
    """Leave the ranges and how they fit the allocations in ``rows.notes``."""
    of_row, first = _ranges(rows)
    low, high = rows.number("freq_low_mhz")[first], rows.number("freq_high_mhz")[first]
    bands = Words(rows.text["band"].take(first))
    fit = fit_blocks(rows.plan.carrier, bands, low, high)
    rows.notes["ranges"] = Ranges(
        of_row,
        fit.code,
        fit.width_mhz,
        fit.other_carrier,
        band_class(bands, low, high),
        is_advanced_band(low, high),
    )


def _ranges(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Number of each row's band and range as filed, and a row of each number."""
    key = np.zeros(len(rows), np.int64)
    for name in ("band", "freq_low_mhz", "freq_high_mhz"):
        words = rows.words(name)
        of_row, known = pd.factorize(key * (len(words.names) + 1) + words.codes + 1)
        key = of_row.astype(np.int64)
    first = np.zeros(len(known), np.int64)
    first[of_row[::-1]] = np.arange(len(rows))[::-1]
    return of_row.astype(np.int32), first


def _own_band(rows: Rows) -> np.ndarray:
    return rows.words("band").is_in(bands_of(rows.plan.carrier))


@row_rule("band_unlisted", "stations")
def _band_unlisted(rows: Rows) -> np.ndarray:
    return rows.is_given("band") & ~rows.words("band").is_in(bands_of())


@row_rule("band_not_of_carrier", "stations")
def _band_not_of_carrier(rows: Rows) -> Hit:
    is_foreign = rows.words("band").is_in(bands_of()) & ~_own_band(rows)
    return Hit(is_foreign, "band", {"carrier": rows.plan.carrier})


@row_rule("frequency_missing", "stations")
def _frequency_missing(rows: Rows) -> Hit:
    is_absent = ~rows.is_given("freq_low_mhz") & ~rows.is_given("freq_high_mhz")
    is_needed = rows.words("band").is_in(FREQUENCY_BANDS)
    return Hit(is_absent & is_needed, "freq_low_mhz", {"band": rows.text["band"]})


@row_rule("frequency_pair", "stations")
def _frequency_pair(rows: Rows) -> np.ndarray:
    return rows.is_given("freq_low_mhz") ^ rows.is_given("freq_high_mhz")


@row_rule("frequency_order", "stations")
def _frequency_order(rows: Rows) -> Hit:
    low, high = rows.number("freq_low_mhz"), rows.number("freq_high_mhz")
    extra: dict[str, object] = {"high": rows.text["freq_high_mhz"]}
    return Hit(low >= high, "freq_low_mhz", extra)


def _fit_hit(rows: Rows, code: Fit, *, own_band_only: bool = True) -> Hit:
    ranges: Ranges = rows.notes["ranges"]
    breach = (ranges.code == code)[ranges.of_row]
    if own_band_only:
        breach &= _own_band(rows)
    extra: dict[str, object] = {
        "high": rows.text["freq_high_mhz"],
        "band": rows.text["band"],
        "carrier": rows.plan.carrier,
        "other": pa.DictionaryArray.from_arrays(
            ranges.of_row, pa.array(ranges.other_carrier, pa.string())
        ),
    }
    return Hit(breach, "freq_low_mhz", extra)


@row_rule("frequency_local_5g", "stations")
def _frequency_local_5g(rows: Rows) -> Hit:
    return _fit_hit(rows, Fit.LOCAL_5G, own_band_only=False)


@row_rule("frequency_of_another_carrier", "stations")
def _frequency_of_another_carrier(rows: Rows) -> Hit:
    return _fit_hit(rows, Fit.OTHER_CARRIER)


@row_rule("frequency_outside_allocation", "stations")
def _frequency_outside_allocation(rows: Rows) -> Hit:
    return _fit_hit(rows, Fit.OUTSIDE_SOURCED)


@row_rule("frequency_outside_recalled", "stations")
def _frequency_outside_recalled(rows: Rows) -> Hit:
    return _fit_hit(rows, Fit.OUTSIDE_RECALLED)


@row_rule("bandwidth_range", "stations")
def _bandwidth_range(rows: Rows) -> Hit:
    bandwidth = rows.number("bandwidth_mhz")
    ranges: Ranges = rows.notes["ranges"]
    width = ranges.width_mhz[ranges.of_row]
    is_out = (bandwidth <= 0) | (bandwidth > width)
    return Hit(is_out, "bandwidth_mhz", {"width": width})


@row_rule("bandwidth_over_range", "stations", phase=2)
def _bandwidth_over_range(rows: Rows) -> Hit:
    width = rows.number("freq_high_mhz") - rows.number("freq_low_mhz")
    is_wider = (rows.number("bandwidth_mhz") > width) & ~rows.is_rejected
    return Hit(is_wider, "bandwidth_mhz", {"width": width})
