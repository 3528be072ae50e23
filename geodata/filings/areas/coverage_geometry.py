"""Coverage areas as shapes on JGD2011: what each is, where it lies, its area."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyproj
import shapely

from geodata.datum import JGD2011_EPSG, geographic_epsg
from geodata.filings.findings import mask_of
from geodata.filings.row_rules.datum import LAT_RANGE, LON_RANGE

Shapes = npt.NDArray[np.object_]
Booleans = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

GRID_LON = (100.0, 180.0)
GRID_LAT = (0.0, 66.0)
"""Degrees within which every place has a cell of the grid (domain.md 2.2)."""

_EQUAL_AREA_EPSG = 6933  # domain.md 2.7
_POLYGONAL = ("Polygon", "MultiPolygon")
_HEAD = np.dtype([("order", "u1"), ("code", "V4")])
_FLAG_BITS = 0x0FFFFFFF  # of EWKB, above the code of the kind
_KINDS = (
    "unknown",
    "Point",
    "LineString",
    "Polygon",
    "MultiPoint",
    "MultiLineString",
    "MultiPolygon",
    "GeometryCollection",
    "CircularString",
    "CompoundCurve",
    "CurvePolygon",
    "MultiCurve",
    "MultiSurface",
)
"""Kinds of geometry by their code in WKB (ISO 19125), up to the curves."""


@dataclass(frozen=True)
class Areas:
    """The geometry of every feature, and what was seen on the way.

    Attributes
    ----------
    geometry : ndarray of shapely geometry, shape (n,)
        2D polygons and multipolygons in degrees on JGD2011, valid or not; None where
        there is nothing of the kind.
    kind : pyarrow string array, shape (n,)
        Kind of geometry as filed; null where there is none.
    is_polygonal : ndarray of bool, shape (n,)
        Filed as a polygon or multipolygon.
    has_height : ndarray of bool, shape (n,)
        With Z or M beside its coordinates, which are let go.
    """

    geometry: Shapes
    kind: pa.Array
    is_polygonal: Booleans
    has_height: Booleans

    @cached_property
    def bounds(self) -> Floats:
        """West, south, east and north of each area in degrees; NaN: no extent."""
        return shapely.bounds(self.geometry)

    @cached_property
    def is_empty(self) -> Booleans:
        """No geometry at all, or one without any point."""
        return mask_of(self.kind.is_null()) | shapely.is_empty(self.geometry)

    @cached_property
    def is_unbuilt(self) -> Booleans:
        """Called a polygon, but with open rings, too few points or cut short."""
        return self.is_polygonal & shapely.is_missing(self.geometry)

    @cached_property
    def is_finite(self) -> Booleans:
        """No coordinate is NaN or endless."""
        points, owner = shapely.get_coordinates(self.geometry, return_index=True)
        finite = np.ones(len(self.geometry), bool)
        finite[owner[~np.isfinite(points).all(axis=1)]] = False
        return finite

    @cached_property
    def is_swapped(self) -> Booleans:
        """The coordinates lie in Japan when latitude and longitude are exchanged."""
        west, south, east, north = self.bounds.T
        return _is_within(south, north, LON_RANGE) & _is_within(west, east, LAT_RANGE)

    @cached_property
    def is_in_japan(self) -> Booleans:
        """All of it lies within the longitudes and latitudes of Japan."""
        return self._is_between(LON_RANGE, LAT_RANGE)

    @cached_property
    def is_off_globe(self) -> Booleans:
        """Beyond longitude 180 or latitude 90, or reaching half round the globe."""
        west, south, east, north = self.bounds.T
        is_beyond = (west < -180) | (east > 180) | (south < -90) | (north > 90)
        return (is_beyond | (east - west > 180)) & ~self.is_swapped

    @cached_property
    def is_off_grid(self) -> Booleans:
        """On the globe, but where the grid has no cells."""
        has_extent = ~shapely.is_missing(self.geometry) & ~self.is_empty
        is_told = self.is_swapped | self.is_off_globe | ~self.is_finite
        return has_extent & ~is_told & ~self._is_between(GRID_LON, GRID_LAT)

    @cached_property
    def is_placed(self) -> Booleans:
        """Has an extent that can be measured on the grid."""
        has_extent = ~shapely.is_missing(self.geometry) & ~self.is_empty
        is_wrong = self.is_swapped | self.is_off_globe | ~self.is_finite
        return has_extent & ~is_wrong & ~self.is_off_grid

    def _is_between(
        self, lon: tuple[float, float], lat: tuple[float, float]
    ) -> Booleans:
        west, south, east, north = self.bounds.T
        return _is_within(west, east, lon) & _is_within(south, north, lat)


def _is_within(low: Floats, high: Floats, limits: tuple[float, float]) -> Booleans:
    return (low >= limits[0]) & (high <= limits[1])


def areas_of(wkb: pa.Array, crs: pyproj.CRS) -> Areas:
    """Geometry of every feature on JGD2011.

    Parameters
    ----------
    wkb : pyarrow large_binary array, shape (n,)
        As filed, x before y; null where there is none.
    crs : pyproj.CRS
        Geographic in degrees, or projected, on JGD2011, JGD2000 or WGS 84, which are
        taken as equal (domain.md 2.7).
    """
    kind = _kinds(wkb)
    is_polygonal = mask_of(pc.is_in(kind, pa.array(_POLYGONAL)))
    geometry = np.full(len(wkb), None, object)
    with np.errstate(invalid="ignore"):  # NaN coordinates are looked for later
        geometry[is_polygonal] = shapely.from_wkb(
            wkb.filter(pa.array(is_polygonal)).to_numpy(zero_copy_only=False),
            on_invalid="ignore",
        )
    has_height = shapely.has_z(geometry) | shapely.has_m(geometry)
    geometry[has_height] = shapely.force_2d(geometry[has_height])
    return Areas(_in_degrees(geometry, crs), kind, is_polygonal, has_height)


def _kinds(wkb: pa.Array) -> pa.Array:
    """Kind of each geometry by the head of its WKB, which also names curves."""
    head = pc.binary_slice(wkb, 0, _HEAD.itemsize)
    has_head = pc.fill_null(pc.equal(pc.binary_length(head), _HEAD.itemsize), False)
    parts = np.frombuffer(b"".join(head.filter(has_head).to_pylist()), _HEAD)
    big, little = parts["code"].view(">u4"), parts["code"].view("<u4")
    codes = (np.where(parts["order"] == 0, big, little) & _FLAG_BITS) % 1000
    kinds = np.zeros(len(wkb), np.int64)
    kinds[mask_of(has_head)] = np.where(codes < len(_KINDS), codes, 0)
    return pc.if_else(wkb.is_null(), None, pa.array(_KINDS).take(pa.array(kinds)))


def _in_degrees(geometry: Shapes, crs: pyproj.CRS) -> Shapes:
    if not crs.is_projected:
        return geometry
    return _transformed(geometry, crs, geographic_epsg(crs))


def _transformed(geometry: Shapes, source: object, target: object) -> Shapes:
    """Coordinates moved, x before y on both sides; endless where that is impossible."""
    move = _transformer(source, target).transform
    return shapely.transform(geometry, move, interleaved=False)


@lru_cache(maxsize=16)  # making one takes as long as moving ten thousand points
def _transformer(source: object, target: object) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def to_plane(geometry: Shapes) -> Shapes:
    """Shapes in degrees on JGD2011 as shapes in metres on EPSG:6933 (equal area)."""
    return _transformed(geometry, JGD2011_EPSG, _EQUAL_AREA_EPSG)


def area_m2(geometry: Shapes) -> Floats:
    """Area in m2 (EPSG:6933) by the ring formula, also of invalid rings; NaN: None.

    Parameters
    ----------
    geometry : ndarray of shapely geometry, shape (n,)
        Degrees on JGD2011.
    """
    return shapely.area(to_plane(geometry))


def edges_of(geometry: Shapes) -> tuple[Floats, Floats, np.ndarray]:
    """Both ends of every edge, and the position of its area.

    Parameters
    ----------
    geometry : ndarray of shapely geometry, shape (n,)
        Polygons and multipolygons; None has no edge.

    Returns
    -------
    start, end : ndarray of float64, shape (m, 2)
    owner : ndarray of int64, shape (m,)
    """
    parts, of_part = shapely.get_parts(geometry, return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    is_edge = ring[1:] == ring[:-1]
    owner = of_part[of_ring[ring[:-1][is_edge]]]
    return points[:-1][is_edge], points[1:][is_edge], owner
