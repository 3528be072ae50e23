"""国土数値情報 N03 行政区域: municipalities with their boundaries (domain.md 6.1)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
import pandera.pandas as pandera
import shapely

from geodata import reference
from geodata.errors import SourceError
from geodata.readers.files.published import Published
from geodata.readers.files.vector import (
    VectorLayer,
    polygons,
    read_vector,
    vector_files,
)
from geodata.readers.ksj.n03_date import Period, content_period, name_period
from geodata.readers.reading import (
    Rejections,
    SourceRead,
    good_rows,
    rule,
    unused_columns,
)

NAME = "n03"
TABLE = "raw.municipality_area"
UNASSIGNED = "所属未定地"
"""City name of land that belongs to no municipality."""

SIMPLIFIED_EDGE_M = 100.0
"""Boundaries with a longer median edge count as simplified: a project decision.

N03 is published with edges of some tens of metres; the simplified files of
``admin_n03_2021`` have median edges of 340 m to 3.4 km.
"""

_WANTED = ("N03_001", "N03_003", "N03_004", "N03_007")
_WARD = "N03_005"
_KNOWN = {*_WANTED, _WARD, "N03_002", "geometry"}
_HISTORY = {"formationDate", "disappearanceDate"}
_OTHER_LAYER = re.compile(r"_(sub)?prefecture$", re.IGNORECASE)
_COLUMNS = ["pref_code", "city_code", "pref_name_ja", "city_name_ja"]
_METRES_PER_DEGREE = 111_320.0
_MOST_POINTS = 2_000_000  # enough for a median; every n-th shape is taken beyond that


def read_administrative_areas(paths: Sequence[Path]) -> SourceRead:
    """Read N03 行政区域 as ``raw.municipality_area``.

    Parameters
    ----------
    paths : sequence of Path
        One nationwide file or archive, or those of several prefectures. Shapefile,
        GeoJSON, GML, TopoJSON, GeoPackage or GeoParquet, plain or in the published
        zip.

    Returns
    -------
    SourceRead
        One row per municipality (parts dissolved) and per prefecture with unassigned
        land (``city_code`` null). ``vintage`` is the day in the file name, held
        against the content; ``edition`` says ``with N03_005`` (since 2024) or
        ``without N03_005``, and ``simplified`` where :func:`is_simplified`.

    Raises
    ------
    SourceError
        A file is unusable, is not N03, its content does not fit the day in its name,
        files are of different days or editions, or two files hold the same
        municipality.
    """
    rejections = Rejections(NAME)
    parts = [_read_part(file, rejections) for file in _boundary_files(paths)]
    _refuse_mixture(parts)
    rows = pd.concat(
        [part.rows.assign(part=number) for number, part in enumerate(parts)],
        ignore_index=True,
    )
    _refuse_overlap(rows)
    table = _dissolved(rows)
    edge = median_edge_m(table)
    kind = ", simplified" if _is_long(edge) else ""
    return SourceRead(
        name=NAME,
        tables={TABLE: table},
        rejected=rejections.table(),
        read_count=sum(part.read_count for part in parts),
        accepted_count=len(rows),
        vintage=_vintage(parts),
        edition=parts[0].edition + kind,
        datum=", ".join(sorted({part.datum for part in parts})),
        notes=(*_notes(parts, rows), f"Median edge of the boundaries: {edge:.0f} m."),
    )


def median_edge_m(areas: VectorLayer | pd.DataFrame) -> float:
    """Median length of the edges of boundaries, in metres.

    Parameters
    ----------
    areas : VectorLayer or DataFrame
        A layer, or rows of ``raw.municipality_area`` (``geometry`` as WKB). Not
        modified.

    Returns
    -------
    float
        NaN without any edge. From differences in degrees on a sphere (to 0.5 %); of
        more than two million points every n-th shape is measured.
    """
    if isinstance(areas, VectorLayer):
        geometry = areas.frame.geometry.to_numpy()
    else:
        geometry = shapely.from_wkb(areas["geometry"].to_numpy())
    step = 1 + int(shapely.get_num_coordinates(geometry).sum()) // _MOST_POINTS
    rings = shapely.get_rings(shapely.get_parts(geometry[::step]))
    points, ring = shapely.get_coordinates(rings, return_index=True)
    if len(points) < 2:
        return float("nan")
    east, north = np.diff(points, axis=0).T
    east = east * np.cos(np.radians(points[1:, 1]))
    is_edge = ring[1:] == ring[:-1]
    return float(np.median(np.hypot(east, north)[is_edge]) * _METRES_PER_DEGREE)


def is_simplified(table: pd.DataFrame) -> bool:
    """Whether boundaries are coarser than N03 is published.

    Parameters
    ----------
    table : DataFrame
        Rows of ``raw.municipality_area``. Not modified.

    Returns
    -------
    bool
        True if the median edge is longer than `SIMPLIFIED_EDGE_M`; False for a table
        without edges.
    """
    return _is_long(median_edge_m(table))


def _is_long(edge_m: float) -> bool:
    return edge_m > SIMPLIFIED_EDGE_M


@dataclass(frozen=True)
class _Part:
    """One file's good rows: columns of the table, ``file``, shapely geometries."""

    file: str
    rows: pd.DataFrame
    read_count: int
    edition: str
    named: Period
    found: Period
    datum: str
    notes: tuple[str, ...]


