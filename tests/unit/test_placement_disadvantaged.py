"""Disadvantaged areas on secondary meshes, counted by hand on cells of equal land."""

from collections import defaultdict

import numpy as np
import pandas as pd
import pytest

from geodata import mesh, reference
from geodata.placement.designated_land import listed_designations, polygon_prefectures
from geodata.placement.disadvantaged import (
    covered_kinds,
    designations,
    disadvantaged_shares,
)

EAST, WEST = 533946, 533945
CELLS = [53394600, 53394601, 53394602, 53394603]
PROGRAMME = ("kaso", "gosetsu")  # two of the seven are enough to count by hand
PARENTS = pd.DataFrame(
    {"city_code": ["13999", "01101"], "parent_city_code": [None, "01100"]}
)


def frame_of(text: str, columns: str, **types: str) -> pd.DataFrame:
    """Rows of words under column names; ``-`` is null."""
    rows = [line.split() for line in text.strip().splitlines()]
    table = pd.DataFrame(rows, columns=columns.split(), dtype="str")
    return table.where(table != "-").astype(types)


def land_of(text: str) -> pd.DataFrame:
    """Crosswalk: ``mesh3 city_code share``."""
    types = {"mesh3": "int64", "share": "float64"}
    return frame_of(text, "mesh3 city_code share", **types)


def areas_of(text: str) -> pd.DataFrame:
    """Polygons: ``kind mesh3 share``."""
    types = {"mesh3": "int64", "share": "float64"}
    return frame_of(text, "kind mesh3 share", **types)


def list_of(text: str) -> pd.DataFrame:
    return frame_of(text, "kind city_code extent")


def cells_of(text: str) -> pd.DataFrame:
    """辺地: ``mesh3 city_code``."""
    return frame_of(text, "mesh3 city_code", mesh3="int64")


def spoken_for(text: str, *, is_held: bool = True) -> pd.DataFrame:
    return frame_of(text, "kind pref_code").assign(is_held=is_held)


def equal_land(crosswalk: pd.DataFrame) -> pd.DataFrame:
    cells = crosswalk["mesh3"].unique()
    return pd.DataFrame({"mesh3": cells, "land_area_m2": 100.0})


def shares_of(areas=None, lists=None, henchi=None, crosswalk=None, **options):
    """Shares with equal land in every cell, as (land_share, extent, basis) by key."""
    options.setdefault("land_area", equal_land(crosswalk))
    table = disadvantaged_shares(areas, lists, henchi, crosswalk, **options)
    assert not table.duplicated(["mesh2", "kind"]).any()
    keys = zip(table["mesh2"], table["kind"], strict=True)
    values = table[["land_share", "extent", "basis"]].astype(object)
    values = values.where(values.notna(), None)
    return dict(zip(keys, values.itertuples(index=False, name=None), strict=True))


FOUR_CELLS = land_of("""
    53394600 13101 1
    53394601 13101 1
    53394602 13102 1
    53394603 13102 1
""")
TWO_PREFECTURES = land_of("""
    53394600 13101 1
    53394601 13101 0.25
    53394601 14101 0.75
    53394602 14101 1
    53394603 14101 1
""")


# shares


def test_polygons_count_by_land_area():
    areas = areas_of("gosetsu 53394600 1\ngosetsu 53394601 0.5\nrito 53394603 0.1")
    land = equal_land(FOUR_CELLS)
    land.loc[0, "land_area_m2"] = 300.0  # of 600 in all
    assert shares_of(areas, crosswalk=FOUR_CELLS, land_area=land) == {
        (EAST, "gosetsu"): (pytest.approx((300 + 50) / 600), None, "polygon"),
        (EAST, "rito"): (pytest.approx(10 / 600), None, "polygon"),
    }


def test_without_land_areas_whole_cells_are_the_weights():
    areas = areas_of("gosetsu 53394600 1\ngosetsu 53394601 0.5")
    area = mesh.area_m2(np.array(CELLS), "m3")
    wanted = (area[0] + area[1] / 2) / area.sum()
    found = shares_of(areas, crosswalk=FOUR_CELLS, land_area=None)
    assert found[EAST, "gosetsu"][0] == pytest.approx(wanted, rel=1e-12)
    partly_known = equal_land(FOUR_CELLS).head(2)  # never two measures in one cell
    found = shares_of(areas, crosswalk=FOUR_CELLS, land_area=partly_known)
    assert found[EAST, "gosetsu"][0] == pytest.approx(wanted, rel=1e-12)


def test_a_polygon_that_only_touches_a_cell_does_not_reach_it():
    areas = areas_of("gosetsu 53394600 0")
    assert shares_of(areas, crosswalk=FOUR_CELLS) == {}


