"""Every notebook runs on a release from top to bottom, and is stored without output."""

import nbformat
import pytest

from tests.integration.notebook import shown_by

pytestmark = pytest.mark.integration

EXPECTED = {
    "01_nationwide.ipynb": "4,331 (97.0 %)",
    "02_sources.ipynb": "500 mメッシュ人口（合成シナリオ",
}
"""What each notebook shows of the release, in one of its outputs."""

NOTEBOOKS = sorted(EXPECTED)
OF_AREAS = "03_coverage.ipynb"
"""Needs a release with coverage areas: run in ``test_coverage_run``."""


@pytest.mark.parametrize("name", NOTEBOOKS)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the kernel's client
def test_a_notebook_runs_on_a_release(name, root, release, monkeypatch):
    monkeypatch.setenv("KIBAN_RELEASES", str(release.root))
    monkeypatch.setenv("PYTHONPATH", str(root))
    shown = shown_by(root / "notebooks" / name)
    assert shown.image_count == 2
    assert EXPECTED[name] in shown.text


@pytest.mark.parametrize("name", [*NOTEBOOKS, OF_AREAS])
def test_a_notebook_is_stored_without_output(name, root):
    notebook = nbformat.read(root / "notebooks" / name, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


def test_every_notebook_is_tested(root):
    found = sorted(path.name for path in (root / "notebooks").glob("*.ipynb"))
    assert found == [*NOTEBOOKS, OF_AREAS]
