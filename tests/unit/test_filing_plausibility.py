"""Rules on unlikely places, datums and notations."""

import numpy as np
import pyarrow as pa
import pytest

from geodata import mesh
from geodata.filings.row_rules.land_cells import (
    cells_of,
    coast_cells,
    distance_km,
    is_land,
    prefecture_names,
    prefecture_sets,
)
from tests.unit.filing_builder import (
    ADVANCED,
    PLAN,
    check,
    found,
    write_filing,
)
from tests.unit.filing_cases import parquet_bytes
from tests.unit.filing_cases_plausibility import (
    moved_back,
    sexagesimal,
)
from tests.unit.filing_places import (
    BY_THE_SEA,
    COLUMNS,
    TOKYO_PLAN,
    filing_of,
    hits,
    most_likely_prefecture,
    points_in,
    some_coast,
    some_land,
    station_rows,
)

TOKYO_STATION = 53394611
"""Its 1 km cell lies in 13 alone."""

TAMA_RIVER = 53392326
"""A 1 km cell on the border of 13 and 14."""

METRE = 1 / 111_320
"""Degrees of latitude."""


@pytest.mark.parametrize("code", ["13", "14"])
def test_in_a_border_cell_every_listed_prefecture_is_right(code, tmp_path):
    rows = station_rows(*points_in(np.array([TAMA_RIVER])), [code])
    report = filing_of(rows)(tmp_path / "f")
    assert prefecture_names(prefecture_sets(np.array([TAMA_RIVER])))[0] == (
        "13 東京都・14 神奈川県"
    )
    assert found(report) == set()


def test_a_wrong_prefecture_is_told_with_the_right_ones_and_the_distance(tmp_path):
    rows = station_rows(*points_in(np.array([TAMA_RIVER, TOKYO_STATION])), ["11", "14"])
    report = filing_of(rows)(tmp_path / "f")
    first, second = hits(report, "prefecture_differs")
    assert "13 東京都・14 神奈川県" in first["message_en"]
    assert "11 埼玉県" in first["message_ja"]
    assert (first["line"], first["value"], first["mesh2"]) == (2, "11", 533923)
    to_kanagawa = distance_km(np.array([TOKYO_STATION]), cells_of(14))[0]
    assert f"約 {to_kanagawa} km" in second["message_ja"]
    assert report.stations["pref_code"].to_pylist() == ["11", "14"]


def test_just_off_land_the_prefectures_around_are_right(tmp_path):
    coast = coast_cells()
    coast = coast[prefecture_sets(coast) == 1 << 47]
    off = mesh.neighbor(coast, "m3", -1, 0)
    off = off[~is_land(off)][:1]
    for code, expected in (("47", set()), ("46", {"prefecture_differs"})):
        rows = station_rows(*points_in(off), [code])
        assert found(filing_of(rows)(tmp_path / code)) == expected


def test_far_at_sea_only_the_sea_is_told_with_the_distance(tmp_path):
    row = ADVANCED | {"lat": "34.900000", "lon": "140.500000", "pref_code": "12"}
    report = filing_of([row])(tmp_path / "f")
    assert found(report) == {"point_not_on_land"}
    lon, lat = mesh.center(coast_cells(), "m3")
    east = (lon - 140.5) * np.cos(np.radians(34.9))
    nearest = np.hypot(east, lat - 34.9).min() / METRE / 1000
    text = hits(report, "point_not_on_land")[0]["message_en"]
    told = float(text.partition("about ")[2].partition(" km")[0])
    assert told == pytest.approx(nearest, abs=0.7)


NATION = some_land(2500)
NATION_POINTS = points_in(NATION)
DECLARED = most_likely_prefecture(NATION)


def test_sound_points_all_over_the_country_trip_nothing(tmp_path):
    rows = station_rows(*NATION_POINTS, DECLARED)
    assert found(filing_of(rows)(tmp_path / "f")) == set()


def datum_rules(report):
    return found(report) & {"datum_tokyo_suspected", "datum_twice_suspected"}


