"""Rows of many files held against one schema at once."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pandera.pandas as pandera
from pandera.errors import SchemaErrors

from geodata.readers.reading import Rejections, good_rows


def good_rows_of_files(
    frame: pd.DataFrame,
    schema: pandera.DataFrameSchema,
    faults: Rejections,
    *,
    names: Sequence[str],
    file_at: np.ndarray,
    lines: np.ndarray,
    shown: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Rows that pass `schema`; :func:`good_rows` for the rows of many files.

    All rows are validated together, which is quick; only where one fails are they
    gone through file by file, as a fault names its file.

    Parameters
    ----------
    frame : DataFrame
        Rows of all files, one file after the other. Not modified.
    schema, faults, shown
        As in :func:`good_rows`. A key (``unique``) that may repeat across files must
        hold a column that tells the files apart.
    names : sequence of str
        Names of the files.
    file_at, lines : int array, length of `frame`
        Place in `names`, and 1-based line, of each row.

    Returns
    -------
    DataFrame
        The good rows with a fresh index.
    """
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors:
        parts = []
        for place in np.unique(file_at):
            here = file_at == place
            parts.append(
                good_rows(
                    frame[here],
                    schema,
                    faults,
                    file=names[place],
                    row_numbers=lines[here],
                    shown=shown,
                )
            )
        return pd.concat(parts, ignore_index=True)
    return frame.reset_index(drop=True)
