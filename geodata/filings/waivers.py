"""The ministry's waivers: a rule that may be broken, by whom, why and until when."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from geodata.filings.answers import WAIVED, Answer


@dataclass(frozen=True)
class Waiver:
    """One waiver of the file that the ministry keeps.

    Without `plan_id` it holds for every plan of the carrier; without `file` or
    `lines` for the whole filing or file. `expires_on` is the last day it holds.
    """

    rule_id: str
    carrier: str
    reason: str
    granted_by: str
    expires_on: date
    plan_id: str | None = None
    file: str | None = None
    lines: tuple[int, ...] = ()

    def fits(self, carrier: str | None, plan_id: str | None) -> bool:
        """Whether it speaks of the filing."""
        return self.carrier == carrier and self.plan_id in (None, plan_id)

    def answer(self) -> Answer:
        """What it says to the findings of its rule."""
        reason = f"{self.reason} ({self.granted_by}, {self.expires_on.isoformat()})"
        return Answer(self.rule_id, WAIVED, reason, self.file, self.lines)


def read_waivers(path: Path) -> tuple[Waiver, ...]:
    """Read the ministry's file of waivers."""
    raise NotImplementedError(path)
