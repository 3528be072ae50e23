"""Counts of one filing at fiscal year ends, plans included, from its finest table."""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata import reference
from geodata.calendar import fiscal_year_end
from geodata.filings.row_rules.station_rules import FISCAL_YEARS
from geodata.placement.count_events import mesh_count_events, prefecture_count_events
from geodata.placement.denominator import derived_targets

if TYPE_CHECKING:
    from geodata.filings.filing_rules.accepted import Filed

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

YEARS = np.arange(FISCAL_YEARS[0], FISCAL_YEARS[1] + 1)
"""Fiscal years whose ends are counted; the first also holds what came before."""

PREFECTURES = 48
"""Rows of a table by prefecture number; row 0 stays empty."""

ROUNDING = 1e-9
"""Slack of a comparison of decimals that a float cannot hold exactly."""

SUPPLIED = "supplied"
"""Name of a denominator that is a list handed in with the check."""

_YEAR_ENDS = np.array([fiscal_year_end(int(year)) for year in YEARS], "datetime64[D]")
_LAST_DAYS = _YEAR_ENDS.astype(np.int64)


def year_index(days: Integers) -> Integers:
    """Index into `YEARS` of the fiscal year of each day number.

    0 also for days before the first year, ``len(YEARS)`` for days after the last.
    """
    return np.searchsorted(_LAST_DAYS, days, side="left")


def year_ends(
    group: Integers, group_count: int, year: Integers, change: Integers
) -> Integers:
    """Cumulative counts of each group at the end of each fiscal year.

    Parameters
    ----------
    group : ndarray of int64, shape (n,)
        Below `group_count`.
    group_count : int
        Number of groups.
    year : ndarray of int64, shape (n,)
        Of each change, as `year_index` gives it.
    change : ndarray of int64, shape (n,)
        By how much the count of the group changes in that year.

    Returns
    -------
    ndarray of int64, shape (group_count, len(YEARS))
    """
    width = len(YEARS) + 1
    sums = np.bincount(
        group * width + year, weights=change, minlength=group_count * width
    )
    return sums.reshape(-1, width)[:, :-1].cumsum(axis=1).astype(np.int64)


def percent_half_up(
    numerator: Integers | int, denominator: Integers | int
) -> npt.NDArray[np.float64]:
    """Percentages of exact fractions, rounded half up to one decimal (domain.md 3.0).

    NaN where `denominator` is 0: no target mesh is not 0 %.
    """
    numerator, denominator = np.asarray(numerator), np.asarray(denominator)
    tenths = (2000 * numerator + denominator) // np.maximum(2 * denominator, 1)
    return np.where(denominator > 0, tenths / 10, np.nan)


@dataclass(frozen=True)
class Targets:
    """Target meshes (対象メッシュ) that rates are counted over.

    ``mesh2`` is sorted; ``prefecture`` (1-47) is the one with most of the cell.
    ``source`` is `SUPPLIED` or the rule of the derived list.
    """

    mesh2: Integers
    prefecture: Integers
    source: str

    @classmethod
    def of(cls, mesh2: Integers | None) -> "Targets":
        """The supplied list, or the one derived as a run without sources does."""
        listed, source = _derived() if mesh2 is None else (mesh2, SUPPLIED)
        facts = reference.mesh2_facts()
        chosen = facts[facts["mesh2"].isin(listed)]
        prefecture = chosen["pref_code"].astype("int64").to_numpy()
        return cls(chosen["mesh2"].to_numpy(), prefecture, source)

    @cached_property
    def by_prefecture(self) -> Integers:
        """Number of target meshes of each prefecture, shape (48,)."""
        return np.bincount(self.prefecture, minlength=PREFECTURES)

    def rows_of(self, mesh2: Integers) -> tuple[Integers, Booleans]:
        """Row of each cell in ``mesh2``, and whether it is there at all."""
        return np.searchsorted(self.mesh2, mesh2), np.isin(mesh2, self.mesh2)


@dataclass(frozen=True)
class Totals:
    """Stations, and qualifying advanced ones, at each fiscal year end.

    int64 arrays of shape (groups, len(YEARS)): station x band, without repeaters.
    """

    station: Integers
    advanced: Integers


@dataclass(frozen=True)
class _Changes:
    """Changes of counts, one element each; ``row`` is where each one comes from."""

    row: Integers
    year: Integers
    station: Integers
    advanced: Integers