def test_a_polygon_whose_share_is_unknown_keeps_its_kind():
    areas = areas_of("gosetsu 53394600 -\ngosetsu 53394601 0.5")
    found = shares_of(areas, crosswalk=FOUR_CELLS)
    assert found == {(EAST, "gosetsu"): (None, None, "polygon")}
    lists = list_of("kaso 13101 none")
    areas = areas_of("kaso 53394600 -")
    assert shares_of(areas, lists, crosswalk=FOUR_CELLS) == {}


def test_wholly_listed_municipalities_give_all_their_land():
    lists = list_of("kaso 13101 full\nlisted 13101 deemed\nlisted 13102 none")
    assert shares_of(lists=lists, crosswalk=FOUR_CELLS) == {
        (EAST, "kaso"): (0.5, "full", "list"),
        (EAST, "listed"): (0.5, "deemed", "list"),
    }


def test_a_partly_listed_municipality_leaves_the_share_unknown():
    lists = list_of("kaso 13101 full\nkaso 13102 partial\nrito 13102 partial")
    assert shares_of(lists=lists, crosswalk=FOUR_CELLS) == {
        (EAST, "kaso"): (None, "full;partial", "list"),
        (EAST, "rito"): (None, "partial", "list"),
    }


def test_a_municipality_takes_its_part_of_a_shared_cell():
    lists = list_of("kaso 14101 full\nkaso 13101 none")
    assert shares_of(lists=lists, crosswalk=TWO_PREFECTURES) == {
        (EAST, "kaso"): (pytest.approx((0.75 + 2) / 4), "full", "list")
    }


def test_unknown_parts_of_a_cell_leave_the_share_unknown_unless_all_are_listed():
    crosswalk = TWO_PREFECTURES.assign(share=np.nan)
    one = list_of("kaso 14101 full\nkaso 13101 none")
    assert shares_of(lists=one, crosswalk=crosswalk) == {
        (EAST, "kaso"): (None, "full", "list")
    }
    both = list_of("kaso 14101 full\nkaso 13101 deemed")
    assert shares_of(lists=both, crosswalk=crosswalk) == {
        (EAST, "kaso"): (pytest.approx(1.0), "deemed;full", "list")
    }


def test_wards_inherit_their_city_unless_the_list_names_them():
    crosswalk = land_of("64414200 01101 1\n64414300 01102 1")
    parents = pd.DataFrame(
        {"city_code": ["01101", "01102"], "parent_city_code": ["01100", "01100"]}
    )
    lists = list_of("kaso 01100 full\nkaso 01102 none")
    found = shares_of(lists=lists, crosswalk=crosswalk, parents=parents)
    assert found == {(644142, "kaso"): (1.0, "full", "list")}
    lists = list_of("kaso 01100 full")
    found = shares_of(lists=lists, crosswalk=crosswalk, parents=parents)
    assert set(found) == {(644142, "kaso"), (644143, "kaso")}


def test_a_list_of_depopulated_areas_goes_before_polygons_of_2017():
    areas = areas_of("kaso 53394600 1\nkaso 53394602 1")
    lists = list_of("kaso 13101 none\nkaso 13102 full")
    spoken = spoken_for("kaso 13")
    found = shares_of(areas, lists, crosswalk=FOUR_CELLS, prefectures=spoken)
    assert found == {(EAST, "kaso"): (0.5, "full", "list")}


def test_a_list_speaks_only_for_the_prefectures_that_it_names():
    areas = areas_of("kaso 53394600 1\nkaso 53394601 1\nkaso 53394602 0.5")
    lists = list_of("kaso 13101 none")
    spoken = spoken_for("kaso 13\nkaso 14")
    found = shares_of(areas, lists, crosswalk=TWO_PREFECTURES, prefectures=spoken)
    # cell 00 is Tokyo's, of cell 01 three quarters are not, cell 02 is not
    assert found == {
        (EAST, "kaso"): (pytest.approx((0 + 0.75 + 0.5) / 4), None, "polygon")
    }


def test_of_other_kinds_polygons_go_before_a_list_where_there_are_any():
    areas = areas_of("rito 53394602 0.2")
    lists = list_of("rito 13101 full\nrito 14101 full")
    spoken = spoken_for("rito 14")
    found = shares_of(areas, lists, crosswalk=TWO_PREFECTURES, prefectures=spoken)
    assert found == {
        (EAST, "rito"): (pytest.approx((1 + 0.25 + 0.2) / 4), "full", "list;polygon")
    }


def test_a_list_counts_where_polygons_exist_for_other_prefectures_only():
    lists = list_of("rito 13101 full")
    spoken = spoken_for("rito 13", is_held=False)
    found = shares_of(lists=lists, crosswalk=FOUR_CELLS, prefectures=spoken)
    assert found == {(EAST, "rito"): (0.5, "full", "list")}


