"""The sidecar ``<file>.toml`` beside a source file: read it, write it."""

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geodata.errors import SourceError

DESCRIPTIONS = (
    "title_ja",
    "title_en",
    "producer",
    "licence",
    "attribution",
    "vintage",
    "retrieved_on",
    "mark",
)
"""Keys of a sidecar that go into the record of its source."""

_SIDECAR_TEXTS = (*DESCRIPTIONS, "denominator_source", "url", "sha256")
_SIDECAR_KEYS = (*_SIDECAR_TEXTS, "is_synthetic")


def sidecar_path(path: Path) -> Path:
    """Where the description of a source file stands: ``<file>.toml`` beside it."""
    return path.with_name(path.name + ".toml")


def sidecar_of(path: Path) -> dict[str, Any]:
    """Contents of the sidecar of a source file; empty when there is none.

    Raises
    ------
    SourceError
        The sidecar is not TOML, holds an unknown key, or a value of another type.
    """
    sidecar = sidecar_path(path)
    if not sidecar.is_file():
        return {}
    try:
        described = tomllib.loads(sidecar.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceError(
            f"{sidecar}: not a TOML file in UTF-8 ({error}); correct it, or "
            "remove it to use the file without a description."
        ) from error
    for key, value in described.items():
        wanted = bool if key == "is_synthetic" else str
        if key not in _SIDECAR_KEYS or not isinstance(value, wanted):
            raise SourceError(
                f"{sidecar}, key {key}, value {value!r}: the keys are "
                f"is_synthetic (true or false) and texts: {', '.join(_SIDECAR_TEXTS)}."
            )
    return described


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
    """Write a small text file under a hidden name and rename it into place.

    The hidden name is always the same: a killed download leaves one at most, and the
    next writes over it (whoever downloads holds the only lock on the target).
    """
    beside = _beside(path)
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def remove_whole(path: Path) -> None:
    """Remove a file that :func:`write_whole` wrote, or was killed while writing."""
    path.unlink(missing_ok=True)
    _beside(path).unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    return path.with_name(f".unfinished-{path.name.lstrip('.')}")
