"""Ingest stage: filings, the target list and official sources as ``raw`` tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from geodata import filings, reference
from geodata.catalog import Source
from geodata.plain import plain_records
from geodata.readers.target_meshes import TargetMeshes, read_target_meshes
from geodata.schemas import TABLES, conform, to_frame

_FORMS = {
    "raw.station": "stations",
    "raw.mesh_count": "mesh_counts",
    "raw.prefecture_count": "prefecture_counts",
    "raw.coverage_area": "coverage",
}
_ONLY_WITH_ROWS = ("raw.coverage_area",)


@dataclass(frozen=True)
class Ingested:
    """What was handed in.

    Attributes
    ----------
    tables : dict
        ``raw`` tables by full name; those of official sources only where given,
        ``raw.target_mesh`` only where a list was, ``raw.coverage_area`` only where an
        accepted filing has areas. What can be large stays Arrow.
    receipts : dict
        Receipt of each filing, by a name unique in the run.
    pages : dict
        The same as a page to read, by the same name.
    target_meshes : TargetMeshes or None
        The denominator, where a list was supplied.
    sources : tuple of Source
        Files other than filings.
    """

    tables: dict[str, pd.DataFrame | pa.Table]
    receipts: dict[str, dict[str, Any]]
    pages: dict[str, str]
    target_meshes: TargetMeshes | None
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

    def warnings(self) -> list[str]:
        """Sentences on the filings that whoever reads the release should know."""
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
        return found


def ingest(
    filing_paths: Sequence[Path],
    target_list: Path | None,
    source_tables: Mapping[str, pd.DataFrame],
    sources: Sequence[Source],
    today: date,
    options: filings.CheckOptions,
) -> Ingested:
    """Read and validate everything that was handed in; keep every bad row.

    Parameters
    ----------
    filing_paths : sequence of Path
        Filings, or folders of filings.
    target_list : Path or None
        Target-mesh list; None: the mesh stage derives it.
    source_tables : mapping of str to DataFrame
        ``raw`` tables of official sources.
    sources : sequence of Source
        The files they were read from.
    today : date
        A filing cannot be submitted after it, and waivers must hold on it.
    options : CheckOptions
        Limits, tolerances, waivers and consent to repairs.

    Raises
    ------
    FilingError
        No filing is there at all.
    SourceError
        The target list cannot be used.
    """
    targets = None
    if target_list is not None:
        targets = read_target_meshes(target_list, reference.mesh2_facts())
        options = replace(options, target_mesh2=targets.mesh2)
    reports = filings.check_filings(filing_paths, today=today, options=options)
    tables = {**source_tables, **_filing_tables(reports)}
    if targets is not None:
        tables["raw.target_mesh"] = pd.DataFrame({"mesh2": targets.mesh2})
    listed = (targets.source,) if targets is not None and targets.source else ()
    named = {f"{at:02d}-{report.name}": report for at, report in enumerate(reports, 1)}
    return Ingested(
        tables=tables,
        receipts={name: filings.receipt(report) for name, report in named.items()},
        pages={name: filings.receipt_page(report) for name, report in named.items()},
        target_meshes=targets,
        sources=(*listed, *sources),
    )


def _filing_tables(reports: Sequence[filings.FilingReport]) -> dict[str, Any]:
    filed = pd.DataFrame([report.filing for report in reports])
    tables: dict[str, Any] = {
        "raw.filing": to_frame(conform(TABLES["raw.filing"], filed)),
        "raw.rejected_row": pa.concat_tables(
            [report.findings.table() for report in reports]
        ),
    }
    in_force = [report for report in reports if report.filing["status"] == "accepted"]
    for table, form in _FORMS.items():
        parts = [
            getattr(report, form)
            for report in in_force
            if getattr(report, form) is not None
        ]
        schema = TABLES[table].schema
        joined = pa.concat_tables([schema.empty_table(), *parts])
        if len(joined) or table not in _ONLY_WITH_ROWS:
            tables[table] = joined
    return tables


def in_force(filed: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``raw.filing`` whose numbers are used."""
    return filed[filed["status"] == "accepted"]


def filing_records(filed: pd.DataFrame) -> list[dict[str, Any]]:
    """Every filing handed in, in force or not, as the manifest lists it."""
    return plain_records(filed)
