"""Bad or missing input: the rest goes on, and what is missing is not zero."""

import csv
import shutil
from datetime import date

import pandas as pd
import pytest

from geodata.errors import FilingError, SourceError, WorkspaceError
from geodata.store import Workspace
from tests.integration.pipeline import job_on, run

pytestmark = pytest.mark.integration


@pytest.fixture
def filings(scenario, tmp_path):
    """A copy of the scenario's filings, to be damaged."""
    return shutil.copytree(scenario / "filings", tmp_path / "filings")


def nation(release, carrier, basis="planned", day="2024-03-31"):
    rates = release.read("base_deployment_rate").query("scope_kind == 'nation'")
    keyed = rates.set_index(["carrier", "basis", "as_of"])
    return keyed.loc[(carrier, basis, pd.Timestamp(day))]


def test_an_unusable_filing_leaves_the_others_running(scenario, filings, tmp_path):
    (filings / "rakuten" / "plan.toml").write_text("carrier = ")
    release = run(job_on(scenario, tmp_path, filings=(filings,)))
    missing, combined = nation(release, "rakuten"), nation(release, "combined")
    assert missing["status"] == "no_filing"
    assert pd.isna(missing["numerator_count"])
    assert not combined["is_complete"]
    assert combined["carriers_included"] == "docomo;kddi;softbank"
    assert nation(release, "docomo")["rate_pct_published"] == 97.0
    assert any("rakuten" in text for text in release.manifest["warnings"])


def test_a_missing_carrier_is_a_reason_and_never_unserved(scenario, filings, tmp_path):
    shutil.rmtree(filings / "docomo")
    release = run(job_on(scenario, tmp_path, filings=(filings,)))
    flagged = release.read("underserved_mesh")
    assert flagged["reasons"].str.contains("carrier_missing").all()
    status = release.read("mesh2_status").query("carrier == 'docomo'")
    assert status["is_served"].isna().all()
    goals = release.read("target_status").query("target_id == 'rate98_fy2023'")
    assert goals["status"].iloc[-1] == "incomplete"
    assert set(goals["status"]) == {"incomplete"}


def test_a_bad_row_is_kept_apart_and_the_good_ones_count(scenario, filings, tmp_path):
    stations = filings / "kddi" / "stations.csv"
    lines = stations.read_text(encoding="utf-8").splitlines()
    header, first = lines[0].split(","), lines[1].split(",")
    first[header.index("lat")] = "thirty-five"
    lines[1] = ",".join(first)
    stations.write_text("\n".join(lines) + "\n", encoding="utf-8")
    job = job_on(scenario, tmp_path, filings=(filings,))
    release = run(job)
    kept = (
        Workspace(job.workspace).read("raw.rejected_row").query("severity == 'ERROR'")
    )
    assert kept[["carrier", "file", "line", "column", "value"]].to_numpy().tolist() == [
        ["kddi", "stations.csv", 2, "lat", "thirty-five"]
    ]
    summary = release.read("rejected_row_summary").query("severity == 'ERROR'")
    assert summary["row_count"].tolist() == [1]
    assert nation(release, "kddi")["status"] == "ok"


def test_without_any_accepted_filing_nothing_is_published(scenario, filings, tmp_path):
    for plan in filings.glob("*/plan.toml"):
        plan.write_text("")
    job = job_on(scenario, tmp_path, filings=(filings,))
    with pytest.raises(FilingError, match="No filing was accepted"):
        run(job)
    assert not job.out.exists()
    assert len(list((job.workspace / "receipts").glob("*.json"))) == 4


def test_without_a_list_the_derived_rule_is_labelled(scenario, tmp_path):
    release = run(job_on(scenario, tmp_path, target_meshes=None))
    row = nation(release, "combined")
    assert row["denominator_source"] == "derived:inhabited-v1"
    with (scenario / "sources" / "population_mesh4.csv").open() as file:
        inhabited = {row["mesh4"][:6] for row in csv.DictReader(file)}
    assert row["denominator_count"] == len(inhabited)
    conditions = release.read("target_condition")
    assert conditions["is_target"].sum() == len(inhabited)


