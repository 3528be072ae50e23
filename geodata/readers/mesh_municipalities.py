"""List of mesh codes by municipality (市区町村別メッシュ・コード一覧, 総務省統計局).

CSV in CP932, one file per prefecture: municipality code, its name, a 1 km cell, and in
some files a remark (備考). A border cell stands once for each municipality.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pandera.pandas as pandera

from geodata.errors import SourceError
from geodata.readers.columns import is_mesh_code
from geodata.readers.files.csv_rows import CsvRows, header_of, read_csv
from geodata.readers.files.many_files import good_rows_of_files
from geodata.readers.files.published import Published, published_files
from geodata.readers.reading import Rejections, SourceRead, rule, unused_columns
from geodata.reference import mesh3_municipalities, prefectures

_NAME = "mesh_municipalities"
_COLUMNS = {
    "city_code": "都道府県市区町村コード",
    "city_name_ja": "市区町村名",
    "mesh3": "基準メッシュ・コード",
}
_REMARK = "備考"
_FILE = re.compile(r"(\d{2})(?:[-_](\d+))?\.csv", re.IGNORECASE)
_STRAY_SHARE = 0.01  # of a file's rows: above it the file is another than it says
_FIX = "Take the file as downloaded, under the name it is published with."


@dataclass(frozen=True)
class _File:
    name: str
    rows: CsvRows
    labels: dict[str, str]
    pref_code: str
    part: str
    notes: tuple[str, ...]


def read_mesh_municipalities(paths: Sequence[Path]) -> SourceRead:
    """Read the lists of some or all prefectures.

    Parameters
    ----------
    paths : sequence of Path
        ``01.csv`` to ``47.csv`` (a long list may come in parts, ``01-1.csv``), plain
        or in zips.

    Returns
    -------
    SourceRead
        ``raw.mesh3_municipality``. Codes that end in 999, and 13199, are land of no
        municipality (境界未定・所属未定): they are kept under their codes. `vintage`
        is 2020 where the codes are those of the shipped list of 2020, as nothing in
        a file states its year.

    Raises
    ------
    SourceError
        A file is empty, cut short, in another encoding, misses a column, holds
        another prefecture than its name says or several, or a prefecture is there
        twice.

    Notes
    -----
    Source: domain.md 6.5. The codes are on the world datum (世界測地系) since 2002;
    a file does not state it.
    """
    wanted = "01.csv to 47.csv (市区町村別メッシュ・コード一覧)"
    files = [_read(file) for file in published_files(paths, [".csv"], wanted)]
    _refuse_repeats(files)
    faults = Rejections(_NAME)
    for file in files:
        file.rows.reject_misshapen(faults, file.name)
    table = _good_rows(files, faults)
    notes = [note for file in files for note in file.notes]
    found = {file.pref_code for file in files}
    absent = sorted(set(prefectures()["pref_code"]) - found)
    if absent:
        notes.append(f"No list for prefecture(s) {', '.join(absent)}.")
    return SourceRead(
        name=_NAME,
        tables={"raw.mesh3_municipality": table},
        rejected=faults.table(),
        read_count=sum(file.rows.row_count for file in files),
        accepted_count=len(table),
        vintage=_vintage(table, found),
        edition=_edition(files),
        datum="not stated",
        notes=tuple(notes),
    )


def _read(file: Published) -> _File:
    header = header_of(file, "cp932")
    labels = _labels(header, file.name)
    wanted = list(labels.values())
    rows = read_csv(file, wanted, "cp932", may_end_open=False)
    pref_code, part = _prefecture(file, rows.frame[labels["city_code"]])
    extra = [label for label in header if label not in wanted]
    notes = unused_columns(file.name, extra)
    return _File(file.name, rows, labels, pref_code, part, notes)


def _labels(header: Sequence[str], file: str) -> dict[str, str]:
    """Our names of the columns to theirs, as the file writes them."""
    by_plain: dict[str, str] = {}
    for label in header:
        if label and by_plain.setdefault(_plain(label), label) != label:
            raise SourceError(
                f"{file}, line 1: column {label} stands twice in "
                f"{','.join(header)[:120]}; wanted each once. {_FIX}"
            )
    absent = [label for label in _COLUMNS.values() if _plain(label) not in by_plain]
    if absent:
        raise SourceError(
            f"{file}, line 1: column(s) {', '.join(absent)} not found; the header is "
            f"{','.join(header)[:120]}, wanted {','.join(_COLUMNS.values())}. Take a "
            "list of the Statistics Bureau (市区町村別メッシュ・コード一覧)."
        )
    known = {**_COLUMNS, _REMARK: _REMARK}
    return {
        name: by_plain[_plain(label)]
        for name, label in known.items()
        if _plain(label) in by_plain
    }


def _plain(label: str) -> str:
    return re.sub(r"[\s・]", "", unicodedata.normalize("NFKC", label))


def _prefecture(file: Published, codes: pd.Series) -> tuple[str, str]:
    """Prefecture of most rows, the same as the name says where it says one."""
    shares = codes.str[:2].value_counts(normalize=True)
    pref_code = str(shares.index[0]) if len(shares) else ""
    if pref_code not in set(prefectures()["pref_code"]):
        raise SourceError(
            f"{file.name}, column {_COLUMNS['city_code']}: codes such as "
            f"'{codes.iloc[0] if len(codes) else ''}' are of no prefecture; wanted 5 "
            f"digits, 01 to 47 first. {_FIX}"
        )
    if shares.iloc[0] < 1 - _STRAY_SHARE:
        raise SourceError(
            f"{file.name}, column {_COLUMNS['city_code']}: codes of prefectures "
            f"{', '.join(sorted(shares.index))}; wanted those of one. {_FIX}"
        )
    claim = _FILE.fullmatch(file.file_name)
    if claim and claim[1] != pref_code:
        raise SourceError(
            f"{file.name}: named after prefecture {claim[1]}, but column "
            f"{_COLUMNS['city_code']} holds codes of prefecture {pref_code}. {_FIX}"
        )
    return pref_code, (claim[2] or "") if claim else ""


def _refuse_repeats(files: Sequence[_File]) -> None:
    """Refuse a prefecture in two files, unless both are numbered parts of it."""
    seen: dict[str, list[_File]] = {}
    for file in files:
        for earlier in seen.setdefault(file.pref_code, []):
            if not (file.part and earlier.part) or file.part == earlier.part:
                raise SourceError(
                    f"{earlier.name} and {file.name}: both hold prefecture "
                    f"{file.pref_code}; wanted each once, as lists of two years would "
                    "be mixed. Remove one of them."
                )
        seen[file.pref_code].append(file)


def _good_rows(files: Sequence[_File], faults: Rejections) -> pd.DataFrame:
    """``raw.mesh3_municipality`` of all files."""
    frame = pd.concat(
        [_own_rows(at, file, faults) for at, file in enumerate(files)],
        ignore_index=True,
    )
    good = good_rows_of_files(
        frame,
        _schema(),
        faults,
        names=[file.name for file in files],
        file_at=frame["file_at"].to_numpy(),
        lines=frame["line"].to_numpy(),
        shown=_COLUMNS,
    )
    return pd.DataFrame(
        {
            "mesh3": good["mesh3"].astype("int64"),
            "city_code": good["city_code"],
            "city_name_ja": good["city_name_ja"],
            "note": good[_REMARK].replace("", None).astype("str"),
        }
    )


def _own_rows(file_at: int, file: _File, faults: Rejections) -> pd.DataFrame:
    """Rows of one file, with their lines, without those of another prefecture."""
    frame = file.rows.frame.rename(
        columns={label: name for name, label in file.labels.items()}
    ).assign(file_at=file_at, line=file.rows.lines)
    if _REMARK not in frame:
        frame[_REMARK] = ""
    is_own = frame["city_code"].str.startswith(file.pref_code)
    strays = frame[~is_own]
    faults.add(
        "bad_value",
        file=file.name,
        rows=strays["line"],
        column=_COLUMNS["city_code"],
        values=strays["city_code"],
        wanted=f"5 digits, {file.pref_code} first, as in the rest of the file",
    )
    return frame[is_own]


def _schema() -> pandera.DataFrameSchema:
    is_cell = rule(
        "bad_mesh_code",
        "8 digits of a 1 km cell of Japan",
        lambda texts: is_mesh_code(texts, "m3"),
    )
    is_code = rule(
        "bad_value", "5 digits", lambda texts: texts.str.fullmatch("[0-9]{5}")
    )
    has_name = rule("missing_value", "a name", lambda texts: texts != "")
    return pandera.DataFrameSchema(
        {
            "city_code": pandera.Column(str, is_code),
            "city_name_ja": pandera.Column(str, has_name),
            "mesh3": pandera.Column(str, is_cell),
        },
        unique=["city_code", "mesh3"],
    )


def _vintage(table: pd.DataFrame, pref_codes: set[str]) -> str:
    """The year of the shipped list, where the municipalities are the same."""
    listed = mesh3_municipalities()["city_code"].drop_duplicates()
    same = set(listed[listed.str[:2].isin(pref_codes)]) == set(
        table["city_code"].unique()
    )
    return "2020" if same else "not stated"


def _edition(files: Sequence[_File]) -> str:
    with_remark = sum(_REMARK in file.labels for file in files)
    return f"{with_remark} of {len(files)} file(s) with 備考"
