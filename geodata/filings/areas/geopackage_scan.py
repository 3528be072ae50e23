"""What the database of a GeoPackage must not hold, looked at before GDAL runs it."""

import sqlite3
from contextlib import closing

_FLAGS, _NO_LOG = slice(18, 20), b"\x01\x01"
"""Bytes that say whether a log of changes is kept (SQLite file format, 1.3.3)."""

_VIEWS = """
    SELECT 'the view ' || quote(name) FROM sqlite_schema WHERE type = 'view'
"""
_VIRTUAL_TABLES = """
    SELECT 'the virtual table ' || quote(name) FROM pragma_table_list
    WHERE schema = 'main' AND type = 'virtual' AND NOT EXISTS (
        SELECT 1 FROM sqlite_schema AS made
        WHERE made.name = pragma_table_list.name
        AND lower(made.sql) LIKE '%using rtree%'
    )
"""
_COMPUTED_COLUMNS = """
    SELECT 'the computed column ' || quote(inner.name)
    FROM sqlite_schema AS made, pragma_table_xinfo(made.name) AS inner
    WHERE made.type = 'table' AND inner.hidden IN (2, 3)
    AND lower(made.sql) NOT LIKE 'create virtual%'
"""


def database_fault(content: bytes) -> str:
    """What makes a SQLite file unfit to be read as areas; empty: nothing.

    A view or a computed column is a program: a few bytes of it give rows without end.
    Pages that several tables share do the same. All rows have to stand in the file.

    Parameters
    ----------
    content : bytes
        The file. It is looked at in memory, as if no log of changes stood beside it.

    Notes
    -----
    Source: project decision: a file of any origin must not take time or memory beyond
    its size.
    """
    if content[_FLAGS] != _NO_LOG:
        content = content[: _FLAGS.start] + _NO_LOG + content[_FLAGS.stop :]
    try:
        with closing(sqlite3.connect(":memory:")) as database:
            database.deserialize(content)
            return _program(database) or _damage(database)
    except sqlite3.Error as error:
        return str(error)


def _program(database: sqlite3.Connection) -> str:
    for question in (_VIEWS, _VIRTUAL_TABLES, _COMPUTED_COLUMNS):
        found = database.execute(f"{question} LIMIT 1").fetchone()
        if found:
            return f"{found[0]} would have to be run; write its rows as a table"
    return ""


def _damage(database: sqlite3.Connection) -> str:
    database.execute("PRAGMA ignore_check_constraints = ON")
    (said,) = database.execute("PRAGMA quick_check(1)").fetchone()
    return "" if said == "ok" else str(said)
