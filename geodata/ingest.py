"""Ingest stage: filings, target list and population as ``raw`` tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from geodata import filings, reference
from geodata.catalog import Source
from geodata.errors import SourceError
from geodata.placement import people_outside
from geodata.plain import plain_records
from geodata.readers.population import FILE_NAME, Population, read_population_mesh3
from geodata.readers.target_meshes import (
    TargetMeshes,
    derive_target_meshes,
    read_target_meshes,
)
from geodata.schemas import TABLES, conform, to_frame

_FORMS = {
    "raw.station": "stations",
    "raw.mesh_count": "mesh_counts",
    "raw.prefecture_count": "prefecture_counts",
}


@dataclass(frozen=True)
class Ingested:
    """What was handed in.

    Attributes
    ----------
    tables : dict
        ``raw`` tables by full name; ``raw.population`` only where there is one.
    receipts : dict
        Receipt of each filing, by a name unique in the run.
    target_meshes : TargetMeshes
        The denominator and where it comes from.
    sources : tuple of Source
        Files other than filings.
    """

    tables: dict[str, pd.DataFrame | pa.Table]
    receipts: dict[str, dict[str, Any]]
    target_meshes: TargetMeshes
    sources: tuple[Source, ...]

    @property
    def accepted(self) -> pd.DataFrame:
        """Rows of ``raw.filing`` that are in force."""
        return in_force(self.tables["raw.filing"])

    @property
    def default_as_of(self) -> date | None:
        """Latest as-of date among the accepted filings; None without any."""
        latest = self.accepted["as_of"].max()
        return None if pd.isna(latest) else latest.date()

    @property
    def filed_as_of(self) -> dict[str, date]:
        """As-of date of each carrier's newest accepted filing."""
        latest = self.accepted.groupby("carrier")["as_of"].max()
        return {str(carrier): day.date() for carrier, day in latest.items()}

    @property
    def is_synthetic(self) -> bool:
        """Any accepted filing, the target list or a source is synthetic."""
        return bool(self.accepted["is_synthetic"].any()) or any(
            source.is_synthetic for source in self.sources
        )

    def warnings(self, rule: reference.TargetMeshReference) -> list[str]:
        """Sentences on the inputs that whoever reads the release should know."""
        filed = self.tables["raw.filing"]
        rejected = filed[filed["status"] == "rejected"]
        found = [
            f"Filing '{name}' was rejected ({reason}); its numbers are missing."
            for name, reason in zip(
                rejected["name"], rejected["status_reason"], strict=True
            )
        ]
        absent = sorted(set(reference.CARRIERS) - set(self.accepted["carrier"]))
        found += [
            f"No accepted filing of {carrier}: its rows are null and combined is "
            "incomplete."
            for carrier in absent
        ]
        totals_only = self.accepted["form"] == "prefecture_counts"
        found += [
            f"{carrier} filed prefecture totals only: its cells are unknown, so its "
            "rates are null and combined is incomplete."
            for carrier in self.accepted.loc[totals_only, "carrier"]
        ]
        count, published = len(self.target_meshes.mesh2), rule.reference_count
        if 100 * abs(count - published) > rule.tolerance_pct * published:
            found.append(
                f"{count} target meshes ({self.target_meshes.denominator_source}) are "
                f"{count / published:.3f} of the published {published}; more than "
                f"{rule.tolerance_pct} % off."
            )
        if "raw.population" not in self.tables:
            found.append("No population was given: population_count is null.")
        elif lost := people_outside(
            self.tables["raw.population"], reference.mesh2_facts()
        ):
            found.append(f"{lost:,} residents are in cells without land: left out.")
        return found


def ingest(
    filing_paths: Sequence[Path],
    target_list: Path | None,
    sources_folder: Path | None,
    today: date,
) -> Ingested:
    """Read and validate everything that was handed in; keep every bad row.

    Parameters
    ----------
    filing_paths : sequence of Path
        Filings, or folders of filings.
    target_list : Path or None
        Target-mesh list; None: the derived rule.
    sources_folder : Path or None
        Folder in which a file ``population_mesh3.csv`` is looked for.
    today : date
        A filing cannot be submitted after it.

    Raises
    ------
    FilingError
        No filing is there at all.
    SourceError
        The target list or the population cannot be used.
    """
    found = filings.find_filings(filing_paths)
    reports = filings.select_filings(
        [filings.read_filing(path, today=today) for path in found]
    )
    targets = _target_meshes(target_list)
    population = _population(sources_folder)
    tables = _filing_tables(reports)
    tables["raw.target_mesh"] = pd.DataFrame({"mesh2": targets.mesh2})
    if population is not None:
        tables["raw.population"] = population.table
    sources = [targets.source, population.source if population else None]
    return Ingested(
        tables=tables,
        receipts=_receipts(reports),
        target_meshes=targets,
        sources=tuple(source for source in sources if source is not None),
    )


def _target_meshes(path: Path | None) -> TargetMeshes:
    facts = reference.mesh2_facts()
    if path is not None:
        return read_target_meshes(path, facts)
    rule = reference.target_mesh_reference()
    return derive_target_meshes(facts, rule.listed_land_min_mesh3_count)


def _population(folder: Path | None) -> Population | None:
    if folder is None:
        return None
    if not folder.is_dir():
        raise SourceError(f"{folder}: no such folder; --sources takes a folder.")
    path = folder / FILE_NAME
    return read_population_mesh3(path) if path.is_file() else None


def _filing_tables(reports: Sequence[filings.FilingReport]) -> dict[str, Any]:
    filed = pd.DataFrame([report.filing for report in reports])
    tables: dict[str, Any] = {
        "raw.filing": to_frame(conform(TABLES["raw.filing"], filed)),
        "raw.rejected_row": pa.concat_tables([report.findings for report in reports]),
    }
    in_force = [report for report in reports if report.filing["status"] == "accepted"]
    for table, form in _FORMS.items():
        parts = [
            getattr(report, form)
            for report in in_force
            if getattr(report, form) is not None
        ]
        schema = TABLES[table].schema
        tables[table] = pa.concat_tables([schema.empty_table(), *parts])
    return tables


def _receipts(reports: Sequence[filings.FilingReport]) -> dict[str, dict[str, Any]]:
    receipts: dict[str, dict[str, Any]] = {}
    for report in reports:
        name = f"{len(receipts) + 1:02d}-{report.filing['name']}"
        receipts[name] = filings.receipt(report)
    return receipts


def in_force(filed: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``raw.filing`` whose numbers are used."""
    return filed[filed["status"] == "accepted"]


def filing_records(filed: pd.DataFrame) -> list[dict[str, Any]]:
    """Every filing handed in, in force or not, as the manifest lists it."""
    return plain_records(filed)
