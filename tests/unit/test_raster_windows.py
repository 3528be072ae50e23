"""Rasters by windows, tiles and archives: every pixel is read once."""

import zipfile

import numpy as np
import pytest
from raster_files import (
    CELL_LAT,
    CELL_LON,
    NAME,
    NORTH2,
    SECOND,
    SOUTH,
    WEST,
    degrees,
    one_raster,
    people,
    write_raster,
)

from geodata.readers.files.raster import find_rasters
from geodata.readers.mesh_raster import read_population_raster


@pytest.mark.parametrize(
    "profile",
    [
        {},
        {"tiled": True, "blockxsize": 16, "blockysize": 16},
        {"tiled": True, "blockxsize": 64, "blockysize": 32},
    ],
)
@pytest.mark.parametrize("pixels", [1, 100, 700, 10_000])
def test_windows_hold_every_pixel_once(tmp_path, profile, pixels):
    path = write_raster(
        tmp_path / NAME,
        np.ones((50, 70)),
        degrees(WEST, NORTH2, SECOND, SECOND),
        **profile,
    )
    (raster,) = find_rasters([path])
    seen = np.zeros((50, 70), "int64")
    for window in raster.windows(pixels):
        seen[window.toslices()] += 1
    assert (seen == 1).all()


def test_small_windows_give_the_same_cells(tmp_path, monkeypatch):
    values = np.random.default_rng(13).random((90, 110))
    whole = write_raster(
        tmp_path / NAME,
        values,
        degrees(139.7001, 35.72, 3 * SECOND, 3 * SECOND),
        tiled=True,
        blockxsize=16,
        blockysize=16,
    )
    at_once = people(read_population_raster([whole]))
    monkeypatch.setattr("geodata.readers.files.raster_windows.EXACT_PIXELS", 256)
    monkeypatch.setattr("geodata.readers.mesh_raster._MERGE_ROWS", 10)
    assert people(read_population_raster([whole])) == pytest.approx(at_once, rel=1e-12)


def test_rasters_are_read_inside_archives(tmp_path):
    path = one_raster(tmp_path)
    archive = tmp_path / "tile.zip"
    with zipfile.ZipFile(archive, "w") as target:
        target.write(path, "data/" + NAME)
    path.unlink()
    read = read_population_raster([archive])
    assert people(read) == {53394600: 5.0}
    assert list(tmp_path.iterdir()) == [archive]


def test_tiles_are_added_up(tmp_path):
    tiles = [
        write_raster(
            tmp_path / f"tile{i}_2020.tif",
            np.array([[8.0]]),
            degrees(WEST + i * CELL_LON / 2, SOUTH + CELL_LAT, CELL_LON / 2, CELL_LAT),
        )
        for i in (0, 1)
    ]
    read = read_population_raster(tiles)
    assert people(read) == {53394600: 16.0}
    assert read.read_count == 2
