"""What an edition of coverage areas is made of, apart from its name."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]

NOTHING: Integers = np.zeros(0, np.int64)


def distinct(values: Integers) -> Integers:
    """Each number once, ascending; by sorting, many times faster than by hashing."""
    ordered = np.sort(values)
    return ordered[first_of_runs(ordered)]


def first_of_runs(ordered: Integers) -> npt.NDArray[np.bool_]:
    """Whether each number differs from the one before it."""
    is_first = np.ones(len(ordered), bool)
    is_first[1:] = ordered[1:] != ordered[:-1]
    return is_first


@dataclass(frozen=True, eq=False)
class Content:
    """The union of filed areas, and of discs where they lie on land.

    Attributes
    ----------
    rows : int64 array
        Positions of filed areas in ``raw.coverage_area``, ascending.
    discs : int64 array
        Numbers of discs round stations, ascending.
    """

    rows: Integers
    discs: Integers

    @property
    def key(self) -> tuple[bytes, bytes]:
        """Equal for equal content, which is put on cells only once."""
        return self.rows.tobytes(), self.discs.tobytes()
