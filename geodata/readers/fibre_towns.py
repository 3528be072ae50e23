"""Fibre availability by town (町・字) in the project's form, domain.md 3.7 and 6.10.

``fibre_towns.csv`` (or a sheet of ``.xlsx``)::

    surveyed_on,city_code,town_key,town_name,household_count,fibre_household_count
    2024-03-31,41201,412010010,大字川久保,120,118
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pandera

from geodata.errors import SourceError
from geodata.readers.columns import (
    city_code_column,
    count_column,
    day_column,
    days,
    name_column,
    town_key_column,
)
from geodata.readers.files.form_table import read_form
from geodata.readers.reading import Rejections, SourceRead
from geodata.readers.town.names import normal_names
from geodata.readers.town.rows import (
    good_town_rows,
    keep_where,
    read_of_forms,
    refuse_repeats_across_files,
)

NAME = "fibre_towns"

_COUNTS = ["household_count", "fibre_household_count"]
_COLUMNS = ("surveyed_on", "city_code", "town_key", "town_name", *_COUNTS)
_KEY = ["city_code", "town_key"]

_SCHEMA = pandera.DataFrameSchema(
    {
        "surveyed_on": day_column(),
        "city_code": city_code_column(),
        "town_key": town_key_column(),
        "town_name": name_column(),
        "household_count": count_column(),
        "fibre_household_count": count_column(),
    },
    unique=_KEY,
)


def read_fibre_towns(paths: Sequence[Path]) -> SourceRead:
    """Read households, and households with fibre available, per town.

    Parameters
    ----------
    paths : sequence of Path
        ``.csv`` (UTF-8) or ``.xlsx``, plain or zipped; one file or one per prefecture,
        all of one survey.

    Returns
    -------
    SourceRead
        ``raw.fibre_town``. The vintage is the day of the survey.

    Raises
    ------
    SourceError
        A file is unusable, its name says another day than its rows, rows are of two
        surveys, or two files hold the same town.
    """
    rejections = Rejections(NAME)
    tables = list(read_form(paths, _COLUMNS, rejections))
    good = good_town_rows(tables, _SCHEMA, rejections, "surveyed_on")
    households, with_fibre = (good[name].astype("int64") for name in _COUNTS)
    good = keep_where(
        with_fibre <= households,
        good,
        rejections,
        column="fibre_household_count",
        wanted="no more than the household_count of its row",
    )
    _refuse_two_surveys(good)
    refuse_repeats_across_files(good, _KEY, "Give one survey, each prefecture once.")
    result = pd.DataFrame(
        {
            "city_code": good["city_code"],
            "town_key": good["town_key"],
            "town_name_ja": good["town_name"],
            "normal_name": normal_names(good["town_name"]),
            "surveyed_on": days(good["surveyed_on"]),
            "household_count": good["household_count"].astype("int64"),
            "fibre_household_count": good["fibre_household_count"].astype("int64"),
        }
    )
    return read_of_forms(
        NAME, "raw.fibre_town", result, tables, rejections, good["surveyed_on"]
    )


def _refuse_two_surveys(good: pd.DataFrame) -> None:
    if good.empty:
        return
    first = good.iloc[0]
    is_other = (good["surveyed_on"] != first["surveyed_on"]).to_numpy()
    if is_other.any():
        other = good.iloc[int(np.argmax(is_other))]
        raise SourceError(
            f"{other['place']}, row {other['row']}, column surveyed_on: found "
            f"{other['surveyed_on']}, but {first['place']}, row {first['row']} is of "
            f"{first['surveyed_on']}; wanted one survey. Give the rows of one day."
        )
