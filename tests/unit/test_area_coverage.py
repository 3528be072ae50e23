from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.area import area_coverage
from coverage.labels import states
from geodata.errors import TableError
from geodata.schemas import TABLES, conform, empty
from tests.unit.country import LABELS, SCOPES

DAY, LATER = date(2021, 3, 31), date(2022, 3, 31)
STATES = states([DAY, LATER], DAY)
NATION = ("nation", "JP")
FILED_ON = pd.Timestamp("2020-12-31")
LAND = pd.DataFrame(
    {"pref_code": ["13", "14", "47"], "land_area_m2": [60.0, 30.0, 10.0]}
)


def edition(carrier, name=None, source="filed", parts=None, on=FILED_ON, day=DAY):
    name = name or carrier
    return [
        {
            "as_of": pd.Timestamp(day),
            "basis": basis,
            "carrier": carrier,
            "band_class": "all",
            "coverage_source": source,
            "edition": name,
            "coverage_as_of": on,
            "parts": parts or name,
        }
        for basis in ("operating", "planned")
        if basis == "planned" or day <= DAY
    ]


def both():
    return [
        *edition("docomo"),
        *edition("kddi", on=pd.Timestamp("2020-03-31")),
        *edition("combined", parts="docomo;kddi", on=pd.Timestamp("2020-03-31")),
    ]


def covered(*rows):
    """`core.mesh4_land_coverage` of (edition, prefecture, m2), each in its own cell."""
    return pd.DataFrame(
        [
            (name, 533946001 + at, pref, None, area)
            for at, (name, pref, area) in enumerate(rows)
        ],
        columns=TABLES["core.mesh4_land_coverage"].column_names,
    )


HALF = covered(
    ("docomo", "13", 20.0),
    ("docomo", "13", 10.0),  # a second cell of the prefecture
    ("docomo", "14", 30.0),
    ("kddi", "13", 25.0),
    ("combined", "13", 45.0),
    ("combined", "14", 30.0),
)


def rates(editions, land_coverage=HALF, land=LAND):
    rows = (
        pd.DataFrame(editions) if editions else empty(TABLES["core.coverage_edition"])
    )
    table = area_coverage(rows, land_coverage, land, SCOPES, STATES, LABELS)
    conform(TABLES["out.area_coverage"], table)
    keys = ["as_of", "basis", "carrier", "scope_kind", "scope_code", "coverage_source"]
    return table.set_index(keys).sort_index()


def at(
    table, carrier="docomo", scope=NATION, source="filed", basis="operating", day=DAY
):
    return table.loc[(pd.Timestamp(day), basis, carrier, *scope, source)]


def areas(row):
    return row["covered_area_m2"], row["land_area_m2"]


def test_covered_land_over_the_land_of_the_scope():
    table = rates(both())
    row = at(table)
    assert areas(row) == (60.0, 100.0)
    assert (row["rate"], row["rate_pct_published"]) == (0.6, 60.0)
    assert (row["status"], row["assignment"]) == ("ok", "split")
    assert row["coverage_as_of"] == FILED_ON
    assert row["denominator_source"] == "derived:n03-land"
    assert areas(at(table, scope=("prefecture", "13"))) == (30.0, 60.0)
    assert areas(at(table, scope=("bureau", "kanto"))) == (60.0, 90.0)
    assert at(table, scope=("bureau", "kanto"))["rate_pct_published"] == 66.7


def test_no_row_of_an_edition_is_nothing_covered():
    row = at(rates(both()), scope=("prefecture", "47"))
    assert areas(row) == (0.0, 10.0)
    assert (row["rate"], row["status"]) == (0.0, "ok")


def test_combined_is_the_union_and_as_old_as_its_oldest_part():
    row = at(rates(both()), "combined")
    assert areas(row) == (75.0, 100.0)  # not the sum of 60 and 25
    assert row["coverage_as_of"] == pd.Timestamp("2020-03-31")
    assert row["carriers_included"] == "docomo;kddi"
    assert row["is_complete"]


def test_a_carrier_without_areas_is_null_and_combined_incomplete():
    table = rates([*edition("docomo"), *edition("combined", "docomo")])
    missing, combined = at(table, "kddi"), at(table, "combined")
    assert missing["status"] == "no_coverage"
    assert pd.isna(missing[["covered_area_m2", "rate", "coverage_as_of"]]).all()
    assert missing["land_area_m2"] == 100.0
    assert not missing["is_complete"]
    assert areas(combined) == (60.0, 100.0)
    assert combined["carriers_included"] == "docomo"
    assert not combined["is_complete"]


def test_every_day_has_filed_rows_and_modelled_ones_only_where_they_exist():
    table = rates(both())
    assert len(table) == len(STATES) * 3 * 6  # days, carriers, scopes
    assert at(table, basis="planned", day=LATER)["status"] == "no_coverage"
    assert at(table, "combined", basis="planned", day=LATER)["carriers_included"] == ""


