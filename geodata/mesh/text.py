"""Codes as people write them: zero-padded text, validated on the way in."""

from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from geodata.errors import MeshCodeError
from geodata.mesh.arrays import Int64Array, ManyInts, ManyTexts, place
from geodata.mesh.cells import (
    as_codes,
    impossible_digits,
    is_japanese,
    is_possible,
    outside_japan,
    row_column,
)
from geodata.mesh.levels import Level, level_named

TextArray = NDArray[np.str_]

_TEN_DIGITS = "m5 or m100"

_LEVEL_BY_LENGTH = {4: "m1", 6: "m2", 8: "m3", 10: _TEN_DIGITS, 11: "m6"}
_LEVEL_BY_LAST_DIGIT = {(9, "5"): "m2k"} | {
    (length, digit): level
    for length, level in ((7, "m5k"), (9, "m4"))
    for digit in "1234"
}

# What some libraries write beyond JIS X 0410, by length and last digit.
_EXPANDED = {(5, digit): "40 km" for digit in "1234"} | {
    (7, "5"): "20 km",
    (7, "6"): "8 km",
    (7, "7"): "16 km",
    (9, "6"): "2.5 km",
    (9, "7"): "4 km",
}


@overload
def to_text(codes: int, level: str) -> str: ...
@overload
def to_text(codes: ManyInts, level: str) -> TextArray: ...
def to_text(codes: int | ManyInts, level: str) -> str | TextArray:
    """Write codes as text with the level's number of digits, zero-padded.

    Parameters
    ----------
    codes : int or array of int, any shape
        Mesh codes. Not modified.
    level : str
        Level name, such as ``"m4"``.

    Returns
    -------
    str or array of str, shape of `codes`
        Text codes, for files that people read.

    Raises
    ------
    MeshCodeError
        A code is impossible at `level`; the message names the first one.

    Examples
    --------
    >>> to_text(533946, "m2")
    '533946'
    """
    grid, array = level_named(level), as_codes(codes)
    row_column(array, grid)
    characters = np.empty((*array.shape, grid.digits), dtype=np.uint32)
    rest = array
    for digit in reversed(range(grid.digits)):
        upper = rest // 10
        characters[..., digit] = rest - upper * 10
        rest = upper
    characters += ord("0")
    texts: TextArray = characters.view(f"U{grid.digits}")[..., 0]
    return texts if array.ndim else str(texts)


@overload
def from_text(texts: str, level: str) -> int: ...
@overload
def from_text(texts: ManyTexts, level: str) -> Int64Array: ...
def from_text(texts: str | ManyTexts, level: str) -> int | Int64Array:
    """Read text codes of one level as int64; every one must name a cell of Japan.

    Parameters
    ----------
    texts : str or array of str, any shape
        Codes of exactly the level's number of digits. Nothing is stripped, padded or
        converted: blanks, full-width digits and numbers are refused. Not modified.
    level : str
        Level name, such as ``"m4"``; never guessed, as ten digits do not tell m5
        from m100.

    Returns
    -------
    int or array of int64, shape of `texts`
        Mesh codes.

    Raises
    ------
    MeshCodeError
        A value is missing or not text, has the wrong length, impossible digits, or
        lies outside the 176 primary meshes; the message names the first such value
        and its position.

    Examples
    --------
    >>> from_text("53394611", "m3")
    53394611
    """
    grid, array = level_named(level), _as_texts(texts)
    codes = _numbers(array, grid)
    wrong = ~is_japanese(codes, level)
    if wrong.any():
        first = int(np.argmax(wrong))
        where = place(first, array.shape)
        raise MeshCodeError(f"{where}{_why_not(str(array.flat[first]), grid)}")
    return codes.reshape(array.shape) if array.ndim else int(codes[0])


