"""A country small enough to count by hand: four cells, two prefectures, two carriers.

::

    cell      533945   533946   533947   392725
    pref      13       13       14       47
    bureau    kanto    kanto    kanto    okinawa
    target    yes      yes      yes      no
"""

from datetime import date

import pandas as pd

from coverage.labels import RunLabels

CELLS = pd.DataFrame(
    {
        "mesh2": [392725, 533945, 533946, 533947],
        "pref_code": ["47", "13", "13", "14"],
        "bureau_code": ["okinawa", "kanto", "kanto", "kanto"],
        "is_target": [False, True, True, True],
        "population_count": pd.array([10, 20, 30, 40], dtype="Int64"),
        "disadvantaged_kinds": ["", "", "kaso:full", ""],
        "is_disadvantaged": pd.array([None, None, True, None], dtype="boolean"),
    }
)
SCOPES = pd.DataFrame(
    {"pref_code": ["13", "14", "47"], "bureau_code": ["kanto", "kanto", "okinawa"]}
)
TOUCHING = pd.DataFrame(
    {
        "mesh2": [392725, 533945, 533946, 533946, 533947],
        "pref_code": ["47", "13", "13", "14", "14"],
        "bureau_code": ["okinawa", "kanto", "kanto", "kanto", "kanto"],
    }
)
LABELS = RunLabels(("docomo", "kddi"), "official", is_synthetic=False)
_PREF = dict(zip(CELLS["mesh2"], CELLS["pref_code"], strict=True))


def forms(*filed: str, form: str = "stations") -> pd.DataFrame:
    """`core.carrier_filing`: the carriers of `filed` filed, the others did not."""
    carriers = LABELS.carriers
    is_filed = [carrier in filed for carrier in carriers]
    has_cells = [there and form != "prefecture_counts" for there in is_filed]
    return pd.DataFrame(
        {
            "carrier": carriers,
            "form": [form if there else "none" for there in is_filed],
            "has_cells": has_cells,
            "has_band_classes": has_cells,
            "has_sites": [there and form == "stations" for there in is_filed],
        }
    )


def event(
    carrier: str,
    mesh2: int,
    day: date,
    *,
    basis: str = "operating",
    stations: int = 1,
    advanced: int = 1,
    band_class: str = "sub6",
    is_border_cell: bool = False,
) -> list[dict[str, object]]:
    """Change of counts in one cell, in its class and in `all`; operating is planned."""
    bases = ["operating", "planned"] if basis == "operating" else [basis]
    return [
        {
            "carrier": carrier,
            "basis": one,
            "unit": unit,
            "band_class": name,
            "mesh2": mesh2,
            "pref_code": _PREF.get(mesh2, "13"),
            "is_border_cell": is_border_cell,
            "effective_on": pd.Timestamp(day),
            "station_delta": stations,
            "advanced_delta": advanced,
        }
        for one in bases
        for unit in ("station_band", "site")
        for name in (band_class, "all")
    ]


def events(*changes: list[dict[str, object]]) -> pd.DataFrame:
    """`core.station_event` of several changes."""
    return pd.DataFrame([row for change in changes for row in change])
