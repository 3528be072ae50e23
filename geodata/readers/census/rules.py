"""What rows of census mesh statistics are held against, all files together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa
import pyarrow.compute as pc

from geodata import mesh
from geodata.readers.census.files import MESH1, CensusFile, prefecture_cells
from geodata.readers.columns import numbers
from geodata.readers.files.many_files import good_rows_of_files
from geodata.readers.reading import Rejections, rule


@dataclass(frozen=True)
class CensusRows:
    """Rows of all files, one after the other.

    Attributes
    ----------
    files : sequence of CensusFile
        In the order of their rows.
    table : pyarrow.Table
        As ``CensusValues.table``.
    codes, treatment : int64 array, length of `table`
        ``KEY_CODE`` and ``HTKSYORI``; -1: no number.
    target : int64 array, length of `table`
        ``HTKSAKI`` of the rows that give their figures away (treatment 2); -1: no
        number, or another row.
    file_at, lines : int64 array, length of `table`
        Place in `files`, and line, of each row.
    is_faulty : bool array, length of `table`
        A value is no number; the file has noted it.
    """

    files: Sequence[CensusFile]
    table: pa.Table
    codes: np.ndarray
    treatment: np.ndarray
    target: np.ndarray
    file_at: np.ndarray
    lines: np.ndarray
    is_faulty: np.ndarray

    @property
    def level(self) -> str:
        """Level of the cells, the same in all files."""
        return self.files[0].level

    def note(
        self,
        faults: Rejections,
        rule_id: str,
        at: np.ndarray,
        column: str,
        wanted: str,
    ) -> None:
        """Note a fault of `column` in the rows `at`, file by file."""
        for place in np.unique(self.file_at[at]):
            here = at[self.file_at[at] == place]
            values = self.table[column].take(pa.array(here)).to_pylist()
            file = self.files[place]
            faults.add(
                rule_id,
                file=file.name,
                rows=self.lines[here],
                column=file.header.columns.get(column, column),
                values=["* or X" if value is None else value for value in values],
                wanted=wanted,
            )


def all_rows(files: Sequence[CensusFile]) -> CensusRows:
    """Rows of all files, one after the other."""
    tables = [file.body.table for file in files]
    table = pa.concat_tables(tables).combine_chunks()
    treatment = table["HTKSYORI"].to_numpy()
    gives = np.flatnonzero(treatment == 2)
    target = np.full(len(treatment), -1, "int64")
    target[gives] = numbers(table["HTKSAKI"].take(pa.array(gives)))
    return CensusRows(
        files=files,
        table=table,
        codes=table["KEY_CODE"].to_numpy(),
        treatment=treatment,
        target=target,
        file_at=np.repeat(np.arange(len(files)), [len(part) for part in tables]),
        lines=np.concatenate([file.body.lines for file in files]),
        is_faulty=np.concatenate([file.body.is_faulty for file in files]),
    )


def check_values(rows: CensusRows, faults: Rejections) -> None:
    """Hold every row that is not faulty already against the schema.

    Parameters
    ----------
    rows : CensusRows
        Rows of all files.
    faults : Rejections
        ``bad_mesh_code``, ``bad_value`` and ``repeated_key`` are added.
    """
    frame = pd.DataFrame(
        {
            "area": rows.file_at,
            "KEY_CODE": rows.codes,
            "HTKSYORI": rows.treatment,
        }
    )
    frame = frame[~rows.is_faulty] if rows.is_faulty.any() else frame
    good_rows_of_files(
        frame,
        _schema(rows.level),
        faults,
        names=[file.name for file in rows.files],
        file_at=rows.file_at[~rows.is_faulty],
        lines=rows.lines[~rows.is_faulty],
    )
    _reject_strays(rows, faults)


def check_links(rows: CensusRows, faults: Rejections) -> list[str]:
    """Hold HTKSYORI, HTKSAKI and GASSAN of all files against each other.

    Parameters
    ----------
    rows : CensusRows
        Rows of all files: a link may lead into the next primary mesh.
    faults : Rejections
        Added are ``missing_value`` and ``bad_value`` for a link that does not go
        with its HTKSYORI, ``bad_mesh_code`` and ``broken_link`` for an HTKSAKI that
        is no cell or no receiver, ``inconsistent_total`` (a warning) for a GASSAN
        that lists other cells than those whose HTKSAKI leads here.

    Returns
    -------
    list of str
        Notes: links that lead outside the area of the files cannot be checked.
    """
    _check_form(rows, faults)
    source = np.flatnonzero(rows.target >= 0)
    is_cell = mesh.is_japanese(rows.target[source], rows.level)
    if not is_cell.all():
        wanted = f"a cell at level {rows.level}"
        rows.note(faults, "bad_mesh_code", source[~is_cell], "HTKSAKI", wanted)
        source = source[is_cell]
    receivers = rows.codes[rows.treatment == 1]
    is_open = ~_among(rows.target[source], receivers)
    is_outside = is_open.copy()
    is_outside[is_open] = ~_is_covered(rows, rows.target[source[is_open]])
    broken = source[is_open & ~is_outside]
    if len(broken):
        wanted = "a cell whose row has HTKSYORI 1"
        rows.note(faults, "broken_link", broken, "HTKSAKI", wanted)
    count = int(is_outside.sum()) + _check_lists(rows, faults)
    if not count:
        return []
    return [
        f"{count} HTKSAKI or GASSAN link(s) lead outside the area of the files given; "
        "they cannot be checked."
    ]


def _schema(level: str) -> pandera.DataFrameSchema:
    is_cell = rule(
        "bad_mesh_code",
        f"{mesh.LEVELS[level].digits} digits of a cell of Japan at level {level}",
        lambda codes: pd.Series(mesh.is_japanese(codes.to_numpy(), level), codes.index),
    )
    is_treatment = rule("bad_value", "0, 1 or 2", lambda value: value.between(0, 2))
    return pandera.DataFrameSchema(
        {
            "area": pandera.Column("int64"),
            "KEY_CODE": pandera.Column("int64", is_cell),
            "HTKSYORI": pandera.Column("int64", is_treatment),
        },
        unique=["area", "KEY_CODE"],
    )


def _reject_strays(rows: CensusRows, faults: Rejections) -> None:
    """Note cells outside the primary mesh of their file."""
    if rows.files[0].unit != MESH1:
        return
    own = np.array([int(file.code) for file in rows.files])[rows.file_at]
    is_stray = rows.codes // 10 ** (mesh.LEVELS[rows.level].digits - 4) != own
    is_stray[is_stray] = mesh.is_japanese(rows.codes[is_stray], rows.level)
    for place in np.unique(rows.file_at[is_stray]):
        at = np.flatnonzero(is_stray & (rows.file_at == place))
        wanted = f"a cell of primary mesh {rows.files[place].code}, as the rest has"
        rows.note(faults, "bad_mesh_code", at, "KEY_CODE", wanted)


def _check_form(rows: CensusRows, faults: Rejections) -> None:
    """HTKSAKI always and only with 2, GASSAN only with 1, no total only with 2."""
    gives, receives = rows.treatment == 2, rows.treatment == 1
    has_target = _is_filled(rows.table["HTKSAKI"])
    lists = _is_filled(rows.table["GASSAN"])
    no_total = pc.is_null(rows.table["population"]).to_numpy() & ~rows.is_faulty
    cases = (
        ("HTKSAKI", "missing_value", gives & ~has_target, "a cell, as HTKSYORI is 2"),
        ("HTKSAKI", "bad_value", gives & has_target & (rows.target < 0), "digits"),
        (
            "HTKSAKI",
            "bad_value",
            ~gives & has_target,
            "nothing, as HTKSYORI is not 2",
        ),
        ("GASSAN", "bad_value", ~receives & lists, "nothing unless HTKSYORI is 1"),
        (
            "population",
            "bad_value",
            ~gives & no_total,
            "a number, as a total is withheld with HTKSYORI 2 only",
        ),
    )
    for column, rule_id, is_fault, wanted in cases:
        at = np.flatnonzero(is_fault)
        if len(at):
            rows.note(faults, rule_id, at, column, wanted)


def _check_lists(rows: CensusRows, faults: Rejections) -> int:
    """Compare GASSAN with the sources; give how many listed cells lie outside."""
    at = np.flatnonzero(rows.treatment == 1)
    if not len(at):
        return 0
    texts = rows.table["GASSAN"].combine_chunks().take(pa.array(at))
    listed = pc.split_pattern(texts, ";")
    cells = numbers(pc.list_flatten(listed))
    owner = rows.codes[at][pc.list_parent_indices(listed).to_numpy()]
    is_outside = ~_among(cells, rows.codes)
    is_outside[is_outside] = _is_elsewhere(rows, cells[is_outside])
    gives = rows.treatment == 2
    found = pd.DataFrame({"mesh": rows.target[gives], "source": rows.codes[gives]})
    found = found[_among(found["mesh"], owner)]
    pairs = pd.DataFrame({"mesh": owner, "source": cells})[~is_outside]
    wrong = at[_among(rows.codes[at], _differing(pairs, found))]
    if len(wrong):
        wanted = "exactly the cells whose HTKSAKI is this cell"
        rows.note(faults, "inconsistent_total", wrong, "GASSAN", wanted)
    return int(is_outside.sum())


def _differing(listed: pd.DataFrame, found: pd.DataFrame) -> np.ndarray:
    """Cells whose listed sources are not those found."""
    both = pd.concat([listed.drop_duplicates(), found.drop_duplicates()])
    return both.loc[~both.duplicated(keep=False), "mesh"].unique()


def _is_elsewhere(rows: CensusRows, cells: np.ndarray) -> np.ndarray:
    """Tell which are cells of Japan beyond the area of the files."""
    return mesh.is_japanese(cells, rows.level) & ~_is_covered(rows, cells)


def _is_covered(rows: CensusRows, cells: np.ndarray) -> np.ndarray:
    """Tell which cells lie wholly in the area of the files."""
    digits = mesh.LEVELS[rows.level].digits
    given = {file.code for file in rows.files}
    if rows.files[0].unit == MESH1:
        return np.isin(cells // 10 ** (digits - 4), [int(code) for code in given])
    cells3 = cells // 10 ** (digits - 8)
    is_inside, is_elsewhere = np.zeros(len(cells), bool), np.zeros(len(cells), bool)
    for pref_code, listed in prefecture_cells().items():
        is_listed = np.isin(cells3, listed)
        if pref_code in given:
            is_inside |= is_listed
        else:
            is_elsewhere |= is_listed
    return is_inside & ~is_elsewhere


def _among(values: np.ndarray | pd.Series, those: np.ndarray) -> np.ndarray:
    """Which `values` are among `those`; pandas' hashing is faster than np.isin."""
    return pd.Series(values).isin(those).to_numpy(copy=True)


def _is_filled(texts: pa.ChunkedArray) -> np.ndarray:
    return pc.greater(pc.binary_length(texts), 0).to_numpy()
