"""Vector files in the layout of 国土数値情報, small and made up (format-synthetic)."""

import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import geopandas
import pandas as pd
import shapely

from geodata.readers.files.published import Published
from geodata.readers.files.vector import VectorLayer, polygons
from geodata.readers.files.vector import vector_files as files_of
from geodata.readers.reading import Rejections

JGD2011_PRJ = (
    'GEOGCS["GCS_JGD_2011",DATUM["D_JGD_2011",SPHEROID["GRS_1980",6378137.0,'
    '298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)
JGD2000_PRJ = JGD2011_PRJ.replace("2011", "2000")
TOKYO_PRJ = (
    'GEOGCS["GCS_Tokyo",DATUM["D_Tokyo",SPHEROID["Bessel_1841",6377397.155,'
    '299.1528128]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)
WGS84_PRJ = (
    'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,'
    '298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)
SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj")
N03_ELEMENTS = {
    "N03_001": "prefectureName",
    "N03_002": "subPrefectureName",
    "N03_003": "countyName",
    "N03_004": "cityName",
    "N03_007": "administrativeAreaCode",
}
_SIDE = 0.0005  # degrees; an edge of some 50 m, as N03 is published


def square(lon: float, lat: float, side: float = _SIDE) -> shapely.Polygon:
    """Square with its south-west corner at a point."""
    return shapely.box(lon, lat, lon + side, lat + side)


def ring_with_hole(lon: float, lat: float, side: float = _SIDE) -> shapely.Polygon:
    """Square whose middle third is cut out."""
    inner = square(lon + side / 3, lat + side / 3, side / 3)
    return square(lon, lat, side).difference(inner)


N03_BEFORE_2024 = geopandas.GeoDataFrame(
    {
        "N03_001": ["北海道", "北海道", "北海道", "東京都", "東京都", "静岡県"],
        "N03_002": ["石狩振興局", "石狩振興局", "後志総合振興局", None, None, None],
        "N03_003": ["札幌市", "札幌市", "虻田郡", None, None, "浜松市"],
        "N03_004": ["中央区", "中央区", "倶知安町", "千代田区", "所属未定地", "中区"],
        "N03_007": ["01101", "01101", "01400", "13101", None, "22131"],
    },
    geometry=[
        ring_with_hole(141.3, 43.0),
        square(141.4, 43.0),
        square(140.7, 42.9),
        square(139.75, 35.69),
        square(139.8, 35.6),
        square(137.7, 34.7),
    ],
    crs=6668,
)
N03_SINCE_2024 = N03_BEFORE_2024.assign(
    N03_003=[None, None, "虻田郡", None, None, None],
    N03_004=["札幌市", "札幌市", "倶知安町", "千代田区", "所属未定地", "浜松市"],
    N03_005=["中央区", "中央区", None, None, None, "中央区"],
    N03_007=["01101", "01101", "01400", "13101", None, "22138"],
)[["N03_001", "N03_002", "N03_003", "N03_004", "N03_005", "N03_007", "geometry"]]


def write_shapefile(
    path: Path,
    frame: geopandas.GeoDataFrame,
    *,
    encoding: str = "CP932",
    prj: str | None = JGD2011_PRJ,
    has_cpg: bool = False,
) -> Path:
    """Shapefile as published: CP932 DBF without .cpg, ESRI's dialect in .prj."""
    frame.to_file(path, driver="ESRI Shapefile", encoding=encoding, engine="pyogrio")
    path.with_suffix(".prj").unlink()
    if not has_cpg:
        path.with_suffix(".cpg").unlink()
    if prj is not None:
        path.with_suffix(".prj").write_text(prj, encoding="ascii")
    return path


def geojson_text(frame: pd.DataFrame, crs: str | None = "EPSG::6668") -> str:
    """GeoJSON as published: one feature a line, and the old ``crs`` member."""
    features = [
        json.dumps(
            {
                "type": "Feature",
                "properties": {
                    key: None if pd.isna(value) else value
                    for key, value in row.items()
                    if key != "geometry"
                },
                "geometry": shapely.geometry.mapping(row["geometry"]),
            },
            ensure_ascii=False,
        )
        for row in frame.to_dict("records")
    ]
    name = f'"name": "urn:ogc:def:crs:{crs}"'
    member = f'"crs": {{ "type": "name", "properties": {{ {name} }} }},\n'
    head = '{\n"type": "FeatureCollection",\n' + (member if crs else "")
    return head + '"features": [\n' + ",\n".join(features) + "\n]\n}\n"


def gml_text(
    features: str,
    system: str = "JGD2011 / (B, L)",
    description: str = "国土数値情報 行政区域 インスタンス文書",
) -> str:
    """``ksj:Dataset`` around curves, surfaces and features."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<ksj:Dataset gml:id="N03Dataset" xmlns:ksj="http://nlftp.mlit.go.jp/ksj/schemas/ksj-app"\
 xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:xlink="http://www.w3.org/1999/xlink"\
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"\
 xsi:schemaLocation="http://nlftp.mlit.go.jp/ksj/schemas/ksj-app\
 KsjAppSchema-N03-v2_3.xsd">
\t<gml:description>{description}</gml:description>
\t<gml:boundedBy>
\t\t<gml:EnvelopeWithTimePeriod srsName="{system}" frame="GC / JST">
\t\t\t<gml:lowerCorner>20.0 123.0</gml:lowerCorner>
\t\t\t<gml:upperCorner>46.0 154.0</gml:upperCorner>
\t\t\t<gml:beginPosition calendarEraName="西暦">1900</gml:beginPosition>
\t\t\t<gml:endPosition indeterminatePosition="unknown"/>
\t\t</gml:EnvelopeWithTimePeriod>
\t</gml:boundedBy>
{features}</ksj:Dataset>
"""


def curve_text(key: str, points: Iterable[Sequence[float]]) -> str:
    """``gml:Curve``: latitude before longitude, a position a line."""
    lines = "\n".join(f"{lat!r} {lon!r}" for lon, lat in points)
    return f"""\t<gml:Curve gml:id="{key}">
\t\t<gml:segments>
\t\t\t<gml:LineStringSegment>
\t\t\t\t<gml:posList>
{lines}
\t\t\t\t</gml:posList>
\t\t\t</gml:LineStringSegment>
\t\t</gml:segments>
\t</gml:Curve>
"""


def surface_text(key: str, rings: Sequence[Sequence[str]]) -> str:
    """``gml:Surface``: rings (the outer first) as the ids of their curves."""
    texts = []
    for at, curves in enumerate(rings):
        side = "interior" if at else "exterior"
        members = "".join(
            f'\t\t\t\t\t\t<gml:curveMember xlink:href="#{curve}"/>\n'
            for curve in curves
        )
        texts.append(
            f"\t\t\t\t<gml:{side}>\n\t\t\t\t\t<gml:Ring>\n{members}"
            f"\t\t\t\t\t</gml:Ring>\n\t\t\t\t</gml:{side}>\n"
        )
    return (
        f'\t<gml:Surface gml:id="{key}">\n\t\t<gml:patches>\n\t\t\t<gml:PolygonPatch>\n'
        + "".join(texts)
        + "\t\t\t</gml:PolygonPatch>\n\t\t</gml:patches>\n\t</gml:Surface>\n"
    )


def boundary_text(number: int, values: Mapping[str, object], surface: str = "") -> str:
    """``ksj:AdministrativeBoundary`` with its attributes; missing ones are empty."""
    lines = []
    for column, element in N03_ELEMENTS.items():
        text = "" if pd.isna(values[column]) else values[column]
        space = ' codeSpace="AdministrativeAreaCode.xml"' if column == "N03_007" else ""
        lines.append(f"\t\t<ksj:{element}{space}>{text}</ksj:{element}>\n")
    return (
        f'\t<ksj:AdministrativeBoundary gml:id="gy{number}">\n'
        f'\t\t<ksj:bounds xlink:href="#{surface or f"sf{number}"}"/>\n'
        + "".join(lines)
        + "\t</ksj:AdministrativeBoundary>\n"
    )


def n03_gml(frame: geopandas.GeoDataFrame, **options: str) -> str:
    """N03 as GML: all curves, then all surfaces, then all features."""
    curves, surfaces, features = [], [], []
    for number, row in enumerate(frame.to_dict("records"), start=1):
        shape = row["geometry"]
        rings = [shape.exterior, *shape.interiors]
        keys = [f"cv{number}_{at}" for at in range(len(rings))]
        curves += [
            curve_text(key, ring.coords) for key, ring in zip(keys, rings, strict=True)
        ]
        surfaces.append(surface_text(f"sf{number}", [[key] for key in keys]))
        features.append(boundary_text(number, row))
    return gml_text("".join(curves + surfaces + features), **options)


def metadata_text(system: str = "JGD2011 / (B, L)") -> str:
    """``KS-META``: JMP 2.0 metadata, cut down to the reference system."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<MD_Metadata xmlns="http://zgate.gsi.go.jp/ch/jmp/">
\t<referenceSystemInfo>
\t\t<MD_ReferenceSystem>
\t\t\t<referenceSystemIdentifier>
\t\t\t\t<code>{system}</code>
\t\t\t</referenceSystemIdentifier>
\t\t</MD_ReferenceSystem>
\t</referenceSystemInfo>
</MD_Metadata>
"""


def published_zip(
    path: Path,
    stem: str,
    frame: geopandas.GeoDataFrame,
    forms: Sequence[str] = ("shp", "geojson", "xml"),
    *,
    folder: str = "",
    prj: str | None = JGD2011_PRJ,
) -> Path:
    """Archive of 国土数値情報: one dataset in several forms, and its metadata."""
    folder = folder or path.stem
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        if "shp" in forms:
            work = path.with_name(f"{path.stem}-parts")
            work.mkdir()
            write_shapefile(work / f"{stem}.shp", frame, prj=prj)
            for part in sorted(work.iterdir()):
                archive.write(part, f"{folder}/{part.name}")
                part.unlink()
            work.rmdir()
        if "geojson" in forms:
            archive.writestr(f"{folder}/{stem}.geojson", geojson_text(frame))
        if "xml" in forms:
            archive.writestr(f"{folder}/{stem}.xml", n03_gml(frame))
        archive.writestr(f"{folder}/KS-META-{stem}.xml", metadata_text())
    return path


def zipped(path: Path, members: Mapping[str, bytes]) -> Path:
    """Archive of members; names that are no ASCII are stored in CP932, unflagged."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(_placeholder(name), content)
    data = path.read_bytes()
    for name in members:
        data = data.replace(_placeholder(name).encode(), name.encode("cp932"))
    path.write_bytes(data)
    return path


def _placeholder(name: str) -> str:
    """ASCII of the same length in bytes, so that offsets stay right."""
    return "".join(c if c.isascii() else "XX" for c in name)


def written(path: Path, content: str | bytes) -> Path:
    """File of this content, a text in UTF-8."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def only(path: Path) -> Published:
    """The one vector file that is taken of a path."""
    (file,) = files_of([path])
    return file


def polygons_and_faults(layer: VectorLayer) -> tuple[VectorLayer, pd.DataFrame]:
    """The polygons that may stay, and the rows rejected or repaired."""
    rejections = Rejections("test")
    return polygons(layer, rejections), rejections.table()


def n03_archive(
    folder: Path,
    frame: geopandas.GeoDataFrame = N03_BEFORE_2024,
    stem: str = "N03-21_210101",
    forms: Sequence[str] = ("shp",),
    name: str | None = None,
) -> Path:
    """Archive of N03, named as published unless told otherwise."""
    return published_zip(folder / (name or f"{stem}_GML.zip"), stem, frame, forms)


def n03_geojson(
    folder: Path, frame: pd.DataFrame, name: str = "N03-21_210101.geojson"
) -> Path:
    """GeoJSON of N03."""
    return written(folder / name, geojson_text(frame))
