"""Array types, and the rule that a scalar goes in and out as a scalar."""

from typing import Any, Protocol, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

Int64Array = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


class SupportsArray(Protocol):
    """Anything with a length that NumPy can read: an array, a Series, a column."""

    def __len__(self) -> int: ...

    def __array__(self) -> NDArray[Any]: ...


ManyInts = list[int] | tuple[int, ...] | range | SupportsArray
ManyFloats = list[float] | tuple[float, ...] | range | SupportsArray
ManyTexts = list[str] | tuple[str, ...] | SupportsArray

BLOCK = 1 << 15
"""Elements worked on at a time, so that the temporaries stay in the cache."""

_Scalar = TypeVar("_Scalar", bound=np.generic)


def blocks(count: int, size: int = BLOCK) -> list[slice]:
    """Cut `count` elements into consecutive slices of at most `size`."""
    return [slice(i, min(i + size, count)) for i in range(0, count, size)]


@overload
def as_given(result: Int64Array) -> int | Int64Array: ...
@overload
def as_given(result: FloatArray) -> float | FloatArray: ...
@overload
def as_given(result: BoolArray) -> bool | BoolArray: ...
def as_given(result: NDArray[Any]) -> Any:
    """Turn a result without dimensions into the Python scalar it stands for."""
    return result if result.ndim else result.item()


def place(index: int, shape: tuple[int, ...]) -> str:
    """Name the position of a flat `index` in an array of `shape`; none for a scalar."""
    if not shape:
        return ""
    where = [int(i) for i in np.unravel_index(index, shape)]
    return f"position {where[0] if len(where) == 1 else tuple(where)}: "


def read_only(array: NDArray[_Scalar]) -> NDArray[_Scalar]:
    """Freeze a cached array, so that no caller changes it for the others."""
    array.setflags(write=False)
    return array
