"""Every notebook runs on a release from top to bottom, and is stored without output."""

import nbformat
import pytest
from nbclient import NotebookClient

pytestmark = pytest.mark.integration

EXPECTED = {
    "01_nationwide.ipynb": "4,331 (97.0 %)",
    "02_sources.ipynb": "1 kmメッシュ人口（合成シナリオ",
}
"""What each notebook shows of the release, in one of its outputs."""

NOTEBOOKS = sorted(EXPECTED)


@pytest.mark.parametrize("name", NOTEBOOKS)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the kernel's client
def test_a_notebook_runs_on_a_release(name, root, release, monkeypatch):
    monkeypatch.setenv("KIBAN_RELEASES", str(release.root))
    monkeypatch.setenv("PYTHONPATH", str(root))
    notebook = nbformat.read(root / "notebooks" / name, as_version=4)
    client = NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": root / "notebooks"}}
    )
    client.execute()
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    images = [out for out in outputs if "image/png" in out.get("data", {})]
    texts = " ".join(str(out.get("data", {})) for out in outputs)
    assert len(images) == 2
    assert EXPECTED[name] in texts


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_is_stored_without_output(name, root):
    notebook = nbformat.read(root / "notebooks" / name, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


def test_every_notebook_is_tested(root):
    assert sorted(path.name for path in (root / "notebooks").glob("*.ipynb")) == (
        NOTEBOOKS
    )
