"""`kiban fetch`: what it puts where, how it asks, and what only a person can fetch."""

from dataclasses import replace

import pytest

from geodata.catalog import find_sources, registered_sources, sha256_of, sidecar_of
from geodata.errors import SettingsError
from tests.integration.broken_server import (
    KASO_PATH,
    MESH_LIST_PATH,
    kaso_archive,
    mesh_list,
)
from tests.integration.fetch_cases import (
    KASO,
    NAME,
    fetched,
    left_behind,
    one,
    one_mesh_list,
)
from tests.integration.fetch_process import QUICK

pytestmark = pytest.mark.integration


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
    result = one_mesh_list(server, tmp_path, watch)
    assert result.status == "fetched", result.message
    path = tmp_path / "mesh_municipalities" / "13.csv"
    assert path.read_bytes() == mesh_list()
    assert find_sources(tmp_path).files == {"mesh_municipalities": (path,)}


def test_a_folder_that_cannot_be_made_is_told(server, tmp_path, watch):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SettingsError, match="file/in: this folder cannot be made"):
        fetched(server, tmp_path / "file" / "in", watch)


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
