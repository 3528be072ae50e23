"""Acknowledgements and waivers: what they close, for how long, and which goes first."""

from datetime import date, timedelta

import pytest

from geodata.filings import Waiver
from tests.unit.filing_builder import (
    ADVANCED,
    PLAN,
    STATIONS,
    TODAY,
    check,
    found,
    stations_csv,
    write_filing,
)
from tests.unit.filing_cases_answers import HIGH, KNOWN, WAIVER, acknowledging

MORE = HIGH | {"station_id": "X2", "lat": "35.675498"}
PLACE = (len(STATIONS) + 2, len(STATIONS) + 3)
"""Lines of `HIGH` and `MORE` after the good stations."""

LOW = HIGH | {"station_id": "X3", "antenna_height_m": "", "backhaul_gbps": ""}
LOW_WAIVER = Waiver(
    "backhaul_missing", "docomo", "under contract", "MIC", date(2021, 5, 1)
)


def answered(folder, *rows, plan="", today=TODAY, **options):
    """Report on the good stations and `rows`, with `plan` in ``plan.toml``."""
    filing = write_filing(
        folder,
        plan_toml=PLAN.replace("[[band", f"{plan}\n[[band", 1),
        stations_csv=stations_csv(*STATIONS, *rows),
    )
    return check(filing, today=today, **options)


def states(report, rule_id="antenna_height_high"):
    """State and reason by line of the findings of a rule."""
    return {
        finding["line"]: (finding["state"], finding["answer"])
        for finding in report.findings.to_pylist()
        if finding["rule_id"] == rule_id
    }


def test_an_acknowledgement_closes_the_warnings_of_its_rule(tmp_path):
    report = answered(tmp_path, HIGH, MORE, plan=KNOWN)
    assert states(report) == dict.fromkeys(PLACE, ("acknowledged", "tower"))
    assert (report.warning_count, report.open_warning_count) == (2, 0)
    assert found(report) == {"antenna_height_high"}


@pytest.mark.parametrize(
    ("where", "closed"),
    [
        ('file = "stations.csv"', PLACE),
        (f'file = "stations.csv", lines = [{PLACE[1]}]', PLACE[1:]),
        (f'file = "mesh_counts.csv", lines = [{PLACE[1]}]', ()),
        ('file = "stations.csv", lines = [1, 999999999999999999]', ()),
    ],
)
def test_an_acknowledgement_may_be_narrowed_to_a_file_and_lines(
    where, closed, tmp_path
):
    plan = KNOWN.replace("}", f", {where}}}")
    report = answered(tmp_path, HIGH, MORE, plan=plan)
    seen = states(report)
    assert {line for line in seen if seen[line][0] == "acknowledged"} == set(closed)
    assert {line for line in seen if seen[line][0] == "open"} == set(PLACE) - set(
        closed
    )
    assert ("acknowledged_unused" in found(report)) == (not closed)


def test_a_waiver_goes_before_an_acknowledgement_and_both_are_used(tmp_path):
    report = answered(tmp_path, HIGH, plan=KNOWN, waivers=(WAIVER,))
    reason = "tower (関東総合通信局, 2021-05-01)"
    assert states(report) == {PLACE[0]: ("waived", reason)}
    assert found(report) == {"antenna_height_high"}


def test_where_the_waiver_ends_the_acknowledgement_still_speaks(tmp_path):
    narrow = Waiver(
        WAIVER.rule_id, "docomo", "mast", "MIC", WAIVER.expires_on,
        file="stations.csv", lines=(PLACE[1],), granted_on=date(2021, 4, 1),
    )  # fmt: skip
    report = answered(tmp_path, HIGH, MORE, plan=KNOWN, waivers=(narrow,))
    assert states(report) == {
        PLACE[0]: ("acknowledged", "tower"),
        PLACE[1]: ("waived", "mast (MIC, 2021-04-01/2021-05-01)"),
    }


def test_a_waiver_holds_on_its_last_day_and_not_on_the_next(tmp_path):
    last = answered(tmp_path / "a", HIGH, today=TODAY, waivers=(WAIVER,))
    assert states(last)[PLACE[0]][0] == "waived"
    assert "waiver_expired" not in found(last)
    after = TODAY + timedelta(days=1)
    late = answered(tmp_path / "b", HIGH, today=after, waivers=(WAIVER,))
    assert states(late)[PLACE[0]] == ("open", None)
    assert "waiver_expired" in found(late)


def test_a_renewed_waiver_needs_no_word_on_the_one_that_ran_out(tmp_path):
    old = Waiver("antenna_height_high", "docomo", "mast", "MIC", date(2021, 3, 31))
    report = answered(tmp_path, HIGH, waivers=(old, WAIVER))
    assert found(report) == {"antenna_height_high"}
    assert states(report)[PLACE[0]][0] == "waived"


