"""Fetch sources of the register into a folder."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Literal

from geodata.catalog.download import SiteRefusalError, Wanted, Watch, download
from geodata.catalog.finding import find_sources
from geodata.catalog.planning import Planned, plan
from geodata.catalog.register import RegisteredSource, registered_sources
from geodata.catalog.right_file import check_announced_name, check_content, is_archive
from geodata.catalog.session import Limits, Secret, Session, moved_to
from geodata.catalog.sidecar import sidecar_of, sidecar_path
from geodata.catalog.source import sha256_of
from geodata.catalog.unfinished import finish_interrupted
from geodata.errors import SettingsError, SourceError

Status = Literal["fetched", "present", "failed", "person", "skipped"]
WatchFile = Callable[[str], AbstractContextManager[Watch]]
"""Gives, for a file name, what follows its download."""


@dataclass(frozen=True)
class FetchResult:
    """What became of one file, or of a source that a person must get.

    Attributes
    ----------
    name : str
        Source.
    file : str
        Path below the folder; for a person's source the names it may have.
    status : str
        ``fetched``, ``present`` (it was there already), ``failed``, ``person``
        (somebody must get it), or, where all sources were asked for, ``skipped``.
    message : str
        What went wrong, or what to do.
    sha256 : str
        Of the file; empty where there is none.
    byte_count : int
        Size; 0 where there is none.
    """

    name: str
    file: str
    status: Status
    message: str = ""
    sha256: str = ""
    byte_count: int = 0


@dataclass(frozen=True)
class FetchOptions:
    """What to fetch, and how.

    Attributes
    ----------
    codes : tuple of str
        Areas; none: the national file, or every area.
    year : int or None
        Edition; None: the newest.
    again : bool
        Also fetch files that are there.
    application_id : Secret or None
        e-Stat application id. It goes to e-Stat's host only and is never stored.
    base_url : str
        A server on the loopback that stands in for all producers; for tests.
    limits : Limits
        Size, time, patience.
    today : date
        Day to note as ``retrieved_on``.
    """

    today: date
    codes: tuple[str, ...] = ()
    year: int | None = None
    again: bool = False
    application_id: Secret | None = None
    base_url: str = ""
    limits: Limits = field(default_factory=Limits)


def fetch(
    names: Sequence[str],
    folder: Path,
    options: FetchOptions,
    watch_file: WatchFile,
    *,
    register: Mapping[str, RegisteredSource] | None = None,
) -> Iterator[FetchResult]:
    """Fetch sources one file after the other; each result as soon as it is known.

    A failure of one file does not stop the others.

    Parameters
    ----------
    names : sequence of str
        Sources of the register; none: all.
    folder : Path
        Folder of sources; made where it is not there.
    options : FetchOptions
        What and how.
    watch_file : callable
        Gives a context that follows the download of a file name.
    register : mapping, optional
        Another register than the project's.

    Raises
    ------
    SettingsError
        A name, code or year fits nothing, or the folder cannot be made; nothing was
        fetched.
    """
    known = registered_sources() if register is None else register
    chosen = _chosen(names, known)
    plans = _plans(chosen, options, is_all=not names)
    _make(folder)
    with Session(options.limits, options.application_id) as session:
        visit = _Visit(folder, options, session, watch_file)
        for source in chosen:
            planned = plans.get(source.name)
            if source.access == "person":
                yield _by_hand(source, folder, is_all=not names)
            elif isinstance(planned, str):
                yield FetchResult(source.name, "", "skipped", planned)
            elif source.access == "application_id" and not session.has_secret:
                yield FetchResult(source.name, "", "failed", _needs_id(source))
            else:
                yield from map(visit.file, planned or ())


def _chosen(
    names: Sequence[str], known: Mapping[str, RegisteredSource]
) -> list[RegisteredSource]:
    for name in names:
        if name not in known:
            raise SettingsError(
                f"'{name}' is no source; the names are {', '.join(known)}."
            )
    return [known[name] for name in dict.fromkeys(names or known)]


def _plans(
    sources: Sequence[RegisteredSource], options: FetchOptions, *, is_all: bool
) -> dict[str, list[Planned] | str]:
    """Files of each source; where all were asked for, also why one has none."""
    plans: dict[str, list[Planned] | str] = {}
    for source in sources:
        if source.access == "person":
            continue
        try:
            plans[source.name] = plan(source, options.codes, options.year)
        except SettingsError as error:
            if not is_all:
                raise
            plans[source.name] = str(error)
    return plans


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"--to {folder}: this folder cannot be made ({error.strerror})."
        ) from error


def _by_hand(source: RegisteredSource, folder: Path, *, is_all: bool) -> FetchResult:
    """What a person must do for a source, unless it is there or another stands in."""
    files = ", ".join(source.files)
    try:
        there = find_sources(folder).files
    except SourceError as error:
        return FetchResult(source.name, files, "failed", str(error))
    if source.name in there:
        return FetchResult(source.name, files, "present")
    if is_all and (others := source.replacements_in(there)):
        told = f"{', '.join(others)} gives a run the same."
        return FetchResult(source.name, files, "skipped", told)
    page = f" {source.page}" if source.page else ""
    told = f"{folder}: {source.place_ja} / {source.place_en}{page}"
    return FetchResult(source.name, files, "person", told)


def _needs_id(source: RegisteredSource) -> str:
    return (
        "needs an e-Stat application id: register at https://www.e-stat.go.jp/api/ and "
        f"set the environment variable KIBAN_ESTAT_APP_ID; or {source.place_en}"
    )


class _Visit:
    """One call of :func:`fetch`, and the sites that have turned it away."""

    def __init__(
        self,
        folder: Path,
        options: FetchOptions,
        session: Session,
        watch_file: WatchFile,
    ) -> None:
        self._folder = folder
        self._options = options
        self._session = session
        self._watch_file = watch_file
        self._closed: set[str] = set()  # names of sources, and hosts

    def file(self, planned: Planned) -> FetchResult:
        """Bring one file, if it is not there."""
        target = planned.target(self._folder)
        result = FetchResult(planned.source.name, str(planned.place), "present")
        try:
            if not self._is_there(planned, target):
                self._bring(planned, target)
                result = replace(result, status="fetched")
            return replace(
                result, sha256=sha256_of(target), byte_count=target.stat().st_size
            )
        except SiteRefusalError as refusal:
            of_site = planned.host if refusal.asks_to_wait else planned.source.name
            self._closed.add(of_site)
            told = str(refusal)
        except SourceError as error:
            told = str(error)
        except OSError as error:
            told = (
                f"{target}: {error.strerror or error}. Make room or give access; the "
                "same command then continues."
            )
        return replace(result, status="failed", message=self._session.redact(told))

    def _is_there(self, planned: Planned, target: Path) -> bool:
        """Whether the right file is there; anything else in its place is told."""
        if target.is_dir():
            raise SourceError(f"{target}: a folder is in the place of the file.")
        if self._options.again or not target.exists():
            return False
        if finish_interrupted(target, self._described(planned)):
            return True
        pinned = _pinned(planned, target)
        if pinned and sha256_of(target) != pinned:
            raise SourceError(
                f"{target}: it is there, but its sha256 is not the pinned {pinned}; it "
                "was changed or damaged. Remove it, or fetch it with --again."
            )
        if not pinned:
            _check_found(planned, target)
        return True

    def _bring(self, planned: Planned, target: Path) -> None:
        if not self._closed.isdisjoint({planned.source.name, planned.host}):
            raise SourceError(
                f"{target.name}: not asked for, because the site turned the program "
                "away."
            )
        with self._watch_file(str(planned.place)) as watch:
            download(
                self._wanted(planned, target),
                self._session,
                self._options.limits,
                watch,
            )

    def _wanted(self, planned: Planned, target: Path) -> Wanted:
        source, name = planned.source, target.name
        url = self._address(planned)
        if source.access == "application_id" or source.application_id:
            self._session.trust(url)
        return Wanted(
            url=url,
            target=target,
            page=source.page,
            described=self._described(planned),
            pinned_sha256=_pinned(planned, target),
            check_name=partial(check_announced_name, source, name),
            check_file=partial(check_content, source, name),
            shows_completeness=is_archive(target),
        )

    def _address(self, planned: Planned) -> str:
        base = self._options.base_url
        return moved_to(planned.url, base) if base else planned.url

    def _described(self, planned: Planned) -> dict[str, str]:
        return {
            "url": self._address(planned),
            "retrieved_on": self._options.today.isoformat(),
            "vintage": planned.vintage,
        }


def _check_found(planned: Planned, target: Path) -> None:
    """Hold a file of which no hash is known against what it should be."""
    try:
        check_content(planned.source, target.name, target)
    except SourceError as error:
        raise SourceError(
            f"{target}: something else is in the place of the file ({error}) Remove "
            "it, or fetch the file with --again."
        ) from error


def _pinned(planned: Planned, target: Path) -> str:
    pinned = planned.source.pinned_sha256(target.name)
    if not pinned and sidecar_path(target).is_file():
        pinned = sidecar_of(target).get("sha256", "")
    return pinned
