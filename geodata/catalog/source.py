"""Provenance of inputs: what a file is, whose it is, and the exact bytes read."""

import hashlib
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from geodata.errors import SourceError

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Source:
    """One input of a run, as the manifest lists it.

    Attributes
    ----------
    name : str
        Role in the run, such as ``target_meshes``.
    file : str
        File name, without its folder.
    sha256 : str
        Hash of the bytes.
    byte_count : int
        Size in bytes.
    title_ja, title_en, producer, licence, attribution, vintage, mark : str
        As its sidecar says; empty when there is none.
    retrieved_on : str
        Day the file was fetched (ISO), as its sidecar says; empty when unknown.
    is_synthetic : bool
        The sidecar says so.
    """

    name: str
    file: str
    sha256: str
    byte_count: int
    title_ja: str = ""
    title_en: str = ""
    producer: str = ""
    licence: str = ""
    attribution: str = ""
    vintage: str = ""
    retrieved_on: str = ""
    mark: str = ""
    is_synthetic: bool = False

    def record(self) -> dict[str, Any]:
        """Give the source as a JSON-ready dict."""
        return asdict(self)


_DESCRIPTIONS = (
    "title_ja",
    "title_en",
    "producer",
    "licence",
    "attribution",
    "vintage",
    "retrieved_on",
    "mark",
)
_SIDECAR_TEXTS = (*_DESCRIPTIONS, "denominator_source", "url", "sha256")
_SIDECAR_KEYS = (*_SIDECAR_TEXTS, "is_synthetic")


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


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
            f"{sidecar.name}: not a TOML file in UTF-8 ({error}); correct it, or "
            "remove it to use the file without a description."
        ) from error
    for key, value in described.items():
        wanted = bool if key == "is_synthetic" else str
        if key not in _SIDECAR_KEYS or not isinstance(value, wanted):
            raise SourceError(
                f"{sidecar.name}, key {key}, value {value!r}: the keys are "
                f"is_synthetic (true or false) and texts: {', '.join(_SIDECAR_TEXTS)}."
            )
    return described


def describe_source(name: str, path: Path) -> Source:
    """Source record of a file, with what its sidecar says about it.

    Raises
    ------
    SourceError
        The sidecar cannot be used, or states another SHA-256 than the file has.
    """
    sidecar = sidecar_of(path)
    described = {key: sidecar.get(key, "") for key in _DESCRIPTIONS}
    sha256 = sha256_of(path)
    wanted = sidecar.get("sha256", sha256)
    if sha256 != wanted:
        raise SourceError(
            f"{path.name}: its sha256 is {sha256}, but {sidecar_path(path).name} says "
            f"{wanted}: the file was changed or replaced after its sidecar was "
            "written. Fetch it again, or correct the sidecar."
        )
    return Source(
        name=name,
        file=path.name,
        sha256=sha256,
        byte_count=path.stat().st_size,
        is_synthetic=sidecar.get("is_synthetic", False),
        **described,
    )
