"""A second version of a plan is held against the one before it."""

import numpy as np
import pyarrow.compute as pc
import pytest

from geodata.filings import check_filings
from geodata.filings.filing_rules.movement import Points, compass, measure
from geodata.filings.options import Tolerances
from tests.unit.filing_builder import (
    ADVANCED,
    MESH_COUNT,
    MESH_COUNTS,
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
from tests.unit.filing_cases_history import (
    PLACES,
    RETIRED,
    SECOND,
    TRIPS,
    at_places,
    changed,
    counts,
    on_jgd2011,
    rows,
    shifted,
    versions,
)

FULL = [*STATIONS, RETIRED]


def of_rule(report, rule_id):
    """Findings of one rule, as plain dicts."""
    return report.findings.filter(
        pc.equal(report.findings["rule_id"], rule_id)
    ).to_pylist()


def station(station_id, actual_start):
    """A good row of its own place."""
    lat = f"35.{60 + int(station_id[1:])}1236"
    names = {"station_id": station_id, "site_id": station_id, "lat": lat}
    return ADVANCED | names | {"actual_start": actual_start}


def only(report, rule_id):
    """The one finding of a rule."""
    (finding,) = of_rule(report, rule_id)
    return finding


@pytest.mark.parametrize(
    ("before", "after", "is_back"),
    [
        ("planned", "licensed", False),
        ("planned", "operating", False),
        ("licensed", "operating", False),
        ("operating", "retired", False),
        ("licensed", "planned", True),
        ("operating", "planned", True),
        ("operating", "licensed", True),
        ("retired", "operating", True),
    ],
)
def test_a_status_only_moves_forward(before, after, is_back, tmp_path):
    dates = {
        "planned": {"actual_start": "", "planned_fy": "2021"},
        "licensed": {"actual_start": "", "planned_fy": "2021"},
        "operating": {},
        "retired": {"end_date": "2021-02-28"},
    }
    first = ADVANCED | dates[before] | {"status": before}
    second = ADVANCED | dates[after] | {"status": after}
    report = rows([ORDINARY, first], [ORDINARY, second])(tmp_path)
    assert ("status_backwards" in found(report)) == is_back


def test_a_finding_names_the_line_and_value_of_the_last_version(tmp_path):
    back = ADVANCED | {"status": "planned", "actual_start": "", "planned_fy": "2021"}
    report = rows([MMWAVE, ORDINARY, ADVANCED], [back, ORDINARY, MMWAVE])(tmp_path)
    finding = only(report, "status_backwards")
    assert (finding["file"], finding["line"]) == ("stations.csv", 2)
    assert (finding["column"], finding["value"]) == ("status", "planned")
    assert (
        "from operating (line 4 of the last version) to planned"
        in (finding["message_en"])
    )
    assert "前の版(4 行)の operating から planned" in finding["message_ja"]


def test_rows_are_known_again_by_station_and_band_whatever_their_order(tmp_path):
    second_band = ADVANCED | {
        "band": "n257",
        "freq_low_mhz": "27400",
        "freq_high_mhz": "27800",
        "bandwidth_mhz": "400",
        "eirp_dbm": "50",
    }
    first = [*FULL, second_band]
    late = second_band | {"actual_start": "2020-04-01"}
    for number, order in enumerate(([0, 1, 2, 3, 4], [4, 2, 0, 3, 1])):
        after = [[*FULL, late][at] for at in order]
        report = rows(first, after)(tmp_path / str(number))
        assert found(report) == {"actual_start_changed"}
        assert only(report, "actual_start_changed")["line"] == order.index(4) + 2


@pytest.mark.parametrize("seed", range(5))
def test_each_station_meets_itself_among_added_and_removed_ones(seed, tmp_path):
    rng = np.random.default_rng(seed)
    ids = [f"S{number:02d}" for number in range(16)]
    before, after = (sorted(rng.permutation(ids)[:11]) for _ in range(2))
    day = "2020-04-{:02d}".format
    first = [station(name, day(int(name[1:]) + 1)) for name in before]
    second = [station(name, day(int(name[1:]) + 2)) for name in after]
    report = rows(first, second)(tmp_path)
    told = {
        after[finding["line"] - 2]: finding["message_en"].split()[3]
        for finding in of_rule(report, "actual_start_changed")
    }
    kept = set(before) & set(after)
    assert told == {name: day(int(name[1:]) + 1) for name in kept}
    gone = [finding["value"] for finding in of_rule(report, "station_vanished")]
    assert sorted(gone) == sorted(set(before) - set(after))


def test_a_move_is_told_in_metres_with_its_direction(tmp_path):
    report = changed(ADVANCED, lat="35.681236", lon="139.768230")(tmp_path)
    message = only(report, "station_moved")["message_en"]
    assert "moved 100.0 m to the E since line 5 of the last version" in message


@pytest.mark.parametrize(
    ("lat", "is_told"),
    [("35.681506", False), ("35.681507", True), ("35.680966", False)],
)
def test_a_move_within_the_tolerance_is_none(lat, is_told, tmp_path):
    report = changed(ADVANCED, lat=lat)(tmp_path)
    assert ("station_moved" in found(report)) == is_told


def test_the_tolerance_of_a_move_can_be_set(tmp_path):
    case = changed(ADVANCED, lat="35.681506")
    report = case(tmp_path, tolerances=Tolerances(moved_m=20.0))
    assert "station_moved" in found(report)


def test_distances_are_those_of_the_ellipsoid_at_any_range():
    before = Points(np.array([139.0, 139.0, 139.0, np.nan]), np.full(4, 35.0))
    after = Points(np.array([139.0, 140.0, 139.0, 139.0]), np.array([36, 35, 35, 35.0]))
    moves = measure(before, after, over_m=30.0)
    # the meridian by integration of its radius of curvature; the other by Vincenty
    assert moves.metres == pytest.approx([110_949.77, 91_287.79, 0, 0], abs=0.01)
    assert list(compass(moves.azimuth_deg[:2])) == ["N", "E"]


def test_directions_are_the_eight_winds():
    degrees = np.array([0, 22.4, 22.6, 90, 180, 225, 270, 337.4, 337.6, 359.9])
    assert " ".join(compass(degrees)) == "N N NE E S SW W NW N N"


def test_rows_that_moved_alike_are_told_as_one_and_the_others_one_by_one(tmp_path):
    moved = at_places(shifted(PLACES[:6], north=0.004) + PLACES[6:])
    moved[0] |= {"lat": "35.65"}
    report = rows(at_places(PLACES), moved)(tmp_path)
    finding = only(report, "moved_together")
    assert (finding["value"], finding["line"]) == ("5", None)
    assert "5 of 8 rows" in finding["message_en"]
    assert "about 443.8 m to the N" in finding["message_en"]
    assert [f["line"] for f in of_rule(report, "station_moved")] == [2]


def test_moves_of_a_few_rows_or_of_one_site_are_told_one_by_one(tmp_path):
    few = at_places(shifted(PLACES[:3], north=0.003) + PLACES[3:])
    one = [row | {"lat": "35.6", "lon": "139.6"} for row in at_places(PLACES)]
    one = [
        row | {"shared": "true", "station_id": f"Q{at}"} for at, row in enumerate(one)
    ]
    away = [row | {"lat": "35.603"} for row in one]
    reports = [
        rows(at_places(PLACES), few)(tmp_path / "few"),
        rows(one, away)(tmp_path / "one"),
    ]
    assert [len(of_rule(report, "station_moved")) for report in reports] == [3, 8]
    assert all("moved_together" not in found(report) for report in reports)


@pytest.mark.parametrize("is_forth", [True, False])
def test_a_change_of_datum_is_recognised_either_way_over_all_japan(is_forth, tmp_path):
    points = [
        (26.212401, 127.680932),
        (33.590355, 130.401716),
        (34.702485, 135.495951),
        (35.681236, 139.767125),
        (38.268215, 140.869356),
        (43.068564, 141.350756),
    ]
    pair = [at_places(points), at_places(on_jgd2011(points))]
    before, after = pair if is_forth else pair[::-1]
    report = rows(before, after)(tmp_path)
    names = ("TOKYO", "JGD2011") if is_forth else ("JGD2011", "TOKYO")
    message = only(report, "moved_by_datum_shift")["message_en"]
    assert "6 of 6 rows" in message
    assert f"a change from {names[0]} to {names[1]}" in message
    assert not {"moved_together", "station_moved"} & found(report)


def test_a_correct_change_of_datum_moves_nothing(tmp_path):
    first = {"plan_toml": PLAN.replace("JGD2011", "TOKYO")}
    before = first | {"stations_csv": stations_csv(*at_places(PLACES))}
    after = {"stations_csv": stations_csv(*at_places(on_jgd2011(PLACES)))}
    report = versions(before, after)(tmp_path)
    moves = {"station_moved", "moved_together", "moved_by_datum_shift"}
    assert moves <= set(report.rules_run)
    assert not moves & found(report)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"planned_fy": "2024"}, ("planned_fy", "2 fiscal year(s), from FY2022")),
        (
            {"planned_fy": "", "planned_quarter": "", "planned_start": "2023-04-01"},
            ("planned_start", "1 fiscal year(s), from FY2022"),
        ),
        ({"planned_quarter": "4"}, None),
        ({"planned_fy": "2021"}, None),
        ({"actual_start": "2021-03-01", "status": "operating"}, None),
    ],
)
def test_a_slip_counts_in_fiscal_years(values, expected, tmp_path):
    report = changed(MMWAVE, **values)(tmp_path)
    hits = of_rule(report, "start_slipped")
    if expected is None:
        assert hits == []
    else:
        assert hits[0]["column"] == expected[0]
        assert expected[1] in hits[0]["message_en"]


