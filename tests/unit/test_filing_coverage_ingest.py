"""Coverage areas on their way from filings to the first stage of a run."""

import pyarrow as pa
import pytest

from geodata.filings import CheckOptions, receipt, receipt_text
from geodata.ingest import ingest
from geodata.schemas import TABLES, conform
from tests.unit.filing_builder import TODAY, stations_csv, write_filing
from tests.unit.filing_cases_carriers import plan_of, row
from tests.unit.filing_cases_coverage import (
    APART,
    AREA,
    BOW_TIE,
    MODEL,
    MODEL_PLAN,
    case,
    feature,
    geojson,
)

NEXT_PLAN = MODEL_PLAN.replace("plan_version = 1", "plan_version = 2")


def tables(*filings):
    """``raw`` tables of the filings."""
    return ingest(filings, None, {}, (), TODAY, CheckOptions()).tables


def areas(folder, *shapes, plan=MODEL_PLAN):
    rows = [feature(shape) for shape in shapes]
    return write_filing(folder, plan_toml=plan, coverage_geojson=geojson(*rows))


@pytest.mark.parametrize("shapes", [(), (BOW_TIE,)])
def test_without_accepted_areas_there_is_no_table_of_them(shapes, tmp_path):
    filing = areas(tmp_path / "a", *shapes) if shapes else write_filing(tmp_path / "a")
    assert "raw.coverage_area" not in tables(filing)


def test_areas_of_all_carriers_stand_in_one_arrow_table(tmp_path):
    one = areas(tmp_path / "a", AREA, APART)
    other = write_filing(
        tmp_path / "b",
        plan_toml=plan_of("kddi") + MODEL,
        stations_csv=stations_csv(row("kddi")),
        coverage_geojson=geojson(feature(carrier="kddi")),
    )
    held = tables(one, other)["raw.coverage_area"]
    assert isinstance(held, pa.Table)
    assert conform(TABLES["raw.coverage_area"], held).equals(held)
    assert held["carrier"].to_pylist() == ["docomo", "docomo", "kddi"]
    assert held["line"].to_pylist() == [1, 2, 1]


def test_a_version_that_is_replaced_hands_on_no_area(tmp_path):
    first = areas(tmp_path / "a", AREA, APART)
    second = areas(tmp_path / "b", APART, plan=NEXT_PLAN)
    held = tables(first, second)["raw.coverage_area"]
    assert held["line"].to_pylist() == [1]
    without = write_filing(tmp_path / "c", plan_toml=NEXT_PLAN)
    assert "raw.coverage_area" not in tables(first, without)


def test_a_rejected_filing_hands_on_no_area(tmp_path):
    rejected = areas(tmp_path / "a", AREA, plan=MODEL_PLAN.replace("JGD2011", "X"))
    good = write_filing(tmp_path / "b")
    assert "raw.coverage_area" not in tables(rejected, good)


def test_a_receipt_counts_areas_like_rows_of_other_tables(tmp_path):
    report = case(feature(), feature(BOW_TIE), feature(outdoor=False))(tmp_path / "f")
    record = receipt(report)
    assert record["tables"][-1] == {
        "table": "coverage",
        "file": "coverage.geojson",
        "read_count": 3,
        "accepted_count": 2,
        "rejected_count": 1,
    }
    assert record["cells"] == {"533936": {"rejected_count": 1, "warned_count": 0}}
    assert record["rows_without_cell"] == {"rejected_count": 0, "warned_count": 1}
    assert "coverage.geojson: rows read 3, accepted 2, rejected 1" in receipt_text(
        report
    )
