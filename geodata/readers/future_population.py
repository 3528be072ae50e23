"""Projected population by 500 m cell (国土数値情報 500mメッシュ別将来推計人口).

One Shapefile, GeoJSON or CSV per prefecture, of which only attributes are read. Its
editions name columns differently; a cell on a municipal border has a row in each.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pandera

from geodata.errors import SourceError
from geodata.readers.census.header import refuse_tokyo_name
from geodata.readers.columns import LARGEST_CELL, is_mesh_code
from geodata.readers.files.published import Published
from geodata.readers.ksj.mesh_files import Attributes, attribute_files, read_attributes
from geodata.readers.reading import Rejections, SourceRead, good_rows, rule
from geodata.reference.municipality_code import known_municipality_codes

_NAME = "future_population"
_STRAY_SHARE = 0.01  # of a file's rows: above it the file is another than it says
_SIZES = {8: "1 km", 10: "250 m"}
_SIZE_IN_NAME = re.compile(r"(?<![0-9])(\d+k?m)_mesh", re.IGNORECASE)
_YEAR_IN_NAME = re.compile(r"(?<![0-9])(20\d\d)(?![0-9])")
_PREFECTURE_IN_NAME = re.compile(r"_(\d{2})(?=[_.]|$)")
_PREF_CODES = frozenset(f"{number:02d}" for number in range(1, 48))
_FIX = "Take the file as downloaded, under the name it is published with."


@dataclass(frozen=True)
class _Edition:
    """One edition of the product: how its columns and its archives are named."""

    name: str
    city_column: str
    year_column: str
    first_year: int
    name_year: str  # recalled


_EDITIONS = (
    _Edition("H29", "CITY_CODE", r"POP(\d{4})", 2010, "2017"),
    _Edition("H30", "SHICODE", r"PTN_(\d{4})", 2015, "2018"),
    _Edition("R6", "SHICODE", r"PTN_(\d{4})", 2020, "2024"),
)


@dataclass(frozen=True)
class _Layer:
    """One file, checked as a whole."""

    attributes: Attributes
    edition: _Edition
    years: dict[int, str]
    frame: pd.DataFrame
    pref_codes: frozenset[str]
    row_count: int


def read_future_population(paths: Sequence[Path]) -> SourceRead:
    """Read the files of some or all prefectures, all of one edition.

    Parameters
    ----------
    paths : sequence of Path
        ``500m_mesh_suikei_2018_shape_13.zip`` and the like; also the Shapefile,
        GeoJSON or CSV in it.

    Returns
    -------
    SourceRead
        ``raw.future_population``, one row per cell, municipality and year. Persons
        are not whole; the cell's population is the sum over its municipalities.
        `read_count` and `accepted_count` are rows of the files, not of the table.
        `vintage` is the census year that the projection starts from.

    Raises
    ------
    SourceError
        A file is damaged or misses a column; it is of 1 km or 250 m cells or on the
        Tokyo datum; its name contradicts its content; or editions are mixed, or a
        prefecture is there twice.

    Notes
    -----
    Source: domain.md 6.4. Which year in an archive's name is which edition is recalled.
    """
    files = attribute_files(paths)
    faults = Rejections(_NAME)
    layers = [_read(file, faults) for file in files]
    _refuse_mixture(layers)
    good = [_good_rows(layer, faults) for layer in layers]
    table = pd.concat(
        [_long(frame, layer) for frame, layer in zip(good, layers, strict=True)],
        ignore_index=True,
    )
    first = layers[0]
    return SourceRead(
        name=_NAME,
        tables={"raw.future_population": table},
        rejected=faults.table(),
        read_count=sum(layer.row_count for layer in layers),
        accepted_count=sum(len(frame) for frame in good),
        vintage=str(first.edition.first_year),
        edition=f"{first.edition.name}, {min(first.years)} to {max(first.years)}",
        datum=", ".join(sorted({layer.attributes.datum for layer in layers})),
        notes=_notes(layers, table),
    )


def _read(file: Published, faults: Rejections) -> _Layer:
    refuse_tokyo_name(file, "population")
    attributes = read_attributes(file, faults)
    edition, years = _edition(attributes)
    frame = pd.DataFrame(
        {
            "MESH_ID": _as_text(attributes.frame["MESH_ID"]),
            edition.city_column: _as_text(attributes.frame[edition.city_column], 5),
            **{name: attributes.frame[name] for name in years.values()},
        }
    )
    _refuse_other_cells(file, frame["MESH_ID"])
    _hold_against_name(file, edition)
    pref_codes = _prefectures(file, frame[edition.city_column], edition)
    return _Layer(attributes, edition, years, frame, pref_codes, attributes.row_count)


def _edition(attributes: Attributes) -> tuple[_Edition, dict[int, str]]:
    """Edition by its columns, and the column of each year."""
    columns = list(attributes.frame.columns)
    for edition in _EDITIONS:
        matches = [re.fullmatch(edition.year_column, str(name)) for name in columns]
        years = {int(match[1]): match[0] for match in matches if match}
        is_whole = {"MESH_ID", edition.city_column} <= set(columns)
        if is_whole and years and min(years) == edition.first_year:
            return edition, years
    shown = ", ".join(map(str, columns))[:160]
    raise SourceError(
        f"{attributes.file}: columns {shown}; wanted MESH_ID, CITY_CODE, POP2010 "
        "and on (edition H29); or MESH_ID, SHICODE, PTN_2015 (H30) or PTN_2020 (R6) "
        "and on. Take 500mメッシュ別将来推計人口 of 国土数値情報."
    )


def _as_text(values: pd.Series, digits: int = 0) -> pd.Series:
    """Codes as text; numbers (of some editions) padded with zeros to `digits`."""
    if pd.api.types.is_numeric_dtype(values):
        is_whole = values % 1 == 0
        whole = values.where(is_whole).astype("Int64").astype("str").str.zfill(digits)
        return whole.where(is_whole, values.astype("str"))
    return values.astype("str").str.strip().str.replace(r"\.0+$", "", regex=True)


def _refuse_other_cells(file: Published, codes: pd.Series) -> None:
    """Refuse 1 km and 250 m products, by the name and by most codes."""
    claim = _SIZE_IN_NAME.search(file.name)
    if claim and claim[1].lower() != "500m":
        found = f"its name says {claim[1]} cells"
    else:
        digits = codes.str.len().mode()
        size = _SIZES.get(int(digits.iloc[0])) if len(digits) else None
        if size is None:
            return
        found = f"MESH_ID such as {codes.iloc[0]} is a code of {size} cells"
    raise SourceError(
        f"{file.name}: {found}; wanted the edition by 500 m cells (9 digits). Take "
        "500mメッシュ別将来推計人口 of 国土数値情報."
    )


def _hold_against_name(file: Published, edition: _Edition) -> None:
    known = {other.name_year: other.name for other in _EDITIONS}
    claims = [year for year in _YEAR_IN_NAME.findall(file.name) if year in known]
    wrong = [year for year in claims if year != edition.name_year]
    if wrong:
        raise SourceError(
            f"{file.name}: named after {wrong[0]} (edition {known[wrong[0]]}), but its "
            f"columns are those of edition {edition.name}, which starts in "
            f"{edition.first_year}. {_FIX}"
        )


def _prefectures(
    file: Published, cities: pd.Series, edition: _Edition
) -> frozenset[str]:
    """Prefectures in the content, the one of the name where it says one."""
    shares = cities.str[:2].value_counts(normalize=True)
    claim = _PREFECTURE_IN_NAME.search(file.file_name)
    claim = claim or _PREFECTURE_IN_NAME.search(file.path.name)
    if claim is None or not 1 <= int(claim[1]) <= 47:
        return frozenset(shares.index) & _PREF_CODES
    if shares.get(claim[1], 0) < 1 - _STRAY_SHARE:
        raise SourceError(
            f"{file.name}: named after prefecture {claim[1]}, but "
            f"{edition.city_column} holds codes of {', '.join(sorted(shares.index))}. "
            f"{_FIX}"
        )
    return frozenset([claim[1]])


def _refuse_mixture(layers: Sequence[_Layer]) -> None:
    first = layers[0]
    seen: dict[str, str] = {}
    for layer in layers:
        if layer.edition != first.edition or set(layer.years) != set(first.years):
            raise SourceError(
                f"{first.attributes.file} and {layer.attributes.file}: editions "
                f"{_described(first)} and {_described(layer)}; wanted one, as "
                "projections of two editions do not go together. Give one of them only."
            )
        for pref_code in sorted(layer.pref_codes):
            if pref_code in seen:
                raise SourceError(
                    f"{seen[pref_code]} and {layer.attributes.file}: both hold "
                    f"prefecture {pref_code}; wanted each once. Remove one of them."
                )
            seen[pref_code] = layer.attributes.file


def _described(layer: _Layer) -> str:
    return f"{layer.edition.name} ({min(layer.years)} to {max(layer.years)})"


def _good_rows(layer: _Layer, faults: Rejections) -> pd.DataFrame:
    return good_rows(
        layer.frame,
        _schema(layer),
        faults,
        file=layer.attributes.file,
        layer=layer.attributes.layer,
        row_numbers=layer.attributes.rows,
    )


def _schema(layer: _Layer) -> pandera.DataFrameSchema:
    city = layer.edition.city_column
    prefixes = "|".join(sorted(layer.pref_codes)) or "none"
    is_cell = rule(
        "bad_mesh_code",
        "9 digits of a 500 m cell of Japan",
        lambda texts: is_mesh_code(texts, "m4"),
    )
    is_code = rule(
        "bad_value",
        f"5 digits of prefecture {prefixes}",
        lambda texts: texts.str.fullmatch(rf"(?:{prefixes})[0-9]{{3}}"),
    )
    wanted = f"persons, 0 to {LARGEST_CELL:,}"
    is_people = rule("bad_value", wanted, _is_people)
    figures = {
        name: pandera.Column(checks=is_people, nullable=False)
        for name in layer.years.values()
    }
    return pandera.DataFrameSchema(
        {
            "MESH_ID": pandera.Column(str, is_cell),
            city: pandera.Column(str, is_code),
            **figures,
        },
        unique=[city, "MESH_ID"],
    )


def _is_people(values: pd.Series) -> pd.Series:
    return pd.to_numeric(values, errors="coerce").between(0, LARGEST_CELL)


def _long(frame: pd.DataFrame, layer: _Layer) -> pd.DataFrame:
    """``raw.future_population``: a row per year instead of a column."""
    keys = pd.DataFrame(
        {
            "mesh4": frame["MESH_ID"].astype("int64"),
            "city_code": frame[layer.edition.city_column],
        }
    )
    return pd.concat(
        [
            keys.assign(
                year=np.int16(year),
                population=pd.to_numeric(frame[column]).astype("float64"),
            )
            for year, column in sorted(layer.years.items())
        ],
        ignore_index=True,
    )


def _notes(layers: Sequence[_Layer], table: pd.DataFrame) -> tuple[str, ...]:
    notes = [note for layer in layers for note in layer.attributes.notes]
    unknown = sorted(set(table["city_code"].unique()) - known_municipality_codes())
    if unknown:
        notes.append(
            f"{len(unknown)} municipality code(s), first {unknown[0]}, are not known; "
            "their rows are used."
        )
    return tuple(notes)
