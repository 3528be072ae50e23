"""Rules on bands and frequencies of ``stations.csv`` (domain.md 4.2, 4.6)."""

import numpy as np

from geodata.filings.rows import Hit, Rows, row_rule
from geodata.filings.spectrum import (
    FREQUENCY_BANDS,
    BandColumn,
    Fit,
    SpectrumFit,
    bands_of,
    fit_blocks,
)


def fit_rows(rows: Rows) -> None:
    """Leave the bands and how they fit the allocations in ``rows.notes``."""
    bands = BandColumn(rows.text["band"])
    low, high = rows.number("freq_low_mhz"), rows.number("freq_high_mhz")
    rows.notes["bands"] = bands
    rows.notes["fit"] = fit_blocks(rows.plan.carrier, bands, low, high)


def _own_band(rows: Rows) -> np.ndarray:
    return rows.notes["bands"].is_in(bands_of(rows.plan.carrier))


@row_rule("band_unlisted", "stations")
def _band_unlisted(rows: Rows) -> np.ndarray:
    return rows.is_given("band") & ~rows.notes["bands"].is_in(bands_of())


@row_rule("band_not_of_carrier", "stations")
def _band_not_of_carrier(rows: Rows) -> Hit:
    is_foreign = rows.notes["bands"].is_in(bands_of()) & ~_own_band(rows)
    return Hit(is_foreign, "band", {"carrier": rows.plan.carrier})


@row_rule("frequency_missing", "stations")
def _frequency_missing(rows: Rows) -> Hit:
    is_absent = ~rows.is_given("freq_low_mhz") & ~rows.is_given("freq_high_mhz")
    is_needed = rows.notes["bands"].is_in(FREQUENCY_BANDS)
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
    fit: SpectrumFit = rows.notes["fit"]
    breach = fit.code == code
    if own_band_only:
        breach &= _own_band(rows)
    extra: dict[str, object] = {
        "high": rows.text["freq_high_mhz"],
        "band": rows.text["band"],
        "carrier": rows.plan.carrier,
        "other": fit.other_carrier,
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
    width = rows.notes["fit"].width_mhz
    is_out = (bandwidth <= 0) | (bandwidth > width)
    return Hit(is_out, "bandwidth_mhz", {"width": width})


@row_rule("bandwidth_over_range", "stations", phase=2)
def _bandwidth_over_range(rows: Rows) -> Hit:
    width = rows.number("freq_high_mhz") - rows.number("freq_low_mhz")
    is_wider = (rows.number("bandwidth_mhz") > width) & ~rows.is_rejected
    return Hit(is_wider, "bandwidth_mhz", {"width": width})
