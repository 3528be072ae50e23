import pandas as pd
import pyarrow as pa
import pytest

from geodata.errors import TableError
from geodata.schemas import Column, Table, conform, empty, to_frame

TABLE = Table(
    "out.sample",
    "見本",
    "a sample",
    ("mesh2",),
    (
        Column("mesh2", pa.int64(), "二次メッシュ", "secondary mesh"),
        Column("seen_on", pa.date32(), "日", "a day", nullable=True),
    ),
)


def frame(*codes):
    return pd.DataFrame({"mesh2": list(codes), "seen_on": pd.NaT})


def test_rows_are_stored_in_the_order_of_the_key():
    assert conform(TABLE, frame(3, 1, 2))["mesh2"].to_pylist() == [1, 2, 3]


def test_rows_in_order_are_told_from_repeated_and_unordered_ones():
    columns = (TABLE.columns[1], TABLE.columns[0])
    table = Table("out.sample", "", "", ("seen_on", "mesh2"), columns)
    days = pd.to_datetime(["2021-01-01", "2021-01-01", "2021-01-02"])
    rows = pd.DataFrame({"seen_on": days, "mesh2": [1, 2, 1]})
    assert conform(table, rows).to_pylist() == conform(table, rows[::-1]).to_pylist()
    with pytest.raises(TableError, match="1 repeated key"):
        conform(table, rows.assign(mesh2=[1, 1, 1]))
    unknown = rows.assign(seen_on=days.where([False, True, True]))
    assert conform(table, unknown)["mesh2"].to_pylist() == [2, 1, 1]


def test_a_repeated_key_is_named():
    with pytest.raises(TableError, match=r"out\.sample: 1 repeated key.*533945"):
        conform(TABLE, frame(533945, 533945, 533946))


def test_an_absent_and_an_undeclared_column_are_named():
    with pytest.raises(TableError, match=r"absent: \['seen_on'\].*\['other'\]"):
        conform(TABLE, pd.DataFrame({"mesh2": [1], "other": [2]}))


def test_a_null_where_none_is_allowed_is_refused():
    with pytest.raises(TableError, match="1 null value"):
        conform(TABLE, frame(1, None))


def test_a_value_of_another_type_is_refused():
    with pytest.raises(TableError, match="column 'mesh2' does not hold int64"):
        conform(TABLE, frame("tokyo"))


def test_no_rows_have_the_declared_types():
    assert list(empty(TABLE).columns) == ["mesh2", "seen_on"]
    assert str(empty(TABLE)["mesh2"].dtype) == "Int64"


def test_a_table_survives_the_way_to_a_frame_and_back():
    stored = conform(TABLE, frame(1, 2))
    assert conform(TABLE, to_frame(stored)).equals(stored)
