"""Build a release folder under a temporary name and put it in place complete."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from geodata.errors import WorkspaceError
from geodata.publish.database import write_database
from geodata.publish.geopackage import Layer, write_geopackage
from geodata.publish.tables import MESH_LEVELS, write_csv, write_parquet
from geodata.schemas import TABLES
from geodata.store import DATABASE, MANIFEST, write_json

GEOPACKAGE = "kiban.gpkg"
LAYERS = (
    "core.mesh2_status",
    "out.base_deployment_rate",
    "out.station_count",
    "out.target_status",
    "out.underserved_mesh",
    "out.mesh4_coverage",
    "out.population_coverage",
    "out.area_coverage",
    "out.sub6_rate",
    "out.municipality_coverage",
    "out.covering_carriers",
    "out.rejected_row_summary",
    "out.mesh2_disadvantaged",
    "out.target_condition",
    "out.future_population",
    "out.mesh2_land_cover",
    "out.licence_reconciliation",
    "out.fixed_broadband",
    "out.municipality",
    "out.mesh2_municipality",
    "out.source",
)
"""Layers of the GeoPackage, where the release has them; mesh codes give geometry."""

SYNTHETIC_LABEL = {
    "ja": "【合成データ】実在の局の位置ではありません",
    "en": "SYNTHETIC: not the carriers' real stations",
}
_BUILDING = ".building-"


@dataclass(frozen=True)
class ReleaseContent:
    """What goes into a release.

    Attributes
    ----------
    as_of : date
        Day the release speaks of.
    is_synthetic : bool
        Any input is synthetic.
    tables : mapping of str to pyarrow.Table
        Full table name to rows.
    receipts : mapping of str to dict
        Filing to its receipt (counts by rule, no row values).
    manifest : mapping
        Inputs, parameters, software, attribution, warnings.
    """

    as_of: date
    is_synthetic: bool
    tables: Mapping[str, pa.Table]
    receipts: Mapping[str, Mapping[str, Any]]
    manifest: Mapping[str, Any]


def publish_release(content: ReleaseContent, out: Path, scratch: Path) -> Path:
    """Write a release folder ``<as_of>-<short hash>`` directly in `out`.

    The folder is built in `scratch` (or, on another file system, under a hidden
    name in `out`) and renamed when complete. A release that already stands with
    the same content is left as it is: releases never change.

    Parameters
    ----------
    content : ReleaseContent
        Tables and what they rest on.
    out : Path
        Folder of releases; made when absent.
    scratch : Path
        Folder for the building, outside `out`.

    Returns
    -------
    Path
        The release folder.

    Raises
    ------
    WorkspaceError
        `out` cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        scratch.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(out, scratch)
        folder = Path(tempfile.mkdtemp(prefix=_BUILDING, dir=_site(out, scratch)))
    except OSError as error:
        raise WorkspaceError(f"{out} cannot be written ({error.strerror}).") from error
    try:
        folder.chmod(0o755)
        manifest = _write_content(content, folder)
        target = out / f"{content.as_of}-{_short_hash(manifest)}"
        if not target.exists():
            folder.rename(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return target


def _write_content(content: ReleaseContent, folder: Path) -> dict[str, Any]:
    hashes = _write_tables(content, folder)
    _write_geopackage(content, folder / GEOPACKAGE)
    write_database(folder / DATABASE, content.tables)
    for name, receipt in content.receipts.items():
        write_json(folder / "receipts" / f"{name}.json", receipt)
    manifest = _manifest(content, hashes)
    write_json(folder / MANIFEST, manifest)
    return manifest


def _write_tables(content: ReleaseContent, folder: Path) -> dict[str, str]:
    hashes = {}
    for name, rows in content.tables.items():
        short = TABLES[name].short_name
        write_parquet(rows, folder / "tables" / f"{short}.parquet")
        hashes[name] = write_csv(rows, folder / "csv" / f"{short}.csv")
    return hashes


def _write_geopackage(content: ReleaseContent, path: Path) -> None:
    layers = [_layer(name, content) for name in _layers(content)]
    description = {
        "title": "5G基盤展開率 / 5G base-deployment rate",
        "as_of": content.as_of.isoformat(),
        "is_synthetic": str(content.is_synthetic).lower(),
        "attribution": "; ".join(content.manifest["attribution"]),
    }
    if content.is_synthetic:
        description |= {f"label_{key}": text for key, text in SYNTHETIC_LABEL.items()}
    write_geopackage(path, layers, as_of=content.as_of, metadata=description)


def _layers(content: ReleaseContent) -> list[str]:
    return [name for name in LAYERS if name in content.tables]


def _layer(name: str, content: ReleaseContent) -> Layer:
    table = TABLES[name]
    coded = [column for column in MESH_LEVELS if column in table.column_names]
    mesh_column = coded[0] if coded else None
    mark = SYNTHETIC_LABEL["ja"] + " " if content.is_synthetic else ""
    return Layer(
        name=table.short_name,
        table=content.tables[name],
        mesh_column=mesh_column,
        level=MESH_LEVELS.get(mesh_column or ""),
        title_ja=mark + table.label_ja,
        description=table.doc,
        aliases={column.name: column.label_ja for column in table.columns},
    )


def _manifest(content: ReleaseContent, hashes: Mapping[str, str]) -> dict[str, Any]:
    described = {
        name: {
            "title_ja": TABLES[name].label_ja,
            "row_count": content.tables[name].num_rows,
            "content_sha256": digest,
        }
        for name, digest in hashes.items()
    }
    return dict(content.manifest) | {
        "as_of": content.as_of.isoformat(),
        "is_synthetic": content.is_synthetic,
        "label": SYNTHETIC_LABEL if content.is_synthetic else None,
        "tables": described,
        "layers": {
            TABLES[name].short_name: described[name] for name in _layers(content)
        },
    }


def _short_hash(manifest: Mapping[str, Any]) -> str:
    text = json.dumps(manifest, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _site(out: Path, scratch: Path) -> Path:
    """Folder to build in: a rename must stay on one file system."""
    return scratch if scratch.stat().st_dev == out.stat().st_dev else out


def _remove_leftovers(*folders: Path) -> None:
    """Remove what killed runs left half-built (the workspace lock is held)."""
    for folder in folders:
        for leftover in folder.glob(f"{_BUILDING}*"):
            shutil.rmtree(leftover, ignore_errors=True)
