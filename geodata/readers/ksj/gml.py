"""GML of 国土数値情報 (JPGIS application schemas), which no driver of GDAL resolves.

A ``ksj:Dataset`` lists ``gml:Curve`` (latitude before longitude), ``gml:Surface`` that
refer to curves, and features that refer to surfaces, all by ``xlink:href="#id"``.
Elements are known by their local name: the namespace of GML differs by edition.
"""

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import shapely

from geodata.errors import SourceError
from geodata.readers.files.published import Published

_N03 = {
    "prefecturename": "N03_001",
    "subprefecturename": "N03_002",
    "countyname": "N03_003",
    "cityname": "N03_004",
    "administrativeareacode": "N03_007",
}
_COLUMN_NAMES = {"AdministrativeBoundary": _N03}
"""Feature type to: element in lower case, and the column of the Shapefile."""

_HREF = "{http://www.w3.org/1999/xlink}href"
_DECLARED = re.compile(rb"""<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9_.-]+)""")
_WRAPPERS = {"featureMember", "featureMembers", "member"}
_MULTI = {"MultiSurface", "CompositeSurface"}
_SURFACES = {"Surface", "Polygon", *_MULTI}
_CURVES = {"Curve", "OrientableCurve", "CompositeCurve", "LineString"}
_PATCHES = {"PolygonPatch", "Polygon"}
_DEEPEST = 20  # references within references, so that a circle ends


@dataclass(frozen=True)
class KsjDataset:
    """A GML document of 国土数値情報.

    Attributes
    ----------
    feature_type : str
        Such as ``AdministrativeBoundary``.
    reference_system : str
        As declared, such as ``JGD2011 / (B, L)``; empty where nothing is declared.
    description : str
        What the document says of itself; may be empty.
    attributes : DataFrame
        One row per feature, text; missing or empty elements are null. N03 has the
        column names of its Shapefile, other types the element names.
    geometry : object array
        One per feature, longitude before latitude; None where a reference leads
        nowhere or a ring does not close.
    """

    feature_type: str
    reference_system: str
    description: str
    attributes: pd.DataFrame
    geometry: np.ndarray


def read_ksj_gml(file: Published) -> KsjDataset:
    """Read a GML document of 国土数値情報 as a stream.

    Parameters
    ----------
    file : Published
        The ``.xml`` or ``.gml``.

    Raises
    ------
    SourceError
        The document is cut short, not well-formed, not in its declared encoding,
        holds no feature or several kinds of features, or a coordinate is no number.
    """
    document = _Document()
    fault = _parse_into(document, file)
    if fault:
        raise SourceError(
            f"{file.name}{fault}; wanted: a complete GML document (ksj:Dataset) of "
            "国土数値情報. Download it again."
        )
    types = sorted({kind for kind, _, _ in document.features})
    if len(types) != 1:
        raise SourceError(
            f"{file.name}: feature types {', '.join(types) or 'none'}; wanted: "
            "features of one type in a ksj:Dataset."
        )
    return KsjDataset(
        feature_type=types[0],
        reference_system=document.reference_system,
        description=document.description,
        attributes=_attributes(types[0], document),
        geometry=_geometries(document),
    )


class _Malformed(Exception):  # noqa: N818 - never leaves this file
    """A place and what is wrong there."""


def _parse_into(document: "_Document", file: Published) -> str | None:
    """Fill the document; what is wrong with the file, if anything."""
    with file.open() as content:
        start = content.read(512)
    declared = _DECLARED.search(start)
    encoding = declared[1].decode("ascii") if declared else "utf-8"
    try:
        codecs.lookup(encoding)
    except LookupError:
        return f", line 1: unknown encoding {encoding}"
    with file.open() as content, io.TextIOWrapper(content, encoding) as text:
        try:
            for element in _children(text):
                document.take(element)
        except ElementTree.ParseError as error:
            line, column = error.position
            return f", line {line}, column {column + 1}: {error.msg}"
        except UnicodeError as error:
            return f": its text is not {encoding}, as it declares ({error})"
        except _Malformed as error:
            return str(error)
    return None


