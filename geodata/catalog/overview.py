"""What a run needs, what a folder of sources holds, and what is lost without it."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from geodata.catalog.describing import attributions, describe_found
from geodata.catalog.finding import FoundSources, find_sources
from geodata.catalog.planning import missing_areas
from geodata.catalog.register import RegisteredSource, registered_sources
from geodata.catalog.sidecar import sidecar_of
from geodata.catalog.source import Source

_NOTHING = FoundSources(files={}, superseded=(), unused=())
_TEXTS = (
    "name",
    "title_ja",
    "title_en",
    "producer",
    "licence",
    "attribution",
    "access",
    "page",
    "used_for_ja",
    "used_for_en",
    "lost_ja",
    "lost_en",
    "place_ja",
    "place_en",
)


def sources_overview(
    folder: Path | None, report: Callable[[Path], None]
) -> dict[str, Any]:
    """The register held against a folder; reads every file found, for its hash.

    Parameters
    ----------
    folder : Path or None
        Folder of sources; None: nothing is there.
    report : callable
        Is told each file before it is read.

    Returns
    -------
    dict
        JSON-ready. ``sources``: each of the register with its ``state`` (``present``;
        ``partial``, some ``missing_areas`` have no file; ``replaced``, one of those
        there in ``replaced_by`` gives the same; ``missing``) and its ``files``
        (producer, title, licence, vintage, sha256, size, retrieved on);
        ``superseded`` and ``unused``: files that a run does not use; ``attributions``:
        credit lines of the sources that are there.

    Raises
    ------
    SourceError
        The folder cannot be used (see :func:`find_sources`), or a sidecar.
    """
    found = find_sources(folder) if folder is not None else _NOTHING
    described: list[Source] = []
    entries = []
    for name, source in registered_sources().items():
        files = []
        for path in found.files.get(name, ()):
            report(path)
            record = describe_found(name, path)
            described.append(record)
            files.append(_file(record, path, folder))
        entries.append(_entry(source, files, found.files))
    return {
        "folder": None if folder is None else str(folder),
        "sources": entries,
        "superseded": [
            {
                "name": left.source,
                "path": _below(left.path, folder),
                "instead": _below(left.instead, folder),
                "reason_ja": left.reason_ja,
                "reason_en": left.reason_en,
            }
            for left in found.superseded
        ],
        "unused": [_below(path, folder) for path in found.unused],
        "attributions": attributions(described),
    }


def _entry(
    source: RegisteredSource,
    files: list[dict[str, Any]],
    present: Collection[str],
) -> dict[str, Any]:
    areas = missing_areas(source, [file["file"] for file in files])
    replaced_by = list(source.replacements_in(present))
    return {
        **{key: getattr(source, key) for key in _TEXTS},
        "needed_by": list(source.needed_by),
        "accepted_names": list(source.files),
        "state": _state(files, areas.missing, replaced_by),
        "area_count": areas.area_count,
        "missing_areas": list(areas.missing),
        "replaced_by": replaced_by,
        "files": files,
    }


def _state(
    files: Sequence[Any], missing: Sequence[str], replaced_by: Sequence[str]
) -> str:
    if files:
        return "partial" if missing else "present"
    return "replaced" if replaced_by else "missing"


def _file(record: Source, path: Path, folder: Path | None) -> dict[str, Any]:
    return {
        **record.record(),
        "path": _below(path, folder),
        "url": sidecar_of(path).get("url", ""),
    }


def _below(path: Path, folder: Path | None) -> str:
    return (path if folder is None else path.relative_to(folder)).as_posix()
