"""Stage 1, first half: read each official source once per content."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from glob import escape
from pathlib import Path
from typing import Any

import pandas as pd

from coverage.fixed_broadband import BroadbandTables, fixed_broadband
from coverage.labels import RunLabels
from coverage.licence_reconciliation import licence_reconciliation
from flows.staging import StageOutput, staged
from geodata import reference
from geodata.catalog import (
    Source,
    describe_found,
    find_sources,
    missing_sources,
    sha256_of,
    sidecar_path,
)
from geodata.findings import has_rejected_rows
from geodata.ground.joining import joined_tables
from geodata.ground.municipality import listed_codes
from geodata.readers.dispatch import READERS
from geodata.readers.reading import REJECTED
from geodata.reference.broadband import broadband_goal, surveyed_municipalities
from geodata.store import Workspace

TARGET_MESHES = "target_meshes"
"""Source that is no table of its own, but the run's denominator."""

FIBRE_TOWNS = "fibre_towns"

_STAGE = "read"
_UNCLAIMED = (
    "台帳のどの資料の名前でもない",
    "no source of the register has such a name",
)
_OTHER_LIST = ("実行時に別の一覧を指定", "the run was given another list")
_COPY = (
    "同じ名前・同じ内容のファイルが別にある",
    "a copy of another file of the source",
)
_READING = (
    "read_count",
    "accepted_count",
    "rejected_count",
    "vintage",
    "edition",
    "datum",
    "notes",
)


@dataclass(frozen=True)
class SourcesRead:
    """What the sources folder held.

    Attributes
    ----------
    records : dict
        Source name to its stage record: fingerprint, tables, notes.
    workspaces : dict
        Source name to the small workspace that holds its tables.
    target_meshes : Path or None
        Target-mesh list in the folder; the run's own option goes before it.
    unused : tuple of dict
        Files that are not used, each with ``file``, ``reason_ja``, ``reason_en``.
    """

    records: dict[str, dict[str, Any]]
    workspaces: dict[str, Workspace]
    target_meshes: Path | None = None
    unused: tuple[dict[str, str], ...] = ()

    @property
    def fingerprints(self) -> dict[str, str]:
        """What the stages after it depend on."""
        return {name: record["fingerprint"] for name, record in self.records.items()}

    @property
    def sources(self) -> list[Source]:
        """The files read, with their vintage, licence and attribution."""
        return [
            Source(**described)
            for record in self.records.values()
            for described in record["notes"]["sources"]
        ]

    def tables(self) -> tuple[dict[str, pd.DataFrame], list[str]]:
        """Every ``raw`` table, rows of all sources together; and what is left out."""
        return joined_tables(
            {
                name: {
                    table: self.workspaces[name].read(table)
                    for table in record["tables"]
                }
                for name, record in self.records.items()
            }
        )

    def notes(self, target_meshes: Path | None) -> dict[str, Any]:
        """For the manifest: how each source was read, what is missing, what is lost.

        Parameters
        ----------
        target_meshes : Path or None
            The target list that the run uses, from the folder or its own option.
        """
        present = [*self.records, *([TARGET_MESHES] if target_meshes else [])]
        readings = {
            name: {key: record["notes"][key] for key in _READING}
            for name, record in self.records.items()
        }
        own = self.target_meshes
        left = [_unused(own, *_OTHER_LIST)] if own and own != target_meshes else []
        return {
            "readings": readings,
            "missing_sources": missing_sources(present),
            "unused_files": [*self.unused, *left],
        }

    def warnings(self) -> list[str]:
        """Sentences on the sources that whoever reads the release should know."""
        found = []
        for name, record in self.records.items():
            notes = record["notes"]
            if notes["rejected_count"]:
                found.append(
                    f"{name}: {notes['rejected_count']:,} of {notes['read_count']:,} "
                    "rows were rejected; see raw.rejected_source_row."
                )
        return found


