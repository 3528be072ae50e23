"""Labels that every published row carries: what it rests on and what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

COMBINED = "combined"
"""Union (cells) or sum (stations) over all carriers: 4者合計."""

State = tuple[date, str]
"""A day and a basis (``operating`` or ``planned``)."""


@dataclass(frozen=True)
class RunLabels:
    """What holds for a whole run.

    Attributes
    ----------
    carriers : tuple of str
        Every carrier that should have filed, in display order.
    denominator_source : str
        ``official``, ``derived:<rule>`` or ``synthetic:<generator>``.
    is_synthetic : bool
        Any input of the run is synthetic.
    """

    carriers: tuple[str, ...]
    denominator_source: str
    is_synthetic: bool

    @property
    def rows(self) -> tuple[str, ...]:
        """Carriers in display order, then ``combined``."""
        return (*self.carriers, COMBINED)


def states(dates: Sequence[date], as_of: date) -> list[State]:
    """Each date as planned; dates up to `as_of` as operating too."""
    operating = [(day, "operating") for day in dates if day <= as_of]
    return operating + [(day, "planned") for day in dates]


def carriers_with_cells(forms: pd.DataFrame) -> list[str]:
    """Carriers whose filings tell in which cell a station stands.

    `forms` holds rows of ``core.carrier_filing``.
    """
    return list(forms.loc[forms["has_cells"].astype(bool), "carrier"])


def carriers_with_counts(forms: pd.DataFrame) -> list[str]:
    """Carriers with an accepted filing: each tells at least its prefectures."""
    return list(forms.loc[forms["form"] != "none", "carrier"])


def labelled(
    rows: pd.DataFrame, included: Sequence[str], labels: RunLabels
) -> pd.DataFrame:
    """Add the common columns to `rows`, which has a column ``carrier``.

    Parameters
    ----------
    rows : DataFrame
        One row per published number. Not modified.
    included : sequence of str
        Carriers whose filings tell this metric.
    labels : RunLabels
        What holds for the whole run.

    Returns
    -------
    DataFrame
        `rows` with ``denominator_source``, ``carriers_included``, ``is_complete``
        and ``is_synthetic``.
    """
    present = [carrier for carrier in labels.carriers if carrier in set(included)]
    text = {carrier: carrier for carrier in present} | {COMBINED: ";".join(present)}
    complete = dict.fromkeys(present, True)
    complete[COMBINED] = len(present) == len(labels.carriers)
    return rows.assign(
        denominator_source=labels.denominator_source,
        carriers_included=rows["carrier"].map(text).fillna(""),
        is_complete=rows["carrier"].map(complete).fillna(False).astype(bool),
        is_synthetic=labels.is_synthetic,
    )