def test_without_a_list_and_people_land_alone_decides(scenario, tmp_path):
    release = run(job_on(scenario, tmp_path, target_meshes=None, sources=None))
    row = nation(release, "combined")
    assert row["denominator_source"] == "derived:listed-land-v1"
    assert row["denominator_count"] == 4450


def test_without_population_people_are_unknown_not_zero(scenario, tmp_path):
    release = run(job_on(scenario, tmp_path, sources=None))
    assert release.read("underserved_mesh")["population_count"].isna().all()
    assert any("population" in text for text in release.manifest["warnings"])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["533946", "53394"], "line 3, column mesh2, '53394'"),
        (["533946", "533946"], "already stands in line 2"),
        (["303651"], "not one of the 4,888"),
        ([], "line 2: found no data row"),
    ],
)
def test_a_faulty_target_list_is_refused_by_line(scenario, tmp_path, rows, message):
    targets = tmp_path / "targets.csv"
    targets.write_text("\n".join(["mesh2", *rows]) + "\n")
    with pytest.raises(SourceError, match=message):
        run(job_on(scenario, tmp_path, target_meshes=targets))


def test_a_small_target_list_is_official_and_warned_of(scenario, tmp_path):
    targets = tmp_path / "targets.csv"
    targets.write_text("mesh2\n533946\n")
    release = run(job_on(scenario, tmp_path, target_meshes=targets))
    assert nation(release, "docomo")["denominator_source"] == "official"
    assert any("1 target meshes" in text for text in release.manifest["warnings"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mesh3,population\n53394611,12\n53394611,3\n", "line 3.*'53394611': repeats"),
        ("mesh3,population\n53394611,-1\n", "line 2, column population, '-1'"),
        ("mesh3,population\n99999999,1\n", "column mesh3"),
        ("mesh,people\n1,1\n", "mesh3"),
        ("", "line 1: found no header"),
        ("mesh3,population\n", "line 2: found no data row"),
    ],
)
def test_a_faulty_population_is_refused(scenario, tmp_path, text, message):
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "population_mesh3.csv").write_text(text)
    with pytest.raises(SourceError, match=message):
        run(job_on(scenario, tmp_path, sources=sources))


def test_a_workspace_inside_the_releases_is_refused(scenario, tmp_path):
    with pytest.raises(WorkspaceError, match="station positions"):
        run(job_on(scenario, tmp_path, workspace=tmp_path / "releases" / "workspace"))


def test_a_later_as_of_date_adds_its_own_rows(scenario, tmp_path):
    release = run(job_on(scenario, tmp_path, as_of=date(2021, 9, 30)))
    row = nation(release, "combined", "operating", "2021-09-30")
    assert row["numerator_count"] >= 700
    assert release.name.startswith("2021-09-30-")


def operating(release, carrier, day):
    return nation(release, carrier, "operating", day)


def test_what_a_filing_cannot_know_is_incomplete_not_fact(scenario, tmp_path):
    release = run(job_on(scenario, tmp_path, as_of=date(2024, 6, 30)))
    assert operating(release, "docomo", "2021-03-31")["is_complete"]
    assert not operating(release, "docomo", "2024-06-30")["is_complete"]
    assert not operating(release, "combined", "2024-06-30")["is_complete"]
    assert nation(release, "combined", "planned", "2024-03-31")["is_complete"]
    starts = release.read("service_start").query("carrier == 'rakuten'")
    assert starts["is_met"].isna().any()
    assert (starts["is_met"].dropna()).all()
    goals = release.read("target_status").query("basis == 'operating'")
    assert not (goals["status"] == "missed").any()
    assert sum("as of 2021-03-31" in text for text in release.manifest["warnings"]) == 4


@pytest.fixture
def prefecture_totals(scenario, tmp_path):
    """Filings of every carrier in the form of 2021: totals per prefecture."""
    folder = tmp_path / "totals"
    rows = [
        f"{pref:02d},{year},2,3,50.0,60.0"
        for pref in range(1, 48)
        for year in (2020, 2021)
    ]
    head = (
        "pref_code,fiscal_year,n_advanced,n_ordinary,"
        "base_deployment_rate_pct,population_coverage_pct"
    )
    for carrier in ("docomo", "kddi", "softbank", "rakuten"):
        filing = folder / carrier
        filing.mkdir(parents=True)
        plan = scenario / "filings" / carrier / "plan.toml"
        (filing / "plan.toml").write_bytes(plan.read_bytes())
        (filing / "prefecture_counts.csv").write_text("\n".join([head, *rows]) + "\n")
    return folder


