"""Skip a stage whose inputs and code have not changed; record what it wrote."""

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from geodata.catalog import sha256_of
from geodata.store import StageRecord, Workspace

_CODE = ("*.py", "*.toml", "*.csv", "*.parquet")
_PACKAGES = ("flows", "coverage", "geodata")


@dataclass(frozen=True)
class StageOutput:
    """Tables a stage built, and small notes for the stages after it."""

    tables: Mapping[str, Any]
    notes: Mapping[str, Any] = field(default_factory=dict)


def staged(
    workspace: Workspace,
    stage: str,
    ingredients: Mapping[str, Any],
    build: Callable[[], StageOutput],
) -> dict[str, Any]:
    """Run `build` and store its tables, unless the same was done before.

    Parameters
    ----------
    workspace : Workspace
        Where tables and records live.
    stage : str
        Name of the stage.
    ingredients : mapping
        Everything the result depends on, JSON-ready: hashes of inputs, parameters.
    build : callable
        Makes the tables.

    Returns
    -------
    dict
        ``fingerprint``, ``tables`` (name to SHA-256), ``notes``, ``is_reused``.
    """
    fingerprint = _fingerprint(stage, ingredients)
    record = workspace.record(stage)
    is_reused = record is not None and record.fingerprint == fingerprint
    if record is None or not is_reused:
        output = build()
        tables = {
            name: workspace.write(name, rows) for name, rows in output.tables.items()
        }
        record = StageRecord(fingerprint, tables, _json_ready(output.notes))
        workspace.save_record(stage, record)
    return vars(record) | {"is_reused": is_reused}


def _json_ready(notes: Mapping[str, Any]) -> dict[str, Any]:
    """Notes as they will be read back, so that a reused stage says the same."""
    ready: dict[str, Any] = json.loads(json.dumps(notes, default=str))
    return ready


def files_digest(paths: tuple[Path, ...]) -> dict[str, str]:
    """SHA-256 of each file, and of each file inside each folder, links followed.

    Folders are listed too, with an empty hash: one without files is a filing as well.
    """
    digests: dict[str, str] = {}
    for path in paths:
        if path.is_file():
            digests[str(path)] = sha256_of(path)
        for folder, _, names in os.walk(path, followlinks=True):
            digests[folder] = ""
            files = (Path(folder, name) for name in sorted(names))
            digests |= {str(file): sha256_of(file) for file in files if file.is_file()}
    return digests


@cache
def code_sha256() -> str:
    """Hash of the project's code and reference tables: the code version."""
    root = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for package in _PACKAGES:
        found = {path for pattern in _CODE for path in (root / package).rglob(pattern)}
        for path in sorted(found):
            digest.update(f"{path.relative_to(root)} {sha256_of(path)}\n".encode())
    return digest.hexdigest()


def _fingerprint(stage: str, ingredients: Mapping[str, Any]) -> str:
    text = json.dumps(
        {"stage": stage, "code": code_sha256(), **ingredients},
        sort_keys=True,
        default=str,
    )
    return hashlib.sha256(text.encode()).hexdigest()
