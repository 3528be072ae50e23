from datetime import date
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.exact import reaches
from coverage.labels import RunLabels
from coverage.options import CoverageOptions
from coverage.population import population_coverage
from geodata.errors import TableError
from geodata.schemas import TABLES, conform
from tests.unit.covered_country import (
    DAY,
    LABELS,
    LATER,
    NE,
    NW,
    PARTS,
    SCOPES,
    SE,
    STATES,
    SW,
    census_told,
    edition,
    editions,
    people_of,
    population,
    shares,
)

NATION = ("nation", "JP")
KEY = [
    "as_of",
    "basis",
    "carrier",
    "scope_kind",
    "scope_code",
    "measure",
    "coverage_source",
]


def rates(in_force, covered, people=None, labels=LABELS, **more):
    people = people_of(in_force, covered, people, **more)
    table = population_coverage(people, SCOPES, labels)
    conform(TABLES["out.population_coverage"], table)
    return table.set_index(KEY).sort_index()


def at(table, carrier, scope=NATION, *, measure="population", source="filed", day=DAY):
    basis = "operating" if day == DAY else "planned"
    return table.loc[(pd.Timestamp(day), basis, carrier, *scope, measure, source)]


def counts(table, carrier, scope=NATION, **which):
    row = at(table, carrier, scope, **which)
    return row["covered_count"], row["total_count"]


ONE = shares(docomo_filed={SW: 1.0, NE: 0.5}, combined_filed={SW: 1.0, NE: 0.5})


def test_people_of_covered_cells_over_all_people():
    row = at(rates(editions("docomo"), ONE, population()), "docomo")
    assert (row["covered_count"], row["total_count"]) == (200, 1000)
    assert row["rate"] == 0.2
    assert row["rate_pct_published"] == 20.0
    assert row["status"] == "ok"
    assert row["coverage_as_of"] == pd.Timestamp(DAY)
    assert (row["census_year"], row["population_level"]) == (2020, "m4")
    assert row["denominator_source"] == "census:2020"
    assert (row["assignment"], row["area_basis"]) == ("split", "cell")
    assert (row["combination"], row["carriers_included"]) == ("union", "docomo")


def test_a_border_cell_counts_in_each_prefecture_with_its_part():
    table = rates(editions("docomo"), ONE, population())
    assert counts(table, "docomo", ("prefecture", "13")) == (130, 430)
    assert counts(table, "docomo", ("prefecture", "22")) == (70, 570)
    assert counts(table, "docomo", ("bureau", "kanto")) == (130, 430)


@pytest.mark.parametrize(
    ("share", "people"),
    [(0.5, 500), (0.5 - 1e-10, 500), (0.4999999, 0), (0.4, 0), (1.0, 500)],
)
def test_exactly_half_counts_and_a_little_less_does_not(share, people):
    covered = shares(docomo_filed={SE: share}, combined_filed={SE: share})
    table = rates(editions("docomo"), covered, population())
    assert counts(table, "docomo") == (people, 1000)


def test_reaches_takes_any_threshold_and_nothing_reaches_from_the_unknown():
    share = np.array([[0.75, 0.7499999], [np.nan, 1.0]])
    assert reaches(share, Fraction(3, 4)).tolist() == [[True, False], [False, True]]


@pytest.mark.parametrize(
    ("covered", "total", "percent"),
    [(125, 100_000, 0.1), (1, 8, 12.5), (81, 2000, 4.1), (1, 3, 33.3), (2, 3, 66.7)],
)
def test_the_percentage_is_rounded_half_up_on_the_exact_fraction(
    covered, total, percent
):
    people = population((SW, "13", "13101", covered), (SE, "22", None, total - covered))
    row = at(rates(editions("docomo"), ONE, people), "docomo")
    assert row["rate"] == covered / total
    assert row["rate_pct_published"] == percent  # 81 / 2000 = 4.05 %: never to even


TWO_SMALL = shares(
    docomo_filed={SE: 0.3, SW: 0.6},
    kddi_filed={SE: 0.3},
    combined_filed={SE: 0.6, SW: 0.6},
)


def test_union_lays_areas_together_and_any_wants_one_carrier_alone():
    in_force = editions("docomo", "kddi")
    union = rates(in_force, TWO_SMALL, population())
    one = rates(in_force, TWO_SMALL, population(), combination="any")
    assert counts(union, "combined") == (600, 1000)
    assert counts(one, "combined") == (100, 1000)
    assert at(one, "combined")["combination"] == "any"
    for carrier in ("docomo", "kddi"):
        assert counts(union, carrier) == counts(one, carrier)


