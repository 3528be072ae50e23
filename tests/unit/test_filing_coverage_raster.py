"""Coverage rasters as areas: exact to the pixel, however they are stored."""

from datetime import date

import numpy as np
import pyproj
import pytest
import shapely
from affine import Affine

from geodata import mesh
from geodata.filings.areas import coverage_raster
from geodata.filings.areas.pixel_outlines import outlines
from geodata.mesh.overlay import cell_shares
from tests.unit.filing_builder import found
from tests.unit.filing_cases_coverage import areas
from tests.unit.filing_cases_coverage_raster import (
    BLOCK,
    CHECKED,
    DEGREES,
    GOOD,
    METRES,
    NORTH,
    PIXEL_LAT,
    TAGS,
    TWO_CLASSES,
    WEST,
    case,
)

FLAT = pyproj.Transformer.from_crs(6668, 6933, always_xy=True)


def shares_of(shapes):
    """Covered share of each 500 m cell, pieces added up."""
    found = cell_shares(np.asarray(shapes), "m4")
    codes, at = np.unique(found.code, return_inverse=True)
    return dict(zip(codes.tolist(), np.bincount(at, found.share), strict=True))


def noise(seed, share=0.6, shape=(40, 30)):
    return (np.random.default_rng(seed).random(shape) < share).astype(np.uint8)


# --- outlines of pixels ---------------------------------------------------------------


def polygons(mask):
    return outlines(mask).multipolygon(Affine.identity())


@pytest.mark.parametrize("row", range(8))
def test_every_pattern_of_pixels_is_a_valid_area_of_its_size(row):
    """All 4,096 of 3 by 4 pixels, in eight parts: those that touch at corners too."""
    for number in range(row * 512 + (row == 0), (row + 1) * 512):
        mask = (number >> np.arange(12) & 1).astype(bool).reshape(3, 4)
        shape = polygons(mask)
        assert shape.is_valid
        assert shape.area == mask.sum()


@pytest.mark.parametrize("seed", range(12))
def test_noise_is_a_valid_area_before_and_after_it_is_divided(seed):
    mask = noise(seed, 0.3 + 0.05 * seed, (60, 50)).astype(bool)
    made = outlines(mask)
    for shape in (made, made.divided()):
        area = shape.multipolygon(Affine.identity())
        assert area.is_valid
        assert area.area == mask.sum()
    steps = np.abs(np.diff(made.divided().points, axis=0)).sum(axis=1)
    within = np.delete(steps, made.divided().ring_starts[1:-1] - 1)
    assert (within == 1).all()


def test_a_piece_that_is_wholly_covered_is_a_rectangle():
    assert polygons(np.ones((3, 2), bool)).equals_exact(
        shapely.MultiPolygon([shapely.Polygon([(0, 0), (0, 3), (2, 3), (2, 0)])]), 0
    )


def test_a_ring_is_divided_at_every_pixel_corner():
    divided = outlines(np.ones((1, 2), bool)).divided()
    assert divided.points.tolist() == [
        [0, 0], [0, 1], [1, 1], [2, 1], [2, 0], [1, 0], [0, 0]
    ]  # fmt: skip
    assert divided.ring_starts.tolist() == [0, 7]


# --- areas in degrees -----------------------------------------------------------------


def test_a_block_of_whole_cells_covers_them_wholly(tmp_path):
    report = case()(tmp_path / "f")
    (row,) = report.coverage.drop_columns(["geometry", "area_m2"]).to_pylist()
    assert row == {
        "carrier": "docomo",
        "plan_id": "docomo-2019",
        "file": "coverage.tif",
        "line": 1,
        "band_class": "sub6",
        "as_of": date(2021, 3, 31),
        "outdoor": True,
        "is_repaired": False,
    }
    centres = [
        (WEST + (column + 0.5) * 0.00625, NORTH - (line + 0.5) / 240)
        for line in range(2, 6)
        for column in range(1, 5)
    ]
    cells = mesh.encode(*np.transpose(centres), "m4")
    shares = shares_of(areas(report))
    whole = [shares.pop(code) for code in cells.tolist()]
    assert np.allclose(whole, 1, rtol=0, atol=1e-12)
    assert max(shares.values()) < 1e-12  # neighbours that are touched
    assert report.coverage["area_m2"][0].as_py() == pytest.approx(
        mesh.area_m2(cells, "m4").sum(), rel=1e-9
    )


