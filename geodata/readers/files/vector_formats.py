"""Vector files as published, format by format, before their datum is looked at."""

import codecs
import io
import json
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from xml.etree import ElementTree

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import pyproj

from geodata.datum import reference_system_epsg
from geodata.errors import SourceError
from geodata.readers.files.gdal_source import gdal_source
from geodata.readers.files.published import Published, published_in
from geodata.readers.files.shapefile import check_shapefile
from geodata.readers.ksj.gml import read_ksj_gml

_FEATURE = re.compile(rb'"type"\s*:\s*"Feature"')
_FEATURE_LONGEST = 64
_CRS_MEMBER = re.compile(rb'"crs"\s*:\s*\{[^{}]*\{[^{}]*"name"\s*:\s*"([^"]*)"')
_WGS84_NAME = re.compile(r".*(\b4326|CRS84|WGS\W?(19)?84)", re.IGNORECASE)
_CHUNK = 1 << 22


@dataclass(frozen=True)
class Content:
    """What a file holds.

    Attributes
    ----------
    frame : DataFrame
        Attributes as the format gives them, and a column ``geometry``.
    crs : pyproj.CRS, str or None
        As declared; a str is a reference system as 国土数値情報 names it.
    layer, kind, encoding, description : str
        See `geodata.readers.files.vector.VectorLayer`.
    rows : int array or None
        1-based feature numbers; None: 1, 2, ...
    notes : tuple of str
        What GDAL warned of.
    """

    frame: pd.DataFrame
    crs: pyproj.CRS | str | None
    layer: str
    kind: str
    rows: np.ndarray | None = None
    encoding: str = "utf-8"
    description: str = ""
    notes: tuple[str, ...] = ()


def read_content(file: Published) -> Content:
    """Read a vector file by its ending.

    Raises
    ------
    SourceError
        See `geodata.readers.files.vector.read_vector`.
    """
    read = _READERS.get(file.suffix)
    if read is None:
        raise SourceError(
            f"{file.name}: ending '{file.suffix}'; wanted: {', '.join(SUFFIXES)}."
        )
    content = read(file)
    if not len(content.frame):
        raise SourceError(f"{file.name}: no feature; wanted: at least one.")
    return content


def _read_shapefile(file: Published) -> Content:
    parts = check_shapefile(file)
    content = _by_gdal(file, "shp", len(parts.rows), parts.encoding)
    crs = content.crs or _metadata_system(file)
    return replace(content, rows=parts.rows, encoding=parts.encoding, crs=crs)


def _read_geojson(file: Published) -> Content:
    with file.open() as opened:
        start = opened.read(_CHUNK)
    if b'"Topology"' in start or b'"arcs"' in start:
        return _read_topojson(file)
    count, fault = _count_features(file)
    if fault:
        raise SourceError(
            f"{file.name}: {fault}; wanted: UTF-8, as GeoJSON is. Take the file as "
            "downloaded."
        )
    content = _by_gdal(file, "geojson", count, "utf-8", DATE_AS_STRING="YES")
    _refuse_unknown_system(file, start, content.crs)
    return content


def _refuse_unknown_system(
    file: Published, start: bytes, crs: pyproj.CRS | str | None
) -> None:
    """Refuse a ``crs`` member that GDAL, not knowing it, took for WGS 84."""
    found = _CRS_MEMBER.search(start)
    name = found[1].decode("utf-8", "replace") if found else ""
    if name and not _WGS84_NAME.match(name) and crs == pyproj.CRS(4326):
        raise SourceError(
            f"{file.name}: coordinate reference system '{name}', which is not known; "
            "wanted: one such as urn:ogc:def:crs:EPSG::6668. Correct what it declares."
        )


