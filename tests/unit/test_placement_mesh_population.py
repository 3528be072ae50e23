"""Population by cell: every number here can be counted by hand."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata import mesh, reference
from geodata.errors import MeshCodeError, TableError
from geodata.placement.crosswalk import crosswalk_at
from geodata.placement.mesh_population import (
    population_by_mesh2,
    split_by_prefecture,
    uncovered,
)


def population(*rows, level="m4"):
    """Rows of (mesh, prefecture or None, persons, disclosure group or None)."""
    names = ["mesh", "pref_code", "population_count", "disclosure_group"]
    padded = [(*row, *[None] * (4 - len(row))) for row in rows]
    frame = pd.DataFrame(padded, columns=names)
    return frame.assign(level=level).astype(
        {"mesh": "Int64", "population_count": "Int64", "disclosure_group": "Int64"}
    )


def extent(unit, *codes):
    return pd.DataFrame({"unit": unit, "code": list(codes)})


def land(name, *pairs):
    return pd.DataFrame(pairs, columns=[name, "pref_code"])


PEOPLE = population(
    (523600001, None, 10),  # mesh2 523600, mesh3 52360000
    (523600002, None, 5),
    (523600011, None, 7),  # mesh3 52360001
    (523601001, None, 1),  # mesh2 523601
)


def test_people_are_added_up_in_each_secondary_mesh():
    cells = land("mesh2", (523600, "27"), (523601, "27"), (523602, "27"))
    total = population_by_mesh2(PEOPLE, extent("mesh1", "5236"), cells)
    assert total["mesh2"].tolist() == [523600, 523601, 523602]
    assert total["population_count"].tolist() == [22, 1, 0]


def test_cells_that_the_files_do_not_cover_are_unknown_not_empty():
    cells = land("mesh2", (523600, "27"), (523700, "26"))
    total = population_by_mesh2(PEOPLE, extent("mesh1", "5236"), cells)
    total = total.set_index("mesh2")["population_count"]
    assert total[523600] == 22
    assert total[523601] == 1  # not among the cells asked for, but with residents
    assert total.isna()[523700]


def test_with_files_per_prefecture_a_border_cell_needs_both():
    parts = population((523600001, "26", 4), (523600001, "27", 3), (523601001, "26", 2))
    cells = land("mesh2", (523600, "26"), (523600, "27"), (523601, "26"))
    both = population_by_mesh2(parts, extent("prefecture", "26", "27"), cells)
    assert both["population_count"].tolist() == [7, 2]
    one = parts[parts["pref_code"] == "26"]
    alone = population_by_mesh2(one, extent("prefecture", "26"), cells)
    assert alone["population_count"].isna().tolist() == [True, False]


def test_a_national_file_covers_every_cell():
    whole = population((52360000, None, 3), level="m3")
    cells = land("mesh2", (523600, "27"), (533945, "13"))
    total = population_by_mesh2(whole, extent("nation", "JP"), cells)
    assert total["population_count"].tolist() == [3, 0]


def test_no_census_at_all_leaves_every_cell_unknown():
    none = population_by_mesh2(
        population(), extent("mesh1"), land("mesh2", (523600, "27"))
    )
    assert none["population_count"].isna().all()


def test_two_levels_or_two_units_are_refused():
    mixed = pd.concat([PEOPLE, population((52360000, None, 1), level="m3")])
    cells = land("mesh2", (523600, "27"))
    with pytest.raises(TableError, match="levels m3, m4"):
        population_by_mesh2(mixed, extent("mesh1", "5236"), cells)
    units = pd.concat([extent("mesh1", "5236"), extent("prefecture", "27")])
    with pytest.raises(TableError, match="unit mesh1, prefecture"):
        population_by_mesh2(PEOPLE, units, cells)


# --- prefectures ----------------------------------------------------------------------


def shares(*rows):
    return pd.DataFrame(rows, columns=["mesh", "pref_code", "share"])


def split(*args, **kwargs):
    table = split_by_prefecture(*args, **kwargs)
    return [
        (row.mesh, None if pd.isna(row.pref_code) else row.pref_code,
         row.population_count, row.split)
        for row in table.itertuples()
    ]  # fmt: skip


def test_parts_of_per_prefecture_files_are_kept():
    parts = population((523600001, "26", 4), (523600001, "27", 3))
    cells = shares((523600001, "26", 0.5), (523600001, "27", 0.5))
    assert split(parts, cells) == [
        (523600001, "26", 4, "file"),
        (523600001, "27", 3, "file"),
    ]


def test_whole_cells_are_split_by_land_with_the_largest_remainder():
    # 10 persons by 50, 30 and 15 of 95: 5.26, 3.16, 1.58 -> 5, 3, 1 and one for 1.58
    cells = shares((523600001, "25", 50), (523600001, "26", 30), (523600001, "27", 15))
    assert split(population((523600001, None, 10)), cells) == [
        (523600001, "25", 5, "area"),
        (523600001, "26", 3, "area"),
        (523600001, "27", 2, "area"),
    ]


def test_of_equal_remainders_the_smaller_code_gets_the_person():
    cells = shares((523600001, "27", 0.2), (523600001, "26", 0.2))
    assert split(population((523600001, None, 5)), cells) == [
        (523600001, "26", 3, "area"),
        (523600001, "27", 2, "area"),
    ]


def test_a_cell_without_land_keeps_its_people_without_a_prefecture():
    cells = shares((523600001, "26", 0.0))
    people = population((523600001, None, 5), (523600002, None, 6))
    assert split(people, cells) == [
        (523600001, None, 5, "unknown"),
        (523600002, None, 6, "unknown"),
    ]


def test_a_cell_without_land_may_go_to_its_likely_prefecture_and_says_so():
    likely = land("mesh", (52360000, "27")).assign(share=None)
    people = population((523600001, None, 5), (523600011, None, 6))
    table = split(people, shares(), share_level="m3", likely=likely)
    assert table == [(523600001, "27", 5, "cell"), (523600011, None, 6, "unknown")]


def test_shares_may_be_those_of_the_1_km_cell_above():
    cells = shares((52360000, "26", 3), (52360000, "27", 1))
    people = population((523600001, None, 8), (523600004, None, 1))
    assert split(people, cells, share_level="m3") == [
        (523600001, "26", 6, "area"),
        (523600001, "27", 2, "area"),
        (523600004, "26", 1, "area"),
        (523600004, "27", 0, "area"),
    ]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 300_000),
            st.lists(st.floats(0, 1, allow_subnormal=False), min_size=1, max_size=4),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_splitting_keeps_every_person_and_stays_within_one_of_the_quota(cells):
    codes = [523600001 + 10 * n for n in range(len(cells))]
    people = population(*[(c, None, n) for c, (n, _) in zip(codes, cells, strict=True)])
    land_share = shares(
        *[
            (code, f"{at + 1:02d}", share)
            for code, (_, parts) in zip(codes, cells, strict=True)
            for at, share in enumerate(parts)
        ]
    )
    table = split_by_prefecture(people, land_share)
    total = table.groupby("mesh")["population_count"].sum()
    assert total.tolist() == [count for count, _ in cells]
    merged = table.dropna(subset="pref_code").merge(
        land_share, on=["mesh", "pref_code"]
    )
    whole = land_share.groupby("mesh")["share"].sum()
    count = people.set_index("mesh")["population_count"].astype(float)
    quota = merged["mesh"].map(count) * merged["share"] / merged["mesh"].map(whole)
    assert ((merged["population_count"] - quota).abs() < 1 + 1e-6).all()
    assert (table["population_count"] >= 0).all()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([(523600001, "26", -0.1)], "finite numbers of 0 or more"),
        ([(523600001, "26", float("nan"))], "finite numbers of 0 or more"),
        ([(523600001, "26", 0.1), (523600001, "26", 0.2)], "523600001 .* stand twice"),
    ],
)
def test_impossible_shares_are_refused(rows, message):
    with pytest.raises(TableError, match=message):
        split_by_prefecture(population((523600001, None, 1)), shares(*rows))


# --- what is covered ---------------------------------------------------------------


def test_primary_meshes_that_are_needed_and_absent_are_named():
    given_files = extent("mesh1", "5236", "5339")
    assert uncovered(given_files, [5339, 5237, 5240]) == [5237, 5240]
    assert uncovered(given_files, [5339, 5237]) == [5237]
    assert not uncovered(given_files, [5339, 5236])
    assert uncovered(extent("mesh1"), [5236]) == [5236]
    assert not uncovered(extent("nation", "JP"), [5236, 5339])


def test_with_files_per_prefecture_a_primary_mesh_needs_all_of_its_prefectures():
    prefectures = land("mesh1", (5235, "26"), (5235, "27"), (5236, "26"))
    kyoto = extent("prefecture", "26")
    assert uncovered(kyoto, [5235, 5236], prefectures) == [5235]
    assert not uncovered(extent("prefecture", "26", "27"), [5235, 5236], prefectures)
    with pytest.raises(TableError, match="prefectures are needed"):
        uncovered(kyoto, [5235])
    with pytest.raises(TableError, match="No prefecture is known of primary mesh 5339"):
        uncovered(kyoto, [5339], prefectures)


# --- crosswalk ------------------------------------------------------------------------

PAIRS = pd.DataFrame(
    {
        "mesh3": [53394509, 53394518, 53394518, 53394600],
        "city_code": ["13101", "13102", "13101", "13103"],
    }
)


def crosswalk(level):
    return list(crosswalk_at(PAIRS, level).itertuples(index=False, name=None))


def test_the_crosswalk_of_secondary_meshes_counts_1_km_cells():
    assert crosswalk("m2") == [
        (533945, "13101", 2, False),
        (533945, "13102", 1, False),
        (533946, "13103", 1, False),
    ]


def test_the_crosswalk_of_1_km_cells_is_the_list_in_order():
    assert crosswalk("m3")[1:3] == [
        (53394518, "13101", 1, False),
        (53394518, "13102", 1, False),
    ]


def test_500_m_cells_inherit_every_candidate_and_say_so():
    rows = crosswalk("m4")
    assert len(rows) == 16
    assert rows[4:8] == [
        (533945181, "13101", 1, True),
        (533945181, "13102", 1, True),
        (533945182, "13101", 1, True),
        (533945182, "13102", 1, True),
    ]


def test_another_level_has_no_crosswalk():
    with pytest.raises(MeshCodeError, match="'m5': wanted m2, m3 or m4"):
        crosswalk_at(PAIRS, "m5")


def test_the_crosswalk_of_the_shipped_list_is_the_shipped_one():
    pairs = reference.mesh3_municipalities()
    at_m2 = crosswalk_at(pairs, "m2").drop(columns="is_inherited")
    assert at_m2.rename(columns={"mesh": "mesh2"}).equals(
        reference.mesh2_municipalities()
    )
    at_m4 = crosswalk_at(pairs, "m4")
    assert len(at_m4) == 4 * len(pairs)
    parents = mesh.parent(at_m4["mesh"].to_numpy(), "m4", "m3")
    back = at_m4.assign(mesh3=parents)[["mesh3", "city_code"]].drop_duplicates()
    assert back.reset_index(drop=True).equals(pairs)
