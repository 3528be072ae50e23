"""高トラヒックエリア: the denominator of サブ6展開率, as a list (domain.md 3.6)."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from geodata import reference
from geodata.catalog.source import sidecar_of
from geodata.errors import SourceError
from geodata.readers.files.published import Published, published_files
from geodata.readers.files.whole_list import read_cell_list
from geodata.readers.reading import Rejections, SourceRead

NAME = "high_traffic_meshes"
_COLUMN = "mesh3"


def read_high_traffic_meshes(paths: Sequence[Path]) -> SourceRead:
    """Read a list of high-traffic cells: CSV with one column ``mesh3``.

    Parameters
    ----------
    paths : sequence of Path
        One file, plain or zipped. A sidecar ``<file>.toml`` may say
        ``denominator_source`` (default ``official``) and ``vintage``.

    Returns
    -------
    SourceRead
        ``raw.high_traffic_mesh``, ascending. The edition is the source of the
        denominator.

    Raises
    ------
    SourceError
        Any line is not a 1 km cell with land, or repeats one. The list is refused
        whole: leaving lines out would change the denominator unseen.
    """
    land = set(reference.mesh3_municipalities()[_COLUMN].unique().tolist())
    file = _file(paths)
    cells = read_cell_list(file, _COLUMN, "m3", land, "the 1 km cells with land")
    return SourceRead(
        name=NAME,
        tables={"raw.high_traffic_mesh": pd.DataFrame({_COLUMN: cells.codes})},
        rejected=Rejections(NAME).table(),
        read_count=len(cells.codes),
        accepted_count=len(cells.codes),
        vintage=str(sidecar_of(file.path).get("vintage", "")),
        edition=cells.denominator_source,
        datum="JGD2011",
        notes=cells.notes,
    )


def _file(paths: Sequence[Path]) -> Published:
    wanted = f"one list of high-traffic cells with the column {_COLUMN}"
    files = published_files(paths, [".csv"], wanted)
    if len(files) != 1:
        names = ", ".join(file.name for file in files)
        raise SourceError(
            f"high-traffic meshes: found {len(files)} lists ({names}), wanted one "
            f"CSV file with the column {_COLUMN}. Give that one."
        )
    return files[0]
