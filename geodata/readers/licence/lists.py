"""Licence counts that others have added up: one CSV row per municipality."""

import re
from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd
import pandera.pandas as pandera

from geodata.errors import SourceError
from geodata.readers.columns import city_code_column
from geodata.readers.files.csv_rows import header_of, read_csv
from geodata.readers.files.published import Published
from geodata.readers.licence.rows import (
    BLANKET,
    INDIVIDUAL,
    LTE,
    UNKNOWN_BAND,
    LicenceRows,
    company_of,
)
from geodata.readers.reading import Rejections, good_rows, rule, unused_columns
from geodata.reference import (
    CARRIERS,
    bureaus,
    codes_of_places,
    five_digit_codes,
    prefectures,
)
from geodata.reference.municipality_code import CodeForm

CODE, PREF, CITY = "団体コード", "都道府県名", "市区町村名"
_CODE_FORM: CodeForm = "number_with_check_digit"
_BLANKET_COUNT = "開設局数"
_BAND_COLUMNS = {"ミリ波": "mmwave", "sub6": "sub6"}
UPDATED_COLUMNS = ("area", "latest")
_NAME_FORM = (
    "Name the file, or its folder, after the carrier and its generation, such as "
    f"musen_rakuten_4g_2022; the carriers are {', '.join(CARRIERS)}"
)
_TOKEN = re.compile(r"[^0-9A-Za-z]+")
_DAY = re.compile(r"(?<!\d)(\d{4})(\d{2})(\d{2})(?!\d)")


def read_update_days(file: Published) -> dict[str, date]:
    """Day of each list of ``updated.csv`` (area, latest), by its name without ending.

    Raises
    ------
    SourceError
        The file is unusable, or a day is none.
    """
    rows = read_csv(file, UPDATED_COLUMNS)
    days = {}
    columns = (rows.frame[name] for name in UPDATED_COLUMNS)
    for line, area, latest in zip(rows.lines, *columns, strict=True):
        try:
            days[area] = date.fromisoformat(latest)
        except ValueError as error:
            raise SourceError(
                f"{file.name}, line {line}, column latest: found '{latest}', wanted a "
                "day YYYY-MM-DD."
            ) from error
    return days


def read_list(
    file: Published, days: Mapping[str, date], rejections: Rejections
) -> LicenceRows:
    """Read one list of station counts by municipality.

    Parameters
    ----------
    file : Published
        Header ``団体コード,都道府県名,市区町村名`` and either ``開設局数`` (a carrier's
        blanket licences) or the band columns ``ミリ波``, ``sub6`` (individual ones).
        The code is a number with check digit. A row without 市区町村名, or with
        the prefecture's name there, is the prefecture's total.
    days : mapping of str to date
        Day by name of list, from its ``updated.csv``; a list not in it has its day
        in its name (``_YYYYMMDD``).
    rejections : Rejections
        Where faults go.

    Raises
    ------
    SourceError
        A column is missing, the file is empty or cut short, its name (or folder) tells
        no carrier or no day, or names a bureau in whose area most rows do not lie.

    Notes
    -----
    The carrier is the word ``docomo``, ``kddi``, ``softbank`` or ``rakuten`` in the
    name of the file, or else of its folder or archive; ``4g`` there makes the band
    class of blanket counts ``lte``. Both must agree where both tell.
    """
    bands = _band_columns(header_of(file), file)
    rows = read_csv(file, [CODE, PREF, CITY, *bands], may_end_open=False)
    rows.reject_misshapen(rejections, file.name)
    carrier, band_class = _named(file, CARRIERS), _blanket_class(file)
    if carrier is None:
        raise SourceError(f"{file.name}: the name tells no carrier. {_NAME_FORM}.")
    table = rows.frame.assign(
        line=rows.lines,
        code=five_digit_codes(rows.frame[CODE], _CODE_FORM),
    )
    _refuse_other_bureau(table, file)
    is_total = (table[CITY] == "") | (table[CITY] == table[PREF])
    _check_totals(table, is_total, bands, file, rejections)
    places = _good_places(table[~is_total], bands, file, rejections)
    counts = places.melt(["code"], list(bands), "column", "station_count")
    result = pd.DataFrame(
        {
            "licensee": company_of(carrier),
            "licence_kind": BLANKET if _BLANKET_COUNT in bands else INDIVIDUAL,
            "pref_code": counts["code"].str[:2],
            "city_code": counts["code"],
            "band_class": counts["column"].map(_BAND_COLUMNS).fillna(band_class),
            "counted_on": pd.Timestamp(_day_of(file, days)),
            "station_count": counts["station_count"].astype("int64"),
        }
    )
    extra = [name for name in rows.header if name not in rows.frame]
    read_count = rows.row_count - int(is_total.sum())
    notes = unused_columns(file.name, extra)
    return LicenceRows(result, read_count, len(places), notes)


