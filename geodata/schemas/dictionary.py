"""The data dictionary, written from the table declarations.

``python -m geodata.schemas.dictionary`` prints ``docs/data_dictionary.md``.
"""

import sys
from collections.abc import Iterator

from geodata.schemas import TABLES, Table

_LAYERS = {
    "out": "Published tables (`tables/`, `csv/`, DuckDB schema `out`)",
    "core": "Tables on cells (workspace; `core.mesh2_status` is published)",
    "raw": "Tables as handed in (workspace only, never published)",
}
_HEAD = """# Data dictionary

Written by `python -m geodata.schemas.dictionary > docs/data_dictionary.md`; do not
edit. Mesh codes are int64 in Parquet and DuckDB, zero-padded text in CSV and
GeoPackage. Null means unknown, never zero.
"""


def data_dictionary() -> str:
    """Give the whole data dictionary as Markdown."""
    return "\n".join([_HEAD, *_sections()])


def _sections() -> Iterator[str]:
    for layer, title in _LAYERS.items():
        yield f"## {title}\n"
        for table in TABLES.values():
            if table.layer == layer:
                yield from _section(table)


def _section(table: Table) -> Iterator[str]:
    yield f"### `{table.name}` {table.label_ja}\n"
    keys = ", ".join(f"`{name}`" for name in table.key) or "none (order as read)"
    yield f"{table.doc[0].upper()}{table.doc[1:]}. Key: {keys}.\n"
    yield "| column | 項目 | type | null | meaning |"
    yield "| --- | --- | --- | --- | --- |"
    for column in table.columns:
        null = "yes" if column.nullable else ""
        cells = [f"`{column.name}`", column.label_ja, str(column.type), null]
        yield "| " + " | ".join([*cells, column.doc]) + " |"
    yield ""


if __name__ == "__main__":
    sys.stdout.write(data_dictionary())