def test_a_cell_of_a_remote_area_is_whole_also_where_a_polygon_holds_less():
    henchi = frame_of(
        "53394600 13101\n53394601 13101", "mesh3 city_code", mesh3="int64"
    )
    areas = areas_of("henchi 53394600 0.3\nhenchi 53394602 0.5")
    found = shares_of(areas, henchi=henchi, crosswalk=FOUR_CELLS)
    assert found == {(EAST, "henchi"): ((1 + 1 + 0.5) / 4, None, "cells;polygon")}


def test_cells_of_remote_areas_go_before_a_list_of_their_prefecture():
    henchi = cells_of("53394600 13101")
    lists = list_of("henchi 13101 partial\nhenchi 13102 partial")
    found = shares_of(lists=lists, henchi=henchi, crosswalk=FOUR_CELLS)
    assert found == {(EAST, "henchi"): (0.25, None, "cells")}


def test_no_source_gives_no_share():
    assert shares_of(crosswalk=FOUR_CELLS) == {}


def test_the_order_of_rows_changes_nothing_and_nothing_is_modified():
    areas = areas_of("kaso 53394602 0.5\nrito 53394603 0.1\nrito 53394600 1")
    lists = list_of("kaso 13101 full\nlisted 14101 partial")
    given = [areas, lists, None, TWO_PREFECTURES]
    before = [None if table is None else table.copy() for table in given]
    first = disadvantaged_shares(*given)
    turned = [None if table is None else table[::-1] for table in given]
    pd.testing.assert_frame_equal(disadvantaged_shares(*turned), first)
    for table, was in zip(given, before, strict=True):
        assert table is was or table.equals(was)


# what is known


def pairs_of(table: pd.DataFrame) -> set[tuple[int, str]]:
    return set(zip(table["mesh2"], table["kind"], strict=True))


def test_a_kind_is_known_where_a_source_speaks_for_every_municipality():
    lists = list_of("kaso 13101 full")
    spoken = spoken_for("gosetsu 13\ngosetsu 14")
    covered = covered_kinds(lists, None, TWO_PREFECTURES, prefectures=spoken)
    assert pairs_of(covered) == {(EAST, "gosetsu")}
    lists = list_of("kaso 13101 full\nkaso 14101 none")
    covered = covered_kinds(lists, None, TWO_PREFECTURES, prefectures=spoken)
    assert pairs_of(covered) == {(EAST, "gosetsu"), (EAST, "kaso")}


def test_an_unknown_municipality_and_unassigned_land_are_not_known():
    lists = list_of("kaso 13101 unknown\nkaso 13102 none")
    assert pairs_of(covered_kinds(lists, None, FOUR_CELLS)) == set()
    crosswalk = land_of("53394600 13101 0.5\n53394600 - 0.5")
    lists = list_of("kaso 13101 none")
    assert pairs_of(covered_kinds(lists, None, crosswalk)) == set()
    crosswalk = crosswalk.assign(pref_code="13")
    spoken = spoken_for("gosetsu 13", is_held=False)
    covered = covered_kinds(lists, None, crosswalk, prefectures=spoken)
    assert pairs_of(covered) == {(EAST, "gosetsu")}


def test_polygons_of_depopulated_areas_rule_nothing_out():
    spoken = spoken_for("kaso 13")
    covered = covered_kinds(None, None, FOUR_CELLS, prefectures=spoken)
    assert pairs_of(covered) == set()


def test_islands_are_known_only_with_those_under_a_law_of_their_own():
    spoken = spoken_for("rito 13")
    covered = covered_kinds(None, None, FOUR_CELLS, prefectures=spoken)
    assert pairs_of(covered) == set()
    spoken = spoken_for("rito 13\nogasawara 13")
    covered = covered_kinds(None, None, FOUR_CELLS, prefectures=spoken)
    assert pairs_of(covered) == {(EAST, "rito"), (EAST, "ogasawara")}


def test_polygons_speak_for_prefectures_with_one_and_for_those_without_a_file():
    areas = frame_of("gosetsu 05203\ngosetsu 05207\nhenchi 32209", "kind city_code")
    published = frame_of("gosetsu 05\ngosetsu 06\nrito 32", "kind pref_code")
    table = polygon_prefectures(areas, published)
    held = table[table["is_held"]]
    assert list(zip(held["kind"], held["pref_code"], strict=True)) == [
        ("gosetsu", "05"),
        ("henchi", "32"),
    ]
    without = table[~table["is_held"]]
    assert set(without["kind"]) == {"gosetsu"}
    wanted = {f"{number:02d}" for number in range(1, 48)} - {"05", "06"}
    assert set(without["pref_code"]) == wanted


# verdicts


def verdict(shares: pd.DataFrame, covered: pd.DataFrame, **options):
    table = designations(pd.Series([EAST]), shares, covered, PROGRAMME, **options)
    kinds, is_true = table.iloc[0][["disadvantaged_kinds", "is_disadvantaged"]]
    return kinds, None if pd.isna(is_true) else bool(is_true)


