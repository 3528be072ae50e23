"""Rate and published percentage of whole persons (or other whole units)."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.exact import percent_half_up

_Int64Array = npt.NDArray[np.int64]


def rate_columns(
    covered: _Int64Array, total: _Int64Array
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Fraction and percentage of each pair of counts.

    Parameters
    ----------
    covered, total : int64 array, shape (n,)
        Counts; where `total` is 0 there is no rate.

    Returns
    -------
    rate : float64 array, shape (n,)
        `covered` / `total`, unrounded; NaN where `total` is 0.
    percent : float64 array, shape (n,)
        Rounded half up to one decimal on the exact fraction (domain.md 3.0); NaN
        where `total` is 0.
    """
    has_rate = total > 0
    rate = np.full(len(total), np.nan)
    np.divide(covered, total, out=rate, where=has_rate)
    percent = [
        percent_half_up(part, whole) if whole > 0 else np.nan
        for part, whole in zip(covered.tolist(), total.tolist(), strict=True)
    ]
    return rate, np.array(percent, dtype="float64")


def whole_numbers(values: _Int64Array, is_known: npt.NDArray[np.bool_]) -> pd.Series:
    """`values` as nullable integers, null where they are not known."""
    return pd.Series(values, dtype="Int64").where(pd.Series(is_known))
