"""Filings that trip ``rules/coverage.toml``, and good ones that run its rules."""

import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas
import pyogrio
import shapely

from tests.unit.filing_builder import check, write_filing

WEST, SOUTH = 139.70, 35.60
AREA = shapely.box(WEST, SOUTH, WEST + 0.02, SOUTH + 0.02)
HALVES = shapely.MultiPolygon([AREA, shapely.box(139.8, 35.6, 139.81, 35.61)])
OWN = {
    "carrier": "docomo",
    "band_class": "sub6",
    "as_of": "2021-03-31",
    "outdoor": True,
}
BOW_TIE = shapely.Polygon([(139.7, 35.6), (139.8, 35.7), (139.8, 35.6), (139.7, 35.7)])
NOTCHED = shapely.Polygon(  # a square whose last corner is a bow-tie of some metres
    [
        (139.7, 35.6),
        (139.72, 35.6),
        (139.72, 35.62),
        (139.7, 35.62),
        (139.7, 35.6002),
        (139.7002, 35.6),
        (139.7002, 35.6001),
        (139.7, 35.6001),
    ]
)


def ring(*points):
    """Coordinates of a GeoJSON polygon; unlike shapely's they may be left open."""
    return {"type": "Polygon", "coordinates": [list(points)]}


def feature(geometry=AREA, **changed):
    """One GeoJSON feature; a geometry may be given as a dict, also a wrong one."""
    if isinstance(geometry, shapely.Geometry):
        geometry = json.loads(shapely.to_geojson(geometry))
    return {"type": "Feature", "properties": OWN | changed, "geometry": geometry}


def geojson(*features, **members):
    top = {"type": "FeatureCollection", **members, "features": list(features)}
    return json.dumps(top).encode()


def crs(name):
    """The ``crs`` member of a GeoJSON."""
    return {"type": "name", "properties": {"name": name}}


def frame(*areas, crs=6668, **changed):
    areas = areas or (AREA,)
    rows = {name: [value] * len(areas) for name, value in (OWN | changed).items()}
    return geopandas.GeoDataFrame(rows, geometry=list(areas), crs=crs)


def gpkg(**layers):
    """GeoPackage of the frames by layer name."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "coverage.gpkg"
        for name, table in layers.items():
            pyogrio.write_dataframe(table, path, layer=name, driver="GPKG")
        return path.read_bytes()


def parquet(table, **options):
    out = io.BytesIO()
    table.to_parquet(out, **options)
    return out.getvalue()


def geojson_of(table):
    name = f"urn:ogc:def:crs:EPSG::{table.crs.to_epsg()}"
    rows = [feature(area) for area in table.geometry]
    return geojson(*rows, crs=crs(name))


FORMS = {
    "geojson": lambda table: {"coverage_geojson": geojson_of(table)},
    "gpkg": lambda table: {"coverage_gpkg": gpkg(anything=table)},
    "parquet": lambda table: {"coverage_parquet": parquet(table)},
}
"""Content of a coverage file in each form, from a frame of areas."""


def filing(folder, accept_repairs=False, **files):
    """Report on the good stations with coverage files beside them."""
    written = write_filing(folder, **files)
    return check(written, accept_repairs=accept_repairs)


def case(*features, accept_repairs=False, **members):
    content = geojson(*features, **members)
    return lambda folder: filing(folder, accept_repairs, coverage_geojson=content)


def file_case(**files):
    return lambda folder: filing(folder, **files)


def areas(report):
    return shapely.from_wkb(report.coverage["geometry"].to_numpy())


def messages(report, rule_id):
    rows = report.findings.to_pylist()
    return [row["message_en"] for row in rows if row["rule_id"] == rule_id]


POINT = shapely.Point(WEST, SOUTH)
OPEN = ring((139.7, 35.6), (139.8, 35.6), (139.8, 35.7), (139.7, 35.65))
SWAPPED = shapely.box(35.6, 139.7, 35.7, 139.8)
ACROSS = shapely.box(179, 35, 181, 36)
ABROAD = shapely.box(127, 47, 128, 48)
CONTINENT = shapely.box(123, 21, 153, 45)
FAR = shapely.box(139, 35, float("inf"), 36)
HIGH = shapely.force_3d(AREA, 30)

TRIPS = {
    "coverage_unreadable": file_case(coverage_geojson=b"{"),
    "coverage_layer": file_case(coverage_gpkg=gpkg(a=frame(), b=frame())),
    "coverage_crs_missing": file_case(coverage_parquet=parquet(frame(crs=None))),
    "coverage_crs_unusable": case(feature(), crs=crs("urn:ogc:def:crs:EPSG::4301")),
    "coverage_reader_note": case(feature(), feature(OPEN)),
    "coverage_3d": case(feature(HIGH)),
    "coverage_carrier_differs": case(feature(), feature(carrier="kddi")),
    "coverage_outdoor": case(feature(outdoor=False)),
    "coverage_geometry_empty": case(feature(), feature(None)),
    "coverage_geometry_type": case(feature(), feature(POINT)),
    "coverage_ring_open": case(feature(), feature(OPEN)),
    "coverage_coordinate_not_finite": file_case(
        coverage_parquet=parquet(frame(AREA, FAR))
    ),
    "coverage_lat_lon_swapped": case(feature(), feature(SWAPPED)),
    "coverage_antimeridian": case(feature(), feature(ACROSS)),
    "coverage_geometry_invalid": case(feature(NOTCHED)),
    "coverage_geometry_beyond_repair": case(feature(BOW_TIE), accept_repairs=True),
    "coverage_geometry_repaired": case(feature(NOTCHED), accept_repairs=True),
    "coverage_outside_japan": case(feature(ABROAD)),
    "coverage_area_range": case(feature(CONTINENT)),
}
"""Report of a filing that trips the rule, by rule id (a case takes a folder)."""

GOOD = {
    "coverage as GeoJSON": case(feature(), feature(band_class="all")),
    "coverage as GeoPackage": file_case(coverage_gpkg=gpkg(coverage=frame())),
    "coverage as GeoParquet": file_case(coverage_parquet=parquet(frame())),
}
"""Filings that trip no rule; between them every rule runs."""
