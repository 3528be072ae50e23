"""Areas of land as whole numbers, and covered land held against the land there is."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from geodata.errors import TableError

PER_M2 = 1000
"""Areas are counted in whole thousandths of a square metre: rates are exact then."""

_EXCESS = 1e-6  # of the land: more covered than there is, by rounding

Integers = npt.NDArray[np.int64]


def thousandths(area_m2: npt.NDArray[np.float64]) -> Integers:
    """Areas in square metres as whole thousandths of them."""
    return np.rint(area_m2 * PER_M2).astype("int64")


def within_land(
    covered: Integers, land: Integers, place: Callable[[int], str]
) -> Integers:
    """Covered land, never more than the land it is a part of.

    The two are sums over cells of different size, so that rounding may lift the one a
    little above the other.

    Parameters
    ----------
    covered, land : int64 arrays, shape (n,)
        Thousandths of a square metre.
    place : callable
        Position to what an error calls it: edition and place.

    Raises
    ------
    TableError
        More is covered than rounding explains (a millionth of the land).
    """
    is_over = np.flatnonzero(covered > land + np.ceil(_EXCESS * land))
    if len(is_over):
        first = int(is_over[0])
        raise TableError(
            f"core.mesh4_land_coverage: {place(first)} is covered by "
            f"{covered[first] / PER_M2} m2, and has {land[first] / PER_M2} m2 of land; "
            "wanted no more than that. Both are to rest on the same boundaries: run "
            "the mesh and coverage stages again."
        )
    return np.minimum(covered, land)
