"""`kiban fetch` against a server that breaks, lies, refuses, sends wrong files."""

import logging
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime

import pytest

from geodata.catalog import find_sources, registered_sources, sha256_of, sidecar_of
from geodata.catalog.fetching import FetchOptions, fetch
from geodata.catalog.politeness import Limits, Secret
from geodata.catalog.unfinished import Unfinished
from geodata.errors import SettingsError, SourceError
from tests.integration.broken_server import (
    CENSUS_PATH,
    KASO_PATH,
    MESH_LIST_PATH,
    Answer,
    archive,
    kaso_archive,
    mesh_list,
    serving,
)

pytestmark = pytest.mark.integration

TODAY = date(2026, 11, 24)
QUICK = Limits(
    attempts=4,
    first_wait_seconds=0.01,
    longest_wait_seconds=0.5,
    pause_seconds=0.0,
    timeout_seconds=5.0,
)
KASO = KASO_PATH.format(code="13")
NAME = "A17-17_13_GML.zip"
OTHER = "A17-17_15_GML.zip"
ID = "0123456789abcdef0123456789abcdefSECRET"


class Watch:
    """Remembers what a download tells."""

    def __init__(self):
        self.moves = []
        self.waited = []

    def __call__(self, _name):
        return nullcontext(self)

    def moved(self, done_count, total_count):
        self.moves.append((done_count, total_count))

    def waits(self, seconds, reason):
        self.waited.append((seconds, reason))


@pytest.fixture(scope="module")
def running():
    with serving() as server:
        yield server


@pytest.fixture
def server(running):
    running.contents.clear()
    running.answers.clear()
    running.last.clear()
    running.requests.clear()
    return running


@pytest.fixture
def watch():
    return Watch()


def fetched(server, folder, watch, *, names=("a17",), register=None, **changes):
    options = FetchOptions(
        today=TODAY, codes=("13",), base_url=server.base_url, limits=QUICK
    )
    options = replace(options, **changes)
    return list(fetch(names, folder, options, watch, register=register))


def one(server, folder, watch, **changes):
    (result,) = fetched(server, folder, watch, **changes)
    return result


def left_behind(folder):
    """Names of everything but the wanted file and its sidecar."""
    return sorted(
        path.name
        for path in folder.rglob("*")
        if path.is_file() and path.name not in (NAME, f"{NAME}.toml")
    )


def assert_refused(result, folder, *words):
    assert result.status == "failed"
    for word in words:
        assert word in result.message, result.message
    assert not (folder / NAME).exists()
    assert not (folder / f"{NAME}.toml").exists()


# --- the plain case ---------------------------------------------------------------


def test_a_fetched_file_has_the_bytes_a_sidecar_and_nothing_else(
    server, tmp_path, watch
):
    content = kaso_archive()
    server.publish(KASO, content)
    result = one(server, tmp_path, watch)
    assert result.status == "fetched", result.message
    assert (tmp_path / NAME).read_bytes() == content
    assert sidecar_of(tmp_path / NAME) == {
        "url": server.base_url + KASO,
        "retrieved_on": "2026-11-24",
        "vintage": "2017",
        "sha256": sha256_of(tmp_path / NAME),
    }
    assert result.sha256 == sha256_of(tmp_path / NAME)
    assert left_behind(tmp_path) == []
    assert watch.moves[-1] == (len(content), len(content))
    assert find_sources(tmp_path).files == {"a17": (tmp_path / NAME,)}


def test_the_program_names_itself_and_its_version(server, tmp_path, watch):
    server.publish(KASO, kaso_archive())
    one(server, tmp_path, watch)
    agent = server.requests[0].headers["User-Agent"]
    assert agent.startswith("kiban/0.1.0 ")


def test_a_file_that_is_there_is_not_asked_for_again(server, tmp_path, watch):
    server.publish(KASO, kaso_archive())
    one(server, tmp_path, watch)
    assert one(server, tmp_path, watch).status == "present"
    assert len(server.requests) == 1
    assert one(server, tmp_path, watch, again=True).status == "fetched"
    assert len(server.requests) == 2


