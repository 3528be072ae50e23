"""Totals held against finer rows: by hand, and against ``core.control_total``."""

import numpy as np
import pytest

from coverage import exact
from geodata import placement, reference
from geodata.filings import CheckOptions, Tolerances, check_filings
from geodata.filings.filing_rules.accepted import Filed
from geodata.filings.filing_rules.year_counts import (
    YEARS,
    Targets,
    percent_half_up,
    year_ends,
    year_index,
)
from geodata.schemas import to_frame
from tests.unit.filing_builder import (
    ADVANCED,
    MESH_COUNT,
    MMWAVE,
    ORDINARY,
    PLAN,
    STATIONS,
    TODAY,
    check,
    csv_text,
    found,
    stations_csv,
    write_filing,
)
from tests.unit.filing_cases_totals import (
    CELL_COUNTS,
    NATIONAL,
    TARGETS,
    TOKYO_CELLS,
    cells_of_every_prefecture,
    growing,
    of_tokyo,
    rows_in,
    with_totals,
)

BY_CELL, BY_PREFECTURE = "mesh_counts_csv", "prefecture_counts_csv"


def of(report, rule_id):
    return [f for f in report.findings.to_pylist() if f["rule_id"] == rule_id]


def messages(report, rule_id):
    return [finding["message_en"] for finding in of(report, rule_id)]


def filed_of(report, **options):
    return Filed(report, CheckOptions(**options))


def days(*texts):
    return np.array(texts, "datetime64[D]").astype("int64")


def test_a_day_belongs_to_the_fiscal_year_that_it_ends():
    asked = days("2018-01-01", "2020-03-31", "2020-04-01", "2036-03-31", "2036-04-01")
    assert year_index(asked).tolist() == [0, 0, 1, len(YEARS) - 1, len(YEARS)]


def test_counts_hold_until_they_change():
    group, year = np.array([0, 0, 1, 1]), np.array([1, 3, 0, len(YEARS)])
    ends = year_ends(group, 2, year, np.array([5, -2, 1, 7]))
    assert ends[0, :5].tolist() == [0, 5, 5, 3, 3]
    assert set(ends[1]) == {1}


@pytest.mark.parametrize("denominator", [1, 3, 8, 200, 4450])
def test_percentages_are_those_of_the_metrics(denominator):
    numerators = np.arange(denominator + 1)
    expected = [exact.percent_half_up(int(n), denominator) for n in numerators]
    assert percent_half_up(numerators, denominator).tolist() == expected


def test_no_target_mesh_is_no_rate():
    assert np.isnan(percent_half_up(0, 0))


def test_targets_are_the_supplied_list_or_the_derived_one():
    derived = Targets.of(None)
    assert derived.mesh2.tolist() == TARGETS.tolist()
    assert derived.source == "derived:listed-land-v1"
    supplied = Targets.of(np.array([533946, 999999, 392725]))
    assert supplied.mesh2.tolist() == [392725, 533946]
    assert supplied.prefecture.tolist() == [47, 13]
    assert (supplied.source, supplied.by_prefecture.sum()) == ("supplied", 2)


def stations_report(folder, *rows, text="", **content):
    table = stations_csv(*rows)
    return check(
        write_filing(folder, plan_toml=PLAN + text, stations_csv=table, **content)
    )


RETIRED = ADVANCED | {
    "station_id": "R1",
    "lat": "35.665498",
    "lon": "139.759640",
    "end_date": "2021-03-31",
    "status": "retired",
}


def test_a_station_counts_at_year_ends_from_its_start_to_before_its_end(tmp_path):
    report = stations_report(tmp_path / "filing", *STATIONS, RETIRED)
    nation = filed_of(report).year_counts.nation
    assert nation.station[0, :5].tolist() == [3, 2, 2, 3, 3]
    assert nation.advanced[0, :5].tolist() == [2, 1, 1, 2, 2]


def test_repeaters_and_stations_that_end_before_they_begin_count_for_nothing(tmp_path):
    repeater = ORDINARY | {"station_type": "repeater", "station_id": "X1"}
    never = RETIRED | {"actual_start": "2021-03-30", "end_date": "2021-03-30"}
    report = stations_report(tmp_path / "filing", ADVANCED, repeater, never)
    assert filed_of(report).year_counts.nation.station[0, :3].tolist() == [1, 1, 1]


