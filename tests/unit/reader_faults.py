"""Makes faults of a published file, whatever its form (format-synthetic).

A :class:`Good` is one file in its published layout; every function here gives it back
with one fault, made from its bytes and not from how it was built.
"""

import copy
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, replace

import openpyxl


@dataclass(frozen=True)
class Good:
    """One good file: its published name, its bytes, and how its text is written."""

    name: str
    content: bytes
    encoding: str = "utf-8"
    header_lines: int = 1

    @property
    def form(self) -> str:
        return self.name.rpartition(".")[2].replace("txt", "csv")

    @property
    def lines(self) -> list[str]:
        return self.content.decode(self.encoding).splitlines()

    def with_lines(self, lines: list[str]) -> "Good":
        end = "\r\n" if b"\r\n" in self.content else "\n"
        text = "".join(line + end for line in lines)
        return replace(self, content=text.encode(self.encoding))


def named(name: str) -> Callable[[Good], Good]:
    """The same content under another name."""
    return lambda good: replace(good, name=name)


def replaced(old: str, new: str) -> Callable[[Good], Good]:
    """Another text throughout, which must be there."""

    def change(good: Good) -> Good:
        before = old.encode(good.encoding)
        assert before in good.content, (good.name, old)
        after = new.encode(good.encoding)
        return replace(good, content=good.content.replace(before, after))

    return change


def empty(good: Good) -> Good:
    return replace(good, content=b"")


def truncated(good: Good) -> Good:
    """Cut in the middle of the last row of a text, else in the middle of the file."""
    content = good.content
    if good.form == "csv":
        start = content.rstrip().rfind(b"\n") + 1
        row = content[start:].rstrip().decode(good.encoding)
        half = row[: len(row) // 2].encode(good.encoding)
        return replace(good, content=content[:start] + half)
    if good.form == "json":
        text = content.decode(good.encoding)
        return replace(good, content=text[: len(text) // 2].encode(good.encoding))
    return replace(good, content=content[: len(content) // 2])


def wrongly_encoded(good: Good) -> Good:
    """CP932 for UTF-8 and the other way round; UTF-16 where both would be the same."""
    text = good.content.decode(good.encoding)
    other = "utf-8" if good.encoding == "cp932" else "cp932"
    other = "utf-16" if text.isascii() else other
    return replace(good, content=text.encode(other))


def without_column(good: Good, column: str) -> Good:
    return _CHANGES[good.form](good, _drop(column))


def with_column(good: Good, column: str, value: str) -> Good:
    return _CHANGES[good.form](good, _add(column, value))


def with_last_row_twice(good: Good) -> Good:
    return _CHANGES[good.form](good, lambda table: table.append(dict(table[-1])))


Change = Callable[[list[dict]], None]


def _drop(column: str) -> Change:
    def change(table: list[dict]) -> None:
        for row in table:
            del row[column]

    return change


def _add(column: str, value: str) -> Change:
    def change(table: list[dict]) -> None:
        for row in table:
            row[column] = value

    return change


def _change_csv(good: Good, change: Change) -> Good:
    """Rows as dicts; further header lines (labels) stand at their top."""
    names = good.lines[0].split(",")
    table = [dict(zip(names, line.split(","), strict=True)) for line in good.lines[1:]]
    labels = len(table[: good.header_lines - 1])
    change(table)
    for row in table[:labels]:
        row.update({name: "" for name in row if name not in names})
    lines = [",".join(table[0]), *(",".join(row.values()) for row in table)]
    return good.with_lines(lines)


def _change_geojson(good: Good, change: Change) -> Good:
    document = json.loads(good.content)
    features = document["features"]
    table = [{**f["properties"], "": copy.deepcopy(f["geometry"])} for f in features]
    change(table)
    document["features"] = [
        {"type": "Feature", "geometry": row.pop(""), "properties": row} for row in table
    ]
    return replace(good, content=json.dumps(document, ensure_ascii=False).encode())


def _change_workbook(good: Good, change: Change) -> Good:
    """Below the title: a header, rows, and the mean as a last row that stays last."""
    book = openpyxl.load_workbook(io.BytesIO(good.content))
    sheet = book.active
    title, names, *rows = (list(row) for row in sheet.iter_rows(values_only=True))
    rows = [row for row in rows if any(value is not None for value in row)]
    table = [dict(zip(names, row, strict=True)) for row in rows]
    mean = table.pop()
    change(table)
    sheet.delete_rows(1, sheet.max_row)
    for row in (title, list(table[0]), *(list(row.values()) for row in table)):
        sheet.append(row)
    sheet.append(list(mean.values()))
    content = io.BytesIO()
    book.save(content)
    return replace(good, content=content.getvalue())


_CHANGES = {
    "csv": _change_csv,
    "geojson": _change_geojson,
    "xlsx": _change_workbook,
}
