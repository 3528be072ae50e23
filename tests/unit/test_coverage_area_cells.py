"""Coverage areas on 500 m cells, counted by hand and held against shapely."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely
from coverage_country import (
    FY2021,
    FY2023,
    NE,
    NW,
    OPERATING,
    PLANNED,
    SE,
    SW,
    area,
    boundaries,
    given,
    on_cells,
    part,
    station,
    whole,
)

from geodata import mesh
from geodata.coverage_area import areas_on_cells, layers
from geodata.coverage_area.plane import from_plane, to_plane
from geodata.errors import CoordinateError
from geodata.schemas import TABLES, conform


def test_a_country_of_four_cells():
    tables = areas_on_cells(
        given(
            area("docomo", whole(SW)),
            area("docomo", part(SE, east=0.25)),
            area("kddi", part(SE, west=0.5)),
            area("kddi", part(NW, west=0.25, east=0.75)),
        ),
        [OPERATING],
    )
    assert on_cells(tables) == {SW: 1.0, SE: pytest.approx(0.25, abs=1e-11)}
    assert on_cells(tables, "kddi") == {SE: pytest.approx(0.5, abs=1e-11),
                                        NW: pytest.approx(0.5, abs=1e-11)}  # fmt: skip
    assert on_cells(tables, "combined") == {
        SW: 1.0,
        SE: pytest.approx(0.75, abs=1e-11),
        NW: pytest.approx(0.5, abs=1e-11),
    }


def test_combined_is_the_union_and_not_the_sum():
    tables = areas_on_cells(
        given(area("docomo", part(SW, east=0.5)), area("kddi", part(SW, west=0.25))),
        [OPERATING],
    )
    assert on_cells(tables, "combined") == {SW: 1.0}


def test_areas_of_one_carrier_may_overlap():
    tables = areas_on_cells(
        given(
            area("docomo", part(SW, east=0.5), band_class="sub6"),
            area("docomo", part(SW, east=0.75), band_class="reuse_low"),
            area("docomo", part(SW, east=0.75), band_class="reuse_mid"),
        ),
        [OPERATING],
    )
    assert on_cells(tables)[SW] == pytest.approx(0.75, abs=1e-11)
    sub6 = on_cells(tables, band_class="sub6")
    assert sub6[SW] == pytest.approx(0.5, abs=1e-11)


def test_each_day_has_the_areas_of_its_edition():
    filed = given(area("docomo", whole(SW)), area("docomo", whole(SE), FY2023))
    tables = areas_on_cells(filed, [OPERATING, (FY2021, "planned"), PLANNED])
    assert on_cells(tables, basis="operating") == {SW: 1.0}
    assert on_cells(tables, as_of=pd.Timestamp(FY2021)) == {SW: 1.0}
    assert on_cells(tables, as_of=pd.Timestamp(FY2023)) == {SE: 1.0}


def test_indoor_areas_never_count():
    filed = given(area("docomo", whole(SW)), area("docomo", whole(SE), outdoor=False))
    assert on_cells(areas_on_cells(filed, [OPERATING])) == {SW: 1.0}


def test_half_of_a_cell_reaches_one_half_to_the_last_digit_that_counts():
    tables = areas_on_cells(given(area("docomo", part(SW, east=0.5))), [OPERATING])
    assert on_cells(tables)[SW] == pytest.approx(0.5, abs=1e-10)


def test_an_edge_that_only_touches_a_cell_gives_it_no_row():
    tables = areas_on_cells(given(area("docomo", whole(SW))), [OPERATING])
    assert on_cells(tables) == {SW: 1.0}


def test_a_polygon_over_the_edge_of_a_primary_mesh():
    corner = mesh.encode(140.0, 36.0, "m4")  # south-west cell of 5440
    west, south = mesh.neighbor(corner, "m4", 0, -1), mesh.neighbor(corner, "m4", -1, 0)
    tables = areas_on_cells(
        given(
            area(
                "docomo",
                shapely.union_all([part(west, west=0.5), part(corner), part(south)]),
            )
        ),
        [OPERATING],
    )
    assert on_cells(tables) == {
        west: pytest.approx(0.5, abs=1e-11),
        corner: 1.0,
        south: 1.0,
    }


def test_what_lies_outside_japan_is_dropped_and_breaks_nothing():
    strip = shapely.box(60.0, *mesh.bounds(SW, "m4")[1:2], 179.0,
                        mesh.bounds(SW, "m4")[3])  # fmt: skip
    south = shapely.box(139.0, -10.0, 139.001, 5.0)
    tables = areas_on_cells(given(area("docomo", strip), area("docomo", south)),
                            [OPERATING])  # fmt: skip
    cells = on_cells(tables)
    assert cells[SW] == cells[SE] == 1.0
    assert NW not in cells
    assert NE not in cells
    assert mesh.is_japanese(list(cells), "m4").all()
    assert set(cells.values()) == {1.0}


def test_a_slanting_edge_that_leaves_the_grid_stays_where_it_was():
    """Cut in the plane in which edges are straight, not in degrees."""
    west, _south, _east, north = mesh.bounds(SW, "m4")
    far = shapely.Polygon([(70.0, 10.0), (west, 10.0), (west + 0.002, north)])
    near = given(area("docomo", far))
    share = on_cells(areas_on_cells(near, [OPERATING]))[SW]
    flat = shapely.transform(far, to_plane, interleaved=False)
    cell = shapely.transform(part(SW), to_plane, interleaved=False)
    expected = flat.intersection(cell).area / cell.area
    assert 0.01 < expected < 0.99
    assert share == pytest.approx(expected, abs=1e-9)


def _blobs(seed=3, count=60):
    """Ragged polygons round the four cells; many overlap."""
    rng = np.random.default_rng(seed)
    west, south, _, _ = mesh.bounds(SW, "m4")
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    found = []
    for x, y, r in zip(
        west + rng.uniform(-0.02, 0.03, count),
        south + rng.uniform(-0.02, 0.03, count),
        rng.uniform(0.001, 0.006, count),
        strict=True,
    ):
        radius = r * (1 + 0.3 * rng.uniform(-1, 1, 24))
        ring = np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])
        found.append(shapely.Polygon(ring))
    return found


def test_shares_are_those_of_a_plain_union_by_shapely():
    blobs = _blobs()
    tables = areas_on_cells(
        given(*(area("docomo", blob) for blob in blobs)), [OPERATING]
    )
    cells = on_cells(tables)
    union = shapely.transform(
        shapely.union_all(
            [shapely.transform(blob, to_plane, interleaved=False) for blob in blobs]
        ),
        lambda x: x,
    )
    assert len(cells) > 100
    for code, share in cells.items():
        cell = shapely.transform(part(code), to_plane, interleaved=False)
        expected = union.intersection(cell).area / cell.area
        assert share == pytest.approx(expected, abs=1e-9)


def test_cut_by_part_equals_whole():
    """An area handed in in two parts, cut at a meridian off the grid lines."""
    blob = shapely.union_all(_blobs(seed=5, count=8))
    blob = max(shapely.get_parts(blob), key=lambda one: one.area)
    x = blob.centroid.x
    plane = shapely.transform(blob, to_plane, interleaved=False)
    west, south, east, north = plane.bounds
    halves = [
        shapely.transform(plane.intersection(box), from_plane, interleaved=False)
        for box in (
            shapely.box(west, south, x, north),
            shapely.box(x, south, east, north),
        )
    ]
    whole_one = on_cells(areas_on_cells(given(area("docomo", blob)), [OPERATING]))
    in_parts = on_cells(
        areas_on_cells(given(*(area("docomo", one) for one in halves)), [OPERATING])
    )
    assert in_parts.keys() == whole_one.keys()
    assert max(abs(in_parts[c] - whole_one[c]) for c in whole_one) < 1e-9


def test_equal_input_gives_equal_tables_whatever_the_order_or_the_threads():
    rows = [
        area(("docomo", "kddi")[i % 2], blob, band_class=("all", "sub6")[i % 3 == 0])
        for i, blob in enumerate(_blobs())
    ]
    land = boundaries(("13", "13101", shapely.union_all(_blobs(seed=9))))
    tables = given(*rows, land=land)
    first = areas_on_cells(tables, [OPERATING, PLANNED], workers=1)
    mixed = tables | {
        "raw.coverage_area": tables["raw.coverage_area"].iloc[::-1],
        "core.carrier_filing": tables["core.carrier_filing"].iloc[::-1],
    }
    second = areas_on_cells(mixed, [PLANNED, OPERATING], workers=2)
    assert first.keys() == second.keys()
    for name in first:
        declared = TABLES[name]
        assert conform(declared, first[name]).equals(conform(declared, second[name]))


def test_tables_stand_in_stored_order_and_as_declared():
    rows = [area(("docomo", "kddi")[i % 2], blob) for i, blob in enumerate(_blobs())]
    land = boundaries(
        ("13", "13101", whole(SW, SE)),
        ("13", None, whole(NW)),
        ("12", "12100", whole(NE)),
    )
    tables = areas_on_cells(given(*rows, land=land), [OPERATING])
    for name in ("core.mesh4_coverage", "core.mesh4_land_coverage"):
        stored = conform(TABLES[name], tables[name])
        assert stored.equals(tables[name])
        assert isinstance(tables[name], pa.Table)


def test_without_areas_the_tables_are_there_without_rows():
    tables = areas_on_cells(given(), [OPERATING])
    assert {name: len(table) for name, table in tables.items()} == {
        "core.coverage_edition": 0,
        "core.mesh4_coverage": 0,
    }
    for name, table in tables.items():
        conform(TABLES[name], table)


def test_modelling_can_be_switched_off():
    site = station("docomo", 139.767125, 35.681236)
    tables = given(carriers=("docomo",), sites=[site])
    assert len(areas_on_cells(tables, [OPERATING])["core.coverage_edition"]) == 2
    without = areas_on_cells(tables, [OPERATING], model_from_stations=False)
    assert len(without["core.coverage_edition"]) == 0


def test_equal_content_under_two_names_has_equal_cells():
    tables = areas_on_cells(
        given(area("docomo", part(SW, east=0.3), band_class="sub6")), [OPERATING]
    )
    assert (
        on_cells(tables)
        == on_cells(tables, band_class="sub6")
        == on_cells(tables, "combined")
    )


def test_the_tables_do_not_depend_on_how_much_is_done_at_a_time(monkeypatch):
    rows = [area(("docomo", "kddi")[i % 2], blob) for i, blob in enumerate(_blobs())]
    tables = given(*rows, land=boundaries(("13", "13101", whole(SW, SE, NE))))
    together = areas_on_cells(tables, [OPERATING])
    monkeypatch.setattr(layers, "_BYTES_AT_ONCE", 1)
    apart = areas_on_cells(tables, [OPERATING])
    for name, table in together.items():
        assert conform(TABLES[name], table).equals(conform(TABLES[name], apart[name]))


def test_rings_that_cross_are_named_by_filing_file_and_feature():
    """The check of filings refuses them; nothing else may let them pass unnamed."""
    west, south, east, north = part(SW).bounds
    bow = shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])
    filed = given(area("kddi", part(NE)), area("kddi", bow))
    message = r"kddi, plan plan, coverage.parquet, feature 2: Polygon 0 .*valid"
    with pytest.raises(CoordinateError, match=message):
        areas_on_cells(filed, [OPERATING])
