"""`kiban fetch` killed, interrupted, and started twice."""

import hashlib
import random
import time
from collections import Counter

import pytest

from geodata.catalog import find_sources, sha256_of, sidecar_of
from geodata.catalog.unfinished import Unfinished
from geodata.errors import SourceError
from tests.integration.broken_server import Answer, kaso_archive
from tests.integration.fetch_cases import KASO, NAME, assert_refused, left_behind, one
from tests.integration.fetch_process import process_starter

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def start():
    return process_starter()


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
