"""Population by cell: every number here can be counted by hand."""

import pandas as pd
import pytest

from geodata import mesh, reference
from geodata.errors import MeshCodeError, TableError
from geodata.placement.crosswalk import crosswalk_at
from geodata.placement.mesh_population import population_by_mesh2, uncovered


def population(*rows, level="m4"):
    """Rows of (mesh, prefecture or None, persons)."""
    frame = pd.DataFrame(rows, columns=["mesh", "pref_code", "population_count"])
    return frame.assign(level=level).astype(
        {"mesh": "Int64", "population_count": "Int64"}
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
