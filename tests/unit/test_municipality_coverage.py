import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.municipality import MunicipalityTables, municipality_coverage
from coverage.population import population_coverage
from geodata.errors import TableError
from geodata.schemas import TABLES, conform
from tests.unit.covered_country import (
    DAY,
    LABELS,
    NE,
    NW,
    SCOPES,
    SE,
    STATES,
    SW,
    census_told,
    editions,
    people_of,
    population,
    shares,
)

NAMES = pd.DataFrame(
    {"city_code": ["13101", "13102", "22131"], "name_ja": ["一区", "二区", "三区"]}
)
AREAS = {"docomo_filed": {SW: 1.0, NE: 0.5}, "combined_filed": {SW: 1.0, NE: 0.5}}


def rows(in_force, covered, people, *, tables=None, **more):
    tables = {"names": NAMES} | (tables or {})
    table = municipality_coverage(
        people_of(in_force, covered, people, **more),
        MunicipalityTables(**tables),
        LABELS,
    )
    conform(TABLES["out.municipality_coverage"], table)
    return table.set_index(["carrier", "city_code"])


def now(in_force=None, covered=None, people=None, **more):
    """Rows on the day, by carrier and municipality: docomo's areas unless told."""
    table = rows(
        editions("docomo") if in_force is None else in_force,
        shares(**AREAS) if covered is None else covered,
        population() if people is None else people,
        **more,
    )
    return table[table["basis"] == "operating"]


def land(**areas):
    codes = [name.removeprefix("c") for name in areas]
    return pd.DataFrame({"city_code": codes, "land_area_m2": list(areas.values())})


def land_coverage(*parts):
    """`core.mesh4_land_coverage` of (edition, cell, municipality, m2)."""
    names = ["edition", "mesh4", "city_code", "covered_area_m2"]
    return pd.DataFrame(parts, columns=names).astype({"city_code": "str"})


def fibre(**towns):
    """`out.fixed_broadband` of households and those with fibre, by municipality."""
    frame = pd.DataFrame(
        [(code.removeprefix("c"), *pair) for code, pair in towns.items()],
        columns=["scope_code", "household_count", "fibre_household_count"],
    ).astype({"household_count": "Int64", "fibre_household_count": "Int64"})
    everyone = frame["household_count"].where(frame["household_count"] > 0)
    return frame.assign(
        scope_kind="municipality",
        fibre_household_coverage_rate=(
            frame["fibre_household_count"] / everyone
        ).astype("float64"),
    )


def test_residents_of_each_municipality_by_name():
    table = now()
    row = table.loc[("docomo", "13102")]
    assert (row["covered_count"], row["total_count"]) == (30, 330)
    assert row["rate_pct_published"] == 9.1
    assert (row["pref_code"], row["name_ja"], row["status"]) == ("13", "二区", "ok")
    assert table.loc["docomo"].index.tolist() == ["13101", "13102", "22131"]
    assert row["denominator_source"] == "census:2020"
    assert row["is_complete"]
    assert not table.loc[("combined", "13102"), "is_complete"]


def test_only_carriers_and_days_with_areas_have_rows():
    table = now()
    assert set(table.index.get_level_values("carrier")) == {"docomo", "combined"}
    first = rows(editions("docomo", on=STATES[:1]), shares(**AREAS), population())
    assert set(first["as_of"]) == {pd.Timestamp(DAY)}
    assert rows(editions(), shares(), population()).empty


def test_an_unknown_code_has_no_name():
    table = now(people=population((SW, "13", "13999", 5)))
    assert pd.isna(table.loc[("docomo", "13999"), "name_ja"])


def test_residents_placed_by_a_list_alone_are_told():
    people = population(city_split=["list", "only", "area", "list", "unknown"])
    estimated = now(people=people).loc["docomo", "estimated_count"]
    assert estimated.to_dict() == {"13101": 100, "13102": 30, "22131": 0}


