"""Columns of codes: municipalities with or without check digits, and code lists."""

from collections.abc import Sequence

import pandas as pd
import pandera.pandas as pandera

from geodata import reference
from geodata.readers.reading import rule
from geodata.reference.municipality_code import CodeForm

_DIGITS: dict[CodeForm, int] = {"five": 5, "six": 6}


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


def city_code_column(form: CodeForm) -> pandera.Column:
    """Checks of such a column: digits, check digit, and whether anybody has the code.

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