def detect_level(texts: str | ManyTexts) -> str:
    """Tell the one level that all text codes of a column have.

    Length and last digits decide; `from_text` validates the rest.

    Parameters
    ----------
    texts : str or array of str, any shape
        Text codes. Not modified.

    Returns
    -------
    str
        Level name, such as ``"m4"``.

    Raises
    ------
    MeshCodeError
        There is no code or a value is not text; the codes have several levels or
        that of none; they are expanded codes outside JIS X 0410; or they have ten
        digits and none that proves m100, so the source must name its level.

    Examples
    --------
    >>> detect_level("533946113")
    'm4'
    """
    array = _as_texts(texts)
    found = _examples_by_level(array)
    if not found:
        raise MeshCodeError("There is no mesh code to tell a level from.")
    if len(found) > 1:
        examples = ", ".join(f"{level} ({text!r})" for level, text in found.items())
        raise MeshCodeError(f"One column must hold codes of one level, not {examples}.")
    (level,) = found
    return _m100_if_proven(array) if level == _TEN_DIGITS else level


def _as_texts(texts: str | ManyTexts) -> NDArray[Any]:
    array = np.asarray(texts, dtype=object)
    for index, value in enumerate(array.flat):
        if not isinstance(value, str):
            raise MeshCodeError(
                f"{place(index, array.shape)}mesh code {value!r} is not text."
            )
    return array


def _numbers(texts: NDArray[Any], level: Level) -> Int64Array:
    """Numbers that the texts write; -1 where a text is not the level's digits."""
    lengths = np.fromiter(map(len, texts.flat), dtype=np.int64, count=texts.size)
    fixed = texts.reshape(-1).astype(f"U{level.digits}")
    characters = fixed.view(np.uint32).reshape(-1, level.digits)
    digits = characters.astype(np.int64) - ord("0")
    is_number = (lengths == level.digits) & ((digits >= 0) & (digits <= 9)).all(axis=1)
    numbers = np.zeros(texts.size, dtype=np.int64)
    for column in digits.T:
        numbers = numbers * 10 + column
    return np.where(is_number, numbers, -1)


def _why_not(text: str, level: Level) -> str:
    """Say what is wrong with a text that is no code of `level` in Japan."""
    size = _EXPANDED.get((len(text), text[-1:]))
    if size and text.isdecimal():
        return _expanded(text, size)
    is_number = len(text) == level.digits and text.isascii() and text.isdecimal()
    if is_number and is_possible(int(text), level.name):
        return outside_japan(text)
    return impossible_digits(text, level)


def _expanded(text: str, size: str) -> str:
    return (
        f"mesh code {text!r} is an expanded code for {size} cells, which JIS X 0410 "
        "does not have."
    )


def _examples_by_level(texts: NDArray[Any]) -> dict[str, str]:
    """First text of each level, in order of appearance."""
    firsts: dict[tuple[int, str], int] = {}
    for index, text in enumerate(texts.flat):
        firsts.setdefault((len(text), text[-1:]), index)
    found: dict[str, str] = {}
    for index in firsts.values():
        found.setdefault(_level_at(texts, index), str(texts.flat[index]))
    return found


def _level_at(texts: NDArray[Any], index: int) -> str:
    text, where = str(texts.flat[index]), place(index, texts.shape)
    shape = len(text), text[-1:]
    if shape in _EXPANDED:
        raise MeshCodeError(f"{where}{_expanded(text, _EXPANDED[shape])}")
    level = _LEVEL_BY_LAST_DIGIT.get(shape) or _LEVEL_BY_LENGTH.get(len(text))
    if level is None:
        raise MeshCodeError(f"{where}mesh code {text!r} has the length of no level.")
    return level


def _m100_if_proven(texts: NDArray[Any]) -> str:
    """Ten digits: only a digit 0 or 5-9 among the last two proves m100."""
    if any(set(text[-2:]) - set("1234") for text in texts.flat):
        return "m100"
    raise MeshCodeError(
        f"Ten digits such as {texts.flat[0]!r} may be m5 or m100; the source must say "
        "which."
    )
