"""Codes of municipalities that a source names instead of coding."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from functools import cache

import pandas as pd

from geodata.reference.area import municipalities, prefectures
from geodata.reference.municipality_code import municipality_changes, valid_on

_SAME_LETTERS = str.maketrans("ヶ檮惠龍澤曾鰺", "ケ梼恵竜沢曽鯵")
_SPACE = re.compile(r"\s+")
# 郡 of the six villages of the Northern Territories; 泊村 is in 北海道 twice.
_NORTHERN_COUNTIES = ("色丹郡", "国後郡", "択捉郡", "紗那郡", "蘂取郡")


def plain_place_name(name: str) -> str:
    """A place name as compared: NFKC, no spaces, variant letters made one.

    Examples
    --------
    >>> plain_place_name("龍ヶ崎市") == plain_place_name("竜ケ崎市")
    True
    """
    text = unicodedata.normalize("NFKC", name)
    return _SPACE.sub("", text).translate(_SAME_LETTERS)


def codes_of_places(places: pd.Series, day: date) -> pd.DataFrame:
    """Prefecture and municipality codes of places named in one text.

    Parameters
    ----------
    places : Series of str
        Prefecture and municipality together, such as ``滋賀県犬上郡豊郷町``,
        ``北海道札幌市中央区`` or ``東京都八丈島八丈町``; the 郡 or island may be left
        out. Not modified.
    day : date
        Day the names are of: 浜松市天竜区 has another code from 2024-01-01.

    Returns
    -------
    DataFrame, same index
        ``pref_code``: NA where the text does not begin with a prefecture;
        ``city_code``: NA where it names no municipality;
        ``is_prefecture`` (bool): the text is a prefecture and nothing more.

    Notes
    -----
    Names of another day than `day` are found too, where no municipality of that day
    has the name. Villages of the Northern Territories are found with their 郡 only.
    """
    found = {place: _find(place, day) for place in places.dropna().unique()}
    columns = ["pref_code", "city_code", "is_prefecture"]
    rows = [found.get(place, (None, None, False)) for place in places]
    frame = pd.DataFrame(rows, columns=columns, index=places.index)
    return frame.astype({"pref_code": "str", "city_code": "str", "is_prefecture": bool})


def _find(place: str, day: date) -> tuple[str | None, str | None, bool]:
    text = plain_place_name(place)
    pref_code = _prefecture_of().get(text[:4]) or _prefecture_of().get(text[:3])
    if pref_code is None:
        return None, None, False
    name = text[4:] if text[:4] in _prefecture_of() else text[3:]
    return pref_code, _code_of(pref_code, name, day), not name


def _code_of(pref_code: str, name: str, day: date) -> str | None:
    for candidate in _candidates(name):
        codes = _codes_by_name().get((pref_code, candidate), ())
        valid = [code for code in codes if valid_on(code, day)]
        if valid or codes:
            return (valid or list(codes))[0]
    return None


def _candidates(name: str) -> Iterator[str]:
    yield name
    if name.startswith(_NORTHERN_COUNTIES):
        return
    for mark in ("郡", "島"):
        for at in (i for i, letter in enumerate(name) if letter == mark and i):
            if name.endswith(("町", "村")) and at + 1 < len(name):
                yield name[at + 1 :]


@cache
def _prefecture_of() -> dict[str, str]:
    table = prefectures()
    return dict(zip(table["name_ja"], table["pref_code"], strict=True))


@cache
def _codes_by_name() -> dict[tuple[str, str], tuple[str, ...]]:
    """Codes by prefecture and compared name, without 郡; the newest code first."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for code, name in _named_codes():
        key = code[:2], plain_place_name(name)
        found.setdefault(key, {})[code] = None
    return {key: tuple(codes) for key, codes in found.items()}


def _named_codes() -> Iterator[tuple[str, str]]:
    listed = municipalities()
    is_place = (listed["kind"] != "unassigned") & ~listed["is_northern_territories"]
    yield from zip(
        listed["city_code"][is_place], listed["name_ja"][is_place], strict=True
    )
    changes = municipality_changes().iloc[::-1]
    for row in changes.itertuples(index=False):
        yield row.new_code, row.new_name_ja
        yield row.old_code, row.old_name_ja.partition("郡")[2] or row.old_name_ja