def share_rows(text: str) -> pd.DataFrame:
    table = frame_of(text, "kind land_share extent basis", land_share="float64")
    return table.assign(mesh2=EAST)


ALL_KNOWN = pd.DataFrame({"mesh2": [EAST, EAST], "kind": ["gosetsu", "kaso"]})
NOTHING_KNOWN = ALL_KNOWN.head(0)


@pytest.mark.parametrize(
    ("rows", "kinds", "is_true"),
    [
        ("gosetsu 0.826 - polygon", "gosetsu:0.83", True),
        ("gosetsu 0.5 - polygon", "gosetsu:0.50", True),
        ("gosetsu 0.4999 - polygon", "gosetsu:0.50", None),
        ("henchi 0.25 - cells", "henchi:0.25", None),
        ("amami 0.9 - polygon", "amami:0.90", True),
        ("kaso 0.01 full list", "kaso:full", True),
        ("kaso - deemed;partial list", "kaso:deemed;kaso:partial", True),
        ("kaso - partial list", "kaso:partial", None),
        ("gosetsu - - polygon", "gosetsu:unknown", None),
        ("rito 0.4 full list;polygon", "rito:0.40;rito:full", True),
        (
            "listed - partial list\ngosetsu 0.6 - polygon",
            "gosetsu:0.60;listed:partial",
            True,
        ),
    ],
)
def test_half_of_the_land_or_a_whole_municipality_is_disadvantaged(
    rows, kinds, is_true
):
    assert verdict(share_rows(rows), ALL_KNOWN) == (kinds, is_true)
    assert verdict(share_rows(rows), NOTHING_KNOWN) == (kinds, is_true)


def test_any_overlap_may_be_enough():
    rows = share_rows("gosetsu 0.01 - polygon")
    assert verdict(rows, ALL_KNOWN, any_overlap=True) == ("gosetsu:0.01", True)
    rows = share_rows("kaso - partial list")
    assert verdict(rows, ALL_KNOWN, any_overlap=True) == ("kaso:partial", None)


def test_false_needs_every_programme_kind_known_and_none_in_the_cell():
    nothing = share_rows("kaso 1 full list").head(0)
    assert verdict(nothing, ALL_KNOWN) == ("", False)
    assert verdict(nothing, ALL_KNOWN.head(1)) == ("", None)
    other = ALL_KNOWN.replace("kaso", "amami")  # of another law: proves nothing
    assert verdict(nothing, other) == ("", None)


def test_a_cell_that_no_source_knows_is_null_not_false():
    nothing = share_rows("kaso 1 full list").head(0)
    table = designations(pd.Series([EAST, WEST]), nothing, ALL_KNOWN, PROGRAMME)
    assert table["mesh2"].to_list() == [EAST, WEST]
    assert table["is_disadvantaged"].isna().to_list() == [False, True]


# with what is shipped


@pytest.fixture(scope="module")
def shipped() -> pd.DataFrame:
    """Verdicts of all secondary meshes by the shipped lists alone."""
    lists = listed_designations(reference.disadvantaged_municipalities())
    crosswalk = reference.mesh3_municipalities().assign(share=np.nan)
    parents = reference.municipalities()
    shares = disadvantaged_shares(None, lists, None, crosswalk, parents=parents)
    covered = covered_kinds(lists, None, crosswalk, parents=parents)
    kinds = reference.disadvantaged_kinds()
    programme = kinds["kind"][kinds["is_programme_kind"]]
    return designations(reference.mesh2_facts()["mesh2"], shares, covered, programme)


def test_shipped_lists_alone_give_the_extents_of_each_cells_municipalities(shipped):
    extents = (
        reference.disadvantaged_municipalities().set_index("city_code").T.to_dict()
    )
    labels = defaultdict(set)
    is_whole = defaultdict(bool)
    for row in reference.mesh2_municipalities().itertuples():
        for kind in ("kaso", "listed"):
            extent = extents[row.city_code][kind]
            if extent in ("full", "deemed", "partial"):
                labels[row.mesh2].add(f"{kind}:{extent}")
                is_whole[row.mesh2] |= extent != "partial"
    wanted = [";".join(sorted(labels[cell])) for cell in shipped["mesh2"]]
    assert shipped["disadvantaged_kinds"].to_list() == wanted
    is_true = shipped["is_disadvantaged"].fillna(value=False)
    assert is_true.to_list() == [is_whole[cell] for cell in shipped["mesh2"]]


def test_shipped_lists_alone_never_rule_a_cell_out(shipped):
    assert not (shipped["is_disadvantaged"] == False).any()  # noqa: E712 - not null
    assert shipped["is_disadvantaged"].isna().any()
