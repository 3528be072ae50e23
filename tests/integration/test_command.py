"""The `kiban` command as its user runs it: a process of its own."""

import json
import os
import sqlite3
import subprocess
import sys

import psutil
import pytest

pytestmark = pytest.mark.integration

STAGES = ["1 ingest", "2 mesh", "3 coverage", "4 rates", "5 flags", "6 publish"]


def clean_environment():
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PREFECT_", "KIBAN_"))
    }


def kiban(*arguments, cwd):
    return subprocess.run(
        [sys.executable, "-m", "flows", *map(str, arguments)],
        cwd=cwd,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def ran(scenario, tmp_path_factory):
    place = tmp_path_factory.mktemp("command")
    done = kiban(
        "run", "--filings", scenario / "filings",
        "--target-meshes", scenario / "target_meshes.csv",
        "--sources", scenario / "sources", cwd=place,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return place, done


def test_a_run_prints_the_national_table_and_where_the_release_is(ran):
    place, done = ran
    (folder,) = (place / "releases").iterdir()
    assert str(folder.relative_to(place)) in done.stdout.splitlines()[-1]
    assert "4,331 (97.0 %)" in done.stdout
    assert "合成データ" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_run_prints_the_seconds_of_each_stage(ran):
    lines = [line for line in ran[1].stderr.splitlines() if line.endswith(" s")]
    assert [line[: len(name)] for line, name in zip(lines, STAGES, strict=True)] == (
        STAGES
    )


def test_the_flow_run_is_named_by_its_day_and_leaves_both_artifacts(ran):
    with sqlite3.connect(ran[0] / "workspace" / ".prefect" / "prefect.db") as home:
        runs = home.execute("SELECT name, state_type FROM flow_run").fetchall()
        artifacts = dict(home.execute("SELECT key, data FROM artifact").fetchall())
    assert runs == [("nationwide as of 2021-03-31", "COMPLETED")]
    assert set(artifacts) == {"nationwide-result", "nationwide-goals"}
    assert "4,331 (97.0 %)" in artifacts["nationwide-result"]


def test_summary_json_is_json_only_with_every_scope(ran):
    done = kiban("summary", "--json", cwd=ran[0])
    summary = json.loads(done.stdout)
    assert set(summary) == {
        "base_deployment_rate", "target_status",
        "population_coverage", "area_coverage", "sub6_rate",
    }  # fmt: skip
    rates = summary["base_deployment_rate"]
    kinds = {row["scope_kind"] for row in rates}
    assert kinds == {"nation", "bureau", "prefecture"}
    docomo = [
        row["rate_pct_published"]
        for row in rates
        if (row["carrier"], row["scope_code"]) == ("docomo", "JP")
        and (row["as_of"], row["basis"]) == ("2024-03-31", "planned")
    ]
    assert docomo == [97.0]


@pytest.mark.parametrize(
    ("by", "scopes"),
    [("nation", 1), ("bureau", 11), ("prefecture", 47), ("carrier", 1)],
)
def test_summary_can_be_narrowed(ran, by, scopes):
    done = kiban("summary", "--by", by, "--json", cwd=ran[0])
    rows = json.loads(done.stdout)["base_deployment_rate"]
    assert len({row["scope_code"] for row in rows}) == scopes
    carriers = {row["carrier"] for row in rows}
    assert ("combined" in carriers) == (by != "carrier")
    assert kiban("summary", "--by", by, cwd=ran[0]).returncode == 0


def test_summary_without_a_release_says_what_makes_one(tmp_path):
    done = kiban("summary", cwd=tmp_path)
    assert done.returncode == 1
    assert (
        done.stderr.strip() == "kiban: No release in releases; `kiban run` makes one."
    )


def test_a_run_on_no_filing_fails_in_one_line(tmp_path):
    (tmp_path / "filings").mkdir()
    done = kiban("run", "--filings", "filings", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("kiban: ")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "releases").exists()


def test_check_exits_0_on_a_good_filing_and_writes_the_receipt(scenario, tmp_path):
    filing = tmp_path / "rakuten"
    filing.symlink_to(scenario / "filings" / "rakuten", target_is_directory=True)
    done = kiban("check", filing, "--json", cwd=tmp_path)
    assert done.returncode == 0
    receipt = json.loads(done.stdout)
    assert receipt["filing"]["status"] == "accepted"
    beside = json.loads((tmp_path / "rakuten.receipt.json").read_text("utf-8"))
    assert beside == receipt


def test_check_exits_1_on_any_error_even_when_rows_are_accepted(scenario, tmp_path):
    filing = tmp_path / "rakuten"
    filing.mkdir()
    for name in ("plan.toml", "stations.csv"):
        content = (scenario / "filings" / "rakuten" / name).read_bytes()
        (filing / name).write_bytes(content + (b"x\n" if name.endswith("csv") else b""))
    done = kiban("check", filing, cwd=tmp_path)
    assert done.returncode == 1
    assert "row_shape" in done.stdout
    assert "Traceback" not in done.stderr


def test_check_exits_2_where_there_is_nothing(tmp_path):
    assert kiban("check", "nowhere", cwd=tmp_path).returncode == 2


def test_an_unknown_setting_is_refused(tmp_path):
    (tmp_path / "kiban.toml").write_text('workspaces = "w"\n')
    done = kiban("run", cwd=tmp_path)
    assert done.returncode == 1
    assert "workspaces" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("verb", ["run", "check", "summary", "scenario"])
def test_every_verb_explains_itself_with_an_example(verb, tmp_path):
    done = kiban(verb, "--help", cwd=tmp_path)
    assert f"Example: kiban {verb}" in " ".join(done.stdout.split())


def test_a_killed_command_leaves_no_release_and_its_server_is_ended_by_the_next(
    scenario, tmp_path
):
    arguments = ["run", "--filings", str(scenario / "filings" / "rakuten")]
    running = subprocess.Popen(
        [sys.executable, "-m", "flows", *arguments],
        cwd=tmp_path,
        env=clean_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr.readline().startswith("1 ingest")
    (server,) = psutil.Process(running.pid).children()
    running.kill()
    running.wait()
    running.stderr.close()  # the server still holds the other end
    assert server.is_running()
    assert not list((tmp_path / "releases").glob("*"))
    assert kiban(*arguments, cwd=tmp_path).returncode == 0
    gone, alive = psutil.wait_procs([server], timeout=10)
    assert (len(gone), alive) == (1, [])
    assert len(list((tmp_path / "releases").iterdir())) == 1
