"""Saved answers of the licence search's Web-API (無線局等情報検索), JSON and CSV."""

import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import Any

import pandas as pd
import pandera.pandas as pandera

from geodata.errors import SourceError
from geodata.readers.files.open_end import note_open_end, open_end_of
from geodata.readers.files.published import Published, text_of
from geodata.readers.licence.rows import (
    INDIVIDUAL,
    LicenceRows,
    band_classes_of,
    is_withheld,
    licensee_of,
    no_rows,
)
from geodata.readers.reading import Rejections, good_rows
from geodata.reference import codes_of_places

FIRST_LINE = re.compile(r"(\d{4}-\d{2}-\d{2}),\s*\"?(\d+)\"?\s*")
"""First line of a CSV answer: day of the answer, records in all pages."""

_LIST_FIELDS, _DETAIL_FIELDS = 5, 26
_CSV_PLACES = {"no": 0, "listed_name": 1, "place": 2, "name": 5, "spec": 23, "note": 25}
_JSON_KEYS = {
    "no": ("listInfo", "no"),
    "listed_name": ("listInfo", "name"),
    "place": ("listInfo", "tdfkCd"),
    "name": ("detailInfo", "name"),
    "spec": ("detailInfo", "radioSpec1"),
    "note": ("detailInfo", "note"),
}
_WANTED_JSON = (
    'a list answer (OF=2): {"musen": [...], "musenInformation": '
    '{"totalCount": "...", "lastUpdateDate": "YYYY-MM-DD"}}'
)
_SHOWN = 60


@dataclass(frozen=True)
class Answer:
    """One saved page of a list answer.

    Attributes
    ----------
    file : Published
        Where it is saved.
    counted_on : date
        Day of the answer (lastUpdateDate).
    total_count : int
        Records of the query, over all its pages.
    records : DataFrame
        One row per record, all text, empty where absent: ``no``, ``place``
        (tdfkCd), ``licensee``, ``spec`` (radioSpec1), ``note``; and ``row`` (int):
        line of a CSV file, ordinal in a JSON file.
    layer : str
        Part of the file that `row` counts in: ``musen`` of JSON, empty for CSV.
    read_count : int
        Records of the page, those with another number of fields included.
    notes : tuple of str
        What to tell whoever reads the release.
    """

    file: Published
    counted_on: date
    total_count: int
    records: pd.DataFrame
    layer: str
    read_count: int
    notes: tuple[str, ...]


def read_json_answer(file: Published) -> Answer:
    """Read one JSON page (OF=2).

    Raises
    ------
    SourceError
        Not JSON in UTF-8, cut short, no list answer, or a key is in no record.
    """
    content = _json_of(file)
    information = content.get("musenInformation")
    musen = content.get("musen", [])
    if not isinstance(information, dict) or not _is_records(musen):
        found = ", ".join(map(str, content)) or "no key"
        raise SourceError(f"{file.name}: found {found}; wanted {_WANTED_JSON}.")
    counted_on = _day(information.get("lastUpdateDate"), file, "lastUpdateDate")
    total = _total(information.get("totalCount"), file, "totalCount")
    records = [_json_record(record) for record in musen]
    _refuse_without_place(records, file, "listInfo.tdfkCd")
    table = _table(records, range(1, len(records) + 1))
    notes = _extra_keys(musen, file)
    return Answer(file, counted_on, total, table, "musen", len(table), notes)


def read_csv_answer(file: Published, rejections: Rejections) -> Answer:
    """Read one CSV page (OF=1); rows with another number of fields are rejected.

    Raises
    ------
    SourceError
        Not UTF-8, the first line is no ``YYYY-MM-DD,total``, or no row has the
        fields of a list answer (5 without, 26 with detail).
    """
    text = text_of(file, "utf-8-sig")
    match = FIRST_LINE.fullmatch(text.partition("\n")[0])
    if match is None:
        first = text.partition("\n")[0][:_SHOWN]
        raise SourceError(
            f"{file.name}, line 1: found '{first}', wanted YYYY-MM-DD,total; take the "
            "answer (OF=1) as the ministry sends it."
        )
    lines, rows = _csv_rows(text, file)
    end = open_end_of(text)
    if end and rows and len(rows[-1]) != max(map(len, rows)):
        raise SourceError(
            f"{file.name}, line {end[0]}: ends within a record ({len(rows[-1])} "
            f"fields), so it was cut short; wanted {max(map(len, rows))} fields and a "
            "line end. Save the answer anew."
        )
    note_open_end(end, "note", rejections, file.name)
    kept = _whole_rows(lines, rows, file, rejections)
    table = _table([_csv_record(rows[n]) for n in kept], [lines[n] for n in kept])
    counted_on = _day(match[1], file, "line 1")
    notes = _extra_fields(rows, file)
    return Answer(file, counted_on, int(match[2]), table, "", len(rows), notes)


