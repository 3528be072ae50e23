"""What reading one filing gave: its tables, its findings, its counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from geodata.filings.answers.answer import OPEN, WAIVED, Answers
from geodata.filings.areas.coverage_layout import REPAIR
from geodata.filings.catalogue import ERROR, INFO, WARNING, rules
from geodata.filings.findings import FindingLog
from geodata.filings.found import Findings
from geodata.filings.handed_in.package import FilingFile
from geodata.filings.not_run import reasons_not_run
from geodata.filings.plan_toml.plan import Plan

ACCEPTED = "accepted"
REJECTED = "rejected"
SUPERSEDED = "superseded"


@dataclass(frozen=True)
class TableCount:
    """Data rows of one table: read = accepted + rejected, always."""

    table: str
    file: str
    read_count: int
    accepted_count: int

    @property
    def rejected_count(self) -> int:
        """Rows that are not used."""
        return self.read_count - self.accepted_count


@dataclass(frozen=True)
class FilingReport:
    """One filing after every rule.

    ``filing`` is its row of ``raw.filing``. ``stations``, ``mesh_counts`` and
    ``prefecture_counts`` hold the accepted rows as the ``raw`` tables of those
    names; None where the table was not filed, or the filing is rejected as a whole.
    ``findings`` are rows of ``raw.rejected_row``. ``rules_not_run`` names the rules
    that had nothing to look at, or whose file could not be read that far;
    ``reasons_not_run`` says why, by rule. ``plan`` is None where ``plan.toml`` cannot
    be used. ``coverage`` holds the accepted areas (``raw.coverage_area``: WKB, degrees
    on JGD2011, EPSG:6668), ``repairs`` every invalid one before and after
    (:data:`geodata.filings.areas.coverage_layout.REPAIR`).
    """

    filing: dict[str, Any]
    files: tuple[FilingFile, ...]
    stations: pa.Table | None
    mesh_counts: pa.Table | None
    prefecture_counts: pa.Table | None
    findings: Findings
    table_counts: tuple[TableCount, ...]
    rules_run: tuple[str, ...]
    rules_not_run: tuple[str, ...]
    plan: Plan | None = None
    answers: Answers = field(default_factory=Answers)
    coverage: pa.Table | None = None
    repairs: pa.Table = field(default_factory=REPAIR.empty_table)

    @property
    def name(self) -> str:
        """Name of the folder or zip handed in."""
        return str(self.filing["name"])

    @property
    def status(self) -> str:
        """``accepted``, ``rejected`` or ``superseded``."""
        return str(self.filing["status"])

    @property
    def is_accepted(self) -> bool:
        """Whether the filing's accepted rows are to be used."""
        return self.status == ACCEPTED

    @property
    def is_partial(self) -> bool:
        """Whether the filing is accepted but some of its rows are not."""
        return self.is_accepted and bool(self.filing["rejected_count"])

    @property
    def carrier(self) -> str | None:
        """Carrier that files, None where ``plan.toml`` does not say."""
        return self.filing["carrier"]

    @property
    def plan_id(self) -> str | None:
        """Identifier of the plan, None where ``plan.toml`` does not say."""
        return self.filing["plan_id"]

    @property
    def plan_version(self) -> int | None:
        """Version of the plan, None where ``plan.toml`` does not say."""
        return self.filing["plan_version"]

    @property
    def reasons_not_run(self) -> Mapping[str, str]:
        """Key of ``not_run.REASONS`` for every rule that did not run."""
        filed = {file.name.partition(".")[0] for file in self.files}
        is_rejected = self.status == REJECTED
        return reasons_not_run(self.rules_run, filed, is_rejected=is_rejected)

    @property
    def error_count(self) -> int:
        """ERROR findings that no waiver lets pass."""
        return self._count(ERROR, OPEN)

    @property
    def warning_count(self) -> int:
        """WARNING findings, answered or not."""
        return self._count(WARNING)

    @property
    def open_warning_count(self) -> int:
        """WARNING findings that are neither acknowledged nor waived."""
        return self._count(WARNING, OPEN)

    @property
    def waived_count(self) -> int:
        """Findings that a waiver lets pass."""
        return pc.sum(pc.equal(self.findings["state"], WAIVED)).as_py() or 0

    @property
    def info_count(self) -> int:
        """INFO findings."""
        return self._count(INFO)

    def _count(self, severity: str, state: str | None = None) -> int:
        is_meant = pc.equal(self.findings["severity"], severity)
        if state is not None:
            is_meant = pc.and_(is_meant, pc.equal(self.findings["state"], state))
        return pc.sum(is_meant).as_py() or 0

    def with_findings(self, log: FindingLog) -> "FilingReport":
        """Copy with what a later look at its accepted rows found, and ran."""
        added = log.findings(self.carrier, self.plan_id)
        report = replace(
            self,
            filing=dict(self.filing),
            findings=self.findings + added,
            rules_run=tuple(
                rule.id
                for rule in rules()
                if rule.id in log.ran or rule.id in self.rules_run
            ),
            rules_not_run=tuple(i for i in self.rules_not_run if i not in log.ran),
        )
        report.filing["warning_count"] = report.warning_count
        return report

    def tables(self) -> dict[str, pa.Table]:
        """Accepted rows of every table filed, by file stem."""
        named = {
            "stations": self.stations,
            "mesh_counts": self.mesh_counts,
            "prefecture_counts": self.prefecture_counts,
            "coverage": self.coverage,
        }
        return {name: table for name, table in named.items() if table is not None}
