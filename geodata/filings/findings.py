"""Findings of the rules on one filing, kept as columns until they are wanted."""

from collections.abc import Iterable
from dataclasses import dataclass
from string import Formatter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geodata.filings.answers import Answers
from geodata.filings.catalogue import ERROR, Rule, rules_by_id
from geodata.schemas.raw import REJECTED_ROW

VALUE_LIMIT = 200
"""Characters of a bad value that a finding keeps."""

_NO_VALUE = "-"


@dataclass(frozen=True)
class _Place:
    """Where findings of one rule stand."""

    file: str | None
    lines: np.ndarray | None
    column: str | None
    mesh2: np.ndarray | None


class FindingLog:
    """Collects what the rules found in one filing, and which rules ran.

    ``answers`` are the acknowledgements and waivers that hold for the filing; they
    are known once its ``plan.toml`` is read.
    """

    def __init__(self, answers: Answers | None = None) -> None:
        self.answers = Answers() if answers is None else answers
        self._parts: list[pa.Table] = []
        self._ran: set[str] = set()
        self._fatal: list[str] = []

    @property
    def fatal(self) -> tuple[str, ...]:
        """Ids of the ERROR rules that reject the filing as a whole, as found."""
        return tuple(self._fatal)

    @property
    def ran(self) -> frozenset[str]:
        """Ids of the rules that had their say."""
        return frozenset(self._ran)

    def mark(self, *rule_ids: str) -> None:
        """Note that the rules ran, whether they found something or not."""
        self._ran.update(rule_ids)

    def add(
        self,
        rule_id: str,
        *,
        file: str | None = None,
        column: str | None = None,
        value: object = None,
        **extra: object,
    ) -> None:
        """Note one finding about the filing, a file or a header (no line)."""
        self.mark(rule_id)
        rule = rules_by_id()[rule_id]
        is_waived = self.answers.is_waived(rule, file, None, 1)[0]
        if rule.severity == ERROR and not is_waived:
            self._fatal.append(rule_id)
        text = None if value is None else _shown(str(value))
        at = _Place(file, None, column, None)
        self._append(rule, 1, at, pa.array([text], pa.string()), extra)

    def add_rows(
        self,
        rule_id: str,
        lines: np.ndarray,
        *,
        file: str,
        column: str | None = None,
        values: pa.Array | None = None,
        cells: np.ndarray | None = None,
        **extra: object,
    ) -> None:
        """Note one finding for each line; `extra` holds scalars or equal-length arrays.

        Parameters
        ----------
        rule_id : str
            Id in the catalogue.
        lines : ndarray of int64, shape (n,)
            Physical lines.
        file, column : str
            Where the lines stand.
        values : pyarrow string array, shape (n,)
            What stood there.
        cells : ndarray of int64, shape (n,)
            Secondary meshes of the rows, 0 or less where a row has no usable place.
        **extra
            Further fields of the message template.
        """
        self.mark(rule_id)
        if len(lines) == 0:
            return
        shown = pa.nulls(len(lines), pa.string()) if values is None else values
        shown = pc.utf8_slice_codeunits(_plain_array(shown), 0, VALUE_LIMIT)
        rule = rules_by_id()[rule_id]
        at = _Place(file, lines, column, cells)
        self._append(rule, len(lines), at, shown, extra)

    def locate(self, file: str, lines: np.ndarray, mesh2: np.ndarray) -> None:
        """Tell the cells of a file's rows, once they are known.

        `lines` is sorted; `mesh2` is 0 or less where a row has no usable place.
        """
        for number, part in enumerate(self._parts):
            is_other = part["file"][0].as_py() != file or part["line"].null_count
            if is_other or not len(lines):
                continue
            wanted = part["line"].to_numpy()
            at = np.searchsorted(lines, wanted).clip(max=len(lines) - 1)
            found = np.where(lines[at] == wanted, mesh2[at], 0)
            where = part.column_names.index("mesh2")
            field = part.schema.field("mesh2")
            self._parts[number] = part.set_column(where, field, _cells(found))

    def table(self, carrier: str | None, plan_id: str | None) -> pa.Table:
        """Every finding as ``raw.rejected_row``, by file, line and rule."""
        parts = [part.select(REJECTED_ROW.column_names[2:]) for part in self._parts]
        body = REJECTED_ROW.schema.empty_table().select(REJECTED_ROW.column_names[2:])
        body = pa.concat_tables([body, *parts])
        order = [(n, "ascending", "at_start") for n in ("file", "line", "rule_id")]
        keys = pc.sort_indices(body, sort_keys=order)
        body = body.take(keys).combine_chunks()
        for at, (name, value) in enumerate(
            (("carrier", carrier), ("plan_id", plan_id))
        ):
            column = pa.array([value] * len(body), pa.string())
            body = body.add_column(at, pa.field(name, pa.string()), column)
        return body.cast(REJECTED_ROW.schema)

    def _append(
        self,
        rule: Rule,
        count: int,
        at: "_Place",
        values: pa.Array,
        extra: dict[str, object],
    ) -> None:
        no_number = pa.nulls(count, pa.int64())
        line = no_number if at.lines is None else pa.array(at.lines)
        fields = {**extra, "file": at.file, "line": line, "column": at.column}
        fields["value"] = values
        message = {
            language: render(rule.template(language), fields, count)
            for language in ("ja", "en")
        }
        states, reasons = self.answers.states(rule, at.file, at.lines, count)
        columns = {
            "file": _repeat(at.file, count),
            "line": line.cast(pa.int64()),
            "column": _repeat(at.column, count),
            "value": values,
            "rule_id": _repeat(rule.id, count),
            "severity": _repeat(rule.severity, count),
            "state": pa.array(states, pa.string()),
            "answer": pa.array(reasons, pa.string()),
            "mesh2": no_number if at.mesh2 is None else _cells(at.mesh2),
            "message_ja": message["ja"],
            "message_en": message["en"],
        }
        schema = pa.schema([REJECTED_ROW.schema.field(name) for name in columns])
        self._parts.append(pa.table(columns, schema=schema))


def render(template: str, fields: dict[str, Any], count: int) -> pa.Array:
    """Fill `template` for `count` findings at once.

    Parameters
    ----------
    template : str
        Text with ``{name}`` fields.
    fields : dict
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
    parts: list[Any] = [_repeat("", count)]
    for literal, name, _, _ in Formatter().parse(template):
        parts.append(literal)
        if name is not None:
            parts.append(_field_text(fields[name]))
    return pc.binary_join_element_wise(
        *parts, "", null_handling="replace", null_replacement=_NO_VALUE
    )


def _field_text(value: object) -> pa.Array | str | pa.Scalar:
    if isinstance(value, np.ndarray):
        value = pa.array(value)
    if isinstance(value, pa.Array | pa.ChunkedArray):
        return pc.cast(_plain_array(value), pa.string())
    return _NO_VALUE if value is None else _shown(str(value))


def _plain_array(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    if isinstance(values, pa.ChunkedArray):
        return values.combine_chunks()
    return values


def _repeat(value: str | None, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(value, pa.string()), count)


def _cells(mesh2: np.ndarray) -> pa.Array:
    return pa.array(mesh2, pa.int64(), mask=mesh2 <= 0)


def _shown(text: str) -> str:
    return text[:VALUE_LIMIT]


def mask_of(flags: Iterable[bool]) -> np.ndarray:
    """Booleans of any kind (null counts as false) as a NumPy array."""
    if isinstance(flags, pa.Array | pa.ChunkedArray):
        return _plain_array(pc.fill_null(flags, False)).to_numpy(zero_copy_only=False)
    return np.asarray(flags, bool)