def read_sources(workspace: Workspace, folder: Path | None) -> SourcesRead:
    """Find the files of every source in `folder` and read those not read before.

    A source whose files have the same names and bytes as in an earlier run, read by
    the same code, is taken from there.
    """
    if folder is None:
        return SourcesRead({}, {})
    found = find_sources(folder)
    unused = [_unused(path, *_UNCLAIMED) for path in found.unused]
    unused += [_unused(s.path, s.reason_ja, s.reason_en) for s in found.superseded]
    records, places = {}, {}
    for name, paths in found.files.items():
        if name in READERS:
            digests = {path: sha256_of(path) for path in paths}
            files = _without_copies(digests)
            unused += [_unused(path, *_COPY) for path in paths if path not in files]
            places[name] = Workspace(workspace.root / "sources" / name)
            records[name] = _read_once(places[name], name, files)
    lists = found.files.get(TARGET_MESHES, ())
    unused.sort(key=lambda one: (one["file"], one["reason_en"]))
    return SourcesRead(records, places, lists[0] if lists else None, tuple(unused))


def _unused(path: Path, reason_ja: str, reason_en: str) -> dict[str, str]:
    return {"file": path.name, "reason_ja": reason_ja, "reason_en": reason_en}


def _without_copies(digests: Mapping[Path, str]) -> dict[Path, str]:
    """Files and their hashes by name; of copies under one name the first only.

    The order is that of the names, so that moving a file changes nothing.
    """
    first: dict[tuple[str, str], Path] = {}
    for path, digest in digests.items():
        first.setdefault((path.name, digest), path)
    return {path: digest for (_, digest), path in sorted(first.items())}


def _read_once(
    place: Workspace, name: str, files: Mapping[Path, str]
) -> dict[str, Any]:
    beside = [other for path in files for other in _beside(path)]
    ingredients = {
        "files": [
            *((path.name, digest) for path, digest in files.items()),
            *((path.name, sha256_of(path)) for path in beside),
        ]
    }
    return staged(place, _STAGE, ingredients, partial(_read, name, tuple(files)))


def _beside(path: Path) -> list[Path]:
    """Files that a source is read with: its sidecar, and the parts of a Shapefile."""
    parts = [sidecar_path(path)]
    if path.suffix.lower() == ".shp":
        parts += sorted(path.parent.glob(f"{escape(path.stem)}.*"))
    return [part for part in parts if part.is_file() and part != path]


def _read(name: str, paths: Sequence[Path]) -> StageOutput:
    read = READERS[name](paths)
    described = [describe_found(name, path, read.vintage).record() for path in paths]
    notes = {key: getattr(read, key) for key in _READING} | {"sources": described}
    rejected = {REJECTED: read.rejected} if len(read.rejected) else {}
    return StageOutput({**read.tables, **rejected}, notes)


def compared_with_sources(
    workspace: Workspace, labels: RunLabels, as_of: date
) -> dict[str, pd.DataFrame]:
    """Stage 4, where the sources are there: filings against licences; fixed broadband.

    Returns
    -------
    dict
        ``out.licence_reconciliation`` and ``out.fixed_broadband``, each only where
        the run has what it rests on.
    """
    tables = {}
    if workspace.has("raw.licence_count"):
        licences = workspace.read("raw.licence_count")
        stations = workspace.read("core.station")
        tables["out.licence_reconciliation"] = licence_reconciliation(
            licences,
            stations,
            listed_codes(licences, stations),
            reference.municipalities(),
            workspace.read("core.carrier_filing"),
            labels,
        )
    broadband = BroadbandTables(
        fibre_towns=read_if_there(workspace, "raw.fibre_town"),
        support_areas=read_if_there(workspace, "raw.support_area"),
        unmatched_towns=read_if_there(workspace, "core.unmatched_town"),
    )
    if broadband.fibre_towns is not None or broadband.support_areas is not None:
        tables["out.fixed_broadband"] = fixed_broadband(
            broadband,
            surveyed_municipalities(),
            broadband_goal(),
            as_of,
            has_rejected_rows=has_rejected_rows(
                read_if_there(workspace, REJECTED), FIBRE_TOWNS
            ),
            is_synthetic=labels.is_synthetic,
        )
    return tables


def read_if_there(workspace: Workspace, table: str) -> pd.DataFrame | None:
    """Read a table of the workspace; None where the run has none of that name."""
    return workspace.read(table) if workspace.has(table) else None