def test_two_requests_to_a_host_are_a_pause_apart(server, tmp_path, watch):
    for code in ("01", "02", "03"):
        server.publish(KASO_PATH.format(code=code), kaso_archive(code))
    fetched(
        server,
        tmp_path,
        watch,
        codes=("01", "02", "03"),
        limits=replace(QUICK, pause_seconds=0.2),
    )
    at = [request.at for request in server.requests]
    assert len(at) == 3
    assert min(at[1] - at[0], at[2] - at[1]) >= 0.19


def test_a_list_of_the_statistics_bureau_goes_into_its_folder(server, tmp_path, watch):
    server.publish(MESH_LIST_PATH.format(code="13"), mesh_list())
    result = one(server, tmp_path, watch, names=("mesh_municipalities",))
    assert result.status == "fetched", result.message
    path = tmp_path / "mesh_municipalities" / "13.csv"
    assert path.read_bytes() == mesh_list()
    assert find_sources(tmp_path).files == {"mesh_municipalities": (path,)}


# --- connections that break -------------------------------------------------------


def test_a_broken_download_is_resumed_from_where_it_broke(server, tmp_path, watch):
    content = kaso_archive()
    server.publish(KASO, content, Answer(breaks_after=70_000), Answer(breaks_after=500))
    result = one(server, tmp_path, watch)
    assert result.status == "fetched", result.message
    assert (tmp_path / NAME).read_bytes() == content
    assert server.ranges() == [None, "bytes=70000-", "bytes=70500-"]
    assert server.requests[1].headers["If-Range"] == '"v1"'
    assert len(watch.waited) == 2


def test_what_is_left_of_a_failed_download_is_continued_by_the_next_call(
    server, tmp_path, watch
):
    content = kaso_archive()
    stuck = Answer(breaks_after=10_000)
    server.publish(KASO, content, *[stuck] * QUICK.attempts)
    first = one(server, tmp_path, watch)
    assert_refused(
        first, tmp_path, "given up after 4 attempts", "40,000 bytes are kept"
    )
    assert find_sources(tmp_path).files == {}
    assert one(server, tmp_path, watch).status == "fetched"
    assert server.ranges()[-1] == "bytes=40000-"
    assert (tmp_path / NAME).read_bytes() == content
    assert left_behind(tmp_path) == []


def test_a_server_that_ignores_range_is_read_from_the_start(server, tmp_path, watch):
    content = kaso_archive()
    server.publish(
        KASO, content, Answer(breaks_after=70_000), then=Answer(ignores_range=True)
    )
    assert one(server, tmp_path, watch).status == "fetched"
    assert (tmp_path / NAME).read_bytes() == content


def test_a_new_version_on_the_server_is_never_mixed_with_the_old(
    server, tmp_path, watch
):
    old, new = kaso_archive(seed=1), kaso_archive(seed=2)
    server.publish(
        KASO, new, Answer(body=old, breaks_after=70_000), then=Answer(etag='"v2"')
    )
    assert one(server, tmp_path, watch).status == "fetched"
    assert (tmp_path / NAME).read_bytes() == new


def test_a_part_of_a_new_version_sent_as_if_it_were_the_old_is_noticed(
    server, tmp_path, watch
):
    old, new = kaso_archive(seed=1), kaso_archive(seed=2)
    other = {"Content-Range": f"bytes 70000-{len(new) - 1}/{len(new)}", "ETag": '"v2"'}
    server.publish(
        KASO,
        new,
        Answer(body=old, breaks_after=70_000),
        Answer(status=206, headers=other, body=new[70_000:]),
        then=Answer(etag='"v2"'),
    )
    assert one(server, tmp_path, watch).status == "fetched"
    assert (tmp_path / NAME).read_bytes() == new
    assert server.ranges() == [None, "bytes=70000-", None]


def test_parts_that_do_not_fit_are_noticed_by_the_archive_and_fetched_whole(
    server, tmp_path, watch
):
    old, new = kaso_archive(seed=1), kaso_archive(seed=2)  # same size, same ETag
    server.publish(KASO, new, Answer(body=old, breaks_after=70_000))
    assert one(server, tmp_path, watch).status == "fetched"
    assert (tmp_path / NAME).read_bytes() == new
    assert "do not fit together" in watch.waited[-1][1]