def _band_columns(header: Sequence[str], file: Published) -> tuple[str, ...]:
    absent = [name for name in (CODE, PREF, CITY) if name not in header]
    bands = tuple(name for name in _BAND_COLUMNS if name in header)
    if _BLANKET_COUNT in header:
        bands = (*bands, _BLANKET_COUNT)
    if absent or not bands or (len(bands) > 1 and _BLANKET_COUNT in bands):
        raise SourceError(
            f"{file.name}, line 1: found columns {', '.join(header) or 'none'}; wanted "
            f"{CODE}, {PREF}, {CITY} and either {_BLANKET_COUNT} or "
            f"{', '.join(_BAND_COLUMNS)}."
        )
    return bands


def _good_places(
    table: pd.DataFrame, bands: Sequence[str], file: Published, rejections: Rejections
) -> pd.DataFrame:
    """Rows with a municipality of the named prefecture and whole counts."""
    table = table.reset_index(drop=True)
    named = codes_of_places(table[PREF] + table[CITY], date.max)
    good = good_rows(
        table.assign(is_named=named["city_code"].fillna(table["code"])),
        _schema(bands),
        rejections,
        file=file.name,
        row_numbers=table["line"].to_numpy(),
    )
    is_other = good["is_named"] != good["code"]
    rejections.add(
        "bad_value",
        file=file.name,
        rows=good["line"][is_other],
        column=CITY,
        values=(good[PREF] + good[CITY])[is_other],
        wanted="the name of the municipality with that code",
    )
    return good[~is_other]


def _schema(bands: Sequence[str]) -> pandera.DataFrameSchema:
    count = rule("bad_value", "a whole number of stations", _is_count)
    return pandera.DataFrameSchema(
        {
            CODE: city_code_column(_CODE_FORM),
            **{name: pandera.Column(checks=count) for name in bands},
        },
        unique=[CODE],
    )


def _is_count(texts: pd.Series) -> pd.Series:
    return texts.str.fullmatch(r"[0-9]{1,9}")


def _check_totals(
    table: pd.DataFrame,
    is_total: pd.Series,
    bands: Sequence[str],
    file: Published,
    rejections: Rejections,
) -> None:
    for name in bands:
        counts = pd.to_numeric(table[name], errors="coerce")
        sums = counts.where(~is_total).groupby(table[PREF]).transform("sum")
        differs = is_total & (counts != sums)
        rejections.add(
            "inconsistent_total",
            file=file.name,
            rows=table["line"][differs],
            column=name,
            values=table[name][differs],
            wanted="the sum of the prefecture's municipalities in the file",
        )


def _refuse_other_bureau(table: pd.DataFrame, file: Published) -> None:
    """The bureau that the name speaks of is that of most rows, by prefecture."""
    named = _named(file, bureaus()["bureau_code"].to_list())
    bureau_of = prefectures().set_index("name_ja")["bureau_code"]
    found = table[PREF].map(bureau_of).value_counts()
    if named is None or found.empty or found.index[0] == named:
        return
    raise SourceError(
        f"{file.name}: the name says {named}, but {found.iloc[0]} of {len(table)} rows "
        f"lie in the area of {found.index[0]}; give the file its own name back."
    )


def _blanket_class(file: Published) -> str:
    return LTE if _named(file, ["4g", "lte"]) else UNKNOWN_BAND


def _named(file: Published, words: Sequence[str]) -> str | None:
    """The word that the names of the file and of its folder or archive hold.

    Raises
    ------
    SourceError
        They hold different ones.
    """
    parts = [file.file_name, file.path.stem if file.member else file.path.parent.name]
    found = {
        word for part in parts for word in _TOKEN.split(part.lower()) if word in words
    }
    if len(found) > 1:
        raise SourceError(
            f"{file.name}: its name and its folder's say "
            f"{' and '.join(sorted(found))}; name them after one."
        )
    return found.pop() if found else None


def _day_of(file: Published, days: Mapping[str, date]) -> date:
    stem = file.file_name.rpartition(".")[0]
    if stem in days:
        return days[stem]
    match = _DAY.search(stem)
    try:
        if match is not None:
            return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        match = None
    raise SourceError(
        f"{file.name}: no day is known for it; wanted a line of updated.csv (area "
        f"{stem}) beside it, or a name that ends with the day, such as {stem}_20240312."
    )