def _children(text: io.TextIOBase) -> Iterator[ElementTree.Element]:
    """Complete children of the root, one after the other; each is let go again."""
    depth, root = 0, None
    for event, element in ElementTree.iterparse(text, events=("start", "end")):
        if event == "start":
            root = element if root is None else root
            depth += 1
            continue
        depth -= 1
        if depth == 1 and root is not None:
            yield element
            root.clear()


# A curve is a list of pieces: coordinates, or the id of another curve and whether it
# runs backwards. A surface is a list of polygons, a polygon a list of rings (curves),
# the outer one first. A string in place of polygons is the id of another surface.
_Piece = np.ndarray | tuple[str, bool]
_Curve = list[_Piece]
_Surface = list["list[_Curve] | str"]


@dataclass
class _Document:
    reference_system: str = ""
    description: str = ""
    curves: dict[str, _Curve] = field(default_factory=dict)
    surfaces: dict[str, _Surface] = field(default_factory=dict)
    points: dict[str, np.ndarray] = field(default_factory=dict)
    features: list[tuple[str, dict[str, str], list["_Surface | str"]]] = field(
        default_factory=list
    )

    def take(self, element: ElementTree.Element) -> None:
        """Keep one child of the root."""
        name, key = _local(element), _id(element)
        if name in _WRAPPERS:
            for member in element:
                self.take(member)
        elif "opengis.net/gml" not in element.tag:
            self._take_feature(name, element)
        elif name in _CURVES:
            self.curves[key] = _curve(element)
        elif name in _SURFACES:
            self.surfaces[key] = _surface(element)
        else:
            self._take_other(name, key, element)

    def _take_other(self, name: str, key: str, element: ElementTree.Element) -> None:
        if name == "Point":
            self.points[key] = _positions(element)
        elif name == "boundedBy":
            self._take_system(element)
        elif name == "description":
            self.description = _text(element)

    def _take_system(self, bounds: ElementTree.Element) -> None:
        for envelope in bounds:
            self.reference_system = envelope.get("srsName", "").strip()

    def _take_feature(self, name: str, feature: ElementTree.Element) -> None:
        values: dict[str, str] = {}
        shapes: list[_Surface | str] = []
        for child in feature:
            href = child.get(_HREF, "")
            inline = [part for part in child if _local(part) in _SURFACES]
            if href.startswith("#"):
                shapes.append(href[1:])
            elif inline:
                shapes.extend(_surface(part) for part in inline)
            elif text := _text(child):
                key = _local(child)
                values[key] = f"{values[key]};{text}" if key in values else text
        self.features.append((name, values, shapes))


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _id(element: ElementTree.Element) -> str:
    ids = (v for k, v in element.attrib.items() if k.rpartition("}")[2] == "id")
    return next(ids, "")


