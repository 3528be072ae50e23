from datetime import date
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.fixed_broadband import BroadbandTables, fixed_broadband
from geodata import reference
from geodata.reference.broadband import (
    BroadbandGoal,
    broadband_goal,
    surveyed_municipalities,
)
from geodata.schemas import TABLES, conform

AS_OF = date(2025, 3, 31)
GOAL = BroadbandGoal(Fraction(999, 1000), date(2028, 3, 31), "sourced:41")
PLACES = pd.DataFrame(
    {
        "city_code": ["01101", "01102", "01202", "13101", "47201"],
        "parent_city_code": ["01100", "01100", None, None, None],
        "pref_code": ["01", "01", "01", "13", "47"],
        "bureau_code": ["hokkaido", "hokkaido", "hokkaido", "kanto", "okinawa"],
    }
)


def fibre(*towns):
    """Rows of raw.fibre_town: code, households, households with fibre."""
    frame = pd.DataFrame(
        towns, columns=["city_code", "household_count", "fibre_household_count"]
    ).astype({"city_code": "str"})
    return frame.assign(
        town_key=[f"{code}{n:04d}" for n, code in enumerate(frame["city_code"])],
        surveyed_on=pd.Timestamp("2024-03-31"),
    )


def support(*areas):
    """Rows of raw.support_area: code and kind."""
    frame = pd.DataFrame(areas, columns=["city_code", "kind"])
    return frame.assign(designated_on=pd.Timestamp("2024-08-30"))


def unmatched(*codes):
    return pd.DataFrame({"city_code": pd.Series(codes, dtype="str")})


def broadband(*, rejected=False, places=PLACES, synthetic=False, **tables):
    result = fixed_broadband(
        BroadbandTables(**tables),
        places,
        GOAL,
        AS_OF,
        has_rejected_rows=rejected,
        is_synthetic=synthetic,
    )
    conform(TABLES["out.fixed_broadband"], result)
    return result.set_index(["scope_kind", "scope_code"])


EVERY_TOWN = fibre(
    ("01101", 100, 100),
    ("01101", 60, 58),
    ("01102", 50, 50),
    ("01202", 20, 0),
    ("13101", 3000, 2999),
    ("47201", 0, 0),
)


def test_towns_are_summed_to_municipality_prefecture_bureau_and_nation():
    rows = broadband(fibre_towns=EVERY_TOWN)
    counts = rows[["household_count", "fibre_household_count"]]
    assert counts.loc[("municipality", "01101")].tolist() == [160, 158]
    assert counts.loc[("designated_city", "01100")].tolist() == [210, 208]
    assert counts.loc[("prefecture", "01")].tolist() == [230, 208]
    assert counts.loc[("bureau", "kanto")].tolist() == [3000, 2999]
    assert counts.loc[("nation", "JP")].tolist() == [3230, 3207]
    assert len(rows) == 5 + 1 + 3 + 3 + 1


def test_the_rate_is_unrounded_and_the_percentage_half_up_to_two_decimals():
    rows = broadband(fibre_towns=fibre(("13101", 20000, 19969), ("47201", 3, 2)))
    tokyo = rows.loc[("municipality", "13101")]
    assert tokyo["fibre_household_coverage_rate"] == 19969 / 20000
    assert tokyo["fibre_pct_published"] == 99.85  # 99.845: half up, never to even
    assert rows.loc[("municipality", "47201"), "fibre_pct_published"] == 66.67


@pytest.mark.parametrize(
    ("households", "with_fibre", "needed"),
    [(1000, 999, 0), (1000, 998, 1), (1001, 999, 1), (1001, 1000, 0), (1, 0, 1)],
)
def test_households_needed_reach_the_goal_exactly(households, with_fibre, needed):
    rows = broadband(fibre_towns=fibre(("13101", households, with_fibre)))
    nation = rows.loc[("nation", "JP")]
    assert nation["households_needed_count"] == needed
    assert nation["target_pct"] == 99.9
    assert nation["target_on"] == pd.Timestamp("2028-03-31")


