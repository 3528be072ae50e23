"""`kiban check` and `kiban rules` as a carrier and an official use them."""

import csv
import json
import shutil
from datetime import date

import pytest
from typer.testing import CliRunner

from flows.cli import app
from geodata.filings import rules
from tests.unit.filing_builder import (
    ADVANCED,
    MMWAVE,
    ORDINARY,
    PLAN,
    STATIONS,
    stations_csv,
    write_filing,
)

pytestmark = pytest.mark.integration

WAIVER = """\
[[waiver]]
rule = "antenna_height_range"
carrier = "docomo"
reason = "aerial on a tower"
granted_by = "関東総合通信局"
expires_on = {expires_on}
"""
TOWER = ADVANCED | {
    "station_id": "X1",
    "site_id": "S9",
    "lat": "35.710063",
    "lon": "139.810700",
    "antenna_height_m": "497",
}


def kiban(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def receipt_beside(filing):
    path = filing.with_name(filing.name + ".receipt.json")
    return json.loads(path.read_text("utf-8"))


def test_a_receipt_of_each_kind_stands_beside_the_filing(tmp_path):
    bad = ADVANCED | {"station_id": "X1", "lat": "x"}
    filing = write_filing(
        tmp_path / "docomo", stations_csv=stations_csv(*STATIONS, bad)
    )
    done = kiban("check", filing, "--language", "ja")
    assert done.exit_code == 1
    assert "不受理 1 行" in done.stdout
    page = (tmp_path / "docomo.receipt.html").read_text("utf-8")
    assert "number_format" in page
    with (tmp_path / "docomo.findings.csv").open(encoding="utf-8-sig") as sheet:
        rows = list(csv.reader(sheet))
    assert any("number_format" in row for row in rows[1:])
    assert receipt_beside(filing)["error_count"] == 1
    assert not (tmp_path / "docomo.repairs.gpkg").exists()
    assert sorted(p.name for p in filing.iterdir()) == ["plan.toml", "stations.csv"]


def test_checking_twice_says_the_same_and_reads_no_receipt(tmp_path):
    filing = write_filing(tmp_path / "docomo")
    first = kiban("check", tmp_path, "--json")
    assert kiban("check", tmp_path, "--json").stdout == first.stdout
    assert json.loads(first.stdout) == receipt_beside(filing)


def test_a_plan_is_held_against_its_previous_version(tmp_path):
    write_filing(tmp_path / "old")
    moved = ORDINARY | {"lat": "35.700921"}
    new = write_filing(
        tmp_path / "new",
        plan_toml=PLAN.replace("plan_version = 1", "plan_version = 2"),
        stations_csv=stations_csv(ADVANCED, moved, MMWAVE),
    )
    kiban("check", new)
    assert "station_moved" in receipt_beside(new)["rules_not_run"]
    done = kiban("check", new, "--previous", tmp_path / "old")
    assert done.exit_code == 0
    assert "station_moved" in receipt_beside(new)["rules_run"]
    assert "station_moved" in done.stdout


def test_versions_of_a_plan_in_one_folder_are_compared_as_well(tmp_path):
    write_filing(tmp_path / "filings" / "v1")
    moved = ORDINARY | {"lat": "35.700921"}
    write_filing(
        tmp_path / "filings" / "v2",
        plan_toml=PLAN.replace("plan_version = 1", "plan_version = 2"),
        stations_csv=stations_csv(ADVANCED, moved, MMWAVE),
    )
    done = kiban("check", tmp_path / "filings", "--json")
    first, second = json.loads(done.stdout)["receipts"]
    assert first["filing"]["status"] == "superseded"
    assert [e["rule_id"] for e in second["findings_by_rule"]] == ["station_moved"]


@pytest.mark.parametrize(
    ("expires_on", "status", "accepted"), [("2999-12-31", 0, 4), ("2022-03-31", 1, 3)]
)
def test_a_waiver_lets_a_row_pass_until_it_expires(
    expires_on, status, accepted, tmp_path
):
    filing = write_filing(
        tmp_path / "docomo", stations_csv=stations_csv(*STATIONS, TOWER)
    )
    waivers = tmp_path / "waivers.toml"
    waivers.write_text(WAIVER.format(expires_on=expires_on), "utf-8")
    done = kiban("check", filing, "--waivers", waivers)
    assert done.exit_code == status
    receipt = receipt_beside(filing)
    assert receipt["filing"]["accepted_count"] == accepted
    assert receipt["waived_count"] == (1 if status == 0 else 0)


def test_a_file_of_waivers_with_a_fault_stops_the_check(tmp_path):
    filing = write_filing(tmp_path / "docomo")
    waivers = tmp_path / "waivers.toml"
    waivers.write_text(WAIVER.format(expires_on='"soon"'), "utf-8")
    done = kiban("check", filing, "--waivers", waivers)
    assert done.exit_code == 2
    assert "waiver[1].expires_on = 'soon'" in done.stderr
    assert not (tmp_path / "docomo.receipt.json").exists()


def test_a_previous_version_of_another_plan_is_misuse_said_in_one_line(tmp_path):
    filing = write_filing(tmp_path / "docomo")
    other = write_filing(
        tmp_path / "a-folder-with-a-long-name" / ("other-" * 20),
        plan_toml=PLAN.replace('"docomo-2019"', '"docomo-2099"'),
    )
    done = kiban("check", filing, "--previous", other)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.startswith("kiban: ")
    assert done.stderr.count("\n") == 1
    assert str(other) in done.stderr
    assert [path.name for path in tmp_path.glob("docomo.*")] == []


def test_a_filed_value_is_printed_as_filed(tmp_path):
    bad = ADVANCED | {"station_id": "X1", "lat": "[red]:bug:"}
    filing = write_filing(tmp_path / "docomo", stations_csv=stations_csv(bad))
    assert "lat is not a number: [red]:bug:." in kiban("check", filing).stdout


def test_paths_come_whole_however_long_they_are(tmp_path):
    filing = write_filing(tmp_path / ("a" * 90) / ("b" * 90) / "docomo")
    lines = kiban("check", filing).stdout.splitlines()
    for suffix in ("receipt.html", "findings.csv", "receipt.json"):
        assert f"{filing}.{suffix}" in lines


@pytest.mark.parametrize("where", [".", ".."])
def test_the_folder_one_stands_in_is_checked_under_its_name(
    where, tmp_path, monkeypatch
):
    filing = write_filing(tmp_path / "docomo")
    below = tmp_path / "docomo" if where == "." else tmp_path / "docomo" / "below"
    below.mkdir(exist_ok=True)
    monkeypatch.chdir(below)
    assert kiban("check", where).exit_code == 0
    assert receipt_beside(filing)["filing"]["name"] == "docomo"


def test_an_acknowledged_warning_is_closed_with_its_reason(tmp_path):
    known = 'acknowledged = [{rule = "antenna_height_high", reason = "塔の上"}]\n[[band'
    high = TOWER | {"antenna_height_m": "120"}
    filing = write_filing(
        tmp_path / "docomo",
        plan_toml=PLAN.replace("[[band", known, 1),
        stations_csv=stations_csv(*STATIONS, high),
    )
    assert kiban("check", filing).exit_code == 0
    receipt = receipt_beside(filing)
    assert (receipt["warning_count"], receipt["open_warning_count"]) == (1, 0)
    assert "塔の上" in (tmp_path / "docomo.receipt.html").read_text("utf-8")


def test_the_target_list_is_that_of_the_option(tmp_path):
    filing = write_filing(tmp_path / "docomo")
    done = kiban("check", filing, "--target-meshes", tmp_path / "absent.csv")
    assert done.exit_code == 2
    assert "absent.csv" in done.stderr
    assert not (tmp_path / "docomo.receipt.json").exists()


def test_rules_prints_the_whole_catalogue_in_both_languages():
    printed = json.loads(kiban("rules", "--json").stdout)
    assert [rule["id"] for rule in printed] == [rule.id for rule in rules()]
    assert {"what_ja", "what_en", "fix_ja", "fix_en", "source"} <= set(printed[0])
    only = json.loads(kiban("rules", "--json", "--severity", "INFO").stdout)
    assert {rule["severity"] for rule in only} == {"INFO"}
    shown = kiban("rules", "--language", "ja").stdout
    for rule in rules():
        assert f"{rule.id} [{rule.table}]" in shown
        assert f"{rule.what_ja}\n" in shown
        assert f"対処: {rule.fix('ja')}\n" in shown


def test_a_zip_of_another_day_is_checked_where_it_lies(tmp_path):
    source = write_filing(tmp_path / "source")
    archive = shutil.make_archive(str(tmp_path / "docomo"), "zip", source)
    assert archive.endswith("docomo.zip")
    assert kiban("check", archive).exit_code == 0
    assert (tmp_path / "docomo.zip.receipt.html").exists()
    assert date.fromisoformat(
        json.loads((tmp_path / "docomo.zip.receipt.json").read_text("utf-8"))["filing"][
            "as_of"
        ]
    ) == date(2021, 3, 31)
