"""Polygons of disadvantaged areas (条件不利地域) of 国土数値情報: A17 to A25.

Which dataset a file holds is told from its columns and checked against its name.
Statistics editions (``A18s-a``, ``A19s``, ``A22s``, ``A22-m``) and editions before 2016
have columns of the same names with other meanings, and are refused by name and by
content.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pandera.pandas as pandera
import shapely

from geodata import reference
from geodata.errors import SourceError
from geodata.readers.columns import city_code_column, code_list_column
from geodata.readers.files.published import Published
from geodata.readers.files.vector import (
    VectorLayer,
    polygons,
    read_vector,
    vector_files,
)
from geodata.readers.ksj.area_editions import (
    LAYOUTS,
    Edition,
    Layout,
    edition_in,
    edition_of,
)
from geodata.readers.reading import (
    Rejections,
    SourceRead,
    good_rows,
    unused_columns,
)

TABLE = "raw.disadvantaged_area"

LAW_CHANGED_IN = 2021
"""Year of 過疎地域の持続的発展の支援に関する特別措置法, which changed the 過疎地域."""

_OWN_COLUMN = re.compile(r"(A\d\d)(\w*?)_\d+", re.IGNORECASE)
_YEAR = re.compile(r"((?:19|20)\d\d)")
_PLACE = ["file", "layer", "row", "shown"]


@dataclass(frozen=True)
class _Part:
    """Good features of one file, with the place of each."""

    layout: Layout
    edition: Edition
    rows: pd.DataFrame
    read_count: int
    datum: str
    rejections: Rejections
    file: str
    notes: list[str] = field(default_factory=list)


def read_disadvantaged_areas(paths: Sequence[Path]) -> SourceRead:
    """Read polygons of disadvantaged areas.

    A17 過疎地域, A18 半島振興対策実施地域, A19 離島振興対策実施地域, A20 奄美群島,
    A21 小笠原諸島, A22 豪雪地帯, A24 振興山村, A25 特定農山村地域.

    Parameters
    ----------
    paths : sequence of Path
        Archives per prefecture as downloaded (``A17-17_32_GML.zip``), or the
        Shapefiles or GeoJSON of them; of one or several datasets.

    Returns
    -------
    SourceRead
        ``raw.disadvantaged_area``, one row per feature: ``kind``, ``city_code``,
        ``area_name_ja`` (island, or former municipality; null where none is given),
        ``category`` (code of A17 過疎区分 01-03 or A22 豪雪区分 1-2; else null),
        ``geometry`` (WKB on JGD2011). The name is the dataset in lower case, or
        ``disadvantaged_areas`` for several.

    Raises
    ------
    SourceError
        A file is damaged, lacks a column, is of a statistics or older edition, on an
        unknown datum, or named as another dataset, prefecture or year than it holds;
        or two editions of one dataset are given.

    Notes
    -----
    Source: domain.md 6.2; attribute tables of 国土数値情報 (2021), also for A20, A21.
    """
    for path in paths:
        edition_in(path.name)  # refuses statistics editions before they are opened
    parts = [_read(file) for file in vector_files(paths)]
    _refuse_two_editions(parts)
    rows = _without_repeats(parts)
    datasets = sorted({part.layout.dataset for part in parts})
    editions = sorted({_edition_text(part) for part in parts})
    notes = [note for part in parts for note in part.notes]
    return SourceRead(
        name=datasets[0].lower() if len(datasets) == 1 else "disadvantaged_areas",
        tables={TABLE: rows.drop(columns=_PLACE)},
        rejected=pd.concat([part.rejections.table() for part in parts]).reset_index(
            drop=True
        ),
        read_count=sum(part.read_count for part in parts),
        accepted_count=len(rows),
        vintage="; ".join(sorted({str(p.edition.year or "") for p in parts} - {""})),
        edition="; ".join(editions),
        datum="; ".join(sorted({part.datum for part in parts})),
        notes=tuple(dict.fromkeys([*notes, *_notes_on_datasets(parts)])),
    )


def _read(file: Published) -> _Part:
    edition = edition_of(file)
    layer = read_vector(file)
    layout = _layout_of(layer)
    _check_columns(layer, layout)
    _check_meaning(layer, layout)
    _check_name(layer, layout, edition)
    rejections = Rejections(layout.dataset.lower())
    usable = polygons(layer, rejections)
    good = good_rows(
        usable.frame.assign(row=usable.rows),
        _schema(layout),
        rejections,
        file=layer.file,
        layer=layer.layer,
        row_numbers=usable.rows,
    )
    return _Part(
        layout=layout,
        edition=edition,
        rows=_rows(good, layout, layer),
        read_count=len(layer.frame),
        datum=layer.datum,
        rejections=rejections,
        file=layer.file,
        notes=[*layer.notes, *_notes(layer, layout, edition)],
    )


def _layout_of(layer: VectorLayer) -> Layout:
    found = [_OWN_COLUMN.fullmatch(str(name)) for name in layer.frame.columns]
    prefixes = {match[1].upper() + match[2] for match in found if match is not None}
    if len(prefixes) == 1 and (prefix := prefixes.pop()) in LAYOUTS:
        return LAYOUTS[prefix]
    raise SourceError(
        f"{layer.file}, layer {layer.layer}: the columns are "
        f"{', '.join(map(str, layer.frame.columns.drop('geometry')))}; wanted: those "
        f"of one of {', '.join(LAYOUTS)}, such as A17_001 to A17_009 (statistics "
        "editions such as A22s are not read). Take the Shapefile or GeoJSON of the "
        "archive as downloaded."
    )


def _check_columns(layer: VectorLayer, layout: Layout) -> None:
    """Refuse a layer that misses a column, or has further ones of its own prefix."""
    have = [str(name) for name in layer.frame.columns]
    absent = [name for name in layout.required if name not in have]
    if absent:
        raise SourceError(
            f"{layer.file}, layer {layer.layer}: column(s) {', '.join(absent)} not "
            f"found among {', '.join(name for name in have if name != 'geometry')}; "
            f"wanted: {', '.join(layout.required)}. A statistics or older edition has "
            "other columns; take the newest edition."
        )
    known = {layout.column(n) for n in range(1, layout.column_count + 1)}
    further = [n for n in have if n.startswith(f"{layout.dataset}_") and n not in known]
    if further:
        raise _other_edition(
            layer,
            further[0],
            f"{len(further)} column(s) beyond {layout.column(layout.column_count)}",
            f"{layout.column(1)} to {layout.column(layout.column_count)}",
        )


def _check_meaning(layer: VectorLayer, layout: Layout) -> None:
    """Refuse columns of the right names that hold something else throughout."""
    codes = layer.frame[layout.city_code].dropna()
    if not codes.str.fullmatch(r"\d{5}").any():
        raise _other_edition(
            layer, layout.city_code, _some(codes), "municipality codes of 5 digits"
        )
    if layout.category:
        column = layout.column(layout.category)
        values = layer.frame[column].dropna().astype("str")
        if not values.isin(layout.codes).any():
            wanted = f"codes {', '.join(layout.codes)}"
            raise _other_edition(layer, column, _some(values), wanted)
    for number in layout.names:
        column = layout.column(number)
        names = layer.frame.get(column, pd.Series(dtype="str")).dropna().astype("str")
        if len(names) and names.str.fullmatch(r"[\d.-]+").all():
            raise _other_edition(layer, column, _some(names), "names of areas")


def _other_edition(
    layer: VectorLayer, column: str, found: str, wanted: str
) -> SourceError:
    return SourceError(
        f"{layer.file}, layer {layer.layer}, column {column}: found {found}; wanted: "
        f"{wanted}. It is a statistics edition or an older one under another name; "
        "take the newest edition of the dataset."
    )


def _some(values: pd.Series) -> str:
    return ", ".join(f"'{value}'" for value in values.unique()[:3]) or "no value"


def _check_name(layer: VectorLayer, layout: Layout, edition: Edition) -> None:
    """Refuse a file whose name says another dataset, prefecture or year."""
    if edition.dataset and edition.dataset != layout.dataset:
        raise SourceError(
            f"{layer.file}, layer {layer.layer}: named as {edition.dataset}, but its "
            f"columns are those of {layout.dataset}; wanted: {edition.dataset}_002. "
            "Give the file its own name, or take the right file."
        )
    prefectures = layer.frame[layout.city_code].dropna().str[:2].unique()
    if edition.pref_code and edition.pref_code not in prefectures:
        raise SourceError(
            f"{layer.file}, layer {layer.layer}, column {layout.city_code}: named for "
            f"prefecture {edition.pref_code}, but the codes are of "
            f"{', '.join(sorted(prefectures))}; wanted: {edition.pref_code}. Give the "
            "file its own name, or take the right file."
        )
    newest = _newest_designation(layer, layout)
    if edition.year and newest > edition.year:
        raise SourceError(
            f"{layer.file}, layer {layer.layer}, column "
            f"{layout.column(layout.designated)}: an area designated in {newest}, but "
            f"the name says the edition of {edition.year}; wanted: designations up to "
            f"{edition.year}. Give the file its own name, or take the right file."
        )


def _newest_designation(layer: VectorLayer, layout: Layout) -> int:
    """Latest year of designation in the content; 0 where it says none."""
    column = layout.column(layout.designated)
    if not layout.designated or column not in layer.frame:
        return 0
    texts = layer.frame[column].dropna().astype("str")
    years = texts.str.extract(_YEAR, expand=False).dropna()
    return int(years.max()) if len(years) else 0


def _schema(layout: Layout) -> pandera.DataFrameSchema:
    columns = {layout.city_code: city_code_column("five")}
    if layout.category:
        columns[layout.column(layout.category)] = code_list_column(layout.codes)
    return pandera.DataFrameSchema(columns)


def _rows(good: pd.DataFrame, layout: Layout, layer: VectorLayer) -> pd.DataFrame:
    kinds = reference.disadvantaged_kinds().set_index("dataset")["kind"]
    nothing = pd.Series(None, index=good.index, dtype="str")
    shapes = shapely.normalize(good["geometry"].to_numpy())  # equal in every form
    names = nothing
    for number in layout.names:
        names = names.fillna(good.get(layout.column(number), nothing))
    return pd.DataFrame(
        {
            "kind": kinds[layout.dataset],
            "city_code": good[layout.city_code],
            "area_name_ja": names,
            "category": good.get(layout.column(layout.category), nothing),
            "geometry": shapely.to_wkb(shapes),
            "file": layer.file,
            "layer": layer.layer,
            "row": good["row"],
            "shown": layout.city_code,
        }
    )


def _without_repeats(parts: Sequence[_Part]) -> pd.DataFrame:
    """All rows; a feature that an earlier one equals in all we keep is left out."""
    rows = pd.concat([part.rows for part in parts], ignore_index=True)
    is_repeat = rows.duplicated([name for name in rows if name not in _PLACE])
    of_file = {part.file: part.rejections for part in parts}
    for (file, layer, shown), group in rows[is_repeat].groupby(
        ["file", "layer", "shown"], sort=False
    ):
        of_file[file].add(
            "repeated_key",
            file=file,
            layer=layer,
            rows=group["row"].to_numpy(),
            column=shown,
            values=group["city_code"].to_numpy(),
            wanted="each polygon once",
        )
    return rows[~is_repeat].reset_index(drop=True)


def _refuse_two_editions(parts: Sequence[_Part]) -> None:
    first: dict[str, _Part] = {}
    for part in parts:
        other = first.setdefault(part.layout.dataset, part)
        if other.edition.year != part.edition.year:
            raise SourceError(
                f"{part.file}: {_edition_text(part)}, but {other.file} is "
                f"{_edition_text(other)}; wanted: one edition of a dataset. Leave the "
                "older files away."
            )


def _edition_text(part: _Part) -> str:
    return f"{part.layout.dataset} {part.edition.year or 'of an unknown year'}"


def _notes(layer: VectorLayer, layout: Layout, edition: Edition) -> list[str]:
    own = f"{layout.dataset}_"
    extra = [
        str(name)
        for name in layer.frame.columns.drop("geometry")
        if not str(name).startswith(own)
    ]
    notes = [*unused_columns(layer.file, extra)]
    if not edition.year:
        newest = _newest_designation(layer, layout)
        said = f"; its latest designation is of {newest}" if newest else ""
        notes.append(f"{layer.file}: the name does not say the edition{said}.")
    return notes


def _notes_on_datasets(parts: Sequence[_Part]) -> list[str]:
    is_old = [
        part.layout.dataset == "A17" and part.edition.year < LAW_CHANGED_IN
        for part in parts
    ]
    if not any(is_old):
        return []
    return [
        f"A17 shows 過疎地域 before the law of {LAW_CHANGED_IN} "
        "(過疎地域の持続的発展の支援に関する特別措置法), which changed them: where a "
        "current list by municipality is given, it is preferred."
    ]
