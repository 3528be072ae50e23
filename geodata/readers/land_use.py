"""国土数値情報 土地利用細分メッシュ (L03-b, 100 m) and 詳細メッシュ (L03-b-c, 50 m).

Only attributes are read: the mesh code of a fine cell says where it lies. Codes are the
8 digits of the 1 km cell, then row and column of its ten by ten division (``m100``, 10
digits); 50 m cells add row and column of the two by two division of that, each 0 or 1.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geodata import mesh
from geodata.errors import SourceError
from geodata.readers.ksj.land_use_files import (
    LandUseFile,
    datum_of,
    find_files,
    read_columns,
)
from geodata.readers.reading import Rejections, SourceRead
from geodata.reference.land_use import land_use_codes

NAME = "land_use"
_DIGITS = {"L03-b": 10, "L03-b-c": 12}
_PER_MESH3 = {"L03-b": 100, "L03-b-c": 400}
_MANY = 100  # cells: fewer may end in digits 1 to 4 by chance
_M100_PLACES = 1_000_000  # in a primary mesh, counted by the digits
_DIVISOR = {"L03-b": 100, "L03-b-c": 10_000}  # from a fine cell to its 1 km cell


def read_land_use(paths: Sequence[Path]) -> SourceRead:
    """Read land-use meshes of one edition and count fine cells per 1 km cell.

    Parameters
    ----------
    paths : sequence of Path
        Archives as published (``L03-b-16_5339-jgd_GML.zip``), or Shapefiles and
        GeoJSON files from them. All of one dataset and edition.

    Returns
    -------
    SourceRead
        ``raw.land_use``: fine cells per 1 km cell and code, rejected ones left out.
        `vintage` is the year of the edition, `edition` the dataset and its code list.

    Raises
    ------
    SourceError
        A file is damaged, of an edition without a code list, on the Tokyo datum (a
        mesh statistic cannot be re-coded), misses a column, or its content speaks
        against its name; or files of several editions are mixed.

    Notes
    -----
    A primary mesh has up to 640,000 cells of 100 m. Each file is counted before the
    next one is read; which cells were seen is kept as one bit each.
    """
    files = find_files(paths)
    seen, rejections = _SeenCells(_PER_MESH3[files[0].dataset] // 100), Rejections(NAME)
    parts, datums, notes = [], [], []
    read_count = 0
    for file in files:
        datum, note = datum_of(file)
        table, extra = read_columns(file)
        read_count += table.num_rows
        parts.append(_count_cells(file, table, seen, rejections))
        datums.append(datum)
        notes += [*note, *extra]
    counted = _counted(parts, files[0])
    return SourceRead(
        name=NAME,
        tables={"raw.land_use": counted},
        rejected=rejections.table(),
        read_count=read_count,
        accepted_count=int(counted["cell_count"].sum()),
        vintage=str(files[0].year),
        edition=f"{files[0].dataset}, code list {files[0].code_list}",
        datum=", ".join(sorted(set(datums))),
        notes=tuple(dict.fromkeys(notes)),
    )


def _counted(parts: Sequence[pd.DataFrame], file: LandUseFile) -> pd.DataFrame:
    together = pd.concat(parts, ignore_index=True)
    key = ["mesh3", "land_use_code"]
    counted = together.groupby(key, as_index=False)["cell_count"].sum()
    return counted.assign(
        cells_per_mesh3=_PER_MESH3[file.dataset], code_list=file.code_list
    )


def _count_cells(
    file: LandUseFile, table: pa.Table, seen: "_SeenCells", rejections: Rejections
) -> pd.DataFrame:
    """Count the good cells of one file per 1 km cell and code; note the others."""
    cells = _cells(file, table["cell"])
    codes = _codes(file)
    use = pc.index_in(table["use"], pa.array(codes)).fill_null(-1).to_numpy()
    _check_edition(file, table["use"], use)
    is_bad = _reject_values(file, table, cells, use, rejections)
    good = np.flatnonzero(~is_bad)
    is_repeated = seen.add(cells[good])
    _check_given_once(file, is_repeated)
    if is_repeated.any():
        rejections.add(
            "repeated_key",
            file=file.name,
            layer=file.layer,
            rows=good[is_repeated] + 1,
            column=file.columns["cell"],
            values=cells[good[is_repeated]],
            wanted="each fine cell once",
        )
    good = good[~is_repeated]
    mesh3 = cells[good] // _DIVISOR[file.dataset]
    key, count = np.unique(mesh3 * len(codes) + use[good], return_counts=True)
    return pd.DataFrame(
        {
            "mesh3": key // len(codes),
            "land_use_code": np.array(codes, dtype=object)[key % len(codes)],
            "cell_count": count,
        }
    ).astype({"land_use_code": "str"})


def _codes(file: LandUseFile) -> list[str]:
    codes = land_use_codes()
    return codes.loc[codes["code_list"] == file.code_list, "land_use_code"].to_list()


def _cells(file: LandUseFile, texts: pa.ChunkedArray) -> np.ndarray:
    """Codes as int64; -1 for a text that is none of its dataset or not in Japan."""
    wanted = _DIGITS[file.dataset]
    _check_digits(file, texts, wanted)
    pattern = "^[0-9]{10}$" if wanted == 10 else "^[0-9]{10}[01]{2}$"
    is_code = pc.match_substring_regex(texts, pattern).fill_null(False)
    cells = pc.if_else(is_code, texts, "-1").cast(pa.int64()).to_numpy().copy()
    m100 = cells if wanted == 10 else cells // 100
    known = m100 >= 0
    known[known] = mesh.is_japanese(m100[known], "m100")
    cells[~known] = -1
    _check_level(file, cells)
    _check_primary(file, m100[known])
    return cells


def _check_digits(file: LandUseFile, texts: pa.ChunkedArray, wanted: int) -> None:
    """Refuse a file whose codes are those of the other dataset, or of another level."""
    lengths = pc.value_counts(pc.utf8_length(texts.drop_null())).to_pylist()
    common = max(lengths, key=lambda pair: pair["counts"], default=None)
    if common is not None and common["values"] != wanted:
        raise SourceError(
            f"{file.name}, column {file.columns['cell']}: most codes have "
            f"{common['values']} digits, wanted {wanted} for {file.dataset}; the file "
            "is another dataset under this name. Take it as published."
        )


def _check_level(file: LandUseFile, cells: np.ndarray) -> None:
    """Refuse 250 m codes (m5): ten digits too, but the last two are only 1 to 4."""
    last = cells[cells >= 0] % 100
    is_quarter = np.isin(last // 10, (1, 2, 3, 4)) & np.isin(last % 10, (1, 2, 3, 4))
    if file.dataset == "L03-b" and len(last) > _MANY and is_quarter.all():
        raise SourceError(
            f"{file.name}, column {file.columns['cell']}: the last two digits of all "
            f"{len(last)} codes are 1 to 4, as of 250 m cells; wanted the 100 m cells "
            "of L03-b, 0 to 9."
        )


def _check_primary(file: LandUseFile, m100: np.ndarray) -> None:
    """Refuse a file named for another primary mesh than most of its cells lie in."""
    if file.mesh1 is None or not len(m100):
        return
    mesh1, counts = np.unique(mesh.parent(m100, "m100", "m1"), return_counts=True)
    if mesh1[counts.argmax()] != file.mesh1:
        raise SourceError(
            f"{file.name}: most cells lie in primary mesh {mesh1[counts.argmax()]}, "
            f"but the name says {file.mesh1}; restore the published name."
        )


def _check_edition(file: LandUseFile, texts: pa.ChunkedArray, use: np.ndarray) -> None:
    """Refuse a file whose codes fit another list better than its edition's."""
    fitting = int((use >= 0).sum())
    if 2 * fitting >= len(use):
        return
    lists = land_use_codes().groupby("code_list")["land_use_code"]
    fits = {
        str(code_list): _count_in(texts, pa.array(codes, pa.string()))
        for code_list, codes in lists
    }
    best = max(fits, key=lambda code_list: fits[code_list])
    if 2 * fits[best] >= len(use):
        raise SourceError(
            f"{file.name}, column {file.columns['use']}: {fits[best]} of {len(use)} "
            f"codes are of the list {best}, {fitting} of the list {file.code_list} of "
            f"the edition {file.year} in its name; wrong edition. Restore the "
            "published name."
        )


