"""The built-in input: a run that is given no filing uses the synthetic scenario."""

import shutil
from pathlib import Path

from flows.settings import Settings
from flows.staging import code_sha256
from flows.watch import watching
from geodata.scenario import write_scenario

_MADE_BY = "made-by-code.sha256"


def with_built_in_scenario(settings: Settings) -> Settings:
    """Settings with the synthetic scenario's inputs, where no filing was given.

    The scenario is written into the workspace once per version of the code.
    """
    if settings.filings:
        return settings
    folder = settings.workspace / "scenario"
    made_by = settings.workspace / _MADE_BY
    if not (folder.is_dir() and made_by.is_file()) or (
        made_by.read_text(encoding="utf-8") != code_sha256()
    ):
        with watching("0 scenario 合成データ"):
            _write_again(folder)
        made_by.write_text(code_sha256(), encoding="utf-8")
    return settings.model_copy(
        update={
            "filings": (folder / "filings",),
            "target_meshes": settings.target_meshes or folder / "target_meshes.csv",
            "sources": settings.sources or folder / "sources",
        }
    )


def _write_again(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    write_scenario(folder)
