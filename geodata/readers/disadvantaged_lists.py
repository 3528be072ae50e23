"""Lists of disadvantaged areas (条件不利地域) by municipality.

Three forms, told apart by their columns:

- 過疎地域市町村等一覧 of the ministry: ``municipality_code, kaso_kind, kaso_areas``;
- 地域要件確認表 of the ministry: ``municipality_code, category_id, disadvantaged``;
- the project's own list for any kind (辺地, a current 過疎 list, Okinawa's islands):
  ``kind, city_code, extent`` and, where wanted, ``areas_ja``.

All are CSV in UTF-8. Designated cities stand as a whole, as published; their wards
inherit the row where designations are placed on cells.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from geodata import reference
from geodata.catalog import sidecar_of
from geodata.errors import SourceError
from geodata.readers.columns import code_form
from geodata.readers.disadvantaged_forms import (
    CATEGORY,
    LISTED,
    Form,
    form_of,
    schema_of,
)
from geodata.readers.files.csv_rows import header_of, read_csv
from geodata.readers.files.published import Published, published_files
from geodata.readers.reading import (
    Rejections,
    SourceRead,
    good_rows,
    unused_columns,
)

NAME = "disadvantaged_list"
TABLE = "raw.disadvantaged_municipality"
_NAMED_YEAR = re.compile(r"(?<!\d)(20\d\d)(?:-?(\d\d)-?(\d\d))?(?!\d)")
_KINDS = reference.disadvantaged_kinds()
_PROGRAMME_KINDS = "|".join(_KINDS["kind"][_KINDS["is_programme_kind"]])
_NAMED_KIND = re.compile(rf"({_PROGRAMME_KINDS})(?![a-z])")
_KEY = ["kind", "city_code"]
_PLACE = ["file", "line", "shown"]

PUBLISHED_COUNTS = {
    "kaso": {"full": 713, "deemed": 14, "partial": 158},
    LISTED: {"full": 819, "partial": 292, "none": 630},
}
"""Municipalities by extent that the ministry published for 2022-04-01."""

PUBLISHED_ON = "2022-04-01"


def read_disadvantaged_list(paths: Sequence[Path]) -> SourceRead:
    """Read lists of disadvantaged municipalities, published ones or the project's own.

    Municipality codes have 5 digits, or 6 with a check digit that is verified and
    dropped. The year is that of the file name or of the sidecar's ``vintage``. A row
    of a kind and municipality that an earlier row, of any file, already has is
    ``repeated_key``.

    Parameters
    ----------
    paths : sequence of Path
        CSV files, or archives that hold them.

    Returns
    -------
    SourceRead
        ``raw.disadvantaged_municipality``: ``kind`` (an id of
        :func:`geodata.reference.disadvantaged_kinds`, or ``listed``), ``city_code``,
        ``extent`` (``full``, ``deemed``, ``partial``, ``none``), ``areas_ja`` (former
        municipalities as published, parted by ``|``; null where none is named).

    Raises
    ------
    SourceError
        A file is damaged, empty, cut short, not UTF-8, of no known form, or named as
        another form, kind or year than it holds; or two files hold a kind for
        different years.
    """
    rejections = Rejections(NAME)
    files = published_files(paths, [".csv"], "a list of disadvantaged municipalities")
    parts = [_read(file, rejections) for file in files]
    _refuse_two_years(parts)
    rows = _without_repeats(pd.concat([part.rows for part in parts]), rejections)
    notes = [note for part in parts for note in part.notes]
    return SourceRead(
        name=NAME,
        tables={TABLE: rows.drop(columns=_PLACE)},
        rejected=rejections.table(),
        read_count=sum(part.read_count for part in parts),
        accepted_count=len(rows),
        vintage="; ".join(sorted({part.vintage for part in parts} - {""})),
        edition="; ".join(sorted({part.edition for part in parts})),
        notes=tuple(notes),
    )


@dataclass(frozen=True)
class _Part:
    """Good rows of one file, with the place of each."""

    file: Published
    rows: pd.DataFrame
    read_count: int
    vintage: str
    edition: str
    notes: tuple[str, ...]


def _read(file: Published, rejections: Rejections) -> _Part:
    header = header_of(file)
    form = form_of(file, header)
    used = [*form.columns, *(name for name in form.optional if name in header)]
    table = read_csv(file, used)
    table.reject_misshapen(rejections, file.name)
    texts = table.frame.where(table.frame != "").assign(line=table.lines)
    codes = code_form(texts[form.code])
    schema = schema_of(form, codes)
    good = good_rows(texts, schema, rejections, file=file.name, row_numbers=table.lines)
    rows = form.convert(good).assign(
        city_code=reference.five_digit_codes(good[form.code], codes),
        file=file.name,
        shown=form.code,
        line=good["line"],
    )
    _refuse_other_kind(file, rows, texts)
    vintage = _vintage(file, rows if form.stem else None)
    notes = [*_notes(file, form, good, rows)]
    notes += unused_columns(file.name, [name for name in header if name not in used])
    if form.stem and vintage.startswith(PUBLISHED_ON[:4]):
        notes += _compare_totals(file, form, rows, table.lines[-1:], rejections)
    return _Part(file, rows, table.row_count, vintage, form.edition, tuple(notes))


def _refuse_other_kind(
    file: Published, rows: pd.DataFrame, texts: pd.DataFrame
) -> None:
    """Refuse ``henchi_2024.csv`` without a single row of 辺地."""
    match = _NAMED_KIND.match(file.file_name)
    found = set(rows["kind"]) | set(texts.get("kind", pd.Series(dtype="str")).dropna())
    if match is not None and match[1] not in found:
        raise SourceError(
            f"{file.name}, column kind: named after '{match[1]}', but holds "
            f"{', '.join(sorted(found)) or 'no kind'}; wanted: rows of the kind that "
            "the name says. Give the file its own name, or take the right file."
        )


def _vintage(file: Published, published: pd.DataFrame | None) -> str:
    """Day or year the list holds for: name and sidecar, checked against its content."""
    match = _NAMED_YEAR.search(file.file_name)
    named = "-".join(part for part in match.groups() if part) if match else ""
    described: str = sidecar_of(file.path).get("vintage", "")
    if named and described and not _agree(named, described):
        raise SourceError(
            f"{file.name}: the name says {named}, but its description "
            f"{file.path.name}.toml says vintage {described}; wanted: one year. "
            "Correct the one that is wrong."
        )
    vintage = max(named, described, key=len)
    if published is None or not _is_of_2022(published):
        return vintage
    if vintage and not _agree(vintage, PUBLISHED_ON):
        raise SourceError(
            f"{file.name}: named or described as of {vintage}, but its "
            f"{len(published)} municipalities by extent are exactly those published "
            f"for {PUBLISHED_ON}; wanted: the list of {vintage}. Give the file its "
            "own name, or take the right file."
        )
    return PUBLISHED_ON


def _agree(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _counts(rows: pd.DataFrame) -> dict[str, int]:
    counts: dict[str, int] = rows["extent"].value_counts().to_dict()
    return counts


def _is_of_2022(rows: pd.DataFrame) -> bool:
    kind = rows["kind"].iloc[0] if len(rows) else ""
    return _counts(rows) == PUBLISHED_COUNTS.get(kind)


def _compare_totals(
    file: Published,
    form: Form,
    rows: pd.DataFrame,
    last_line: pd.Series,
    rejections: Rejections,
) -> list[str]:
    """Warn of a list of 2022 that is not whole: the rest looks undesignated."""
    if not len(rows) or _is_of_2022(rows):
        return []
    wanted = PUBLISHED_COUNTS[rows["kind"].iloc[0]]
    found = _counts(rows)
    rejections.add(
        "inconsistent_total",
        file=file.name,
        rows=last_line,
        column=form.code,
        values=[f"{len(rows)} municipalities: {found}"],
        wanted=f"{sum(wanted.values())} for {PUBLISHED_ON}: {wanted}",
    )
    return [
        f"{file.name}: {len(rows)} municipalities, where {sum(wanted.values())} were "
        f"published for {PUBLISHED_ON}; the others count as not designated."
    ]


def _notes(
    file: Published, form: Form, good: pd.DataFrame, rows: pd.DataFrame
) -> list[str]:
    notes = []
    if form.edition == CATEGORY:
        notes.append(
            f"{file.name}: 'none' does not exclude 豪雪地帯, 辺地 or 特定農山村地域, "
            "which this table does not cover."
        )
    if "truncated" in good and (cut := int((good["truncated"] == "1").sum())):
        notes.append(f"{file.name}: {cut} lists of areas are cut short.")
    if not len(rows):
        notes.append(f"{file.name}: no row could be used.")
    return notes


def _refuse_two_years(parts: Sequence[_Part]) -> None:
    """Refuse two lists of one kind that hold for different days."""
    seen: dict[str, _Part] = {}
    for part in parts:
        for kind in sorted(set(part.rows["kind"])):
            first = seen.setdefault(kind, part)
            if not _agree(first.vintage, part.vintage):
                raise SourceError(
                    f"{part.file.name}: lists {kind} for {part.vintage}, but "
                    f"{first.file.name} lists it for {first.vintage}; wanted: one "
                    "year of a kind. Leave the older file away."
                )


def _without_repeats(rows: pd.DataFrame, rejections: Rejections) -> pd.DataFrame:
    is_repeat = rows.duplicated(_KEY)
    repeated = rows[is_repeat]
    rejections.add(
        "repeated_key",
        file=repeated["file"],
        rows=repeated["line"],
        column=repeated["shown"],
        values=repeated["city_code"],
        wanted="each kind and municipality once",
    )
    return rows[~is_repeat].reset_index(drop=True)