@pytest.mark.parametrize("seed", range(4))
def test_shares_are_those_of_the_pixels_in_each_cell(seed, tmp_path):
    values = noise(seed)
    report = case(values)(tmp_path / "f")
    _, y = FLAT.transform(np.full(41, WEST), NORTH - PIXEL_LAT * np.arange(41))
    heights = (y[:-1] - y[1:]).reshape(8, 5)
    in_cell = values.reshape(8, 5, 6, 5).sum(axis=3)  # row of cells, line, column
    wanted = np.einsum("ij,ijk->ik", heights, in_cell) / 5
    wanted /= heights.sum(axis=1)[:, None]
    line, column = np.indices((8, 6))
    codes = mesh.encode(
        WEST + (column.ravel() + 0.5) * 0.00625,
        NORTH - (line.ravel() + 0.5) / 240,
        "m4",
    )
    shares = shares_of(areas(report))
    got = [shares.pop(code, 0.0) for code in codes.tolist()]
    assert np.abs(np.array(got) - wanted.ravel()).max() < 1e-10
    assert max(shares.values()) < 1e-12  # neighbours that are touched


def test_a_raster_from_south_to_north_gives_the_same_area(tmp_path):
    up = Affine(DEGREES.a, 0, WEST, 0, PIXEL_LAT, NORTH - 40 * PIXEL_LAT)
    (north,) = areas(case(noise(1))(tmp_path / "a"))
    (south,) = areas(case(noise(1)[::-1], transform=up)(tmp_path / "b"))
    assert north.symmetric_difference(south).area < 1e-14


# --- other reference systems ----------------------------------------------------------

TURNED = METRES @ Affine.rotation(33)


@pytest.mark.parametrize("epsg", [6677, 2451, 32654, 3857])
@pytest.mark.parametrize("transform", [METRES, TURNED], ids=["straight", "turned"])
def test_the_area_is_that_of_the_quadrilaterals_of_the_pixels(
    epsg, transform, tmp_path
):
    origin = pyproj.Transformer.from_crs(6677, epsg, always_xy=True)
    x, y = origin.transform(transform.c, transform.f)
    placed = Affine(*transform[:2], x, *transform[3:5], y)
    values = noise(3)
    report = case(values, crs=f"EPSG:{epsg}", transform=placed)(tmp_path / "f")
    assert found(report) <= {"coverage_small_holes"}
    to_flat = pyproj.Transformer.from_crs(epsg, 6933, always_xy=True)
    line, column = np.nonzero(values)
    corners = [(0, 0), (0, 1), (1, 1), (1, 0)]
    quads = np.stack(
        [to_flat.transform(*(placed @ (column + a, line + b))) for a, b in corners]
    )
    wanted = shapely.area(shapely.polygons(quads.transpose(2, 0, 1))).sum()
    area = report.coverage["area_m2"][0].as_py()
    assert area == pytest.approx(wanted, rel=1e-9)


