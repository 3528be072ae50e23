"""町字マスター of the アドレス・ベース・レジストリ (Digital Agency), domain.md 6.10.

``mt_town_all.csv`` or ``mt_town_prefNN.csv``, plain or zipped, with the optional
position file ``mt_town_pos_*.csv``. UTF-8; columns are found by name, so the older
layout and the newer one (with alias columns) are both read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pandera

from geodata.errors import SourceError
from geodata.readers.columns import city_code_column, days, is_day, name_column
from geodata.readers.files.csv_rows import CsvRows, read_csv
from geodata.readers.reading import Rejections, SourceRead, good_rows, rule
from geodata.readers.town.files import MASTER, TownFile, town_files
from geodata.readers.town.names import normal_names
from geodata.readers.town.positions import DATUM, TownPositions, read_positions
from geodata.reference import prefectures
from geodata.reference.municipality_code import five_digit_codes

NAME = "abr_towns"
NAMELESS_ID = "0000000"
"""町字ID of addresses that follow the municipality without a town."""

_COLUMNS = (
    "lg_code",
    "machiaza_id",
    "machiaza_type",
    "pref",
    "oaza_cho",
    "chome",
    "koaza",
    "efct_date",
    "ablt_date",
)
_PREFECTURE_COUNT = 47


def read_towns(paths: Sequence[Path]) -> SourceRead:
    """Read the town master, and positions where a position file is given.

    Parameters
    ----------
    paths : sequence of Path
        Town masters and position files. Several masters must not hold the same
        municipality. Blank values round names are stripped.

    Returns
    -------
    SourceRead
        ``raw.town``: every town, those abolished too (``abolished_on``): a list of
        2020 names towns that have gone since. ``lon``, ``lat`` are null where no
        position is given. Rows of both kinds of file are counted. The vintage is the
        latest day on which a town came into force or was abolished.

    Raises
    ------
    SourceError
        A file is damaged, empty, not UTF-8, misses columns, ends within a row, holds
        another prefecture than its name says, repeats another file's municipality,
        or gives positions on another datum than JGD2011 or JGD2000.
    """
    files = town_files(paths)
    rejections = Rejections(NAME)
    read = _Masters()
    for file in files:
        if file.kind == MASTER:
            read.add(file, rejections)
    towns = pd.concat(read.parts, ignore_index=True)
    positions = read_positions(
        [file.file for file in files if file.kind != MASTER], towns, rejections
    )
    table = _table(towns, positions)
    return SourceRead(
        name=NAME,
        tables={"raw.town": table},
        rejected=rejections.table(),
        read_count=read.row_count + positions.row_count,
        accepted_count=len(towns) + positions.accepted_count,
        vintage=max(read.latest, default=""),
        edition=", ".join(sorted(read.editions)),
        datum=DATUM if positions.row_count else "",
        notes=(
            *(note for file in files for note in file.notes),
            *_notes(table, positions),
            *positions.notes,
        ),
    )


@dataclass
class _Masters:
    """Town masters read so far."""

    parts: list[pd.DataFrame] = field(default_factory=list)
    row_count: int = 0
    editions: set[str] = field(default_factory=set)
    latest: set[str] = field(default_factory=set)
    holder: dict[str, tuple[int, str]] = field(default_factory=dict)

    def add(self, file: TownFile, rejections: Rejections) -> None:
        """Read one master."""
        name = file.file.name
        table = read_csv(file.file, _COLUMNS)
        _check_codes(file, table)
        self._check_other_files(name, table.frame["lg_code"])
        table.reject_misshapen(rejections, name)
        good = good_rows(
            _with_names(table),
            _SCHEMA,
            rejections,
            file=name,
            row_numbers=table.lines,
            shown={"town_name_ja": "oaza_cho"},
        )
        good = _in_own_prefecture(good, name, rejections)
        self.parts.append(good)
        self.row_count += table.row_count
        self.editions.add(file.edition)
        for column in ("efct_date", "ablt_date"):
            self.latest.update(good.loc[is_day(good[column]), column].unique())

    def _check_other_files(self, name: str, lg_code: pd.Series) -> None:
        for code in lg_code[five_digit_codes(lg_code, "six").notna()].unique():
            number, other = self.holder.setdefault(code, (len(self.parts), name))
            if number != len(self.parts):
                raise SourceError(
                    f"{name}, column lg_code: found municipality {code}, which "
                    f"{other} holds too; wanted each municipality in one file. Give "
                    "one of the two."
                )


def _check_codes(file: TownFile, table: CsvRows) -> None:
    """Hold the prefectures found against those the file's name promises."""
    codes = table.frame["lg_code"]
    known = five_digit_codes(codes, "six").notna()
    other = known & ~codes.str.startswith(file.code_start)
    if other.any():
        at = int(np.argmax(other.to_numpy(bool)))
        raise SourceError(
            f"{file.file.name}, line {table.lines[at]}, column lg_code: found "
            f"{codes.iloc[at]}, but by its name the file holds {file.code_start} only. "
            "Give the file the name of its content, or take the right file."
        )
    found = codes[known].str[:2].nunique()
    if file.is_nation and found < _PREFECTURE_COUNT:
        raise SourceError(
            f"{file.file.name}: found towns of {found} prefecture(s), wanted all "
            f"{_PREFECTURE_COUNT} by its name; the file may be cut short. Download it "
            "again, or name it after its prefecture."
        )


