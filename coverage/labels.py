"""Labels that every published row carries: what it rests on and what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    filed_as_of : mapping of str to date
        As-of date of each carrier's filing: what operates later it cannot know.
    """

    carriers: tuple[str, ...]
    denominator_source: str
    is_synthetic: bool
    filed_as_of: Mapping[str, date] = field(default_factory=dict)

    @property
    def rows(self) -> tuple[str, ...]:
        """Carriers in display order, then ``combined``."""
        return (*self.carriers, COMBINED)

    def knows(self, carrier: str, state: State) -> bool:
        """Whether the carrier's filing can tell what it says of a day."""
        day, basis = state
        return basis != "operating" or day <= self.filed_as_of.get(carrier, day)

    def outdated(self, as_of: date) -> list[str]:
        """Sentences naming carriers whose filing is older than the run's date."""
        return [
            f"The filing of {carrier} is as of {filed}, before {as_of}: its operating "
            "rows after that day repeat its last state and are is_complete = false."
            for carrier, filed in self.filed_as_of.items()
            if filed < as_of
        ]


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
    return rows.assign(
        denominator_source=labels.denominator_source,
        carriers_included=rows["carrier"].map(text).fillna(""),
        is_complete=_is_complete(rows, present, labels),
        is_synthetic=labels.is_synthetic,
    )


def _is_complete(
    rows: pd.DataFrame, present: Sequence[str], labels: RunLabels
) -> pd.Series:
    """Whether every filing that a row needs is there, and not older than its day."""
    keys = pd.MultiIndex.from_frame(rows[["carrier", "as_of", "basis"]])
    complete = {
        key: is_complete(key[0], (key[1].date(), key[2]), present, labels)
        for key in keys.unique()
    }
    return pd.Series([complete[key] for key in keys], index=rows.index, dtype=bool)


def is_complete(
    carrier: str, state: State, present: Sequence[str], labels: RunLabels
) -> bool:
    """Whether a number of `carrier`, or of all for combined, misses no filing."""
    needed = labels.carriers if carrier == COMBINED else (carrier,)
    return all(one in present and labels.knows(one, state) for one in needed)