def test_a_station_on_an_unlisted_cell_counts_in_the_nearest_prefecture(tmp_path):
    at_sea = MMWAVE | {"lat": "35.050000", "lon": "139.550000"}
    report = stations_report(tmp_path / "filing", ADVANCED, at_sea)
    filed = filed_of(report)
    assert filed.prefecture.tolist() == [13, 0]
    placed = placement.place_stations(
        to_frame(filed.table("stations")),
        reference.mesh3_prefecture(),
        reference.mesh3_municipalities(),
    )
    expected = placed["pref_code"].astype("int64").tolist()
    assert filed.placed_prefecture.tolist() == expected
    totals = filed.year_counts.prefectures.station
    assert totals[expected[1], 3] == 1
    assert totals[0].sum() == 0


def test_a_point_at_sea_is_no_prefecture_of_the_nation(tmp_path):
    at_sea = MMWAVE | {"lat": "35.050000", "lon": "139.550000"}
    all_47 = rows_in(cells_of_every_prefecture(47))
    assert filed_of(stations_report(tmp_path / "all", *all_47)).is_national
    most = stations_report(tmp_path / "most", *all_47[1:], at_sea)
    assert len(np.unique(filed_of(most).prefecture)) == 47
    assert not filed_of(most).is_national


def test_a_differing_total_says_what_was_filed_computed_and_counted(tmp_path):
    report = with_totals(*of_tokyo(2020, 3, 1, 2))(tmp_path / "filing")
    assert [f["column"] for f in of(report, "control_total_differs")] == [
        "n_advanced",
        "n_ordinary",
        "base_deployment_rate_pct",
    ]
    advanced, both, rate = messages(report, "control_total_differs")
    assert (
        "n_advanced of 13 at the end of FY2020: filed 3, computed 1, difference 2"
        in (advanced)
    )
    assert (
        "n_advanced + n_ordinary of 13 at the end of FY2020: filed 4, computed 2"
        in both
    )
    assert f"stations.csv: 1/{TOKYO_CELLS} derived:listed-land-v1" in rate
    assert [f["value"] for f in of(report, "nation_sum_differs")] == ["3"]


def test_a_supplied_list_is_the_denominator(tmp_path):
    rows = of_tokyo(2020, 1, 1, 1, base_deployment_rate_pct="50.0")
    filing = write_filing(tmp_path / "filing", **{BY_PREFECTURE: csv_text(rows)})
    supplied = check(filing, target_mesh2=np.array([533946, 533945]))
    assert of(supplied, "control_total_differs") == []
    derived = of(check(filing), "control_total_differs")
    assert [f["column"] for f in derived] == ["base_deployment_rate_pct"]


def test_a_prefecture_without_target_meshes_has_no_rate_to_differ_from(tmp_path):
    rows = of_tokyo(2020, 1, 1, 1, base_deployment_rate_pct="7.0")
    filing = write_filing(tmp_path / "filing", **{BY_PREFECTURE: csv_text(rows)})
    report = check(filing, target_mesh2=np.array([392725]))
    assert of(report, "control_total_differs") == []


def test_a_rate_may_differ_by_the_tolerance(tmp_path):
    rate = exact.percent_half_up(1, TOKYO_CELLS) + 0.5
    rows = of_tokyo(2020, 1, 1, 1, base_deployment_rate_pct=f"{rate:.1f}")
    filing = write_filing(tmp_path / "filing", **{BY_PREFECTURE: csv_text(rows)})
    assert len(of(check(filing), "control_total_differs")) == 1
    wide = check(filing, tolerances=Tolerances(rate_points=0.5))
    assert of(wide, "control_total_differs") == []


def test_cell_counts_are_the_finer_rows_where_no_station_is_filed(tmp_path):
    content = {
        "stations_csv": None,
        BY_CELL: csv_text([CELL_COUNTS[0], CELL_COUNTS[1] | {"n_indoor": "4"}]),
        BY_PREFECTURE: csv_text([*of_tokyo(2020, 1, 1, 1), *of_tokyo(2022, 2, 1, 2)]),
    }
    report = check(write_filing(tmp_path / "filing", **content))
    (finding,) = of(report, "control_total_differs")
    assert finding["column"] == "n_ordinary"
    assert "filed 3, computed 7, difference -4" in finding["message_en"]
    assert "mesh_counts.csv" in finding["message_en"]
    assert "mesh_count_differs" in report.rules_not_run


