"""`kiban fetch` over connections that break and lengths that lie."""

import pytest

from geodata.catalog import find_sources
from tests.integration.broken_server import (
    MESH_LIST_PATH,
    Answer,
    kaso_archive,
    mesh_list,
)
from tests.integration.fetch_cases import (
    KASO,
    NAME,
    assert_refused,
    left_behind,
    one,
    one_mesh_list,
)
from tests.integration.fetch_process import QUICK

pytestmark = pytest.mark.integration


# --- connections that break -----------------------------------------------------------


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


# --- lengths that lie -----------------------------------------------------------------


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
    result = one_mesh_list(server, tmp_path, watch)
    assert result.status == "failed"
    assert "longer than the" in result.message
    assert find_sources(tmp_path).files == {}


def test_a_text_that_was_once_announced_too_short_is_fetched_whole(
    server, tmp_path, watch
):
    server.publish(
        MESH_LIST_PATH.format(code="13"), mesh_list(), Answer(length_lie=-100)
    )
    result = one_mesh_list(server, tmp_path, watch)
    assert result.status == "fetched", result.message
    assert (tmp_path / result.file).read_bytes() == mesh_list()


def test_a_text_that_ends_early_without_a_length_is_noticed(server, tmp_path, watch):
    """Whether the server knows ranges, or only tells the length the second time."""
    path = MESH_LIST_PATH.format(code="13")
    cut = Answer(body=mesh_list()[:-100], has_length=False, etag=None)
    for then in (Answer(), Answer(ignores_range=True)):
        server.publish(path, mesh_list(), cut, then=then)
        folder = tmp_path / str(then.ignores_range)
        result = one_mesh_list(server, folder, watch)
        assert result.status == "fetched", result.message
        assert (folder / result.file).read_bytes() == mesh_list()
        assert "longer than the" in watch.waited[-1][1]
