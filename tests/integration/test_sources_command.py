"""`kiban sources` and `kiban fetch` as their user runs them."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from types import SimpleNamespace

import pytest
from rich.cells import cell_len

from flows.cli import main
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


def clean_environment(**given):
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PREFECT_", "KIBAN_"))
    }
    return kept | given


def kiban(*arguments, cwd, **environment):
    """The command in a process of its own, as a user starts it."""
    return subprocess.run(
        [sys.executable, "-m", "flows", *map(str, arguments)],
        cwd=cwd,
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def kiban_here(tmp_path, monkeypatch, capfd):
    """The command in this process, which saves its start."""

    def run(*arguments):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["kiban", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capfd.readouterr()
        return SimpleNamespace(
            returncode=ended.value.code or 0, stdout=told.out, stderr=told.err
        )

    return run


def on_terminal(width, *arguments, **environment):
    """What the command shows on a terminal, its standard output put apart."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    environment = clean_environment(TERM="xterm", **environment)
    process = subprocess.Popen(
        [sys.executable, "-m", "flows", *map(str, arguments)],
        env=environment,
        stdout=theirs if "fetch" not in arguments else subprocess.PIPE,
        stderr=theirs,
        text=True,
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 1 << 16):
            shown += piece
    except OSError:  # how Linux tells that the other side is closed
        pass
    os.close(ours)
    piped, _ = process.communicate(timeout=60)
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode()).replace("\r\n", "\n")
    return process.returncode, plain, piped


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
    sources, kiban_here
):
    done = kiban_here("sources", sources)
    assert done.returncode == 0, done.stderr
    told = done.stdout
    n03 = registered_sources()["n03"]
    for text in (n03.title_ja, n03.producer, n03.licence, n03.attribution):
        assert text in told
    assert sha256_of(sources / "N03-20210101_GML.zip") in told
    assert "時点 2021-01-01" in told
    assert "取得日 2026-11-01" in told
    assert "某県" in told
    for name, source in registered_sources().items():
        assert (source.lost_ja in told) == (name not in ("n03", "henchi"))
    assert "kiban fetch census_mesh --to" in told
    assert "n03_2021.parquet: 同じ版・同じ地域の別の形式" in told
    assert "notes.txt" in told


def test_the_json_is_complete(sources, kiban_here):
    done = kiban_here("sources", sources, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    by_name = {source["name"]: source for source in told["sources"]}
    assert set(by_name) == set(registered_sources())
    (file,) = by_name["henchi"]["files"]
    assert file["sha256"] == sha256_of(sources / "henchi.csv")
    assert file["byte_count"] == (sources / "henchi.csv").stat().st_size
    assert (file["producer"], file["vintage"]) == ("某県", "2026")
    assert file["retrieved_on"] == "2026-11-01"
    assert by_name["henchi"]["state"] == "present"
    assert by_name["a17"]["state"] == "missing"
    assert by_name["a17"]["lost_ja"] == registered_sources()["a17"].lost_ja
    assert told["unused"] == ["notes.txt"]
    assert told["superseded"][0]["instead"] == "N03-20210101_GML.zip"
    assert registered_sources()["n03"].attribution in told["attributions"]


def test_without_a_folder_everything_is_missing(kiban_here):
    done = kiban_here("sources", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert {one["state"] for one in told["sources"]} == {"missing"}
    assert "フォルダーの指定なし" in kiban_here("sources").stdout


def test_an_alternative_is_not_called_missing_and_a_part_not_the_whole(
    tmp_path, kiban_here
):
    (tmp_path / "in").mkdir()
    for code in ("5339", "5439"):
        (tmp_path / "in" / f"tblT001141H{code}.txt").write_bytes(b"x")
    told = json.loads(kiban_here("sources", "in", "--json").stdout)
    by_name = {source["name"]: source for source in told["sources"]}
    assert by_name["census_mesh"]["state"] == "partial"
    assert by_name["census_mesh"]["area_count"] == 176
    assert len(by_name["census_mesh"]["missing_areas"]) == 174
    assert by_name["census_mesh"]["files"][0]["vintage"] == "2020"
    assert by_name["population_raster"]["state"] == "replaced"
    assert by_name["population_raster"]["replaced_by"] == ["census_mesh"]
    shown = kiban_here("sources", "in").stdout
    assert "census_mesh: 一部 2/176 地域" in shown
    assert "ファイルのない地域 174" in shown
    assert "census_mesh で代替" in shown
    assert "population_raster: なし" not in shown
    count = len(registered_sources())
    told = f"{count} 件の資料: あり 0、一部 1、代替あり 3、なし {count - 4}"
    assert told in shown


@pytest.mark.parametrize("width", [80, 100])
def test_nothing_is_cut_off_on_a_terminal(sources, width):
    code, shown, _ = on_terminal(width, "sources", sources)
    assert code == 0
    lines = shown.split("\n")
    table = [line for line in lines if line.startswith("│")]
    cells = "".join(line.split("│")[3].strip() for line in table).replace(" ", "")
    for source in registered_sources().values():
        assert source.title_ja.replace(" ", "") in cells
    shown_lines = lines[lines.index(table[0]) :]
    assert max(map(cell_len, shown_lines)) <= width
    whole = re.sub(r"\s", "", shown)
    for source in registered_sources().values():
        texts = [source.licence] if source.name in ("n03", "henchi") else []
        for text in (*texts, *([] if texts else [source.lost_ja, source.place_ja])):
            assert re.sub(r"\s", "", text) in whole


def test_misuse_exits_2_and_misleading_files_1_all_at_once(
    sources, tmp_path, kiban_here
):
    assert kiban_here("sources", tmp_path / "nowhere").returncode == 2
    (sources / "A22s-16_15_GML.zip").write_bytes(b"x")
    (sources / "A18s-a.zip").write_bytes(b"x")
    done = kiban_here("sources", sources)
    assert done.returncode == 1
    told = done.stderr.replace("\n", "")
    assert "A22s-16_15_GML.zip: refused" in told
    assert "A18s-a.zip: refused" in told
    assert "Traceback" not in done.stderr


def test_a_sidecar_that_cannot_be_read_is_told_with_its_place(sources, kiban_here):
    (sources / "henchi.csv.toml").write_text("x = [")
    done = kiban_here("sources", sources)
    assert done.returncode == 1
    assert f"{sources / 'henchi.csv.toml'}: not a TOML file" in done.stderr


def test_help_shows_an_example_in_lines_that_are_not_broken(kiban_here):
    for verb in ("sources", "fetch"):
        done = kiban_here(verb, "--help")
        assert done.returncode == 0
        assert f"Example: kiban {verb} " in done.stdout
        text = done.stdout.split("Example:")[0]
        assert min(len(line.split()) for line in text.split("\n") if line.strip()) > 1


def test_results_go_to_standard_output_while_a_bar_is_on_the_terminal(tmp_path):
    with serving() as server:
        content = kaso_archive()
        slow = Answer(chunk=20_000, chunk_seconds=0.05)
        server.publish(KASO_PATH.format(code="13"), content, then=slow)
        code, shown, piped = on_terminal(
            100, "fetch", "a17", "--code", 13, "--to", tmp_path,
            KIBAN_FETCH_BASE_URL=server.base_url,
        )  # fmt: skip
    assert code == 0
    assert piped.startswith("取得 / fetched: a17 A17-17_13_GML.zip")
    assert "━" in shown
    assert "fetched" not in shown


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
