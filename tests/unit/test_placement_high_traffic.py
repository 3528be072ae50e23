from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata import mesh, reference
from geodata.errors import TableError
from geodata.placement.high_traffic import (
    derived_high_traffic,
    high_traffic_prefectures,
)

SHARE = Fraction(80, 100)
A, B, C, D = 53394600, 53394601, 53394602, 53394603


def people(*rows, level="m3", year=2020):
    """`core.mesh_population`: (mesh, residents) or (mesh, residents, prefecture)."""
    given = [(row[0], row[1], row[2] if len(row) > 2 else "13") for row in rows]
    frame = pd.DataFrame(given, columns=["mesh", "population_count", "pref_code"])
    years = pd.array([year] * len(frame), dtype="Int16")
    return frame.astype({"population_count": "Int64"}).assign(
        level=level, census_year=years
    )


def derived(*tables, share=SHARE):
    return derived_high_traffic(pd.concat(tables), share)["mesh3"].tolist()


def test_the_fewest_cells_of_most_residents_that_hold_80_percent():
    # 50 + 30 of 100 are exactly 80 %: inclusive, so the third cell is not needed
    assert derived(people((A, 10), (B, 30), (C, 50), (D, 10))) == [B, C]
    # 50 + 29 are 79 %: one more cell is needed
    assert derived(people((A, 11), (B, 29), (C, 50), (D, 10))) == [A, B, C]


def test_of_equal_cells_the_smaller_code_comes_first():
    assert derived(people((D, 10), (C, 10), (B, 10), (A, 10)), share=SHARE / 2) == [
        A,
        B,
    ]


def test_the_rule_needs_no_rounding():
    # 80 % of 6 is 4.8: four residents are too few, five enough
    assert derived(people((A, 4), (B, 1), (C, 1))) == [A, B]


@pytest.mark.parametrize(("level", "digits"), [("m4", "1"), ("m5", "11")])
def test_finer_cells_and_parts_of_prefectures_are_added_to_1_km(level, digits):
    fine = [int(f"{A}{digits}"), int(f"{A}{digits[:-1]}4"), int(f"{B}{digits}")]
    rows = people((fine[0], 3), (fine[1], 3, "14"), (fine[2], 4), level=level)
    assert derived(rows, share=Fraction(1, 2)) == [A]


def test_the_newest_census_is_used_alone():
    old, new = people((A, 1_000), year=2015), people((B, 10), year=2020)
    assert derived(old, new) == [B]
    assert derived(new, old) == [B]
    assert derived(people((A, 1), year=None)) == [A]


def test_nobody_anywhere_is_no_cell():
    assert derived(people((A, 0), (B, 0))) == []
    assert derived(people()) == []


def test_two_levels_at_once_would_count_people_twice():
    with pytest.raises(TableError, match="levels m3, m4 in one census year"):
        derived(people((A, 1)), people((A * 10 + 1, 1), level="m4"))


counts = st.lists(st.integers(0, 50), min_size=1, max_size=30)


@given(counts)
def test_the_cells_hold_the_share_and_none_can_be_left_out(residents):
    cells = mesh.children(533946, "m2", "m3")[: len(residents)]
    by_cell = dict(zip(cells.tolist(), residents, strict=True))
    chosen = derived(people(*by_cell.items()))
    held, total = sum(by_cell[cell] for cell in chosen), sum(residents)
    assert 100 * held >= 80 * total
    if chosen:
        least = min(by_cell[cell] for cell in chosen)
        assert 100 * (held - least) < 80 * total
        assert least >= max(
            (n for c, n in by_cell.items() if c not in chosen), default=0
        )


def prefectures(*codes, population=None):
    return high_traffic_prefectures(
        pd.DataFrame({"mesh3": np.array(codes, "int64")}),
        reference.mesh3_municipalities(),
        reference.mesh3_prefecture(),
        population,
    )


def test_a_border_cell_touches_every_prefecture_and_is_likely_in_one():
    listed = reference.mesh3_prefecture()
    border = int(listed.loc[listed["is_border_cell"], "mesh3"].iloc[0])
    rows = prefectures(border, 53394611)
    touched = rows[rows["mesh3"] == border]
    assert len(touched) > 1
    assert touched["is_likely"].sum() == 1
    inland = rows[rows["mesh3"] == 53394611]
    assert inland[["pref_code", "is_likely"]].to_numpy().tolist() == [["13", True]]


def test_a_cell_off_the_list_is_where_most_of_its_residents_live():
    at_sea = 51390000
    assert at_sea not in set(reference.mesh3_prefecture()["mesh3"])
    residents = people((at_sea, 3, "14"), (at_sea, 5, "13"), (at_sea, 4, "12"))
    rows = prefectures(at_sea, population=residents)
    assert rows.to_numpy().tolist() == [[at_sea, "13", True]]
    with pytest.raises(TableError, match=f"High-traffic cell {at_sea} is on no land"):
        prefectures(at_sea)
    with pytest.raises(TableError, match=f"High-traffic cell {at_sea} is on no land"):
        prefectures(at_sea, population=people((A, 1)))
