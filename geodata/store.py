"""The workspace: named Parquet tables, stage records, and a release to open."""

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from geodata.catalog import sha256_of
from geodata.errors import WorkspaceError
from geodata.schemas import TABLES, conform, to_frame

if TYPE_CHECKING:
    import duckdb

_UNFINISHED = ".unfinished-"
MANIFEST = "manifest.json"
DATABASE = "kiban.duckdb"


@dataclass(frozen=True)
class StageRecord:
    """What a finished stage was made from and what it wrote."""

    fingerprint: str
    tables: dict[str, str]
    notes: dict[str, Any]


class Workspace:
    """Folder that holds the tables handed from stage to stage.

    Every table is written beside its place and renamed into it: a killed run
    leaves the old table or the new one, never half of one.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def at(cls, root: Path, out: Path) -> Self:
        """Open or create a workspace; refuse one that lies inside the releases.

        Raises
        ------
        WorkspaceError
            `root` is `out` or inside it (station positions would be published),
            or cannot be written.
        """
        root, out = root.resolve(), out.resolve()
        if out.exists() and not out.is_dir():
            raise WorkspaceError(f"{out} is a file; --out takes a folder.")
        if root == out or out in root.parents:
            raise WorkspaceError(
                f"The workspace {root} lies inside the releases folder {out}; it "
                "holds station positions, so choose a --workspace elsewhere."
            )
        try:
            root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WorkspaceError(
                f"The workspace {root} cannot be created ({error.strerror})."
            ) from error
        return cls(root)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the workspace for one run; a second run is refused, not mixed in.

        What a killed run left half-written is removed first.
        """
        with (self.root / ".lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise WorkspaceError(
                    f"Another run uses the workspace {self.root}; wait for it, or "
                    "give this one its own --workspace."
                ) from error
            for leftover in self.root.rglob(f"{_UNFINISHED}*"):  # of sources too
                leftover.unlink()
            yield

    def path(self, table: str) -> Path:
        """File of a table, such as ``raw/station.parquet``."""
        layer, _, name = table.partition(".")
        return self.root / layer / f"{name}.parquet"

    def write(self, table: str, data: pd.DataFrame | pa.Table) -> str:
        """Check a table against its declaration, store it, give its SHA-256."""
        arrow = conform(TABLES[table], data)
        target = self.path(table)
        with replacing(target) as temporary:
            pq.write_table(arrow, temporary, compression="zstd")
        return sha256_of(target)

    def read_arrow(self, table: str) -> pa.Table:
        """Read a table as it was stored, held against its declaration again.

        Raises
        ------
        WorkspaceError
            The table was never written here.
        """
        target = self.path(table)
        if not target.is_file():
            raise WorkspaceError(f"{table} is not in the workspace {self.root}.")
        return conform(TABLES[table], pq.read_table(target))

    def read(self, table: str) -> pd.DataFrame:
        """Read a table as a frame (see :func:`geodata.schemas.to_frame`)."""
        return to_frame(self.read_arrow(table))

    def has(self, table: str) -> bool:
        """Whether a finished stage made the table.

        A file that a killed run left behind is in no stage's record.
        """
        stages = (path.stem for path in (self.root / "stages").glob("*.json"))
        records = (self._last_record(stage) for stage in stages)
        return any(record is not None and table in record.tables for record in records)

    def write_receipts(
        self, receipts: Mapping[str, Mapping[str, Any]], pages: Mapping[str, str]
    ) -> None:
        """Store the receipts of this run's filings and their pages; others go."""
        folder = self.root / "receipts"
        for name, receipt in receipts.items():
            write_json(folder / f"{name}.json", receipt)
            write_text(folder / f"{name}.html", pages[name])
        for path in [*folder.glob("*.json"), *folder.glob("*.html")]:
            if path.stem not in receipts:
                path.unlink()

    def record(self, stage: str) -> StageRecord | None:
        """Record of the stage's last complete run, when its tables still stand."""
        record = self._last_record(stage)
        if record is None:
            return None
        stands = all(
            self._still_is(table, digest) for table, digest in record.tables.items()
        )
        return record if stands else None

    def save_record(self, stage: str, record: StageRecord) -> None:
        """Note that a stage is complete, after all its tables are in place.

        Tables that its last run wrote and this one did not (a source is no longer
        there) are removed: a later stage must not take them for this run's.
        """
        last = self._last_record(stage)
        for table, digest in last.tables.items() if last else ():
            if table not in record.tables and self._still_is(table, digest):
                self.path(table).unlink()
        write_json(self.root / "stages" / f"{stage}.json", vars(record))

    def _last_record(self, stage: str) -> StageRecord | None:
        path = self.root / "stages" / f"{stage}.json"
        if not path.is_file():
            return None
        return StageRecord(**json.loads(path.read_text(encoding="utf-8")))

    def _still_is(self, table: str, digest: str) -> bool:
        path = self.path(table)
        return path.is_file() and sha256_of(path) == digest


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Temporary path beside `target`, renamed into its place on success."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(
        prefix=f"{_UNFINISHED}{target.stem}-", suffix=target.suffix, dir=target.parent
    )
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(target: Path, value: Mapping[str, Any]) -> None:
    """Write JSON in a fixed layout, complete or not at all."""
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True, default=str)
    write_text(target, text + "\n")


def write_text(target: Path, text: str) -> None:
    """Write UTF-8 text, complete or not at all."""
    with replacing(target) as temporary:
        temporary.write_text(text, encoding="utf-8")


class Release:
    """One published release folder, opened read-only."""

    def __init__(self, root: Path) -> None:
        self.root = root
        try:
            text = (root / MANIFEST).read_text(encoding="utf-8")
            self.manifest: dict[str, Any] = json.loads(text)
        except ValueError as error:
            raise WorkspaceError(
                f"{root / MANIFEST} is damaged ({error}); remove the release folder "
                "and run again to publish it anew."
            ) from error

    @property
    def name(self) -> str:
        """Folder name: ``<as_of>-<short hash>``."""
        return self.root.name

    @property
    def tables(self) -> list[str]:
        """Short names of the tables in the release."""
        return sorted(path.stem for path in (self.root / "tables").glob("*.parquet"))

    def read(self, table: str) -> pd.DataFrame:
        """Read a table by its short name, such as ``station_count``."""
        path = self.root / "tables" / f"{table}.parquet"
        if not path.is_file():
            raise WorkspaceError(
                f"{self.name} has no table '{table}'; it has: {', '.join(self.tables)}."
            )
        return to_frame(pq.read_table(path))

    def connect(self) -> "duckdb.DuckDBPyConnection":
        """Open the release's DuckDB database, read-only."""
        import duckdb  # at the top it would load before Prefect; see database.py

        return duckdb.connect(str(self.root / DATABASE), read_only=True)


def open_release(path: Path | str) -> Release:
    """Open a release folder, or the newest release of a folder of releases.

    Parameters
    ----------
    path : path-like
        ``releases/2021-03-31-0123abcd`` or ``releases``.

    Raises
    ------
    WorkspaceError
        There is no release.

    Notes
    -----
    Newest means published last; equal times are told apart by name.
    """
    root = Path(path)
    if (root / MANIFEST).is_file():
        return Release(root)
    found = releases_in(root)
    if not found:
        raise WorkspaceError(f"No release in {root}; `kiban run` makes one.")
    return Release(found[-1])


def releases_in(root: Path) -> Sequence[Path]:
    """Release folders directly in `root`, oldest first."""
    if not root.is_dir():
        return []
    found = [path.parent for path in root.glob(f"[!.]*/{MANIFEST}")]
    return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))
