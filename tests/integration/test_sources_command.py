"""`kiban sources` and `kiban fetch` as their user runs them."""

import json
import os
import subprocess
import sys

import pytest

from geodata.catalog import registered_sources, sha256_of
from geodata.catalog.sidecar import write_sidecar
from tests.integration.broken_server import (
    CENSUS_PATH,
    KASO_PATH,
    Answer,
    archive,
    kaso_archive,
    serving,
)

pytestmark = pytest.mark.integration

ID = "feedfacecafe0123456789SECRET"


def kiban(*arguments, cwd, **environment):
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PREFECT_", "KIBAN_"))
    }
    return subprocess.run(
        [sys.executable, "-m", "flows", *map(str, arguments)],
        cwd=cwd,
        env=clean | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def sources(tmp_path):
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "N03-20210101_GML.zip").write_bytes(kaso_archive())
    (folder / "henchi.csv").write_text("city_code,name,mesh3\n", encoding="utf-8")
    (folder / "n03_2021.parquet").write_bytes(b"x")
    (folder / "notes.txt").write_text("x", encoding="utf-8")
    described = {"producer": "某県", "retrieved_on": "2026-11-01", "vintage": "2026"}
    write_sidecar(folder / "henchi.csv", described)
    return folder


def test_the_screen_tells_what_is_there_what_is_missing_and_what_is_lost(
    sources, tmp_path
):
    done = kiban("sources", sources, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = done.stdout
    n03 = registered_sources()["n03"]
    for text in (n03.title_ja, n03.producer, n03.licence, n03.attribution):
        assert text in told
    assert sha256_of(sources / "N03-20210101_GML.zip") in told
    assert "版 2021-01-01" in told
    assert "取得日 2026-11-01" in told
    assert "某県" in told
    for name, source in registered_sources().items():
        assert (source.lost_ja in told) == (name not in ("n03", "henchi"))
    assert "kiban fetch census_mesh --to" in told
    assert "n03_2021.parquet: 同じ版・同じ地域の別の形式" in told
    assert "notes.txt" in told


def test_the_json_is_complete(sources, tmp_path):
    done = kiban("sources", sources, "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    by_name = {source["name"]: source for source in told["sources"]}
    assert set(by_name) == set(registered_sources())
    (file,) = by_name["henchi"]["files"]
    assert file["sha256"] == sha256_of(sources / "henchi.csv")
    assert file["byte_count"] == (sources / "henchi.csv").stat().st_size
    assert (file["producer"], file["vintage"]) == ("某県", "2026")
    assert file["retrieved_on"] == "2026-11-01"
    assert by_name["henchi"]["is_present"]
    assert not by_name["a17"]["is_present"]
    assert by_name["a17"]["lost_ja"] == registered_sources()["a17"].lost_ja
    assert told["unused"] == ["notes.txt"]
    assert told["superseded"][0]["instead"] == "N03-20210101_GML.zip"
    assert registered_sources()["n03"].attribution in told["attributions"]


def test_without_a_folder_everything_is_missing(tmp_path):
    done = kiban("sources", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert not any(one["is_present"] for one in json.loads(done.stdout)["sources"])


def test_misuse_exits_2_and_a_misleading_file_1(sources, tmp_path):
    assert kiban("sources", tmp_path / "nowhere", cwd=tmp_path).returncode == 2
    (sources / "A22s-16_15_GML.zip").write_bytes(b"x")
    done = kiban("sources", sources, cwd=tmp_path)
    assert done.returncode == 1
    assert "A22s-16_15_GML.zip: refused" in done.stderr.replace("\n", "")
    assert "Traceback" not in done.stderr


def test_help_shows_an_example(tmp_path):
    for verb in ("sources", "fetch"):
        done = kiban(verb, "--help", cwd=tmp_path)
        assert done.returncode == 0
        assert f"Example: kiban {verb} " in done.stdout


def test_fetch_tells_status_by_exit_code(tmp_path):
    with serving() as server:
        server.publish(KASO_PATH.format(code="13"), kaso_archive())
        place = {"KIBAN_FETCH_BASE_URL": server.base_url}
        quick = ("--pause-seconds", 0)
        to = ("--to", tmp_path / "in")
        good = kiban("fetch", "a17", "--code", 13, *to, *quick, cwd=tmp_path, **place)
        assert good.returncode == 0, good.stderr
        assert "取得 / fetched: a17 A17-17_13_GML.zip" in good.stdout
        assert "fetching" in good.stderr
        person = kiban("fetch", "a17", "fiscal_index", "--code", 13, *to, *quick,
                       cwd=tmp_path, **place)  # fmt: skip
        assert person.returncode == 3
        assert "既存 / present: a17" in person.stdout
        assert "zenshichoson_R3.xlsx" in person.stdout
        failed = kiban("fetch", "a17", "--code", 15, "--json", *to, *quick,
                       cwd=tmp_path, **place)  # fmt: skip
        assert failed.returncode == 1
        assert json.loads(failed.stdout)["files"][0]["status"] == "failed"
        assert kiban("fetch", "n99", *to, cwd=tmp_path, **place).returncode == 2
    elsewhere = {"KIBAN_FETCH_BASE_URL": "http://example.com"}
    assert kiban("fetch", "a17", *to, cwd=tmp_path, **elsewhere).returncode == 2


def test_the_application_id_of_the_environment_shows_up_nowhere(tmp_path):
    with serving() as server:
        server.publish(
            CENSUS_PATH,
            archive({"tblT001141H5339.txt": 5_000}),
            Answer(status=302, headers={"Location": f"{CENSUS_PATH}?appId={ID}"}),
            Answer(status=404, headers={"X-Echo": ID}, body=ID.encode()),
        )
        given = {"KIBAN_FETCH_BASE_URL": server.base_url, "KIBAN_ESTAT_APP_ID": ID}
        runs = [
            kiban("fetch", "census_mesh", "--code", 5339, "--to", tmp_path / "in",
                  "--pause-seconds", 0, cwd=tmp_path, **given)
            for _ in range(2)
        ]  # fmt: skip
        assert [run.returncode for run in runs] == [1, 0], runs[1].stderr
        assert all(one.query["appId"] == [ID] for one in server.requests)
    told = [run.stdout + run.stderr for run in runs]
    told += [path.read_bytes().decode("latin-1") for path in files_below(tmp_path)]
    assert not [text for text in told if ID in text]


def files_below(folder):
    return [path for path in folder.rglob("*") if path.is_file()]
