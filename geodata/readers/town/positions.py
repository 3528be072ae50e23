"""Position file of the アドレス・ベース・レジストリ: representative points of towns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pandera.pandas as pandera

from geodata.datum import EQUAL_DATUMS
from geodata.errors import SourceError
from geodata.readers.files.csv_rows import CsvRows, read_csv
from geodata.readers.files.published import Published
from geodata.readers.reading import Rejections, good_rows, rule

DATUM = "JGD2011 or JGD2000 (rep_srid)"

_KEY = ["lg_code", "machiaza_id"]
_COLUMNS = (*_KEY, "rep_lon", "rep_lat", "rep_srid")
_DEGREES = r"-?[0-9]{1,3}(\.[0-9]+)?"
_LON, _LAT = (122.0, 154.5), (20.0, 46.0)
"""Where Japan lies, 南鳥島 and 沖ノ鳥島 included; degrees."""


@dataclass(frozen=True)
class TownPositions:
    """Points of towns.

    Attributes
    ----------
    table : DataFrame
        ``lg_code``, ``machiaza_id``, ``lon``, ``lat`` (degrees), a town once.
    row_count, accepted_count : int
        Data rows, and those that are good (some of them without a point).
    notes : tuple of str
        For whoever reads the release.
    """

    table: pd.DataFrame
    row_count: int
    accepted_count: int
    notes: tuple[str, ...]


def read_positions(
    files: Sequence[Published], towns: pd.DataFrame, rejections: Rejections
) -> TownPositions:
    """Read position files; a row must belong to one of `towns`.

    Parameters
    ----------
    files : sequence of Published
        ``mt_town_pos_*.csv``; may be empty.
    towns : DataFrame
        ``lg_code``, ``machiaza_id`` of the town masters. Not modified.
    rejections : Rejections
        Where faulty rows go.

    Raises
    ------
    SourceError
        A file is unusable, or a point is on another datum than JGD2011 or JGD2000.
    """
    known = pd.MultiIndex.from_frame(towns[_KEY])
    parts, row_count = [_EMPTY], 0
    for file in files:
        table = read_csv(file, _COLUMNS)
        table.reject_misshapen(rejections, file.name)
        _check_datum(file, table)
        good = _good(file, table, rejections)
        parts.append(_of_known_towns(file, good, known, rejections))
        row_count += table.row_count
    found = pd.concat(parts, ignore_index=True)
    found = _once(found, rejections)
    has_point = found["rep_lon"] != ""
    points = found[has_point].reset_index(drop=True)
    empty_count = int((~has_point).sum())
    note = f"{empty_count:,} position row(s) hold no point."
    return TownPositions(
        points[_KEY].assign(
            lon=points["rep_lon"].astype("float64"),
            lat=points["rep_lat"].astype("float64"),
        ),
        row_count,
        len(found),
        (note,) if empty_count else (),
    )


_EMPTY = pd.DataFrame(
    {name: pd.Series([], dtype="str") for name in (*_COLUMNS, "file")}
).assign(line=pd.Series([], dtype="int64"))


def _check_datum(file: Published, table: CsvRows) -> None:
    srid = table.frame["rep_srid"]
    has_point = table.frame["rep_lon"] != ""
    equal = {f"EPSG:{code}" for code in EQUAL_DATUMS} | {str(c) for c in EQUAL_DATUMS}
    wrong = (has_point & (srid != "") & ~srid.str.upper().isin(equal)).to_numpy(bool)
    if wrong.any():
        at = int(np.argmax(wrong))
        raise SourceError(
            f"{file.name}, line {table.lines[at]}, column rep_srid: found "
            f"'{srid.iloc[at]}', wanted EPSG:6668 (JGD2011) or EPSG:4612 (JGD2000). "
            "Points on another datum lie up to 460 m off and are not used: take the "
            "file on JGD2011."
        )


def _good(file: Published, table: CsvRows, rejections: Rejections) -> pd.DataFrame:
    frame = table.frame.assign(line=table.lines, file=file.name)
    is_empty = (frame["rep_lon"] == "") & (frame["rep_lat"] == "")
    point = frame["rep_lon"] + " " + frame["rep_lat"]
    frame["point"] = point.mask(is_empty)
    frame["srid"] = (
        frame["rep_srid"].where(frame["rep_srid"] != "").where(~is_empty, "none")
    )
    good = good_rows(
        frame,
        _SCHEMA,
        rejections,
        file=file.name,
        row_numbers=table.lines,
        shown={"point": "rep_lon", "srid": "rep_srid"},
    )
    return good[_EMPTY.columns]


def _is_in_japan(points: pd.Series) -> pd.Series:
    """Whether "lon lat" lies in Japan; True where it is no pair of numbers."""
    is_pair = _is_pair(points)
    lon_lat = points.where(is_pair, "135 35").str.split(" ", expand=True)
    lon, lat = lon_lat[0].astype("float64"), lon_lat[1].astype("float64")
    return ~is_pair | (lon.between(*_LON) & lat.between(*_LAT))


def _is_pair(points: pd.Series) -> pd.Series:
    return points.str.fullmatch(f"{_DEGREES} {_DEGREES}").astype(bool)


_SCHEMA = pandera.DataFrameSchema(
    {
        "point": pandera.Column(
            checks=[
                rule("bad_value", "longitude and latitude in degrees", _is_pair),
                rule(
                    "outside_japan",
                    "longitude 122 to 154.5 and latitude 20 to 46 degrees",
                    _is_in_japan,
                ),
            ],
            nullable=True,
        ),
        "srid": pandera.Column(nullable=False),
    },
)


def _of_known_towns(
    file: Published,
    good: pd.DataFrame,
    known: pd.MultiIndex,
    rejections: Rejections,
) -> pd.DataFrame:
    is_known = pd.MultiIndex.from_frame(good[_KEY]).isin(known)
    lost = good[~is_known]
    rejections.add(
        "broken_link",
        file=file.name,
        rows=lost["line"],
        column="machiaza_id",
        values=lost["lg_code"] + " " + lost["machiaza_id"],
        wanted="a town of the town master read with it",
    )
    return good[is_known]


def _once(found: pd.DataFrame, rejections: Rejections) -> pd.DataFrame:
    """Rows with the first of each town, over all files."""
    is_repeat = found.duplicated(_KEY)
    repeated = found[is_repeat]
    rejections.add(
        "repeated_key",
        file=repeated["file"],
        rows=repeated["line"],
        column="machiaza_id",
        values=repeated["lg_code"] + " " + repeated["machiaza_id"],
        wanted="each lg_code + machiaza_id once",
    )
    return found[~is_repeat]