def test_a_station_that_began_in_a_later_year_than_planned_slipped(tmp_path):
    planned = MMWAVE | {"planned_fy": "2019", "planned_quarter": "4"}
    begun = planned | {"actual_start": "2020-06-01", "status": "operating"}
    report = rows([ADVANCED, planned], [ADVANCED, begun])(tmp_path)
    finding = only(report, "start_slipped")
    assert (finding["column"], finding["value"]) == ("actual_start", "2020-06-01")


def test_a_value_given_for_the_first_time_has_not_changed(tmp_path):
    n28 = ADVANCED | {"band": "n28", "freq_low_mhz": "", "freq_high_mhz": ""}
    n28 |= {"bandwidth_mhz": "", "station_id": "L1", "lat": "35.70", "lon": "139.70"}
    given = n28 | {"freq_low_mhz": "783", "freq_high_mhz": "793"}
    report = rows([*FULL, n28], [*FULL, given])(tmp_path)
    assert "frequency_changed" not in found(report)


def test_a_station_that_is_gone_is_named_with_its_cell_and_no_line(tmp_path):
    report = TRIPS["station_vanished"](tmp_path)
    finding = only(report, "station_vanished")
    assert (finding["file"], finding["line"]) == ("stations.csv", None)
    assert (finding["value"], finding["mesh2"]) == ("B1", 533946)
    assert (
        "Station B1 on n78, operating on line 5 of the last version"
        in (finding["message_en"])
    )


