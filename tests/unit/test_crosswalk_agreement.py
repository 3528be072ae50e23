"""Two crosswalks compared: every pair, reason and rate can be counted by hand."""

import pandas as pd
import pytest

from geodata import mesh
from geodata.placement.crosswalk_agreement import crosswalk_agreement
from geodata.schemas import TABLES, conform

A = 53394611
B, C, D = (mesh.neighbor(A, "m3", 0, east) for east in (1, 2, 3))
FAR = mesh.neighbor(A, "m3", 0, 8)
AREA = mesh.area_m2(A, "m3")


def computed(*rows):
    """Rows of (cell, municipality or None, part of the cell)."""
    table = pd.DataFrame(
        [(cell, "13", city, part * AREA) for cell, city, part in rows],
        columns=["mesh3", "pref_code", "city_code", "land_area_m2"],
    )
    return table.astype({"city_code": "str"})


def listed(*rows):
    return pd.DataFrame(rows, columns=["mesh3", "city_code"])


def reasons(found):
    rows = found.differences
    keys = zip(rows["mesh3"], rows["city_code"], rows["named_by"], strict=True)
    return dict(zip(keys, rows["reason"], strict=True))


def test_equal_crosswalks_agree_wholly():
    found = crosswalk_agreement(
        computed((A, "13101", 0.5), (A, "13102", 0.5)),
        listed((A, "13101"), (A, "13102")),
    )
    assert (found.pair_rate, found.cell_rate) == (1.0, 1.0)
    assert found.differences.empty
    assert found.sentence().endswith("in 100.00 % of 1 cells.")


def test_every_difference_has_its_reason():
    found = crosswalk_agreement(
        computed(
            (A, "13101", 1.0),
            (B, "13101", 0.97),
            (B, "13102", 0.03),  # a sliver: the list knows only 13101 there
            (C, "13102", 1.0),
            (FAR, "13103", 0.2),  # no such cell on the list
            (A, "13138", 0.3),  # a ward formed since
        ),
        listed(
            (A, "13101"),
            (A, "13102"),  # the boundary has it two cells to the east
            (B, "13101"),
            (C, "13102"),
            (D, "13102"),  # no land in the cell
            (A, "13103"),  # the boundary has it eight cells away
            (C, "13131"),  # a ward since dissolved
        ),
    )
    assert reasons(found) == {
        (B, "13102", "computed"): "border_sliver",
        (FAR, "13103", "computed"): "cell_not_listed",
        (A, "13138", "computed"): "code_of_other_year",
        (A, "13102", "listed"): "border_moved",
        (D, "13102", "listed"): "no_computed_land",
        (A, "13103", "listed"): "other",
        (C, "13131", "listed"): "code_of_other_year",
    }
    assert (found.both_count, found.computed_count, found.listed_count) == (3, 3, 4)
    assert found.pair_rate == 3 / 10
    assert (found.cell_count, found.equal_cell_count) == (5, 0)
    assert found.reasons["code_of_other_year"] == 2
    assert "30.00 % of 10 pairs" in found.sentence()
    conform(TABLES["core.crosswalk_difference"], found.differences)


@pytest.mark.parametrize(("part", "reason"), [(0.2, "border_sliver"), (0.3, "other")])
def test_what_a_sliver_is_can_be_set(part, reason):
    found = crosswalk_agreement(
        computed((A, "13101", 1 - part), (A, "13102", part), (FAR, "13102", 1.0)),
        listed((A, "13101"), (FAR, "13102")),
        sliver_pct=25,
    )
    assert reasons(found) == {(A, "13102", "computed"): reason}


def test_unassigned_land_agrees_whatever_the_list_calls_it():
    own, both = computed((A, None, 1.0)), listed((A, "13999"), (A, "13199"))
    found = crosswalk_agreement(own, both, ["13999", "13199"])
    assert found.pair_rate == 1.0
    assert crosswalk_agreement(own, both).listed_count == 2


def test_only_prefectures_that_both_hold_are_compared():
    found = crosswalk_agreement(
        computed((A, "13101", 1.0)), listed((A, "13101"), (A, "14100"), (B, "14100"))
    )
    assert found.pair_rate == 1.0
    nothing = crosswalk_agreement(computed(), listed((A, "14100")))
    assert nothing.pair_rate != nothing.pair_rate  # NaN: nothing was compared
    assert nothing.cell_count == 0