def test_a_server_without_versions_is_read_from_the_start(server, tmp_path, watch):
    content = kaso_archive()
    server.publish(
        KASO, content, Answer(breaks_after=70_000, etag=None), then=Answer(etag=None)
    )
    assert one(server, tmp_path, watch).status == "fetched"
    assert (tmp_path / NAME).read_bytes() == content
    assert server.ranges() == [None, None]


def test_a_body_without_length_is_read_to_its_end(server, tmp_path, watch):
    server.publish(KASO, kaso_archive(), then=Answer(is_chunked=True))
    assert one(server, tmp_path, watch).status == "fetched"
    assert (tmp_path / NAME).read_bytes() == kaso_archive()
    assert watch.moves[-1] == (len(kaso_archive()), None)


def test_a_server_that_is_not_there_is_tried_again_and_then_given_up(
    server, tmp_path, watch
):
    result = one(server, tmp_path, watch, base_url="http://127.0.0.1:9")
    assert_refused(result, tmp_path, "given up after 4 attempts", "ConnectError")
    assert left_behind(tmp_path) == []


def test_waits_grow_and_differ(server, tmp_path, watch):
    server.publish(KASO, b"", then=Answer(status=503))
    one(server, tmp_path, watch, limits=replace(QUICK, longest_wait_seconds=5.0))
    waited = [seconds for seconds, _ in watch.waited]
    assert len(waited) == QUICK.attempts - 1
    for number, seconds in enumerate(waited):
        assert 0.01 * 2**number <= seconds <= 0.01 * 2**number + 0.01
    assert len(set(waited)) == len(waited)


# --- lengths that lie -------------------------------------------------------------


def test_a_body_shorter_than_announced_is_an_error_and_resumed(server, tmp_path, watch):
    content = kaso_archive()
    short = Answer(body=content[:50_000], length_lie=len(content) - 50_000)
    server.publish(KASO, content, short)
    result = one(server, tmp_path, watch)
    assert result.status == "fetched", result.message
    assert server.ranges()[1] == "bytes=50000-"
    assert (tmp_path / NAME).read_bytes() == content


def test_a_body_that_is_always_shorter_than_announced_never_gets_its_name(
    server, tmp_path, watch
):
    content = kaso_archive()
    server.publish(KASO, content, then=Answer(length_lie=100, ignores_range=True))
    result = one(server, tmp_path, watch)
    assert_refused(result, tmp_path, "given up after 4 attempts")


def test_an_archive_longer_than_announced_is_cut_noticed_and_removed(
    server, tmp_path, watch
):
    server.publish(KASO, kaso_archive(), then=Answer(length_lie=-100))
    result = one(server, tmp_path, watch)
    assert_refused(result, tmp_path, "not a complete zip archive")
    assert left_behind(tmp_path) == []


def test_a_text_longer_than_announced_is_noticed(server, tmp_path, watch):
    path = MESH_LIST_PATH.format(code="13")
    server.publish(path, mesh_list(), then=Answer(length_lie=-100))
    result = one(server, tmp_path, watch, names=("mesh_municipalities",))
    assert result.status == "failed"
    assert "longer than the" in result.message
    assert find_sources(tmp_path).files == {}


def test_a_text_that_was_once_announced_too_short_is_fetched_whole(
    server, tmp_path, watch
):
    server.publish(
        MESH_LIST_PATH.format(code="13"), mesh_list(), Answer(length_lie=-100)
    )
    result = one(server, tmp_path, watch, names=("mesh_municipalities",))
    assert result.status == "fetched", result.message
    assert (tmp_path / result.file).read_bytes() == mesh_list()


# --- refusals ---------------------------------------------------------------------


def test_a_refusal_is_explained_not_repeated_and_ends_the_source(
    server, tmp_path, watch
):
    for code in ("12", "13", "15"):
        server.publish(KASO_PATH.format(code=code), b"", then=Answer(status=403))
    results = fetched(server, tmp_path, watch, codes=("12", "13", "15"))
    assert [result.status for result in results] == ["failed"] * 3
    assert len(server.requests) == 1
    assert "403" in results[0].message
    assert "user agent" in results[0].message
    assert "by hand" in results[0].message
    assert registered_sources()["a17"].page in results[0].message
    assert "not asked for" in results[1].message