def test_a_station_whose_row_is_rejected_counts_as_gone(tmp_path):
    report = changed(ORDINARY, indoor="perhaps")(tmp_path)
    assert {"boolean_format", "station_vanished"} <= found(report)


def test_stations_that_are_gone_can_be_acknowledged(tmp_path):
    known = 'acknowledged = [{rule = "station_vanished", reason = "fire"}]\n\n[[band'
    plan = SECOND.replace("[[band", known, 1)
    report = rows(FULL, [ADVANCED, MMWAVE, RETIRED], plan)(tmp_path)
    finding = only(report, "station_vanished")
    assert (finding["state"], finding["answer"]) == ("acknowledged", "fire")


def test_the_version_before_is_also_found_among_the_filings(tmp_path):
    for version, stations in (("1", FULL), ("2", FULL), ("3", FULL[:2])):
        write_filing(
            tmp_path / version,
            plan_toml=PLAN.replace("plan_version = 1", f"plan_version = {version}"),
            stations_csv=stations_csv(*stations),
        )
    reports = check_filings([tmp_path], today=TODAY)
    told = {report.plan_version: found(report) for report in reports}
    assert told[1] == told[2] == set()
    assert told[3] == {"planned_station_vanished", "retired_station_vanished"}


def test_rules_on_rows_do_not_run_where_the_last_version_had_none(tmp_path):
    before = {"stations_csv": None, "mesh_counts_csv": csv_text(MESH_COUNTS)}
    report = versions(before, {})(tmp_path)
    assert "as_of_backwards" in report.rules_run
    assert report.reasons_not_run["station_moved"] == "previous"


