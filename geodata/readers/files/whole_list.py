"""Lists that are used whole or not at all: one faulty line refuses the file.

They are denominators, or a population: a part of one would be a wrong one, unseen.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geodata import mesh
from geodata.catalog.source import sidecar_of
from geodata.errors import MeshCodeError, SourceError
from geodata.readers.files.csv_rows import CsvRows, read_csv
from geodata.readers.files.published import Published
from geodata.readers.reading import unused_columns

_SHOWN = 5
_DENOMINATOR_SOURCE = re.compile(r"official|(derived|synthetic):[a-z0-9-]+")

Fault = tuple[int, str]
"""Line of a file, and what is wrong there."""


@dataclass(frozen=True)
class CellList:
    """A list of cells that a rate is a share of.

    Attributes
    ----------
    codes : int64 array
        Cells, ascending, each once.
    denominator_source : str
        ``official``, ``derived:<rule>`` or ``synthetic:<generator>``, as the list's
        sidecar says.
    notes : tuple of str
        Columns that were not used.
    """

    codes: npt.NDArray[np.int64]
    denominator_source: str
    notes: tuple[str, ...]


def read_cell_list(
    file: Published, column: str, level: str, land: Collection[int], land_name: str
) -> CellList:
    """Read a CSV list of cells and its sidecar.

    Parameters
    ----------
    file : Published
        CSV in UTF-8. A sidecar ``<file>.toml`` may say ``denominator_source``
        (default ``official``).
    column : str
        Column that holds the codes.
    level : str
        Level of the cells.
    land : collection of int
        Cells of that level with land.
    land_name : str
        What `land` is, for messages.

    Raises
    ------
    SourceError
        Any line is not a cell with land, or repeats one; the file is unusable, or the
        sidecar says no source of a denominator.
    """
    rows = read_csv(file, [column])
    faults = misshapen_faults(rows)
    first_line: dict[str, int] = {}
    texts = rows.frame[column].tolist()
    for line, text in zip(rows.lines.tolist(), texts, strict=True):
        found = _fault(text, level, land, land_name)
        if found is None and text in first_line:
            found = f"already stands in line {first_line[text]}"
        first_line.setdefault(text, line)
        if found is not None:
            faults.append((line, f"column {column}, '{text}': {found}"))
    refuse_if(faults, file)
    extra = [name for name in rows.header if name != column]
    return CellList(
        codes=np.array(sorted(map(int, texts)), "int64"),
        denominator_source=_denominator_source(file),
        notes=unused_columns(file.name, extra),
    )


def misshapen_faults(rows: CsvRows) -> list[Fault]:
    """Faults of the rows that have another number of fields than the header."""
    return [
        (line, f"'{text}': wanted {len(rows.header)} field(s)")
        for line, _, text in rows.misshapen
    ]


def refuse_if(faults: Sequence[Fault], file: Published) -> None:
    """Refuse a file with faults.

    Parameters
    ----------
    faults : sequence of Fault
        In any order; may be empty.
    file : Published
        Where they were found.

    Raises
    ------
    SourceError
        There is a fault; the message lists the first five, in order of lines.
    """
    if not faults:
        return
    shown = "; ".join(f"line {line}, {text}" for line, text in sorted(faults)[:_SHOWN])
    more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
    raise SourceError(
        f"{file.name}: {shown}{more}. Correct the file; nothing was read from it."
    )


def _fault(text: str, level: str, land: Collection[int], land_name: str) -> str | None:
    try:
        code = mesh.from_text(text, level)
    except MeshCodeError as error:
        return str(error).rstrip(".")
    return None if code in land else f"not one of {land_name}"


def _denominator_source(file: Published) -> str:
    source: str = sidecar_of(file.path).get("denominator_source", "official")
    if not _DENOMINATOR_SOURCE.fullmatch(source):
        raise SourceError(
            f"{file.path.name}.toml, denominator_source: found '{source}', wanted "
            "official, derived:<rule> or synthetic:<generator>. Correct the sidecar."
        )
    return source
