"""Which filings are found, and which of several count."""

import pytest

from geodata.errors import FilingError
from geodata.filings import find_filings, read_filing, select_filings
from tests.unit.filing_builder import (
    ADVANCED,
    MESH_COUNTS,
    MMWAVE,
    PLAN,
    STATIONS,
    TODAY,
    csv_text,
    read_rows,
    write_filing,
)
from tests.unit.filing_cases import LATER_PLAN, zipped

SECOND = PLAN.replace("plan_version = 1", "plan_version = 2")
BROKEN_THIRD = PLAN.replace("plan_version = 1", "plan_version = 3").replace(
    "JGD2011", "?"
)


def _statuses(reports):
    return {report.name: report.status for report in select_filings(reports)}


def test_the_highest_accepted_version_wins_as_a_whole(tmp_path):
    reports = [
        read_rows(tmp_path / "first"),
        read_rows(tmp_path / "third", plan=BROKEN_THIRD),
        read_rows(tmp_path / "second", ADVANCED, plan=SECOND),
    ]
    assert _statuses(reports) == {
        "first": "superseded",
        "second": "accepted",
        "third": "rejected",
    }


def test_the_same_version_with_other_content_is_rejected_from_the_later(tmp_path):
    later = PLAN.replace("04-20", "04-21")
    reports = [read_rows(tmp_path / "a", plan=later), read_rows(tmp_path / "b")]
    assert _statuses(reports) == {"a": "rejected", "b": "accepted"}
    rejected = select_filings(reports)[-1]
    assert rejected.filing["status_reason"] == "plan_version_unique"
    assert (rejected.stations, rejected.filing["accepted_count"]) == (None, 0)


def test_a_folder_and_its_zip_are_one_content(tmp_path):
    reports = [
        read_filing(path, today=TODAY)
        for path in (zipped(tmp_path), tmp_path / "source")
    ]
    assert reports[0].filing["sha256"] == reports[1].filing["sha256"]
    assert sorted(_statuses(reports).values()) == ["accepted", "superseded"]


def test_a_key_in_two_plans_stays_in_the_earlier_one(tmp_path):
    moved = ADVANCED | {"antenna_height_m": "41"}
    reports = [
        read_rows(
            tmp_path / "later", moved, MMWAVE | {"station_id": "C1"}, plan=LATER_PLAN
        ),
        read_rows(tmp_path / "earlier"),
    ]
    earlier, later = select_filings(reports)
    assert (earlier.name, len(earlier.stations)) == ("earlier", 3)
    assert later.stations["station_id"].to_pylist() == ["C1"]
    assert (later.filing["accepted_count"], later.filing["rejected_count"]) == (1, 1)
    (row,) = later.findings.to_pylist()
    assert (row["rule_id"], row["line"]) == ("key_in_other_plan", 2)


def test_other_carriers_may_use_the_same_ids(tmp_path):
    kddi = PLAN.replace('"docomo"', '"kddi"').partition("[[")[0] + (
        '[[band_allocation]]\nband = "n78"\nfreq_low_mhz = 3700\n'
        "freq_high_mhz = 3800\ncertified_on = 2019-04-10\n"
    )
    row = ADVANCED | {"freq_low_mhz": "3700", "freq_high_mhz": "3800"}
    reports = [read_rows(tmp_path / "k", row, plan=kddi), read_rows(tmp_path / "d")]
    assert _statuses(reports) == {"k": "accepted", "d": "accepted"}


def test_selection_does_not_depend_on_the_order_given(tmp_path):
    reports = [
        read_rows(tmp_path / "a"),
        read_rows(tmp_path / "b", *STATIONS[:2]),
        read_rows(tmp_path / "c", ADVANCED, plan=SECOND),
        read_rows(tmp_path / "d", ADVANCED, MMWAVE, plan=LATER_PLAN),
    ]
    settled = [
        [(r.name, r.status, r.filing["accepted_count"]) for r in select_filings(order)]
        for order in (reports, reports[::-1])
    ]
    assert settled[0] == settled[1]


def test_mesh_counts_of_two_plans_do_not_repeat_a_key(tmp_path):
    text = csv_text(MESH_COUNTS)
    reports = [
        read_filing(
            write_filing(
                tmp_path / name, plan_toml=plan, stations_csv=None, mesh_counts_csv=text
            ),
            today=TODAY,
        )
        for name, plan in (("a", PLAN), ("b", LATER_PLAN))
    ]
    first, second = select_filings(reports)
    assert (len(first.mesh_counts), len(second.mesh_counts)) == (3, 0)


def test_filings_are_found_as_children_and_by_themselves(tmp_path):
    write_filing(tmp_path / "set" / "docomo")
    write_filing(tmp_path / "set" / "kddi", plan_toml=None)
    (tmp_path / "set" / "softbank.zip").write_bytes(b"PK")
    (tmp_path / "set" / "rakuten").mkdir()
    (tmp_path / "set" / ".hidden").mkdir()
    (tmp_path / "set" / "docomo.receipt.json").write_text("{}")
    (tmp_path / "set" / "README.txt").write_text("x")
    names = ["docomo", "kddi", "rakuten", "softbank.zip"]
    found = find_filings([tmp_path / "set", tmp_path / "set" / "docomo"])
    assert [path.name for path in found] == names


@pytest.mark.parametrize("name", ["absent", "empty", "stations.csv"])
def test_a_path_without_a_filing_is_an_error_that_says_so(name, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "stations.csv").write_text("x")
    with pytest.raises(FilingError, match=name):
        find_filings([tmp_path / name])


def test_reading_a_path_that_does_not_exist_is_an_error(tmp_path):
    with pytest.raises(FilingError, match="absent"):
        read_filing(tmp_path / "absent", today=TODAY)
