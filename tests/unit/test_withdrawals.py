import pandas as pd
import pytest

from geodata.filings import read_filing
from geodata.filings.plan_toml.withdrawals import explained, falls_over_years, withdrawn
from tests.unit.filing_builder import (
    MESH_COUNT,
    MESH_COUNTS,
    PLAN,
    PREFECTURE_COUNTS,
    TODAY,
    check,
    csv_text,
    write_filing,
)
from tests.unit.filing_cases_totals import FALL, PREFECTURE_FALL, WITHDRAWAL

OF_TOKYO = WITHDRAWAL.replace('mesh2 = "533945"', 'pref_code = "13"')


def of(report, rule_id):
    return [f for f in report.findings.to_pylist() if f["rule_id"] == rule_id]


def fallen(folder, *rows, text=WITHDRAWAL):
    """Findings on cell counts of which `rows` fall."""
    table = csv_text([*MESH_COUNTS, *rows])
    filing = write_filing(
        folder, plan_toml=PLAN + text, stations_csv=None, mesh_counts_csv=table
    )
    return check(filing)


def counts(*rows):
    names = ["place", "fiscal_year", "band_class", "n_advanced", "n_ordinary"]
    return pd.DataFrame(rows, columns=names)


def falls(*rows):
    return falls_over_years(counts(*rows), ["n_advanced", "n_ordinary"])


def records(*rows):
    names = ["entry", "place", "fiscal_year", "band_class", "count"]
    numbered = [(at, *row) for at, row in enumerate(rows, 1)]
    return pd.DataFrame(numbered, columns=names).astype({"band_class": "object"})


def test_a_fall_is_the_sum_of_what_the_columns_lost():
    found = falls((1, 2020, "sub6", 5, 9), (1, 2022, "sub6", 7, 6))
    row = found.iloc[0]
    assert (len(found), row["fall"], row["year_before"]) == (1, 3, 2020)
    assert row["n_ordinary_before"] == 9


def test_the_order_of_rows_decides_nothing():
    rows = [(1, 2020, "sub6", 5, 9), (1, 2021, "sub6", 4, 9), (1, 2022, "sub6", 4, 8)]
    expected = falls(*rows)[["fiscal_year", "fall"]].to_numpy().tolist()
    backwards = falls(*rows[::-1]).sort_values("fiscal_year")
    assert backwards[["fiscal_year", "fall"]].to_numpy().tolist() == expected


def test_series_of_other_places_and_classes_do_not_mix():
    rows = [(1, 2020, "sub6", 5, 0), (2, 2021, "sub6", 1, 0), (1, 2021, "mmwave", 1, 0)]
    assert falls(*rows).empty


@pytest.mark.parametrize(
    ("record", "is_explained"),
    [
        ((1, 2021, None, 3), True),
        ((1, 2021, "sub6", 3), True),
        ((1, 2022, None, 3), True),  # the year between was not filed
        ((1, 2021, None, 2), False),
        ((1, 2021, "mmwave", 3), False),
        ((2, 2021, None, 3), False),
        ((1, 2020, None, 3), False),
        ((1, 2023, None, 3), False),
    ],
)
def test_a_record_explains_its_own_place_years_and_class(record, is_explained):
    fall = falls((1, 2020, "sub6", 5, 0), (1, 2022, "sub6", 2, 0))
    assert explained(fall, records(record)).tolist() == [is_explained]


def test_a_record_of_any_class_is_shared_by_the_classes():
    rows = [(1, 2020, "sub6", 5, 0), (1, 2020, "mmwave", 5, 0)]
    later = [(1, 2021, "sub6", 2, 0), (1, 2021, "mmwave", 2, 0)]
    both = falls(*rows, *later)
    assert explained(both, records((1, 2021, None, 6))).all()
    assert not explained(both, records((1, 2021, None, 5))).any()
    own = records((1, 2021, None, 4), (1, 2021, "sub6", 2))
    assert explained(both, own).all()


def test_no_record_explains_nothing():
    fall = falls((1, 2020, "sub6", 5, 0), (1, 2021, "sub6", 2, 0))
    assert explained(fall, records()).tolist() == [False]


def test_records_are_read_as_they_stand_and_bad_ones_left_out(tmp_path):
    text = WITHDRAWAL + OF_TOKYO + WITHDRAWAL.replace("533945", "000000")
    report = fallen(tmp_path / "filing", FALL, text=text)
    cells, prefectures = (
        withdrawn(report.plan, table) for table in ("mesh_counts", "prefecture_counts")
    )
    assert cells.to_numpy().tolist() == [[1, 533945, 2021, None, 3]]
    assert prefectures.to_numpy().tolist() == [[2, 13, 2021, None, 3]]
    assert [f["column"] for f in of(report, "withdrawal_unusable")] == ["withdrawal[3]"]
    assert [f["column"] for f in of(report, "withdrawal_unused")] == ["withdrawal[2]"]