def test_a_missing_file_is_explained_and_the_next_one_is_fetched(
    server, tmp_path, watch
):
    server.publish(KASO_PATH.format(code="15"), kaso_archive("15"))
    missing, there = fetched(server, tmp_path, watch, codes=("13", "15"))
    assert "404" in missing.message
    assert "--year" in missing.message
    assert there.status == "fetched"
    assert len(server.requests) == 2


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_passing_failure_is_tried_again(server, tmp_path, watch, status):
    server.publish(KASO, kaso_archive(), Answer(status=status), Answer(status=status))
    assert one(server, tmp_path, watch).status == "fetched"
    assert len(server.requests) == 3
    assert f"answered {status}" in watch.waited[0][1]


def test_the_wait_a_server_asks_for_is_kept(server, tmp_path, watch):
    server.publish(
        KASO, kaso_archive(), Answer(status=429, headers={"Retry-After": "1"})
    )
    limits = replace(QUICK, longest_wait_seconds=3.0)
    assert one(server, tmp_path, watch, limits=limits).status == "fetched"
    assert watch.waited[0][0] == 1.0
    assert server.requests[1].at - server.requests[0].at >= 1.0


def test_a_wait_beyond_patience_is_told_not_kept(server, tmp_path, watch):
    later = format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)
    server.publish(
        KASO, kaso_archive(), Answer(status=503, headers={"Retry-After": later})
    )
    result = one(server, tmp_path, watch)
    assert_refused(result, tmp_path, "asks to wait", "run the command again")
    assert len(server.requests) == 1


# --- wrong files ------------------------------------------------------------------

