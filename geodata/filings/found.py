"""What was found, held small: a message is written only when it is asked for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from string import Formatter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geodata.filings.catalogue import Rule
from geodata.schemas.raw import REJECTED_ROW

_SHARED = ("carrier", "plan_id", "file", "column", "rule_id", "severity")
_BATCH = 1 << 16
_NO_VALUE = "-"


@dataclass
class Part:
    """Findings of one rule in one column of one file; what they share is held once.

    ``values`` and ``extra`` hold a scalar, or an array of one value for each finding.
    """

    rule: Rule
    count: int
    values: dict[str, Any]
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def lines(self) -> np.ndarray:
        """Line of each finding, 0 where it stands on none."""
        found = self.values["line"]
        if found is None:
            return np.zeros(self.count, np.int64)
        return pc.fill_null(found, 0).to_numpy(zero_copy_only=False)

    def column(self, name: str, at: pa.Array) -> pa.Array:
        """Column `name` of ``raw.rejected_row`` for the findings `at`."""
        type_ = REJECTED_ROW.schema.field(name).type
        if name.startswith("message_"):
            return self._message(name.removeprefix("message_"), at)
        value = _taken(self.values[name], at)
        if isinstance(value, pa.Array):
            return value.cast(type_)
        return pa.repeat(pa.scalar(value, type_), len(at))

    def _message(self, language: str, at: pa.Array) -> pa.Array:
        """Message of the findings `at`, after the place where one is known in words."""
        template = self.rule.template(language)
        fields = {**self.extra, **self.values}
        shown = {n: _taken(fields[n], at) for n in _field_names(template)}
        message = render(template, shown, len(at))
        if (place := fields.get(f"place_{language}")) is None:
            return message
        joined = _taken(place, at), message, ": "
        return pc.binary_join_element_wise(*joined, null_handling="skip")


@dataclass(frozen=True)
class Findings:
    """Findings on one filing: rows of ``raw.rejected_row``, made when asked for.

    Two million findings are held in some tens of bytes each, where the text of their
    messages would take a thousand. ``part`` and ``row`` say where each one stands.
    """

    carrier: str | None
    plan_id: str | None
    parts: tuple[Part, ...]
    part: np.ndarray
    row: np.ndarray

    @classmethod
    def of(
        cls, parts: Sequence[Part], carrier: str | None, plan_id: str | None
    ) -> "Findings":
        """Every finding of `parts`, by file, line and rule."""
        counts = [part.count for part in parts]
        part = np.repeat(np.arange(len(parts), dtype=np.int32), counts)
        rows = [np.arange(count, dtype=np.int32) for count in counts]
        found = cls(carrier, plan_id, tuple(parts), part, _joined(rows, np.int32))
        files = _ranks([p.values["file"] or "" for p in parts])[part]
        ids = _ranks([p.rule.id for p in parts])[part]
        lines = _joined([p.lines for p in parts], np.int64)
        return found.take(np.lexsort((ids, lines, files)))

    def __len__(self) -> int:
        return len(self.part)

    def __getitem__(self, name: str) -> pa.ChunkedArray:
        return self.select([name])[name]

    def __add__(self, other: "Findings") -> "Findings":
        return replace(
            self,
            parts=(*self.parts, *other.parts),
            part=np.concatenate([self.part, other.part + np.int32(len(self.parts))]),
            row=np.concatenate([self.row, other.row]),
        )

    @property
    def num_rows(self) -> int:
        """Number of findings."""
        return len(self)

    @property
    def column_names(self) -> list[str]:
        """Names of the columns of ``raw.rejected_row``."""
        return REJECTED_ROW.column_names

    def take(self, at: np.ndarray) -> "Findings":
        """The findings at the places `at`."""
        return replace(self, part=self.part[at], row=self.row[at])

    def filter(self, is_chosen: pa.Array | pa.ChunkedArray | np.ndarray) -> "Findings":
        """The findings where `is_chosen` is true."""
        return self.take(np.flatnonzero(np.asarray(is_chosen)))

    def slice(self, start: int, count: int | None = None) -> "Findings":
        """`count` findings from the place `start` on."""
        stop = None if count is None else start + count
        return replace(self, part=self.part[start:stop], row=self.row[start:stop])

    def select(self, names: Sequence[str]) -> pa.Table:
        """Some columns of every finding."""
        schema = pa.schema([REJECTED_ROW.schema.field(name) for name in names])
        return pa.Table.from_batches(self.batches(names), schema)

    def table(self) -> pa.Table:
        """Every finding as ``raw.rejected_row``."""
        return self.select(self.column_names)

    def to_pylist(self) -> list[dict[str, Any]]:
        """Every finding as a dictionary."""
        return self.table().to_pylist()

    def batches(self, names: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Findings in batches, so that the text of few is in memory at a time."""
        chosen = self.column_names if names is None else names
        for start in range(0, len(self), _BATCH):
            yield self.slice(start, _BATCH)._batch(chosen)

    def _batch(self, names: Sequence[str]) -> pa.RecordBatch:
        columns = {n: self._shared(n) for n in names if self._is_shared(n)}
        own = [name for name in names if name not in columns]
        columns |= self._own(own) if own else {}
        schema = pa.schema([REJECTED_ROW.schema.field(name) for name in names])
        return pa.RecordBatch.from_arrays([columns[n] for n in names], schema=schema)

    def _is_shared(self, name: str) -> bool:
        return name in _SHARED and not any(
            isinstance(part.values.get(name), pa.Array) for part in self.parts
        )

    def _shared(self, name: str) -> pa.Array:
        """Column of which all findings of a part have the same value."""
        if name in ("carrier", "plan_id"):
            text = self.carrier if name == "carrier" else self.plan_id
            return pa.repeat(pa.scalar(text, pa.string()), len(self))
        texts = pa.array([part.values[name] for part in self.parts], pa.string())
        return texts.take(pa.array(self.part))

    def _own(self, names: Sequence[str]) -> dict[str, pa.Array]:
        """Columns in which each finding has its own value, gathered part by part."""
        order = np.argsort(self.part, kind="stable")
        numbers, starts = np.unique(self.part[order], return_index=True)
        rows = np.split(self.row[order], starts[1:])
        pieces = [
            (self.parts[number], pa.array(at))
            for number, at in zip(numbers, rows, strict=True)
        ]
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        return {
            name: pa.concat_arrays([part.column(name, at) for part, at in pieces]).take(
                pa.array(back)
            )
            for name in names
        }


