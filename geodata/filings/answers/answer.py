"""Answers to findings: what a carrier acknowledges and what the ministry waives."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from geodata.filings.catalogue import ERROR, INFO, WARNING, Rule

OPEN = "open"
ACKNOWLEDGED = "acknowledged"
WAIVED = "waived"
NOTED = "noted"
STATES = (OPEN, ACKNOWLEDGED, WAIVED, NOTED)


@dataclass(frozen=True)
class Answer:
    """A reason given beforehand for findings of one rule.

    Without `file` it speaks of the whole filing, without `lines` of the whole file.
    `state` is `ACKNOWLEDGED` or `WAIVED`.
    """

    rule_id: str
    state: str
    reason: str
    file: str | None = None
    lines: tuple[int, ...] = ()

    def covers(
        self, file: str | None, lines: np.ndarray | None, count: int
    ) -> np.ndarray:
        """Which of `count` findings of its rule in `file` it speaks of.

        `lines` is None for findings on a file or filing as a whole.
        """
        if self.file is not None and self.file != file:
            return np.zeros(count, bool)
        if not self.lines:
            return np.ones(count, bool)
        return np.zeros(count, bool) if lines is None else np.isin(lines, self.lines)

    def speaks_to(self, rule: Rule) -> bool:
        """Whether its kind of answer is possible for the rule.

        A WARNING can be acknowledged or waived, an ERROR only waived, and only
        where the rule is waivable.
        """
        if rule.id != self.rule_id:
            return False
        if rule.severity == ERROR:
            return self.state == WAIVED and rule.waivable
        return rule.severity == WARNING


@dataclass
class Answers:
    """Every answer that holds for one filing, and which of them met a finding."""

    given: tuple[Answer, ...] = ()
    used: set[Answer] = field(default_factory=set)
    _by_rule: dict[str, list[Answer]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for answer in self.given:
            self._by_rule.setdefault(answer.rule_id, []).append(answer)

    def __add__(self, others: Iterable[Answer]) -> "Answers":
        return Answers((*self.given, *others), self.used)

    def is_waived(
        self, rule: Rule, file: str | None, lines: np.ndarray | None, count: int
    ) -> np.ndarray:
        """Which of `count` findings the ministry lets pass: those reject nothing."""
        waived = np.zeros(count, bool)
        for answer in self._of(rule):
            if answer.state == WAIVED:
                waived |= answer.covers(file, lines, count)
        return waived

    def states(
        self, rule: Rule, file: str | None, lines: np.ndarray | None, count: int
    ) -> tuple[pa.DictionaryArray, pa.DictionaryArray]:
        """State of each of `count` findings, and the reason given (null: none).

        Returns
        -------
        states, reasons : pyarrow dictionary arrays of strings, shape (count,)
            Of a waiver and an acknowledgement the waiver counts.
        """
        answers = sorted(self._of(rule), key=lambda answer: answer.state == WAIVED)
        met = np.zeros(count, np.int32)
        for at, answer in enumerate(answers, 1):
            is_met = answer.covers(file, lines, count)
            if is_met.any():
                self.used.add(answer)
            met[is_met] = at
        unanswered = NOTED if rule.severity == INFO else OPEN
        states = pa.array([unanswered, *(answer.state for answer in answers)])
        reasons = pa.array([None, *(answer.reason for answer in answers)], pa.string())
        return (
            pa.DictionaryArray.from_arrays(met, states),
            pa.DictionaryArray.from_arrays(met, reasons),
        )

    def _of(self, rule: Rule) -> list[Answer]:
        answers = self._by_rule.get(rule.id, ())
        return [answer for answer in answers if answer.speaks_to(rule)]