def test_a_municipality_without_residents_has_no_rate():
    table = now(tables={"land": land(c13101=9.0, c13103=4.0, c01202=5.0)})
    empty = table.loc[("docomo", "13103")]  # the census has others of its prefecture
    assert (empty["status"], empty["total_count"]) == ("no_denominator", 0)
    assert np.isnan(empty["rate"])
    unknown = table.loc[("docomo", "01202")]  # and nothing of this prefecture
    assert unknown["status"] == "no_population"
    figures = ["covered_count", "total_count", "estimated_count", "rate"]
    assert unknown[figures].isna().all()


def test_residents_that_may_not_be_all_of_a_municipality_are_told():
    parts = {"land": land(c13101=9.0, c22131=4.0, c22132=5.0)}
    table = now(tables=parts, prefectures=census_told(whole=["13"]))
    some = table.loc[("docomo", "22131")]
    assert (some["status"], some["total_count"]) == ("partial_population", 500)
    assert not some["is_complete"]
    nobody = table.loc[("docomo", "22132")]  # the files may just not reach there
    assert nobody["status"] == "no_population"
    assert pd.isna(nobody["total_count"])
    assert table.loc[("docomo", "13101"), "status"] == "ok"
    assert table.loc[("docomo", "13101"), "is_complete"]


LAND = land(c13101=1000.0, c13102=3000.0, c22131=8.0)
LAND_COVERAGE = land_coverage(
    ("docomo-filed", SW, "13101", 250.0),
    ("docomo-filed", NW, "13101", 250.0),
    ("docomo-filed", NE, "13102", 3.0),
    ("docomo-filed", NE, None, 77.0),  # land of no municipality
    ("combined-filed", NE, "13102", 2000.5),
    ("other-filed", NE, "13102", 9.0),
)


def test_area_coverage_stands_beside_the_people():
    table = now(tables={"land": LAND, "land_coverage": LAND_COVERAGE})
    columns = ["covered_area_m2", "land_area_m2", "area_rate", "area_pct_published"]
    assert table.loc[("docomo", "13101"), columns].tolist() == [500, 1000, 0.5, 50]
    assert table.loc[("docomo", "13102"), columns].tolist() == [3, 3000, 0.001, 0.1]
    assert table.loc[("docomo", "22131"), columns].tolist() == [0, 8, 0, 0]
    combined = table.loc[("combined", "13102")]
    assert combined["covered_area_m2"] == 2000.5
    assert combined["area_pct_published"] == 66.7


def test_areas_are_of_the_union_whatever_the_combination():
    tables = {"land": LAND, "land_coverage": LAND_COVERAGE}
    table = now(tables=tables, combination="any")
    assert table.loc[("combined", "13102"), "covered_area_m2"] == 2000.5


def test_without_boundaries_areas_are_null():
    columns = ["covered_area_m2", "land_area_m2", "area_rate", "area_pct_published"]
    assert now()[columns].isna().all(axis=None)
    of_names = land(c13101=None, c13102=3000.0)
    partly = now(tables={"land": of_names, "land_coverage": LAND_COVERAGE})
    assert partly.loc[("docomo", "13101"), columns].isna().all()
    assert partly.loc[("docomo", "13102"), "covered_area_m2"] == 3.0
    uncovered = now(tables={"land": LAND})
    assert uncovered["covered_area_m2"].isna().all()
    assert uncovered.loc[("docomo", "13101"), "land_area_m2"] == 1000


def test_land_without_a_population_still_has_its_area():
    in_force, covered = editions("docomo"), shares(**AREAS)
    tables = {"land": LAND, "land_coverage": LAND_COVERAGE}
    table = rows(in_force, covered, None, tables=tables)
    assert set(table["status"]) == {"no_population"}
    assert table.loc[("docomo", "13101"), "area_rate"].tolist() == [0.5] * 3
    assert rows(in_force, covered, None).empty


def test_more_land_covered_than_there_is_is_an_error_and_rounding_is_not():
    tables = {"land": land(c13102=3.0 - 1e-9), "land_coverage": LAND_COVERAGE}
    in_force = editions("docomo").query("carrier == 'docomo'")
    alone = pd.concat([in_force, in_force.assign(carrier="combined")])
    assert now(alone, tables=tables).loc[("docomo", "13102"), "area_rate"] == 1
    tables["land"] = land(c13102=2.9)
    with pytest.raises(
        TableError, match=r"municipality 13102 \(docomo-filed\) is covered by 3\.0 m2"
    ):
        now(alone, tables=tables)
    tables["land"] = land(c13102=-1.0)
    with pytest.raises(TableError, match=r"13102 has -1\.0 m2"):
        now(alone, tables=tables)


