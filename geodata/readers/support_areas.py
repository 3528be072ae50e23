"""支援区域 (電気通信事業法 110条の2) in the project's form, domain.md 6.10.

The ministry publishes 別紙1 (一般) and 別紙2 (特別) as PDF and Excel; typed into
``support_areas.csv`` (or a sheet of ``.xlsx``) they read::

    designated_on,city_code,town_key,town_name,kind
    2024-08-30,41201,412010010,大字川久保,general
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
import pandera.pandas as pandera

from geodata.readers.columns import (
    city_code_column,
    day_column,
    days,
    name_column,
    town_key_column,
)
from geodata.readers.files.form_table import read_form
from geodata.readers.reading import Rejections, SourceRead, rule
from geodata.readers.town.names import normal_names
from geodata.readers.town.rows import (
    good_town_rows,
    read_of_forms,
    refuse_repeats_across_files,
)

NAME = "support_areas"
KINDS = ("general", "special")

_COLUMNS = ("designated_on", "city_code", "town_key", "town_name", "kind")
_KEY = ["city_code", "town_key", "kind"]

_SCHEMA = pandera.DataFrameSchema(
    {
        "designated_on": day_column(),
        "city_code": city_code_column(),
        "town_key": town_key_column(),
        "town_name": name_column(),
        "kind": pandera.Column(
            checks=rule("bad_value", "general or special", lambda s: s.isin(KINDS))
        ),
    },
    unique=_KEY,
)


def read_support_areas(paths: Sequence[Path]) -> SourceRead:
    """Read lists of support areas (支援区域, 町・字 of the 2020 census).

    Parameters
    ----------
    paths : sequence of Path
        ``.csv`` (UTF-8) or ``.xlsx``, plain or zipped; general and special areas may
        stand in one file or in two.

    Returns
    -------
    SourceRead
        ``raw.support_area``. The vintage is the latest ``designated_on``.

    Raises
    ------
    SourceError
        A file is unusable, its name says another day than its rows, or two files hold
        the same area: they are two states of one list, and only one of them holds.
    """
    rejections = Rejections(NAME)
    tables = list(read_form(paths, _COLUMNS, rejections))
    good = good_town_rows(tables, _SCHEMA, rejections, "designated_on")
    refuse_repeats_across_files(good, _KEY, "Give the list of one designation only.")
    result = pd.DataFrame(
        {
            "designated_on": days(good["designated_on"]),
            "city_code": good["city_code"],
            "town_key": good["town_key"],
            "town_name_ja": good["town_name"],
            "normal_name": normal_names(good["town_name"]),
            "kind": good["kind"],
        }
    )
    return read_of_forms(
        NAME,
        "raw.support_area",
        result,
        tables,
        rejections,
        good["designated_on"],
        _notes(good),
    )


def _notes(good: pd.DataFrame) -> Iterator[str]:
    counts = good["kind"].value_counts()
    absent = [kind for kind in KINDS if kind not in counts]
    if absent:
        yield (
            f"No area of kind {', '.join(absent)} is listed: its number is unknown, "
            "not 0."
        )
    on = good["designated_on"].value_counts().sort_index()
    if len(on) > 1:
        each = ", ".join(f"{day}: {count:,}" for day, count in on.items())
        yield f"The list holds areas of several days of designation ({each})."
    both = int(good.duplicated(["city_code", "town_key"]).sum())
    if both:
        yield f"{both:,} town(s) are listed as general and as special."
