"""Fetch sources of the register into a folder."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Literal

from geodata.catalog.download import SiteRefusalError, Wanted, Watch, download
from geodata.catalog.entry import RegisteredSource, registered_sources
from geodata.catalog.finding import find_sources
from geodata.catalog.planning import Planned, plan
from geodata.catalog.politeness import Limits, Secret, Session, moved_to
from geodata.catalog.right_file import check_announced_name, check_content, is_archive
from geodata.catalog.source import sha256_of, sidecar_of, sidecar_path
from geodata.catalog.unfinished import finish_interrupted
from geodata.errors import SettingsError, SourceError

Status = Literal["fetched", "present", "failed", "person"]
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
        ``fetched``, ``present`` (it was there already), ``failed`` or ``person``.
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
        A name, code or year fits nothing; nothing was fetched.
    """
    known = registered_sources() if register is None else register
    chosen = _chosen(names, known)
    plans = _plans(chosen, options, is_all=not names)
    folder.mkdir(parents=True, exist_ok=True)
    with Session(options.limits, options.application_id) as session:
        for source in chosen:
            if source.access == "person":
                yield _by_hand(source, folder)
            elif source.access == "application_id" and not session.has_secret:
                yield FetchResult(source.name, "", "failed", _needs_id(source))
            else:
                one = partial(
                    _fetch_one,
                    folder=folder,
                    options=options,
                    session=session,
                    watch_file=watch_file,
                )
                yield from _fetch_all(plans[source.name], one)


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
) -> dict[str, list[Planned]]:
    """Files of each source; where all were asked for, those the options fit."""
    plans: dict[str, list[Planned]] = {}
    for source in sources:
        if source.access == "person":
            continue
        try:
            plans[source.name] = plan(source, options.codes, options.year)
        except SettingsError:
            if not is_all:
                raise
            plans[source.name] = []
    return plans


def _by_hand(source: RegisteredSource, folder: Path) -> FetchResult:
    files = ", ".join(source.files)
    if source.name in find_sources(folder).files:
        return FetchResult(source.name, files, "present")
    page = f" {source.page}" if source.page else ""
    told = f"{folder}: {source.place_ja} / {source.place_en}{page}"
    return FetchResult(source.name, files, "person", told)


def _needs_id(source: RegisteredSource) -> str:
    return (
        "needs an e-Stat application id: register at https://www.e-stat.go.jp/api/ and "
        f"set the environment variable KIBAN_ESTAT_APP_ID; or {source.place_en}"
    )


def _fetch_all(
    plans: Sequence[Planned], one: Callable[[Planned], FetchResult]
) -> Iterator[FetchResult]:
    """Fetch one file after the other, until the site turns the program away."""
    for place, planned in enumerate(plans):
        try:
            yield one(planned)
        except SiteRefusalError as refusal:
            yield _result(planned, "failed", str(refusal))
            for left in plans[place + 1 :]:
                told = "not asked for, because the site turned the program away."
                yield _result(left, "failed", f"{left.place.name}: {told}")
            return


def _result(planned: Planned, status: Status, message: str) -> FetchResult:
    return FetchResult(planned.source.name, str(planned.place), status, message)


def _fetch_one(
    planned: Planned,
    *,
    folder: Path,
    options: FetchOptions,
    session: Session,
    watch_file: WatchFile,
) -> FetchResult:
    target = planned.target(folder)
    try:
        status: Status = "present"
        if not _is_there(planned, target, options):
            status = "fetched"
            with watch_file(str(planned.place)) as watch:
                download(
                    _wanted(planned, target, options, session),
                    session,
                    options.limits,
                    watch,
                )
        result = _result(planned, status, "")
        return replace(
            result, sha256=sha256_of(target), byte_count=target.stat().st_size
        )
    except (SourceError, OSError) as error:
        kept = session.redact(str(error))
        is_refusal = isinstance(error, SiteRefusalError)
    if is_refusal:  # raised out here, so that no cause with an unredacted text hangs on
        raise SiteRefusalError(kept)
    return _result(planned, "failed", kept)


def _is_there(planned: Planned, target: Path, options: FetchOptions) -> bool:
    if options.again or not target.exists():
        return False
    if finish_interrupted(target, _described(planned, options)):
        return True
    pinned = _pinned(planned, target)
    if pinned and sha256_of(target) != pinned:
        raise SourceError(
            f"{target}: it is there, but its sha256 is not the pinned {pinned}; it was "
            "changed or damaged. Remove it, or fetch it with --again."
        )
    return True


def _wanted(
    planned: Planned, target: Path, options: FetchOptions, session: Session
) -> Wanted:
    source, name = planned.source, target.name
    url = _address(planned, options)
    if source.access == "application_id" or source.application_id:
        session.trust(url)
    return Wanted(
        url=url,
        target=target,
        page=source.page,
        described=_described(planned, options),
        pinned_sha256=_pinned(planned, target),
        check_name=partial(check_announced_name, source, name),
        check_file=partial(check_content, source, name),
        shows_completeness=is_archive(target),
    )


def _address(planned: Planned, options: FetchOptions) -> str:
    return moved_to(planned.url, options.base_url) if options.base_url else planned.url


def _pinned(planned: Planned, target: Path) -> str:
    pinned = planned.source.pinned_sha256(target.name)
    if not pinned and sidecar_path(target).is_file():
        pinned = sidecar_of(target).get("sha256", "")
    return pinned


def _described(planned: Planned, options: FetchOptions) -> dict[str, Any]:
    return {
        "url": _address(planned, options),
        "retrieved_on": options.today.isoformat(),
        "vintage": planned.vintage,
    }