class YearCounts:
    """Counts of one filing at the end of each of `YEARS`, on the planned basis.

    What has no actual start counts from its plan, as ``core.station_event`` does on
    the basis ``planned``. The finest table filed is counted; of cell and prefecture
    counts the last one holds. What is asked for is computed once.
    """

    def __init__(self, filed: "Filed") -> None:
        self._filed = filed

    @property
    def file(self) -> str:
        """File whose rows are counted."""
        return str(self._filed.table(self._filed.finest)["file"][0].as_py())

    @property
    def has_cells(self) -> bool:
        """Whether the cells of what is counted are known."""
        return self._filed.has("stations") or self._filed.has("mesh_counts")

    @cached_property
    def is_filed(self) -> Booleans:
        """Whether there is something to count at the end of each of `YEARS`.

        Of cell and prefecture counts only the years that have rows: before the first
        there is no zero, and what holds on after a year is no figure to be held to.
        """
        filed = self._filed
        if filed.finest == "stations":
            return np.ones(len(YEARS), bool)
        return np.isin(YEARS, filed.table(filed.finest)["fiscal_year"].to_numpy())

    @cached_property
    def targets(self) -> Targets:
        """Target meshes of the check."""
        return Targets.of(self._filed.options.target_mesh2)

    @cached_property
    def nation(self) -> Totals:
        """Nationwide totals, one group; rows at sea are in it."""
        return self._totals(np.zeros(len(self._changes.year), np.int64), 1)

    @cached_property
    def prefectures(self) -> Totals:
        """Totals by prefecture number, `PREFECTURES` groups, as a run places rows."""
        if self._filed.finest == "stations":
            prefecture = self._filed.placed_prefecture[self._changes.row]
        else:
            prefecture = self._events["pref_code"].astype("int64").to_numpy()
        return self._totals(prefecture, PREFECTURES)

    @cached_property
    def served(self) -> Booleans:
        """Whether each target mesh has a qualifying advanced station by each year end.

        Shape (target meshes, len(YEARS)). Only where `has_cells`.
        """
        is_advanced = self._changes.advanced != 0
        at, is_target = self.targets.rows_of(self._mesh2[is_advanced])
        counts = year_ends(
            at[is_target],
            len(self.targets.mesh2),
            self._changes.year[is_advanced][is_target],
            self._changes.advanced[is_advanced][is_target],
        )
        return counts > 0

    @cached_property
    def served_by_prefecture(self) -> Integers:
        """Served target meshes, shape (48, len(YEARS)); only where `has_cells`."""
        prefecture = self.targets.prefecture
        of_years = [prefecture[is_served] for is_served in self.served.T]
        counts = [np.bincount(of_year, minlength=PREFECTURES) for of_year in of_years]
        return np.stack(counts, axis=1)

    def stations_of(
        self, group: Integers, group_count: int, is_meant: Booleans
    ) -> Integers:
        """Stations of each group at each year end; only where stations are filed.

        Parameters
        ----------
        group : ndarray of int64, shape (station rows,)
            Group of each station row, below `group_count` where it is meant.
        group_count : int
            Number of groups.
        is_meant : ndarray of bool, shape (station rows,)
            Rows to count; repeaters never do.

        Returns
        -------
        ndarray of int64, shape (group_count, len(YEARS))
        """
        changes = self._changes
        chosen = is_meant[changes.row]
        row = changes.row[chosen]
        return year_ends(
            group[row], group_count, changes.year[chosen], changes.station[chosen]
        )

    def _totals(self, group: Integers, group_count: int) -> Totals:
        changes = self._changes
        return Totals(
            year_ends(group, group_count, changes.year, changes.station),
            year_ends(group, group_count, changes.year, changes.advanced),
        )

    @property
    def _mesh2(self) -> Integers:
        if self._filed.finest == "stations":
            return self._filed.mesh2[self._changes.row]
        return self._events["mesh2"].to_numpy("int64")

    @cached_property
    def _changes(self) -> _Changes:
        if self._filed.finest == "stations":
            return _station_changes(self._filed)
        events = self._events
        days = events["effective_on"].to_numpy().astype("datetime64[D]")
        return _Changes(
            np.arange(len(events)),
            year_index(days.astype(np.int64)),
            events["station_delta"].to_numpy("int64"),
            events["advanced_delta"].to_numpy("int64"),
        )

    @cached_property
    def _events(self) -> pd.DataFrame:
        """Changes of filed counts of all classes together, planned basis."""
        filed = self._filed
        as_of = filed.report.filing["as_of"]
        if filed.finest == "mesh_counts":
            facts = reference.mesh2_facts()
            events = mesh_count_events(filed.mesh_counts, as_of, facts)
        else:
            events = prefecture_count_events(filed.prefecture_counts, as_of)
        is_meant = (events["basis"] == "planned") & (events["band_class"] == "all")
        return events[is_meant]


def _station_changes(filed: "Filed") -> _Changes:
    """One up in the year a station starts, one down in the year it ends."""
    starts, ends = filed.start_year, filed.end_year
    is_on_air = filed.is_counted & (filed.starts_on < filed.ends_on)
    on = np.flatnonzero(is_on_air & (starts < len(YEARS)))
    off = on[ends[on] < len(YEARS)]
    row = np.concatenate([on, off])
    station = np.ones(len(row), np.int64)
    station[len(on) :] = -1
    year = np.concatenate([starts[on], ends[off]])
    return _Changes(row, year, station, station * filed.is_advanced[row])


@cache
def _derived() -> tuple[Integers, str]:
    """Target meshes and the rule, as a run without census and land use derives them."""
    derived = derived_targets(
        reference.mesh2_facts(), reference.target_mesh_reference()
    )
    return derived.mesh2, derived.rule_id