def _count_features(file: Published) -> tuple[int, str]:
    """Features by their mark, and what is no UTF-8; without holding the file."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    count, before, offset = 0, b"", 0
    with file.open() as content:
        while chunk := content.read(_CHUNK):
            text = before + chunk
            marks = _FEATURE.finditer(text)
            count += sum(mark.end() > len(before) for mark in marks)
            before = text[-_FEATURE_LONGEST:]
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                return 0, f"byte 0x{error.object[error.start]:02x} near byte {offset}"
            offset += len(chunk)
    return count, ""


def _read_topojson(file: Published) -> Content:
    try:
        topology = json.loads(file.read_bytes().decode("utf-8-sig"))
        objects = topology["objects"]
        counts = {k: len(v["geometries"]) for k, v in objects.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SourceError(
            f"{file.name}: {type(error).__name__}: {error}; wanted: a complete "
            "TopoJSON in UTF-8 with a collection of geometries. Download it again."
        ) from error
    if len(counts) != 1:
        raise _several_layers(file, list(counts))
    ((layer, count),) = counts.items()
    content = _by_gdal(file, "topojson", count, "utf-8")
    frame = content.frame
    if "id" in frame and frame["id"].isna().all():  # GDAL adds it
        frame = frame.drop(columns="id")
    crs = content.crs or pyproj.CRS(4326)
    return replace(content, frame=frame, crs=crs, layer=layer)


def _read_geopackage(file: Published) -> Content:
    try:
        layers = pyogrio.list_layers(gdal_source(file))[:, 0].tolist()
    except pyogrio.errors.DataSourceError as error:
        raise _unreadable(file, "gpkg", error) from error
    if len(layers) != 1:
        raise _several_layers(file, layers)
    return replace(_by_gdal(file, "gpkg", None, "utf-8"), layer=str(layers[0]))


def _read_geoparquet(file: Published) -> Content:
    source = io.BytesIO(file.read_bytes()) if file.member else file.path
    try:
        frame = geopandas.read_parquet(source)
    except (ValueError, OSError) as error:
        raise _unreadable(file, "GeoParquet", error) from error
    if frame.active_geometry_name != "geometry":
        frame = frame.rename_geometry("geometry")
    table = pd.DataFrame(frame)
    return Content(table, frame.crs, PurePosixPath(file.file_name).stem, "parquet")


def _read_gml(file: Published) -> Content:
    dataset = read_ksj_gml(file)
    system = dataset.reference_system or _metadata_system(file)
    return Content(
        frame=dataset.attributes.assign(geometry=dataset.geometry),
        crs=system,
        layer=dataset.feature_type,
        kind="gml",
        description=dataset.description,
    )


def _by_gdal(
    file: Published, kind: str, count: int | None, encoding: str, **options: str
) -> Content:
    """Read through GDAL; `count` features are in the file, None if it cannot tell."""
    source = gdal_source(file)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            frame = pyogrio.read_dataframe(
                source, encoding=encoding, on_invalid="warn", **options
            )
    except (pyogrio.errors.DataSourceError, UnicodeDecodeError) as error:
        raise _unreadable(file, kind, error) from error
    if not isinstance(frame, geopandas.GeoDataFrame):
        raise _unreadable(file, kind, ValueError("no geometry"))
    if count is not None and len(frame) != count:
        raise SourceError(
            f"{file.name}: {count} features in the file, but {len(frame)} can be read; "
            "wanted: all. Download it again."
        )
    said = dict.fromkeys(str(warning.message) for warning in caught)
    notes = tuple(f"{file.name}: {text}" for text in said)
    crs = frame.crs
    layer = PurePosixPath(file.file_name).stem
    return Content(pd.DataFrame(frame), crs, layer, kind, notes=notes)


def _several_layers(file: Published, layers: Sequence[str]) -> SourceError:
    return SourceError(
        f"{file.name}: layers {', '.join(map(str, layers)) or 'none'}; wanted: one. "
        "Export the layer that is meant into a file of its own."
    )


def _unreadable(file: Published, kind: str, error: Exception) -> SourceError:
    reason = str(error).replace("\n", " ").strip() or type(error).__name__
    return SourceError(
        f"{file.name}: cannot be read as {kind} ({reason}); wanted: the complete file "
        "as published. Download it again."
    )


def _metadata_system(file: Published) -> str | None:
    """Reference system in the ``KS-META`` beside a file without one of its own."""
    if file.member:
        pages = published_in(file.path, [".xml"])
    else:
        pages = [Published(path) for path in sorted(file.path.parent.glob("*.xml"))]
    pages = [page for page in pages if page.file_name.upper().startswith("KS-META-")]
    stems = {page: PurePosixPath(page.file_name).stem[8:] for page in pages}
    named = [page for page in pages if file.file_name.startswith(stems[page])]
    if file.member and not named:
        named = pages
    systems = {system for page in named if (system := _system_in(page))}
    return systems.pop() if len(systems) == 1 else None


def _system_in(page: Published) -> str | None:
    content = page.read_bytes()
    for encoding in ("utf-8-sig", "cp932"):
        try:
            root = ElementTree.fromstring(content.decode(encoding))
            break
        except (UnicodeDecodeError, ElementTree.ParseError):
            continue
    else:
        return None
    codes = (node for node in root.iter() if node.tag.rpartition("}")[2] == "code")
    texts = ((node.text or "").strip() for node in codes)
    return next((text for text in texts if reference_system_epsg(text)), None)


_READERS: dict[str, Callable[[Published], Content]] = {
    ".shp": _read_shapefile,
    ".geojson": _read_geojson,
    ".json": _read_geojson,
    ".topojson": _read_topojson,
    ".gpkg": _read_geopackage,
    ".parquet": _read_geoparquet,
    ".gml": _read_gml,
    ".xml": _read_gml,
}

SUFFIXES = tuple(_READERS)
"""Endings that are read; of one dataset in several forms, the first."""
