"""`kiban fetch` within limits: a full disk, a size, a time."""

import resource
from contextlib import contextmanager
from dataclasses import replace

import pytest

from tests.integration.broken_server import Answer, kaso_archive
from tests.integration.fetch_cases import KASO, NAME, assert_refused, left_behind, one
from tests.integration.fetch_process import QUICK

pytestmark = pytest.mark.integration


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
