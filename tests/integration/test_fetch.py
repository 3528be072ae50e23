"""`kiban fetch` against a server that breaks, lies, refuses, sends wrong files."""

import hashlib
import logging
import random
import resource
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from geodata.catalog import find_sources, registered_sources, sha256_of, sidecar_of
from geodata.catalog.fetching import FetchOptions, fetch
from geodata.catalog.session import Secret
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
from tests.integration.fetch_process import QUICK, TODAY, Watch, process_starter

pytestmark = pytest.mark.integration

KASO = KASO_PATH.format(code="13")
NAME = "A17-17_13_GML.zip"
OTHER = "A17-17_15_GML.zip"
ID = "0123456789abcdef0123456789abcdefSECRET"


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


def test_a_text_that_ends_early_without_a_length_is_noticed(server, tmp_path, watch):
    """Whether the server knows ranges, or only tells the length the second time."""
    path = MESH_LIST_PATH.format(code="13")
    cut = Answer(body=mesh_list()[:-100], has_length=False, etag=None)
    for then in (Answer(), Answer(ignores_range=True)):
        server.publish(path, mesh_list(), cut, then=then)
        folder = tmp_path / str(then.ignores_range)
        result = one(server, folder, watch, names=("mesh_municipalities",))
        assert result.status == "fetched", result.message
        assert (folder / result.file).read_bytes() == mesh_list()
        assert "longer than the" in watch.waited[-1][1]


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


def test_a_site_that_asks_to_wait_is_not_asked_for_other_sources(
    server, tmp_path, watch
):
    busy = Answer(status=429, headers={"Retry-After": "3600"})
    server.publish(KASO_PATH.format(code="01"), b"", then=busy)
    results = fetched(
        server, tmp_path, watch, names=("a17", "a18", "census_mesh"), codes=("01",)
    )
    assert "3,600 s" in results[0].message
    assert "not asked for" in results[1].message
    assert "404" in results[2].message  # another producer's site
    assert len(server.requests) == 2


def test_a_file_that_is_there_is_present_although_the_site_refuses_another(
    server, tmp_path, watch
):
    server.publish(KASO, kaso_archive())
    one(server, tmp_path, watch)
    server.publish(KASO_PATH.format(code="12"), b"", then=Answer(status=403))
    results = fetched(server, tmp_path, watch, codes=("12", "13"))
    assert [result.status for result in results] == ["failed", "present"]


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


@pytest.mark.parametrize("content", [b"", b"<html>login</html>", kaso_archive()[:-9]])
def test_something_else_in_the_place_of_the_file_is_told(
    server, tmp_path, watch, content
):
    """No sidecar tells its hash: somebody saved it from a browser."""
    (tmp_path / NAME).write_bytes(content)
    result = one(server, tmp_path, watch)
    assert result.status == "failed"
    assert "something else is in the place" in result.message
    assert "--again" in result.message
    assert (tmp_path / NAME).read_bytes() == content
    (tmp_path / NAME).write_bytes(kaso_archive())
    assert one(server, tmp_path, watch).status == "present"
    assert server.requests == []


# --- the disk ---------------------------------------------------------------------


