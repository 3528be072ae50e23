"""The denominator of 5G基盤展開率, where a list of target meshes is supplied."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata.catalog import Source, describe_source
from geodata.readers.files.published import Published
from geodata.readers.files.whole_list import read_cell_list


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
    name = "the 4,888 secondary meshes with land"
    cells = read_cell_list(Published(path), "mesh2", "m2", land, name)
    return TargetMeshes(
        mesh2=cells.codes,
        denominator_source=cells.denominator_source,
        source=describe_source("target_meshes", path),
    )
