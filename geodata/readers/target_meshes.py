"""The denominator of 5G基盤展開率, where a list of target meshes is supplied."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata import mesh
from geodata.catalog import Source, describe_source, sidecar_of
from geodata.errors import MeshCodeError, SourceError
from geodata.readers.files.table_text import read_rows, refuse_if

_SOURCE = re.compile(r"official|(derived|synthetic):[a-z0-9-]+")


@dataclass(frozen=True)
class TargetMeshes:
    """Target meshes (対象メッシュ) of a run.

    Attributes
    ----------
    mesh2 : int64 array
        Secondary meshes, ascending.
    denominator_source : str
        ``official``, ``derived:<rule>`` or ``synthetic:<generator>``.
    source : Source or None
        The file; None for a derived rule (``geodata.placement.denominator``).
    """

    mesh2: npt.NDArray[np.int64]
    denominator_source: str
    source: Source | None

    def ratio_to(self, published_count: int) -> float:
        """Size relative to the published number of target meshes."""
        return len(self.mesh2) / published_count


def read_target_meshes(path: Path, facts: pd.DataFrame) -> TargetMeshes:
    """Read a target-mesh list: CSV with one column ``mesh2``.

    A sidecar ``<file>.toml`` may say ``denominator_source`` (default ``official``)
    and ``is_synthetic``.

    Parameters
    ----------
    path : Path
        The list.
    facts : DataFrame
        ``mesh2`` of the 4,888 secondary meshes with land.

    Raises
    ------
    SourceError
        Any line is not a secondary mesh with land, or repeats one. The list is
        refused whole: leaving lines out would change the denominator unseen.
    """
    land = set(facts["mesh2"].tolist())
    first_line: dict[int, int] = {}
    faults = []
    for line, (text,) in read_rows(path, ["mesh2"]):
        fault = _fault(text, land)
        if fault is None and int(text) in first_line:
            fault = f"already stands in line {first_line[int(text)]}"
        if fault is None:
            first_line[int(text)] = line
        else:
            faults.append(f"line {line}, column mesh2, '{text}': {fault}")
    if not first_line and not faults:
        faults.append("no mesh in the list")
    refuse_if(faults, path, "Correct the list; nothing was read from it.")
    return TargetMeshes(
        mesh2=np.array(sorted(first_line), "int64"),
        denominator_source=_denominator_source(path),
        source=describe_source("target_meshes", path),
    )


def _denominator_source(path: Path) -> str:
    source: str = sidecar_of(path).get("denominator_source", "official")
    if not _SOURCE.fullmatch(source):
        raise SourceError(
            f"{path.name}.toml, denominator_source, '{source}': must be official, "
            "derived:<rule> or synthetic:<generator>."
        )
    return source


def _fault(text: str, land: set[int]) -> str | None:
    try:
        code = mesh.from_text(text, "m2")
    except MeshCodeError as error:
        return str(error)
    return None if code in land else "not one of the 4,888 secondary meshes with land"