def _count_in(texts: pa.ChunkedArray, codes: pa.Array) -> int:
    return int(pc.is_in(texts, codes).to_numpy().sum())


def _check_given_once(file: LandUseFile, is_repeated: np.ndarray) -> None:
    if 2 * is_repeated.sum() > len(is_repeated):
        raise SourceError(
            f"{file.name}: {is_repeated.sum()} of {len(is_repeated)} cells were read "
            "before, here or in another file; give each primary mesh once."
        )


def _reject_values(
    file: LandUseFile,
    table: pa.Table,
    cells: np.ndarray,
    use: np.ndarray,
    rejections: Rejections,
) -> np.ndarray:
    """Note missing, impossible and unknown values; True for each such row."""
    wanted = {
        "cell": ("bad_mesh_code", f"{_DIGITS[file.dataset]} digits of a cell of Japan"),
        "use": ("unknown_code", f"a code of the list {file.code_list}"),
    }
    is_bad = np.zeros(len(cells), dtype=np.bool_)
    for column, is_wrong in (("cell", cells < 0), ("use", use < 0)):
        is_missing = _is_missing(table[column])
        rule_id, meant = wanted[column]
        for rule, rows, what in (
            ("missing_value", is_missing, "a value"),
            (rule_id, is_wrong & ~is_missing, meant),
        ):
            if rows.any():
                rejections.add(
                    rule,
                    file=file.name,
                    layer=file.layer,
                    rows=np.flatnonzero(rows) + 1,
                    column=file.columns[column],
                    values=table[column].filter(pa.array(rows)).to_pylist(),
                    wanted=what,
                )
        is_bad |= is_missing | is_wrong
    return is_bad