def test_a_carrier_without_areas_is_null_and_combined_incomplete():
    table = rates(editions("docomo"), ONE, population())
    missing, combined = at(table, "rakuten"), at(table, "combined")
    assert missing["status"] == "no_coverage"
    figures = ["covered_count", "total_count", "rate", "rate_pct_published"]
    assert missing[figures].isna().all()
    assert pd.isna(missing["coverage_as_of"])
    assert (missing["carriers_included"], missing["is_complete"]) == ("", False)
    assert combined["covered_count"] == 200
    assert (combined["carriers_included"], combined["is_complete"]) == ("docomo", False)
    assert at(table, "docomo")["is_complete"]


def test_an_edition_that_reaches_no_cell_covers_nobody():
    table = rates(editions("docomo", "kddi"), ONE, population())
    assert counts(table, "kddi") == (0, 1000)
    assert at(table, "kddi")["status"] == "ok"


def test_every_state_carrier_and_scope_has_a_row_even_without_any_areas():
    table = rates(editions(), shares(), population()).reset_index()
    assert len(table) == len(STATES) * 5 * (1 + 2 + 2)
    assert set(table["status"]) == {"no_coverage"}
    assert set(table["coverage_source"]) == {"filed"}


def test_without_a_population_the_rows_say_so():
    table = rates(editions("docomo"), ONE)
    assert set(table["status"]) == {"no_population"}
    assert table[["covered_count", "total_count", "rate"]].isna().all(axis=None)
    assert table[["census_year", "population_level"]].isna().all(axis=None)
    assert set(table["denominator_source"]) == {"census:unknown"}
    assert not table["is_complete"].any()
    assert set(table.index.get_level_values("measure")) == {"population"}
    empty = rates(editions("docomo"), ONE, population().iloc[:0])
    assert set(empty["status"]) == {"no_population"}


def test_a_prefecture_that_the_census_lacks_is_unknown_and_the_nation_incomplete():
    everyone = editions("docomo", "kddi", "softbank", "rakuten")
    known = population(*(part for part in PARTS if part[1] == "13"))
    table = rates(everyone, ONE, known)
    assert at(table, "combined", ("prefecture", "22"))["status"] == "no_population"
    assert pd.isna(at(table, "combined", ("prefecture", "22"))["total_count"])
    assert counts(table, "combined") == (130, 430)
    assert not at(table, "combined")["is_complete"]
    assert at(table, "combined", ("prefecture", "13"))["is_complete"]
    assert at(rates(everyone, ONE, population()), "combined")["is_complete"]


EVERYONE = ("docomo", "kddi", "softbank", "rakuten")


def test_some_residents_of_a_prefecture_are_not_all():
    told = census_told(whole=["13"])
    table = rates(editions(*EVERYONE), ONE, population(), prefectures=told)
    for scope in (NATION, ("prefecture", "22"), ("bureau", "tokai")):
        row = at(table, "docomo", scope)
        assert (row["status"], row["is_complete"]) == ("partial_population", False)
        assert row["rate"] == row["covered_count"] / row["total_count"]
    assert at(table, "docomo", ("prefecture", "13"))["status"] == "ok"
    assert at(table, "combined", ("prefecture", "13"))["is_complete"]
    assert at(table, "docomo", day=LATER)["status"] == "partial_population"


def test_a_census_of_another_year_says_nothing_of_this_one():
    told = pd.concat([census_told(), census_told(whole=[], year=2015)])
    table = rates(editions(*EVERYONE), ONE, population(), prefectures=told)
    assert at(table, "combined")["status"] == "ok"
    told = pd.concat([census_told(whole=[]), census_told(year=2015)])
    table = rates(editions(*EVERYONE), ONE, population(), prefectures=told)
    assert at(table, "combined")["status"] == "partial_population"


def test_rejected_rows_leave_the_rate_and_say_that_it_is_incomplete():
    told = census_told(gap=["22"])
    table = rates(editions(*EVERYONE), ONE, population(), prefectures=told)
    assert at(table, "combined")["status"] == "ok"
    assert not at(table, "combined")["is_complete"]
    assert at(table, "combined", ("prefecture", "13"))["is_complete"]