def test_a_scope_without_a_survey_is_null_and_not_zero():
    rows = broadband(fibre_towns=fibre(("13101", 10, 9)))
    naha = rows.loc[("prefecture", "47")]
    assert naha["fibre_status"] == "no_data"
    figures = [
        "household_count",
        "fibre_household_count",
        "fibre_household_coverage_rate",
        "fibre_pct_published",
        "households_needed_count",
        "surveyed_on",
    ]
    assert naha[figures].isna().all()
    assert rows.loc[("nation", "JP"), "surveyed_on"] == pd.Timestamp("2024-03-31")


def test_a_scope_without_households_has_no_rate():
    rows = broadband(fibre_towns=EVERY_TOWN)
    naha = rows.loc[("municipality", "47201")]
    assert naha["household_count"] == 0
    assert naha["fibre_status"] == "no_households"
    assert np.isnan(naha["fibre_household_coverage_rate"])
    assert np.isnan(naha["fibre_pct_published"])


def test_without_any_source_every_scope_is_there_and_null():
    rows = broadband()
    assert set(rows["fibre_status"]) == {"no_data"}
    assert set(rows["support_status"]) == {"no_data"}
    counts = [name for name in rows if name.endswith("_count")]
    assert rows[counts].isna().all(axis=None)
    assert rows["designated_on"].isna().all()
    assert not rows["is_complete"].any()


def test_an_empty_survey_and_list_are_no_data_either():
    rows = broadband(
        fibre_towns=fibre(), support_areas=support().astype({"city_code": "str"})
    )
    assert set(rows["fibre_status"]) == set(rows["support_status"]) == {"no_data"}


def test_a_number_is_complete_where_every_municipality_was_surveyed():
    complete = broadband(fibre_towns=EVERY_TOWN)["is_complete"]
    assert complete.all()
    partly = broadband(fibre_towns=EVERY_TOWN[EVERY_TOWN["city_code"] != "01102"])
    assert partly[~partly["is_complete"]].index.tolist() == [
        ("bureau", "hokkaido"),
        ("designated_city", "01100"),
        ("municipality", "01102"),
        ("nation", "JP"),
        ("prefecture", "01"),
    ]
    assert not broadband(fibre_towns=EVERY_TOWN, rejected=True)["is_complete"].any()


def test_a_survey_by_designated_city_stands_for_its_wards():
    towns = fibre(("01100", 210, 208), ("01202", 20, 0))
    rows = broadband(fibre_towns=towns)
    assert rows.loc[("designated_city", "01100"), "household_count"] == 210
    assert rows.loc[("prefecture", "01"), "household_count"] == 230
    assert ("municipality", "01100") not in rows.index
    assert rows.loc[("municipality", "01101"), "fibre_status"] == "no_data"
    assert rows.loc[("prefecture", "01"), "is_complete"]


def test_a_municipality_that_is_not_on_the_list_counts_in_its_prefecture():
    rows = broadband(fibre_towns=fibre(("13198", 7, 7)))
    assert rows.loc[("municipality", "13198"), "household_count"] == 7
    assert rows.loc[("bureau", "kanto"), "household_count"] == 7
    assert not rows.loc[("prefecture", "13"), "is_complete"]


def test_areas_are_counted_by_kind_and_none_on_the_list_is_zero():
    rows = broadband(
        support_areas=support(
            ("01101", "general"), ("01101", "special"), ("01202", "special")
        )
    )
    areas = rows[["support_area_general_count", "support_area_special_count"]]
    assert areas.loc[("nation", "JP")].tolist() == [1, 2]
    assert areas.loc[("prefecture", "01")].tolist() == [1, 2]
    assert areas.loc[("prefecture", "13")].tolist() == [0, 0]
    assert set(rows["support_status"]) == {"ok"}
    assert set(rows["designated_on"]) == {pd.Timestamp("2024-08-30")}


