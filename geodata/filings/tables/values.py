"""From text to typed values: plain numbers, ISO dates, true/false, nothing else."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geodata.filings.catalogue import decides
from geodata.filings.findings import mask_of
from geodata.filings.tables.rows import Rows
from geodata.filings.tables.words import first_bytes, holds_only, of_each_row, words_of

_DECIMAL = r"^-?(\d+\.?\d*|\.\d+)$"
_INTEGER = r"^-?\d{1,18}$"
_EXPONENT = r"^[+-]?(\d+\.?\d*|\.\d+)[eE][+-]?\d+$"
_NOT_FINITE = r"(?i)^[+-]?(nan|inf|infinity)$"
_FORMULA_SIGNS = np.frombuffer(b"=+-@", np.uint8)
_SIGNED_NUMBER = r"^[+-]?[\d.,]+([eE][+-]?\d+)?(\s*;\s*-?[\d.,]+)*$"
_ID = r"^[A-Za-z0-9_-]+$"
_BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True)
class _Parsed:
    """Values of some words (null where wrong), and which words break which rule."""

    values: pa.Array
    faults: dict[str, np.ndarray]


def type_rows(rows: Rows) -> None:
    """Parse every column of `rows`; what cannot be parsed is flagged and null."""
    for field in rows.table.fields:
        column = rows.text[field.name]
        parsed = _PARSERS[field.kind](words_of(column))
        rows.typed[field.name] = of_each_row(parsed.values, column)
        for rule_id, is_bad in parsed.faults.items():
            rows.log.mark(rule_id)
            if is_bad.any():
                rows.flag(rule_id, mask_of(of_each_row(is_bad, column)), field.name)
        if field.is_required:
            _check_given(rows, field.name)


@decides("value_missing")
def _check_given(rows: Rows, name: str) -> None:
    rows.flag("value_missing", ~rows.is_given(name), name)


@decides("formula_cell")
def _formulas(words: pa.Array) -> np.ndarray:
    """Which words begin like a formula and are neither number nor id."""
    is_formula = np.isin(first_bytes(words), _FORMULA_SIGNS)
    if is_formula.any():
        is_formula &= ~(_matches(words, _SIGNED_NUMBER) | _matches(words, _ID))
    return is_formula


def _parse_text(words: pa.Array) -> _Parsed:
    return _Parsed(words, {"formula_cell": _formulas(words)})


@decides("number_format", "number_exponent", "number_not_finite")
def _parse_number(words: pa.Array) -> _Parsed:
    parsed = _cast_whole(words, b"0123456789.-", pa.float64())
    none = np.zeros(len(words), bool)
    is_endless = has_exponent = is_formula = is_other = none
    if parsed is None:
        is_bad = _is_given(words) & ~_matches(words, _DECIMAL)
        is_endless = is_bad & _matches(words, _NOT_FINITE)
        has_exponent = is_bad & _matches(words, _EXPONENT)
        is_other = is_bad & ~is_endless & ~has_exponent
        is_formula = is_other & _formulas(words)
        parsed = _without(words, is_bad).cast(pa.float64())
    is_huge = mask_of(pc.is_inf(parsed))
    faults = {
        "number_not_finite": is_endless | is_huge,
        "number_exponent": has_exponent,
        "formula_cell": is_formula,
        "number_format": is_other & ~is_formula,
    }
    return _Parsed(_without(parsed, is_huge), faults)


@decides("integer_format")
def _parse_integer(words: pa.Array) -> _Parsed:
    parsed = _cast_whole(words, b"0123456789-", pa.int64())
    is_bad = np.zeros(len(words), bool)
    if parsed is None:
        is_bad = _is_given(words) & ~_matches(words, _INTEGER)
        parsed = _without(words, is_bad).cast(pa.int64())
    return _Parsed(parsed, _faults("integer_format", words, is_bad))


@decides("date_format")
def _parse_date(words: pa.Array) -> _Parsed:
    days = [None if word is None else _day(word) for word in words.to_pylist()]
    parsed = pa.array(days, pa.date32())
    return _Parsed(parsed, _faults("date_format", words, _is_lost(words, parsed)))


@decides("boolean_format")
def _parse_boolean(words: pa.Array) -> _Parsed:
    known = [_BOOLEANS.get((word or "").lower()) for word in words.to_pylist()]
    parsed = pa.array(known, pa.bool_())
    return _Parsed(parsed, _faults("boolean_format", words, _is_lost(words, parsed)))


def _faults(rule_id: str, words: pa.Array, is_bad: np.ndarray) -> dict[str, np.ndarray]:
    """Bad words as formulas or as breaches of `rule_id`."""
    is_formula = is_bad & _formulas(words) if is_bad.any() else is_bad
    return {"formula_cell": is_formula, rule_id: is_bad & ~is_formula}


def _is_given(words: pa.Array) -> np.ndarray:
    return mask_of(words.is_valid())


def _is_lost(words: pa.Array, parsed: pa.Array) -> np.ndarray:
    """Which words are given but gave no value."""
    return _is_given(words) & mask_of(parsed.is_null())


def _day(text: str) -> date | None:
    is_plain = len(text) == len("2021-03-31") and text[4] == text[7] == "-"
    if not is_plain or not text.isascii():
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _cast_whole(text: pa.Array, allowed: bytes, to: pa.DataType) -> pa.Array | None:
    """Cast a column of nothing but allowed characters; None where one is odd."""
    if not holds_only(text, allowed):
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


_PARSERS: dict[str, Callable[[pa.Array], _Parsed]] = {
    "text": _parse_text,
    "number": _parse_number,
    "integer": _parse_integer,
    "date": _parse_date,
    "boolean": _parse_boolean,
}
