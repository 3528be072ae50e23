"""`kiban fetch` takes the right file only: wrong ones, pins, strangers in its place."""

from dataclasses import replace

import pytest

from geodata.catalog import registered_sources, sha256_of, sidecar_of
from tests.integration.broken_server import (
    MESH_LIST_PATH,
    Answer,
    archive,
    kaso_archive,
)
from tests.integration.fetch_cases import (
    KASO,
    NAME,
    assert_refused,
    left_behind,
    one,
    one_mesh_list,
)

pytestmark = pytest.mark.integration

OTHER = "A17-17_15_GML.zip"
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
    result = one_mesh_list(server, tmp_path, watch)
    assert result.status == "failed"
    assert "団体コード" in result.message
    assert "wanted: 都道府県市区町村コード" in result.message


def test_a_wrong_file_leaves_the_right_one_that_is_there(server, tmp_path, watch):
    server.publish(KASO, kaso_archive(), Answer(), then=Answer(body=PAGE))
    one(server, tmp_path, watch)
    assert one(server, tmp_path, watch, again=True).status == "failed"
    assert (tmp_path / NAME).read_bytes() == kaso_archive()
    assert sidecar_of(tmp_path / NAME)["sha256"] == sha256_of(tmp_path / NAME)


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


@pytest.mark.parametrize("again", [False, True])
def test_a_folder_in_the_place_of_the_file_is_told(server, tmp_path, watch, again):
    (tmp_path / NAME).mkdir()
    result = one(server, tmp_path, watch, again=again)
    assert result.status == "failed"
    assert "a folder is in the place" in result.message
    assert server.requests == []
