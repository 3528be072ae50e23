"""Vector files as published: which to read, their datum, and their polygons."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import geopandas
import numpy as np
import pandas as pd
import pyproj
import shapely

from geodata.datum import (
    DATUM_NAMES,
    JGD2011_EPSG,
    MAX_ACCURACY_M,
    TOKYO_EPSG,
    geographic_epsg,
    reference_system_epsg,
    tokyo_to_jgd2011,
)
from geodata.errors import SourceError
from geodata.readers.files.published import Published, published_in
from geodata.readers.files.vector_formats import SUFFIXES, Content, read_content
from geodata.readers.reading import Rejections

_SIDECARS = {".shx", ".dbf", ".prj", ".cpg", ".qix", ".sbn", ".sbx", ".qmd", ".toml"}
_METADATA = re.compile(r"^(KS-)?META|\.shp\.xml$|readme|license", re.IGNORECASE)
_LAYER_SUFFIX = re.compile(r"(-g)?_[A-Za-z]{3,}")
_CODE_COLUMN = re.compile(
    r"[A-Z]\d{2}[a-z]?\d?_\d{3}|.*(code|cd)|mesh.*|key_code", re.I
)
_LON_RANGE = (122.0, 154.0)
_LAT_RANGE = (20.0, 46.0)
_EQUAL_AREA = 6933  # domain.md 2.7
_POLYGONAL = [shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON]
_WANTED_CRS = "JGD2011 (EPSG:6668), JGD2000 (EPSG:4612) or WGS 84 (EPSG:4326)"


@dataclass(frozen=True)
class VectorLayer:
    """One layer of one file, on JGD2011.

    Attributes
    ----------
    frame : GeoDataFrame
        EPSG:6668, fresh index. Columns as published; texts without blanks round them,
        empty texts null, dates as ISO text, codes as text even where a file has them
        as numbers (leading zeros are then lost, and left to the reader's rules).
    file, layer : str
        Where it was read.
    rows : int array
        1-based feature numbers of the rows of `frame`.
    datum : str
        As found: ``JGD2011``, ``JGD2000``, ``WGS84`` (all three taken as equal) or
        ``TOKYO`` (transformed).
    accuracy_m : float or None
        Of the datum transform in metres; None where none was needed.
    declared : str
        What the datum was found in, such as ``EPSG:4612`` or ``JGD2011 / (B, L)``.
    kind : str
        Ending that tells the format: ``shp``, ``geojson``, ``topojson``, ``gpkg``,
        ``parquet`` or ``gml``.
    encoding : str
        Of the texts.
    description : str
        What a GML document says of itself; else empty.
    notes : tuple of str
        What GDAL warned of, and a datum transform with its accuracy.
    """

    frame: geopandas.GeoDataFrame
    file: str
    layer: str
    rows: np.ndarray
    datum: str
    accuracy_m: float | None
    declared: str
    kind: str
    encoding: str = "utf-8"
    description: str = ""
    notes: tuple[str, ...] = ()


def vector_files(paths: Sequence[Path]) -> list[Published]:
    """Files to read, one for each dataset.

    A zip of 国土数値情報 holds the same data as Shapefile, GeoJSON and GML: the first
    of `SUFFIXES` is taken. Metadata (``KS-META``) are no data.

    Parameters
    ----------
    paths : sequence of Path
        Archives and plain files, in any order.

    Returns
    -------
    list of Published
        In the order of `paths`, then by name.

    Raises
    ------
    SourceError
        A path holds no vector data, or is missing or damaged.
    """
    found: dict[Path, list[Published]] = {}
    for path in paths:
        files = [
            file
            for file in published_in(path, SUFFIXES)
            if not _METADATA.search(file.file_name)
        ]
        is_part = path.suffix.lower() in _SIDECARS or _METADATA.search(path.name)
        if not files and not is_part:
            raise SourceError(
                f"{path.name}: no vector data; wanted: one of {', '.join(SUFFIXES)}, "
                "plain or in a zip. Take the archive as downloaded."
            )
        is_archive = path.suffix.lower() == ".zip"
        found.setdefault(path if is_archive else path.parent, []).extend(files)
    chosen = [file for files in found.values() for file in _one_form_each(files)]
    if not chosen:
        raise SourceError(
            f"{', '.join(path.name for path in paths) or 'no path'}: no vector data; "
            f"wanted: at least one file of {', '.join(SUFFIXES)}."
        )
    return chosen


def _one_form_each(files: Sequence[Published]) -> list[Published]:
    """Leave out files that repeat a dataset in a later form."""
    chosen: list[Published] = []
    for file in sorted(files, key=lambda file: SUFFIXES.index(file.suffix)):
        if not any(_is_same_dataset(other, file) for other in chosen):
            chosen.append(file)
    return sorted(chosen, key=lambda file: files.index(file))


def _is_same_dataset(chosen: Published, other: Published) -> bool:
    if chosen.suffix == other.suffix:
        return False
    stem = PurePosixPath(other.file_name).stem.lower()
    first = PurePosixPath(chosen.file_name).stem.lower()
    if first == stem:
        return True
    # One GML document may stand for the Shapefile "<its name>-g_<feature type>".
    is_document = other.suffix in (".xml", ".gml") and first.startswith(stem)
    return is_document and bool(_LAYER_SUFFIX.fullmatch(first[len(stem) :]))


def read_vector(file: Published) -> VectorLayer:
    """Read one vector file onto JGD2011.

    Parameters
    ----------
    file : Published
        With one of `SUFFIXES`; in an archive it is read in place.

    Returns
    -------
    VectorLayer
        All features, also those without or with invalid geometry: see `polygons`.

    Raises
    ------
    SourceError
        The file is cut short, empty, in another encoding than its format or ``.cpg``
        says, has several layers, features that GDAL passes over, or another datum.
        JGD2011, JGD2000 and WGS 84 are taken as equal, Tokyo datum is transformed if
        that is accurate to 10 m, and projections on JGD are undone (domain.md 2.7).
    """
    content = read_content(file)
    epsg, declared = _found_datum(content.crs, file)
    geometry, accuracy = _on_jgd2011(content, epsg, file)
    frame = geopandas.GeoDataFrame(
        _tidy(content.frame), geometry=geometry, crs=JGD2011_EPSG
    )
    rows = np.arange(1, len(frame) + 1) if content.rows is None else content.rows
    return VectorLayer(
        frame=frame,
        file=file.name,
        layer=content.layer,
        rows=rows,
        datum=DATUM_NAMES[epsg],
        accuracy_m=accuracy,
        declared=declared,
        kind=content.kind,
        encoding=content.encoding,
        description=content.description,
        notes=(*content.notes, *_datum_notes(file, epsg, accuracy)),
    )


def _found_datum(crs: pyproj.CRS | str | None, file: Published) -> tuple[int, str]:
    """EPSG of the geographic CRS, and the words it was found in."""
    if crs is None:
        raise SourceError(
            f"{file.name}: no coordinate reference system (no .prj, crs member, "
            f"srsName or KS-META); wanted: {_WANTED_CRS}. Take all parts from the "
            "download."
        )
    if isinstance(crs, str):
        epsg, declared = reference_system_epsg(crs), crs
    else:
        epsg, code = geographic_epsg(crs), crs.to_epsg()
        declared = f"EPSG:{code}" if code else crs.name
        if crs.is_projected and epsg in (TOKYO_EPSG, 4326):
            epsg = None
    if epsg is None:
        raise SourceError(
            f"{file.name}: coordinate reference system {declared}; wanted: "
            f"{_WANTED_CRS}, a projection on JGD, or Tokyo datum in degrees "
            "(EPSG:4301). Transform it to EPSG:6668, or correct what it declares."
        )
    return epsg, declared


def _on_jgd2011(
    content: Content, epsg: int, file: Published
) -> tuple[np.ndarray, float | None]:
    """Geometries in degrees of JGD2011, and the accuracy of a datum transform."""
    series = geopandas.GeoSeries(content.frame["geometry"].to_numpy())
    if isinstance(content.crs, pyproj.CRS) and content.crs.is_projected:
        series = (
            series.set_crs(content.crs).to_crs(epsg).set_crs(None, allow_override=True)
        )
    geometry = shapely.force_2d(series.to_numpy())
    if epsg != TOKYO_EPSG:
        return geometry, None
    points = shapely.get_coordinates(geometry)
    lon, lat, accuracy = tokyo_to_jgd2011(points[:, 0].copy(), points[:, 1].copy())
    if accuracy is None or accuracy > MAX_ACCURACY_M:
        raise SourceError(
            f"{file.name}: Tokyo datum (EPSG:4301), which can be transformed here with "
            f"an accuracy of {accuracy or 'unknown'} m only; wanted: "
            f"{MAX_ACCURACY_M:g} m or better. Take the edition on JGD2011."
        )
    return shapely.set_coordinates(geometry, np.column_stack([lon, lat])), accuracy


def _datum_notes(file: Published, epsg: int, accuracy: float | None) -> tuple[str, ...]:
    if accuracy is None:
        return ()
    return (
        f"{file.name}: transformed from datum {DATUM_NAMES[epsg]} to JGD2011, accurate "
        f"to {accuracy:g} m.",
    )


def _tidy(table: pd.DataFrame) -> pd.DataFrame:
    """Attributes as `VectorLayer` promises them, with a fresh index."""
    attributes = table.drop(columns="geometry").reset_index(drop=True)
    return attributes.apply(lambda column: _tidy_column(column))


def _tidy_column(column: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return column.dt.strftime("%Y-%m-%d").astype("str")
    if pd.api.types.is_numeric_dtype(column.dtype):
        if not _CODE_COLUMN.fullmatch(str(column.name)):
            return column
        if (column.dropna() % 1 == 0).all():
            column = column.astype("Int64")
    text = column.astype("str").str.strip()
    return text.mask(text == "")


def polygons(layer: VectorLayer, rejections: Rejections) -> VectorLayer:
    """Rows of a layer that are polygons in Japan, made valid.

    Parameters
    ----------
    layer : VectorLayer
        Not modified.
    rejections : Rejections
        Gets ``bad_geometry`` (no geometry, empty, no polygon), ``outside_japan`` (not
        within longitude 122 to 154 and latitude 20 to 46) and, as a warning,
        ``repaired_geometry`` with the area in m2 before and after.

    Returns
    -------
    VectorLayer
        Polygons and multipolygons only, with the feature numbers they had.
    """
    geometry = layer.frame.geometry.to_numpy()
    is_polygon = np.isin(shapely.get_type_id(geometry), _POLYGONAL)
    is_polygon &= ~shapely.is_empty(geometry)
    is_inside = _is_in_japan(geometry)
    _note_kind(layer, geometry, ~is_polygon, rejections)
    _note_place(layer, geometry, is_polygon & ~is_inside, rejections)
    is_good = is_polygon & is_inside
    geometry = _valid(layer, geometry, is_good, rejections)
    is_good &= ~shapely.is_missing(geometry)
    frame = layer.frame.set_geometry(geometry, crs=layer.frame.crs)[is_good]
    return replace(layer, frame=frame.reset_index(drop=True), rows=layer.rows[is_good])


def _is_in_japan(geometry: np.ndarray) -> np.ndarray:
    west, south, east, north = shapely.bounds(geometry).T
    is_lon = (west >= _LON_RANGE[0]) & (east <= _LON_RANGE[1])
    return is_lon & (south >= _LAT_RANGE[0]) & (north <= _LAT_RANGE[1])


def _note(
    layer: VectorLayer,
    rule_id: str,
    at: np.ndarray,
    values: Sequence[str],
    wanted: str,
    to: Rejections,
) -> None:
    """Note a fault of the geometry of each feature that `at` picks out."""
    to.add(
        rule_id,
        file=layer.file,
        layer=layer.layer,
        rows=layer.rows[at],
        column="geometry",
        values=values,
        wanted=wanted,
    )


def _note_kind(
    layer: VectorLayer, geometry: np.ndarray, is_bad: np.ndarray, to: Rejections
) -> None:
    found = [_kind(shape) for shape in geometry[is_bad]]
    wanted = "a polygon or multipolygon that is not empty"
    _note(layer, "bad_geometry", is_bad, found, wanted, to)


def _kind(shape: shapely.Geometry | None) -> str:
    if shape is None:
        return "no geometry"
    return f"empty {shape.geom_type}" if shape.is_empty else str(shape.geom_type)


def _note_place(
    layer: VectorLayer, geometry: np.ndarray, is_bad: np.ndarray, to: Rejections
) -> None:
    found = [
        f"longitude {w:g} to {e:g}, latitude {s:g} to {n:g}"
        for w, s, e, n in shapely.bounds(geometry[is_bad])
    ]
    wanted = "longitude 122 to 154 and latitude 20 to 46 degrees"
    _note(layer, "outside_japan", is_bad, found, wanted, to)


def _valid(
    layer: VectorLayer, geometry: np.ndarray, is_good: np.ndarray, to: Rejections
) -> np.ndarray:
    """Good geometries made valid; None for the others, and where no area is left."""
    valid = geometry.copy()
    valid[~is_good] = None
    at = np.flatnonzero(is_good & ~shapely.is_valid(valid))
    if not len(at):
        return valid
    repaired = shapely.make_valid(valid[at], method="structure", keep_collapsed=False)
    is_left = shapely.area(repaired) > 0
    if is_left.any():
        _note_repairs(layer, at[is_left], repaired[is_left], to)
    if not is_left.all():
        _note_collapsed(layer, at[~is_left], to)
    valid[at] = np.where(is_left, repaired, None)
    return valid


def _note_repairs(
    layer: VectorLayer, at: np.ndarray, repaired: np.ndarray, to: Rejections
) -> None:
    broken = layer.frame.geometry.to_numpy()[at]
    areas = zip(_area_m2(broken), _area_m2(repaired), strict=True)
    reasons = shapely.is_valid_reason(broken)
    found = [
        f"{reason}; {before:.0f} m2 before, {after:.0f} m2 after"
        for reason, (before, after) in zip(reasons, areas, strict=True)
    ]
    wanted = "rings that neither cross nor touch along a line"
    _note(layer, "repaired_geometry", at, found, wanted, to)


def _note_collapsed(layer: VectorLayer, at: np.ndarray, to: Rejections) -> None:
    reasons = shapely.is_valid_reason(layer.frame.geometry.to_numpy()[at])
    found = [f"{reason}; no area" for reason in reasons]
    _note(layer, "bad_geometry", at, found, "a polygon with an area", to)


def _area_m2(geometry: np.ndarray) -> np.ndarray:
    series = geopandas.GeoSeries(geometry, crs=JGD2011_EPSG)
    return series.to_crs(_EQUAL_AREA).area.to_numpy()
