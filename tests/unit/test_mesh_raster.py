import zipfile

import numpy as np
import pandas as pd
import pyproj
import pytest
from affine import Affine
from raster_files import NODATA, SECOND, degrees, write_raster

from geodata import mesh
from geodata.errors import SourceError
from geodata.readers.files.raster import find_rasters
from geodata.readers.mesh_raster import read_land_cover_raster, read_population_raster
from geodata.schemas import TABLES, conform

CELL_LON, CELL_LAT = 45 * SECOND, 30 * SECOND
WEST, SOUTH = 139.75, 35 + 40 / 60  # corner of 533946
NORTH2 = SOUTH + 2 * CELL_LAT  # north edge of the second row of 1 km cells
NAME = "ppp_JPN_2020.tif"


def amounts(read):
    table = read.tables["raw.mesh_raster"]
    conform(TABLES["raw.mesh_raster"], table)
    keys = zip(table["mesh"], table["value_class"], strict=True)
    return dict(zip(keys, table["amount"], strict=True))


def people(read):
    return {cell: amount for (cell, _), amount in amounts(read).items()}


def test_pixels_that_are_cells_keep_their_values(tmp_path):
    path = write_raster(
        tmp_path / NAME,
        np.array([[30.0, 31.0], [10.0, 0.0]], "float32"),
        degrees(WEST, NORTH2, CELL_LON, CELL_LAT),
    )
    read = read_population_raster([path])
    assert people(read) == {
        53394610: 30.0,
        53394611: 31.0,
        53394600: 10.0,
        53394601: 0.0,
    }
    assert (read.name, read.vintage, read.datum) == (
        "population_raster",
        "2020",
        "WGS84",
    )
    assert (read.read_count, read.accepted_count) == (4, 4)
    table = read.tables["raw.mesh_raster"]
    assert set(table["source"]) == {"population_raster"}
    assert set(table["level"]) == {"m3"}
    assert set(table["value_class"]) == {"amount"}


def test_a_pixel_on_a_meridian_edge_is_split_by_width(tmp_path):
    path = write_raster(
        tmp_path / NAME,
        np.array([[100.0]]),
        degrees(WEST + CELL_LON / 4, SOUTH + CELL_LAT, CELL_LON, CELL_LAT),
    )
    assert people(read_population_raster([path])) == pytest.approx(
        {53394600: 75.0, 53394601: 25.0}, rel=1e-9
    )


def test_a_pixel_on_a_parallel_edge_is_split_by_area_on_the_ellipsoid(tmp_path):
    path = write_raster(
        tmp_path / NAME,
        np.array([[100.0]]),
        degrees(WEST, NORTH2, CELL_LON, 2 * CELL_LAT),
    )
    found = people(read_population_raster([path]))
    south, north = mesh.area_m2([53394600, 53394610], "m3")
    assert south > north
    assert found[53394600] == pytest.approx(100 * south / (south + north), rel=1e-9)
    assert sum(found.values()) == pytest.approx(100, rel=1e-12)


def brute_force(values, transform, crs, level="m3"):
    """Every pixel against every cell, as rectangles of EPSG:6933."""
    project = pyproj.Transformer.from_crs(crs, 6933, always_xy=True).transform
    rows, columns = values.shape
    left = transform.c + transform.a * np.arange(columns + 1.0)
    top = transform.f + transform.e * np.arange(rows + 1.0)
    x, _ = project(left, np.full(columns + 1, top[0]))
    _, y = project(np.full(rows + 1, left[0]), top)
    m2 = mesh.children(np.array([5339]), "m1", "m2").ravel()
    cells = mesh.children(m2, "m2", level).ravel()
    cell_project = pyproj.Transformer.from_crs(6668, 6933, always_xy=True).transform
    edges = mesh.bounds(cells, level)
    west, south = cell_project(edges[:, 0], edges[:, 1])
    east, north = cell_project(edges[:, 2], edges[:, 3])
    found = {}
    for i, cell in enumerate(cells.tolist()):
        across = np.minimum(x[1:], east[i]) - np.maximum(x[:-1], west[i])
        up = np.minimum(y[:-1], north[i]) - np.maximum(y[1:], south[i])
        if (across > 0).any() and (up > 0).any():
            share = np.outer(
                up.clip(0) / (y[:-1] - y[1:]), across.clip(0) / (x[1:] - x[:-1])
            )
            found[cell] = float((share * values).sum())
    return found


@pytest.mark.parametrize("level", ["m3", "m4"])
def test_the_exact_split_equals_every_pixel_against_every_cell(tmp_path, level):
    rng = np.random.default_rng(8)
    values = rng.gamma(0.3, 20, (90, 70))
    transform = degrees(139.6612345, 35.7123456, 3.1 * SECOND, 2.9 * SECOND)
    path = write_raster(tmp_path / NAME, values, transform)
    found = people(read_population_raster([path], level))
    wanted = brute_force(values, transform, 4326, level)
    assert found.keys() == wanted.keys()
    assert found == pytest.approx(wanted, rel=1e-7)