def render(template: str, fields: Mapping[str, Any], count: int) -> pa.Array:
    """Fill `template` for `count` findings at once.

    Parameters
    ----------
    template : str
        Text with ``{name}`` fields.
    fields : mapping
        A scalar, or an array of `count` values, for each name; null shows as ``-``.
    count : int
        Number of findings.

    Returns
    -------
    pyarrow string array, shape (count,)

    Raises
    ------
    KeyError
        The template names a field that is not given.
    """
    parts: list[Any] = [pa.repeat("", count)]
    for literal, name, _, _ in Formatter().parse(template):
        parts.append(literal)
        if name is not None:
            parts.append(_field_text(fields[name]))
    return pc.binary_join_element_wise(
        *parts, "", null_handling="replace", null_replacement=_NO_VALUE
    )


def _field_names(template: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(template) if name is not None]


def _field_text(value: object) -> pa.Array | str:
    if isinstance(value, pa.Array):
        return value.cast(pa.string())
    return _NO_VALUE if value is None else str(value)


def _taken(value: object, at: pa.Array) -> Any:  # noqa: ANN401 - a scalar of any type
    return value.take(at) if isinstance(value, pa.Array) else value


def _ranks(words: Sequence[str]) -> np.ndarray:
    return np.unique(np.array(words, str), return_inverse=True)[1]


def _joined(arrays: Sequence[np.ndarray], dtype: type) -> np.ndarray:
    return np.concatenate([np.empty(0, dtype), *arrays])
