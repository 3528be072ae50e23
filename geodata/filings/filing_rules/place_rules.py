"""Rules on where accepted stations stand: declared prefecture and datum."""

import numpy as np

from geodata import mesh
from geodata.datum import tokyo_to_jgd2011
from geodata.filings.filing_rules.accepted import (
    NO_PREFECTURE,
    Booleans,
    Filed,
    Integers,
)
from geodata.filings.filing_rules.registry import filing_rule
from geodata.filings.findings import FindingLog
from geodata.filings.row_rules.land_cells import (
    cells_of,
    distance_km,
    prefecture_names,
    prefecture_sets,
    prefecture_sets_around,
)

_LEAST_MISFIT_CELLS = 5
"""1 km cells with misfits from which they are a pattern and no single mistakes."""

_MOST_LEFT = 0.2
"""Share of the cells with misfits that a shift may leave, or newly make."""


@filing_rule("prefecture_differs")
def _prefecture_differs(filed: Filed, log: FindingLog) -> None:
    """Any prefecture listed in the cell is right; off land, any listed around it.

    A point without land around it is left to ``point_not_on_land``.
    """
    declared = filed.declared_prefecture
    given = np.flatnonzero(declared != NO_PREFECTURE)
    sets = filed.listed_prefectures[given]
    off_land = sets == 0
    sets[off_land] = prefecture_sets_around(filed.mesh3[given[off_land]])
    differs = (sets != 0) & ~_holds(sets, declared[given])
    if not differs.any():
        return
    at, sets = given[differs], sets[differs]
    breach = np.zeros(len(declared), bool)
    breach[at] = True
    filed.note(
        log,
        "prefecture_differs",
        breach,
        "stations",
        "pref_code",
        declared_name=_at(breach, prefecture_names(1 << declared[at])),
        computed=_at(breach, prefecture_names(sets)),
        distance=_at(breach, _distance_km(filed.mesh3[at], declared[at])),
    )


def _at(breach: Booleans, values: np.ndarray) -> np.ndarray:
    """`values` of the rows of `breach` as a column of all rows."""
    column = np.full(len(breach), None, object)
    column[breach] = values
    return column


def _holds(sets: Integers, prefecture: Integers) -> Booleans:
    return sets >> prefecture & 1 == 1


def _distance_km(mesh3: Integers, prefecture: Integers) -> np.ndarray:
    """To the nearest cell of each row's own prefecture."""
    distance = np.full(len(mesh3), np.nan)
    for number in np.unique(prefecture).tolist():
        chosen = prefecture == number
        distance[chosen] = distance_km(mesh3[chosen], cells_of(number))
    return distance


def _misfits(sets: Integers, declared: Integers) -> Booleans:
    """Whether the cell is no land, or lists prefectures but not the declared one."""
    return (sets == 0) | ((declared != NO_PREFECTURE) & ~_holds(sets, declared))


@filing_rule("datum_tokyo_suspected", "datum_twice_suspected")
def _datum_shift(filed: Filed, log: FindingLog) -> None:
    """Misfits that all vanish under one datum shift were not made one by one.

    A station lies on land, and in the prefecture that it declares. Coordinates on
    another datum lie some 450 m off in one direction, so near coasts and borders
    about one in a hundred leaves land or prefecture, and moving every point the other
    way mends nearly all of them. On sound coordinates the same move mends few and
    breaks about as many near the opposite coasts. So the whole filing is moved, and
    at most `_MOST_LEFT` as many cells as before may then hold misfits; cells, since
    many rows at one wrong point are one mistake. What this cannot see: a small part
    of a filing on another datum, and filings that keep clear of coasts and borders.
    """
    misfit = _misfits(filed.listed_prefectures, filed.declared_prefecture)
    if len(np.unique(filed.mesh3[misfit])) < _LEAST_MISFIT_CELLS:
        return
    for rule_id, direction in (
        ("datum_tokyo_suspected", 1),
        ("datum_twice_suspected", -1),
    ):
        if _mends(filed, misfit, direction):
            left = _misfits_moved(filed, misfit, direction)
            log.add(
                rule_id,
                file=filed.table("stations")["file"][0].as_py(),
                column="lat",
                value=int(misfit.sum()),
                count=len(misfit),
                mended=int(misfit.sum() - left.sum()),
            )


def _mends(filed: Filed, misfit: Booleans, direction: int) -> bool:
    """Whether the shift mends the misfits, and then whether it breaks few others."""
    limit = _MOST_LEFT * len(np.unique(filed.mesh3[misfit]))
    left = filed.mesh3[misfit][_misfits_moved(filed, misfit, direction)]
    if len(np.unique(left)) > limit:
        return False
    broken = filed.mesh3[~misfit][_misfits_moved(filed, ~misfit, direction)]
    return len(np.unique(left)) + len(np.unique(broken)) <= limit


def _misfits_moved(filed: Filed, chosen: Booleans, direction: int) -> Booleans:
    """Misfits among chosen rows when moved from Tokyo to JGD2011 (1) or back (-1)."""
    lon, lat = filed.lon[chosen], filed.lat[chosen]
    to_lon, to_lat, _ = tokyo_to_jgd2011(lon, lat)
    lon, lat = lon + direction * (to_lon - lon), lat + direction * (to_lat - lat)
    sets = prefecture_sets(mesh.encode(lon, lat, "m3"))
    return _misfits(sets, filed.declared_prefecture[chosen])
