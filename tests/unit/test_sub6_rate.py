from datetime import date
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.labels import states
from coverage.sub6 import Sub6Tables, sub6_goal, sub6_rate
from geodata import mesh, reference
from geodata.errors import TableError
from geodata.schemas import TABLES, conform, empty
from tests.unit.country import LABELS, SCOPES, forms

DAY, LATER = date(2021, 3, 31), date(2022, 3, 31)
STATES = states([DAY, LATER], DAY)
EARLY = pd.Timestamp("2020-09-01")
NATION = ("nation", "JP", "majority")

# Five high-traffic cells: two of Tokyo, a border cell likely there, one of Kanagawa,
# one of Okinawa.
TOKYO, TOKYO_2, BORDER, KANAGAWA, NAHA = (
    53394600,
    53394601,
    53394602,
    53394603,
    39272554,
)
HIGH_TRAFFIC = pd.DataFrame(
    [
        (TOKYO, "13", True),
        (TOKYO_2, "13", True),
        (BORDER, "14", False),
        (BORDER, "13", True),
        (KANAGAWA, "14", True),
        (NAHA, "47", True),
    ],
    columns=["mesh3", "pref_code", "is_likely"],
)


def stations(*rows):
    """`core.station`: each a dict of what differs from an outdoor sub-6 station."""
    usual = {
        "carrier": "docomo",
        "band_class": "sub6",
        "is_outdoor": True,
        "is_counted": True,
        "mesh3": TOKYO,
        "operating_from": EARLY,
        "ends_on": pd.NaT,
    }
    given = pd.DataFrame(
        [usual | row for row in rows], columns=[*usual, "planned_from"]
    )
    dates = ["operating_from", "planned_from", "ends_on"]
    given = given.astype(dict.fromkeys(dates, "datetime64[ms]"))
    planned = given["planned_from"].fillna(given["operating_from"])
    return given.assign(planned_from=planned)


def edition(carrier, day=DAY, basis="operating", *, name=None, **change):
    return {
        "as_of": pd.Timestamp(day),
        "basis": basis,
        "carrier": carrier,
        "band_class": "sub6",
        "coverage_source": "filed",
        "edition": name or f"{carrier}-sub6",
        "coverage_as_of": pd.Timestamp("2020-03-31"),
        "parts": name or f"{carrier}-sub6",
    } | change


def shares(*rows):
    """`core.mesh4_coverage` of (edition, 1 km cell, share of each of its four)."""
    return pd.DataFrame(
        [
            (name, int(code), float(share), np.nan)
            for name, cell, parts in rows
            for code, share in zip(mesh.children(cell, "m3", "m4"), parts, strict=True)
        ],
        columns=TABLES["core.mesh4_coverage"].column_names,
    )


def rates(placed=(), *, editions=(), covered=(), filed=None, high_traffic=HIGH_TRAFFIC):
    declared = TABLES["core.coverage_edition"]
    tables = Sub6Tables(
        stations(*placed),
        pd.DataFrame(editions) if editions else empty(declared),
        shares(*covered),
        forms("docomo", "kddi") if filed is None else filed,
    )
    table = sub6_rate(
        high_traffic,
        tables,
        SCOPES,
        STATES,
        LABELS,
        denominator_source="derived:hightraffic-v1",
        area_share=Fraction(3, 4),
        target_share=Fraction(80, 100),
    )
    conform(TABLES["out.sub6_rate"], table)
    keys = ["as_of", "basis", "carrier", "scope_kind", "scope_code", "assignment"]
    return table.set_index(keys).sort_index()


def at(table, carrier="docomo", scope=NATION, basis="operating", day=DAY):
    return table.loc[(pd.Timestamp(day), basis, carrier, *scope)]


def counts(row):
    columns = ["numerator_count", "station_cell_count", "area_only_cell_count"]
    return tuple(row[columns])


@pytest.mark.parametrize(
    ("change", "served"),
    [
        ({}, 1),
        ({"is_counted": False}, 1),  # a repeater (陸上移動中継局) counts here
        ({"is_outdoor": False}, 0),
        ({"band_class": "new_mid"}, 0),
        ({"band_class": "mmwave"}, 0),
        ({"mesh3": 53394699}, 0),  # not a cell of high traffic
        ({"operating_from": pd.Timestamp(DAY)}, 1),
        ({"operating_from": pd.Timestamp("2021-04-01")}, 0),
        ({"operating_from": pd.NaT}, 0),
        ({"ends_on": pd.Timestamp("2021-04-01")}, 1),
        ({"ends_on": pd.Timestamp(DAY)}, 0),  # the first day off the air
    ],
)
def test_an_outdoor_sub6_station_on_air_serves_its_cell(change, served):
    row = at(rates([change]))
    assert counts(row) == (served, served, 0)
    assert row["denominator_count"] == 5
    assert row["status"] == "ok"


