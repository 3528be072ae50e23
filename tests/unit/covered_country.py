"""A country of 2 x 2 cells of 500 m, small enough to count by hand.

::

    north   NW  pref 13, 300 people    NE  pref 13: 30, pref 22: 70 (border)
    south   SW  pref 13, 100 people    SE  pref 22, 500 people

1,000 people: 430 in prefecture 13 (bureau kanto), 570 in 22 (bureau tokai).
"""

from datetime import date

import pandas as pd

from coverage.covered_population import CoverageTables, covered_population
from coverage.labels import COMBINED, RunLabels, states
from coverage.options import CoverageOptions
from geodata.schemas import TABLES, conform, to_frame

SW, SE, NW, NE = 533946111, 533946112, 533946113, 533946114
MESH3 = 53394611
DAY, LATER = date(2021, 3, 31), date(2024, 3, 31)
STATES = states([DAY, LATER], DAY)
SCOPES = pd.DataFrame({"pref_code": ["13", "22"], "bureau_code": ["kanto", "tokai"]})
LABELS = RunLabels(
    ("docomo", "kddi", "softbank", "rakuten"), "official", is_synthetic=False
)
PARTS = (
    (SW, "13", "13101", 100),
    (SE, "22", "22131", 500),
    (NW, "13", "13102", 300),
    (NE, "13", "13102", 30),
    (NE, "22", None, 70),
)


def as_read(name, frame):
    """`frame` as a workspace gives the table back."""
    return to_frame(conform(TABLES[name], frame))


def population(*parts, year=2020, level="m4", **columns):
    """`core.mesh_population` of (cell, prefecture, municipality or None, people)."""
    frame = pd.DataFrame(
        parts or PARTS, columns=["mesh", "pref_code", "city_code", "population_count"]
    )
    given = {
        "census_year": year,
        "level": level,
        "household_count": None,
        "age65_count": None,
        "split": "file",
        "city_split": "only",
        "pop_status": "counted",
        "treatment": 0,
        "disclosure_group": None,
    } | columns
    return as_read("core.mesh_population", frame.assign(**given))


def census_told(whole=("13", "22"), gap=(), year=2020):
    """How far a census tells the residents of both prefectures."""
    codes = SCOPES["pref_code"]
    return pd.DataFrame(
        {
            "census_year": pd.array([year] * len(codes), "Int64"),
            "pref_code": codes,
            "is_whole": codes.isin(whole),
            "has_gap": codes.isin(gap),
        }
    )


def shares(**areas):
    """`core.mesh4_coverage` of covered shares by cell, or (share, share of land)."""
    rows = [
        (
            edition.replace("_", "-"),
            cell,
            *(share if isinstance(share, tuple) else (share, None)),
        )
        for edition, area in areas.items()
        for cell, share in area.items()
    ]
    names = ["edition", "mesh4", "covered_share", "covered_land_share"]
    return as_read("core.mesh4_coverage", pd.DataFrame(rows, columns=names))


def edition(carrier, parts=None, *, state, source="filed", day=DAY):
    """A row of `core.coverage_edition`; the edition is carrier-source."""
    name = f"{carrier}-{source}"
    return {
        "as_of": state[0],
        "basis": state[1],
        "carrier": carrier,
        "band_class": "all",
        "coverage_source": source,
        "edition": name,
        "coverage_as_of": day,
        "parts": name if parts is None else ";".join(parts),
    }


def editions(*filed, modelled=(), on=STATES):
    """`core.coverage_edition`: carriers of filed and of modelled areas, the same days.

    Combined stands beside them, under modelled with the filed areas too.
    """
    rows = []
    filed_parts = [f"{carrier}-filed" for carrier in filed]
    all_parts = [*filed_parts, *(f"{carrier}-modelled" for carrier in modelled)]
    for state in on:
        rows += [edition(carrier, state=state) for carrier in filed]
        if filed:
            rows.append(edition(COMBINED, filed_parts, state=state))
        for carrier in modelled:
            rows.append(edition(carrier, state=state, source="modelled"))
        if modelled:
            rows.append(edition(COMBINED, all_parts, state=state, source="modelled"))
    columns = [column.name for column in TABLES["core.coverage_edition"].columns]
    return as_read(
        "core.coverage_edition", pd.DataFrame(rows, columns=columns, dtype="object")
    )


def people_of(in_force, covered, people=None, *, year=2020, on=STATES, **more):
    """The step before every metric. Options and further tables by name."""
    names = ("area_basis", "combination", "census_year")
    options = CoverageOptions(
        **{name: more.pop(name) for name in names if name in more}
    )
    tables = CoverageTables(in_force, covered, people, **more)
    return covered_population(tables, on, options, lambda _: year)