def test_modelled_areas_stand_beside_the_filed_ones():
    table = rates(
        [
            *edition("docomo"),
            *edition("combined", "docomo"),
            *edition("kddi", "kddi-modelled", source="modelled"),
            *edition(
                "combined", "both", source="modelled", parts="docomo;kddi-modelled"
            ),
        ],
        covered(
            ("docomo", "13", 30.0), ("kddi-modelled", "13", 12.0), ("both", "13", 42.0)
        ),
    )
    assert at(table, "kddi")["status"] == "no_coverage"
    assert areas(at(table, "combined")) == (30.0, 100.0)
    assert areas(at(table, "kddi", source="modelled")) == (12.0, 100.0)
    assert areas(at(table, "combined", source="modelled")) == (42.0, 100.0)
    assert (
        at(table, "combined", source="modelled")["carriers_included"] == "docomo;kddi"
    )
    modelled = table.xs("modelled", level="coverage_source").reset_index()
    assert set(modelled["carrier"]) == {"kddi", "combined"}  # docomo filed its own


@pytest.mark.parametrize(
    "land",
    [LAND.head(1), LAND.assign(land_area_m2=[60.0, np.nan, 10.0])],
    ids=["no row", "null"],
)
def test_a_scope_needs_the_boundaries_of_all_its_prefectures(land):
    table = rates(both(), land=land)
    assert areas(at(table, scope=("prefecture", "13"))) == (30.0, 60.0)
    for scope in (NATION, ("bureau", "kanto"), ("prefecture", "14")):
        row = at(table, scope=scope)
        assert row["status"] == "no_boundaries"
        assert pd.isna(row[["covered_area_m2", "land_area_m2", "rate"]]).all()


@pytest.mark.parametrize(
    ("coverage", "land"), [(None, None), (None, LAND), (HALF, None)]
)
def test_without_boundaries_everything_is_null(coverage, land):
    table = rates(both(), coverage, land)
    day = table.xs(pd.Timestamp(DAY), level="as_of")
    assert set(day["status"]) == {"no_boundaries"}
    assert table[["covered_area_m2", "land_area_m2", "rate"]].isna().all(axis=None)


def test_no_land_is_no_denominator():
    table = rates(both(), land=LAND.assign(land_area_m2=[60.0, 30.0, 0.0]))
    row = at(table, scope=("prefecture", "47"))
    assert row["status"] == "no_denominator"
    assert pd.isna(row["rate"])
    assert areas(row) == (0.0, 0.0)


def test_percentages_are_of_the_exact_fraction_of_thousandths():
    # of 100 m2: 12.3496 m2 are 12.350 m2 and just 12.4 %, 12.3494 are 12.349 m2
    one = covered(("docomo", "13", 12.3496))
    assert at(rates(both(), one))["rate_pct_published"] == 12.4
    assert at(rates(both(), one))["covered_area_m2"] == 12.35
    less = covered(("docomo", "13", 12.3494))
    assert at(rates(both(), less))["rate_pct_published"] == 12.3


def test_rounding_never_covers_more_than_there_is():
    whole = covered(("docomo", "13", 60_000_000.002))
    land = LAND.assign(land_area_m2=LAND["land_area_m2"] * 1e6)
    row = at(rates(both(), whole, land), scope=("prefecture", "13"))
    assert (row["rate"], row["covered_area_m2"]) == (1.0, 60_000_000.0)
    with pytest.raises(
        TableError, match=r"prefecture 13 \(docomo\) is covered by 61\.0 m2"
    ):
        rates(both(), covered(("docomo", "13", 61.0)))


@pytest.mark.parametrize(
    "land",
    [
        LAND.assign(land_area_m2=[60.0, -1.0, 10.0]),
        LAND.assign(land_area_m2=[60.0, np.inf, 10.0]),
        LAND.assign(pref_code=["13", "13", "14"]),
    ],
    ids=["negative", "infinite", "twice"],
)
def test_land_that_is_none_is_named(land):
    with pytest.raises(TableError, match="Land by prefecture: 1"):
        rates(both(), land=land)


def test_an_unknown_prefecture_is_named():
    with pytest.raises(TableError, match="pref_code '99'"):
        rates(both(), covered(("docomo", "99", 1.0)))


shares = st.tuples(*[st.floats(0, 1) for _ in range(6)])


@given(shares)
def test_prefectures_add_up_and_the_union_is_at_least_each(parts):
    land = dict(zip(LAND["pref_code"], LAND["land_area_m2"], strict=True))
    rows = []
    for pref, (own, other) in zip(
        land, zip(parts[::2], parts[1::2], strict=True), strict=True
    ):
        rows += [
            ("docomo", pref, own * land[pref]),
            ("kddi", pref, other * land[pref]),
            ("combined", pref, max(own, other) * land[pref]),
        ]
    table = rates(both(), covered(*rows)).reset_index()
    told = table[table["as_of"] == pd.Timestamp(DAY)]
    for value in ("covered_area_m2", "land_area_m2"):
        thousandths = told.assign(part=np.rint(told[value] * 1000).astype("int64"))
        totals = thousandths.pivot_table(
            index=["basis", "carrier"],
            columns="scope_kind",
            values="part",
            aggfunc="sum",
        )
        assert (totals["prefecture"] == totals["nation"]).all()
        assert (totals["bureau"] == totals["nation"]).all()
    assert told["rate"].between(0, 1).all()
    by_carrier = told.pivot_table(
        index=["basis", "scope_kind", "scope_code"], columns="carrier", values="rate"
    )
    assert (by_carrier["combined"] >= by_carrier[["docomo", "kddi"]].max(axis=1)).all()
