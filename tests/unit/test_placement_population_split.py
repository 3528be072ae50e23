"""Cells in parts by prefecture and municipality: small enough to count by hand."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.errors import TableError
from geodata.placement.population_split import (
    QUANTITIES,
    split_by_municipality,
    split_by_prefecture,
)

CELL, NEXT = 523600001, 523600002  # 500 m cells of one 1 km cell, 52360000
AWAY = 523600011


def whole(*rows, level="m4"):
    """Rows of (cell, prefecture or None, persons, households, 65 and over)."""
    padded = [(*row, *[None] * (5 - len(row))) for row in rows]
    frame = pd.DataFrame(padded, columns=["mesh", "pref_code", *QUANTITIES])
    numbers = dict.fromkeys(["mesh", *QUANTITIES], "Int64")
    return frame.assign(level=level).astype(numbers | {"pref_code": "str"})


def part(*rows, level="m4"):
    """Parts of one prefecture each, as the census gives them."""
    return whole(*rows, level=level).assign(split="file")


def land(*rows):
    """Rows of (cell, prefecture, area)."""
    frame = pd.DataFrame(rows, columns=["mesh", "pref_code", "land_area_m2"])
    return frame.astype({"mesh": "int64", "pref_code": "str"})


def city_land(*rows):
    """Rows of (cell, municipality, area)."""
    frame = pd.DataFrame(rows, columns=["mesh", "city_code", "land_area_m2"])
    frame = frame.astype({"mesh": "int64", "city_code": "str"})
    return frame.assign(pref_code=frame["city_code"].str[:2])


def likely(*rows):
    frame = pd.DataFrame(rows, columns=["mesh", "pref_code"])
    return frame.astype({"mesh": "int64", "pref_code": "str"})


def listed(*rows):
    frame = pd.DataFrame(rows, columns=["mesh3", "city_code"])
    return frame.astype({"mesh3": "int64", "city_code": "str"})


def rows_of(table, *columns):
    picked = table[list(columns)].astype(object)
    return [tuple(row) for row in picked.where(picked.notna(), None).to_numpy()]


def by_prefecture(population, of_prefectures, likely_ones=None):
    table = split_by_prefecture(
        population, of_prefectures, likely() if likely_ones is None else likely_ones
    )
    return rows_of(table, "mesh", "pref_code", "population_count", "split")


# --- prefectures ----------------------------------------------------------------------


def test_parts_of_per_prefecture_files_are_kept():
    parts = whole((CELL, "26", 4), (CELL, "27", 3))
    assert by_prefecture(parts, land((CELL, "26", 50), (CELL, "27", 50))) == [
        (CELL, "26", 4, "file"),
        (CELL, "27", 3, "file"),
    ]


def test_whole_cells_are_split_by_land_with_the_largest_remainder():
    # 10 persons by 50, 30 and 15 of 95: 5.26, 3.16, 1.58 -> 5, 3, 1 and one for 1.58
    areas = land((CELL, "25", 50), (CELL, "26", 30), (CELL, "27", 15))
    assert by_prefecture(whole((CELL, None, 10)), areas) == [
        (CELL, "25", 5, "area"),
        (CELL, "26", 3, "area"),
        (CELL, "27", 2, "area"),
    ]


def test_of_equal_remainders_the_smaller_code_gets_the_person():
    areas = land((CELL, "27", 0.2), (CELL, "26", 0.2))
    assert by_prefecture(whole((CELL, None, 5)), areas) == [
        (CELL, "26", 3, "area"),
        (CELL, "27", 2, "area"),
    ]


def test_a_cell_without_land_keeps_its_people_without_a_prefecture():
    people = whole((CELL, None, 5), (NEXT, None, 6))
    assert by_prefecture(people, land((CELL, "26", 0.0))) == [
        (CELL, None, 5, "unknown"),
        (NEXT, None, 6, "unknown"),
    ]


def test_a_cell_without_land_may_go_to_its_likely_prefecture_and_says_so():
    people = whole((CELL, None, 5), (AWAY, None, 6))
    assert by_prefecture(people, land(), likely((CELL, "27"))) == [
        (CELL, "27", 5, "cell"),
        (AWAY, None, 6, "unknown"),
    ]


def test_households_and_the_old_are_split_like_persons_and_null_stays_null():
    people = whole((CELL, None, 10, 3, None), (NEXT, "26", 7, None, 2))
    people = people.assign(treatment=[2, 1], disclosure_group=NEXT)
    areas = land((CELL, "26", 3), (CELL, "27", 1))
    table = split_by_prefecture(people, areas, likely())
    assert rows_of(table, "mesh", "pref_code", *QUANTITIES) == [
        (CELL, "26", 8, 2, None),  # 7.5 and 2.5: the smaller code gets the person
        (CELL, "27", 2, 1, None),  # 2.25 and 0.75: the larger remainder is the 0.75
        (NEXT, "26", 7, None, 2),
    ]
    assert table["treatment"].tolist() == [2, 2, 1]
    assert set(table["disclosure_group"]) == {NEXT}


# --- municipalities -------------------------------------------------------------------


def by_city(parts, areas, of_list=None):
    table = split_by_municipality(
        parts, areas, listed() if of_list is None else of_list
    )
    return rows_of(
        table, "mesh", "pref_code", "city_code", "population_count", "city_split"
    )


def test_the_only_municipality_of_the_prefecture_gets_its_whole_part():
    parts = part((CELL, "26", 4), (CELL, "27", 3))
    areas = city_land((CELL, "26100", 9.0), (CELL, "27100", 1.0))
    assert by_city(parts, areas) == [
        (CELL, "26", "26100", 4, "only"),
        (CELL, "27", "27100", 3, "only"),
    ]


def test_a_part_is_split_by_the_land_of_its_own_prefecture():
    # 26: 4 persons by 9 and 3 of 12; the land of 27 does not matter for them
    parts = part((CELL, "26", 4), (CELL, "27", 3))
    areas = city_land((CELL, "26202", 3), (CELL, "26100", 9), (CELL, "27100", 50))
    assert by_city(parts, areas) == [
        (CELL, "26", "26100", 3, "area"),
        (CELL, "26", "26202", 1, "area"),
        (CELL, "27", "27100", 3, "only"),
    ]


def test_without_land_the_listed_municipalities_get_equal_parts():
    of_list = listed(
        (52360000, "26202"), (52360000, "26100"), (52360000, "27100"),
        (52360001, "26202"),
    )  # fmt: skip
    parts = part((CELL, "26", 5), (NEXT, "27", 2), (AWAY, "26", 6), (AWAY, "27", 1))
    assert by_city(parts, city_land(), of_list) == [
        (CELL, "26", "26100", 3, "list"),
        (CELL, "26", "26202", 2, "list"),
        (NEXT, "27", "27100", 2, "only"),
        (AWAY, "26", "26202", 6, "only"),
        (AWAY, "27", None, 1, "unknown"),
    ]


def test_land_goes_before_the_list_and_no_land_is_no_part():
    of_list = listed((52360000, "26100"), (52360000, "26202"))
    areas = city_land((CELL, "26202", 5), (CELL, "26100", 0))
    assert by_city(part((CELL, "26", 5)), areas, of_list) == [
        (CELL, "26", "26202", 5, "only")
    ]


def test_1_km_cells_take_the_list_as_it_is():
    parts = part((52360000, "26", 3), level="m3")
    of_list = listed((52360000, "26100"), (52360000, "26202"))
    assert by_city(parts, city_land(), of_list) == [
        (52360000, "26", "26100", 2, "list"),
        (52360000, "26", "26202", 1, "list"),
    ]


def test_every_quantity_of_a_part_is_split_by_itself():
    parts = part((CELL, "26", 5, None, 1), (NEXT, "26", 4, 1, None))
    areas = city_land(
        (CELL, "26100", 2), (CELL, "26202", 3), (NEXT, "26100", 1), (NEXT, "26202", 1)
    )
    table = split_by_municipality(parts, areas, listed())
    assert rows_of(table, "mesh", "city_code", *QUANTITIES) == [
        (CELL, "26100", 2, None, 0),
        (CELL, "26202", 3, None, 1),
        (NEXT, "26100", 2, 1, None),
        (NEXT, "26202", 2, 0, None),
    ]


# --- identities -----------------------------------------------------------------------

COUNTS = st.one_of(st.none(), st.integers(0, 300_000))
CELLS = st.lists(
    st.tuples(
        st.integers(0, 300_000),
        COUNTS,
        COUNTS,
        st.lists(st.floats(0, 1, allow_subnormal=False), min_size=1, max_size=6),
    ),
    min_size=1,
    max_size=6,
)


@given(CELLS)
def test_splitting_keeps_every_figure_and_stays_within_one_of_the_quota(cells):
    codes = [CELL + 10 * n for n in range(len(cells))]
    people = whole(
        *[(code, None, *cell[:3]) for code, cell in zip(codes, cells, strict=True)]
    )
    owned = city_land(
        *[
            (code, f"{26 + at % 2}{at + 100}", area)
            for code, (*_, areas) in zip(codes, cells, strict=True)
            for at, area in enumerate(areas)
        ]
    )
    of_prefectures = owned.groupby(["mesh", "pref_code"], as_index=False)
    of_prefectures = of_prefectures["land_area_m2"].sum()
    everywhere = likely(*[(code, "26") for code in codes])
    parts = split_by_prefecture(people, of_prefectures, everywhere)
    table = split_by_municipality(parts, owned, listed())
    for quantity in QUANTITIES:
        for pieces in (parts, table):
            total = pieces.groupby("mesh")[quantity].sum(min_count=1)
            assert total.isna().tolist() == people[quantity].isna().tolist()
            assert total.dropna().tolist() == people[quantity].dropna().tolist()
        assert (table[quantity].dropna() >= 0).all()
        is_known = people.set_index("mesh")[quantity].notna()
        assert table[quantity].notna().tolist() == is_known[table["mesh"]].tolist()
    within_one_of_the_quota(parts, table, owned)


def within_one_of_the_quota(parts, table, owned):
    keys = ["mesh", "pref_code"]
    area = owned.groupby(keys)["land_area_m2"].sum().rename("total").reset_index()
    merged = table.merge(owned, on=["mesh", "city_code"], suffixes=("", "_owned"))
    merged = merged.merge(area, on=keys).merge(
        parts[[*keys, "population_count"]].rename(columns={"population_count": "all"}),
        on=keys,
    )
    quota = merged["all"].astype(float) * merged["land_area_m2"] / merged["total"]
    off = (merged["population_count"].astype(float) - quota).abs()
    assert (off < 1 + 1e-6).all()


def test_the_order_of_rows_changes_nothing():
    people = whole((CELL, None, 11, 4, 3), (NEXT, None, 7, 2, None))
    owned = city_land(
        (CELL, "26100", 2), (CELL, "26202", 3), (CELL, "27100", 4), (NEXT, "27100", 1),
        (NEXT, "27202", 1),
    )  # fmt: skip

    def split(people, owned):
        sums = owned.groupby(["pref_code", "mesh"], as_index=False)
        parts = split_by_prefecture(people, sums["land_area_m2"].sum(), likely())
        return split_by_municipality(parts, owned, listed())

    turned = split(people.iloc[::-1], owned.iloc[::-1])
    pd.testing.assert_frame_equal(split(people, owned), turned)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([(CELL, "26", -0.1)], "finite areas of 0 or more"),
        ([(CELL, "26", float("nan"))], "finite areas of 0 or more"),
        (
            [(CELL, "26", 0.1), (CELL, "26", 0.2)],
            f"{CELL} and pref_code 26 stand twice",
        ),
    ],
)
def test_impossible_land_is_refused(rows, message):
    with pytest.raises(TableError, match=message):
        split_by_prefecture(whole((CELL, None, 1)), land(*rows), likely())


def test_a_municipality_twice_in_a_cell_is_refused():
    areas = city_land((CELL, "26100", 1), (CELL, "26100", 2))
    with pytest.raises(TableError, match="city_code 26100 stand twice"):
        split_by_municipality(part((CELL, "26", 1)), areas, listed())
