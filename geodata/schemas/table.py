"""What a table is: named, typed, described columns and a unique key."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geodata.errors import TableError


@dataclass(frozen=True)
class Column:
    """One column: its type, whether null is allowed, and what it means."""

    name: str
    type: pa.DataType
    label_ja: str
    doc: str
    nullable: bool = False


def optional(name: str, type_: pa.DataType, label_ja: str, doc: str) -> Column:
    """Column in which null is allowed."""
    return Column(name, type_, label_ja, doc, nullable=True)


@dataclass(frozen=True)
class Table:
    """One table: ``layer.name``, its columns, and the columns that make a row unique.

    ``key`` also is the order in which rows are stored, so equal content always
    gives equal files. A table without a key keeps the order it was given.
    """

    name: str
    label_ja: str
    doc: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def layer(self) -> str:
        """First part of the name: ``raw``, ``core`` or ``out``."""
        return self.name.partition(".")[0]

    @property
    def short_name(self) -> str:
        """Second part of the name, as used for files and DuckDB tables."""
        return self.name.partition(".")[2]

    @property
    def column_names(self) -> list[str]:
        """Names of the columns in stored order."""
        return [column.name for column in self.columns]

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema (types and nullability)."""
        return pa.schema(
            [pa.field(c.name, c.type, nullable=c.nullable) for c in self.columns]
        )


def conform(table: Table, data: pd.DataFrame | pa.Table) -> pa.Table:
    """Check `data` against `table` and give it in stored column and row order.

    Parameters
    ----------
    table : Table
        The declaration to hold `data` against.
    data : DataFrame or pyarrow.Table
        Exactly the declared columns, in any order. Not modified.

    Returns
    -------
    pyarrow.Table
        Typed as declared, sorted by the table's key.

    Raises
    ------
    TableError
        A column is absent or undeclared, a value does not fit its type, a null
        stands where none is allowed, or a key repeats. The message names the
        table, the column and the first bad value.
    """
    found = list(data.columns if isinstance(data, pd.DataFrame) else data.column_names)
    _check_columns(table, found)
    arrow = _to_arrow(table, data)
    for column in table.columns:
        if not column.nullable and arrow[column.name].null_count:
            raise TableError(
                f"{table.name}: {arrow[column.name].null_count} null value(s) in "
                f"column '{column.name}', where none is allowed."
            )
    if not table.key or _is_ascending(arrow.select(list(table.key))):
        return arrow
    ordered = arrow.sort_by([(name, "ascending") for name in table.key])
    _check_key(table, ordered)
    return ordered


def empty(table: Table) -> pd.DataFrame:
    """Give a frame of no rows with the columns and types of `table`."""
    return to_frame(table.schema.empty_table())


def to_frame(arrow: pa.Table) -> pd.DataFrame:
    """Arrow table as a frame that keeps null integers exact.

    Integers and booleans become pandas' nullable types, dates ``datetime64`` (null:
    NaT), text pandas' string type (null: NaN).
    """
    return arrow.to_pandas(types_mapper=_PANDAS_TYPE.get, date_as_object=False)


_PANDAS_TYPE = {
    pa.int8(): pd.Int8Dtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
}


def _check_columns(table: Table, found: Iterable[str]) -> None:
    have = list(found)
    absent = [name for name in table.column_names if name not in have]
    extra = [name for name in have if name not in table.column_names]
    if absent or extra or len(have) != len(set(have)):
        raise TableError(
            f"{table.name}: columns do not match its declaration; "
            f"absent: {absent or 'none'}, undeclared: {extra or 'none'}."
        )


def _to_arrow(table: Table, data: pd.DataFrame | pa.Table) -> pa.Table:
    arrays = []
    for column in table.columns:
        values = data[column.name]
        try:
            if isinstance(data, pd.DataFrame):
                array = pa.Array.from_pandas(values, type=column.type)
            else:
                array = values.cast(column.type)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as e:
            raise TableError(
                f"{table.name}: column '{column.name}' does not hold {column.type}: {e}"
            ) from e
        arrays.append(array)
    return pa.Table.from_arrays(arrays, schema=table.schema)


def _is_ascending(keys: pa.Table) -> bool:
    """Whether every row has a greater key than the row before it; no null in sight.

    Most tables come so, and then need neither sorting nor a look for repeated keys.
    """
    if len(keys) < 2:
        return True
    keys = keys.combine_chunks()
    before, after = keys.slice(0, len(keys) - 1), keys.slice(1)
    is_greater = pa.scalar(False)
    for name in reversed(keys.column_names):
        is_equal = pc.equal(after[name], before[name])
        is_greater = pc.or_(
            pc.greater(after[name], before[name]), pc.and_(is_equal, is_greater)
        )
    return pc.all(pc.fill_null(is_greater, False)).as_py()


def _check_key(table: Table, ordered: pa.Table) -> None:
    """Refuse rows with the key of the row before them; null is equal to null."""
    keys = ordered.select(list(table.key)).combine_chunks()
    before, after = keys.slice(0, len(keys) - 1), keys.slice(1)
    is_same = pa.scalar(True)
    for name in table.key:
        both_null = pc.and_(pc.is_null(before[name]), pc.is_null(after[name]))
        equal = pc.fill_null(pc.equal(before[name], after[name]), False)
        is_same = pc.and_(is_same, pc.or_(equal, both_null))
    repeated = pc.sum(is_same).as_py() if len(after) else 0
    if not repeated:
        return
    first = after.filter(is_same).slice(0, 1).to_pylist()[0]
    raise TableError(f"{table.name}: {repeated} repeated key(s), first {first}.")
