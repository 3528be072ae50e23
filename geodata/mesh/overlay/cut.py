"""Straight edges, cut where they meet lines of one direction."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.mesh.arrays import BoolArray, FloatArray, Int64Array
from geodata.mesh.overlay.keys import counter


@dataclass(frozen=True)
class Edges:
    """Straight lines: whose they are, from where to where."""

    owner: Int64Array
    x0: FloatArray
    y0: FloatArray
    x1: FloatArray
    y1: FloatArray

    def take(self, at: NDArray[Any]) -> "Edges":
        """Those at positions, or under a mask."""
        return Edges(*(values[at] for values in self._arrays()))

    def with_(self, other: "Edges") -> "Edges":
        """These, and then the others."""
        pairs = zip(self._arrays(), other._arrays(), strict=True)
        return Edges(*(np.concatenate(pair) for pair in pairs))

    def _arrays(self) -> tuple[NDArray[Any], ...]:
        return self.owner, self.x0, self.y0, self.x1, self.y1


def cut(edges: Edges, lines: FloatArray | None, *, is_east: bool) -> Edges:
    """Cut edges where they meet lines; a cut lies on its line exactly.

    Parameters
    ----------
    edges : Edges
        Not modified.
    lines : float64 array or None
        Ascending. None stands for the whole numbers.
    is_east : bool
        The lines are values of x; else of y.
    """
    start, end = (edges.x0, edges.x1) if is_east else (edges.y0, edges.y1)
    first, count = _lines_met(np.minimum(start, end), np.maximum(start, end), lines)
    is_cut = count > 0
    pieces = _pieces(
        edges.take(is_cut), first[is_cut], count[is_cut], lines, is_east=is_east
    )
    return edges.take(~is_cut).with_(pieces)


def _pieces(
    edges: Edges,
    first: Int64Array,
    count: Int64Array,
    lines: FloatArray | None,
    *,
    is_east: bool,
) -> Edges:
    """Pieces of edges that meet `count` lines from the `first` on, along the edge."""
    start, end = (edges.x0, edges.x1) if is_east else (edges.y0, edges.y1)
    step = counter(count)
    forward, backward = first, first + count - 1
    line = np.repeat(np.where(end >= start, forward, backward), count)
    line += np.where(np.repeat(end >= start, count), step, -step)
    at = line * 1.0 if lines is None else lines[line]
    share = (at - np.repeat(start, count)) / np.repeat(end - start, count)
    low, high = (edges.y0, edges.y1) if is_east else (edges.x0, edges.x1)
    across = np.repeat(low, count) + share * np.repeat(high - low, count)
    x, y = (at, across) if is_east else (across, at)
    is_last = np.zeros(len(at) + len(count), bool)
    is_last[np.cumsum(count + 1) - 1] = True
    is_first = np.append(True, is_last[:-1]) if len(is_last) else is_last
    return Edges(
        np.repeat(edges.owner, count + 1),
        _spread(edges.x0, x, is_first),
        _spread(edges.y0, y, is_first),
        _spread(edges.x1, x, is_last),
        _spread(edges.y1, y, is_last),
    )


def _spread(vertex: FloatArray, cuts: FloatArray, is_vertex: BoolArray) -> FloatArray:
    """Vertices where the mask says so, cuts at the other places."""
    values = np.empty(len(is_vertex))
    values[is_vertex] = vertex
    values[~is_vertex] = cuts
    return values


def _lines_met(
    low: FloatArray, high: FloatArray, lines: FloatArray | None
) -> tuple[Int64Array, Int64Array]:
    """First line strictly above each low end, and how many are below the high end."""
    if lines is None:
        first = np.floor(low).astype(np.int64) + 1
        after = np.ceil(high).astype(np.int64)
    else:
        first = np.searchsorted(lines, low, side="right")
        after = np.searchsorted(lines, high, side="left")
    return first, np.maximum(after - first, 0)
