"""What reading one filing gave: its tables, its findings, its counts."""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from geodata.filings.catalogue import ERROR, INFO, WARNING
from geodata.filings.package import FilingFile

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
    that had nothing to look at, or whose file could not be read that far.
    """

    filing: dict[str, Any]
    files: tuple[FilingFile, ...]
    stations: pa.Table | None
    mesh_counts: pa.Table | None
    prefecture_counts: pa.Table | None
    findings: pa.Table
    table_counts: tuple[TableCount, ...]
    rules_run: tuple[str, ...]
    rules_not_run: tuple[str, ...]

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
    def error_count(self) -> int:
        """ERROR findings."""
        return self._count(ERROR)

    @property
    def warning_count(self) -> int:
        """WARNING findings."""
        return self._count(WARNING)

    @property
    def info_count(self) -> int:
        """INFO findings."""
        return self._count(INFO)

    def _count(self, severity: str) -> int:
        return pc.sum(pc.equal(self.findings["severity"], severity)).as_py() or 0

    def tables(self) -> dict[str, pa.Table]:
        """Accepted rows of every table filed, by file stem."""
        named = {
            "stations": self.stations,
            "mesh_counts": self.mesh_counts,
            "prefecture_counts": self.prefecture_counts,
        }
        return {name: table for name, table in named.items() if table is not None}
