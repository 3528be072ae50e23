"""Rows that name a census town: checked, of their own municipality, no town twice."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
import pandera.pandas as pandera

from geodata.errors import SourceError
from geodata.readers.files.form_table import FormTable, check_day_in_name
from geodata.readers.reading import Rejections, SourceRead, good_rows


def good_town_rows(
    tables: Sequence[FormTable],
    schema: pandera.DataFrameSchema,
    rejections: Rejections,
    day_column: str,
) -> pd.DataFrame:
    """Rows of all tables that pass `schema`, each town key of its municipality.

    Parameters
    ----------
    tables : sequence of FormTable
        With at least ``city_code``, ``town_key``, ``town_name`` and `day_column`.
    schema : pandera.DataFrameSchema
        Its checks are made by :func:`geodata.readers.reading.rule`.
    rejections : Rejections
        Where faulty rows go.
    day_column : str
        Column whose latest day a file's name may say.

    Returns
    -------
    DataFrame
        The columns of the tables, and ``file``, ``sheet``, ``row``, ``place``.

    Raises
    ------
    SourceError
        A file's name says another day than its rows.
    """
    parts = []
    for table in tables:
        good = _passing(table, schema, rejections)
        good = keep_where(
            good["town_key"].str[:5] == good["city_code"],
            good,
            rejections,
            column="town_key",
            wanted="a key that begins with the city_code of its row",
        )
        check_day_in_name(table.file, good[day_column].tolist(), day_column)
        parts.append(good)
    return pd.concat(parts, ignore_index=True)


def _passing(
    table: FormTable, schema: pandera.DataFrameSchema, rejections: Rejections
) -> pd.DataFrame:
    frame = table.frame
    located = frame.assign(
        town_name=frame["town_name"].where(frame["town_name"] != ""),
        file=table.file.name,
        sheet=table.sheet,
        row=table.rows,
        place=table.place,
    )
    return good_rows(
        located,
        schema,
        rejections,
        file=table.file.name,
        layer=table.sheet,
        row_numbers=table.rows,
    )


def keep_where(
    is_good: pd.Series,
    rows: pd.DataFrame,
    rejections: Rejections,
    *,
    column: str,
    wanted: str,
) -> pd.DataFrame:
    """Rows where `is_good`; the others are noted as ``bad_value`` of `column`."""
    bad = rows[~is_good]
    rejections.add(
        "bad_value",
        file=bad["file"],
        layer=bad["sheet"],
        rows=bad["row"],
        column=column,
        values=bad[column],
        wanted=wanted,
    )
    return rows[is_good]


def read_of_forms(
    name: str,
    table: str,
    frame: pd.DataFrame,
    forms: Sequence[FormTable],
    rejections: Rejections,
    days: pd.Series,
    notes: Iterable[str] = (),
) -> SourceRead:
    """Reading of tables in the project's own form.

    Parameters
    ----------
    name, table : str
        Of the source, and of its ``raw`` table.
    frame : DataFrame
        The good rows of all `forms`, as the table has them.
    forms : sequence of FormTable
        What was read.
    rejections : Rejections
        Faults of the other rows.
    days : Series of str
        ISO days of the good rows; the latest is the vintage.
    notes : iterable of str
        Sentences besides those of the forms.
    """
    return SourceRead(
        name=name,
        tables={table: frame},
        rejected=rejections.table(),
        read_count=sum(form.row_count for form in forms),
        accepted_count=len(frame),
        vintage=max(days, default=""),
        edition="project form",
        notes=(*(note for form in forms for note in form.notes), *notes),
    )


def refuse_repeats_across_files(
    good: pd.DataFrame, key: Sequence[str], fix: str
) -> None:
    """Refuse rows of two files (or sheets) with one key.

    Parameters
    ----------
    good : DataFrame
        From :func:`good_town_rows`; within a file no key repeats.
    key : sequence of str
        Columns that make a row unique.
    fix : str
        What to do about it.

    Raises
    ------
    SourceError
        The message names both places and the first such key.
    """
    names = list(key)
    is_repeat = good.duplicated(names).to_numpy()
    if not is_repeat.any():
        return
    second = good.iloc[int(np.argmax(is_repeat))]
    first = good[(good[names] == second[names]).all(axis=1)].iloc[0]
    raise SourceError(
        f"{second['place']}, row {second['row']}: found {' '.join(second[names])}, "
        f"which stands in {first['place']}, row {first['row']} too "
        f"({is_repeat.sum():,} such row(s)); wanted each {' + '.join(names)} in one "
        f"file. {fix}"
    )