def _is_missing(texts: pa.ChunkedArray) -> np.ndarray:
    missing: np.ndarray = pc.equal(texts.fill_null(""), "").to_numpy()
    return missing


class _SeenCells:
    """Which fine cells were read already: one bit per place and primary mesh."""

    def __init__(self, per_m100: int) -> None:
        self._per_m100 = per_m100
        self._bits: dict[int, np.ndarray] = {}

    def add(self, cells: np.ndarray) -> np.ndarray:
        """Note cells; True for each that was there before, in this call or earlier."""
        is_repeated = pd.Series(cells).duplicated().to_numpy().copy()
        mesh1, place = self._places(cells)
        for code in np.unique(mesh1).tolist():
            rows = np.flatnonzero(mesh1 == code)
            is_seen = self._unpacked(code)
            is_repeated[rows] |= is_seen[place[rows]]
            is_seen[place[rows]] = True
            self._bits[code] = np.packbits(is_seen)
        return is_repeated

    def _places(self, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Primary mesh of each cell, and its number within it."""
        if self._per_m100 == 1:
            return cells // _M100_PLACES, cells % _M100_PLACES
        m100 = cells // 100
        quarter = 2 * (cells // 10 % 10) + cells % 10
        return m100 // _M100_PLACES, m100 % _M100_PLACES * self._per_m100 + quarter

    def _unpacked(self, mesh1: int) -> np.ndarray:
        if mesh1 not in self._bits:
            return np.zeros(_M100_PLACES * self._per_m100, dtype=np.bool_)
        return np.unpackbits(self._bits[mesh1]).view(np.bool_)
