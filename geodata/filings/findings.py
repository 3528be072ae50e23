"""Findings of the rules on one filing, kept as columns until they are wanted."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geodata.filings.answers.answer import Answer, Answers
from geodata.filings.catalogue import ERROR, Rule, rules_by_id
from geodata.filings.found import Findings, Part

VALUE_LIMIT = 200
"""Characters of a bad value that a finding keeps."""


_Kind = tuple[str, str | None, tuple[str, ...]]
"""Rule, file and names of the further fields of findings that stand on no line."""


@dataclass(frozen=True)
class _Place:
    """Where findings of one rule stand."""

    file: str | None
    lines: np.ndarray | None
    column: pa.Array | str | None
    mesh2: np.ndarray | None


class FindingLog:
    """Collects what the rules found in one filing, and which rules ran.

    ``answers`` are the acknowledgements and waivers that hold for the filing; they
    are known once its ``plan.toml`` is read.
    """

    def __init__(self, answers: Answers | None = None) -> None:
        self.answers = Answers() if answers is None else answers
        self._parts: list[Part] = []
        self._single: dict[_Kind, list[tuple[str | None, ...]]] = {}
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
        kind = rule_id, file, tuple(extra)
        texts = (column, *(_text(v) for v in (value, *extra.values())))
        self._single.setdefault(kind, []).append(texts)

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
            Physical lines, 0 where a finding stands on none.
        file, column : str
            Where the lines stand.
        values : pyarrow array of strings, plain or encoded, shape (n,)
            What stood there.
        cells : ndarray of int64, shape (n,)
            Secondary meshes of the rows, 0 or less where a row has no usable place.
        **extra
            Further fields of the message template.
        """
        self.mark(rule_id)
        if len(lines) == 0:
            return
        at = _Place(file, lines, column, cells)
        fields = {name: _field(value) for name, value in extra.items()}
        rule = rules_by_id()[rule_id]
        self._parts.append(self._part(rule, len(lines), at, _cut(values), fields))

    def take_answers(self, given: Iterable[Answer]) -> None:
        """Take answers that hold for the filing, also to what was found before."""
        self.answers += given
        for part in self._parts:
            lines = None if part.values["line"] is None else part.lines
            state, answer = self.answers.states(
                part.rule, part.values["file"], lines, part.count
            )
            part.values |= {"state": state, "answer": answer}

    def locate(self, file: str, lines: np.ndarray, mesh2: np.ndarray) -> None:
        """Tell the cells of a file's rows, once they are known.

        `lines` is sorted; `mesh2` is 0 or less where a row has no usable place.
        """
        for part in self._parts:
            if part.values["file"] != file or not len(lines):
                continue
            wanted = part.lines
            at = np.searchsorted(lines, wanted).clip(max=len(lines) - 1)
            part.values["mesh2"] = _numbers(np.where(lines[at] == wanted, mesh2[at], 0))

    def describe(self, file: str, places: Mapping[str, pa.Array]) -> None:
        """Say in words where the rows of a file stand, ahead of each message.

        `places` has a text for each line from 1 on, by language.
        """
        for part in self._parts:
            if part.values["file"] == file:
                at = pa.array(part.lines - 1, mask=part.lines <= 0)
                named = places.items()
                part.values |= {f"place_{name}": text.take(at) for name, text in named}

    def findings(self, carrier: str | None, plan_id: str | None) -> Findings:
        """Every finding, by file, line and rule."""
        return Findings.of([*self._parts, *self._single_parts()], carrier, plan_id)

    def _single_parts(self) -> Iterator[Part]:
        """Findings without a line: those of one rule in one file are held together."""
        for (rule_id, file, names), found in self._single.items():
            columns, values, *fields = (
                pa.array(texts, pa.string()) for texts in zip(*found, strict=True)
            )
            at = _Place(file, None, columns, None)
            extra = dict(zip(names, fields, strict=True))
            yield self._part(rules_by_id()[rule_id], len(found), at, values, extra)

    def _part(
        self,
        rule: Rule,
        count: int,
        at: "_Place",
        value: pa.Array | None,
        extra: dict[str, object],
    ) -> Part:
        state, answer = self.answers.states(rule, at.file, at.lines, count)
        values = {
            "file": at.file,
            "line": None if at.lines is None else _numbers(at.lines),
            "column": at.column,
            "value": value,
            "rule_id": rule.id,
            "severity": rule.severity,
            "state": state,
            "answer": answer,
            "mesh2": None if at.mesh2 is None else _numbers(at.mesh2),
        }
        return Part(rule, count, values, extra)


def _field(value: object) -> object:
    """Field of a message: an array of plain values, or a short text."""
    if isinstance(value, np.ndarray):
        return pa.array(value)
    if isinstance(value, pa.Array | pa.ChunkedArray):
        return _plain_array(value)
    return _text(value)


def _text(value: object) -> str | None:
    """A value as text of at most `VALUE_LIMIT` characters."""
    return None if value is None else str(value)[:VALUE_LIMIT]


def _cut(values: pa.Array | pa.ChunkedArray | None) -> pa.Array | None:
    """Values of at most `VALUE_LIMIT` characters."""
    if values is None:
        return None
    text = _plain_array(values)
    if pa.types.is_dictionary(text.type):
        words = pc.utf8_slice_codeunits(text.dictionary, 0, VALUE_LIMIT)
        return pa.DictionaryArray.from_arrays(text.indices, words)
    return pc.utf8_slice_codeunits(text, 0, VALUE_LIMIT)


def _plain_array(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    if isinstance(values, pa.ChunkedArray):
        return values.combine_chunks()
    return values


def _numbers(values: np.ndarray) -> pa.Array:
    """Lines or cells, null where there is none (0 or less)."""
    return pa.array(values, pa.int64(), mask=values <= 0)


def mask_of(flags: Iterable[bool]) -> np.ndarray:
    """Booleans of any kind (null counts as false) as a NumPy array."""
    if isinstance(flags, pa.Array | pa.ChunkedArray):
        return _plain_array(pc.fill_null(flags, False)).to_numpy(zero_copy_only=False)
    return np.asarray(flags, bool)
