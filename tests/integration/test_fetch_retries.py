"""`kiban fetch` of a server that refuses, fails for a while or asks to wait."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from geodata.catalog import registered_sources
from tests.integration.broken_server import KASO_PATH, Answer, kaso_archive
from tests.integration.fetch_cases import (
    KASO,
    assert_refused,
    fetched,
    left_behind,
    one,
)
from tests.integration.fetch_process import QUICK

pytestmark = pytest.mark.integration


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


def test_a_file_that_is_there_is_present_although_the_site_refuses_another(
    server, tmp_path, watch
):
    server.publish(KASO, kaso_archive())
    one(server, tmp_path, watch)
    server.publish(KASO_PATH.format(code="12"), b"", then=Answer(status=403))
    results = fetched(server, tmp_path, watch, codes=("12", "13"))
    assert [result.status for result in results] == ["failed", "present"]
