"""Columns that several official tables share: codes, days, counts, names."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa
import pyarrow.compute as pc

from geodata import mesh, reference
from geodata.readers.reading import rule
from geodata.reference.municipality_code import CodeForm

_CODE_FORMS: dict[CodeForm, tuple[str, str]] = {
    "five": ("[0-9]{5}", "5 digits"),
    "six": ("[0-9]{6}", "6 digits, the last the check digit"),
    "number_with_check_digit": ("[0-9]{5,6}", "a number, its last digit for checking"),
}
LARGEST_CELL = 1_000_000
"""More residents than any cell of Japan has, up to 1 km: a project decision."""

_TOWN_KEY = r"[0-9]{9}(?:[0-9]{2})?"
_WHOLE = r"[0-9]{1,9}"
_LARGEST_DIGITS = 18  # that int64 surely holds


def numbers(texts: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """Whole numbers that texts write; -1 for any other text.

    Parameters
    ----------
    texts : Array or ChunkedArray of str
        No null. Only ASCII digits, up to 18 of them, are a number.
    """
    is_number = pc.and_(pc.string_is_ascii(texts), pc.utf8_is_decimal(texts))
    is_short = pc.less_equal(pc.binary_length(texts), _LARGEST_DIGITS)
    plain = pc.if_else(pc.and_(is_number, is_short), texts, "-1")
    return plain.cast(pa.int64()).to_numpy(zero_copy_only=False)


def is_mesh_code(texts: pd.Series, level: str) -> pd.Series:
    """Whether each text is the code of a cell of Japan at `level`; null gives False."""
    codes = numbers(pa.array(texts.fillna(""), pa.string()))
    return pd.Series(mesh.is_japanese(codes, level), texts.index)


def days(texts: pd.Series) -> pd.Series:
    """ISO days as datetime64; NaT where a text is no day of the calendar."""
    is_iso = texts.str.fullmatch(r"\d{4}-\d{2}-\d{2}").fillna(value=False).astype(bool)
    return pd.to_datetime(texts.where(is_iso), format="%Y-%m-%d", errors="coerce")


def is_day(texts: pd.Series) -> pd.Series:
    """Whether each text is a day of the calendar such as ``2024-04-01``."""
    return days(texts).notna()


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
    return "six" if (lengths == 6).mean() > 1 / 2 else "five"


def city_code_column(form: CodeForm = "five") -> pandera.Column:
    """Column of municipality codes: digits, check digit, and whether anybody has it.

    Rules ``missing_value``, ``bad_value``, ``check_digit``, ``unknown_municipality``;
    each row breaks at most one of them.
    """
    digits, wanted = _CODE_FORMS[form]

    def has_form(texts: pd.Series) -> pd.Series:
        return texts.str.fullmatch(digits)

    def fits_check_digit(texts: pd.Series) -> pd.Series:
        is_right = reference.five_digit_codes(texts, form).notna()
        return is_right | ~has_form(texts) | (form == "five")

    def is_known(texts: pd.Series) -> pd.Series:
        codes = reference.five_digit_codes(texts, form)
        is_other_fault = ~(has_form(texts) & fits_check_digit(texts))
        return codes.isin(reference.known_municipality_codes()) | is_other_fault

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