def test_two_stations_in_a_cell_serve_one_cell():
    row = at(rates([{}, {"is_outdoor": False}, {}, {"mesh3": NAHA}]))
    assert row["numerator_count"] == 2
    assert (row["rate"], row["rate_pct_published"]) == (0.4, 40.0)
    assert row["target_pct"] == 80.0
    assert row["cells_needed_count"] == 2  # 80 % of five cells are four


def test_what_is_planned_counts_from_its_plan_and_never_as_operating():
    planned = {"operating_from": pd.NaT, "planned_from": pd.Timestamp("2021-09-30")}
    table = rates([planned])
    assert at(table)["numerator_count"] == 0
    assert at(table, basis="planned")["numerator_count"] == 0
    assert at(table, basis="planned", day=LATER)["numerator_count"] == 1


@pytest.mark.parametrize(
    ("parts", "is_served"),
    [
        ((0.75, 0.75, 0.75, 0.75), True),  # exactly three quarters counts (以上)
        ((1.0, 1.0, 1.0, 0.0), True),  # by area: a southern cell is a little larger
        ((0.0, 1.0, 1.0, 1.0), False),
        ((0.7499999, 0.75, 0.75, 0.75), False),
        ((1.0, 1.0, 0.999, 0.01), True),
        ((1.0, 1.0, 0.0, 0.0), False),
        ((1.0, 1.0, 1.0, 1.0), True),
    ],
)
def test_three_quarters_of_the_area_serve_a_cell(parts, is_served):
    row = at(
        rates(editions=[edition("docomo")], covered=[("docomo-sub6", TOKYO, parts)])
    )
    assert counts(row) == (is_served, 0, is_served)
    assert row["coverage_as_of"] == pd.Timestamp("2020-03-31")


def test_a_cell_with_both_counts_once_and_as_served_by_station():
    row = at(
        rates(
            [{}],
            editions=[edition("docomo")],
            covered=[
                ("docomo-sub6", TOKYO, (1, 1, 1, 1)),
                ("docomo-sub6", TOKYO_2, (1, 1, 1, 1)),
            ],
        )
    )
    assert counts(row) == (2, 1, 1)


def test_only_filed_sub6_areas_of_the_day_count():
    whole = ("x", TOKYO, (1, 1, 1, 1))
    others = [
        edition("docomo", name="x", band_class="all"),
        edition("docomo", name="x", coverage_source="modelled"),
        edition("docomo", name="x", day=LATER, basis="planned"),
    ]
    table = rates(editions=others, covered=[whole])
    assert at(table)["numerator_count"] == 0
    assert pd.isna(at(table)["coverage_as_of"])
    assert at(table, basis="planned", day=LATER)["numerator_count"] == 1


def test_combined_is_the_union_of_served_cells_not_of_areas():
    half = (0.5, 0.5, 0.5, 0.5)
    row = at(
        rates(
            [{}, {"carrier": "kddi"}, {"carrier": "kddi", "mesh3": NAHA}],
            editions=[
                edition("docomo"),
                edition("kddi", coverage_as_of=pd.Timestamp("2019-12-31")),
            ],
            covered=[
                ("docomo-sub6", BORDER, half),
                ("kddi-sub6", BORDER, half),
                ("kddi-sub6", TOKYO_2, (1, 1, 1, 1)),
                ("docomo-sub6", NAHA, (1, 1, 1, 1)),
            ],
        ),
        "combined",
    )
    assert counts(row) == (3, 2, 1)  # the border cell is half covered by each
    assert row["coverage_as_of"] == pd.Timestamp("2019-12-31")  # the oldest
    assert row["carriers_included"] == "docomo;kddi"
    assert row["denominator_source"] == "derived:hightraffic-v1"
    assert row["is_complete"]


def test_a_border_cell_counts_once_by_majority_and_everywhere_by_touch():
    table = rates([{"mesh3": BORDER}])
    kanagawa = at(table, scope=("prefecture", "14", "majority"))
    assert (kanagawa["numerator_count"], kanagawa["denominator_count"]) == (0, 1)
    touched = at(table, scope=("prefecture", "14", "touch"))
    assert (touched["numerator_count"], touched["denominator_count"]) == (1, 2)
    assert at(table, scope=("bureau", "kanto", "touch"))["denominator_count"] == 4


@pytest.mark.parametrize("form", ["mesh_counts", "prefecture_counts"])
def test_stations_not_known_by_place_are_null_even_with_areas(form):
    filed = forms("kddi").set_index("carrier")
    filed.loc["docomo"] = forms("docomo", form=form).set_index("carrier").loc["docomo"]
    table = rates(
        editions=[edition("docomo")],
        covered=[("docomo-sub6", TOKYO, (1, 1, 1, 1))],
        filed=filed.reset_index(),
    )
    own, combined = at(table), at(table, "combined")
    assert own["status"] == "no_cells"
    numbers = ["rate", "rate_pct_published", "cells_needed_count", "coverage_as_of"]
    assert pd.isna(own[numbers]).all()
    assert pd.isna(own["numerator_count"])
    assert pd.isna(own["station_cell_count"])
    assert pd.isna(own["area_only_cell_count"])
    assert own["denominator_count"] == 5
    assert not own["is_complete"]
    assert (combined["numerator_count"], combined["status"]) == (0, "ok")
    assert combined["carriers_included"] == "kddi"
    assert not combined["is_complete"]


