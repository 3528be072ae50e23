"""Rasters of classes: areas of each class on the ellipsoid."""

import numpy as np
import pandas as pd
import pyproj
import pytest
from affine import Affine
from raster_files import (
    CELL_LAT,
    SECOND,
    SOUTH,
    WEST,
    amounts,
    degrees,
    one_raster,
    write_raster,
)

from geodata import mesh
from geodata.readers.mesh_raster import read_land_cover_raster
from geodata.schemas import TABLES, conform


def test_classes_become_areas_on_the_ellipsoid(tmp_path):
    """A cell of fifteen by ten pixels of 3 seconds: nine rows of 10, one of 50."""
    values = np.full((10, 15), 10, "uint8")
    values[0] = 50
    path = write_raster(
        tmp_path / "cover_2021.tif",
        values,
        degrees(WEST, SOUTH + CELL_LAT, 3 * SECOND, 3 * SECOND),
        nodata=0,
    )
    found = amounts(read_land_cover_raster([path]))
    area = mesh.area_m2(53394600, "m3")
    assert set(found) == {(53394600, "10"), (53394600, "50")}
    assert sum(found.values()) == pytest.approx(area, rel=1e-9)
    assert found[53394600, "50"] == pytest.approx(area / 10, rel=2e-4)
    assert found[53394600, "50"] < area / 10


def test_classes_of_a_projected_raster_fill_a_cell_to_its_area(tmp_path):
    x, y = pyproj.Transformer.from_crs(6668, 32654, always_xy=True).transform(
        139.74, 35.70
    )
    path = write_raster(
        tmp_path / "cover_2021.tif",
        np.full((60, 60), 3, "uint8"),
        Affine(100, 0, x, 0, -100, y),
        "EPSG:32654",
        nodata=0,
    )
    found = amounts(read_land_cover_raster([path]))
    assert found[53394611, "3"] == pytest.approx(mesh.area_m2(53394611, "m3"), rel=5e-3)
    # UTM is conformal: within the file its scale is 0.9996 to 1.0002
    assert sum(found.values()) == pytest.approx(36e6, rel=1e-3)


def test_a_class_is_a_whole_number(tmp_path):
    path = one_raster(
        tmp_path,
        "cover_2021.tif",
        values=np.array([[1.0, 1.5, -3.0]], "float32"),
        nodata=255,
    )
    read = read_land_cover_raster([path])
    assert read.rejected["row"].to_list() == [2, 3]
    assert set(amounts(read)) == {(53394600, "1")}


def test_tables_of_both_readers_pass_their_declaration(tmp_path):
    read = read_land_cover_raster([one_raster(tmp_path)])
    frame = conform(TABLES["raw.mesh_raster"], read.tables["raw.mesh_raster"])
    assert isinstance(frame.to_pandas(), pd.DataFrame)
