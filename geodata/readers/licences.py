"""Licensed stations by municipality (無線局等情報検索), in every form they come in."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd

from geodata.errors import SourceError
from geodata.readers.files.csv_rows import names_in
from geodata.readers.files.published import Published, published_files, text_of
from geodata.readers.licence.answers import (
    FIRST_LINE,
    Answer,
    individual_rows,
    read_csv_answer,
    read_json_answer,
    refuse_incomplete,
)
from geodata.readers.licence.blanket import blanket_rows, is_blanket
from geodata.readers.licence.lists import (
    CODE,
    UPDATED_COLUMNS,
    read_list,
    read_update_days,
)
from geodata.readers.licence.rows import (
    KEY,
    LICENCE_COUNT,
    LicenceRows,
    no_rows,
    summed,
)
from geodata.readers.reading import Rejections, SourceRead

NAME = "licences"
"""Name in the register of sources."""

_JSON, _CSV = "Web-API JSON", "Web-API CSV"
_LIST, _UPDATED = "list by municipality", "days of the lists"
_UPDATED_FILE = "updated.csv"
_SHOWN = 60
_FEW = 6  # codes shown in a note
_SUFFIXES = (".json", ".csv", ".txt", ".xml")
_FORMS = (
    "a JSON answer (OF=2), a CSV answer (OF=1, first line YYYY-MM-DD,total) or a list "
    f"with the column {CODE}"
)
_ALWAYS = (
    "A licence is not a station switched on, and on reused bands it does not tell 4G "
    "from 5G. The ministry does not guarantee what is made of its licence search."
)


def read_licences(paths: Sequence[Path]) -> SourceRead:
    """Read licensed station counts per municipality into ``raw.licence_count``.

    Parameters
    ----------
    paths : sequence of Path
        Files, or archives read in place; the form of each is told from its content:

        saved answers of the Web-API, JSON (OF=2) or CSV (OF=1, first line
        ``YYYY-MM-DD,total``), pages of one query in one folder
            individual licences (OW=FB) count one station a record; blanket licences
            (OW=FB_H) are counted as their note says;
        lists by municipality (団体コード)
            see :func:`geodata.readers.licence.lists.read_list`; their ``updated.csv``
            is taken from `paths`, or from beside the list.

    Returns
    -------
    SourceRead
        Name ``licences``. Data rows are records, places of a note, or rows of a list;
        totals of prefectures are control totals, not data rows. Equal keys are added
        up: a licence may be filed with a bureau other than the place's.

    Raises
    ------
    SourceError
        No file, one that is in no known form, damaged or given twice, or an answer of
        which a page is missing.

    Notes
    -----
    Source: domain.md 6.6. Answers of two queries must not hold the same licence:
    licence numbers are withheld, so it would be counted twice unseen.
    """
    files = published_files(paths, _SUFFIXES, _FORMS)
    _refuse_repeats(files)
    rejections = Rejections(NAME)
    parts, forms, notes = _read_files(files, rejections)
    table = summed([part.table for part in parts])
    return SourceRead(
        name=NAME,
        tables={LICENCE_COUNT: table},
        rejected=rejections.table(),
        read_count=sum(part.read_count for part in parts),
        accepted_count=sum(part.accepted_count for part in parts),
        vintage=_vintage(table),
        edition="; ".join(forms),
        notes=(
            *(note for part in parts for note in part.notes),
            *notes,
            *_notes(table),
        ),
    )


def _read_files(
    files: Sequence[Published], rejections: Rejections
) -> tuple[list[LicenceRows], list[str], tuple[str, ...]]:
    """Rows of every file, the forms they came in, and notes on them together."""
    forms = {file: _form_of(file) for file in files}
    answers = []
    for file, form in forms.items():
        if form == _JSON:
            answers.append(read_json_answer(file))
        elif form == _CSV:
            answers.append(read_csv_answer(file, rejections))
    refuse_incomplete(answers)
    parts = [part for a in answers for part in _rows_of(a, rejections)]
    updated = [file for file, form in forms.items() if form == _UPDATED]
    days = {_folder(file): read_update_days(file) for file in updated}
    lists = []
    for file in (file for file, form in forms.items() if form == _LIST):
        if _folder(file) not in days:
            days[_folder(file)] = _days_beside(file)
        lists.append(read_list(file, days[_folder(file)], rejections))
    parts += lists
    if not parts:
        raise SourceError(f"{files[0].name}: no licence data beside it; give {_FORMS}.")
    return parts, sorted(set(forms.values()) - {_UPDATED}), _on_repeats(lists)


def _form_of(file: Published) -> str:
    """Form of a file, told from its first line."""
    text = text_of(file, "utf-8-sig").lstrip()
    first = text.partition("\n")[0]
    if text.startswith(("{", "[")):
        return _JSON
    if FIRST_LINE.match(first):
        return _CSV
    header = names_in(first)
    if CODE in header:
        return _LIST
    if set(UPDATED_COLUMNS) <= set(header):
        return _UPDATED
    shown = f"'{first[:_SHOWN]}'" if first else "an empty file"
    raise SourceError(f"{file.name}, line 1: found {shown}, wanted {_FORMS}.")


def _rows_of(answer: Answer, rejections: Rejections) -> list[LicenceRows]:
    records = answer.records
    blanket = is_blanket(records["note"])
    left_out = answer.read_count - len(records)  # rejected while the file was read
    return [
        LicenceRows(no_rows(), left_out, 0, answer.notes),
        individual_rows(replace(answer, records=records[~blanket]), rejections),
        blanket_rows(replace(answer, records=records[blanket]), rejections),
    ]


def _days_beside(file: Published) -> dict[str, date]:
    beside = file.path.with_name(_UPDATED_FILE)
    if file.member or not beside.is_file():
        return {}
    return read_update_days(Published(beside))


def _folder(file: Published) -> Path:
    return file.path if file.member else file.path.parent


def _refuse_repeats(files: Sequence[Published]) -> None:
    seen: dict[bytes, Published] = {}
    for file in files:
        digest = hashlib.sha256(file.read_bytes()).digest()
        first = seen.setdefault(digest, file)
        if first is not file:
            raise SourceError(
                f"{file.name}: has the same content as {first.name}; its stations "
                "would count twice. Give it once."
            )


def _vintage(table: pd.DataFrame) -> str:
    if table.empty:
        return ""
    first, last = table["counted_on"].min().date(), table["counted_on"].max().date()
    return str(first) if first == last else f"{first}/{last}"


def _on_repeats(lists: Sequence[LicenceRows]) -> tuple[str, ...]:
    """Municipalities of which several lists count licences of one kind and class."""
    rows = pd.concat([part.table for part in lists]) if lists else no_rows()
    codes = sorted(rows["city_code"][rows.duplicated(KEY)].unique())
    if not codes:
        return ()
    shown = ", ".join(codes[:_FEW]) + (", ..." if len(codes) > _FEW else "")
    are = "municipality occurs" if len(codes) == 1 else "municipalities occur"
    return (
        f"{len(codes):,} {are} in more than one list ({shown}), as some licences are "
        "filed with a bureau other than the place's; the counts were added up.",
    )


def _notes(table: pd.DataFrame) -> tuple[str, ...]:
    notes = [_ALWAYS]
    foreign = sorted(table["licensee"][table["carrier"].isna()].unique())
    if foreign:
        notes.append(f"Licensees that are no carrier: {'、'.join(foreign)}.")
    return tuple(notes)
