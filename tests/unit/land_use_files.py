"""Land-use files in the published layout (format-synthetic: the values are made up).

Shapefiles of 2009 to 2016 have Japanese column names in CP932 and no ``.cpg``; those of
2021 have the names of the specification; GeoJSON is UTF-8 with a ``crs`` member.
"""

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import pyogrio
import shapely

from geodata.readers.reading import SourceRead
from geodata.schemas import TABLES, conform

OLD_NAMES = ("メッシュ", "土地利用種", "撮影年月日")
NEW_NAMES = ("L03b_001", "L03b_002", "L03b_003")
DETAIL_NAMES = ("L03b_c_001", "L03b_c_002", "L03b_c_003", "L03b_c_004")

TKY_PRJ = (
    'GEOGCS["GCS_Tokyo",DATUM["D_Tokyo",SPHEROID["Bessel_1841",6377397.155,'
    '299.1528128]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)

Row = Sequence[str | None]

STEM = "L03-b-16_5339"
DAY = "20160512"
ROWS = [
    ("5339461100", "0700", DAY),
    ("5339461109", "0700", DAY),
    ("5339461190", "1600", DAY),
    ("5339461200", "0500", DAY),
]


def shapefile_parts(
    stem: str,
    rows: Sequence[Row],
    names: Sequence[str] = OLD_NAMES,
    epsg: int | None = 4612,
    encoding: str = "CP932",
) -> dict[str, bytes]:
    """Files of a Shapefile by name, without a ``.cpg`` as published."""
    frame = gpd.GeoDataFrame(
        {name: [row[at] for row in rows] for at, name in enumerate(names)},
        geometry=[shapely.box(139, 35, 139.001, 35.001)] * len(rows),
        crs=epsg or 4612,
    )
    left_out = {".cpg"} if epsg else {".cpg", ".prj"}
    with TemporaryDirectory() as folder:
        target = Path(folder) / f"{stem}.shp"
        pyogrio.write_dataframe(
            frame, target, encoding=encoding, geometry_type="Polygon"
        )
        return {
            part.name: part.read_bytes()
            for part in sorted(Path(folder).iterdir())
            if part.suffix not in left_out
        }


def geojson(
    rows: Sequence[Row], names: Sequence[str] = NEW_NAMES, epsg: int = 6668
) -> bytes:
    """One GeoJSON file as bytes."""
    document = {
        "type": "FeatureCollection",
        "crs": {
            "type": "name",
            "properties": {"name": f"urn:ogc:def:crs:EPSG::{epsg}"},
        },
        "features": [
            {
                "type": "Feature",
                "properties": dict(zip(names, row, strict=True)),
                "geometry": shapely.geometry.mapping(shapely.box(139, 35, 140, 36)),
            }
            for row in rows
        ],
    }
    return json.dumps(document, ensure_ascii=False).encode()


def metadata(stem: str) -> dict[str, bytes]:
    """The KS-META file that comes with a dataset."""
    title = f"国土数値情報（土地利用細分メッシュ（{stem}））"
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<title>{title}</title>\n'
    return {f"KS-META-{stem}.xml": text.encode()}


def archive(path: Path, members: dict[str, bytes]) -> Path:
    """Write a zip archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return path


def published(
    folder: Path, rows: Sequence[Row], name: str = f"{STEM}-jgd_GML.zip"
) -> Path:
    """An archive of 2016 as published: Shapefile and metadata."""
    return archive(
        folder / name,
        shapefile_parts(STEM, rows, OLD_NAMES[: len(rows[0])]) | metadata(STEM),
    )


def counts(read: SourceRead) -> dict[tuple[int, str], int]:
    """Fine cells of each 1 km cell and land-use code."""
    table = read.tables["raw.land_use"]
    conform(TABLES["raw.land_use"], table)
    keys = zip(table["mesh3"], table["land_use_code"], strict=True)
    return dict(zip(keys, table["cell_count"], strict=True))
