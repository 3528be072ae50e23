"""Provenance of inputs: what a file is, whose it is, and the exact bytes read."""

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from geodata.catalog.sidecar import DESCRIPTIONS, sidecar_of, sidecar_path
from geodata.errors import SourceError


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


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def describe_source(name: str, path: Path) -> Source:
    """Source record of a file, with what its sidecar says about it.

    Raises
    ------
    SourceError
        The sidecar cannot be used, or states another SHA-256 than the file has.
    """
    sidecar = sidecar_of(path)
    described = {key: sidecar.get(key, "") for key in DESCRIPTIONS}
    sha256 = sha256_of(path)
    wanted = sidecar.get("sha256", sha256)
    if sha256 != wanted:
        raise SourceError(
            f"{path}: its sha256 is {sha256}, but {sidecar_path(path).name} says "
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