def individual_rows(answer: Answer, rejections: Rejections) -> LicenceRows:
    """Stations of individual licences (OW=FB): one record is one station.

    A station with frequencies in several band classes counts once in each.

    Parameters
    ----------
    answer : Answer
        Records of individual licences only.
    rejections : Rejections
        Where faults go.
    """
    records = _with_codes(answer)
    good = _good_records(records, answer, rejections)
    if good.empty:
        return LicenceRows(no_rows(), len(records), 0)
    table = pd.DataFrame(
        {
            "licensee": good["licensee"],
            "licence_kind": INDIVIDUAL,
            "pref_code": good["pref_code"],
            "city_code": good["city_code"],
            "band_class": good["spec"].map(band_classes_of),
            "counted_on": pd.Timestamp(answer.counted_on),
            "station_count": 1,
        }
    ).explode("band_class", ignore_index=True)
    return LicenceRows(table.astype({"band_class": "str"}), len(records), len(good))


def refuse_incomplete(answers: Sequence[Answer]) -> None:
    """Refuse answers of which a page is missing.

    The pages of one query stand in one folder (or archive) and say the same day and
    the same total.

    Raises
    ------
    SourceError
        The records of a query are fewer, or more, than its total; the message names
        the files and how many are missing.
    """
    queries: dict[tuple[PurePath, date, int], list[Answer]] = {}
    for answer in answers:
        if answer.read_count == answer.total_count:
            continue
        folder = answer.file.path if answer.file.member else answer.file.path.parent
        key = folder, answer.counted_on, answer.total_count
        queries.setdefault(key, []).append(answer)
    for (_, day, total), pages in queries.items():
        found = sum(page.read_count for page in pages)
        if total and found and found % total == 0:
            continue  # several queries of one day may have equal totals
        names = ", ".join(page.file.name for page in pages)
        raise SourceError(_incomplete(names, day, total, found))


def _incomplete(names: str, day: date, total: int, found: int) -> str:
    if found > total:
        return (
            f"{names}: {found:,} records, but the answer of {day} says totalCount "
            f"{total:,}; put each query's pages into a folder of its own."
        )
    return (
        f"{names}: {found:,} of {total:,} records of the answer of {day}, "
        f"{total - found:,} are missing; save the other pages (SC, DC) beside."
    )


def _with_codes(answer: Answer) -> pd.DataFrame:
    records = answer.records.reset_index(drop=True)
    codes = codes_of_places(records["place"], answer.counted_on)
    records = records.assign(
        pref_code=codes["pref_code"],
        city_code=codes["city_code"],
        is_found=codes["city_code"].notna() | codes["is_prefecture"],
    )
    hidden = {
        name: records[name].mask(records[name].map(_is_absent))
        for name in ("place", "licensee")
    }
    # A record without a number cannot repeat one.
    numbered = records["no"].where(
        records["no"] != "", "row " + records["row"].astype("str")
    )
    return records.assign(no=numbered, **hidden)


def _good_records(
    records: pd.DataFrame, answer: Answer, rejections: Rejections
) -> pd.DataFrame:
    """Records with a licensee and a place that is there."""
    good = good_rows(
        records,
        _RECORD,
        rejections,
        file=answer.file.name,
        layer=answer.layer,
        row_numbers=records["row"].to_numpy(),
        shown={"place": "tdfkCd", "licensee": "name"},
    )
    lost = good[~good["is_found"]]
    if len(lost):
        rejections.add(
            "unknown_municipality",
            file=answer.file.name,
            layer=answer.layer,
            rows=lost["row"],
            column="tdfkCd",
            values=lost["place"],
            wanted="a prefecture with the name of one of its municipalities",
        )
    return good[good["is_found"]]


def _is_absent(text: str) -> bool:
    return not text.strip() or is_withheld(text)


_RECORD = pandera.DataFrameSchema(
    {
        "place": pandera.Column(nullable=False),
        "licensee": pandera.Column(nullable=False),
        "no": pandera.Column(),
    },
    unique=["no"],
)


