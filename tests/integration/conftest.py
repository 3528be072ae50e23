"""A scenario, a release and a server that breaks, shared by the integration tests."""

import pytest

from geodata.scenario import write_scenario
from tests.integration.broken_server import serving
from tests.integration.fetch_process import Watch
from tests.integration.pipeline import job_on, run


@pytest.fixture(scope="session")
def scenario(tmp_path_factory):
    """The synthetic filings, with every cell but few stations."""
    folder = tmp_path_factory.mktemp("scenario") / "scenario"
    write_scenario(folder, scale=0.1, areas=False)
    return folder


@pytest.fixture(scope="session")
def release(scenario, tmp_path_factory):
    """A release of that scenario; read it, do not change it."""
    return run(job_on(scenario, tmp_path_factory.mktemp("run")))


@pytest.fixture(scope="module")
def running_server():
    """The server of one module."""
    with serving() as server:
        yield server


@pytest.fixture
def server(running_server):
    """That server, with nothing published and nothing asked for."""
    running_server.contents.clear()
    running_server.answers.clear()
    running_server.last.clear()
    running_server.requests.clear()
    return running_server


@pytest.fixture
def watch():
    return Watch()