def test_nothing_of_history_runs_without_an_earlier_version(tmp_path):
    report = check(write_filing(tmp_path / "only"))
    assert not set(TRIPS) & set(report.rules_run)


@pytest.mark.parametrize(
    ("count", "place", "is_told"),
    [(1, "533946", False), (2, "533946", False), (1, "533945", True)],
)
def test_a_withdrawal_explains_a_count_that_fell(count, place, is_told, tmp_path):
    record = (
        f'\n[[withdrawal]]\nfiscal_year = 2020\ncount = {count}\nmesh2 = "{place}"\n'
        'reason = "removed"\n'
    )
    less = [MESH_COUNT | {"n_advanced": "2"}, *MESH_COUNTS[1:]]
    report = counts("mesh_counts", MESH_COUNTS, less, SECOND + record)(tmp_path)
    assert ("mesh_count_fell_since" in found(report)) == is_told


def test_counts_of_years_still_planned_may_fall(tmp_path):
    less = [*MESH_COUNTS[:1], MESH_COUNTS[1] | {"n_advanced": "4"}, MESH_COUNTS[2]]
    report = counts("mesh_counts", MESH_COUNTS, less)(tmp_path)
    assert "mesh_count_fell_since" in report.rules_run
    assert "mesh_count_fell_since" not in found(report)


def test_a_count_that_fell_is_told_by_column_with_both_values(tmp_path):
    less = [MESH_COUNT | {"n_advanced": "2", "n_indoor": "1"}, *MESH_COUNTS[1:]]
    report = counts("mesh_counts", MESH_COUNTS, less)(tmp_path)
    hits = of_rule(report, "mesh_count_fell_since")
    assert [hit["column"] for hit in hits] == ["n_advanced", "n_indoor"]
    assert {(hit["line"], hit["mesh2"]) for hit in hits} == {(2, 533946)}
    assert (
        "n_advanced of 533946 in FY2020 is 2; the last version had 3"
        in (hits[0]["message_en"])
    )


@pytest.mark.parametrize("classes", [("all", "sub6"), ("sub6", "all")])
def test_counts_by_class_in_place_of_all_have_not_vanished(classes, tmp_path):
    before, after = ([m | {"band_class": c} for m in MESH_COUNTS] for c in classes)
    report = counts("mesh_counts", before, after[:2])(tmp_path / "filing")
    vanished = only(report, "mesh_count_vanished")
    assert vanished["value"] == "533945"
    assert classes[0] in vanished["message_en"]


def test_one_of_several_classes_can_vanish(tmp_path):
    both = [*MESH_COUNTS, MESH_COUNTS[2] | {"band_class": "mmwave"}]
    report = counts("mesh_counts", both, MESH_COUNTS)(tmp_path / "filing")
    assert "mmwave" in only(report, "mesh_count_vanished")["message_en"]
