"""Find which files of a folder belong to which source of the register."""

import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from geodata.catalog.choosing import Superseded, choose
from geodata.catalog.register import RegisteredSource, registered_sources
from geodata.errors import SourceError

_UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".tmp")
_COMPANIONS = (".dbf", ".shx", ".prj", ".cpg", ".qix", ".sbn", ".sbx", ".qmd")


@dataclass(frozen=True)
class FoundSources:
    """What a folder of sources holds.

    Attributes
    ----------
    files : dict
        Source name to the files a run uses, sorted; in the order of the register.
        Only sources that are there.
    superseded : tuple of Superseded
        Files left aside for another form, edition or level of the same source.
    unused : tuple of Path
        Files no source claims.
    """

    files: dict[str, tuple[Path, ...]]
    superseded: tuple[Superseded, ...]
    unused: tuple[Path, ...]


def find_sources(folder: Path) -> FoundSources:
    """Find the sources in a folder and everything below it.

    Links are followed, each file and folder once. Left out without a word: hidden
    files, files whose download is not finished, README files, sidecars
    (``<file>.toml``) and the companions of a Shapefile.

    Parameters
    ----------
    folder : Path
        Folder of sources, in any layout; some sources need a folder name
        (``licences/``, ``mesh_municipalities/``, ``population_raster/``).

    Raises
    ------
    SourceError
        The folder does not exist; a link leads nowhere; names are those of a
        misleading edition, or two sources claim the same file (all such files are
        named).
    """
    if not folder.is_dir():
        raise SourceError(
            f"{folder}: no such folder; wanted: the folder that holds the source "
            "files. Make it, or name another one."
        )
    top = PurePosixPath(folder.resolve().name or "sources")
    claimed: dict[str, list[Path]] = defaultdict(list)
    unused: list[Path] = []
    faults: list[str] = []
    for path in _files(folder):
        place = top / path.relative_to(folder).as_posix()
        try:
            source = _claimant(path, place)
        except SourceError as error:
            faults.append(str(error))
            continue
        if source is None:
            unused.append(path)
        else:
            claimed[source.name].append(path)
    if faults:
        raise SourceError("\n".join(faults))
    return _found(claimed, unused)


def _found(claimed: dict[str, list[Path]], unused: list[Path]) -> FoundSources:
    files: dict[str, tuple[Path, ...]] = {}
    aside: list[Superseded] = []
    for name, source in registered_sources().items():
        if name in claimed:
            chosen, left = choose(source, claimed[name])
            files[name] = tuple(chosen)
            aside += left
    shapefiles = {
        path.with_suffix("")
        for paths in claimed.values()
        for path in paths
        if path.suffix.lower() == ".shp"
    }
    return FoundSources(
        files=files,
        superseded=tuple(aside),
        unused=tuple(path for path in unused if not _accompanies(path, shapefiles)),
    )


def _claimant(path: Path, place: PurePosixPath) -> RegisteredSource | None:
    sources = registered_sources().values()
    for source in sources:
        if refusal := source.refusal_of(place):
            raise SourceError(
                f"{path}: refused: {refusal.reason_en} / {refusal.reason_ja}. "
                f"Take {refusal.instead} instead, from {source.page}, and remove "
                "this file from the folder."
            )
    claimants = [source for source in sources if source.claims(place)]
    if len(claimants) > 1:
        names = " and ".join(source.name for source in claimants)
        raise SourceError(
            f"{path}: both {names} claim this file by its name and folder; wanted: "
            "one source per file. Move or rename it."
        )
    return claimants[0] if claimants else None


def _files(folder: Path) -> Iterator[Path]:
    """Every file that may be a source, sorted by path, each once."""
    seen: set[Path] = {folder.resolve()}
    found: list[Path] = []
    for root, folders, names in os.walk(folder, followlinks=True, onerror=_refuse):
        here = Path(root)
        folders[:] = [name for name in sorted(folders) if _enter(here / name, seen)]
        for name in sorted(names):
            if _is_left_out(here / name, names):
                continue
            path = here / name
            if path.is_symlink() and not path.exists():
                raise SourceError(
                    f"{path}: the link leads to {path.readlink()}, which is not "
                    "there. Restore that file, or remove the link."
                )
            if path.is_file() and (real := path.resolve()) not in seen:
                seen.add(real)
                found.append(path)
    yield from sorted(found)


def _refuse(error: OSError) -> None:
    raise error  # a folder that cannot be listed must not look empty


def _enter(folder: Path, seen: set[Path]) -> bool:
    real = folder.resolve()
    if folder.name.startswith(".") or real in seen:
        return False
    seen.add(real)
    return True


def _is_left_out(path: Path, names: list[str]) -> bool:
    name = path.name
    return (
        name.startswith((".", "~$"))
        or name.lower().startswith("readme")
        or path.suffix.lower() in _UNFINISHED
        or (path.suffix == ".toml" and path.stem in names)
    )


def _accompanies(path: Path, shapefiles: set[Path]) -> bool:
    return path.suffix.lower() in _COMPANIONS and path.with_suffix("") in shapefiles
