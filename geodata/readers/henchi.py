"""Remote areas (辺地): the project's own table, by 1 km cells or by polygons.

国土数値情報 has no dataset of them (domain.md 6.2). ``henchi.csv`` is UTF-8 with
``city_code, name`` and one or both of ``mesh3`` (1 km cells, several of them parted by
semicolons) and ``geometry`` (WKT in degrees of JGD2011, longitude before latitude).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas
import pandas as pd
import pandera.pandas as pandera
import shapely

from geodata import mesh, reference
from geodata.catalog import sidecar_of
from geodata.datum import JGD2011_EPSG
from geodata.errors import MeshCodeError, SourceError
from geodata.readers.columns import city_code_column, code_form
from geodata.readers.files.csv_rows import header_of, read_csv
from geodata.readers.files.published import Published, published_files
from geodata.readers.files.vector import VectorLayer, polygons
from geodata.readers.reading import (
    Rejections,
    SourceRead,
    good_rows,
    unused_columns,
)

NAME = "henchi"
CELLS = "raw.henchi_cell"
AREAS = "raw.disadvantaged_area"

_PLACES = ("mesh3", "geometry")
_WANTED = "city_code, name, and mesh3 or geometry"


def read_henchi(paths: Sequence[Path]) -> SourceRead:
    """Read 辺地 listed by 1 km cells, or drawn as polygons.

    Each row names either cells or a polygon. A 辺地 may stand in one row with all its
    cells or in one row per cell; a row with a cell that is no 1 km cell of Japan is
    rejected whole, so that no part of a 辺地 is lost unseen.

    Parameters
    ----------
    paths : sequence of Path
        CSV files, or archives that hold them.

    Returns
    -------
    SourceRead
        ``raw.henchi_cell`` (``mesh3``, ``city_code``, ``name_ja``) and
        ``raw.disadvantaged_area`` of kind ``henchi``; either may be empty.

    Raises
    ------
    SourceError
        A file is damaged, empty, cut short, not UTF-8, or lacks a column.

    Notes
    -----
    A form of this project (domain.md 6.2); the year is the sidecar's ``vintage``.
    """
    rejections = Rejections(NAME)
    files = published_files(paths, [".csv"], f"henchi.csv with {_WANTED}")
    parts = [_read(file, rejections) for file in files]
    rows = _cells(pd.concat([part.by_cell for part in parts]), rejections)
    vintages = {sidecar_of(path).get("vintage", "") for path in paths} - {""}
    return SourceRead(
        name=NAME,
        tables={
            CELLS: rows[["mesh3", "city_code", "name_ja"]],
            AREAS: pd.concat([part.areas for part in parts], ignore_index=True),
        },
        rejected=rejections.table(),
        read_count=sum(part.read_count for part in parts),
        accepted_count=sum(len(part.areas) for part in parts) + _row_count(rows),
        vintage="; ".join(sorted(vintages)),
        edition="; ".join(sorted({part.edition for part in parts})),
        datum="JGD2011",
        notes=tuple(note for part in parts for note in part.notes),
    )


@dataclass(frozen=True)
class _Part:
    """Good rows of one file: still texts where they name cells."""

    by_cell: pd.DataFrame
    areas: pd.DataFrame
    read_count: int
    edition: str
    notes: tuple[str, ...]


def _read(file: Published, rejections: Rejections) -> _Part:
    header = header_of(file)
    places = [name for name in _PLACES if name in header]
    if not places:
        raise SourceError(
            f"{file.name}, line 1: the header is {', '.join(header)}; wanted: "
            f"{_WANTED}. Add the column that says where each 辺地 is."
        )
    used = ["city_code", "name", *places]
    table = read_csv(file, used)
    table.reject_misshapen(rejections, file.name)
    texts = table.frame.where(table.frame != "").reindex(columns=[*used[:2], *_PLACES])
    texts = texts.astype("str").assign(file=file.name, line=table.lines)
    texts = _placed_once(texts, rejections)
    codes = code_form(texts["city_code"])
    schema = pandera.DataFrameSchema(
        {
            "city_code": city_code_column(codes),
            "name": pandera.Column(str, nullable=False),
        }
    )
    good = good_rows(
        texts,
        schema,
        rejections,
        file=file.name,
        row_numbers=texts["line"].to_numpy(),
    )
    good["city_code"] = reference.five_digit_codes(good["city_code"], codes)
    by_cell = good["geometry"].isna()
    extra = [name for name in header if name not in used]
    return _Part(
        by_cell=good[by_cell],
        areas=_areas(good[~by_cell], rejections),
        read_count=table.row_count,
        edition=" and ".join(f"by {name}" for name in places),
        notes=unused_columns(file.name, extra),
    )


def _placed_once(texts: pd.DataFrame, rejections: Rejections) -> pd.DataFrame:
    """Rows that say where in exactly one of the two ways."""
    filled = texts[list(_PLACES)].notna().sum(axis=1)
    for count, rule_id in ((0, "missing_value"), (2, "bad_value")):
        bad = texts[filled == count]
        rejections.add(
            rule_id,
            file=bad["file"],
            rows=bad["line"],
            column="mesh3, geometry",
            values=bad["mesh3"].fillna(""),
            wanted="either 1 km cells in mesh3 or WKT in geometry",
        )
    return texts[filled == 1].reset_index(drop=True)


def _cells(by_cell: pd.DataFrame, rejections: Rejections) -> pd.DataFrame:
    """One row per cell, of rows all of whose cells are 1 km cells of Japan."""
    rows = by_cell.rename(columns={"name": "name_ja"}).reset_index(drop=True)
    texts = rows["mesh3"].str.strip(";").str.split(";").explode().str.strip()
    codes = texts.map({text: _mesh3(text) for text in texts.unique()})
    is_bad = codes.isna().groupby(level=0).any()
    _note_bad_codes(rows[is_bad.to_numpy()], texts, codes, rejections)
    rows = rows.join(codes.rename("code"), how="inner")[lambda r: ~is_bad[r.index]]
    rows = rows.assign(mesh3=rows["code"].astype("int64"))
    return _without_repeats(rows, rejections)


def _mesh3(text: str) -> int | None:
    try:
        return int(mesh.from_text(text, "m3"))
    except MeshCodeError:
        return None


def _note_bad_codes(
    bad: pd.DataFrame, texts: pd.Series, codes: pd.Series, rejections: Rejections
) -> None:
    rejections.add(
        "bad_mesh_code",
        file=bad["file"],
        rows=bad["line"],
        column="mesh3",
        values=[";".join(texts[[at]][codes[[at]].isna()]) for at in bad.index],
        wanted="8-digit codes of 1 km cells, parted by semicolons",
    )


def _without_repeats(rows: pd.DataFrame, rejections: Rejections) -> pd.DataFrame:
    """Leave out rows all of whose cells an earlier row of the same 辺地 has."""
    is_repeat = rows.duplicated(["mesh3", "city_code", "name_ja"])
    is_whole = is_repeat.groupby(rows.index).all()
    repeated = rows[~rows.index.duplicated()][is_whole]
    rejections.add(
        "repeated_key",
        file=repeated["file"],
        rows=repeated["line"],
        column="mesh3",
        values=repeated["mesh3"],
        wanted="each cell of a 辺地 once",
    )
    return rows[~is_repeat]


def _row_count(rows: pd.DataFrame) -> int:
    """Rows of the files that these cells come from."""
    return len(rows[["file", "line"]].drop_duplicates())


def _areas(drawn: pd.DataFrame, rejections: Rejections) -> pd.DataFrame:
    """Rows with WKT, as rows of ``raw.disadvantaged_area``."""
    layer = _layer(drawn)
    usable = polygons(layer, rejections).frame
    nothing = pd.Series(None, index=usable.index, dtype="str")
    return pd.DataFrame(
        {
            "kind": pd.Series(NAME, index=usable.index, dtype="str"),
            "city_code": usable["city_code"],
            "area_name_ja": usable["name"],
            "category": nothing,
            "geometry": shapely.to_wkb(usable.geometry.to_numpy()),
        }
    )


def _layer(drawn: pd.DataFrame) -> VectorLayer:
    """Texts as a layer, so that polygons are held against the same rules."""
    shapes = shapely.from_wkt(drawn["geometry"].to_numpy("object"), on_invalid="ignore")
    attributes = drawn[["city_code", "name"]].reset_index(drop=True)
    frame = geopandas.GeoDataFrame(attributes, geometry=shapes, crs=JGD2011_EPSG)
    return VectorLayer(
        frame=frame,
        file=drawn["file"].iloc[0] if len(drawn) else "",
        layer="",
        rows=drawn["line"].to_numpy("int64"),
        datum="JGD2011",
        accuracy_m=None,
        declared="degrees of JGD2011",
        kind="csv",
    )
