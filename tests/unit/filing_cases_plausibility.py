"""Filings that trip ``rules/plausibility.toml``, and good ones that run its rules."""

import numpy as np

from geodata.datum import tokyo_to_jgd2011
from tests.unit.filing_builder import ADVANCED, MMWAVE, ORDINARY, STATIONS
from tests.unit.filing_places import (
    BY_THE_SEA,
    TOKYO_PLAN,
    filing_of,
    most_likely_prefecture,
    points_in,
    some_coast,
    some_land,
    station_rows,
)


def moved_back(lat, lon):
    """The same places on the Tokyo datum, to a metre."""
    to_lon, to_lat, _ = tokyo_to_jgd2011(lon, lat)
    return 2 * lat - to_lat, 2 * lon - to_lon


def sexagesimal(degrees):
    """Degrees, minutes and seconds behind one point: 35.4052 for 35°40′52″."""
    seconds = np.round(degrees * 3600, 2)
    minutes, seconds = np.divmod(seconds, 60)
    whole, minutes = np.divmod(minutes, 60)
    return whole + minutes / 100 + seconds / 10_000


def like_advanced(count, **changed):
    """Rows on the point of the first good station."""
    return [
        ADVANCED
        | {"station_id": f"P{n}", "site_id": f"T{n}", "shared": "true"}
        | {name: make(n) for name, make in changed.items()}
        for n in range(count)
    ]


COAST = some_coast(400)
ON_COAST = points_in(COAST)
CROWD = station_rows(*points_in(np.array([53394611]), per_cell=100))
FAR_SITE = ORDINARY | {"site_id": "S1"}

TRIPS = {
    "pref_code_format": filing_of([ADVANCED | {"pref_code": "1"}, ORDINARY]),
    "prefecture_differs": filing_of([ADVANCED | {"pref_code": "27"}, ORDINARY]),
    "datum_tokyo_suspected": filing_of(station_rows(*moved_back(*ON_COAST))),
    "datum_twice_suspected": filing_of(station_rows(*ON_COAST), TOKYO_PLAN),
    "coordinate_sexagesimal": filing_of(
        station_rows(*(sexagesimal(degrees) for degrees in points_in(some_land(300))))
    ),
    "coordinate_grid": filing_of(
        station_rows(*(np.round(x, 3) for x in points_in(some_land(20))))
    ),
    "sites_stacked": filing_of(like_advanced(11)),
    "site_spread": filing_of([ADVANCED, FAR_SITE]),
    "density_outlier": filing_of([*CROWD, MMWAVE]),
    "eirp_zero": filing_of([ADVANCED | {"eirp_dbm": "0"}, ORDINARY]),
}
"""Report of a filing that trips the rule, by rule id (a case takes a folder)."""

GOOD = {
    "three stations": filing_of(STATIONS),
    "places by the sea": filing_of(
        station_rows(*zip(*BY_THE_SEA.values(), strict=True))
    ),
    "points all along the coast": filing_of(
        station_rows(*ON_COAST, most_likely_prefecture(COAST))
    ),
    "points all over the country": filing_of(
        station_rows(
            *points_in(some_land(1500)), most_likely_prefecture(some_land(1500))
        )
    ),
}
"""Filings that trip no rule; between them every rule runs."""
