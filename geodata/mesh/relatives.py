"""Cells above, below and beside: parents, children and neighbours."""

from typing import overload

import numpy as np

from geodata.errors import CoordinateError, MeshCodeError
from geodata.mesh.arrays import Int64Array, ManyInts, as_given, place
from geodata.mesh.cells import as_codes, code_of, row_column
from geodata.mesh.levels import Level, level_named


@overload
def parent(codes: int, level: str, to: str) -> int: ...
@overload
def parent(codes: ManyInts, level: str, to: str) -> Int64Array: ...
def parent(codes: int | ManyInts, level: str, to: str) -> int | Int64Array:
    """Code of the coarser cell that each cell lies in.

    Parameters
    ----------
    codes : int or array of int, any shape
        Mesh codes. Not modified.
    level, to : str
        Level of `codes`, and the coarser level asked for.

    Returns
    -------
    int or array of int64, shape of `codes`
        Mesh codes at `to`.

    Raises
    ------
    MeshCodeError
        A code is impossible at `level`, or cells of `level` do not fit into cells
        of `to`.

    Examples
    --------
    >>> parent(53394611, "m3", "m2")
    533946
    """
    fine, coarse = level_named(level), level_named(to)
    rows, columns = _ratio(fine, coarse)
    row, column = row_column(as_codes(codes), fine)
    return as_given(code_of(row // rows, column // columns, coarse))


def children(codes: int | ManyInts, level: str, to: str) -> Int64Array:
    """Codes of the finer cells that make up each cell.

    Parameters
    ----------
    codes : int or array of int, any shape
        Mesh codes. Not modified.
    level, to : str
        Level of `codes`, and the finer level asked for.

    Returns
    -------
    array of int64, shape of `codes` plus ``(k,)``
        Mesh codes at `to`, ascending within a cell; ``k`` is 4 from m3 to m4, 100
        from m2 to m3.

    Raises
    ------
    MeshCodeError
        A code is impossible at `level`, or cells of `to` do not fit into cells of
        `level`.

    Examples
    --------
    >>> children(53394611, "m3", "m4").tolist()
    [533946111, 533946112, 533946113, 533946114]
    """
    coarse, fine = level_named(level), level_named(to)
    rows, columns = _ratio(fine, coarse)
    row, column = row_column(as_codes(codes), coarse)
    row, column = row[..., None, None] * rows, column[..., None, None] * columns
    codes_below = code_of(
        row + np.arange(rows)[:, None], column + np.arange(columns), fine
    )
    codes_below = codes_below.reshape(*row.shape[:-2], rows * columns)
    return np.sort(codes_below, axis=-1)


@overload
def neighbor(codes: int, level: str, north: int, east: int) -> int: ...
@overload
def neighbor(
    codes: ManyInts, level: str, north: int | ManyInts, east: int | ManyInts
) -> Int64Array: ...
def neighbor(
    codes: int | ManyInts, level: str, north: int | ManyInts, east: int | ManyInts
) -> int | Int64Array:
    """Code of the cell so many rows north and columns east of each cell.

    Parameters
    ----------
    codes : int or array of int, any shape
        Mesh codes. Not modified.
    level : str
        Level name, such as ``"m4"``.
    north, east : int or array of int
        Steps in cells, negative to the south and the west; broadcast with `codes`.

    Returns
    -------
    int or array of int64
        Mesh codes at `level`.

    Raises
    ------
    MeshCodeError
        A code is impossible at `level`, or a step is not a whole number.
    CoordinateError
        The neighbour would lie outside the grid; the message names the first one.

    Examples
    --------
    >>> neighbor(533977, "m2", 1, 1)
    544000
    """
    grid, start = level_named(level), as_codes(codes)
    row, column = row_column(start, grid)
    row, column = np.broadcast_arrays(
        row + _steps(north, "north"), column + _steps(east, "east")
    )
    outside = (row < 0) | (row >= grid.rows) | (column < 0) | (column >= grid.columns)
    if outside.any():
        raise _off_grid(np.broadcast_to(start, row.shape), outside.argmax(), grid)
    return as_given(code_of(row, column, grid))


def _steps(steps: int | ManyInts, name: str) -> Int64Array:
    array = np.asarray(steps)
    if array.dtype.kind not in "iu" and array.size:
        raise MeshCodeError(f"{name} must be whole numbers of cells, not {array.dtype}")
    return array.astype(np.int64, copy=False)


def _off_grid(codes: Int64Array, index: np.intp, level: Level) -> CoordinateError:
    where = place(int(index), codes.shape)
    code = f"{int(codes.flat[index]):0{level.digits}d}"
    return CoordinateError(
        f"{where}the neighbour of mesh code {code!r} lies outside the grid, which "
        "spans 100 to 200 degrees east and 0 to 66.67 degrees north."
    )


def _ratio(fine: Level, coarse: Level) -> tuple[int, int]:
    """Rows and columns of `fine` in a cell of `coarse`; the grids share an origin."""
    rows, row_rest = divmod(coarse.lat_uas, fine.lat_uas)
    columns, column_rest = divmod(coarse.lon_uas, fine.lon_uas)
    if row_rest or column_rest:
        raise MeshCodeError(
            f"Cells of level {fine.name} do not fit into cells of level {coarse.name}."
        )
    return rows, columns