def test_sums_are_kept_to_a_billionth(tmp_path):
    rng = np.random.default_rng(9)
    values = rng.gamma(0.1, 50, (700, 900)).astype("float32")
    values[rng.random(values.shape) < 0.2] = NODATA
    path = write_raster(
        tmp_path / NAME, values, degrees(139.2, 36.01, 3 * SECOND, 3 * SECOND)
    )
    read = read_population_raster([path])
    total = values[values != NODATA].sum(dtype="float64")
    assert sum(people(read).values()) == pytest.approx(total, rel=1e-9)
    assert read.read_count == (values != NODATA).sum()
    assert f"{(values == NODATA).sum():,} pixels hold nodata" in read.notes[0]


def test_half_cells_add_up_to_1_km_cells(tmp_path):
    rng = np.random.default_rng(10)
    path = write_raster(
        tmp_path / NAME,
        rng.random((60, 60)),
        degrees(139.7001, 35.72, 3 * SECOND, 3 * SECOND),
    )
    fine = read_population_raster([path], "m4").tables["raw.mesh_raster"]
    parent = mesh.parent(fine["mesh"].to_numpy(), "m4", "m3")
    together = fine["amount"].groupby(parent).sum().to_dict()
    assert together == pytest.approx(people(read_population_raster([path])), rel=1e-9)


def test_what_lies_outside_the_primary_meshes_is_said(tmp_path):
    """Primary mesh 5241 is sea: its half of the pixel belongs to no cell."""
    path = write_raster(
        tmp_path / NAME,
        np.array([[8.0, 2.0]]),
        degrees(141 - CELL_LON, 35.0, 2 * CELL_LON, CELL_LAT),
    )
    read = read_population_raster([path])
    assert sum(people(read).values()) == pytest.approx(4.0, rel=1e-12)
    assert "6.0 people lie outside the 176 primary meshes" in read.notes[1]
    assert (read.read_count, read.accepted_count) == (2, 2)


def test_a_raster_of_the_world_counts_what_is_far_away(tmp_path):
    values = np.ones((180, 360))
    japan = np.s_[90 - 47 : 90 - 20, 180 + 121 : 180 + 156]
    values[japan] = NODATA
    values[90 - 36, 180 + 139] = 7  # 139 to 140 E, 35 to 36 N: all inside
    path = write_raster(tmp_path / NAME, values, degrees(-180, 90, 1, 1))
    read = read_population_raster([path])
    assert sum(people(read).values()) == pytest.approx(7, rel=1e-12)
    far = 180 * 360 - 27 * 35
    assert read.notes[1].startswith(f"{far:,.1f} people lie outside")
    assert read.accepted_count == far + 1


def test_missing_is_no_zero(tmp_path):
    path = write_raster(
        tmp_path / NAME,
        np.array([[0.0, NODATA]]),
        degrees(WEST, SOUTH + CELL_LAT, CELL_LON, CELL_LAT),
    )
    read = read_population_raster([path])
    assert people(read) == {53394600: 0.0}
    assert read.read_count == 1


def test_nan_may_be_the_nodata_value(tmp_path):
    path = write_raster(
        tmp_path / NAME,
        np.array([[5.0, np.nan]], "float32"),
        degrees(WEST, SOUTH + CELL_LAT, CELL_LON, CELL_LAT),
        nodata=np.nan,
    )
    assert people(read_population_raster([path])) == {53394600: 5.0}


def test_bad_pixels_are_rejected_with_their_place(tmp_path):
    values = np.array([[1.0, -5.0, np.nan], [2.0, np.inf, 3.0]])
    path = write_raster(
        tmp_path / NAME, values, degrees(WEST, NORTH2, CELL_LON, CELL_LAT)
    )
    read = read_population_raster([path])
    faults = read.rejected[["rule_id", "row", "column", "value"]]
    assert faults.to_numpy().tolist() == [
        ["bad_value", 2, "band 1", "-5 (row 1, column 2)"],
        ["bad_value", 3, "band 1", "nan (row 1, column 3)"],
        ["bad_value", 5, "band 1", "inf (row 2, column 2)"],
    ]
    assert (read.read_count, read.accepted_count, read.rejected_count) == (6, 3, 3)
    assert people(read) == {53394610: 1.0, 53394600: 2.0, 53394602: 3.0}


def test_many_bad_pixels_are_a_wrong_nodata_value(tmp_path):
    values = np.full((60, 60), -9999.0)
    values[:30] = 1
    path = write_raster(
        tmp_path / NAME, values, degrees(WEST, NORTH2, SECOND, SECOND), nodata=-1
    )
    with pytest.raises(SourceError) as error:
        read_population_raster([path])
    message = str(error.value)
    assert "ppp_JPN_2020.tif, rows up to 60" in message
    assert "most of them -9999" in message
    assert "nodata value -1" in message


