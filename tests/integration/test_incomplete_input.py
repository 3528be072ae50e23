"""Bad or missing input: the rest goes on, and what is missing is not zero."""

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
        ([], "no mesh in the list"),
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
        ("mesh3,population\n53394611,12\n53394611,3\n", "line 3: mesh3 '53394611'"),
        ("mesh3,population\n53394611,-1\n", "line 2, column population, '-1'"),
        ("mesh3,population\n99999999,1\n", "column mesh3"),
        ("mesh,people\n1,1\n", "mesh3"),
        ("", "cannot be read"),
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