def _text(element: ElementTree.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _positions(element: ElementTree.Element) -> np.ndarray:
    """Longitude and latitude of all positions within, shape (n, 2)."""
    parts = []
    for part in element.iter():
        if _local(part) not in ("posList", "pos"):
            continue
        dimension = int(part.get("srsDimension", "2"))
        try:
            numbers = np.array((part.text or "").split(), dtype="float64")
            parts.append(numbers.reshape(-1, dimension)[:, 1::-1])
        except ValueError as error:
            place = f"{_local(element)} {_id(element)}".strip()
            raise _Malformed(f", {place}: {_local(part)} ({error})") from error
    return np.concatenate(parts) if parts else np.empty((0, 2))


def _curve(element: ElementTree.Element) -> _Curve:
    """Pieces of a curve or ring, in order."""
    if href := element.get(_HREF):
        return [(href.lstrip("#"), False)]
    name = _local(element)
    if name in ("Curve", "LineString", "LinearRing", "Point"):
        return [_positions(element)]
    pieces = [piece for child in element for piece in _curve(child)]
    if name == "OrientableCurve" and element.get("orientation") == "-":
        pieces = [_reversed(piece) for piece in reversed(pieces)]
    return pieces


def _reversed(piece: _Piece) -> _Piece:
    return piece[::-1] if isinstance(piece, np.ndarray) else (piece[0], not piece[1])


def _surface(element: ElementTree.Element) -> _Surface:
    name = _local(element)
    if name in _PATCHES:
        outer = [ring for ring in element if _local(ring) == "exterior"]
        inner = [ring for ring in element if _local(ring) == "interior"]
        return [[_curve(ring) for ring in outer + inner]]
    if href := element.get(_HREF):
        return [href.lstrip("#")]
    return [polygon for child in element for polygon in _surface(child)]


def _attributes(feature_type: str, document: _Document) -> pd.DataFrame:
    names = _COLUMN_NAMES.get(feature_type, {})
    values = [row for _, row, _ in document.features]
    keys = list(dict.fromkeys(key for row in values for key in row))
    columns = [names.get(key.lower(), key) for key in keys]
    frame = pd.DataFrame(values, columns=keys).astype("str")
    frame.columns = pd.Index(columns, dtype="str")
    # An element that is empty in every feature is a column all the same.
    return frame.reindex(columns=list(dict.fromkeys([*columns, *names.values()])))


def _geometries(document: _Document) -> np.ndarray:
    found = np.empty(len(document.features), dtype=object)
    for at, (_, _, shapes) in enumerate(document.features):
        parts = [_geometry(document, shape) for shape in shapes]
        if parts and all(part is not None for part in parts):
            found[at] = parts[0] if len(parts) == 1 else shapely.union_all(parts)
    return found


def _geometry(document: _Document, shape: "_Surface | str") -> shapely.Geometry | None:
    if isinstance(shape, str) and shape not in document.surfaces:
        if shape in document.points:
            return shapely.Point(document.points[shape][0])
        line = _line(document, document.curves.get(shape, []))
        return None if line is None else shapely.LineString(line)
    polygons = _polygons(document, [shape] if isinstance(shape, str) else shape)
    if not polygons:
        return None
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _polygons(
    document: _Document, surface: _Surface, depth: int = 0
) -> list[shapely.Polygon] | None:
    polygons: list[shapely.Polygon] = []
    for part in surface:
        if isinstance(part, str):
            deeper = document.surfaces.get(part)
            inner = (
                None
                if deeper is None or depth > _DEEPEST
                else _polygons(document, deeper, depth + 1)
            )
        else:
            inner = _polygon(document, part)
        if inner is None:
            return None
        polygons += inner
    return polygons


def _polygon(document: _Document, rings: list[_Curve]) -> list[shapely.Polygon] | None:
    lines = []
    for ring in rings:
        line = _line(document, ring)
        if line is None or len(line) < 4 or (line[0] != line[-1]).any():
            return None
        lines.append(line)
    return [shapely.Polygon(lines[0], lines[1:])] if lines else None


def _line(document: _Document, curve: _Curve, depth: int = 0) -> np.ndarray | None:
    """Coordinates of a curve; None where a reference leads nowhere."""
    parts: list[np.ndarray] = []
    for piece in curve:
        line: np.ndarray | None
        if isinstance(piece, np.ndarray):
            line = piece
        elif piece[0] in document.curves and depth <= _DEEPEST:
            line = _line(document, document.curves[piece[0]], depth + 1)
            line = line[::-1] if line is not None and piece[1] else line
        else:
            return None
        if line is None or not len(line):
            return None
        joins = bool(parts) and (parts[-1][-1] == line[0]).all()
        parts.append(line[1:] if joins else line)
    return np.concatenate(parts) if parts else None
