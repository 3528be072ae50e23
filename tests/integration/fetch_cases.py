"""What the tests of `kiban fetch` fetch, and what they say of the folder after it."""

from dataclasses import replace

from geodata.catalog.fetching import FetchOptions, fetch
from tests.integration.broken_server import KASO_PATH
from tests.integration.fetch_process import QUICK, TODAY

KASO = KASO_PATH.format(code="13")
NAME = "A17-17_13_GML.zip"


def fetched(server, folder, watch, *, names=("a17",), register=None, **changes):
    """Results of A17 of Tokyo, or of other sources, from the test's server."""
    options = FetchOptions(
        today=TODAY, codes=("13",), base_url=server.base_url, limits=QUICK
    )
    options = replace(options, **changes)
    return list(fetch(names, folder, options, watch, register=register))


def one(server, folder, watch, **changes):
    """The result where there is one file to fetch."""
    (result,) = fetched(server, folder, watch, **changes)
    return result


def one_mesh_list(server, folder, watch):
    """The result for the mesh list of Tokyo, which is a text."""
    return one(server, folder, watch, names=("mesh_municipalities",))


def left_behind(folder):
    """Names of everything but the wanted file and its sidecar."""
    return sorted(
        path.name
        for path in folder.rglob("*")
        if path.is_file() and path.name not in (NAME, f"{NAME}.toml")
    )


def assert_refused(result, folder, *words):
    """The file failed with these words and did not get its name."""
    assert result.status == "failed"
    for word in words:
        assert word in result.message, result.message
    assert not (folder / NAME).exists()
    assert not (folder / f"{NAME}.toml").exists()