PAGE = b"<!DOCTYPE html><html><body>Under maintenance</body></html>"
WRONG = {
    "an HTML page": (Answer(body=PAGE), "HTML page"),
    "a page after blanks": (Answer(body=b"\r\n  <html>"), "HTML page"),
    "a truncated archive": (
        Answer(body=kaso_archive()[:-30]),
        "not a complete zip archive",
    ),
    "a damaged archive": (
        Answer(body=kaso_archive().replace(kaso_archive()[5000:5010], b"0123456789")),
        "CRC",
    ),
    "another dataset": (
        Answer(body=archive({"N03-20260101_GML/N03-20260101.shp": 999})),
        "another dataset than a17",
    ),
    "an empty archive": (Answer(body=archive({})), "holds nothing"),
    "an empty file": (Answer(body=b""), "empty file"),
    "another announced name": (
        Answer(headers={"Content-Disposition": 'attachment; filename="A18-16_13.zip"'}),
        "'A18-16_13.zip', which is no file of a17",
    ),
    "the name of another area": (
        Answer(headers={"Content-Disposition": f'attachment; filename={OTHER}'}),
        "another file of a17",
    ),
    "compressed on the way": (
        Answer(headers={"Content-Encoding": "gzip"}),
        "compresses",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_refused_and_removed(server, tmp_path, watch, case):
    answer, word = WRONG[case]
    server.publish(KASO, kaso_archive(), then=answer)
    assert_refused(one(server, tmp_path, watch), tmp_path, word)
    assert left_behind(tmp_path) == []
    assert len(server.requests) == 1


def test_a_list_with_another_beginning_is_refused(server, tmp_path, watch):
    server.publish(MESH_LIST_PATH.format(code="13"), "団体コード,x\r\n".encode("cp932"))
    result = one(server, tmp_path, watch, names=("mesh_municipalities",))
    assert result.status == "failed"
    assert "団体コード" in result.message
    assert "wanted: 都道府県市区町村コード" in result.message


def test_a_wrong_file_leaves_the_right_one_that_is_there(server, tmp_path, watch):
    server.publish(KASO, kaso_archive(), Answer(), then=Answer(body=PAGE))
    one(server, tmp_path, watch)
    assert one(server, tmp_path, watch, again=True).status == "failed"
    assert (tmp_path / NAME).read_bytes() == kaso_archive()
    assert sidecar_of(tmp_path / NAME)["sha256"] == sha256_of(tmp_path / NAME)


# --- pins, limits, redirects ------------------------------------------------------


def test_a_hash_pinned_by_the_register_is_held(server, tmp_path, watch):
    server.publish(KASO, kaso_archive(seed=2))
    pinned = replace(registered_sources()["a17"], sha256=((NAME, "0" * 64),))
    result = one(server, tmp_path, watch, register={"a17": pinned})
    assert_refused(result, tmp_path, "0" * 64, "pinned")
    assert left_behind(tmp_path) == []


def test_a_hash_pinned_by_an_earlier_sidecar_is_held_and_its_words_are_kept(
    server, tmp_path, watch
):
    server.publish(KASO, kaso_archive(seed=1))
    one(server, tmp_path, watch)
    sidecar = tmp_path / f"{NAME}.toml"
    sidecar.write_text(sidecar.read_text() + 'title_ja = "過疎「17」"\n')
    (tmp_path / NAME).unlink()
    assert one(server, tmp_path, watch).status == "fetched"
    assert sidecar_of(tmp_path / NAME)["title_ja"] == "過疎「17」"

    server.publish(KASO, kaso_archive(seed=2))
    changed = one(server, tmp_path, watch, again=True)
    assert changed.status == "failed"
    assert "pinned" in changed.message
    assert (tmp_path / NAME).read_bytes() == kaso_archive(seed=1)


def test_a_file_that_was_changed_by_hand_is_reported(server, tmp_path, watch):
    server.publish(KASO, kaso_archive())
    one(server, tmp_path, watch)
    with (tmp_path / NAME).open("ab") as file:
        file.write(b"x")
    result = one(server, tmp_path, watch)
    assert result.status == "failed"
    assert "changed or damaged" in result.message


@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_file_over_the_size_limit_is_not_taken(server, tmp_path, watch, is_chunked):
    server.publish(KASO, kaso_archive(), then=Answer(is_chunked=is_chunked))
    limits = replace(QUICK, max_bytes=100_000)
    result = one(server, tmp_path, watch, limits=limits)
    assert_refused(result, tmp_path, "over the limit of 100,000", "--max-mb")
    assert left_behind(tmp_path) == []


def test_a_slow_file_stops_at_the_time_limit_and_is_continued_later(
    server, tmp_path, watch
):
    slow = Answer(chunk=20_000, chunk_seconds=0.1)
    server.publish(KASO, kaso_archive(), slow)
    limits = replace(QUICK, max_seconds=0.35)
    result = one(server, tmp_path, watch, limits=limits)
    assert_refused(result, tmp_path, "bytes are kept", "--max-minutes")
    assert one(server, tmp_path, watch).status == "fetched"
    assert server.ranges()[-1] is not None
    assert (tmp_path / NAME).read_bytes() == kaso_archive()


def test_a_redirect_within_the_host_is_followed(server, tmp_path, watch):
    server.publish("/new.zip", kaso_archive())
    server.publish(KASO, b"", then=Answer(status=302, headers={"Location": "/new.zip"}))
    assert one(server, tmp_path, watch).status == "fetched"


@pytest.mark.parametrize(
    "location",
    ["http://localhost:1/x.zip", "ftp://127.0.0.1/x.zip", "http://example.invalid/x"],
)
def test_a_redirect_to_another_host_without_https_is_not_followed(
    server, tmp_path, watch, location
):
    server.publish(KASO, b"", then=Answer(status=302, headers={"Location": location}))
    assert_refused(one(server, tmp_path, watch), tmp_path, "was not followed")
    assert len(server.requests) == 1


@pytest.mark.parametrize("location", ["http://[::1", "http://127.0.0.1:x/y"])
def test_a_redirect_to_no_address_is_told(server, tmp_path, watch, location):
    server.publish(KASO, b"", then=Answer(status=302, headers={"Location": location}))
    assert_refused(one(server, tmp_path, watch), tmp_path, "Invalid URL in location")


def test_a_redirect_in_circles_ends(server, tmp_path, watch):
    server.publish(KASO, b"", then=Answer(status=302, headers={"Location": KASO}))
    assert_refused(one(server, tmp_path, watch), tmp_path, "redirects")


def test_no_proxy_of_the_environment_stands_between_us_and_the_loopback(
    server, tmp_path, watch, monkeypatch
):
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.publish(KASO, kaso_archive())
    assert one(server, tmp_path, watch).status == "fetched"


@pytest.mark.parametrize("place", ["http://example.com", "https://198.51.100.7", "x"])
def test_only_the_loopback_may_stand_in_for_the_producers(
    server, tmp_path, watch, place
):
    with pytest.raises(SettingsError, match="loopback"):
        fetched(server, tmp_path, watch, base_url=place)


# --- the application id -----------------------------------------------------------


def census_register(access="direct", application_id="optional"):
    source = registered_sources()["census_mesh"]
    return {
        "census_mesh": replace(source, access=access, application_id=application_id)
    }


def census_archive():
    return archive({"tblT001141H5339.txt": 5_000})


def test_the_application_id_reaches_the_server_and_nothing_else(
    server, tmp_path, watch, caplog, capfd
):
    caplog.set_level(logging.DEBUG)
    echo = {
        "Location": f"{CENSUS_PATH}?appId={ID}&code=5339",
        "X-Echo": ID,
        "Last-Modified": ID,
    }
    server.publish(
        CENSUS_PATH,
        census_archive(),
        Answer(status=302, headers=echo),
        Answer(breaks_after=2_000, etag=f'"{ID}"', headers={"Last-Modified": ID}),
        Answer(status=500, headers=echo, body=ID.encode()),
    )
    result = one(
        server,
        tmp_path,
        watch,
        names=("census_mesh",),
        codes=("5339",),
        application_id=Secret(ID),
        register=census_register(),
    )
    assert result.status == "fetched", result.message
    assert [request.query.get("appId") for request in server.requests] == [[ID]] * 4
    told = [str(result), caplog.text, *capfd.readouterr()]
    told += [reason for _, reason in watch.waited]
    told += [repr(FetchOptions(today=TODAY, application_id=Secret(ID)))]
    told += [path.read_text() for path in tmp_path.glob("*.toml")]
    assert "HTTP Request" in caplog.text  # httpx does log, and logs addresses
    assert not [text for text in told if ID in text]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=403, headers={"X-Echo": ID}, body=ID.encode()),
        Answer(status=404),
        Answer(status=302, headers={"Location": f"http://example.invalid/{ID}"}),
        Answer(status=302, headers={"Location": f"/{ID}/x"}),
        Answer(body=b"<html>" + ID.encode()),
        Answer(headers={"Content-Disposition": f"attachment; filename={ID}.zip"}),
    ],
)
def test_no_error_tells_the_application_id(
    server, tmp_path, watch, caplog, capfd, answer
):
    caplog.set_level(logging.DEBUG)
    server.publish(CENSUS_PATH, b"", then=answer)
    result = one(
        server,
        tmp_path,
        watch,
        names=("census_mesh",),
        codes=("5339",),
        application_id=Secret(ID),
        register=census_register(),
    )
    assert result.status == "failed"
    told = [result.message, caplog.text, *capfd.readouterr()]
    told += [reason for _, reason in watch.waited]
    assert not [text for text in told if ID in text]
    assert not list(tmp_path.iterdir())


