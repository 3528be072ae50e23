"""Municipality codes: check digit, forms of writing, and what changed when."""

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Literal

import pandas as pd

from geodata.errors import TableError
from geodata.reference.area import municipalities
from geodata.reference.shipped import lend, read_csv

CodeForm = Literal["five", "six", "number_with_check_digit"]
"""How a column writes codes: ``"01101"``, ``"011011"``, or ``"11011"``."""

LISTED_ON = date(2020, 10, 1)
"""Day for which the codes of :func:`geodata.reference.municipalities` hold."""

_WEIGHTS = (6, 5, 4, 3, 2)
_PREFECTURE = "(?:0[1-9]|[1-3][0-9]|4[0-7])"
_FORMS: dict[str, str] = {
    "five": rf"{_PREFECTURE}[0-9]{{3}}",
    "six": rf"{_PREFECTURE}[0-9]{{4}}",
    "number_with_check_digit": r"[1-9][0-9]{4,5}",
}


def check_digit(code: str) -> str:
    """Check digit (検査数字) of a 5-digit code.

    Parameters
    ----------
    code : str
        Five digits, JIS X 0401 + JIS X 0402.

    Raises
    ------
    TableError
        `code` is not five digits.

    Notes
    -----
    Source: domain.md section 5; holds for the 1,916 codes of ``municipal_offices``.

    Examples
    --------
    >>> check_digit("01101")
    '1'
    """
    if len(code) != len(_WEIGHTS) or not (code.isascii() and code.isdigit()):
        raise TableError(f"Municipality code '{code}': wanted five digits.")
    total = sum(w * int(d) for w, d in zip(_WEIGHTS, code, strict=True))
    return str((11 - total % 11) % 10)


def six_digit_code(code: str) -> str:
    """A 5-digit code with its check digit (全国地方公共団体コード).

    Examples
    --------
    >>> six_digit_code("13224")
    '132241'
    """
    return code + check_digit(code)


def five_digit_codes(texts: pd.Series, form: CodeForm) -> pd.Series:
    """The 5-digit codes that a column of texts stands for.

    Parameters
    ----------
    texts : Series
        Codes as published (text, or whole numbers). Not modified.
    form : {"five", "six", "number_with_check_digit"}
        How the whole column writes codes: five digits; six digits, the last the check
        digit; or that as a number, its leading zero lost (``11011`` is 札幌市中央区,
        011011). Never guessed from a row: ``11011`` is five characters in two forms.

    Returns
    -------
    Series of str, same index
        NA where the digits or the check digit are wrong, or no prefecture begins the
        code. Prefectures as a whole (``13000``) pass; whether a municipality has the
        code is :func:`known_municipality_codes`' to say.
    """
    text = texts.astype("str")
    text = text.where(text.str.fullmatch(_FORMS[form]).fillna(value=False))
    if form == "five":
        return text
    known = {value: _without_check_digit(value) for value in text.dropna().unique()}
    return text.map(known).astype("str")


@lend
def municipality_changes() -> pd.DataFrame:
    """Changes of municipality codes (廃置分合, 市制施行, 行政区再編) since 2010-10.

    Returns
    -------
    DataFrame, shape (30, 9)
        In order of day. ``changed_on`` (datetime64, first day of the new code),
        ``old_code``, ``old_name_ja``, ``new_code``, ``new_name_ja`` (towns with their
        郡), ``kind``: ``merge`` (into a municipality that keeps its code),
        ``city_status`` (new code, same land), ``ward_reform``, ``split`` (several rows
        of one old code) or ``rename`` (same code); ``provenance`` (of the codes),
        ``date_provenance``, ``note``.

    Notes
    -----
    Nothing could be computed: the lists of 2020, 2021, 2022 and 2026 under
    ``../shared`` hold no code that the list of 2020 lacks.
    """
    table = read_csv("municipality_changes.csv")
    return table.assign(changed_on=pd.to_datetime(table["changed_on"]))


@cache
def known_municipality_codes() -> frozenset[str]:
    """Every code that a municipality, ward or designated city has, or had.

    Codes of unassigned land (境界未定地域) are among them; prefectures are not.
    """
    changes = municipality_changes()
    return frozenset(municipalities()["city_code"]).union(
        changes["old_code"], changes["new_code"]
    )


def valid_on(code: str, day: date) -> bool:
    """Whether a municipality (or ward, or designated city) had this code on `day`.

    Examples
    --------
    >>> valid_on("22131", date(2023, 12, 31)), valid_on("22131", date(2024, 1, 1))
    (True, False)
    """
    if code not in known_municipality_codes():
        return False
    return _starts().get(code, date.min) <= day < _ends().get(code, date.max)