def test_a_missing_filing_is_null_and_not_zero():
    table = rates([{}], filed=forms("docomo"))
    assert at(table, "kddi")["status"] == "no_filing"
    assert pd.isna(at(table, "kddi")["numerator_count"])
    assert at(table, "combined")["numerator_count"] == 1
    nobody = rates(filed=forms())
    assert pd.isna(at(nobody, "combined")["rate"])


def test_a_scope_without_high_traffic_cells_has_no_rate():
    only_tokyo = HIGH_TRAFFIC[HIGH_TRAFFIC["mesh3"] == TOKYO]
    row = at(
        rates([{}], high_traffic=only_tokyo), scope=("prefecture", "47", "majority")
    )
    assert (row["status"], row["denominator_count"]) == ("no_denominator", 0)
    assert pd.isna(row["rate"])


def test_without_any_high_traffic_cell_there_is_no_table():
    tables = Sub6Tables(
        stations(), empty(TABLES["core.coverage_edition"]), shares(), forms("docomo")
    )
    for none in (None, HIGH_TRAFFIC.iloc[:0]):
        assert (
            sub6_rate(
                none,
                tables,
                SCOPES,
                STATES,
                LABELS,
                denominator_source="official",
                area_share=Fraction(3, 4),
                target_share=Fraction(80, 100),
            )
            is None
        )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"is_likely": False}, rf"High-traffic cell {TOKYO} has 0 likely"),
        ({"pref_code": "99"}, rf"High-traffic cell {TOKYO}: prefecture '99' is none"),
    ],
)
def test_a_cell_without_a_prefecture_is_named(change, message):
    first = HIGH_TRAFFIC.head(1).assign(**change)
    with pytest.raises(TableError, match=message):
        rates(high_traffic=pd.concat([first, HIGH_TRAFFIC.tail(-1)]))


@pytest.mark.parametrize("share", [-0.1, 1.1, np.nan])
def test_a_share_that_is_none_is_named(share):
    with pytest.raises(TableError, match=rf"docomo-sub6 covers cell {TOKYO}1 to"):
        rates(
            editions=[edition("docomo")],
            covered=[("docomo-sub6", TOKYO, (share, 0, 0, 0))],
        )


def test_the_rules_numbers_are_those_of_the_specification():
    rule = reference.high_traffic_rule()
    assert (rule.area_share, rule.population_share) == (Fraction(3, 4), Fraction(4, 5))
    assert sub6_goal(reference.targets()) == Fraction(80, 100)


placements = st.lists(
    st.tuples(
        st.sampled_from(["docomo", "kddi"]),
        st.sampled_from(sorted(set(HIGH_TRAFFIC["mesh3"]))),
        st.sampled_from([EARLY, pd.Timestamp("2021-09-01")]),
        st.booleans(),
    ),
    max_size=8,
)
coverings = st.dictionaries(
    st.tuples(
        st.sampled_from(["docomo", "kddi"]),
        st.sampled_from(sorted(set(HIGH_TRAFFIC["mesh3"]))),
    ),
    st.sampled_from([0.0, 0.5, 0.75, 1.0]),
    max_size=6,
)


@given(placements, coverings)
def test_counts_agree_with_a_plain_loop_and_scopes_add_up(placed, covered):
    table = rates(
        [
            {"carrier": name, "mesh3": cell, "operating_from": day, "is_outdoor": out}
            for name, cell, day, out in placed
        ],
        editions=[
            edition(name, day, basis)
            for name in ("docomo", "kddi")
            for day, basis in STATES
        ],
        covered=[
            (f"{name}-sub6", cell, [share] * 4)
            for (name, cell), share in covered.items()
        ],
    )
    for day, basis in STATES:
        union = set()
        for carrier in ("docomo", "kddi"):
            served = {
                cell
                for name, cell, start, is_outdoor in placed
                if name == carrier and is_outdoor and start <= pd.Timestamp(day)
            } | {
                cell
                for (name, cell), share in covered.items()
                if name == carrier and share >= 0.75
            }
            row = at(table, carrier, basis=basis, day=day)
            assert row["numerator_count"] == len(served)
            union |= served
        combined = at(table, "combined", basis=basis, day=day)
        assert combined["numerator_count"] == len(union)
    rows = table.reset_index()
    majority = rows[rows["assignment"] == "majority"]
    for value in ("numerator_count", "denominator_count", "station_cell_count"):
        totals = majority.pivot_table(
            index=["as_of", "basis", "carrier"],
            columns="scope_kind",
            values=value,
            aggfunc="sum",
        )
        assert (totals["prefecture"] == totals["nation"]).all()
        assert (totals["bureau"] == totals["nation"]).all()