def _with_names(table: CsvRows) -> pd.DataFrame:
    frame = table.frame
    town = frame["oaza_cho"] + frame["chome"] + frame["koaza"]
    is_named = (town != "") | (frame["machiaza_id"] == NAMELESS_ID)
    return frame.assign(
        line=table.lines,
        city_code=five_digit_codes(frame["lg_code"], "six"),
        town_name_ja=town.where(is_named),
    )


def _in_own_prefecture(
    frame: pd.DataFrame, file: str, rejections: Rejections
) -> pd.DataFrame:
    """Rows whose prefecture's name is that of their code."""
    names = prefectures().set_index("pref_code")["name_ja"]
    is_own = frame["pref"] == frame["city_code"].str[:2].map(names)
    other = frame[~is_own]
    rejections.add(
        "bad_value",
        file=file,
        rows=other["line"],
        column="pref",
        values=other["pref"],
        wanted="the prefecture that lg_code begins with",
    )
    return frame[is_own]


def _table(towns: pd.DataFrame, positions: TownPositions) -> pd.DataFrame:
    placed = towns.merge(
        positions.table, on=["lg_code", "machiaza_id"], how="left", validate="m:1"
    )
    return pd.DataFrame(
        {
            "city_code": placed["city_code"],
            "machiaza_id": placed["machiaza_id"],
            "town_name_ja": placed["town_name_ja"],
            "normal_name": normal_names(placed["town_name_ja"]),
            "abolished_on": days(placed["ablt_date"]),
            "lon": placed["lon"],
            "lat": placed["lat"],
        }
    )


def _notes(table: pd.DataFrame, positions: TownPositions) -> tuple[str, ...]:
    notes = []
    abolished = int(table["abolished_on"].notna().sum())
    if abolished:
        notes.append(
            f"{abolished:,} of {len(table):,} towns are abolished: kept with the day, "
            "and joined only where no town in force has the name."
        )
    nameless = int((table["town_name_ja"] == "").sum())
    if nameless:
        notes.append(
            f"{nameless:,} row(s) stand for addresses without a town (町字ID "
            f"{NAMELESS_ID}) and are joined with nothing."
        )
    unplaced = int(table["lon"].isna().sum())
    if positions.row_count and unplaced:
        notes.append(f"{unplaced:,} of {len(table):,} towns have no position.")
    return tuple(notes)


_SCHEMA = pandera.DataFrameSchema(
    {
        "lg_code": city_code_column("six"),
        "machiaza_id": pandera.Column(
            checks=rule(
                "bad_value", "seven digits", lambda s: s.str.fullmatch(r"[0-9]{7}")
            )
        ),
        "town_name_ja": name_column(),
        "ablt_date": pandera.Column(
            checks=rule(
                "bad_value",
                "a day such as 2024-04-01, or nothing",
                lambda s: (s == "") | is_day(s),
            )
        ),
    },
    unique=["lg_code", "ablt_date", "machiaza_id"],
)
