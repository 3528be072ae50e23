"""Fixtures every test may use."""

from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder ../shared beside the checkout; a stranger's clone has none."""
    folder = ROOT.parent / "shared"
    if not (folder / "data").is_dir():
        pytest.skip("needs the data folder ../shared beside the checkout")
    return folder


# Frames make an example slow: fewer of them, and no time limit on a busy machine.
settings.register_profile("kiban", max_examples=30, deadline=None)
settings.register_profile("fuzz", max_examples=1_200, deadline=None)  # `make fuzz`
settings.load_profile("kiban")
