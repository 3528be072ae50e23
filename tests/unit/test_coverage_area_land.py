"""Coverage of land by municipality, counted by hand on four cells."""

import numpy as np
import pandas as pd
import pytest
import shapely
from coverage_country import (
    AREA,
    NE,
    OPERATING,
    SE,
    SW,
    area,
    boundaries,
    given,
    on_cells,
    part,
    whole,
)

from geodata import mesh, reference
from geodata.coverage_area import areas_on_cells, land_by_municipality
from geodata.placement.land import FROM_BOUNDARIES, land_by_cell


def by_part(tables, carrier="docomo"):
    """Covered land by cell and municipality, in cells' areas."""
    editions = tables["core.coverage_edition"]
    (edition,) = set(editions.loc[editions["carrier"] == carrier, "edition"])
    rows = tables["core.mesh4_land_coverage"].to_pandas()
    rows = rows[rows["edition"] == edition]
    share = rows["covered_area_m2"] / rows["mesh4"].map(AREA)
    city = rows["city_code"].astype(object).where(rows["city_code"].notna(), None)
    return dict(zip(zip(rows["mesh4"], city, strict=True), share, strict=True))


def close(values):
    return {key: pytest.approx(value, abs=1e-9) for key, value in values.items()}


def test_a_cell_of_two_municipalities_covered_across_their_border():
    """Chiyoda has the south half of the cell, Chuo the north; the west is covered."""
    tables = areas_on_cells(
        given(
            area("docomo", part(SW, east=0.25)),
            land=boundaries(
                ("13", "13101", part(SW, north=0.5)),
                ("13", "13102", part(SW, south=0.5)),
            ),
        ),
        [OPERATING],
    )
    halves = by_part(tables)
    assert halves[SW, "13101"] + halves[SW, "13102"] == pytest.approx(0.25, abs=1e-9)
    assert halves[SW, "13101"] == pytest.approx(0.125, abs=1e-5)
    assert on_cells(tables, column="covered_land_share") == {
        SW: pytest.approx(0.25, abs=1e-9)
    }


def test_of_a_cell_on_the_coast_the_land_alone_counts():
    """The west half is land. The area covers the middle half of the cell."""
    tables = areas_on_cells(
        given(
            area("docomo", part(SW, west=0.25, east=0.75)),
            land=boundaries(("13", "13101", part(SW, east=0.5))),
        ),
        [OPERATING],
    )
    assert on_cells(tables)[SW] == pytest.approx(0.5, abs=1e-10)
    assert on_cells(tables, column="covered_land_share")[SW] == pytest.approx(
        0.5, abs=1e-10
    )
    assert by_part(tables) == close({(SW, "13101"): 0.25})


def test_a_cell_covered_off_the_land_alone_has_no_covered_land():
    tables = areas_on_cells(
        given(
            area("docomo", part(SW, west=0.75)),
            area("docomo", part(SE, west=0.75)),
            land=boundaries(("13", "13101", part(SW, east=0.5))),
        ),
        [OPERATING],
    )
    shares = on_cells(tables, column="covered_land_share")
    assert shares[SW] == 0.0
    assert np.isnan(shares[SE])  # no land there: nothing to be covered
    assert by_part(tables) == {}


def test_whole_cells_and_unassigned_land():
    tables = areas_on_cells(
        given(
            area("docomo", whole(SW, NE)),
            area("docomo", part(SE, east=0.4)),
            land=boundaries(
                ("13", "13101", whole(SW, SE)), ("13", None, part(NE, north=0.5))
            ),
        ),
        [OPERATING],
    )
    north = mesh.bounds(NE, "m4")
    half = land_by_cell(boundaries(("13", None, part(NE, north=0.5))), "m4")
    assert north[3] > north[1]
    assert by_part(tables) == close(
        {
            (SW, "13101"): 1.0,
            (SE, "13101"): 0.4,
            (NE, None): half["land_area_m2"].item() / AREA[NE],
        }
    )
    assert on_cells(tables, column="covered_land_share") == close(
        {SW: 1.0, SE: 0.4, NE: 1.0}
    )


def test_combined_land_is_that_of_the_union():
    tables = areas_on_cells(
        given(
            area("docomo", part(SW, east=0.4)),
            area("kddi", part(SW, west=0.2, east=0.6)),
            land=boundaries(("13", "13101", part(SW, east=0.5))),
        ),
        [OPERATING],
    )
    assert by_part(tables) == close({(SW, "13101"): 0.4})
    assert by_part(tables, "kddi") == close({(SW, "13101"): 0.3})
    assert by_part(tables, "combined") == close({(SW, "13101"): 0.5})
    land = on_cells(tables, "combined", "covered_land_share")
    assert land == {SW: 1.0}


