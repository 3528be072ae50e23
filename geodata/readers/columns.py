"""Columns that several official tables share: codes, days, counts, names."""

from collections.abc import Sequence

import pandas as pd
import pandera.pandas as pandera

from geodata import reference
from geodata.readers.reading import rule
from geodata.reference.municipality_code import CodeForm, known_municipality_codes

_DIGITS: dict[CodeForm, int] = {"five": 5, "six": 6}
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


def code_form(texts: pd.Series) -> CodeForm:
    """How a column of texts writes municipality codes.

    Parameters
    ----------
    texts : Series of str
        Codes as published; null where missing.

    Returns
    -------
    {"five", "six"}
        ``six`` (the last digit is the check digit) where most codes have six digits.
        Rows of the other length then are faults: a column is of one form.
    """
    lengths = texts.dropna().str.len()
    return "six" if (lengths == _DIGITS["six"]).mean() > 1 / 2 else "five"


def city_code_column(form: CodeForm = "five") -> pandera.Column:
    """Column of municipality codes: digits, check digit, and whether anybody has it.

    Rules ``missing_value``, ``bad_value``, ``check_digit``, ``unknown_municipality``;
    each row breaks at most one of them.
    """
    digits = rf"\d{{{_DIGITS[form]}}}"

    def has_form(texts: pd.Series) -> pd.Series:
        return texts.str.fullmatch(digits)

    def fits_check_digit(texts: pd.Series) -> pd.Series:
        is_right = reference.five_digit_codes(texts, form).notna()
        return is_right | ~has_form(texts) | (form == "five")

    def is_known(texts: pd.Series) -> pd.Series:
        codes = reference.five_digit_codes(texts, form)
        is_other_fault = ~(has_form(texts) & fits_check_digit(texts))
        return codes.isin(reference.known_municipality_codes()) | is_other_fault

    wanted = "5 digits" if form == "five" else "6 digits, the last the check digit"
    return pandera.Column(
        str,
        [
            rule("bad_value", f"{wanted}, leading zero kept", has_form),
            rule("check_digit", wanted, fits_check_digit),
            rule("unknown_municipality", "a code of JIS X 0402", is_known),
        ],
        nullable=False,
    )


def code_list_column(codes: Sequence[str]) -> pandera.Column:
    """Check of a column that holds one of `codes` in every row."""

    def is_listed(texts: pd.Series) -> pd.Series:
        return texts.isin(codes)

    return pandera.Column(
        str, rule("unknown_code", " or ".join(codes), is_listed), nullable=False
    )
