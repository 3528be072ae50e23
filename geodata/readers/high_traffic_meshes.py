"""高トラヒックエリア: the denominator of サブ6展開率, as a list (domain.md 3.6)."""

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from geodata import mesh, reference
from geodata.catalog import sidecar_of
from geodata.errors import MeshCodeError, SourceError
from geodata.readers.files.column_text import TextColumns, read_columns
from geodata.readers.files.published import published_in
from geodata.readers.files.table_text import refuse_if
from geodata.readers.reading import Rejections, SourceRead

NAME = "high_traffic_meshes"
_COLUMN = "mesh3"
_DENOMINATOR_SOURCE = re.compile(r"official|(derived|synthetic):[a-z0-9-]+")


def read_high_traffic_meshes(paths: Sequence[Path]) -> SourceRead:
    """Read a list of high-traffic cells: CSV with one column ``mesh3``.

    Parameters
    ----------
    paths : sequence of Path
        One file, plain or zipped. A sidecar ``<file>.toml`` may say
        ``denominator_source`` (default ``official``).

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
    path, table = _read(paths)
    faults = list(_faults(table))
    refuse_if(faults, path, "Correct the list; nothing was read from it.")
    codes = pd.Series(table.frame[_COLUMN].astype("int64")).sort_values()
    extra = [name for name in table.header if name != _COLUMN]
    notes = (f"{path.name}: further column(s) {', '.join(extra)} not used.",)
    return SourceRead(
        name=NAME,
        tables={"raw.high_traffic_mesh": codes.to_frame().reset_index(drop=True)},
        rejected=Rejections(NAME).table(),
        read_count=len(codes),
        accepted_count=len(codes),
        edition=_denominator_source(path),
        datum="JGD2011",
        notes=notes if extra else (),
    )


def _read(paths: Sequence[Path]) -> tuple[Path, TextColumns]:
    files = [file for path in paths for file in published_in(path, [".csv"])]
    if len(files) != 1:
        names = ", ".join(file.name for file in files) or "none"
        raise SourceError(
            f"high-traffic meshes: found {len(files)} list(s) ({names}), wanted one "
            "CSV file with the column mesh3. Give that one."
        )
    (file,) = files
    return file.path, read_columns(file, [_COLUMN])


def _denominator_source(path: Path) -> str:
    source: str = sidecar_of(path).get("denominator_source", "official")
    if not _DENOMINATOR_SOURCE.fullmatch(source):
        raise SourceError(
            f"{path.name}.toml, denominator_source: found '{source}', wanted official, "
            "derived:<rule> or synthetic:<generator>. Correct the sidecar."
        )
    return source


def _faults(table: TextColumns) -> list[str]:
    """What is wrong with each line, in order."""
    land = set(reference.mesh3_municipalities()[_COLUMN].unique().tolist())
    faults = [
        (line, f"line {line}, '{text}': wanted {len(table.header)} field(s)")
        for line, text in table.ragged
    ]
    first_line: dict[str, int] = {}
    texts = table.frame[_COLUMN].tolist()
    for line, text in zip(table.lines.tolist(), texts, strict=True):
        fault = _fault(text, land)
        if fault is None and text in first_line:
            fault = f"already stands in line {first_line[text]}"
        first_line.setdefault(text, line)
        if fault is not None:
            faults.append((line, f"line {line}, column {_COLUMN}, '{text}': {fault}"))
    return [fault for _, fault in sorted(faults)]


def _fault(text: str, land: set[int]) -> str | None:
    try:
        code = mesh.from_text(text, "m3")
    except MeshCodeError as error:
        return str(error)
    return None if code in land else "not one of the 1 km cells with land"