def codes_on(codes: pd.Series, day: date) -> pd.DataFrame:
    """What codes of any date are called on `day`.

    Parameters
    ----------
    codes : Series of str
        5-digit codes. Not modified.
    day : date
        Usually the as-of date.

    Returns
    -------
    DataFrame, same index
        ``code``; ``current_code``; ``how``:

        ``same``
            valid on `day`;
        ``renumbered``
            another code for the same land;
        ``merged``
            the code of the larger municipality or ward that holds it;
        ``split``
            several codes took over: the old code is kept, and must not be joined
            as if it were one of them;
        ``not_yet``
            formed after `day`, of several codes or of part of one: it is kept;
        ``unknown``
            nobody's code: ``current_code`` is NA.
    """
    found = {code: _on(code, day) for code in codes.dropna().unique()}
    return _looked_up(codes, found, "current_code")


def to_listed(codes: pd.Series) -> pd.DataFrame:
    """The place in the shipped list of 2020 for codes of any date.

    With it, figures of 2026 join to cells and municipalities of 2020.

    Parameters
    ----------
    codes : Series of str
        5-digit codes. Not modified.

    Returns
    -------
    DataFrame, same index
        ``code``; ``listed_code``, a code of :func:`geodata.reference.municipalities`;
        ``how``: ``same``, ``renumbered`` and ``merged`` as in :func:`codes_on`;
        ``whole_city`` where only the designated city as a whole is on the list
        (浜松市中央区 of 2024 is parts of five wards of 2020: 22130); ``unknown``
        with NA.
    """
    found = {code: _listed(code) for code in codes.dropna().unique()}
    return _looked_up(codes, found, "listed_code")


def _looked_up(
    codes: pd.Series, found: dict[str, tuple[str | None, str]], name: str
) -> pd.DataFrame:
    return (
        pd.DataFrame(
            {
                "code": codes.astype("str"),
                name: codes.map({code: to for code, (to, _) in found.items()}),
                "how": codes.map({code: how for code, (_, how) in found.items()}),
            }
        )
        .astype({name: "str", "how": "str"})
        .fillna({"how": "unknown"})
    )


def _without_check_digit(text: str) -> str | None:
    six = text.zfill(6)
    is_right = "01" <= six[:2] <= "47" and check_digit(six[:5]) == six[5]
    return six[:5] if is_right else None


def _on(code: str, day: date) -> tuple[str | None, str]:
    if code not in known_municipality_codes():
        return None, "unknown"
    if _starts().get(code, date.min) > day:
        return _before(code, day)
    how = "same"
    while _ends().get(code, date.max) <= day:
        after = _successors()[code]
        if len(after) > 1:
            return code, "split"
        code = after[0]
        if len(_predecessors().get(code, ())) > 1 or code not in _starts():
            how = "merged"
        elif how == "same":
            how = "renumbered"
    return code, how


def _before(code: str, day: date) -> tuple[str, str]:
    """An earlier code of exactly the land that `code` got after `day`."""
    before = _predecessors().get(code, ())
    if len(before) != 1 or _successors()[before[0]] != (code,):
        return code, "not_yet"
    if _starts().get(before[0], date.min) > day:
        return _before(before[0], day)
    return before[0], "renumbered"


def _listed(code: str) -> tuple[str | None, str]:
    current, how = _on(code, LISTED_ON)
    if how not in ("split", "not_yet"):
        return current, how
    kin = _successors() if how == "split" else _predecessors()
    cities = {_city_of().get(other) for other in kin[code]} - {None}
    return (cities.pop(), "whole_city") if len(cities) == 1 else (None, "unknown")


@cache
def _starts() -> dict[str, date]:
    """First day of each code that is newer than the first change."""
    changes = municipality_changes()
    is_new = ~changes["kind"].isin(["merge", "rename"])
    starts = dict(
        zip(changes["new_code"][is_new], changes["changed_on"][is_new], strict=True)
    )
    dates = {code: day.date() for code, day in starts.items()}
    wards = municipalities().dropna(subset="parent_city_code")
    for city, of_city in wards.groupby("parent_city_code")["city_code"]:
        first = min(dates.get(ward, date.min) for ward in of_city)
        if first > date.min:
            dates[str(city)] = first  # no older than its wards
    return dates


@cache
def _ends() -> dict[str, date]:
    """First day without each code that is no longer in use."""
    changes = municipality_changes()
    is_end = changes["old_code"] != changes["new_code"]
    ends = zip(changes["old_code"][is_end], changes["changed_on"][is_end], strict=True)
    return {code: day.date() for code, day in ends}


@cache
def _successors() -> dict[str, tuple[str, ...]]:
    return _kin("old_code", "new_code")


@cache
def _predecessors() -> dict[str, tuple[str, ...]]:
    return _kin("new_code", "old_code")


def _kin(of: str, name: str) -> dict[str, tuple[str, ...]]:
    changes = municipality_changes()
    moved = changes[changes["old_code"] != changes["new_code"]]
    groups: Iterable[tuple[str, pd.Series]] = moved.groupby(of)[name]
    return {str(code): tuple(others) for code, others in groups}


@cache
def _city_of() -> dict[str, str]:
    wards = municipalities().dropna(subset="parent_city_code")
    return dict(zip(wards["city_code"], wards["parent_city_code"], strict=True))
