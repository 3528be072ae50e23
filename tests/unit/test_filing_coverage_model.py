"""``[coverage_model]``: how coverage areas were computed."""

import pytest

from tests.unit.filing_builder import PLAN, check, found, write_filing
from tests.unit.filing_cases_coverage import (
    MODEL,
    MODEL_PLAN,
    feature,
    filing,
    geojson,
    messages,
)

FAULTS = {
    'method = " "': "method is empty",
    "quantity = 5": "quantity is of the wrong kind",
    "threshold_dbm = nan": "threshold_dbm is not -160 to 0",
    "resolution_m = 0": "resolution_m is not 0.01 to 1000",
    "resolution_m = true": "resolution_m is of the wrong kind",
}


@pytest.mark.parametrize("line", FAULTS)
def test_a_model_that_cannot_be_used_is_told_why(line, tmp_path):
    key = line.split(" ")[0]
    changed = [line if one.startswith(key) else one for one in MODEL.splitlines()]
    files = {"coverage_geojson": geojson(feature())}
    plan = PLAN + "\n".join(changed)
    report = filing(tmp_path / "f", plan_toml=plan, **files)
    assert found(report) == {"coverage_model_unusable"}
    assert FAULTS[line] in messages(report, "coverage_model_unusable")[0]
    assert len(report.coverage) == 1


@pytest.mark.parametrize(
    ("added", "reason"), [("colour = 1", "unknown key colour"), ("", "no quantity")]
)
def test_keys_of_the_model_are_known_and_complete(added, reason, tmp_path):
    model = MODEL + added if added else MODEL.replace('quantity = "SS-RSRP"', "")
    files = {"coverage_geojson": geojson(feature())}
    report = filing(tmp_path / "f", plan_toml=PLAN + model, **files)
    assert reason in messages(report, "coverage_model_unusable")[0]


def test_a_model_is_asked_for_only_where_areas_are_filed(tmp_path):
    report = check(write_filing(tmp_path / "a"))
    assert "coverage_model_missing" not in report.rules_run
    assert report.reasons_not_run["coverage_model_missing"] == "not_applicable"
    told = check(write_filing(tmp_path / "b", plan_toml=MODEL_PLAN))
    assert found(told) == set()