def test_the_application_id_is_not_sent_to_another_producer(server, tmp_path, watch):
    server.publish(KASO, kaso_archive())
    one(server, tmp_path, watch, application_id=Secret(ID))
    assert "appId" not in server.requests[0].query


def test_a_source_that_needs_the_application_id_says_where_to_get_one(
    server, tmp_path, watch
):
    result = one(
        server,
        tmp_path,
        watch,
        names=("census_mesh",),
        codes=("5339",),
        register=census_register("application_id", ""),
    )
    assert result.status == "failed"
    assert "KIBAN_ESTAT_APP_ID" in result.message
    assert server.requests == []


def test_an_application_id_that_cannot_be_one_is_refused_unrepeated():
    with pytest.raises(SettingsError) as refusal:
        Secret.of(f"{ID} &x=1")
    assert ID not in str(refusal.value)


# --- a person is needed -----------------------------------------------------------


def test_a_source_for_a_person_says_which_file_to_put_where(server, tmp_path, watch):
    result = one(server, tmp_path, watch, names=("fiscal_index",))
    assert result.status == "person"
    assert "zenshichoson_R3.xlsx" in result.message
    assert str(tmp_path) in result.message
    assert registered_sources()["fiscal_index"].page in result.message
    (tmp_path / "zenshichoson_R3.xlsx").write_bytes(b"x")
    assert one(server, tmp_path, watch, names=("fiscal_index",)).status == "present"


