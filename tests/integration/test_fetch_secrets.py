"""`kiban fetch` sends the application id of e-Stat to e-Stat and tells it nobody."""

import logging
from dataclasses import replace

import pytest

from geodata.catalog import registered_sources
from geodata.catalog.fetching import FetchOptions
from geodata.catalog.session import Secret
from geodata.errors import SettingsError
from tests.integration.broken_server import CENSUS_PATH, Answer, archive, kaso_archive
from tests.integration.fetch_cases import KASO, fetched, one
from tests.integration.fetch_process import TODAY

pytestmark = pytest.mark.integration

ID = "0123456789abcdef0123456789abcdefSECRET"


def census_register(access="direct", application_id="optional"):
    source = registered_sources()["census_mesh"]
    return {
        "census_mesh": replace(source, access=access, application_id=application_id)
    }


def census_archive():
    return archive({"tblT001141H5339.txt": 5_000})


def one_census(server, folder, watch, **changes):
    """The result of the census of primary mesh 5339, with or without the id."""
    return one(
        server, folder, watch, names=("census_mesh",), codes=("5339",), **changes
    )


def told_to(watch, caplog, capfd):
    """All that was logged, printed and said while waiting."""
    return [caplog.text, *capfd.readouterr(), *(reason for _, reason in watch.waited)]


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
    result = one_census(
        server, tmp_path, watch, application_id=Secret(ID), register=census_register()
    )
    assert result.status == "fetched", result.message
    assert [request.query.get("appId") for request in server.requests] == [[ID]] * 4
    told = [str(result), *told_to(watch, caplog, capfd)]
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
    result = one_census(
        server, tmp_path, watch, application_id=Secret(ID), register=census_register()
    )
    assert result.status == "failed"
    told = [result.message, *told_to(watch, caplog, capfd)]
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
    result = one_census(server, tmp_path, watch, application_id=Secret(ID))
    assert "bytes are kept" in result.message
    left = [path.read_bytes() for path in tmp_path.iterdir()]
    assert len(left) == 2
    assert not [content for content in left if ID.encode() in content]


def test_a_source_that_needs_the_application_id_says_where_to_get_one(
    server, tmp_path, watch
):
    result = one_census(
        server, tmp_path, watch, register=census_register("application_id", "")
    )
    assert result.status == "failed"
    assert "KIBAN_ESTAT_APP_ID" in result.message
    assert server.requests == []


def test_an_application_id_that_cannot_be_one_is_refused_unrepeated():
    with pytest.raises(SettingsError) as refusal:
        Secret.of(f"{ID} &x=1")
    assert ID not in str(refusal.value)
