"""Who may transmit where in the spectrum, and how bands are classed."""

from datetime import date
from typing import Any

import pandas as pd

from geodata.reference.shipped import lend, read_toml

CARRIERS = ("docomo", "kddi", "softbank", "rakuten")
"""The four carriers in display order."""

COMBINED = "combined"
"""All carriers together: union of cells, sum of stations (4者合計)."""


@lend
def carriers() -> pd.DataFrame:
    """The four carriers (携帯電話事業者) in display order.

    Returns
    -------
    DataFrame, shape (4, 5)
        ``carrier``, ``name_ja``, ``name_en``, ``sort_order`` (int64, from 1),
        ``provenance`` (of the Japanese name; English names are recalled).
    """
    table = read_toml("carriers.toml")["carrier"]
    rows = [
        (c, table[c]["name_ja"], table[c]["name_en"], order, table[c]["provenance"])
        for order, c in enumerate(CARRIERS, start=1)
    ]
    columns = ["carrier", "name_ja", "name_en", "sort_order", "provenance"]
    return pd.DataFrame(rows, columns=columns)


@lend
def band_classes() -> pd.DataFrame:
    """Classes of frequency bands (周波数区分) in display order.

    Returns
    -------
    DataFrame, shape (5, 5)
        ``band_class``, ``name_ja``, ``name_en``, ``sort_order`` (int64, from 1),
        ``provenance``.

    Notes
    -----
    Source: domain.md 3.3.
    """
    table = pd.DataFrame(read_toml("band_classes.toml")["band_class"])
    table["sort_order"] = range(1, len(table) + 1)
    columns = ["band_class", "name_ja", "name_en", "sort_order", "provenance"]
    return table.rename(columns={"id": "band_class"})[columns]


@lend
def band_class_ranges() -> pd.DataFrame:
    """Frequency ranges of each class; a block belongs to the range that holds it whole.

    Returns
    -------
    DataFrame, shape (14, 4)
        Sorted, disjoint. ``low_mhz``, ``high_mhz`` (float64, MHz, over low and up to
        high), ``band_class``, ``provenance``.
    """
    return _ranges(read_toml("band_classes.toml")["range"], "band_class")


@lend
def band_class_fallback() -> pd.DataFrame:
    """Class by NR band name, for rows that state no frequency.

    Returns
    -------
    DataFrame, shape (10, 2)
        ``band``, ``band_class``. n77 and n78 are absent: they span 3.4-3.6 GHz
        (``reuse_mid``) and 3.6-4.1 GHz (``sub6``), so only a frequency can tell.
    """
    pairs = read_toml("band_classes.toml")["band_fallback"].items()
    return pd.DataFrame(pairs, columns=["band", "band_class"])


@lend
def advanced_bands() -> pd.DataFrame:
    """Frequency ranges whose advanced stations count for 5G基盤展開率.

    Returns
    -------
    DataFrame, shape (4, 3)
        ``low_mhz``, ``high_mhz`` (float64), ``provenance``: the 2019 allocation, a
        project decision (domain.md 3.1).
    """
    return _ranges(read_toml("bands.toml")["advanced"])


@lend
def foreign_bands() -> pd.DataFrame:
    """Frequency ranges that are no carrier's: local 5G (ローカル5G).

    Returns
    -------
    DataFrame, shape (2, 5)
        ``low_mhz``, ``high_mhz`` (float64), ``use_ja``, ``use_en``, ``provenance``.
    """
    return _ranges(read_toml("bands.toml")["foreign"], "use_ja", "use_en")


@lend
def allocations() -> pd.DataFrame:
    """Spectrum blocks of the carriers, in the order of the specification.

    Returns
    -------
    DataFrame, shape (30, 9)
        ``carrier``, ``band_class``, ``bands`` (tuple of NR band names),
        ``ul_low_mhz``, ``ul_high_mhz`` (uplink; NaN where duplex is by time),
        ``low_mhz``, ``high_mhz`` (downlink, or both ways), float64,
        ``certified_on`` (date, None where not known), ``provenance``.

    Notes
    -----
    Source: domain.md 4.6. Two carriers may hold one block in different areas.
    """
    return pd.DataFrame(
        [_allocation(a) for a in read_toml("allocations.toml")["allocation"]]
    ).astype({"certified_on": "object"})


def _allocation(block: dict[str, Any]) -> dict[str, Any]:
    certified_on: date | None = block.get("certified_on")
    return {
        "carrier": block["carrier"],
        "band_class": block["class"],
        "bands": tuple(block["bands"]),
        "ul_low_mhz": float(block.get("ul_low", "nan")),
        "ul_high_mhz": float(block.get("ul_high", "nan")),
        "low_mhz": float(block["low"]),
        "high_mhz": float(block["high"]),
        "certified_on": certified_on,
        "provenance": block["provenance"],
    }


def _ranges(rows: list[dict[str, Any]], *extra: str) -> pd.DataFrame:
    renamed = {"low": "low_mhz", "high": "high_mhz"}
    table = pd.DataFrame(rows).rename(columns=renamed).sort_values("low_mhz")
    columns = ["low_mhz", "high_mhz", *extra, "provenance"]
    floats = {"low_mhz": "float64", "high_mhz": "float64"}
    return table[columns].astype(floats).reset_index(drop=True)
