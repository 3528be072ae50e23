"""Polygons of editions: filed areas as they are, discs round stations as made."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geodata import mesh
from geodata.coverage_area.content import Content, distinct
from geodata.coverage_area.discs import CORNERS, Discs
from geodata.coverage_area.plane import from_plane, to_plane

Shapes = npt.NDArray[np.object_]

_BYTES_AT_ONCE = 1 << 29  # of WKB: polygons and temporaries stay under 2 GiB
_DISC_BYTES = 16 * (CORNERS + 1)


@dataclass(frozen=True)
class Layers:
    """What contents refer to by number: filed areas (WKB), and discs.

    Attributes
    ----------
    geometry : pyarrow large_binary array
        Column of ``raw.coverage_area``; empty where none was filed.
    discs : Discs or None
        None where nothing is modelled.
    """

    geometry: pa.ChunkedArray
    discs: Discs | None

    def batches(self, contents: Sequence[Content]) -> Iterator[list[int]]:
        """Cut contents into runs of positions that fit into memory together."""
        sizes = pc.binary_length(self.geometry).to_numpy().astype(np.int64)
        batch: list[int] = []
        total = 0
        for position, content in enumerate(contents):
            size = int(sizes[content.rows].sum()) + _DISC_BYTES * len(content.discs)
            if batch and total + size > _BYTES_AT_ONCE:
                yield batch
                batch, total = [], 0
            batch.append(position)
            total += size
        if batch:
            yield batch

    def polygons(self, contents: Sequence[Content]) -> list[Shapes]:
        """Polygons of each content; what is in several of them is read or made once.

        Returns
        -------
        list of arrays of shapely Polygon or MultiPolygon
            Degrees. What lies outside of Japan's primary meshes may be cut away.
        """
        rows = distinct(np.concatenate([content.rows for content in contents]))
        wkb = self.geometry.take(pa.array(rows)).to_numpy()
        filed = within_japan(shapely.from_wkb(wkb))
        numbers = distinct(np.concatenate([content.discs for content in contents]))
        discs = self.discs.polygons(numbers) if self.discs else np.zeros(0, object)
        return [
            np.concatenate(
                [
                    filed[np.searchsorted(rows, content.rows)],
                    discs[np.searchsorted(numbers, content.discs)],
                ]
            )
            for content in contents
        ]


def within_japan(polygons: Shapes) -> Shapes:
    """Cut polygons that reach out of Japan's primary meshes at the box round them.

    The grid ends at 200 degrees east and at the equator, and no cell out there has a
    number to give. Cut in the equal-area plane, where the kernel's edges are straight.

    Parameters
    ----------
    polygons : array of shapely Polygon or MultiPolygon, shape (n,)
        Valid, in degrees. Not modified.
    """
    codes = np.array(mesh.PRIMARY_MESHES)
    edges = mesh.bounds(codes, "m1")
    low, high = edges[:, :2].min(axis=0), edges[:, 2:].max(axis=0)
    extent = shapely.bounds(polygons)
    is_out = (extent[:, :2] < low).any(axis=1) | (extent[:, 2:] > high).any(axis=1)
    if not is_out.any():
        return polygons
    box = shapely.transform(shapely.box(*low, *high), to_plane, interleaved=False)
    flat = shapely.transform(polygons[is_out], to_plane, interleaved=False)
    cut = _areas_only(shapely.intersection(flat, box))
    kept = polygons.copy()
    kept[is_out] = shapely.transform(cut, from_plane, interleaved=False)
    return kept


def _areas_only(shapes: Shapes) -> Shapes:
    """Polygons of each shape as one multipolygon; points and lines are let go."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    nested, within = shapely.get_parts(parts, return_index=True)
    is_area = shapely.get_type_id(nested) == shapely.GeometryType.POLYGON
    areas = np.full(len(shapes), shapely.MultiPolygon(), object)
    shapely.multipolygons(nested[is_area], indices=owner[within][is_area], out=areas)
    return areas