@pytest.mark.parametrize(
    ("names", "changes", "word"),
    [
        (("n99",), {}, "'n99' is no source"),
        (("a17",), {"codes": ("99",)}, "a17 has files for 46 codes 01 to 47 only"),
        (("a17",), {"codes": ("14",)}, "a17 has files for 46 codes"),
        (("a17",), {"year": 1999}, "fetched for 2016, 2017"),
        (("census_mesh",), {"codes": ("13", "5339")}, "must not be mixed"),
    ],
)
def test_a_misuse_is_told_before_anything_is_fetched(
    server, tmp_path, watch, names, changes, word
):
    with pytest.raises(SettingsError, match=word):
        fetched(server, tmp_path, watch, names=names, **changes)
    assert server.requests == []


# --- killed and interrupted -------------------------------------------------------


def test_two_processes_do_not_write_the_same_file(server, tmp_path, watch):
    server.publish(KASO, kaso_archive())
    with Unfinished.of(tmp_path / NAME):
        result = one(server, tmp_path, watch)
        assert_refused(result, tmp_path, "another kiban fetch")
        with pytest.raises(SourceError), Unfinished.of(tmp_path / NAME):
            pass
    assert one(server, tmp_path, watch).status == "fetched"


def test_a_kill_between_renaming_and_describing_is_mended(
    server, tmp_path, watch, monkeypatch
):
    server.publish(KASO, kaso_archive())

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("geodata.catalog.unfinished.write_sidecar", killed)
        with pytest.raises(KeyboardInterrupt):
            one(server, tmp_path, watch)
    assert (tmp_path / NAME).read_bytes() == kaso_archive()
    assert not (tmp_path / f"{NAME}.toml").exists()
    assert one(server, tmp_path, watch).status == "present"
    assert sidecar_of(tmp_path / NAME)["sha256"] == sha256_of(tmp_path / NAME)
    assert left_behind(tmp_path) == []
    assert len(server.requests) == 1


def command(server, folder, *more):
    return subprocess.Popen(
        [
            sys.executable, "-m", "flows", "fetch", "a17", "--to", str(folder),
            "--code", "13", "--pause-seconds", "0", "--first-wait-seconds", "0.05",
            *more,
        ],
        env={**clean_environment(), "KIBAN_FETCH_BASE_URL": server.base_url},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip


def clean_environment():
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PREFECT_", "KIBAN_"))
    }


def test_killed_at_random_moments_it_ends_with_the_right_file_or_none(server, tmp_path):
    moments = random.Random(20_261_124)
    content = kaso_archive(size=400_000)
    slow = Answer(chunk=8_192, chunk_seconds=0.004)
    server.publish(KASO, content, then=slow)
    for share in sorted(moments.uniform(0.02, 1.02) for _ in range(4)):
        kill_when(server, command(server, tmp_path), share * len(content), moments)
        if (tmp_path / NAME).exists():
            assert (tmp_path / NAME).read_bytes() == content
        found = find_sources(tmp_path).files
        assert found in ({}, {"a17": (tmp_path / NAME,)})
    done = command(server, tmp_path)
    told, _ = done.communicate(timeout=20)
    assert done.returncode == 0, told
    assert (tmp_path / NAME).read_bytes() == content
    assert sidecar_of(tmp_path / NAME)["sha256"] == sha256_of(tmp_path / NAME)
    assert left_behind(tmp_path) == []
    with zipfile.ZipFile(tmp_path / NAME) as fetched_archive:
        assert fetched_archive.testzip() is None


def kill_when(server, process, byte_count, moments):
    """Kill the command when so many bytes more were sent, or soon after its end."""
    start, ends = server.sent_count, time.monotonic() + 10
    while server.sent_count - start < byte_count and process.poll() is None:
        assert time.monotonic() < ends, "the command does not get on"
        time.sleep(0.001)
    time.sleep(moments.uniform(0.0, 0.02))
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=10)