@pytest.mark.parametrize("declared", [None, DECLARED])
def test_a_shift_of_the_whole_filing_is_told_with_its_direction(declared, tmp_path):
    on_tokyo = station_rows(*moved_back(*NATION_POINTS), declared)
    report = filing_of(on_tokyo)(tmp_path / "tokyo")
    assert datum_rules(report) == {"datum_tokyo_suspected"}
    [finding] = hits(report, "datum_tokyo_suspected")
    assert (finding["line"], finding["file"]) == (None, "stations.csv")

    twice = station_rows(*NATION_POINTS, declared)
    report = filing_of(twice, TOKYO_PLAN)(tmp_path / "twice")
    assert datum_rules(report) == {"datum_twice_suspected"}
    report = filing_of(on_tokyo, TOKYO_PLAN)(tmp_path / "right")
    assert datum_rules(report) == set()


def test_a_constant_shift_as_around_tokyo_is_told_too(tmp_path):
    kanto = some_land(800, within=["08", "11", "12", "13", "14"])
    lat, lon = points_in(kanto)
    codes = most_likely_prefecture(kanto)
    rows = station_rows(lat - 0.00324, lon + 0.00323, codes)
    report = filing_of(rows)(tmp_path / "f")
    assert datum_rules(report) == {"datum_tokyo_suspected"}


def test_rows_in_another_order_say_the_same(tmp_path):
    rows = station_rows(*moved_back(*NATION_POINTS), DECLARED)
    one = filing_of(rows)(tmp_path / "one")
    two = filing_of(rows[::-1])(tmp_path / "two")
    told = [hits(r, "datum_tokyo_suspected")[0]["message_en"] for r in (one, two)]
    assert told[0] == told[1]


def test_real_places_by_the_sea_are_no_datum_pattern_until_they_are_moved(tmp_path):
    lat, lon, codes = (np.array(x) for x in zip(*BY_THE_SEA.values(), strict=True))
    report = filing_of(station_rows(lat, lon, codes))(tmp_path / "right")
    assert found(report) == set()
    off = moved_back(lat, lon)
    report = filing_of(station_rows(*off, codes))(tmp_path / "off")
    misfit = ~is_land(mesh.encode(off[1], off[0], "m3"))
    assert (datum_rules(report) == {"datum_tokyo_suspected"}) == (misfit.sum() >= 5)


def test_single_mistakes_are_no_datum_pattern(tmp_path):
    lat, lon = (x.copy() for x in points_in(some_coast(400)))
    rng = np.random.default_rng(5)
    wrong = rng.choice(400, 40, replace=False)
    angle = rng.uniform(0, 2 * np.pi, 40)
    lat[wrong] += 2000 * METRE * np.sin(angle)
    lon[wrong] += 2000 * METRE * np.cos(angle)
    misfit = ~is_land(mesh.encode(lon, lat, "m3"))
    assert misfit.sum() >= 5
    report = filing_of(station_rows(lat, lon))(tmp_path / "f")
    assert datum_rules(report) == set()


def test_wrong_prefecture_codes_are_no_datum_pattern(tmp_path):
    codes = DECLARED.copy()
    codes[:300] = "13"
    report = filing_of(station_rows(*NATION_POINTS, codes))(tmp_path / "f")
    assert datum_rules(report) == set()
    assert len(hits(report, "prefecture_differs")) > 200


def test_many_rows_at_one_wrong_point_are_one_mistake(tmp_path):
    """South-east of the coast, where the shift to JGD2011 would mend them."""
    coast = some_coast(400)
    lat, lon = moved_back(*points_in(coast))
    off = np.flatnonzero(~is_land(mesh.encode(lon, lat, "m3")))[:4]
    on = points_in(some_land(30))
    rows = station_rows(
        np.concatenate([on[0], np.repeat(lat[off], 5)]),
        np.concatenate([on[1], np.repeat(lon[off], 5)]),
        shared="true",
    )
    assert datum_rules(filing_of(rows)(tmp_path / "four")) == set()
    five = np.flatnonzero(~is_land(mesh.encode(lon, lat, "m3")))[:5]
    rows = station_rows(
        np.concatenate([on[0], lat[five]]), np.concatenate([on[1], lon[five]])
    )
    five_found = datum_rules(filing_of(rows)(tmp_path / "five"))
    assert five_found == {"datum_tokyo_suspected"}


