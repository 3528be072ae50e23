"""`kiban fetch` asks the host it means to ask: redirects, proxies, stand-ins."""

import pytest

from geodata.errors import SettingsError
from tests.integration.broken_server import Answer, kaso_archive
from tests.integration.fetch_cases import KASO, assert_refused, fetched, one

pytestmark = pytest.mark.integration


def redirect(server, location):
    """Answer with this location where the file of A17 is asked for."""
    server.publish(KASO, b"", then=Answer(status=302, headers={"Location": location}))


def test_a_redirect_within_the_host_is_followed(server, tmp_path, watch):
    server.publish("/new.zip", kaso_archive())
    redirect(server, "/new.zip")
    assert one(server, tmp_path, watch).status == "fetched"


@pytest.mark.parametrize(
    "location",
    ["http://localhost:1/x.zip", "ftp://127.0.0.1/x.zip", "http://example.invalid/x"],
)
def test_a_redirect_to_another_host_without_https_is_not_followed(
    server, tmp_path, watch, location
):
    redirect(server, location)
    assert_refused(one(server, tmp_path, watch), tmp_path, "was not followed")
    assert len(server.requests) == 1


@pytest.mark.parametrize("location", ["http://[::1", "http://127.0.0.1:x/y"])
def test_a_redirect_to_no_address_is_told(server, tmp_path, watch, location):
    redirect(server, location)
    assert_refused(one(server, tmp_path, watch), tmp_path, "Invalid URL in location")


def test_a_redirect_in_circles_ends(server, tmp_path, watch):
    redirect(server, KASO)
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