def test_a_prefecture_told_in_whole_without_residents_is_empty_not_unknown():
    people = population(*(part for part in PARTS if part[1] == "13"))
    table = rates(editions(*EVERYONE), ONE, people, prefectures=census_told())
    empty = at(table, "combined", ("prefecture", "22"))
    assert (empty["status"], empty["total_count"]) == ("no_denominator", 0)
    assert at(table, "combined")["status"] == "ok"


def test_a_scope_in_which_nobody_lives_has_no_rate():
    people = population((SW, "13", "13101", 0), (SE, "22", "22131", 5))
    row = at(rates(editions("docomo"), ONE, people), "docomo", ("prefecture", "13"))
    assert (row["status"], row["covered_count"], row["total_count"]) == (
        "no_denominator",
        0,
        0,
    )
    assert np.isnan(row["rate"])
    assert np.isnan(row["rate_pct_published"])


def test_areas_no_younger_than_the_filing_are_no_plan():
    filed = dict.fromkeys(EVERYONE, DAY)
    known = RunLabels(EVERYONE, "official", is_synthetic=False, filed_as_of=filed)
    in_force = editions(*EVERYONE)
    table = rates(in_force, ONE, population(), known)
    assert at(table, "docomo")["is_complete"]
    assert at(table, "combined")["is_complete"]
    for carrier in ("docomo", "combined"):
        row = at(table, carrier, day=LATER)  # repeats what is
        assert (row["status"], row["is_complete"]) == ("ok", False)
    is_own = in_force["carrier"].isin(["docomo", "combined"])
    is_later = in_force["as_of"] == pd.Timestamp(LATER)
    in_force.loc[is_own & is_later, "coverage_as_of"] = pd.Timestamp("2023-03-31")
    table = rates(in_force, ONE, population(), known)
    assert at(table, "docomo", day=LATER)["is_complete"]  # docomo filed a plan
    assert not at(table, "combined", day=LATER)["is_complete"]  # the others did not


MODELLED = shares(
    docomo_filed={SW: 1.0},
    kddi_modelled={SE: 0.7},
    combined_filed={SW: 1.0},
    combined_modelled={SW: 1.0, SE: 0.7},
)


def test_modelled_areas_are_kept_apart_from_filed_ones():
    table = rates(editions("docomo", modelled=["kddi"]), MODELLED, population())
    assert counts(table, "combined") == (100, 1000)
    assert counts(table, "combined", source="modelled") == (600, 1000)
    assert counts(table, "kddi", source="modelled") == (500, 1000)
    assert at(table, "kddi")["status"] == "no_coverage"
    modelled = table.xs("modelled", level="coverage_source").reset_index()
    assert set(modelled["carrier"]) == {"kddi", "combined"}
    row = at(table, "combined", source="modelled")
    assert row["carriers_included"] == "docomo;kddi"
    assert at(table, "combined")["carriers_included"] == "docomo"


def test_only_modelled_areas_leave_filed_rows_empty():
    table = rates(editions(modelled=["kddi"]), MODELLED, population())
    assert set(table.xs("filed", level="coverage_source")["status"]) == {"no_coverage"}
    assert counts(table, "kddi", source="modelled") == (500, 1000)
    any_of = rates(
        editions("docomo", modelled=["kddi"]),
        MODELLED,
        population(),
        combination="any",
    )
    assert counts(any_of, "combined", source="modelled") == (600, 1000)


def test_each_day_has_its_own_edition():
    now, later = STATES[0], (LATER, "planned")
    both = [("docomo", None), ("combined", ["docomo-filed"])]
    new = ("docomo-new", "combined-new")
    rows = [edition(name, parts, state=now) for name, parts in both]
    for row, name in zip(rows[:], new, strict=True):
        parts = new[0] if row["carrier"] == "combined" else name
        rows.append(
            row
            | {"as_of": later[0], "basis": later[1], "coverage_as_of": LATER}
            | {"edition": name, "parts": parts}
        )
    frame = pd.DataFrame(rows)
    for column in ("as_of", "coverage_as_of"):
        frame[column] = pd.to_datetime(frame[column])
    covered = shares(docomo_filed={SW: 1.0}, docomo_new={SE: 1.0}, combined_new={SE: 1})
    table = rates(frame, covered, population())
    assert counts(table, "docomo") == (100, 1000)
    assert counts(table, "docomo", day=LATER) == (500, 1000)
    assert at(table, "docomo", day=LATER)["coverage_as_of"] == pd.Timestamp(LATER)


