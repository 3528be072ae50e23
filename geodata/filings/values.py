"""From text to typed values: plain numbers, ISO dates, true/false, nothing else."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geodata.filings.catalogue import decides
from geodata.filings.findings import mask_of
from geodata.filings.rows import Rows
from geodata.filings.text_table import first_bytes, value_bytes

_DECIMAL = r"^-?(\d+\.?\d*|\.\d+)$"
_INTEGER = r"^-?\d{1,18}$"
_EXPONENT = r"^[+-]?(\d+\.?\d*|\.\d+)[eE][+-]?\d+$"
_NOT_FINITE = r"(?i)^[+-]?(nan|inf|infinity)$"
_FORMULA_SIGNS = np.frombuffer(b"=+-@", np.uint8)
_SIGNED_NUMBER = r"^[+-]?[\d.,]+([eE][+-]?\d+)?$"
_ID = r"^[A-Za-z0-9_-]+$"
_BOOLEANS = {"true": True, "false": False}


def type_rows(rows: Rows) -> None:
    """Parse every column of `rows`; what cannot be parsed is flagged and null."""
    for field in rows.table.fields:
        _PARSERS[field.kind](rows, field.name)
        if field.is_required:
            _check_given(rows, field.name)


@decides("value_missing")
def _check_given(rows: Rows, name: str) -> None:
    rows.flag("value_missing", ~rows.is_given(name), name)


@decides("formula_cell")
def _formulas(
    rows: Rows, name: str, is_suspect: np.ndarray | None = None
) -> np.ndarray:
    """Flag formulas: values that begin like one and are neither number nor id."""
    text = rows.text[name]
    is_formula = np.isin(first_bytes(text), _FORMULA_SIGNS)
    if is_suspect is not None:
        is_formula &= is_suspect
    if is_formula.any():
        is_formula &= ~(_matches(text, _SIGNED_NUMBER) | _matches(text, _ID))
    rows.flag("formula_cell", is_formula, name)
    return is_formula


def _parse_text(rows: Rows, name: str) -> None:
    rows.typed[name] = rows.text[name]
    _formulas(rows, name)


@decides("number_format", "number_exponent", "number_not_finite")
def _parse_number(rows: Rows, name: str) -> None:
    rows.log.mark("number_format", "number_exponent", "number_not_finite")
    text = rows.text[name]
    parsed = _cast_whole(text, b"0123456789.-", pa.float64())
    if parsed is None:
        is_bad = rows.is_given(name) & ~_matches(text, _DECIMAL)
        is_endless = is_bad & _matches(text, _NOT_FINITE)
        has_exponent = is_bad & _matches(text, _EXPONENT)
        rows.flag("number_not_finite", is_endless, name)
        rows.flag("number_exponent", has_exponent, name)
        is_other = is_bad & ~is_endless & ~has_exponent
        is_other &= ~_formulas(rows, name, is_other)
        rows.flag("number_format", is_other, name)
        parsed = _without(text, is_bad).cast(pa.float64())
    rows.log.mark("formula_cell")
    is_huge = mask_of(pc.is_inf(parsed))
    rows.flag("number_not_finite", is_huge, name)
    rows.typed[name] = _without(parsed, is_huge)


@decides("integer_format")
def _parse_integer(rows: Rows, name: str) -> None:
    rows.log.mark("integer_format")
    text = rows.text[name]
    parsed = _cast_whole(text, b"0123456789-", pa.int64())
    if parsed is None:
        is_bad = rows.is_given(name) & ~_matches(text, _INTEGER)
        is_other = is_bad & ~_formulas(rows, name, is_bad)
        rows.flag("integer_format", is_other, name)
        parsed = _without(text, is_bad).cast(pa.int64())
    rows.typed[name] = parsed


@decides("date_format")
def _parse_date(rows: Rows, name: str) -> None:
    rows.log.mark("date_format")
    text = rows.text[name]
    parsed = _cast_whole(text, b"0123456789-", pa.date32())
    if parsed is None:
        days = text.dictionary_encode()
        known = pa.array([_day(value) for value in days.dictionary.to_pylist()])
        parsed = known.cast(pa.date32()).take(days.indices)
        is_bad = rows.is_given(name) & mask_of(parsed.is_null())
        is_bad &= ~_formulas(rows, name, is_bad)
        rows.flag("date_format", is_bad, name)
    rows.typed[name] = parsed


def _day(text: str) -> date | None:
    is_plain = len(text) == len("2021-03-31") and text[4] == text[7] == "-"
    if not is_plain or not text.isascii():
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@decides("boolean_format")
def _parse_boolean(rows: Rows, name: str) -> None:
    rows.log.mark("boolean_format")
    words = rows.text[name].dictionary_encode()
    known = [_BOOLEANS.get(word.lower()) for word in words.dictionary.to_pylist()]
    parsed = pa.array(known, pa.bool_()).take(words.indices)
    is_bad = rows.is_given(name) & mask_of(parsed.is_null())
    is_bad &= ~_formulas(rows, name, is_bad)
    rows.flag("boolean_format", is_bad, name)
    rows.typed[name] = parsed


def _cast_whole(text: pa.Array, allowed: bytes, to: pa.DataType) -> pa.Array | None:
    """Cast a column of nothing but allowed characters; None where one is odd."""
    is_allowed = np.zeros(256, bool)
    is_allowed[np.frombuffer(allowed, np.uint8)] = True
    if not is_allowed[value_bytes(text)].all():
        return None
    try:
        return text.cast(to)
    except pa.ArrowInvalid:
        return None


def _matches(text: pa.Array, pattern: str) -> np.ndarray:
    return mask_of(pc.match_substring_regex(text, pattern))


def _without(values: pa.Array, is_bad: np.ndarray) -> pa.Array:
    if not is_bad.any():
        return values
    return pc.if_else(pa.array(is_bad), pa.scalar(None, values.type), values)


_PARSERS: dict[str, Callable[[Rows, str], None]] = {
    "text": _parse_text,
    "number": _parse_number,
    "integer": _parse_integer,
    "date": _parse_date,
    "boolean": _parse_boolean,
}