EQUAL_AREA = "EPSG:6933"  # cells are rectangles in it, so the answer is known


@pytest.mark.parametrize(("side_m", "count"), [(100, 80), (1000, 12)])
@pytest.mark.parametrize("level", ["m3", "m4"])
def test_pixels_of_a_projection_are_cut_along_the_edges(tmp_path, side_m, count, level):
    values = 50 + np.random.default_rng(11).random((count, count))
    x, y = pyproj.Transformer.from_crs(4326, 6933, always_xy=True).transform(
        139.65, 35.75
    )
    transform = Affine(side_m, 0, x, 0, -side_m, y)
    path = write_raster(tmp_path / NAME, values, transform, EQUAL_AREA)
    read = read_population_raster([path], level)
    found, wanted = people(read), brute_force(values, transform, 6933, level)
    assert sum(found.values()) == pytest.approx(values.sum(), rel=1e-12)
    assert found.keys() == wanted.keys()
    # PROJ's own inverse of this projection is good to half a millimetre
    assert found == pytest.approx(wanted, rel=1e-5, abs=1e-4 * 50)
    assert "were cut along it" in read.notes[0]


def test_an_even_field_in_mollweide_is_even_over_the_cells(tmp_path):
    """Mollweide's own pixels differ in area by less than 0.1 % over 20 km."""
    x, y = pyproj.Transformer.from_crs(4326, "ESRI:54009", always_xy=True).transform(
        139.68, 35.74
    )
    path = write_raster(
        tmp_path / NAME,
        np.full((120, 120), 1.0),
        Affine(100, 0, x, 0, -100, y),
        "ESRI:54009",
    )
    found = people(read_population_raster([path]))
    inner = np.array(
        [
            cell
            for cell in found
            if all(
                mesh.neighbor(cell, "m3", north, east) in found
                for north in (-1, 0, 1)
                for east in (-1, 0, 1)
            )
        ]
    )
    assert len(inner) > 40
    density = np.array([found[c] for c in inner]) / mesh.area_m2(inner, "m3")
    assert density == pytest.approx(density.mean(), rel=1e-3)
    assert density.mean() == pytest.approx(1e-4, rel=0.01)


@pytest.mark.parametrize(
    ("crs", "transform"),
    [
        ("ESRI:54009", None),
        ("EPSG:4326", Affine.translation(139.7, 35.7) @ Affine.rotation(30)),
        ("EPSG:4326", Affine.translation(139.7, 35.7)),
    ],
    ids=["Mollweide", "rotated", "south up"],
)
def test_other_grids_keep_sums_as_well(tmp_path, crs, transform):
    if transform is None:
        x, y = pyproj.Transformer.from_crs(4326, crs, always_xy=True).transform(
            139.7, 35.7
        )
        transform = Affine(100, 0, x, 0, -100, y)
    else:
        transform @= Affine.scale(3 * SECOND)
    values = np.random.default_rng(12).gamma(0.2, 30, (50, 50))
    values[:5] = 0
    read = read_population_raster(
        [write_raster(tmp_path / NAME, values, transform, crs)]
    )
    assert sum(people(read).values()) == pytest.approx(values.sum(), rel=1e-12)


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
    path = write_raster(
        tmp_path / "cover_2021.tif",
        np.array([[1.0, 1.5, -3.0]], "float32"),
        degrees(WEST, SOUTH + CELL_LAT, CELL_LON, CELL_LAT),
        nodata=255,
    )
    read = read_land_cover_raster([path])
    assert read.rejected["row"].to_list() == [2, 3]
    assert set(amounts(read)) == {(53394600, "1")}


def test_rasters_are_read_inside_archives(tmp_path):
    path = write_raster(
        tmp_path / NAME,
        np.array([[5.0]]),
        degrees(WEST, SOUTH + CELL_LAT, CELL_LON, CELL_LAT),
    )
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


def one(tmp_path, name=NAME, **changes):
    settings = {
        "values": np.array([[5.0]]),
        "transform": degrees(WEST, SOUTH + CELL_LAT, CELL_LON, CELL_LAT),
    } | changes
    return write_raster(tmp_path / name, **settings)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"nodata": None}, r"ppp_JPN_2020.tif: no nodata value"),
        ({"crs": None}, r"no coordinate reference system.*EPSG:4326"),
        ({"crs": "EPSG:4301"}, r"Tokyo datum.*wanted WGS84"),
        ({"crs": "EPSG:30169"}, r"Tokyo datum"),
        ({"crs": "EPSG:4230"}, r"datum is European Datum 1950"),
        ({"values": np.ones((2, 1, 1))}, r"2 bands, wanted one"),
        ({"tags": {"YEAR": "2015"}}, r"tags say 2015, its name 2020"),
        ({"transform": degrees(139, 91, 1, 1)}, r"latitude 90 to 91"),
        ({"values": np.array([[NODATA]])}, r"every pixel is nodata"),
        ({"transform": degrees(2, 49, 1, 1)}, r"no pixel with data lies over"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path, changes, message):
    with pytest.raises(SourceError, match=message):
        read_population_raster([one(tmp_path, **changes)])


