"""Sets of 500 m cells that hold a wanted share of the residents."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from geodata.errors import KibanError
from geodata.scenario.geography import Bools, Floats, Ints
from geodata.scenario.half_cells import HalfCells

_ROUNDS = 8
_TOLERANCE_PCT = 0.02  # published shares are rounded to 0.1
_NEIGHBOURS = {
    "north": (1, 0),
    "south": (-1, 0),
    "east": (0, 1),
    "west": (0, -1),
    "north_east": (1, 1),
    "north_west": (1, -1),
    "south_east": (-1, 1),
    "south_west": (-1, -1),
}


@dataclass(frozen=True)
class Frame:
    """The 500 m cells, and who lies beside whom.

    A set is a bool array of shape (n + 1,); its last entry stands for all that is no
    cell, and is False.
    """

    cells: HalfCells

    @property
    def size(self) -> int:
        """Number of cells."""
        return len(self.cells.row)

    @cached_property
    def beside(self) -> dict[str, Ints]:
        """By direction: the neighbour of each cell; `size` where there is none."""
        return {
            name: np.append(self.cells.beside(*step), self.size)
            for name, step in _NEIGHBOURS.items()
        }

    def full(self) -> Bools:
        """The set of all cells."""
        return np.arange(self.size + 1) < self.size

    def people(self, chosen: Bools) -> int:
        """Residents of a set."""
        return int(self.cells.people[chosen[:-1]].sum())


@dataclass(frozen=True)
class Taste:
    """What decides which cells come first.

    Attributes
    ----------
    frame : Frame
        The cells.
    key : float64 array, shape (n,)
        Larger comes first.
    """

    frame: Frame
    key: Floats

    @cached_property
    def _order(self) -> Ints:
        return np.argsort(-self.key, kind="stable")

    def choose(
        self,
        share_pct: float,
        inside: Bools,
        *,
        forced: Bools | None = None,
        among: Bools | None = None,
    ) -> Bools:
        """Choose cells in order until they hold a share of all residents.

        Parameters
        ----------
        share_pct : float
            Percent of the residents; met to 0.02.
        inside : bool array, shape (n + 1,)
            Closed set (see `closed`) that the choice stays in.
        forced : bool array, shape (n + 1,), optional
            Cells that are in it in any case, of `inside`.
        among : bool array, shape (n + 1,), optional
            Cells that the order is cut down to; none: `inside`. Corners and holes are
            closed up with other ones too.

        Returns
        -------
        bool array, shape (n + 1,)
            A closed set.

        Raises
        ------
        KibanError
            The share cannot be met.
        """
        allowed = inside if among is None else among & inside
        start = np.zeros_like(inside) if forced is None else forced
        order = self._order[(allowed & ~start)[self._order]]
        running = np.cumsum(self.frame.cells.people[order])
        total = int(self.frame.cells.people.sum())
        wanted = total * share_pct / 100
        limit = wanted - self.frame.people(start)
        for _ in range(_ROUNDS):
            chosen = start.copy()
            chosen[order[: np.searchsorted(running, limit) + 1]] = True
            chosen = closed(self, chosen, inside)
            excess = self.frame.people(chosen) - wanted
            if abs(excess) <= total * _TOLERANCE_PCT / 100:
                return chosen
            limit -= excess
        raise KibanError(
            f"calibration: areas with {share_pct} % of the residents are wanted, but "
            f"the choice holds {100 * (wanted + excess) / total:.2f} %; change the "
            "shares of the areas in calibration.toml."
        )


def closed(taste: Taste, chosen: Bools, inside: Bools) -> Bools:
    """Add cells until no two meet in a corner only and no hole is of one cell.

    Rings round such a set never touch themselves or each other.

    Parameters
    ----------
    taste : Taste
        Of the two cells that part a corner the one that comes first is added.
    chosen : bool array, shape (n + 1,)
        A set. Not modified.
    inside : bool array, shape (n + 1,)
        A larger set that is closed itself; nothing outside it is added.
    """
    result = chosen.copy()
    rank = np.append(np.where(inside[:-1], taste.key, -np.inf), -np.inf)
    beside = taste.frame.beside
    looked_at = np.flatnonzero(result)
    while len(looked_at):
        fills = [
            *_corner_fills(beside, result, rank, looked_at),
            _small_holes(beside, result, looked_at),
        ]
        added = np.unique(np.concatenate(fills))
        result[added] = True
        near = [added] + [beside[name][added] for name in ("south_east", "south_west")]
        below = beside["south"][beside["south"][added]]
        looked_at = np.unique(np.concatenate([*near, below]))
        looked_at = looked_at[result[looked_at]]
    return result


def _corner_fills(
    beside: dict[str, Ints], chosen: Bools, rank: Floats, at: Ints
) -> Iterator[Ints]:
    """Cells that part the corners in which a cell meets one further north alone."""
    north = beside["north"][at]
    for name in ("east", "west"):
        side, across = beside[name][at], beside[f"north_{name}"][at]
        meets = chosen[across] & ~chosen[north] & ~chosen[side]
        first, second = north[meets], side[meets]
        yield np.where(rank[first] >= rank[second], first, second)


def _small_holes(beside: dict[str, Ints], chosen: Bools, at: Ints) -> Ints:
    """Cells north of those at hand that all four neighbours enclose."""
    hole = beside["north"][at]
    hole = hole[~chosen[hole]]
    for name in ("north", "east", "west"):
        hole = hole[chosen[beside[name][hole]]]
    return hole
