"""Coverage areas on a country of four 500 m cells, small enough to count by hand.

::

    +-----+-----+
    | NW  | NE  |     SW is 533946111, SE ...2, NW ...3, NE ...4; together they are the
    +-----+-----+     1 km cell 53394611 (Tokyo Station stands in it)
    | SW  | SE  |
    +-----+-----+
"""

from datetime import date

import pandas as pd
import shapely

from geodata import mesh

SW, SE, NW, NE = 533946111, 533946112, 533946113, 533946114
MESH3 = 53394611
AREA = {cell: mesh.area_m2(cell, "m4") for cell in (SW, SE, NW, NE)}

FY2020, FY2021, FY2023 = date(2021, 3, 31), date(2022, 3, 31), date(2024, 3, 31)
OPERATING, PLANNED = (FY2020, "operating"), (FY2023, "planned")


def part(cell, west=0.0, east=1.0, south=0.0, north=1.0, level="m4"):
    """Rectangle inside a cell, its sides in fractions of the cell from the west."""
    w, s, e, n = mesh.bounds(cell, level)
    return shapely.box(
        w + west * (e - w), s + south * (n - s), w + east * (e - w), s + north * (n - s)
    )


def whole(*cells):
    """Union of whole cells."""
    return shapely.union_all([part(cell) for cell in cells])


def area(carrier, geometry, as_of=FY2020, band_class="all", outdoor=True):
    """One row of `raw.coverage_area`, without its line."""
    return {
        "carrier": carrier,
        "plan_id": "plan",
        "file": "coverage.parquet",
        "band_class": band_class,
        "as_of": as_of,
        "outdoor": outdoor,
        "area_m2": 1.0,
        "is_repaired": False,
        "geometry": shapely.to_wkb(geometry),
    }


def areas(*rows):
    """`raw.coverage_area` of several rows."""
    lines = [{**row, "line": line} for line, row in enumerate(rows, start=1)]
    return pd.DataFrame(lines)


def forms(*carriers, as_of=FY2020, form="stations"):
    """`core.carrier_filing`: these carriers filed, the others did not."""
    every = ("docomo", "kddi", "softbank", "rakuten")
    days = [as_of if carrier in carriers else None for carrier in every]
    return pd.DataFrame(
        {
            "carrier": every,
            "form": [form if carrier in carriers else "none" for carrier in every],
            "has_cells": [carrier in carriers for carrier in every],
            "has_band_classes": [carrier in carriers for carrier in every],
            "has_sites": [c in carriers and form == "stations" for c in every],
            "as_of": pd.to_datetime(pd.Series(days)),
            "last_planned_on": pd.NaT,
        }
    )


def boundaries(*rows):
    """`raw.municipality_area`: prefecture, municipality (None: unassigned), land."""
    return pd.DataFrame(
        [
            {"pref_code": pref, "city_code": city, "geometry": shapely.to_wkb(land)}
            for pref, city, land in rows
        ]
    )


def station(
    carrier,
    lon,
    lat,
    *,
    band_class="sub6",
    since=FY2020,
    planned=None,
    ends=None,
    outdoor=True,
):
    """A station as its columns of `core.station` and of `raw.station`."""
    return {
        "carrier": carrier,
        "band": "n78",
        "band_class": band_class,
        "lon": lon,
        "lat": lat,
        "is_outdoor": outdoor,
        "operating_from": since,
        "planned_from": planned or since,
        "ends_on": ends,
    }


def stations(*rows):
    """Several stations as the tables that a run has of them."""
    both = pd.DataFrame(rows)
    both["station_id"] = [str(number) for number in range(len(rows))]
    core = both.drop(columns=["lon", "lat"])
    for day in ("operating_from", "planned_from", "ends_on"):
        core[day] = pd.to_datetime(core[day])
    return {
        "core.station": core,
        "raw.station": both[["carrier", "station_id", "band", "lon", "lat"]],
    }


def given(*filed, carriers=("docomo", "kddi"), land=None, sites=()):
    """Tables that the stage is given; without sites stations are filed as counts."""
    form = "stations" if sites else "mesh_counts"
    tables = {"core.carrier_filing": forms(*carriers, form=form)}
    if filed:
        tables["raw.coverage_area"] = areas(*filed)
    if land is not None:
        tables["raw.municipality_area"] = land
    return tables | stations(*sites) if sites else tables


def on_cells(tables, carrier="docomo", column="covered_share", **wanted):
    """Cells and a column of `core.mesh4_coverage` of a carrier's only edition."""
    editions = tables["core.coverage_edition"]
    for name, value in {"band_class": "all", "carrier": carrier, **wanted}.items():
        editions = editions[editions[name] == value]
    (edition,) = set(editions["edition"])
    rows = tables["core.mesh4_coverage"].to_pandas()
    rows = rows[rows["edition"] == edition]
    return dict(zip(rows["mesh4"], rows[column], strict=True))