def test_a_nodata_value_that_no_pixel_can_hold_is_refused(tmp_path):
    path = one(tmp_path, values=np.array([[5]], "uint8"), nodata=255)
    path.write_bytes(path.read_bytes().replace(b"255\x00", b"999\x00"))
    with pytest.raises(SourceError, match=r"no nodata value in it that a uint8"):
        read_population_raster([path])


@pytest.mark.parametrize("kept", [0, 10, 300])
def test_a_truncated_or_empty_file_is_refused(tmp_path, kept):
    values = np.random.default_rng(1).random((40, 40))
    path = one(tmp_path, values=values, transform=degrees(WEST, NORTH2, SECOND, SECOND))
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(SourceError, match=r"ppp_JPN_2020.tif: cannot be read"):
        read_population_raster([path])


def test_pixels_cut_off_are_found_while_reading(tmp_path):
    values = np.random.default_rng(1).random((400, 400))
    path = one(tmp_path, values=values, transform=degrees(WEST, NORTH2, SECOND, SECOND))
    path.write_bytes(path.read_bytes()[:-200_000])
    with pytest.raises(SourceError, match=r"ppp_JPN_2020.tif: cannot be read"):
        read_population_raster([path])


def test_text_under_the_name_of_a_raster_is_refused(tmp_path):
    path = tmp_path / NAME
    path.write_text("mesh3,population\n53394611,5\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"ppp_JPN_2020.tif: cannot be read"):
        read_population_raster([path])


def test_overlapping_rasters_are_refused(tmp_path):
    first, second = one(tmp_path), one(tmp_path, "copy_2020.tif")
    with pytest.raises(SourceError, match=r"copy_2020.tif: overlaps ppp_JPN_2020.tif"):
        read_population_raster([first, second])


def test_rasters_of_two_years_are_refused(tmp_path):
    other = one(tmp_path, "ppp_JPN_2015.tif", transform=degrees(140, 36, 0.1, 0.1))
    with pytest.raises(SourceError, match=r"year 2015, but ppp_JPN_2020.tif has 2020"):
        read_population_raster([one(tmp_path), other])


@pytest.mark.parametrize(
    ("name", "vintage"),
    [
        ("GHS_POP_E2020_GLOBE_R2023A_54009_100_V1_0.tif", "2020"),
        ("ESA_WorldCover_10m_2021_v200_N33E138_Map.tif", "2021"),
        ("people.tif", ""),
    ],
)
def test_the_year_comes_from_the_name(tmp_path, name, vintage):
    assert read_population_raster([one(tmp_path, name)]).vintage == vintage


def test_the_year_of_the_tags_is_the_year(tmp_path):
    path = one(
        tmp_path,
        "people.tif",
        tags={"reference_year": "2015", "TIFFTAG_DATETIME": "2024:01:01 00:00:00"},
    )
    assert read_population_raster([path]).vintage == "2015"


def test_a_name_with_two_years_is_refused(tmp_path):
    with pytest.raises(SourceError, match="2015 and 2020"):
        read_population_raster([one(tmp_path, "change_2015_2020.tif")])


def test_no_file_and_no_raster_are_refused(tmp_path):
    with pytest.raises(SourceError, match="no file was given"):
        read_population_raster([])
    other = tmp_path / "a.csv"
    other.write_bytes(b"")
    with pytest.raises(SourceError, match=r"a.csv: no GeoTIFF"):
        read_population_raster([other])
    with pytest.raises(SourceError, match="'m2': the levels are m3"):
        read_population_raster([one(tmp_path)], "m2")


def test_tables_of_both_readers_pass_their_declaration(tmp_path):
    read = read_land_cover_raster([one(tmp_path)])
    frame = conform(TABLES["raw.mesh_raster"], read.tables["raw.mesh_raster"])
    assert isinstance(frame.to_pandas(), pd.DataFrame)


def test_a_file_cut_before_its_georeference_is_refused(tmp_path):
    transform = degrees(WEST, NORTH2, CELL_LON, CELL_LAT)
    path = write_raster(tmp_path / NAME, np.ones((2, 2), "float32"), transform)
    whole = path.read_bytes()
    for cut in range(1, len(whole)):
        path.write_bytes(whole[:-cut])
        with pytest.raises(SourceError, match=NAME):
            read_population_raster([path])
