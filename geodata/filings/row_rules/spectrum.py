"""Where a filed frequency range stands against the allocations (domain.md 4.6)."""

from dataclasses import dataclass
from enum import IntEnum
from functools import cache

import numpy as np
import pyarrow as pa

from geodata import reference
from geodata.filings.tables.words import Words

FREQUENCY_BANDS = ("n77", "n78", "n79", "n257")
"""Bands whose rows must state their frequencies (domain.md 4.2)."""


class Fit(IntEnum):
    """How a frequency range fits the carrier's allocations."""

    UNKNOWN = 0
    INSIDE = 1
    LOCAL_5G = 2
    OTHER_CARRIER = 3
    OUTSIDE_SOURCED = 4
    OUTSIDE_RECALLED = 5


@dataclass(frozen=True)
class Block:
    """One allocation block; edges in MHz, downlink where duplex is by frequency."""

    carrier: str
    bands: tuple[str, ...]
    low: float
    high: float
    is_sourced: bool


@dataclass(frozen=True)
class SpectrumFit:
    """Fit of each row: code, block width in MHz (NaN: none), carrier overlapped."""

    code: np.ndarray
    width_mhz: np.ndarray
    other_carrier: np.ndarray


@cache
def blocks() -> tuple[Block, ...]:
    """Every allocation block of the reference table."""
    rows = reference.allocations().itertuples()
    return tuple(
        Block(
            row.carrier,
            tuple(row.bands),
            float(row.low_mhz),
            float(row.high_mhz),
            str(row.provenance).startswith("sourced"),
        )
        for row in rows
    )


@cache
def bands_of(carrier: str | None = None) -> frozenset[str]:
    """NR bands allocated to `carrier`, or to anyone."""
    return frozenset(
        band
        for block in blocks()
        if carrier in (None, block.carrier)
        for band in block.bands
    )


def fit_blocks(
    carrier: str, bands: Words, low: np.ndarray, high: np.ndarray
) -> SpectrumFit:
    """Hold each range against the blocks of `carrier` and of the others.

    Parameters
    ----------
    carrier : str
        Whose rows these are.
    bands : Words, length n
        NR band of each row.
    low, high : ndarray of float64, shape (n,)
        MHz; NaN where not stated, which gives `Fit.UNKNOWN`.

    Returns
    -------
    SpectrumFit
        Of several breaches the first of: local 5G, another carrier's block, outside
        the own blocks. A range that meets no sourced block, on a band that only
        recalled blocks of the carrier hold, is `Fit.OUTSIDE_RECALLED`.
    """
    shape = low.shape
    width = np.full(shape, np.nan)
    widest = np.full(shape, np.nan)
    is_inside, is_sourced = np.zeros(shape, bool), np.zeros(shape, bool)
    other = np.full(shape, None, object)
    for block in blocks():
        overlaps = (low < block.high) & (high > block.low)
        if block.is_sourced:
            is_sourced |= overlaps
        if block.carrier == carrier:
            is_band = bands.is_in(block.bands)
            holds = is_band & (low >= block.low) & (high <= block.high)
            width[holds] = block.high - block.low
            widest[is_band] = np.fmax(widest[is_band], block.high - block.low)
            is_inside |= holds
            is_sourced |= is_band & block.is_sourced
        elif block.is_sourced:
            other[overlaps] = block.carrier
    code = np.full(shape, int(Fit.OUTSIDE_RECALLED), np.int8)
    code[is_sourced] = Fit.OUTSIDE_SOURCED
    code[other != None] = Fit.OTHER_CARRIER  # noqa: E711 - elementwise
    code[is_inside] = Fit.INSIDE
    code[_is_local_5g(low, high)] = Fit.LOCAL_5G
    code[~(low < high)] = Fit.UNKNOWN
    return SpectrumFit(code, np.where(np.isnan(width), widest, width), other)


def fit_block(carrier: str, band: str, low: float, high: float) -> Fit:
    """Fit of one range; a band that the carrier does not hold is outside."""
    fit = fit_blocks(
        carrier, Words(pa.array([band])), np.array([low]), np.array([high])
    )
    code = Fit(int(fit.code[0]))
    if code == Fit.OUTSIDE_RECALLED and band not in bands_of(carrier):
        return Fit.OUTSIDE_SOURCED
    return code


def band_class(bands: Words, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Band class (周波数区分) by frequency, by band name where none is stated.

    Parameters
    ----------
    bands : Words, length n
    low, high : ndarray of float64, shape (n,)
        MHz, NaN where not stated.

    Returns
    -------
    ndarray of object, shape (n,)
        ``reuse_low``, ``reuse_mid``, ``new_mid``, ``sub6``, ``mmwave``; None where
        neither tells (domain.md 3.3).
    """
    fallback = reference.band_class_fallback()
    found = bands.map(dict(zip(fallback["band"], fallback["band_class"], strict=True)))
    for row in reference.band_class_ranges().itertuples():
        found[(low >= row.low_mhz) & (high <= row.high_mhz)] = row.band_class
    return found


def is_advanced_band(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Whether each range lies in the bands that count for 5G基盤展開率."""
    inside = np.zeros(low.shape, bool)
    for row in reference.advanced_bands().itertuples():
        inside |= (low >= row.low_mhz) & (high <= row.high_mhz)
    return inside


def _is_local_5g(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    overlaps = np.zeros(low.shape, bool)
    for local_low, local_high in _local_5g():
        overlaps |= (low < local_high) & (high > local_low)
    return overlaps


@cache
def _local_5g() -> tuple[tuple[float, float], ...]:
    bands = reference.foreign_bands()
    return tuple(zip(bands["low_mhz"], bands["high_mhz"], strict=True))
