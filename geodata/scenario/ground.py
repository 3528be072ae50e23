"""What all carriers share: land, residents and target meshes."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from geodata import reference
from geodata.scenario.calibration import Calibration
from geodata.scenario.geography import Bools, Ints, Land, read_land
from geodata.scenario.half_cells import HalfCells, half_cells
from geodata.scenario.population import spread_population
from geodata.scenario.rollout import NEVER, choose_targets
from geodata.scenario.split import split_population


@dataclass(frozen=True)
class Ground:
    """Land with its residents, and the target meshes.

    Attributes
    ----------
    land : Land
        1 km cells.
    people : int64 array, shape (n_land,)
        Residents of each.
    quarters : int64 array, shape (n_land, 4)
        The same by 500 m cell: SW, SE, NW, NE.
    targets : int64 array
        Positions of the target meshes in ``land.facts``.
    """

    land: Land
    people: Ints
    quarters: Ints
    targets: Ints

    @cached_property
    def is_target(self) -> Bools:
        """Which secondary meshes of ``land.facts`` are target meshes."""
        return np.isin(np.arange(len(self.land.facts)), self.targets)

    @cached_property
    def half_cells(self) -> HalfCells:
        """The 500 m cells of the land and at its corners."""
        return half_cells(self.land, self.quarters)

    def target_cells(self) -> pd.DataFrame:
        """Facts and residents of the target meshes."""
        people = self.land.per_mesh2(self.people)[self.targets]
        cells = self.land.facts.iloc[self.targets].reset_index(drop=True)
        return cells.assign(population_count=people)

    def first_years(self, of_targets: Ints) -> Ints:
        """Fiscal years by secondary mesh: of the target meshes, `NEVER` elsewhere."""
        years = np.full(len(self.is_target), NEVER)
        years[self.targets] = of_targets
        return years


def read_ground(
    settings: Calibration, of_people: np.random.Generator, of_split: np.random.Generator
) -> Ground:
    """Land, and a population drawn on it."""
    land = read_land()
    totals = reference.prefectures().set_index("pref_code")["population_2020"]
    places = reference.place_weights()
    people = spread_population(land, places, totals, settings.population, of_people)
    quarters = split_population(land, people, settings.split, of_split)
    targets = choose_targets(land, people, settings.target_cell_count)
    return Ground(land, people, quarters, targets)