def test_a_year_that_the_finer_table_leaves_out_is_not_compared(tmp_path):
    """Neither before its first year, where nothing is not zero, nor after its last."""
    totals = [row for year in (2019, 2022) for row in of_tokyo(year, 4, 5, 2)]
    content = {
        "plan_toml": PLAN + NATIONAL.replace("= 2\n", "= 3\n"),
        "stations_csv": None,
        BY_CELL: csv_text(CELL_COUNTS[:1]),
        BY_PREFECTURE: csv_text(totals),
    }
    report = check(write_filing(tmp_path / "filing", **content))
    assert of(report, "control_total_differs") == []
    assert of(report, "nation_sum_differs") == []
    counted = {
        m.partition(" by ")[2] for m in messages(report, "national_total_differs")
    }
    assert counted
    assert all(text.startswith("prefecture_counts.csv") for text in counted)


def test_a_filing_whose_rows_are_all_in_another_plan_has_nothing_to_compare(tmp_path):
    write_filing(tmp_path / "b", plan_toml=PLAN.replace("docomo-2019", "docomo-0"))
    write_filing(tmp_path / "a", plan_toml=PLAN + NATIONAL.replace("= 2\n", "= 9\n"))
    _, report = check_filings([tmp_path], today=TODAY)
    assert report.name == "a"
    assert len(of(report, "key_in_other_plan")) == len(STATIONS)
    assert of(report, "national_total_differs") == []


def test_an_incomplete_year_is_not_summed(tmp_path):
    report = with_totals(*of_tokyo(2020, 2, 1, 1)[:46])(tmp_path / "filing")
    assert len(of(report, "control_total_differs")) == 2
    assert of(report, "nation_sum_differs") == []


def test_prefecture_totals_alone_control_nothing(tmp_path):
    content = {"stations_csv": None, BY_PREFECTURE: csv_text(of_tokyo(2020, 2, 1, 1))}
    report = check(write_filing(tmp_path / "filing", **content))
    assert {"control_total_differs", "nation_sum_differs"} <= set(report.rules_not_run)
    assert report.reasons_not_run["control_total_differs"] == "other_table"


INDOOR = ORDINARY | {"station_id": "I1", "indoor": "true", "lon": "139.771000"}
PARENT_4G = ADVANCED | {
    "station_id": "P1",
    "band": "n3",
    "freq_low_mhz": "1860",
    "freq_high_mhz": "1880",
    "bandwidth_mhz": "20",
}


def cell(band_class, advanced, ordinary, indoor):
    return MESH_COUNT | {
        "band_class": band_class,
        "n_advanced": str(advanced),
        "n_ordinary": str(ordinary),
        "n_indoor": str(indoor),
    }


@pytest.mark.parametrize(
    "rows",
    [
        [cell("sub6", 1, 1, 1), cell("reuse_mid", 1, 0, 0)],
        [cell("all", 1, 2, 1)],  # a parent on a 4G band does not count as advanced
    ],
)
def test_cell_counts_agree_by_class_and_as_all(rows, tmp_path):
    content = {BY_CELL: csv_text(rows)}
    stations = (ADVANCED, ORDINARY, INDOOR, PARENT_4G)
    report = stations_report(tmp_path / "filing", *stations, **content)
    assert of(report, "mesh_count_differs") == []
    assert of(report, "mesh_count_absent") == []


def test_every_column_of_a_cell_is_compared(tmp_path):
    content = {BY_CELL: csv_text([cell("sub6", 2, 0, 3)])}
    stations = (ADVANCED, ORDINARY, INDOOR)
    report = stations_report(tmp_path / "filing", *stations, **content)
    hits = of(report, "mesh_count_differs")
    assert [f["column"] for f in hits] == ["n_advanced", "n_indoor"]
    assert {f["mesh2"] for f in hits} == {533946}
    assert "filed 3, computed 1, difference 2" in hits[1]["message_en"]


def test_a_cell_without_stations_adds_up_to_none(tmp_path):
    nowhere = cell("sub6", 1, 0, 0) | {"mesh2": "533945"}
    report = with_totals(cells=[*CELL_COUNTS, nowhere])(tmp_path / "filing")
    assert "filed 1, computed 0" in messages(report, "mesh_count_differs")[0]


def test_cells_with_stations_but_no_counts_are_named_once(tmp_path):
    report = with_totals(cells=CELL_COUNTS[1:])(tmp_path / "filing")
    (finding,) = of(report, "mesh_count_absent")
    assert finding["value"] == "533946"
    assert "1 cells" in finding["message_en"]


