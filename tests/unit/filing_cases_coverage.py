"""Filings that trip the rules on coverage areas, and good ones that run them."""

import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas
import pyogrio
import shapely

from geodata.filings import Limits
from tests.unit.filing_builder import PLAN, check, write_filing

WEST, SOUTH = 139.70, 35.60
AREA = shapely.box(WEST, SOUTH, WEST + 0.02, SOUTH + 0.02)
HALVES = shapely.MultiPolygon([AREA, shapely.box(139.8, 35.6, 139.81, 35.61)])
MODEL = """
[coverage_model]
method = "propagation model, checked by drive tests"
quantity = "SS-RSRP"
threshold_dbm = -110
resolution_m = 50
"""
MODEL_PLAN = PLAN + MODEL
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
    written = write_filing(folder, **({"plan_toml": MODEL_PLAN} | files))
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


def limited(**limits):
    """Case of good areas under limits that are too low for them."""
    files = {"plan_toml": MODEL_PLAN, "coverage_geojson": geojson(feature(LONG))}
    return lambda folder: check(write_filing(folder, **files), limits=Limits(**limits))


def model_case(old, new):
    """Case of a good area whose ``[coverage_model]`` says something else."""
    assert old in MODEL
    return file_case(
        plan_toml=PLAN + MODEL.replace(old, new), coverage_geojson=geojson(feature())
    )


def box(west, south, east, north):
    """Box given in degrees from the corner of `AREA`."""
    return shapely.box(WEST + west, SOUTH + south, WEST + east, SOUTH + north)


POINT = shapely.Point(WEST, SOUTH)
OPEN = ring((139.7, 35.6), (139.8, 35.6), (139.8, 35.7), (139.7, 35.65))
SWAPPED = shapely.box(35.6, 139.7, 35.7, 139.8)
ACROSS = shapely.box(179, 35, 181, 36)
HAWAII = shapely.box(-158, 21, -157.5, 21.5)
ABROAD = shapely.box(127, 47, 128, 48)
CONTINENT = shapely.box(123, 21, 153, 45)
BUSAN = shapely.box(129.0, 35.1, 129.1, 35.2)
OPEN_SEA = shapely.box(140.0, 34.0, 140.1, 34.1)
AREA_WEST = box(0, 0, 0.019, 0.02)
WITH_SLIVER = shapely.MultiPolygon([AREA, box(0.03, 0, 0.03001, 0.02)])
WITH_HOLES = AREA - box(0.005, 0.005, 0.006, 0.006) - box(0.01, 0.01, 0.011, 0.011)
APART = shapely.MultiPolygon([box(0.04, 0, 0.05, 0.01), box(0.06, 0, 0.08, 0.01)])
LONG = box(0, 0, 0.1, 0.02)
BENT = shapely.Polygon(  # edges of 200 km, and a hole beside the upper one
    [(137, 35.2), (139, 35.2), (139, 37), (137, 35.3)],
    [[(138, 36.1495), (138.1, 36.1), (138.0, 36.1)]],
)
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
    "coverage_off_grid": case(feature(), feature(HAWAII)),
    "coverage_as_of_range": case(feature(), feature(as_of="2019-03-31")),
    "coverage_cell_count": limited(max_coverage_cells=20),
    "coverage_long_edges": limited(max_long_edge_cells=1),
    "coverage_crosses_in_plane": case(feature(), feature(BENT)),
    "coverage_geometry_invalid": case(feature(NOTCHED)),
    "coverage_geometry_beyond_repair": case(feature(BOW_TIE), accept_repairs=True),
    "coverage_geometry_repaired": case(feature(NOTCHED), accept_repairs=True),
    "coverage_outside_japan": case(feature(ABROAD)),
    "coverage_area_range": case(feature(CONTINENT)),
    "coverage_layer_area": case(feature(box(0, 0, 0.003, 0.003))),
    "coverage_layer_overlap": case(feature(), feature()),
    "coverage_far_from_land": case(feature(), feature(BUSAN)),
    "coverage_off_land": case(feature(), feature(OPEN_SEA)),
    "coverage_outside_all": case(feature(), feature(AREA_WEST, band_class="all")),
    "coverage_slivers": case(feature(WITH_SLIVER)),
    "coverage_small_holes": case(feature(WITH_HOLES)),
    "coverage_planned": case(feature(), feature(as_of="2022-03-31")),
    "coverage_outdated": case(feature(as_of="2020-03-29")),
    "coverage_model_missing": file_case(
        plan_toml=PLAN, coverage_geojson=geojson(feature())
    ),
    "coverage_model_unusable": model_case("threshold_dbm = -110", "threshold_dbm = 1"),
}
"""Report of a filing that trips the rule, by rule id (a case takes a folder)."""

GOOD = {
    "coverage as GeoJSON": case(feature(), feature(band_class="all")),
    "coverage as GeoPackage": file_case(coverage_gpkg=gpkg(coverage=frame())),
    "coverage as GeoParquet": file_case(coverage_parquet=parquet(frame())),
}
"""Filings that trip no rule; between them every rule runs."""