def test_land_beyond_the_boundaries_given_is_unknown_and_not_nought():
    """Of a cell that Tokyo shares with Chiba, which has no boundaries here."""
    border = reference.mesh3_prefecture()
    pairs = reference.mesh3_municipalities()
    tokyo = set(pairs.loc[pairs["city_code"].str[:2] == "13", "mesh3"])
    chiba = set(pairs.loc[pairs["city_code"].str[:2] == "12", "mesh3"])
    shared = min(tokyo & chiba)
    assert border.set_index("mesh3").loc[shared, "is_border_cell"]
    cell = mesh.children(shared, "m3", "m4")[0]
    tables = areas_on_cells(
        given(
            area("docomo", part(cell)),
            area("docomo", whole(SW)),
            land=boundaries(
                ("13", "13101", whole(SW)), ("13", "13123", part(cell, east=0.5))
            ),
        ),
        [OPERATING],
    )
    shares = on_cells(tables, column="covered_land_share")
    assert shares[SW] == 1.0
    assert np.isnan(shares[cell])
    known = tables["core.mesh4_land_coverage"].to_pandas()
    assert set(known["city_code"]) == {"13101", "13123"}


def test_without_boundaries_land_shares_are_null_and_there_is_no_land_table():
    tables = areas_on_cells(given(area("docomo", whole(SW))), [OPERATING])
    assert "core.mesh4_land_coverage" not in tables
    assert np.isnan(on_cells(tables, column="covered_land_share")[SW])


def test_covered_land_and_the_land_left_add_up():
    """Ragged areas over ragged municipalities: a union and its complement."""
    rng = np.random.default_rng(4)
    west, south, _, _ = mesh.bounds(SW, "m4")
    frame = shapely.box(west - 0.02, south - 0.02, west + 0.02, south + 0.02)
    points = shapely.MultiPoint(
        np.column_stack([west + rng.uniform(-0.02, 0.02, 12),
                         south + rng.uniform(-0.02, 0.02, 12)])
    )  # fmt: skip
    cells = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=frame))
    coast = shapely.Point(west, south).buffer(0.017, quad_segs=5)
    pieces = [shapely.intersection(one, coast) for one in cells]
    land = boundaries(
        *(("13", f"131{n:02d}", p) for n, p in enumerate(pieces, 1) if p.area > 0)
    )
    covered = shapely.union_all(
        [shapely.Point(west + x, south + y).buffer(0.005, quad_segs=4)
         for x, y in rng.uniform(-0.015, 0.015, (9, 2))]
    )  # fmt: skip
    tables = areas_on_cells(
        given(
            area("docomo", covered),
            area("kddi", frame.difference(covered)),
            land=land,
        ),
        [OPERATING],
    )
    rows = tables["core.mesh4_land_coverage"].to_pandas()
    both = rows[~rows["edition"].str.startswith("combined")]
    found = both.groupby(["mesh4", "city_code"])["covered_area_m2"].sum()
    wanted = land_by_cell(land, "m4").set_index(["mesh4", "city_code"])["land_area_m2"]
    found = found.reindex(wanted.index).fillna(0)
    area_of = mesh.area_m2(wanted.index.get_level_values(0).to_numpy(), "m4")
    assert len(wanted) > 80
    assert (np.abs(found - wanted) / area_of).max() < 1e-6  # edges cut in degrees
    combined = rows[rows["edition"].str.startswith("combined")]
    assert combined["covered_area_m2"].sum() == pytest.approx(wanted.sum(), rel=1e-9)


def test_the_northern_territories_are_in_no_denominator():
    land = boundaries(("01", "01100", part(SW)), ("01", "01695", part(SE)))
    tables = areas_on_cells(
        given(area("docomo", whole(SW, SE)), land=land), [OPERATING]
    )
    assert by_part(tables) == close({(SW, "01100"): 1.0})
    cells = land_by_cell(land, "m3").assign(crosswalk_source=FROM_BOUNDARIES)
    assert set(land_by_municipality(cells)["city_code"]) == {"01100"}


def test_land_by_municipality_is_the_sum_of_its_cells_and_none_without_boundaries():
    cells = pd.DataFrame(
        {
            "mesh3": [53394611, 53394612, 53394612, 53394613],
            "pref_code": ["13", "13", "13", "12"],
            "city_code": ["13101", "13101", None, "12100"],
            "land_area_m2": [10.0, 5.0, 2.0, np.nan],
            "crosswalk_source": ["n03", "n03", "n03", "shipped"],
        }
    )
    land = land_by_municipality(cells)
    assert land["city_code"].fillna("-").tolist() == ["13101", "-"]
    assert land["land_area_m2"].tolist() == [15.0, 2.0]
    assert land_by_municipality(cells.iloc[3:]) is None
