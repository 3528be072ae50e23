"""What every form of licence data gives: stations by licensee, place and band class."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import pandas as pd

from geodata.reference import band_class_ranges, carriers
from geodata.schemas import TABLES

LICENCE_COUNT = "raw.licence_count"
LTE = "lte"
UNKNOWN_BAND = "unknown"
INDIVIDUAL, BLANKET = "individual", "blanket"

KEY = list(TABLES[LICENCE_COUNT].key)

_WITHHELD = re.compile(r"[*＊]+")
_CORPORATE_NUMBER = re.compile(r"\s*法人番号\s*[0-9]*\s*$")
_CALL_SIGN = re.compile(r"\s*[(（][^()（）]*[)）]\s*$")
_FREQUENCY = re.compile(r"([0-9][0-9,]*(?:\.[0-9]+)?)\s*([kMG])Hz", re.IGNORECASE)
_MHZ = {"k": 1e-3, "m": 1.0, "g": 1e3}


@dataclass(frozen=True)
class LicenceRows:
    """Rows of one file.

    Attributes
    ----------
    table : DataFrame
        Columns of ``raw.licence_count``, keys not yet unique.
    read_count : int
        Data rows of the file, rejected ones included.
    accepted_count : int
        Those of them that are in `table` (a row may stand there once per band class).
    notes : tuple of str
        What to tell whoever reads the release.
    """

    table: pd.DataFrame
    read_count: int
    accepted_count: int
    notes: tuple[str, ...] = field(default=())


def is_withheld(text: str) -> bool:
    """Whether a value stands as asterisks (``＊＊＊＊＊`` or ``*****``)."""
    return _WITHHELD.fullmatch(text.strip()) is not None


def with_breaks(text: str) -> str:
    """Text with line ends and tabs for the API's two characters backslash, n or t."""
    return text.replace("\\n", "\n").replace("\\t", "\t")


def licensee_of(name: str) -> str:
    """Licensee's name without its corporate number and call sign.

    Examples
    --------
    >>> licensee_of("楽天モバイル株式会社 法人番号2010901041404")
    '楽天モバイル株式会社'
    """
    return _CALL_SIGN.sub("", _CORPORATE_NUMBER.sub("", name)).strip()


def carriers_of(licensees: pd.Series) -> pd.Series:
    """Carrier of each licensee name; NA where it is none of the four's companies."""
    known = _carrier_by_company()
    return licensees.map(lambda name: known.get(_plain(name))).astype("str")


def company_of(carrier: str) -> str:
    """Licensee name of a carrier, the first where two companies are one applicant."""
    table = carriers().set_index("carrier")["name_ja"]
    return str(table[carrier]).partition("/")[0]


@cache
def band_classes_of(emissions: str) -> tuple[str, ...]:
    r"""Band classes of an emission table (電波の型式, 周波数, 空中線電力).

    Parameters
    ----------
    emissions : str
        ``radioSpec1``: rows parted by the two characters backslash and n, cells by
        backslash and t; frequencies in kHz, MHz or GHz.

    Returns
    -------
    tuple of str
        Each class once, however many frequencies lie in it; ``("unknown",)`` where
        the table is withheld or no frequency lies in a class.

    Notes
    -----
    The class is that of the frequency alone: in the reused 4G bands (``reuse_low``,
    ``reuse_mid``) a licence does not say whether the station runs 4G or 5G.

    Examples
    --------
    >>> band_classes_of(r"100MX7W\t27.15 GHz\t663  mW\n99M9X7W\t3849.99 MHz\t1 W")
    ('mmwave', 'sub6')
    """
    ranges = band_class_ranges()
    text = unicodedata.normalize("NFKC", with_breaks(emissions))
    found: dict[str, None] = {}
    for number, unit in _FREQUENCY.findall(text):
        mhz = float(number.replace(",", "")) * _MHZ[unit.lower()]
        holds = (ranges["low_mhz"] < mhz) & (mhz <= ranges["high_mhz"])
        found.update(dict.fromkeys(ranges["band_class"][holds]))
    return tuple(found) or (UNKNOWN_BAND,)


def summed(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Rows of ``raw.licence_count``: counts of equal keys added up.

    The carrier is filled in; rows are in the order of the key.
    """
    table = pd.concat(parts, ignore_index=True)
    sums = table.groupby(KEY, dropna=False, sort=True)["station_count"].sum()
    counts = sums.reset_index()
    counts["carrier"] = carriers_of(counts["licensee"])
    return counts[TABLES[LICENCE_COUNT].column_names]


def no_rows() -> pd.DataFrame:
    """A frame of no rows with the columns that :func:`summed` reads."""
    columns = [*KEY, "station_count"]
    return pd.DataFrame({name: pd.Series(dtype="str") for name in columns}).astype(
        {"station_count": "int64", "counted_on": "datetime64[us]"}
    )


def _plain(name: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name))


@cache
def _carrier_by_company() -> dict[str, str]:
    table = carriers()
    return {
        _plain(company): carrier
        for carrier, names in zip(table["carrier"], table["name_ja"], strict=True)
        for company in names.split("/")
    }
