"""Run a notebook on a release, as an analyst would."""

from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient


@dataclass(frozen=True)
class Shown:
    """What a notebook showed: how many pictures, and all its texts."""

    image_count: int
    text: str


def shown_by(path: Path) -> Shown:
    """Run it from top to bottom; an error in a cell is raised."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": path.parent}}
    )
    client.execute()
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    images = [out for out in outputs if "image/png" in out.get("data", {})]
    return Shown(len(images), " ".join(str(out.get("data", {})) for out in outputs))