UNUSABLE = {
    "not a table": "withdrawal = [1]\n",
    "no count": WITHDRAWAL.replace("count = 3\n", ""),
    "count is of the wrong kind": WITHDRAWAL.replace("count = 3", "count = true"),
    "count is not 1 to": WITHDRAWAL.replace("count = 3", "count = 0"),
    "count is not 1 to 10000000": WITHDRAWAL.replace("= 3", f"= {10**15}"),
    "fiscal_year is not 2019 to 2035": WITHDRAWAL.replace("2021", "2018"),
    "no reason": WITHDRAWAL.replace("buildings pulled down", " "),
    "unknown key cell": WITHDRAWAL + "cell = 1\n",
    "neither or both": WITHDRAWAL + 'pref_code = "13"\n',
    "no such pref_code": OF_TOKYO.replace("13", "48"),
    "no such mesh2": WITHDRAWAL.replace("533945", "13"),
    "no such band_class": WITHDRAWAL + 'band_class = "n78"\n',
    "band_class with pref_code": OF_TOKYO + 'band_class = "sub6"\n',
}


@pytest.mark.parametrize("fault", UNUSABLE)
def test_a_record_that_cannot_be_used_says_why_and_explains_nothing(fault, tmp_path):
    plan = UNUSABLE[fault] + PLAN if fault == "not a table" else PLAN + UNUSABLE[fault]
    filing = write_filing(
        tmp_path / "filing",
        plan_toml=plan,
        stations_csv=None,
        mesh_counts_csv=csv_text([*MESH_COUNTS, FALL]),
    )
    report = check(filing)
    (finding,) = of(report, "withdrawal_unusable")
    assert fault in finding["message_en"]
    assert len(of(report, "count_decreasing")) == 1
    assert report.is_accepted


def test_a_fall_beyond_the_record_is_found_with_what_it_was(tmp_path):
    deeper = FALL | {"n_ordinary": "36"}
    (finding,) = of(fallen(tmp_path / "filing", deeper), "count_decreasing")
    assert "n_ordinary falls to 36 from 40 in FY2020" in finding["message_en"]
    assert (finding["column"], finding["mesh2"]) == ("n_ordinary", 533945)


def test_a_recovery_is_no_second_fall(tmp_path):
    later = MESH_COUNT | {"mesh2": "533945", "fiscal_year": "2022", "n_ordinary": "38"}
    assert of(fallen(tmp_path / "filing", FALL, later), "count_decreasing") == []


def test_prefecture_totals_fall_by_count_and_by_rate(tmp_path):
    table = csv_text([*PREFECTURE_COUNTS, *PREFECTURE_FALL])
    content = {"stations_csv": None, "prefecture_counts_csv": table}
    filing = write_filing(tmp_path / "filing", **content)
    report = read_filing(filing, today=TODAY)
    found = of(report, "prefecture_count_decreasing")
    assert [f["column"] for f in found] == ["n_ordinary", "base_deployment_rate_pct"]
    assert "falls to 16.4 from 16.5 in FY2020" in found[1]["message_en"]


def test_a_rate_lower_for_a_withdrawal_is_explained_in_that_prefecture(tmp_path):
    table = csv_text([*PREFECTURE_COUNTS, *PREFECTURE_FALL])
    content = {"stations_csv": None, "prefecture_counts_csv": table}
    for code, count in (("13", 0), ("14", 2)):
        text = PLAN + OF_TOKYO.replace('"13"', f'"{code}"')
        filing = write_filing(tmp_path / code, plan_toml=text, **content)
        found = of(read_filing(filing, today=TODAY), "prefecture_count_decreasing")
        assert len(found) == count


def test_a_record_for_a_fall_since_the_last_version_is_used(tmp_path):
    before = write_filing(
        tmp_path / "1",
        stations_csv=None,
        mesh_counts_csv=csv_text([*MESH_COUNTS, FALL | {"n_ordinary": "41"}]),
    )
    plan = PLAN.replace("plan_version = 1", "plan_version = 2") + WITHDRAWAL
    after = write_filing(
        tmp_path / "2",
        plan_toml=plan,
        stations_csv=None,
        mesh_counts_csv=csv_text([*MESH_COUNTS, FALL | {"n_ordinary": "40"}]),
    )
    assert of(check(after, previous=before), "withdrawal_unused") == []
    assert len(of(check(after), "withdrawal_unused")) == 1
