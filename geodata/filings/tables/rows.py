"""Typed rows of one table, the marks on them, and how row rules are run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geodata.filings.catalogue import ERROR, register, rules_by_id
from geodata.filings.findings import FindingLog, mask_of
from geodata.filings.plan_toml.plan import Plan
from geodata.filings.tables.layout import FiledTable
from geodata.filings.tables.text_rows import TextTable
from geodata.filings.tables.words import Words, of_each_row, words_of


@dataclass
class Rows:
    """The rows of one table while the rules run over them.

    ``text`` holds the columns as filed (null: empty), encoded where words repeat
    (see :mod:`geodata.filings.tables.words`), ``typed`` the same parsed (null where
    empty or wrong), ``is_rejected`` the rows with an ERROR. ``notes`` is
    what one rule leaves for another, such as the spectrum fit.
    """

    table: FiledTable
    plan: Plan
    file: str
    lines: np.ndarray
    text: dict[str, pa.Array]
    log: FindingLog
    has_exact_decimals: bool = True
    lost_count: int = 0
    lost_ids: frozenset[str] = frozenset()
    typed: dict[str, pa.Array] = field(default_factory=dict)
    is_rejected: np.ndarray = field(default_factory=lambda: np.empty(0, bool))
    notes: dict[str, Any] = field(default_factory=dict)
    _numbers: dict[str, np.ndarray] = field(default_factory=dict)
    _words: dict[str, Words] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def read_count(self) -> int:
        """Data rows of the file, those without a usable shape included."""
        return len(self) + self.lost_count

    @property
    def rejected_count(self) -> int:
        """Rows with an ERROR, those without a usable shape included."""
        return int(self.is_rejected.sum()) + self.lost_count

    def number(self, name: str) -> np.ndarray:
        """Parsed column as float64, rounded beyond 2^53; NaN where no value is."""
        if name not in self._numbers:
            column = self.typed[name].cast(pa.float64(), safe=False)
            self._numbers[name] = column.to_numpy(zero_copy_only=False)
        return self._numbers[name]

    def is_given(self, name: str) -> np.ndarray:
        """Whether the cell is filled, rightly or wrongly."""
        return mask_of(self.text[name].is_valid())

    def words(self, name: str) -> Words:
        """Column as filed, as words and codes."""
        if name not in self._words:
            self._words[name] = Words(self.text[name])
        return self._words[name]

    def is_value(self, name: str, *values: str) -> np.ndarray:
        """Whether the text is one of `values`."""
        return self.words(name).is_in(values)

    def is_match(self, name: str, pattern: str) -> np.ndarray:
        """Whether the text matches a regular expression; an empty cell does not."""
        column = self.text[name]
        found = pc.match_substring_regex(words_of(column), pattern)
        return mask_of(of_each_row(found, column))

    def is_true(self, name: str) -> np.ndarray:
        """Whether the boolean is given and true."""
        return mask_of(self.typed[name])

    def forget(self, *notes: str) -> None:
        """Let go of what only rules ask for, once the last of them has run."""
        self.text.clear()
        self._numbers.clear()
        self._words.clear()
        for name in notes:
            self.notes.pop(name, None)

    def flag(
        self,
        rule_id: str,
        breach: np.ndarray,
        column: str | None,
        **extra: object,
    ) -> None:
        """Note a finding on each row of `breach`; an ERROR rejects the row."""
        self.log.mark(rule_id)
        if not breach.any():
            return
        rule, lines = rules_by_id()[rule_id], self.lines[breach]
        if rule.severity == ERROR:
            is_let_pass = self.log.answers.is_waived(rule, self.file, lines, len(lines))
            self.is_rejected[np.flatnonzero(breach)[~is_let_pass]] = True
        chosen = pa.array(breach)
        self.log.add_rows(
            rule_id,
            lines,
            file=self.file,
            column=column,
            values=None if column is None else self.text[column].filter(chosen),
            cells=None,
            **{key: _filtered(value, breach) for key, value in extra.items()},
        )


def _filtered(value: object, breach: np.ndarray) -> object:
    if isinstance(value, np.ndarray):
        return pa.array(value[breach])
    if isinstance(value, pa.Array):
        return value.filter(pa.array(breach))
    return value


@dataclass(frozen=True)
class Hit:
    """Rows that break a rule, the column to name, and fields of the message."""

    breach: np.ndarray
    column: str | None = None
    extra: dict[str, object] = field(default_factory=dict)


RowCheck = Callable[[Rows], np.ndarray | Hit | Sequence[Hit]]
"""A rule on rows: says which rows break it, changes nothing."""

_ROW_RULES: list[tuple[int, str, frozenset[str], RowCheck]] = []


def row_rule(
    rule_id: str, *tables: str, phase: int = 1
) -> Callable[[RowCheck], RowCheck]:
    """Make a function the check of `rule_id` on the rows of `tables`.

    Rules of a lower phase run before those of a higher one, which may look at
    ``is_rejected``; within a phase the order does not matter.
    """

    def mark(check: RowCheck) -> RowCheck:
        register(rule_id, check)
        _ROW_RULES.append((phase, rule_id, frozenset(tables), check))
        return check

    return mark


def run_row_rules(rows: Rows) -> None:
    """Run every rule of the table on `rows`, phase by phase."""
    for _, rule_id, tables, check in sorted(_ROW_RULES, key=lambda rule: rule[:2]):
        if rows.table.stem in tables:
            for hit in _hits(rule_id, check(rows)):
                rows.flag(rule_id, hit.breach, hit.column, **hit.extra)


def _hits(rule_id: str, found: np.ndarray | Hit | Sequence[Hit]) -> Sequence[Hit]:
    if isinstance(found, np.ndarray):
        columns = rules_by_id()[rule_id].columns
        return [Hit(found, columns[0] if columns else None)]
    return [found] if isinstance(found, Hit) else found


def rows_of(text: TextTable, table: FiledTable, plan: Plan, log: FindingLog) -> Rows:
    """Rows ready to be typed and checked."""
    return Rows(
        table,
        plan,
        text.file,
        text.lines,
        text.columns,
        log,
        has_exact_decimals=text.has_exact_decimals,
        lost_count=text.lost_count,
        lost_ids=text.lost_ids,
        is_rejected=np.zeros(len(text.lines), bool),
    )
