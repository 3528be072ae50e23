"""Discs round stations: sizes by hand, who counts, and where land ends."""

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from coverage_country import (
    AREA,
    FY2020,
    FY2021,
    FY2023,
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

from geodata import mesh, reference
from geodata.coverage_area import areas_on_cells
from geodata.coverage_area.discs import disc_polygons
from geodata.errors import TableError
from geodata.mesh.overlay import cell_shares

RADIUS = reference.coverage_radii().set_index("band_class")["radius_m"]
LON, LAT = mesh.center(SW, "m4")


def place(cell=SW, east=0.5, north=0.5):
    """A point inside a cell, on the 1e-5 degree that a site is wide."""
    w, s, e, n = mesh.bounds(cell, "m4")
    return round(w + east * (e - w), 5), round(s + north * (n - s), 5)


def modelled(*sites, states=(OPERATING,), land=None, filed=()):
    return areas_on_cells(given(*filed, sites=sites, land=land), states)


def covered_m2(cells):
    codes = np.array(list(cells))
    return float((mesh.area_m2(codes, "m4") * np.array(list(cells.values()))).sum())


# discs


@pytest.mark.parametrize("lat", [20.4, 35.68, 45.5])
@pytest.mark.parametrize("radius", [200.0, 3000.0])
def test_a_disc_has_the_area_of_its_circle(lat, radius):
    disc = disc_polygons(np.array([139.7]), np.array([lat]), np.array([radius]))
    shares = cell_shares(disc, "m4")
    found = (shares.share * mesh.area_m2(shares.code, "m4")).sum()
    assert found == pytest.approx(np.pi * radius**2, rel=1e-9)


@pytest.mark.parametrize("lat", [20.4, 35.68, 45.5])
def test_the_corners_of_a_disc_lie_on_the_geodesic_circle(lat):
    radius = 3000.0
    disc = disc_polygons(np.array([139.7]), np.array([lat]), np.array([radius]))[0]
    lon, north = shapely.get_coordinates(disc).T
    geod = pyproj.Geod(ellps="GRS80")
    distance = geod.inv(np.full(65, 139.7), np.full(65, lat), lon, north)[2]
    assert len(lon) == 65
    assert np.abs(distance / radius - 1.0008).max() < 1e-3
    assert disc.is_valid
    assert disc.exterior.is_ccw


def test_a_small_disc_inside_a_cell_covers_its_own_area():
    tables = modelled(station("docomo", *place(), band_class="mmwave"))
    share = np.pi * RADIUS["mmwave"] ** 2 / AREA[SW]
    assert on_cells(tables) == {SW: pytest.approx(share, rel=1e-9)}
    sources = set(tables["core.coverage_edition"]["coverage_source"])
    assert sources == {"modelled"}


def test_every_band_class_has_a_radius_that_is_a_decision():
    radii = reference.coverage_radii()
    assert set(radii["band_class"]) == set(reference.band_classes()["band_class"])
    assert set(radii["provenance"]) == {"decision"}
    assert (radii["reason_ja"].str.len() > 0).all()


# who counts


def test_at_one_place_only_the_widest_disc_counts():
    wide = station("docomo", *place(), band_class="reuse_low")
    both = modelled(wide, station("docomo", *place(), band_class="mmwave"))
    assert on_cells(both) == on_cells(modelled(wide))
    combined = modelled(wide, station("kddi", *place(), band_class="mmwave"))
    assert on_cells(combined, "combined") == on_cells(combined)


def test_overlapping_discs_count_once():
    tables = modelled(
        station("docomo", *place(east=0.5), band_class="mmwave"),
        station("docomo", *place(east=0.6), band_class="mmwave"),
    )
    one = np.pi * RADIUS["mmwave"] ** 2
    assert one < covered_m2(on_cells(tables)) < 1.5 * one


def test_indoor_stations_have_no_disc():
    tables = modelled(
        station("docomo", *place(), band_class="mmwave"),
        station("docomo", *place(SE), band_class="mmwave", outdoor=False),
    )
    assert list(on_cells(tables)) == [SW]


def test_a_carrier_with_indoor_stations_alone_covers_nothing():
    tables = modelled(station("docomo", *place(), outdoor=False))
    assert len(tables["core.coverage_edition"]) > 0
    assert len(tables["core.mesh4_coverage"]) == 0


def test_stations_count_from_their_start_by_basis_and_until_they_end():
    sites = [
        station("docomo", *place(), band_class="mmwave", since=FY2020, ends=FY2023),
        station("docomo", *place(SE), band_class="mmwave", since=None, planned=FY2021),
    ]
    states = [
        OPERATING, (FY2021, "operating"), (FY2021, "planned"), PLANNED,
    ]  # fmt: skip
    tables = modelled(*sites, states=states)
    assert list(on_cells(tables, basis="operating")) == [SW]
    day = {"basis": "planned", "as_of": pd.Timestamp(FY2021)}
    assert list(on_cells(tables, **day)) == [SW, SE]
    day = {"basis": "planned", "as_of": pd.Timestamp(FY2023)}
    assert list(on_cells(tables, **day)) == [SE]


def test_a_carrier_with_nothing_on_the_air_has_an_edition_without_cells():
    tables = modelled(station("docomo", *place(), since=FY2023))
    assert len(tables["core.coverage_edition"]) > 0
    assert len(tables["core.mesh4_coverage"]) == 0


def test_filed_areas_are_not_modelled_again_and_join_the_modelled_union():
    tables = modelled(
        station("docomo", *place(SE), band_class="mmwave"),
        station("kddi", *place(SE), band_class="mmwave"),
        filed=[area("docomo", whole(SW))],
    )
    editions = tables["core.coverage_edition"]
    assert editions.groupby("coverage_source")["carrier"].agg(list).to_dict() == {
        "filed": ["docomo", "combined"],
        "modelled": ["kddi", "combined"],
    }
    share = np.pi * RADIUS["mmwave"] ** 2 / AREA[SE]
    filed = on_cells(tables, "combined", coverage_source="filed")
    assert filed == {SW: 1.0}
    union = on_cells(tables, "combined", coverage_source="modelled")
    assert union == {SW: 1.0, SE: pytest.approx(share, rel=1e-9)}


def test_a_band_class_without_a_radius_is_refused_by_name():
    with pytest.raises(TableError, match=r"docomo 0 on n78 \(6g\)"):
        modelled(station("docomo", *place(), band_class="6g"))


def test_a_station_without_its_filed_row_is_refused():
    tables = given(sites=[station("docomo", *place())])
    tables["raw.station"] = tables["raw.station"].iloc[:0]
    with pytest.raises(TableError, match=r"no row in raw\.station"):
        areas_on_cells(tables, [OPERATING])


# land


def test_without_boundaries_a_disc_ends_with_the_listed_cells():
    listed = reference.mesh3_municipalities()["mesh3"].unique()
    inland = set(listed.tolist())
    edge = next(  # a listed cell with an unlisted one east of it
        cell for cell in sorted(inland) if mesh.neighbor(cell, "m3", 0, 1) not in inland
    )
    west, south, east, north = mesh.bounds(edge, "m3")
    site = station("docomo", round(east - 1e-4, 5), round((south + north) / 2, 5),
                   band_class="sub6")  # fmt: skip
    cells = on_cells(modelled(site))
    assert set(mesh.parent(np.array(list(cells)), "m4", "m3")) <= inland
    assert 0.3 < covered_m2(cells) / (np.pi * RADIUS["sub6"] ** 2) < 0.75
    assert west < east


def test_with_boundaries_a_disc_ends_exactly_at_the_coast():
    coast = part(SW, east=0.5)
    site = station("docomo", *place(), band_class="mmwave")
    land = boundaries(*_other_prefectures(), ("13", "13101", coast))
    tables = modelled(site, land=land)
    disc = disc_polygons(*(np.array([v]) for v in (*place(), RADIUS["mmwave"])))[0]
    on_land = shapely.intersection(disc, coast)
    shares = cell_shares(np.array([on_land]), "m4")
    expected = shares.share[shares.code == SW].item()
    assert on_cells(tables)[SW] == pytest.approx(expected, abs=1e-8)
    assert 0.2 < expected / (np.pi * RADIUS["mmwave"] ** 2 / AREA[SW]) < 0.8
    land_share = on_cells(tables, column="covered_land_share")[SW]
    assert land_share == pytest.approx(2 * expected, abs=1e-8)
    rows = tables["core.mesh4_land_coverage"].to_pandas()
    own = rows[rows["edition"].str.startswith("docomo")]
    assert own["covered_area_m2"].sum() / AREA[SW] == pytest.approx(expected, abs=1e-8)


def test_filed_areas_count_on_the_sea_and_discs_beside_them_do_not():
    """West half land. Filed: the east quarter. The disc adds its west half only."""
    site = station("kddi", *place(), band_class="mmwave")
    coast = part(SW, east=0.5)
    land = boundaries(*_other_prefectures(), ("13", "13101", coast))
    filed = area("docomo", part(SW, west=0.75))
    tables = modelled(site, land=land, filed=[filed])
    alone = on_cells(tables, "kddi")[SW]
    combined = on_cells(tables, "combined", coverage_source="modelled")[SW]
    assert combined == pytest.approx(0.25 + alone, abs=1e-9)


def test_discs_do_not_count_where_boundaries_show_no_land():
    site = station("docomo", *place(), band_class="mmwave")
    land = boundaries(*_other_prefectures(), ("13", "13101", whole(SE)))
    tables = modelled(site, land=land)
    assert on_cells(tables).keys() <= {SE}


def _other_prefectures():
    """A crumb of land for each other prefecture, so that no boundary is lacking."""
    far = part(mesh.encode(142.0, 43.0, "m4"), east=0.1)
    return [(f"{n:02d}", f"{n:02d}201", far) for n in range(1, 48) if n != 13]
