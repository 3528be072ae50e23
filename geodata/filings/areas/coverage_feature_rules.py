"""Rules on single coverage areas: attributes, geometry, place, repair (domain 4.5)."""

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geodata.calendar import fiscal_year_end
from geodata.filings.findings import mask_of
from geodata.filings.row_rules.station_rules import FISCAL_YEARS
from geodata.filings.tables.rows import Hit, Rows, row_rule

if TYPE_CHECKING:
    from geodata.filings.areas.coverage_repair import Repairs

JAPAN_LAND_M2 = 3.78e11
"""Land of Japan, some 378 thousand km2."""


@row_rule("coverage_carrier_differs", "coverage")
def _carrier_differs(rows: Rows) -> Hit:
    own = rows.plan.carrier
    is_other = rows.is_given("carrier") & ~rows.is_value("carrier", own)
    return Hit(is_other, "carrier", {"own": own})


@row_rule("coverage_outdoor", "coverage", phase=2)
def _outdoor(rows: Rows) -> np.ndarray:
    return ~rows.is_true("outdoor") & ~rows.is_rejected


@row_rule("coverage_geometry_empty", "coverage")
def _geometry_empty(rows: Rows) -> np.ndarray:
    return rows.notes["areas"].is_empty


@row_rule("coverage_geometry_type", "coverage")
def _geometry_type(rows: Rows) -> np.ndarray:
    return rows.is_given("geometry") & ~rows.notes["areas"].is_polygonal


@row_rule("coverage_ring_open", "coverage")
def _ring_open(rows: Rows) -> np.ndarray:
    return rows.notes["areas"].is_unbuilt


@row_rule("coverage_coordinate_not_finite", "coverage")
def _coordinate_not_finite(rows: Rows) -> np.ndarray:
    return ~rows.notes["areas"].is_finite


@row_rule("coverage_lat_lon_swapped", "coverage")
def _lat_lon_swapped(rows: Rows) -> Hit:
    return Hit(rows.notes["areas"].is_swapped, "geometry", _extent(rows))


@row_rule("coverage_antimeridian", "coverage")
def _antimeridian(rows: Rows) -> Hit:
    areas = rows.notes["areas"]
    return Hit(areas.is_off_globe & areas.is_finite, "geometry", _extent(rows))


@row_rule("coverage_off_grid", "coverage")
def _off_grid(rows: Rows) -> Hit:
    return Hit(rows.notes["areas"].is_off_grid, "geometry", _extent(rows))


@row_rule("coverage_as_of_range", "coverage")
def _as_of_range(rows: Rows) -> np.ndarray:
    day = rows.typed["as_of"]
    first, last = date(FISCAL_YEARS[0], 4, 1), fiscal_year_end(FISCAL_YEARS[1])
    is_early = pc.less(day, pa.scalar(first))
    return mask_of(pc.or_(is_early, pc.greater(day, pa.scalar(last))))


@row_rule("coverage_geometry_invalid", "coverage")
def _geometry_invalid(rows: Rows) -> Hit:
    """A repair is at hand, and there is no consent to it."""
    repairs = rows.notes["repairs"]
    is_open = repairs.is_offered & (not rows.notes["accept_repairs"])
    return _repair_hit(rows, is_open)


@row_rule("coverage_geometry_beyond_repair", "coverage")
def _geometry_beyond_repair(rows: Rows) -> Hit:
    """There is no repair, or one that changes too much: consent does not help."""
    return _repair_hit(rows, ~rows.notes["repairs"].is_offered)


@row_rule("coverage_geometry_repaired", "coverage", phase=2)
def _geometry_repaired(rows: Rows) -> Hit:
    repairs = rows.notes["repairs"]
    return _repair_hit(rows, repairs.is_offered & ~rows.is_rejected[repairs.at])


@row_rule("coverage_outside_japan", "coverage", phase=2)
def _outside_japan(rows: Rows) -> Hit:
    areas = rows.notes["areas"]
    is_outside = areas.is_placed & ~areas.is_in_japan & ~rows.is_rejected
    return Hit(is_outside, "geometry", _extent(rows))


@row_rule("coverage_area_range", "coverage", phase=2)
def _area_range(rows: Rows) -> Hit:
    area, least = rows.notes["area_m2"], rows.notes["area_least_m2"]
    is_odd = ((area > JAPAN_LAND_M2) | (area < least)) & ~rows.is_rejected
    told = np.full(len(rows), None, object)
    told[is_odd] = [_said(value) for value in area[is_odd]]
    extra = {"area": pa.array(told, pa.string()), "least_m2": f"{least:g}"}
    return Hit(is_odd, "geometry", extra)


def _said(area_m2: float) -> str:
    """An area in km2, a small one in m2."""
    return f"{area_m2 / 1e6:,.0f} km2" if area_m2 >= 1e6 else f"{area_m2:,.3g} m2"


def _extent(rows: Rows) -> dict[str, object]:
    names = ("west", "south", "east", "north")
    sides = zip(names, rows.notes["areas"].bounds.T, strict=True)
    return {name: rounded(values, 4) for name, values in sides}


def _repair_hit(rows: Rows, is_meant: np.ndarray) -> Hit:
    """The invalid areas that `is_meant` picks out, with what their repair does."""
    repairs: Repairs = rows.notes["repairs"]
    reason = np.full(len(rows), None, object)
    reason[repairs.at] = repairs.reason
    extra = {
        "reason": pa.array(reason, pa.string()),
        "lon": rounded(_spread(rows, repairs.lon), 6),
        "lat": rounded(_spread(rows, repairs.lat), 6),
        "before": rounded(_spread(rows, repairs.area_before_m2), 0),
        "after": rounded(_spread(rows, repairs.area_after_m2), 0),
        "percent": rounded(_spread(rows, 100 * repairs.share), 4),
        "limit": rows.notes["repair_limit_pct"],
    }
    breach = np.zeros(len(rows), bool)
    breach[repairs.at[is_meant]] = True
    return Hit(breach, "geometry", extra)


def _spread(rows: Rows, values: np.ndarray) -> np.ndarray:
    """What is known of the invalid areas, for each row; NaN for the others."""
    spread = np.full(len(rows), np.nan)
    spread[rows.notes["repairs"].at] = values
    return spread


def rounded(values: np.ndarray, decimals: int) -> pa.Array:
    """Numbers for a message; null where there is none."""
    is_none = ~np.isfinite(values)
    rounded = np.round(np.where(is_none, 0, values), decimals) + 0.0  # no minus 0
    return pa.array(rounded if decimals else rounded.astype("int64"), mask=is_none)
