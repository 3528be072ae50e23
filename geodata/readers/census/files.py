"""One file of e-Stat mesh statistics: its rows as text, its level and its area.

Level and area come from KEY_CODE and are then held against the file's name.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from geodata import mesh
from geodata.errors import SourceError
from geodata.readers.census.header import CensusHeader, read_header
from geodata.readers.census.values import CensusValues, read_values
from geodata.readers.files.encoding import decode
from geodata.readers.files.open_end import refuse_open_end
from geodata.readers.files.published import Published, published_files
from geodata.reference import mesh3_municipalities

SOURCE = "census_mesh"
"""Name in the register of sources."""

SUFFIXES = (".txt", ".csv")
"""Endings of mesh statistics, in a zip or plain."""

MESH1, PREFECTURE = "mesh1", "prefecture"
"""Units by which e-Stat divides the country into files, as in ``raw.census_extent``."""

_LEVELS = {8: "m3", 9: "m4", 10: "m5", 11: "m6"}
"""Level by digits; ten digits are m5, as no e-Stat statistic is by m100 cells."""

_LETTERS = {"S": "m3", "H": "m4", "Q": "m5", "E": "m6"}
_NAME = re.compile(r"tbl(T\d{6})([SHQE])(\d{4}|\d{2})(?!\d).*", re.IGNORECASE)
_UNIT_JA = {MESH1: "primary mesh", PREFECTURE: "prefecture"}
_STRAY_SHARE = 0.01  # of a file's rows: above it the file is another than it says
_FIX = "Take the file as downloaded, under the name it is published with."


@dataclass(frozen=True)
class CensusFile:
    """One file, read but not yet checked row by row.

    Attributes
    ----------
    name : str
        For messages and tables.
    header : CensusHeader
        What its header says.
    body : CensusValues
        Its rows.
    level : str
        ``m3``, ``m4``, ``m5`` or ``m6``.
    unit, code : str
        ``mesh1`` and four digits, or ``prefecture`` and two.
    notes : tuple of str
        What was accepted although it is unusual.
    """

    name: str
    header: CensusHeader
    body: CensusValues
    level: str
    unit: str
    code: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Area:
    unit: str
    code: str
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{_UNIT_JA[self.unit]} {self.code}"


def census_files(paths: Sequence[Path]) -> list[Published]:
    """Files of mesh statistics in `paths`.

    Raises
    ------
    SourceError
        There is no path, or a path holds no ``.txt`` or ``.csv``.
    """
    return published_files(paths, SUFFIXES, "a mesh statistic of e-Stat 統計GIS")


def read_census_file(file: Published) -> CensusFile:
    """Read one file of mesh statistics.

    Parameters
    ----------
    file : Published
        Text in CP932 with two header lines.

    Raises
    ------
    SourceError
        The file is empty, cut short, in another encoding, on the Tokyo datum or no
        census mesh statistic; or its name contradicts what is in it.
    """
    content = file.read_bytes()
    header = read_header(file, content)
    refuse_open_end(content, file.name)
    decode(content[header.end :], "cp932", file.name, first_line=3)
    body = read_values(content, header, file.name, SOURCE)
    codes = body.table["KEY_CODE"].to_numpy()
    level = _level(file.name, codes)
    claim = _NAME.fullmatch(file.file_name)
    if claim:
        _hold_against_name(file.name, claim, header.statistics_id, level)
    area = _area(file.name, codes, level, claim[3] if claim else "")
    notes = [*header.notes, *area.notes]
    if not claim:
        notes.append(
            f"{file.name}: the name is not one of e-Stat, so nothing was held against "
            f"it; by its content it is {area}"
        )
    return CensusFile(
        file.name, header, body, level, area.unit, area.code, tuple(notes)
    )


def _level(name: str, codes: np.ndarray) -> str:
    """Level of most rows; a row of another number of digits is its own fault."""
    if not len(codes):
        raise SourceError(
            f"{name}: no row below the two header lines; wanted one per inhabited "
            "mesh. Download it again."
        )
    digits = np.floor(np.log10(np.maximum(codes, 1))).astype("int64") + 1
    most = int(np.bincount(digits).argmax())
    if most not in _LEVELS:
        raise SourceError(
            f"{name}, column KEY_CODE: codes of {most} digits, first {codes[0]}; "
            "wanted 8 (1 km), 9 (500 m), 10 (250 m) or 11 (125 m). Take a mesh "
            "statistic of e-Stat 統計GIS."
        )
    return _LEVELS[most]


def _hold_against_name(
    name: str, claim: re.Match[str], statistics_id: str, level: str
) -> None:
    if claim[1].upper() != statistics_id:
        raise SourceError(
            f"{name}: named after statistic {claim[1]}, but line 1 holds "
            f"{statistics_id}. {_FIX}"
        )
    if _LETTERS[claim[2].upper()] != level:
        raise SourceError(
            f"{name}: the letter {claim[2]} says level {_LETTERS[claim[2].upper()]}, "
            f"but column KEY_CODE holds cells of {level}. {_FIX}"
        )


def _area(name: str, codes: np.ndarray, level: str, claim: str) -> _Area:
    """Area of the content, the same as the name claims where it claims one."""
    code3 = codes[mesh.is_japanese(codes, level)] // 10 ** (_digits(level) - 8)
    if not len(code3):
        raise SourceError(
            f"{name}, column KEY_CODE: no cell of Japan at level {level}, first "
            f"{codes[0]}. Take a mesh statistic of e-Stat 統計GIS."
        )
    mesh1, counts = np.unique(code3 // 10_000, return_counts=True)
    strays = 1 - counts.max() / counts.sum()
    # No prefecture has all its land in one primary mesh.
    if len(mesh1) == 1 or (strays <= _STRAY_SHARE and len(claim) != 2):
        area = _Area(MESH1, f"{mesh1[counts.argmax()]:04d}")
    else:
        area = _prefecture_area(name, code3, mesh1, claim)
    if claim and area.code != claim:
        kind = MESH1 if len(claim) == 4 else PREFECTURE
        raise SourceError(
            f"{name}: named after {_Area(kind, claim)}, but column KEY_CODE holds the "
            f"cells of {area}. {_FIX}"
        )
    return area


def _prefecture_area(
    name: str, code3: np.ndarray, mesh1: np.ndarray, claim: str
) -> _Area:
    cells = np.unique(code3)
    shares = {
        pref_code: float(np.isin(cells, listed, assume_unique=True).mean())
        for pref_code, listed in prefecture_cells().items()
    }
    best = max(shares, key=lambda pref_code: (shares[pref_code], pref_code == claim))
    if shares[best] < 1 - _STRAY_SHARE:
        said = f"named after {claim}, but it" if claim else "it"
        shown = ", ".join(map(str, mesh1[:4]))
        raise SourceError(
            f"{name}: {said} holds cells of {len(mesh1)} primary meshes ({shown}, ...) "
            f"of which at most {shares[best]:.0%} lie in one prefecture ({best}); "
            f"wanted the cells of one primary mesh or of one prefecture. {_FIX}"
        )
    unlisted = cells[~np.isin(cells, prefecture_cells()[best])]
    if not len(unlisted):
        return _Area(PREFECTURE, best)
    note = (
        f"{name}: {len(unlisted)} 1 km cell(s), first {unlisted[0]}, are not listed in "
        f"prefecture {best}; used all the same"
    )
    return _Area(PREFECTURE, best, (note,))


@cache
def prefecture_cells() -> dict[str, np.ndarray]:
    """Listed 1 km cells of each prefecture (from the shipped crosswalk), ascending."""
    pairs = mesh3_municipalities()
    unique = pd.DataFrame(
        {"mesh3": pairs["mesh3"], "pref_code": pairs["city_code"].str[:2]}
    ).drop_duplicates()
    return {
        str(pref_code): np.sort(group["mesh3"].to_numpy())
        for pref_code, group in unique.groupby("pref_code")
    }


def _digits(level: str) -> int:
    return mesh.LEVELS[level].digits
