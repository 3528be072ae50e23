"""What a written scenario holds, counted from its rows."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from geodata.scenario.geography import Bools, Ints
from geodata.scenario.rows import ADVANCED, ANCHOR, ORDINARY, Job

COMBINED = "combined"


@dataclass(frozen=True)
class ScenarioSummary:
    """Paths and counts of a scenario, by carrier and fiscal year end.

    Attributes
    ----------
    folder, target_meshes, population : Path
        What was written; the population by 500 m cell.
    filings : dict of Path
        Filing of each carrier.
    row_counts : dict of int
        Rows of each ``stations.csv``.
    station_counts : dict of dict of int
        Stations on air, planned basis, repeaters left out.
    cell_counts : dict of dict of int
        Target cells with an advanced station, planned basis; also ``combined``.
    covered_counts : dict of dict of int
        Residents of the 500 m cells in the areas of all bands, by the day of the
        areas; also ``combined``. Empty where no areas were written.
    """

    folder: Path
    target_meshes: Path
    population: Path
    filings: dict[str, Path]
    row_counts: dict[str, int]
    station_counts: dict[str, dict[date, int]]
    cell_counts: dict[str, dict[date, int]]
    covered_counts: dict[str, dict[date, int]]


@dataclass
class Tally:
    """Counts gathered carrier by carrier; whole filings need not stay in memory."""

    year_ends: list[date]
    row_counts: dict[str, int] = field(default_factory=dict)
    station_counts: dict[str, dict[date, int]] = field(default_factory=dict)
    first_steps: dict[str, Ints] = field(default_factory=dict)
    covered_counts: dict[str, dict[date, int]] = field(default_factory=dict)

    def add(self, job: Job, rows: pd.DataFrame, is_target: Bools) -> None:
        """Count one carrier's rows, as drawn by `rows.draw_rows`."""
        kind, year = rows["kind"].to_numpy(), rows["year"].to_numpy()
        is_station = np.isin(kind, (ANCHOR, ADVANCED, ORDINARY))
        per_year = np.bincount(year[is_station], minlength=len(self.year_ends))
        self.row_counts[job.name] = len(rows)
        self.station_counts[job.name] = self._dated(np.cumsum(per_year))
        is_advanced = np.isin(kind, (ANCHOR, ADVANCED))
        first = np.full(len(is_target), len(self.year_ends))
        np.minimum.at(first, rows["cell"].to_numpy()[is_advanced], year[is_advanced])
        self.first_steps[job.name] = first[is_target]

    def cell_counts(self) -> dict[str, dict[date, int]]:
        """Target cells reached by each year end, of each carrier and combined."""
        earliest = np.minimum.reduce(list(self.first_steps.values()))
        return {
            name: self._dated(
                np.cumsum(np.bincount(first, minlength=len(self.year_ends) + 1))[:-1]
            )
            for name, first in (self.first_steps | {COMBINED: earliest}).items()
        }

    def _dated(self, counts: Ints) -> dict[date, int]:
        return dict(zip(self.year_ends, counts.tolist(), strict=True))