@pytest.mark.parametrize("changed", [{"carrier": "kddi"}, {"plan_id": "docomo-2022"}])
def test_a_waiver_of_another_carrier_or_plan_says_nothing(changed, tmp_path):
    fields = {"rule_id": WAIVER.rule_id, "carrier": "docomo", "reason": "mast",
              "granted_by": "MIC", "expires_on": TODAY}  # fmt: skip
    report = answered(tmp_path, HIGH, waivers=(Waiver(**fields | changed),))
    assert states(report) == {PLACE[0]: ("open", None)}
    assert found(report) == {"antenna_height_high"}


def test_a_waived_error_lets_the_row_pass_and_says_why(tmp_path):
    refused = answered(tmp_path / "a", LOW)
    assert states(refused, "backhaul_missing") == {PLACE[0]: ("open", None)}
    assert (refused.filing["rejected_count"], refused.error_count) == (1, 1)
    passed = answered(tmp_path / "b", LOW, waivers=(LOW_WAIVER,))
    reason = "under contract (MIC, 2021-05-01)"
    assert states(passed, "backhaul_missing") == {PLACE[0]: ("waived", reason)}
    assert (passed.filing["rejected_count"], passed.error_count) == (0, 0)
    assert passed.waived_count == 1
    assert PLACE[0] in passed.stations["line"].to_pylist()


def test_an_error_is_not_acknowledged_away(tmp_path):
    plan = 'acknowledged = [{rule = "backhaul_missing", reason = "later"}]'
    report = answered(tmp_path, LOW, plan=plan)
    assert states(report, "backhaul_missing") == {PLACE[0]: ("open", None)}
    assert report.filing["rejected_count"] == 1
    assert "acknowledged_rule_unknown" in found(report)


@pytest.mark.parametrize("rule_id", ["lat_range", "file_unknown"])
def test_a_waiver_that_the_catalogue_does_not_allow_lets_nothing_pass(
    rule_id, tmp_path
):
    waiver = Waiver(rule_id, "docomo", "mast", "MIC", TODAY)
    report = answered(tmp_path, HIGH | {"lat": "91"}, waivers=(waiver,))
    assert report.filing["rejected_count"] == 1
    assert report.waived_count == 0


def test_an_answer_to_a_rule_that_did_not_run_is_not_called_unused(tmp_path):
    plan = KNOWN.replace("antenna_height_high", "station_moved")
    report = answered(tmp_path, plan=plan)
    assert "station_moved" in report.rules_not_run
    assert found(report) == set()


def test_an_acknowledgement_answers_what_later_rules_find(tmp_path):
    earlier = write_filing(tmp_path / "earlier")
    moved = ADVANCED | {"lat": "35.691236"}
    later = write_filing(
        tmp_path / "later",
        plan_toml=PLAN.replace("plan_version = 1", "plan_version = 2").replace(
            "[[band",
            KNOWN.replace("antenna_height_high", "station_moved") + "[[band",
            1,
        ),
        stations_csv=stations_csv(moved, *STATIONS[1:]),
    )
    report = check(later, previous=earlier)
    assert states(report, "station_moved") == {2: ("acknowledged", "tower")}
    assert "acknowledged_unused" not in found(report)


@pytest.mark.parametrize(
    "entry",
    [
        '"antenna_height_high"',
        '{rule = "antenna_height_high"}',
        '{rule = "antenna_height_high", reason = " "}',
        '{rule = "antenna_height_high", reason = 1}',
        '{rule = ["antenna_height_high"], reason = "tower"}',
        '{rule = "antenna_height_high", reason = "tower", until = 2022-01-01}',
        '{rule = "antenna_height_high", reason = "tower", file = 1}',
        '{rule = "antenna_height_high", reason = "tower", lines = [5]}',
        '{rule = "antenna_height_high", reason = "tower", file = "x", lines = 5}',
        '{rule = "antenna_height_high", reason = "tower", file = "x", lines = [0]}',
        '{rule = "antenna_height_high", reason = "tower", file = "x", lines = [true]}',
    ],
)
def test_an_entry_that_cannot_be_used_answers_nothing(entry, tmp_path):
    report = acknowledging(f"acknowledged = [{entry}]", HIGH)(tmp_path)
    assert states(report) == {PLACE[0]: ("open", None)}
    assert states(report, "acknowledged_unusable") == {None: ("open", None)}


def test_a_warning_on_the_plan_itself_is_closed_as_well(tmp_path):
    known = 'volume = 2\nacknowledged = [{rule = "plan_key_unknown", reason = "own"}]\n'
    report = answered(tmp_path, plan=known)
    assert states(report, "plan_key_unknown") == {None: ("acknowledged", "own")}
    assert found(report) == {"plan_key_unknown"}
