"""Write the sidecar of a fetched file, complete or not at all."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from geodata.catalog.source import sidecar_of, sidecar_path


def write_sidecar(path: Path, described: Mapping[str, str]) -> None:
    """Write or bring up to date ``<file>.toml``; other keys in it are kept.

    Parameters
    ----------
    path : Path
        The source file.
    described : mapping
        Keys a sidecar knows, with texts; empty texts are left out.

    Raises
    ------
    SourceError
        A sidecar is there and cannot be read; it is not touched.
    """
    told = {
        **sidecar_of(path),
        **{key: text for key, text in described.items() if text},
    }
    # TOML's basic strings and booleans are those of JSON, but for DEL.
    lines = [
        f"{key} = {json.dumps(value, ensure_ascii=False)}".replace("\x7f", "\\u007f")
        for key, value in told.items()
    ]
    write_whole(sidecar_path(path), "\n".join(lines) + "\n")


def write_whole(path: Path, text: str) -> None:
    """Write a small text file under a hidden name and rename it into place."""
    beside = path.with_name(f".unfinished-{path.name.lstrip('.')}")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