def test_prefecture_totals_alone_give_counts_and_no_rates(
    scenario, prefecture_totals, tmp_path
):
    release = run(job_on(scenario, tmp_path, filings=(prefecture_totals,)))
    row = nation(release, "docomo", "planned", "2022-03-31")
    assert row["status"] == "no_cells"
    assert pd.isna(row["rate"])
    counts = release.read("station_count").query(
        "carrier == 'docomo' and basis == 'planned' and unit == 'station_band'"
    )
    of_all = counts[counts["band_class"] == "all"].set_index(["scope_code", "as_of"])
    count = of_all["station_count"]
    assert count["JP", pd.Timestamp("2022-03-31")] == 47 * 5
    assert count["13", pd.Timestamp("2021-03-31")] == 5
    assert any(
        "prefecture totals only" in text for text in release.manifest["warnings"]
    )


def test_totals_beside_stations_are_controls_and_differences_are_counted(
    scenario, prefecture_totals, filings, tmp_path
):
    totals = prefecture_totals / "rakuten" / "prefecture_counts.csv"
    shutil.copy(totals, filings / "rakuten")
    job = job_on(scenario, tmp_path, filings=(filings,))
    release = run(job)
    assert nation(release, "rakuten")["rate_pct_published"] == 56.1
    control = Workspace(job.workspace).read("core.control_total")
    assert set(control["carrier"]) == {"rakuten"}
    assert (control["filed_value"] == 2).any()
    summary = release.read("rejected_row_summary").set_index("rule_id")
    differing = (~control["is_equal"].fillna(True).astype(bool)).sum()
    assert summary.loc["control_total_differs", "row_count"] == differing > 0


def test_an_empty_plan_is_rejected_by_name(scenario, filings, tmp_path):
    (filings / "kddi" / "plan.toml").write_text("")
    job = job_on(scenario, tmp_path, filings=(filings,))
    release = run(job)
    assert nation(release, "kddi")["status"] == "no_filing"
    filed = {row["name"]: row for row in release.manifest["inputs"]["filings"]}
    assert filed["kddi"]["status"] == "rejected"
    assert filed["docomo"]["plan_version"] == 1
    assert isinstance(filed["docomo"]["plan_version"], int)


def test_nothing_in_a_folder_of_filings_is_passed_over(scenario, filings, tmp_path):
    (filings / "nested" / "kddi").mkdir(parents=True)
    (filings / "kddi.7z").write_bytes(b"7z")
    release = run(job_on(scenario, tmp_path, filings=(filings,)))
    text = " ".join(release.manifest["warnings"])
    assert "'nested' was rejected" in text
    assert "'kddi.7z' was rejected" in text


def test_an_unknown_denominator_source_is_refused(scenario, tmp_path):
    targets = tmp_path / "targets.csv"
    targets.write_text("mesh2\n533946\n")
    (tmp_path / "targets.csv.toml").write_text('denominator_source = "foo bar"\n')
    with pytest.raises(SourceError, match="foo bar"):
        run(job_on(scenario, tmp_path, target_meshes=targets))


@pytest.mark.parametrize("folder", ["core", "sources/n03/raw"])
def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path, folder):
    place = Workspace.at(tmp_path / "workspace", tmp_path / "releases")
    leftover = place.root / folder / ".unfinished-station-x.parquet"
    leftover.parent.mkdir(parents=True)
    leftover.write_bytes(b"half")
    with place.locked():
        assert not leftover.exists()


def test_a_second_run_in_the_same_workspace_is_refused(tmp_path):
    place = Workspace.at(tmp_path / "workspace", tmp_path / "releases")
    with place.locked(), pytest.raises(WorkspaceError, match="Another run"):
        place.locked().__enter__()


def test_a_file_in_place_of_the_releases_folder_is_refused_at_once(tmp_path):
    (tmp_path / "releases").write_text("")
    with pytest.raises(WorkspaceError, match="is a file"):
        Workspace.at(tmp_path / "workspace", tmp_path / "releases")
