"""One small scenario and one release of it, shared by the integration tests."""

import pytest

from geodata.scenario import write_scenario
from tests.integration.pipeline import job_on, run


@pytest.fixture(scope="session")
def scenario(tmp_path_factory):
    """The synthetic filings, with every cell but few stations."""
    folder = tmp_path_factory.mktemp("scenario") / "scenario"
    write_scenario(folder, scale=0.1)
    return folder


@pytest.fixture(scope="session")
def release(scenario, tmp_path_factory):
    """A release of that scenario; read it, do not change it."""
    return run(job_on(scenario, tmp_path_factory.mktemp("run")))