def test_edges_stay_true_to_the_sides_of_the_pixels(tmp_path):
    """Between two corners of a pixel the side bends by less than 0.2 mm."""
    (area,) = areas(case(crs="EPSG:6677", transform=METRES)(tmp_path / "f"))
    ring = shapely.get_coordinates(area)
    assert len(ring) == 4 * 20 + 1
    flat = np.column_stack(FLAT.transform(*ring.T))
    to_flat = pyproj.Transformer.from_crs(6677, 6933, always_xy=True)
    plane = pyproj.Transformer.from_crs(6668, 6677, always_xy=True)
    x, y = plane.transform(*ring.T)
    middle = np.column_stack(
        to_flat.transform((x[1:] + x[:-1]) / 2, (y[1:] + y[:-1]) / 2)
    )
    off = np.abs((flat[1:] + flat[:-1]) / 2 - middle).max()
    assert 0 < off < 2e-4


def test_degrees_that_are_turned_are_divided_too(tmp_path):
    turned = DEGREES @ Affine.rotation(10)
    (area,) = areas(case(transform=turned)(tmp_path / "f"))
    assert shapely.get_num_coordinates(area) == 4 * 20 + 1


# --- pieces ---------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 7, 16, 29])
@pytest.mark.parametrize("crs", ["EPSG:6668", "EPSG:6677"])
def test_pieces_meet_and_do_not_overlap(size, crs, monkeypatch, tmp_path):
    transform = DEGREES if crs == "EPSG:6668" else METRES
    changed = {"values": noise(5), "crs": crs, "transform": transform}
    (whole,) = areas(case(**changed)(tmp_path / "a"))
    monkeypatch.setattr(coverage_raster, "PIECE_PIXELS", size)
    report = case(**changed)(tmp_path / "b")
    pieces = areas(report)
    assert len(pieces) > 1
    assert report.coverage["line"].to_pylist() == list(range(1, len(pieces) + 1))
    assert "coverage_layer_overlap" not in found(report)
    together = shapely.union_all(pieces)
    assert together.symmetric_difference(whole).area < 1e-14
    assert shapely.area(pieces).sum() == pytest.approx(together.area, rel=1e-12)
    one, many = shares_of([whole]), shares_of(pieces)
    assert all(abs(one.get(c, 0) - many.get(c, 0)) < 1e-11 for c in one | many)


STORED = {
    "strips of three rows": {"blockysize": 3},
    "tiles": {"tiled": True, "blockxsize": 16, "blockysize": 32},
    "packed": {
        "compress": "deflate",
        "tiled": True,
        "blockxsize": 16,
        "blockysize": 16,
    },
    "one bit": {"nbits": 1, "nodata": 0},
    "bands by pixel": {"interleave": "pixel"},
    "bands one by one": {"interleave": "band"},
}


@pytest.mark.parametrize("way", STORED)
def test_the_way_of_storing_changes_nothing(way, monkeypatch, tmp_path):
    bands = [noise(7, shape=(50, 70)), noise(8, shape=(50, 70))]
    tags = {"band_tags": TWO_CLASSES}
    plain = case(bands, **tags)(tmp_path / "a")
    monkeypatch.setattr(coverage_raster, "_WINDOW_BYTES", 20 * 70 * 2)
    stored = case(bands, **tags, **STORED[way])(tmp_path / "b")
    for name in ("sub6", "mmwave"):
        one, other = (areas_of_class(report, name) for report in (plain, stored))
        assert len(one) == 1
        merged = shapely.union_all(other)
        assert merged.symmetric_difference(one[0]).area == 0


def areas_of_class(report, band_class):
    is_meant = np.array(report.coverage["band_class"].to_pylist()) == band_class
    return areas(report)[is_meant]


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "float32", "float64"])
def test_pixels_of_any_type_of_number_are_read(dtype, tmp_path):
    (area,) = areas(case(BLOCK.astype(dtype))(tmp_path / "a"))
    (wanted,) = areas(case()(tmp_path / "b"))
    assert area.equals_exact(wanted, 0)


def test_a_raster_whose_pixels_only_touch_is_an_area(tmp_path):
    report = case(CHECKED)(tmp_path / "f")
    (area,) = areas(report)
    assert len(area.geoms) == 40 * 30 / 2


