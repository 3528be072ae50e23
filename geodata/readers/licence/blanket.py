"""Blanket licences (包括免許): station counts per municipality, as text in the note."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from geodata.readers.licence.answers import Answer
from geodata.readers.licence.rows import (
    BLANKET,
    UNKNOWN_BAND,
    LicenceRows,
    band_classes_of,
    is_withheld,
    no_rows,
    with_breaks,
)
from geodata.readers.reading import Rejections
from geodata.reference import codes_of_places, prefectures

SECTION = "携帯電話(その他基地局等"
"""How the title of the section begins whose counts are read (after NFKC)."""

_ENTRY = re.compile(r"(\S+?)\s*\(([0-9,]+)\)")
_COUNT = re.compile(r"\(\s*[0-9,]+\s*\)")
_PLACE_BEFORE_COUNT = re.compile(r"(?:都|道|府|県|市|区|町|村)\s*\(\s*[0-9,]+")
_BROKEN_ENTRY = re.compile(r"[都道府県市区町村]\s*\(|\(\s*[0-9]")
_SHOWN_TITLES = 3


@dataclass(frozen=True)
class _Entry:
    """One ``place(count)`` of a note; no count where it cannot be read."""

    text: str
    name: str = ""
    count: int | None = None


def is_blanket(notes: pd.Series) -> pd.Series:
    """Which notes list station counts by place: those of blanket licences."""
    plain = notes.map(lambda note: unicodedata.normalize("NFKC", note))
    return plain.str.contains(_PLACE_BEFORE_COUNT)


def blanket_rows(answer: Answer, rejections: Rejections) -> LicenceRows:
    """Stations of blanket licences (OW=FB_H), from ``detailInfo.note``.

    A row is one place of a note, such as ``札幌市中央区(56)``. A prefecture's own
    count is the total of the municipalities after it: where they do not add up to it
    the rule ``inconsistent_total`` warns; where none follows it is taken as a row.

    Parameters
    ----------
    answer : Answer
        Records of blanket licences only.
    rejections : Rejections
        Where faults go; `row` is the ordinal of the place in its note.

    Notes
    -----
    Only the section 携帯電話（その他基地局等… is read: femtocells and the like are no
    base stations of a plan. The band class is that of the licence's emissions where
    they lie in one class; of several, the count does not tell: ``unknown``.
    """
    parts, read_count, other = [no_rows()], 0, []
    for record in answer.records.itertuples(index=False):
        layer = f"{answer.layer or 'line'} {record.row} note"
        entries, titles = _entries(str(record.note))
        other += titles
        read = _place_rows(entries, answer, layer, rejections)
        read_count += read.read_count
        classes = band_classes_of(str(record.spec))
        licensee = str(record.licensee)
        if not licensee or is_withheld(licensee):
            rejections.add(
                "missing_value",
                file=answer.file.name,
                layer=layer,
                rows=read.table["entry"],
                column="name",
                values=[licensee] * len(read.table),
                wanted="the licensee's name",
            )
            continue
        parts.append(
            read.table.drop(columns="entry").assign(
                licensee=licensee,
                licence_kind=BLANKET,
                band_class=classes[0] if len(classes) == 1 else UNKNOWN_BAND,
                counted_on=pd.Timestamp(answer.counted_on),
            )
        )
    table = pd.concat([part for part in parts if len(part)] or parts[:1])
    return LicenceRows(table, read_count, len(table), _notes(answer, other))


def _notes(answer: Answer, other: list[str]) -> tuple[str, ...]:
    if not other:
        return ()
    titles = "、".join(sorted(set(other))[:_SHOWN_TITLES])
    return (
        f"{answer.file.name}: {len(other)} section(s) of blanket licences of another "
        f"kind are not read: {titles}.",
    )


def _entries(note: str) -> tuple[list[_Entry], list[str]]:
    """Places of the wanted section, and the titles of other sections."""
    lines = unicodedata.normalize("NFKC", with_breaks(note)).strip().splitlines()
    if not any(line.strip().startswith(SECTION) for line in lines):
        return [], lines[:1]
    is_wanted = False
    entries: list[_Entry] = []
    other: list[str] = []
    for text in (line.strip() for line in lines):
        if _is_title(text):
            is_wanted = text.startswith(SECTION)
            other += [] if is_wanted else [text]
        elif is_wanted:
            entries += _entries_of_line(text)
    return entries, other


def _is_title(text: str) -> bool:
    """A line in words: it has no ``(count)``, and brackets or 携帯電話 in it."""
    if text.startswith(SECTION):
        return True
    return "携帯電話" in text and not _COUNT.search(text)


def _entries_of_line(text: str) -> Iterator[_Entry]:
    at = 0
    for match in _ENTRY.finditer(text):
        yield from _unread(text[at : match.start()])
        count = int(match[2].replace(",", "")) if match[2].strip(",") else None
        yield _Entry(match[0], match[1], count)
        at = match.end()
    yield from _unread(text[at:])


def _unread(text: str) -> Iterator[_Entry]:
    """Text between places: headings and dashes are nothing, a broken place a fault."""
    if _BROKEN_ENTRY.search(text):
        yield _Entry(text.strip())


def _place_rows(
    entries: list[_Entry], answer: Answer, layer: str, rejections: Rejections
) -> LicenceRows:
    """Counts with codes and the ordinal ``entry``, faults noted."""
    table = _table(entries)
    is_total = table["station_count"].notna() & table["name"].isin(
        prefectures()["name_ja"]
    )
    has_parts = _check_totals(table, is_total, answer, layer, rejections)
    data = table[~(is_total & has_parts)].reset_index(drop=True)
    inside = data["name"].where(data["name"] != data["prefecture"], "")
    codes = codes_of_places(data["prefecture"].fillna("") + inside, answer.counted_on)
    is_read = data["station_count"].notna()
    is_found = codes["city_code"].notna() | codes["is_prefecture"]
    repeats = is_read & data.duplicated(["prefecture", "name"])
    faults = {
        "repeated_key": (repeats, "each place once in a note"),
        "bad_value": (~is_read, "a place and its number of stations: 大津市(1,234)"),
        "unknown_municipality": (
            is_read & ~is_found & ~repeats,  # one fault a row
            "a municipality's name",
        ),
    }
    for rule_id, (is_bad, wanted) in faults.items():
        _note(data[is_bad], rule_id, wanted, answer, layer, rejections)
    good = data[["entry", "station_count"]].assign(
        pref_code=codes["pref_code"], city_code=codes["city_code"]
    )[is_read & is_found & ~repeats]
    good = good.astype({"station_count": "int64"})
    return LicenceRows(good, len(data), len(good))


def _table(entries: list[_Entry]) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "entry": range(1, len(entries) + 1),
            "text": [entry.text for entry in entries],
            "name": [entry.name for entry in entries],
            "station_count": pd.array([e.count for e in entries], dtype="Int64"),
        }
    ).astype({"entry": "int64", "text": "str", "name": "str"})
    return table.assign(prefecture=_prefecture_before(table["name"]))


def _note(
    rows: pd.DataFrame,
    rule_id: str,
    wanted: str,
    answer: Answer,
    layer: str,
    rejections: Rejections,
) -> None:
    if len(rows):
        rejections.add(
            rule_id,
            file=answer.file.name,
            layer=layer,
            rows=rows["entry"],
            column="note",
            values=rows["text"],
            wanted=wanted,
        )


def _prefecture_before(names: pd.Series) -> pd.Series:
    return names.where(names.isin(prefectures()["name_ja"])).ffill()


def _check_totals(
    table: pd.DataFrame,
    is_total: pd.Series,
    answer: Answer,
    layer: str,
    rejections: Rejections,
) -> pd.Series:
    """For each total whether parts follow it; totals they do not add up to are noted.

    A prefecture named twice in a note begins a group of its own.
    """
    group = is_total.cumsum()
    parts = table["station_count"].where(~is_total)
    sums = parts.groupby(group).transform("sum")
    has_parts = (~is_total).groupby(group).transform("any") & is_total
    differs = has_parts & (sums != table["station_count"]).fillna(value=False)
    wanted = "a total equal to the sum of the municipalities after it"
    _note(table[differs], "inconsistent_total", wanted, answer, layer, rejections)
    return has_parts
