from datetime import date
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.base_deployment import base_deployment_rate
from coverage.labels import states
from coverage.mesh2_status import mesh2_status
from tests.unit.country import CELLS, LABELS, SCOPES, TOUCHING, event, events, forms

DAY = date(2021, 3, 31)
LATER = date(2022, 3, 31)
STATES = states([DAY, LATER], DAY)


def rates(changes, filed=("docomo", "kddi"), form="stations", cells=CELLS):
    told = forms(*filed, form=form)
    status = mesh2_status(changes, cells, STATES, told, LABELS)
    table = base_deployment_rate(
        status, TOUCHING, SCOPES, told, LABELS, Fraction(98, 100)
    )
    keys = ["as_of", "basis", "carrier", "scope_kind", "scope_code", "assignment"]
    return table.set_index(keys).sort_index()


def at(table, carrier, scope=("nation", "JP", "majority"), basis="operating", day=DAY):
    return table.loc[(pd.Timestamp(day), basis, carrier, *scope)]


TWO_CELLS = events(
    event("docomo", 533945, date(2020, 9, 1)),
    event("docomo", 392725, date(2020, 9, 1)),  # no target: does not count
    event("kddi", 533945, DAY),  # starts on the day itself: counts
    event("kddi", 533946, date(2021, 4, 1)),  # a day too late
)


def test_rate_is_served_target_cells_over_target_cells():
    row = at(rates(TWO_CELLS), "docomo")
    assert (row["numerator_count"], row["denominator_count"]) == (1, 3)
    assert row["rate"] == 1 / 3
    assert row["rate_pct_published"] == 33.3
    assert row["cells_needed_count"] == 2
    assert row["status"] == "ok"


def test_combined_is_the_union_of_cells_not_the_sum():
    row = at(rates(TWO_CELLS), "combined")
    assert row["numerator_count"] == 1
    assert row["carriers_included"] == "docomo;kddi"


def test_operating_counts_starts_up_to_the_day_itself():
    assert at(rates(TWO_CELLS), "kddi")["numerator_count"] == 1
    later = at(rates(TWO_CELLS), "kddi", basis="planned", day=LATER)
    assert later["numerator_count"] == 2


def test_operating_rows_stop_at_the_as_of_date():
    table = rates(TWO_CELLS).reset_index()
    assert set(table.loc[table["basis"] == "operating", "as_of"]) == {pd.Timestamp(DAY)}


def test_a_scope_without_target_cells_has_no_rate():
    row = at(rates(TWO_CELLS), "docomo", ("prefecture", "47", "majority"))
    assert row["status"] == "no_denominator"
    assert row["denominator_count"] == 0
    assert pd.isna(row["rate"])
    assert pd.isna(row["rate_pct_published"])
    assert pd.isna(row["cells_needed_count"])


def test_a_missing_filing_is_null_and_combined_incomplete():
    table = rates(TWO_CELLS, filed=("docomo",))
    missing, combined = at(table, "kddi"), at(table, "combined")
    assert missing["status"] == "no_filing"
    assert pd.isna(missing["numerator_count"])
    assert pd.isna(missing["rate"])
    assert combined["status"] == "ok"
    assert combined["numerator_count"] == 1
    assert not combined["is_complete"]
    assert combined["carriers_included"] == "docomo"


def test_prefecture_totals_alone_tell_no_cells():
    table = rates(TWO_CELLS, form="prefecture_counts")
    assert at(table, "docomo")["status"] == "no_cells"
    assert pd.isna(at(table, "docomo")["rate"])


def test_touch_counts_a_border_cell_in_each_prefecture():
    changes = events(event("docomo", 533946, DAY))
    table = rates(changes)
    majority = at(table, "docomo", ("prefecture", "14", "majority"))
    touch = at(table, "docomo", ("prefecture", "14", "touch"))
    assert (majority["numerator_count"], majority["denominator_count"]) == (0, 1)
    assert (touch["numerator_count"], touch["denominator_count"]) == (1, 2)


def test_a_station_that_ended_serves_until_the_day_before():
    changes = events(
        event("docomo", 533945, date(2020, 9, 1)),
        event("docomo", 533945, DAY, stations=-1, advanced=-1),
    )
    assert at(rates(changes), "docomo")["numerator_count"] == 0


changes_of_cells = st.lists(
    st.tuples(
        st.sampled_from(["docomo", "kddi"]),
        st.sampled_from(CELLS["mesh2"].tolist()),
        st.dates(date(2020, 1, 1), date(2022, 12, 31)),
    ),
    min_size=1,
    max_size=12,
)


@given(changes_of_cells)
def test_prefectures_and_bureaus_add_up_to_the_nation(changes):
    table = rates(events(*(event(*change) for change in changes))).reset_index()
    majority = table[table["assignment"] == "majority"]
    key = ["as_of", "basis", "carrier", "scope_kind"]
    for value in ("numerator_count", "denominator_count"):
        totals = majority.pivot_table(
            index=key[:3], columns="scope_kind", values=value, aggfunc="sum"
        )
        assert (totals["prefecture"] == totals["nation"]).all()
        assert (totals["bureau"] == totals["nation"]).all()


@given(changes_of_cells, st.randoms())
def test_the_order_of_rows_does_not_matter(changes, random):
    rows = events(*(event(*change) for change in changes))
    order = list(range(len(rows)))
    random.shuffle(order)
    pd.testing.assert_frame_equal(rates(rows), rates(rows.iloc[order]))


@given(changes_of_cells, changes_of_cells)
def test_adding_a_station_never_lowers_a_rate(changes, more):
    before = rates(events(*(event(*change) for change in changes)))
    after = rates(events(*(event(*change) for change in [*changes, *more])))
    gained = (after["numerator_count"] - before["numerator_count"]).dropna()
    assert (gained >= 0).all()


@given(changes_of_cells)
def test_counts_agree_with_a_plain_loop(changes):
    table = rates(events(*(event(*change) for change in changes)))
    for day, basis in STATES:
        for carrier in ("docomo", "kddi"):
            cells = {
                mesh2
                for name, mesh2, start in changes
                if name == carrier and start <= day
            } & set(CELLS.loc[CELLS["is_target"], "mesh2"])
            row = at(table, carrier, basis=basis, day=day)
            assert row["numerator_count"] == len(cells)


def test_no_target_at_all_is_null_everywhere():
    cells = CELLS.assign(is_target=np.zeros(4, bool))
    table = rates(TWO_CELLS, cells=cells)
    assert (table["status"] == "no_denominator").all()
    assert table["rate"].isna().all()


@pytest.mark.parametrize("carrier", ["docomo", "kddi", "combined"])
def test_status_is_null_where_the_filing_is_missing(carrier):
    status = mesh2_status(TWO_CELLS, CELLS, STATES, forms("docomo"), LABELS)
    own = status[status["carrier"] == carrier]
    assert own["is_served"].isna().all() == (carrier == "kddi")
    assert own["is_complete"].all() == (carrier == "docomo")


def test_first_day_is_the_earliest_up_to_the_date():
    status = mesh2_status(TWO_CELLS, CELLS, STATES, forms("docomo", "kddi"), LABELS)
    row = status[
        (status["carrier"] == "combined")
        & (status["basis"] == "operating")
        & (status["mesh2"] == 533945)
    ].iloc[0]
    assert row["first_advanced_on"] == pd.Timestamp("2020-09-01")
    assert row["advanced_station_count"] == 2