def test_a_kind_that_the_list_does_not_name_is_unknown():
    rows = broadband(support_areas=support(("01101", "general")))
    assert set(rows["support_status"]) == {"partial"}
    assert rows["support_area_special_count"].isna().all()
    assert rows.loc[("nation", "JP"), "support_area_general_count"] == 1


@pytest.mark.parametrize(
    ("on", "total"), [("2024-08-30", 29_288), ("2024-12-06", 30_650)]
)
def test_the_published_numbers_of_areas_add_up_as_published(on, total):
    values = reference.published_values()
    values = values[values["as_of"] == pd.Timestamp(on)].set_index("metric")["value"]
    published = {
        kind: int(values[f"support_areas_{kind}"]) for kind in ("general", "special")
    }
    codes = surveyed_municipalities()["city_code"].to_numpy()
    areas = [
        (codes[n % len(codes)], kind)
        for kind, count in published.items()
        for n in range(count)
    ]
    rows = broadband(places=surveyed_municipalities(), support_areas=support(*areas))
    names = [f"support_area_{kind}_count" for kind in published]
    nation = rows.loc[("nation", "JP"), names]
    assert nation.tolist() == list(published.values())
    assert nation.sum() == total
    for kind in ("bureau", "prefecture", "municipality"):
        assert rows.loc[kind, names].sum().tolist() == nation.tolist()


def test_unmatched_towns_are_counted_and_unknown_without_a_master():
    rows = broadband(
        fibre_towns=EVERY_TOWN, unmatched_towns=unmatched("01101", "01101")
    )
    assert rows.loc[("nation", "JP"), "unmatched_count"] == 2
    assert rows.loc[("bureau", "okinawa"), "unmatched_count"] == 0
    assert broadband(fibre_towns=EVERY_TOWN)["unmatched_count"].isna().all()


def test_unmatched_towns_stay_in_the_sums():
    with_report = broadband(fibre_towns=EVERY_TOWN, unmatched_towns=unmatched("13101"))
    without = broadband(fibre_towns=EVERY_TOWN)
    pd.testing.assert_series_equal(
        with_report["household_count"], without["household_count"]
    )


def test_labels_are_carried_and_the_input_is_not_changed():
    before = EVERY_TOWN.copy(deep=True)
    rows = broadband(fibre_towns=EVERY_TOWN, synthetic=True)
    assert rows["is_synthetic"].all()
    assert set(rows["as_of"]) == {pd.Timestamp(AS_OF)}
    pd.testing.assert_frame_equal(EVERY_TOWN, before)


def test_the_goal_is_99_9_percent_by_the_end_of_fy2027():
    assert broadband_goal() == GOAL


def test_every_municipality_of_2020_is_surveyed_but_the_northern_territories():
    places = surveyed_municipalities()
    assert len(places) == 1896  # 1,741 municipalities: 20 of them by 175 wards
    assert places["parent_city_code"].nunique() == 20
    assert len(places) - places["parent_city_code"].notna().sum() + 20 == 1741
    assert places["bureau_code"].nunique() == 11
    assert not places["city_code"].isin(["01695", "01700"]).any()


@given(seed=st.integers(0, 1000))
def test_scopes_add_up_whatever_the_order_of_towns(seed):
    rng = np.random.default_rng(seed)
    codes = rng.choice(PLACES["city_code"], 20)
    households = rng.integers(0, 50, 20)
    with_fibre = rng.integers(0, households + 1)
    towns = fibre(*zip(codes, households, with_fibre, strict=True))
    rows = broadband(fibre_towns=towns)
    shuffled = broadband(fibre_towns=towns.sample(frac=1, random_state=seed))
    pd.testing.assert_frame_equal(rows, shuffled)
    names = ["household_count", "fibre_household_count"]
    total = [int(households.sum()), int(with_fibre.sum())]
    for kind in ("nation", "bureau", "prefecture", "municipality"):
        assert rows.loc[kind, names].sum().tolist() == total
    mean = (rows["fibre_household_coverage_rate"] * rows["household_count"]).loc[
        "municipality"
    ]
    assert mean.sum() == pytest.approx(total[1])