def _boundary_files(paths: Sequence[Path]) -> list[Published]:
    """Files with municipalities; a zip may also hold prefectures as a layer."""
    files = vector_files(paths)
    stems = {file: PurePosixPath(file.file_name).stem for file in files}
    wanted = [file for file in files if not _OTHER_LAYER.search(stems[file])]
    return wanted or files


def _read_part(file: Published, rejections: Rejections) -> _Part:
    layer = read_vector(file)
    _check_columns(layer)
    named = name_period(file)
    found = content_period(layer, layer.frame["N03_007"].dropna().unique())
    if not named.meets(found):
        raise SourceError(
            f"{file.name}: the name says {named}, but the content is of {found} "
            f"({found.reason}); wanted: a file under its own name. Download it again."
        )
    rows = _good_areas(polygons(layer, rejections), rejections)
    extra = [str(name) for name in layer.frame.columns if name not in _KNOWN]
    return _Part(
        file=layer.file,
        rows=rows,
        read_count=len(layer.frame),
        edition=f"{'with' if _WARD in layer.frame else 'without'} {_WARD}",
        named=named,
        found=found,
        datum=layer.datum,
        notes=(*layer.notes, *unused_columns(layer.file, extra)),
    )


def _check_columns(layer: VectorLayer) -> None:
    have = [str(name) for name in layer.frame.columns if name != "geometry"]
    if _HISTORY & set(have):
        raise SourceError(
            f"{layer.file}: columns {', '.join(sorted(_HISTORY & set(have)))}, so this "
            "is 行政区域の変遷 (history of boundaries); wanted: N03 行政区域 of one "
            "day, such as N03-20240101_GML.zip."
        )
    absent = [name for name in _WANTED if name not in have]
    if absent:
        raise SourceError(
            f"{layer.file}, layer {layer.layer}: column(s) {', '.join(absent)} not "
            f"found among {', '.join(have) or 'none'}; wanted: N03 行政区域 with "
            f"{', '.join(_WANTED)}. Take the municipalities' file, as published."
        )


def _good_areas(layer: VectorLayer, rejections: Rejections) -> pd.DataFrame:
    """Rows that can be attributed, as columns of the table."""
    frame = _named(pd.DataFrame(layer.frame)).assign(row=layer.rows)
    good = good_rows(
        frame,
        _schema(),
        rejections,
        file=layer.file,
        layer=layer.layer,
        row_numbers=layer.rows,
        shown={"city_name_ja": "N03_004", "misfit": "N03_007"},
    )
    good = _without_repeats(good, layer, rejections)
    good = good.rename(columns={"N03_001": "pref_name_ja", "N03_004": "given_name"})
    return good[[*_COLUMNS, "given_name", "geometry"]].assign(file=layer.file)


def _without_repeats(
    rows: pd.DataFrame, layer: VectorLayer, rejections: Rejections
) -> pd.DataFrame:
    """Leave out rows with the code and the polygon of an earlier one."""
    shapes = rows["geometry"].to_numpy()
    alike = pd.DataFrame(shapely.bounds(shapes)).assign(
        points=shapely.get_num_coordinates(shapes), code=rows["N03_007"]
    )
    at = np.flatnonzero(alike.duplicated(keep=False))
    wkb = shapely.to_wkb(shapely.normalize(shapes[at]))
    twins = pd.DataFrame({"wkb": wkb, "code": rows["N03_007"].iloc[at].to_numpy()})
    repeated = rows.iloc[at[twins.duplicated()]]
    rejections.add(
        "repeated_key",
        file=layer.file,
        layer=layer.layer,
        rows=repeated["row"],
        column="N03_007",
        values=repeated["N03_007"],
        wanted="each polygon of a municipality once",
    )
    return rows.drop(index=repeated.index)


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    """Add ``pref_code``, ``city_code``, ``city_name_ja`` and ``misfit``."""
    prefectures = reference.prefectures().set_index("name_ja")["pref_code"]
    pref_code = frame["N03_001"].map(prefectures).astype("str")
    code, city = frame["N03_007"], frame["N03_004"]
    is_unassigned = code.isna() | (city == UNASSIGNED)
    before = frame["N03_003"]
    if _WARD in frame:
        name = city + frame[_WARD].fillna("")
    else:
        is_city = before.str.endswith("市").fillna(value=False).astype(bool)
        name = before.where(is_city, "") + city
    is_whole = code.str.fullmatch(r"\d{5}").fillna(value=False).astype(bool)
    fits = (code.str[:2] == pref_code) & ((code.str[2:] != "000") | is_unassigned)
    misfit = code + " in " + frame["N03_001"]
    return frame.assign(
        pref_code=pref_code,
        city_code=code.mask(is_unassigned),
        city_name_ja=name.mask(is_unassigned, UNASSIGNED),
        misfit=misfit.where(is_whole & ~fits & pref_code.notna()),
    )