def minutes_only(degrees):
    """Degrees and decimal minutes behind one point: 35.40867 for 35°40.867′."""
    whole = np.floor(degrees)
    return whole + (degrees - whole) * 0.6


@pytest.mark.parametrize("form", [sexagesimal, minutes_only])
@pytest.mark.parametrize("plan", [PLAN, TOKYO_PLAN])
def test_minutes_written_as_decimals_are_seen(form, plan, tmp_path):
    rows = station_rows(*(form(degrees) for degrees in NATION_POINTS))
    report = filing_of(rows, plan)(tmp_path / "f")
    assert "coordinate_sexagesimal" in found(report)


def test_seconds_written_as_decimals_are_seen_in_one_town(tmp_path):
    sapporo = np.array([64414277, 64414278, 64414287, 64414288, 64414297])
    lat, lon = points_in(sapporo, per_cell=30)
    report = filing_of(station_rows(lat, lon))(tmp_path / "decimal")
    assert (lat % 1 < 0.6).all()
    assert (lon % 1 < 0.6).all()
    assert found(report) == set()
    few = points_in(sapporo, per_cell=5)
    written = station_rows(*(sexagesimal(x) for x in few))
    assert "coordinate_sexagesimal" not in found(filing_of(written)(tmp_path / "few"))
    lat, lon = points_in(mesh.children(64414200 // 100, "m2", "m3"))
    written = station_rows(*(sexagesimal(x) for x in (lat, lon)))
    assert "coordinate_sexagesimal" in found(filing_of(written)(tmp_path / "many"))


def center_of(level):
    return lambda lat, lon: mesh.center(mesh.encode(lon, lat, level), level)[::-1]


GRIDS = {
    "0.001": lambda lat, lon: (np.round(lat, 3), np.round(lon, 3)),
    "0.01": lambda lat, lon: (np.round(lat, 2), np.round(lon, 2)),
    "minutes": lambda lat, lon: (np.round(lat * 60) / 60, np.round(lon * 60) / 60),
    "m2": center_of("m2"),
    "m3": center_of("m3"),
    "m4": center_of("m4"),
    "m5": center_of("m5"),
}


@pytest.mark.parametrize("decimals", [5, 6, 8])
@pytest.mark.parametrize("name", GRIDS)
def test_points_on_a_coarse_grid_are_seen(name, decimals, tmp_path):
    lat, lon = (x.copy() for x in points_in(some_land(200)))
    lat[:6], lon[:6] = GRIDS[name](lat[:6], lon[:6])
    report = filing_of(station_rows(lat, lon, decimals=decimals))(tmp_path / "f")
    lines = [finding["line"] for finding in hits(report, "coordinate_grid")]
    assert sorted(set(lines)) == [2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(("count", "of"), [(4, 20), (5, 300)])
def test_a_few_points_on_a_grid_are_chance(count, of, tmp_path):
    lat, lon = (x.copy() for x in points_in(some_land(of)))
    lat[:count], lon[:count] = GRIDS["0.001"](lat[:count], lon[:count])
    report = filing_of(station_rows(lat, lon))(tmp_path / "f")
    assert "coordinate_grid" not in found(report)


def test_few_decimals_are_told_once(tmp_path):
    lat, lon = points_in(some_land(20))
    report = filing_of(station_rows(lat, lon, decimals=3))(tmp_path / "f")
    assert found(report) == {"coordinate_decimals"}


def test_parquet_keeps_no_zeros_so_the_grid_is_what_is_told(tmp_path):
    rows = station_rows(*points_in(some_land(20)), decimals=3)
    columns = {name: [row.get(name) or None for row in rows] for name in COLUMNS}
    columns |= {name: [float(x) for x in columns[name]] for name in ("lat", "lon")}
    table = parquet_bytes(pa.table(columns))
    filing = write_filing(tmp_path, stations_csv=None, stations_parquet=table)
    assert found(check(filing)) == {"coordinate_grid"}
