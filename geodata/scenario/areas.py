"""Coverage areas of all carriers as sets of 500 m cells, calibrated to people."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from geodata.scenario.appeal import ground_noise, town_appeal
from geodata.scenario.area_sets import Frame, Taste
from geodata.scenario.calibration import Calibration
from geodata.scenario.geography import Bools, Floats, Land
from geodata.scenario.half_cells import HalfCells
from geodata.scenario.summary import COMBINED

ALL, SUB6 = "all", "sub6"
"""Band classes of the areas that are filed."""

_LARGEST_SEED = 1 << 63


@dataclass(frozen=True)
class Layer:
    """Areas of one band class on one day.

    Attributes
    ----------
    band_class : str
        `ALL`, or `SUB6` for the part of it that sub-6 GHz serves.
    as_of : date
        Day on which the areas are covered, or planned to be.
    chosen : bool array, shape (n,)
        500 m cells of which more than half is covered.
    """

    band_class: str
    as_of: date
    chosen: Bools


@dataclass(frozen=True)
class CarrierLayers:
    """Areas of one carrier, and the start of the bends of their edges."""

    layers: tuple[Layer, ...]
    seed: int


def plan_areas(
    land: Land,
    cells: HalfCells,
    served: Mapping[str, Bools],
    calibration: Calibration,
    rng: np.random.Generator,
) -> dict[str, CarrierLayers]:
    """Choose the areas of each carrier at the as-of date and at the end of the plan.

    People draw areas, hills and valleys turn them aside, and each carrier sees its own
    ones. The area of the last day is chosen within one of all carriers together: the
    carrier that covers most takes its share of that, and the next one all that the
    first leaves and then its own. Earlier areas lie within later ones, those of sub-6
    GHz within those of all bands.

    Parameters
    ----------
    land : Land
        1 km cells.
    cells : HalfCells
        500 m cells with their residents.
    served : mapping of bool arrays, shape (n_mesh2,)
        By carrier: secondary meshes of ``land.facts`` in which it operates stations at
        the as-of date; its areas of that day lie there.
    calibration : Calibration
        Shares of the residents.
    rng : Generator
        Source of the hills and valleys.

    Returns
    -------
    dict of CarrierLayers
        By carrier; their shares are met to 0.02 percent of all residents.

    Raises
    ------
    KibanError
        The calibrated shares cannot be met together.
    """
    frame, settings = Frame(cells), calibration.areas
    appeal = town_appeal(land, cells, settings)
    appeal += ground_noise(cells, settings, rng)
    tastes = {
        name: Taste(frame, appeal + _own_noise(cells, calibration, rng))
        for name in calibration.carriers
    }
    seeds = {name: int(rng.integers(_LARGEST_SEED)) for name in tastes}
    union = Taste(frame, appeal).choose(settings.combined_pct, frame.full())
    last = _last_areas(tastes, union, calibration)
    return {
        name: CarrierLayers(
            _layers(
                taste,
                last[name],
                _cells_in(land, cells, served[name]),
                calibration,
                name,
            ),
            seeds[name],
        )
        for name, taste in tastes.items()
    }


def _own_noise(
    cells: HalfCells, calibration: Calibration, rng: np.random.Generator
) -> Floats:
    settings = calibration.areas
    return settings.carrier_noise * ground_noise(cells, settings, rng)


def _last_areas(
    tastes: Mapping[str, Taste], union: Bools, calibration: Calibration
) -> dict[str, Bools]:
    """Areas of the last day; those of all carriers together are `union`."""
    share = {name: calibration.carrier_areas[name].planned_pct for name in tastes}
    first, second, *others = sorted(tastes, key=lambda name: -share[name])
    chosen = {first: tastes[first].choose(share[first], union)}
    left = union & ~chosen[first]
    chosen[second] = tastes[second].choose(share[second], union, forced=left)
    for name in others:
        chosen[name] = tastes[name].choose(share[name], union)
    return chosen


def _cells_in(land: Land, cells: HalfCells, served: Bools) -> Bools:
    """The set of 500 m cells of secondary meshes."""
    is_in = (cells.land >= 0) & served[land.cell[cells.land]]
    return np.append(is_in, False)


def _layers(
    taste: Taste, last: Bools, early_ground: Bools, calibration: Calibration, name: str
) -> tuple[Layer, ...]:
    share = calibration.carrier_areas[name]
    early = taste.choose(share.early_pct, last, among=early_ground)
    planned_on = calibration.areas.planned_on
    sets = (
        (ALL, calibration.as_of, early),
        (SUB6, calibration.as_of, taste.choose(share.early_sub6_pct, early)),
        (ALL, planned_on, last),
        (SUB6, planned_on, taste.choose(share.planned_sub6_pct, last)),
    )
    return tuple(
        Layer(band_class, as_of, chosen[:-1]) for band_class, as_of, chosen in sets
    )


def covered_counts(
    cells: HalfCells, areas: Mapping[str, CarrierLayers]
) -> dict[str, dict[date, int]]:
    """Residents in the areas of all bands by carrier and day; also `COMBINED`."""
    of_all = {
        name: {
            layer.as_of: layer.chosen
            for layer in layers.layers
            if layer.band_class == ALL
        }
        for name, layers in areas.items()
    }
    days = next(iter(of_all.values()))
    chosen = list(of_all.values())
    of_all[COMBINED] = {
        day: np.logical_or.reduce([sets[day] for sets in chosen]) for day in days
    }
    return {
        name: {day: int(cells.people[chosen].sum()) for day, chosen in sets.items()}
        for name, sets in of_all.items()
    }