def _schema() -> pandera.DataFrameSchema:
    prefectures = set(reference.prefectures()["name_ja"])
    known = rule(
        "unknown_code",
        "the name of one of the 47 prefectures",
        lambda names: names.isin(prefectures),
    )
    five = rule("bad_value", "five digits", lambda codes: codes.str.fullmatch(r"\d{5}"))
    # misfit is null where the code fits, and nulls are not tested
    fits = rule(
        "unknown_code",
        "a municipality's code that begins with its prefecture's",
        lambda misfits: misfits.isna(),
    )
    return pandera.DataFrameSchema(
        {
            "N03_001": pandera.Column(checks=known),
            "N03_007": pandera.Column(checks=five, nullable=True),
            "city_name_ja": pandera.Column(),
            "misfit": pandera.Column(checks=fits, nullable=True),
        }
    )


def _refuse_mixture(parts: Sequence[_Part]) -> None:
    first = parts[0]
    for other in parts[1:]:
        if first.edition != other.edition:
            raise _mixture(first, other, first.edition, other.edition)
        if not first.named.is_same(other.named):
            raise _mixture(first, other, str(first.named), str(other.named))
        if not first.found.meets(other.found):
            raise _mixture(first, other, str(first.found), str(other.found))


def _mixture(first: _Part, other: _Part, was: str, now: str) -> SourceError:
    return SourceError(
        f"{first.file} is of {was}, {other.file} of {now}; wanted: files of one day "
        "and edition. Leave out the other day's files."
    )


def _refuse_overlap(rows: pd.DataFrame) -> None:
    """Refuse the same municipality, or unassigned land, from two files."""
    once = rows[["pref_code", "city_code", "part", "file"]].drop_duplicates()
    repeated = once[once.duplicated(["pref_code", "city_code"])]
    if repeated.empty:
        return
    pref, city, _, file = repeated.iloc[0]
    is_same = once["city_code"].isna() if pd.isna(city) else once["city_code"] == city
    first = once.loc[is_same & (once["pref_code"] == pref), "file"].iloc[0]
    what = f"{UNASSIGNED} of prefecture {pref}" if pd.isna(city) else f"code {city}"
    raise SourceError(
        f"{first} and {file} both hold {what} ({len(repeated)} in all); wanted: each "
        "municipality in one file. Give the nationwide file or the prefectures' "
        "files, and each once."
    )


def _dissolved(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per municipality: parts of one code united."""
    key = rows["pref_code"] + rows["city_code"].fillna("")
    order = np.argsort(key.to_numpy(), kind="stable")
    rows, key = rows.iloc[order].reset_index(drop=True), key.to_numpy()[order]
    if rows.empty:
        first, last = np.empty(0, int), np.empty(0, int)
    else:
        first = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
        last = np.r_[first[1:], len(rows)]
    geometry = rows["geometry"].to_numpy()
    united = geometry[first]
    for at in np.flatnonzero(last - first > 1):
        united[at] = shapely.disjoint_subset_union_all(geometry[first[at] : last[at]])
    parts = np.r_[0, np.cumsum(shapely.get_num_geometries(geometry))]
    return (
        rows.loc[first, _COLUMNS]
        .reset_index(drop=True)
        .assign(part_count=parts[last] - parts[first], geometry=shapely.to_wkb(united))
    )


def _vintage(parts: Sequence[_Part]) -> str:
    named = next((part.named for part in parts if part.named.is_known), Period())
    return str(named if named.is_known else parts[0].found)


def _notes(parts: Sequence[_Part], rows: pd.DataFrame) -> list[str]:
    notes = [note for part in parts for note in part.notes]
    given = rows.loc[rows["city_code"].isna(), "given_name"].dropna()
    others = sorted(set(given) - {UNASSIGNED})
    if others:
        notes.append(
            f"Rows of {', '.join(others)} have no code and count as {UNASSIGNED}."
        )
    names = rows.dropna(subset="city_code").drop_duplicates(_COLUMNS)
    several = names[names.duplicated("city_code", keep=False)].groupby("city_code")
    for code, group in several:
        used, *unused = group["city_name_ja"]
        notes.append(f"Code {code} is named {used} (used) and {', '.join(unused)}.")
    return notes
