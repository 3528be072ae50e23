"""Checks of columns that several official tables share: codes, days, counts."""

import pandas as pd
import pandera.pandas as pandera

from geodata.readers.reading import rule
from geodata.reference.municipality_code import known_municipality_codes

_FIVE_DIGITS = r"[0-9]{5}"
_TOWN_KEY = r"[0-9]{9}(?:[0-9]{2})?"
_WHOLE = r"[0-9]{1,9}"


def days(texts: pd.Series) -> pd.Series:
    """ISO days as datetime64; NaT where a text is no day of the calendar."""
    is_iso = texts.str.fullmatch(r"\d{4}-\d{2}-\d{2}").fillna(value=False).astype(bool)
    return pd.to_datetime(texts.where(is_iso), format="%Y-%m-%d", errors="coerce")


def is_day(texts: pd.Series) -> pd.Series:
    """Whether each text is a day of the calendar such as ``2024-04-01``."""
    return days(texts).notna()


def is_known_municipality(codes: pd.Series) -> pd.Series:
    """Whether each 5-digit code is, or was, a municipality's; null gives False."""
    return codes.isin(known_municipality_codes())


def day_column() -> pandera.Column:
    """Column of ISO days, each there."""
    return pandera.Column(checks=rule("bad_value", "a day such as 2024-04-01", is_day))


def city_code_column() -> pandera.Column:
    """Column of 5-digit municipality codes that someone has, or had."""
    return pandera.Column(
        checks=[
            rule(
                "bad_value",
                "five digits, a leading zero included",
                lambda s: s.str.fullmatch(_FIVE_DIGITS),
            ),
            rule(
                "unknown_municipality",
                "a code of the list of municipalities, or one it had before",
                lambda s: is_known_municipality(s) | ~s.str.fullmatch(_FIVE_DIGITS),
            ),
        ]
    )


def town_key_column() -> pandera.Column:
    """Column of keys of 2020 census towns (KEY_CODE of 小地域): 9 or 11 digits."""
    return pandera.Column(
        checks=rule(
            "bad_value",
            "9 or 11 digits (KEY_CODE of the 2020 census town)",
            lambda s: s.str.fullmatch(_TOWN_KEY),
        )
    )


def count_column() -> pandera.Column:
    """Column of whole numbers from 0, in digits only."""
    return pandera.Column(
        checks=rule(
            "bad_value",
            "a whole number from 0, digits only",
            lambda s: s.str.fullmatch(_WHOLE),
        )
    )


def name_column() -> pandera.Column:
    """Column of names, each there (null where the text is empty)."""
    return pandera.Column(nullable=False)