# --- nodata ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dtype", "nodata"), [("uint8", 255), ("float32", np.nan), ("int16", -32768)]
)
def test_nodata_is_not_covered_and_is_told(dtype, nodata, tmp_path):
    values = BLOCK.astype(dtype)
    values[:5] = nodata
    report = case(values, nodata=nodata)(tmp_path / "f")
    assert found(report) == {"coverage_raster_nodata_share"}
    (row,) = report.findings.to_pylist()
    assert row["value"] == "150"
    assert row["message_en"].startswith("12.50 % of the pixels of band 1")
    assert areas(report)[0].equals(areas(case()(tmp_path / "g"))[0])


def test_zero_may_be_the_nodata_value(tmp_path):
    report = case(nodata=0)(tmp_path / "f")
    assert found(report) == {"coverage_raster_nodata_share"}
    assert areas(report)[0].equals(areas(case()(tmp_path / "g"))[0])


# --- bands and tags -------------------------------------------------------------------


def test_tags_of_a_band_come_before_those_of_the_file(tmp_path):
    own = [{"as_of": "2021-02-28", "outdoor": "false"}, {"band_class": "all"}]
    report = case([BLOCK, BLOCK], band_tags=own)(tmp_path / "f")
    assert found(report) == {"coverage_outdoor"}
    names = ["line", "band_class", "as_of", "outdoor"]
    assert [
        tuple(row.values()) for row in report.coverage.select(names).to_pylist()
    ] == [
        (1, "sub6", date(2021, 2, 28), False),
        (2, "all", date(2021, 3, 31), True),
    ]


def test_outdoor_may_be_left_out_and_is_not_taken_for_true(tmp_path):
    tags = {name: text for name, text in TAGS.items() if name != "outdoor"}
    report = case(tags=tags)(tmp_path / "f")
    assert found(report) == {"coverage_outdoor"}
    assert report.coverage["outdoor"].to_pylist() == [None]


@pytest.mark.parametrize(
    ("name", "text", "rule_id"),
    [
        ("as_of", "2021/03/31", "date_format"),
        ("carrier", "kddi", "coverage_carrier_differs"),
        ("band_class", "5G", "band_class_unknown"),
        ("outdoor", "1", "boolean_format"),
    ],
)
def test_a_wrong_tag_rejects_the_areas_of_its_band_alone(name, text, rule_id, tmp_path):
    bands = [TWO_CLASSES[0], TWO_CLASSES[1] | {name: text}]
    report = case([BLOCK, BLOCK], band_tags=bands)(tmp_path / "f")
    assert rule_id in found(report)
    assert report.is_accepted
    assert report.coverage["band_class"].to_pylist() == ["sub6"]


def test_messages_say_where_in_the_raster_an_area_stands(monkeypatch, tmp_path):
    monkeypatch.setattr(coverage_raster, "PIECE_PIXELS", 16)
    tags = [{}, {"band_class": "all", "carrier": "kddi"}]
    report = case([BLOCK, BLOCK], band_tags=tags)(tmp_path / "f")
    found = report.findings.to_pylist()
    places = [
        f"{rows}, columns {columns}"
        for rows in ("1 to 16", "17 to 32")
        for columns in ("1 to 16", "17 to 30")
    ]
    assert [(row["line"], row["message_en"].split(": ")[0]) for row in found] == [
        (line, f"band 2, rows {place}") for line, place in enumerate(places, 5)
    ]
    assert found[1]["message_ja"].startswith(
        "バンド 2、1~16 行、17~30 列: carrier kddi が提出者"
    )


def test_a_raster_is_a_coverage_file_like_the_others(tmp_path):
    report = next(iter(GOOD.values()))(tmp_path / "f")
    assert {"coverage_crs_missing", "coverage_reader_note"} <= set(report.rules_run)
    count = report.table_counts[-1]
    assert (count.table, count.file, count.read_count) == (
        "coverage",
        "coverage.tif",
        1,
    )