def test_a_filing_older_than_an_operating_day_is_incomplete():
    labels = RunLabels(
        LABELS.carriers, "official", False, {"docomo": date(2020, 9, 30)}
    )
    table = rates(editions("docomo"), ONE, population(), labels=labels)
    assert not at(table, "docomo")["is_complete"]
    assert at(table, "docomo", day=LATER)["is_complete"]


def test_sub6_editions_are_not_the_areas_of_all_bands():
    in_force = editions("docomo")
    sub6 = in_force.assign(band_class="sub6", edition="docomo-sub6")
    both = pd.concat([in_force, sub6], ignore_index=True)
    assert counts(rates(both, ONE, population()), "docomo") == (200, 1000)
    assert set(rates(sub6, ONE, population())["status"]) == {"no_coverage"}


def test_the_source_of_the_population_is_told():
    table = rates(
        editions("docomo"), ONE, population(), population_source="synthetic:scenario"
    )
    assert set(table["denominator_source"]) == {"synthetic:scenario"}


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"area_basis": "sea"}, "area_basis 'sea': wanted one of cell, land"),
        ({"combination": "sum"}, "combination 'sum': wanted one of union, any"),
        ({"census_year": 20}, "census_year 20: wanted a year"),
        ({"census_year": True}, "census_year True"),
    ],
)
def test_options_that_are_no_choice_are_refused(wrong, text):
    with pytest.raises(ValueError, match=text):
        CoverageOptions(**wrong)


def test_a_prefecture_of_nowhere_is_refused():
    people = population((SW, "99", "99101", 1))
    with pytest.raises(TableError, match=r"core\.mesh_population: pref_code '99'"):
        rates(editions("docomo"), ONE, people)


def test_tables_that_contradict_themselves_are_refused():
    in_force = editions("docomo")
    alone = in_force[in_force["carrier"] != "combined"]
    with pytest.raises(TableError, match="no combined edition"):
        rates(alone, ONE, population())
    with pytest.raises(TableError, match="part 'kddi-filed'"):
        rates(in_force.assign(parts="docomo-filed;kddi-filed"), ONE, population())
    with pytest.raises(TableError, match=f"two rows of cell {SW}"):
        rates(in_force, pd.concat([ONE, ONE]), population())
    with pytest.raises(TableError, match=r"share 1\.5"):
        rates(in_force, ONE.assign(covered_share=1.5), population())


fractions = st.sampled_from([0.0, 0.2, 0.4999999, 0.5, 0.7, 1.0])
areas = st.dictionaries(st.sampled_from([SW, SE, NW, NE]), fractions)


@given(areas, areas, st.randoms())
def test_union_reaches_at_least_each_carrier_and_parts_add_up(one, other, random):
    union = {
        cell: min(1.0, one.get(cell, 0.0) + other.get(cell, 0.0))
        for cell in {*one, *other}
    }
    covered = shares(docomo_filed=one, kddi_filed=other, combined_filed=union)
    people = population()
    in_force, now = editions("docomo", "kddi"), STATES[:1]
    table = rates(in_force, covered, people, on=now)
    order = list(range(len(covered)))
    random.shuffle(order)
    shuffled = rates(
        in_force,
        covered.iloc[order],
        people.sample(frac=1, random_state=len(one)),
        on=now,
    )
    pd.testing.assert_frame_equal(table, shuffled)
    combined = at(table, "combined")["covered_count"]
    any_of = rates(in_force, covered, people, combination="any", on=now)
    for area, carrier in ((one, "docomo"), (other, "kddi")):
        wanted = sum(count for cell, _, _, count in PARTS if area.get(cell, 0.0) >= 0.5)
        assert counts(table, carrier) == (wanted, 1000)
        assert wanted <= at(any_of, "combined")["covered_count"] <= combined
    plain = table.reset_index()
    for figure in ("covered_count", "total_count"):
        totals = plain.pivot_table(
            index=["as_of", "basis", "carrier"],
            columns="scope_kind",
            values=figure,
            aggfunc="sum",
        )
        assert (totals["prefecture"] == totals["nation"]).all()
        assert (totals["bureau"] == totals["nation"]).all()