@contextmanager
def small_disk(byte_count):
    """No file may grow beyond a size; the system itself then refuses to write."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (byte_count, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_and_the_download_continued_when_there_is_room(
    server, tmp_path, watch
):
    server.publish(KASO, kaso_archive())
    with small_disk(100_000):
        result = one(server, tmp_path, watch)
    assert_refused(result, tmp_path, NAME, "Make room")
    assert one(server, tmp_path, watch).status == "fetched"
    assert server.ranges() == [None, "bytes=100000-"]
    assert (tmp_path / NAME).read_bytes() == kaso_archive()
    assert left_behind(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_told(server, tmp_path, watch):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SettingsError, match="file/in: this folder cannot be made"):
        fetched(server, tmp_path / "file" / "in", watch)


@pytest.mark.parametrize("again", [False, True])
def test_a_folder_in_the_place_of_the_file_is_told(server, tmp_path, watch, again):
    (tmp_path / NAME).mkdir()
    result = one(server, tmp_path, watch, again=again)
    assert result.status == "failed"
    assert "a folder is in the place" in result.message
    assert server.requests == []


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


def test_the_application_id_goes_to_its_producer_after_another_one(
    server, tmp_path, watch
):
    server.publish(KASO, kaso_archive())
    server.publish(CENSUS_PATH, archive({"tblT001141H13.txt": 5_000}))
    results = fetched(
        server, tmp_path, watch, names=("a17", "census_mesh"), application_id=Secret(ID)
    )
    assert [result.status for result in results] == ["fetched"] * 2
    given = [request.query.get("appId") for request in server.requests]
    assert given == [None, [ID]]


def test_no_file_of_an_interrupted_download_holds_the_application_id(
    server, tmp_path, watch
):
    stuck = Answer(breaks_after=900, etag=f'"{ID}"', headers={"Last-Modified": ID})
    server.publish(CENSUS_PATH, census_archive(), then=stuck)
    result = one(
        server,
        tmp_path,
        watch,
        names=("census_mesh",),
        codes=("5339",),
        application_id=Secret(ID),
    )
    assert "bytes are kept" in result.message
    left = [path.read_bytes() for path in tmp_path.iterdir()]
    assert len(left) == 2
    assert not [content for content in left if ID.encode() in content]


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


def test_where_all_are_asked_for_it_is_told_why_one_is_passed_over(
    server, tmp_path, watch
):
    known = registered_sources()
    register = {name: known[name] for name in ("population_mesh3", "land_use", "a17")}
    server.publish(KASO, kaso_archive())
    (tmp_path / "tblT001141H5339.txt").write_bytes(b"x")
    results = fetched(server, tmp_path, watch, names=(), register=register)
    assert [result.status for result in results] == ["skipped", "skipped", "fetched"]
    assert "census_mesh gives a run the same" in results[0].message
    assert "land_use has files for 176 codes" in results[1].message
    (asked,) = fetched(server, tmp_path, watch, names=("population_mesh3",))
    assert asked.status == "person"


def test_a_folder_with_a_file_that_must_not_be_used_is_told(server, tmp_path, watch):
    (tmp_path / "A22s-16_15_GML.zip").write_bytes(b"x")
    result = one(server, tmp_path, watch, names=("fiscal_index",))
    assert result.status == "failed"
    assert "A22s-16_15_GML.zip: refused" in result.message


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


@pytest.fixture(scope="module")
def start():
    return process_starter()


def test_killed_at_random_moments_it_ends_with_the_right_file_or_none(
    server, tmp_path, start
):
    moments = random.Random(20_261_124)
    content = kaso_archive(size=400_000)
    slow = Answer(chunk=8_192, chunk_seconds=0.002)
    server.publish(KASO, content, then=slow)
    found = Counter()
    for number in range(24):
        folder = tmp_path / str(number // 3)  # three kills on the way to one file
        process = start(server.base_url, folder)
        kill_when(server, process, moments.uniform(0.0, 0.6) * len(content), moments)
        found[what_is_there(folder, content)] += 1
    assert min(found["part"], found["right file"]) >= 3, found
    for number in range(8):
        process = start(server.base_url, tmp_path / str(number))
        process.join(20)
        assert process.exitcode == 0
        assert (tmp_path / str(number) / NAME).read_bytes() == content
        assert left_behind(tmp_path / str(number)) == []
        sidecar = sidecar_of(tmp_path / str(number) / NAME)
        assert sidecar["sha256"] == hashlib.sha256(content).hexdigest()


def test_killed_around_the_renaming_it_ends_with_the_right_file_and_sidecar(
    server, tmp_path, start
):
    moments = random.Random(4)
    content = kaso_archive()
    server.publish(KASO, content)
    for number in range(8):
        folder = tmp_path / str(number)
        process = start(server.base_url, folder)
        wait_until(lambda folder=folder: list(folder.glob(".unfinished-*.json")))
        time.sleep(moments.uniform(0.0, 0.02))
        process.kill()
        process.join(10)
        what_is_there(folder, content)
        again = start(server.base_url, folder)
        again.join(20)
        assert again.exitcode == 0
        assert (folder / NAME).read_bytes() == content
        assert sidecar_of(folder / NAME)["sha256"] == sha256_of(folder / NAME)
        assert left_behind(folder) == []


def test_of_two_processes_one_fetches_and_the_other_leaves_its_file_alone(
    server, tmp_path, start
):
    server.publish(KASO, kaso_archive(), then=Answer(chunk=8_192, chunk_seconds=0.01))
    both = [start(server.base_url, tmp_path) for _ in range(2)]
    for process in both:
        process.join(20)
    assert sorted(process.exitcode for process in both) == [0, 1]
    assert (tmp_path / NAME).read_bytes() == kaso_archive()
    assert left_behind(tmp_path) == []


def what_is_there(folder, content):
    """The right file, a part of it under a hidden name, or nothing."""
    if (folder / NAME).exists():
        assert (folder / NAME).read_bytes() == content
        return "right file"
    if not folder.exists():
        return "nothing"
    assert find_sources(folder).files == {}
    return "part" if list(folder.iterdir()) else "nothing"


def kill_when(server, process, byte_count, moments):
    """Kill the process when so many bytes more were sent, or soon after its end."""
    start = server.sent_count
    wait_until(
        lambda: server.sent_count - start >= byte_count or not process.is_alive()
    )
    time.sleep(moments.uniform(0.0, 0.01))
    process.kill()
    process.join(10)


def wait_until(is_so):
    ends = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < ends, "the process does not get on"
        time.sleep(0.0005)