def _json_of(file: Published) -> dict[str, Any]:
    text = text_of(file, "utf-8-sig")
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise SourceError(
            f"{file.name}, line {error.lineno}, column {error.colno}: not JSON "
            f"({error.msg}); wanted {_WANTED_JSON}. The file may be cut short; save "
            "the answer anew."
        ) from error
    if not isinstance(content, dict):
        raise SourceError(
            f"{file.name}: found a {type(content).__name__}, wanted {_WANTED_JSON}."
        )
    return content


def _is_records(musen: object) -> bool:
    return isinstance(musen, list) and all(isinstance(m, dict) for m in musen)


def _json_record(record: Mapping[str, Any]) -> dict[str, str]:
    values = {}
    for name, (part, key) in _JSON_KEYS.items():
        held = record.get(part)
        value = held.get(key) if isinstance(held, dict) else None
        values[name] = "" if value is None else str(value)
    return values


def _csv_record(row: Sequence[str]) -> dict[str, str]:
    return {name: row[at] if at < len(row) else "" for name, at in _CSV_PLACES.items()}


def _table(records: Sequence[Mapping[str, str]], rows: Iterable[int]) -> pd.DataFrame:
    columns = ["no", "place", "licensee", "spec", "note"]
    values = [
        {**r, "licensee": licensee_of(r["name"] or r["listed_name"])} for r in records
    ]
    table = pd.DataFrame(values, columns=columns).astype("str")
    return table.assign(row=pd.Series(list(rows), dtype="int64"))


def _csv_rows(text: str, file: Published) -> tuple[list[int], list[list[str]]]:
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    lines, rows = [], []
    try:
        for row in reader:
            if reader.line_num > 1 and any(value.strip() for value in row):
                lines.append(reader.line_num)
                rows.append(row)
    except csv.Error as error:
        raise SourceError(
            f"{file.name}, line {reader.line_num}: not CSV ({error}); the file may be "
            "cut short; save the answer anew."
        ) from error
    return lines, rows


def _whole_rows(
    lines: Sequence[int],
    rows: Sequence[Sequence[str]],
    file: Published,
    rejections: Rejections,
) -> list[int]:
    """Which rows have the fields of a list answer; the others are rejected.

    One answer is with detail or without: where any row has it, a short row was cut.
    """
    counts = [len(row) for row in rows]
    kept = [n for n, count in enumerate(counts) if count >= _DETAIL_FIELDS]
    kept = kept or [n for n, count in enumerate(counts) if count == _LIST_FIELDS]
    if rows and not kept:
        raise SourceError(
            f"{file.name}, line {lines[0]}: {counts[0]} fields, wanted "
            f"{_DETAIL_FIELDS} (DA=1) or {_LIST_FIELDS} (DA=0); save the answer anew."
        )
    bad = sorted(set(range(len(rows))) - set(kept))
    if bad:
        rejections.add(
            "wrong_field_count",
            file=file.name,
            rows=[lines[n] for n in bad],
            column="",
            values=[counts[n] for n in bad],
            wanted=f"{_DETAIL_FIELDS} fields, or {_LIST_FIELDS} without detail",
        )
    return kept


def _extra_fields(rows: Sequence[Sequence[str]], file: Published) -> tuple[str, ...]:
    if max((len(row) for row in rows), default=0) <= _DETAIL_FIELDS:
        return ()
    return (
        f"{file.name}: fields beyond the {_DETAIL_FIELDS} known ones are not read.",
    )


def _refuse_without_place(
    records: Sequence[Mapping[str, str]], file: Published, key: str
) -> None:
    if records and not any(record["place"] for record in records):
        raise SourceError(
            f"{file.name}: no record has {key}; wanted {_WANTED_JSON} with the "
            "ministry's own keys."
        )


def _extra_keys(musen: Sequence[Mapping[str, Any]], file: Published) -> tuple[str, ...]:
    extra = sorted({key for m in musen for key in m} - {"listInfo", "detailInfo"})
    if not extra:
        return ()
    return (f"{file.name}: keys {', '.join(extra)} are not read.",)


def _day(value: object, file: Published, place: str) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise SourceError(
            f"{file.name}, {place}: found '{value}', wanted a day YYYY-MM-DD."
        ) from error


def _total(value: object, file: Published, place: str) -> int:
    text = str(value)
    if not (text.isascii() and text.isdigit()):
        raise SourceError(
            f"{file.name}, {place}: found '{value}', wanted a number of records."
        )
    return int(text)