def test_mobile_and_fixed_together_on_rows_of_combined():
    covered = {SW: 1.0, SE: 0.1, NW: 0.4, NE: 1.0}
    people = population(
        (SW, "13", "13101", 50),
        (NW, "13", "13101", 50),  # exactly half of 13101 is covered
        (SW, "13", "13102", 49),
        (NW, "13", "13102", 51),
        (SW, "13", "13103", 9),
        (NW, "13", "13104", 9),
        (SW, "13", "13105", 9),
        (SW, "13", "13106", 9),
    )
    fixed = fibre(
        c13101=(2, 1), c13102=(2, 1), c13103=(1001, 500), c13104=(9, 0), c13105=(0, 0)
    )
    areas = shares(docomo_filed=covered, combined_filed=covered)
    tables = {"fixed_broadband": fixed}
    table = now(covered=areas, people=people, tables=tables)
    known = table.loc["combined", "broadband_view"].dropna().to_dict()
    assert known == {"13101": "both", "13103": "mobile_only"}  # others may cover more
    everyone = editions("docomo", "kddi", "softbank", "rakuten")
    table = now(everyone, areas, people, tables=tables)
    views = table.loc["combined", "broadband_view"].to_dict()
    assert pd.isna(views.pop("13105"))  # no household there
    assert pd.isna(views.pop("13106"))  # not surveyed
    assert views == {
        "13101": "both",
        "13102": "fixed_only",
        "13103": "mobile_only",
        "13104": "neither",
    }
    assert table.loc[("combined", "13101"), "fibre_household_coverage_rate"] == 0.5
    of_docomo = table.loc["docomo"]
    assert of_docomo["broadband_view"].isna().all()
    assert of_docomo["fibre_household_coverage_rate"].isna().all()


def test_without_fixed_data_there_is_no_view():
    table = now()
    assert table["broadband_view"].isna().all()
    assert table["fibre_household_coverage_rate"].isna().all()


def test_a_survey_of_a_whole_city_says_nothing_of_its_wards():
    fixed = fibre(c22131=(10, 10)).assign(scope_kind="designated_city")
    table = now(tables={"fixed_broadband": fixed})
    assert table["broadband_view"].isna().all()


def test_modelled_rows_are_kept_apart():
    covered = shares(
        docomo_filed={SW: 1.0}, kddi_modelled={SE: 1.0}, combined_modelled={SE: 1.0}
    )
    table = now(editions("docomo", modelled=["kddi"]), covered)
    modelled = table[table["coverage_source"] == "modelled"]
    assert set(modelled.index.get_level_values("carrier")) == {"kddi", "combined"}
    assert modelled.loc[("kddi", "22131"), "covered_count"] == 500


@given(
    st.dictionaries(st.sampled_from([SW, SE, NW, NE]), st.sampled_from([0.4, 0.5, 1.0]))
)
def test_municipalities_and_the_unknown_add_up_to_the_nation(area):
    prepared = people_of(
        editions("docomo"),
        shares(docomo_filed=area, combined_filed=area),
        population(),
        on=STATES[:1],
    )
    rates = population_coverage(prepared, SCOPES, LABELS)
    by_scope = rates[rates["carrier"] == "docomo"].set_index("scope_code")
    table = municipality_coverage(prepared, MunicipalityTables(NAMES), LABELS)
    own = table[table["carrier"] == "docomo"]
    unknown = 70  # of the north-eastern cell, in prefecture 22
    covered_unknown = unknown if area.get(NE, 0) >= 0.5 else 0
    for scope, chosen, extra in (
        ("JP", own, True),
        ("13", own[own["pref_code"] == "13"], False),
        ("22", own[own["pref_code"] == "22"], True),
    ):
        row = by_scope.loc[scope]
        total = chosen["total_count"].sum() + extra * unknown
        covered = chosen["covered_count"].sum() + extra * covered_unknown
        assert (covered, total) == (row["covered_count"], row["total_count"])