def test_national_totals_are_held_against_rows_and_prefectures(tmp_path):
    text = NATIONAL.replace("n_advanced = 2", "n_advanced = 3")
    report = with_totals(*of_tokyo(2022, 2, 1, 2), text=text)(tmp_path / "filing")
    told = messages(report, "national_total_differs")
    assert len(told) == 4
    assert sum("by stations.csv" in text for text in told) == 2
    assert sum("by prefecture_counts.csv" in text for text in told) == 2


def test_national_cells_and_rate_name_the_denominator(tmp_path):
    text = NATIONAL.replace("cell_count = 2", "cell_count = 3")
    report = with_totals(text=text)(tmp_path / "filing")
    (message,) = messages(report, "national_total_differs")
    fraction = f"2 by stations.csv: 2/{len(TARGETS)} derived:listed-land-v1"
    assert f"base_deployment_cell_count is 3, but {fraction}" in message


def test_a_national_rate_must_follow_from_its_cells(tmp_path):
    text = NATIONAL.replace("rate_pct = 0.0", "rate_pct = 50")
    filing = write_filing(tmp_path / "filing", plan_toml=PLAN + text)
    report = check(filing, target_mesh2=TARGETS[:10])
    (message,) = messages(report, "national_rate_differs")
    assert "2 cells of 10 (supplied) are 20.0 %, not 50 %" in message


UNUSABLE = {
    "no fiscal_year": NATIONAL.replace("fiscal_year = 2022\n", ""),
    "fiscal_year is not 2019 to 2035": NATIONAL.replace("2022", "2036"),
    "no total": "[[national_total]]\nfiscal_year = 2022\n",
    "unknown key cells": NATIONAL + "cells = 1\n",
    "n_advanced is of the wrong kind": NATIONAL.replace("= 2\n", "= 2.0\n", 1),
    "n_ordinary is not 0 to": NATIONAL.replace("n_ordinary = 1", "n_ordinary = -1"),
    "base_deployment_rate_pct is not 0 to 100": NATIONAL.replace("0.0", "nan"),
    "n_ordinary without n_advanced": NATIONAL.replace("n_advanced = 2\n", ""),
    "fiscal_year was given before": NATIONAL + NATIONAL,
}


@pytest.mark.parametrize("fault", UNUSABLE)
def test_a_national_total_that_cannot_be_used_says_why(fault, tmp_path):
    report = with_totals(text=UNUSABLE[fault])(tmp_path / "filing")
    (message,) = messages(report, "national_total_unusable")
    assert fault in message
    assert of(report, "national_total_differs") == []
    assert report.is_accepted


def test_a_plan_within_ten_times_the_pace_passes(tmp_path):
    assert "growth_over_pace" not in found(growing(10)(tmp_path / "10"))
    (message,) = messages(growing(11)(tmp_path / "11"), "growth_over_pace")
    assert "FY2022 adds 11 stations" in message
    assert "11.0 times the pace of FY2020 (1 a year" in message


def test_a_first_year_in_part_is_carried_on_to_a_whole_one(tmp_path):
    """Service from 2020-03-25: 2 stations in 7 of 366 days are a pace of 105."""
    built = [ADVANCED, ORDINARY]
    planned = {"actual_start": "", "planned_fy": "2021", "status": "planned"}
    rows = rows_in(cells_of_every_prefecture(30), **planned)
    table = stations_csv(*built, *rows)
    plan = PLAN.replace("as_of = 2021-03-31", "as_of = 2020-12-31")
    filing = write_filing(tmp_path / "filing", plan_toml=plan, stations_csv=table)
    slow = Tolerances(growth_factor=0.25, growth_floor_count=1)
    (message,) = messages(check(filing, tolerances=slow), "growth_over_pace")
    assert "FY2021 adds 30 stations (by band), 0.3 times the pace of FY2019 (105" in (
        message
    )


def test_a_carrier_that_has_built_nothing_has_no_pace(tmp_path):
    rows = rows_in(
        cells_of_every_prefecture(30),
        actual_start="",
        planned_fy="2022",
        status="planned",
    )
    filing = write_filing(tmp_path / "filing", stations_csv=stations_csv(*rows))
    eager = Tolerances(growth_factor=0.0, growth_floor_count=0)
    assert "growth_over_pace" not in found(check(filing, tolerances=eager))


def test_a_station_at_sea_stands_for_no_prefecture(tmp_path):
    report = stations_report(tmp_path / "filing", ADVANCED)
    for first, is_national in ((0, False), (1, True)):
        filed = filed_of(report)
        filed.prefecture = np.arange(first, first + 47)  # 0: no prefecture
        assert filed.is_national is is_national
