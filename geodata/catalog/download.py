"""Download one file: resumed, retried, counted, checked, renamed into place."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential,
    wait_random,
)

from geodata.catalog.session import Limits, Session, retry_after_seconds
from geodata.catalog.source import sha256_of
from geodata.catalog.unfinished import Unfinished, Version
from geodata.errors import SourceError

_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_AGAIN_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
_ADVICE = {
    401: "the site wants a login: download it in a browser and put it into the folder",
    403: "the site turns this program away (by its user agent), or wants its terms "
    "accepted: open the page in a browser, and put the file into the folder by hand",
    404: "there is no such file: check --code and --year, or look for its new address "
    "on the page",
    410: "the file was withdrawn: look for its successor on the page",
}


class SiteRefusalError(SourceError):
    """The site turned the program away: its other files are not asked for.

    ``asks_to_wait``: for a time that it named, whatever the file.
    """

    def __init__(self, told: str, *, asks_to_wait: bool = False) -> None:
        super().__init__(told)
        self.asks_to_wait = asks_to_wait


class Watch(Protocol):
    """Follows a download."""

    def moved(self, done_count: int, total_count: int | None) -> None:
        """So many bytes are there, of so many (None: the server does not say)."""

    def waits(self, seconds: float, reason: str) -> None:
        """A request failed and is repeated after `seconds`."""


@dataclass(frozen=True)
class Wanted:
    """What to download.

    Attributes
    ----------
    url : str
        Address, without secrets.
    target : Path
        Where the file is to stand.
    page : str
        Page that a person may visit.
    described : mapping
        Keys of its sidecar.
    pinned_sha256 : str
        Hash the file must have; empty where none is known.
    check_name : callable
        Raises SourceError where a ``Content-Disposition`` names another file.
    check_file : callable
        Raises SourceError where the bytes are not the file.
    shows_completeness : bool
        ``check_file`` notices a file that is cut short, as of archives.
    """

    url: str
    target: Path
    page: str
    described: Mapping[str, str]
    pinned_sha256: str
    check_name: Callable[[str], None]
    check_file: Callable[[Path], None]
    shows_completeness: bool


class _Again(Exception):  # noqa: N818 - not an error unless it repeats
    """A failure that another request may mend."""

    def __init__(self, reason: str, wait_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.wait_seconds = wait_seconds


def download(wanted: Wanted, session: Session, limits: Limits, watch: Watch) -> str:
    """Bring one file into place with its sidecar; give its SHA-256.

    Unfinished bytes stand in ``.unfinished-<name>`` and are continued by a later call,
    where the server still has the same version (``ETag`` or ``Last-Modified``). The
    file gets its name only when it is complete and checked.

    Parameters
    ----------
    wanted : Wanted
        Address, place and checks.
    session : Session
        Sends the requests.
    limits : Limits
        Size, time, attempts, waits.
    watch : Watch
        Is told what happens.

    Raises
    ------
    SiteRefusalError
        The site turns the program away, or asks it to come back much later.
    SourceError
        The server has no such file, lies, sends another file, or keeps failing; a
        limit is passed; or another process downloads the same file.
    """
    with Unfinished.of(wanted.target) as unfinished:
        transfer = _Transfer(wanted, session, limits, watch, unfinished)
        sha256 = transfer.run()
        unfinished.finish(sha256, wanted.described)
        return sha256


class _Transfer:
    """One file on its way, over as many requests as it takes."""

    def __init__(
        self,
        wanted: Wanted,
        session: Session,
        limits: Limits,
        watch: Watch,
        unfinished: Unfinished,
    ) -> None:
        self._wanted = wanted
        self._name = wanted.target.name
        self._session = session
        self._limits = limits
        self._watch = watch
        self._unfinished = unfinished
        self._ends = time.monotonic() + limits.max_seconds

    def run(self) -> str:
        """Receive and check; SHA-256 of the bytes."""
        retrying = Retrying(
            retry=retry_if_exception_type(_Again),
            stop=stop_after_attempt(self._limits.attempts),
            wait=self._wait_seconds,
            before_sleep=self._tell,
            reraise=True,
        )
        try:
            return retrying(self._attempt)
        except _Again as failure:
            raise SourceError(
                f"{self._name}: given up after {self._limits.attempts} attempts; the "
                f"last one: {failure}. {self._unfinished.size:,} bytes are kept: run "
                "the command again to continue."
            ) from failure

    def _attempt(self) -> str:
        is_continued = self._receive()
        try:
            self._wanted.check_file(self._unfinished.path)
            return self._pinned(sha256_of(self._unfinished.path))
        except SourceError as error:
            self._unfinished.start_over(Version())
            if is_continued:  # the halves may be of two versions: once more, whole
                raise _Again(f"the parts do not fit together ({error})") from error
            self._unfinished.discard()
            raise

    def _pinned(self, sha256: str) -> str:
        pinned = self._wanted.pinned_sha256
        if pinned and sha256 != pinned:
            raise SourceError(
                f"{self._name}: its sha256 is {sha256}, but {pinned} is pinned (by the "
                "register or the sidecar). The producer changed the file, or it is not "
                "the right one; if the new one is wanted, remove the sidecar."
            )
        return sha256

    def _receive(self) -> bool:
        """Receive what is missing; whether bytes of an earlier request were kept."""
        start = self._start()
        version = self._unfinished.version
        if not start or start != version.byte_count:
            start = self._request(start)
        self._unfinished.flush()
        self._compare_length()
        if not self._wanted.shows_completeness:
            self._refuse_longer()
        return start > 0

    def _request(self, start: int) -> int:
        try:
            with self._session.get(self._wanted.url, self._headers(start)) as response:
                start = self._accept(response, start)
                self._take(response)
        except httpx.TransportError as error:
            raise _Again(f"{type(error).__name__} ({error})") from error
        return start

    def _start(self) -> int:
        """First byte to ask for: 0 unless the bytes there can be continued."""
        version, size = self._unfinished.version, self._unfinished.size
        is_known = version.url == self._wanted.url and version.validator
        is_too_long = version.byte_count is not None and size > version.byte_count
        if size and is_known and not is_too_long:
            return size
        if size:
            self._unfinished.start_over(Version())
        return 0

    def _headers(self, start: int) -> dict[str, str]:
        if not start:
            return {}
        return {
            "Range": f"bytes={start}-",
            "If-Range": self._unfinished.version.validator,
        }

    def _accept(self, response: httpx.Response, start: int) -> int:
        """Hold the headers of an answer against what was asked; where it begins."""
        self._refuse_status(response)
        if response.headers.get("content-encoding", "identity") != "identity":
            raise SourceError(
                f"{self._name}: the server compresses the file on the way, although "
                f"asked not to; get it from {self._wanted.page} in a browser."
            )
        if response.status_code == httpx.codes.PARTIAL_CONTENT:
            self._continue(response, start)
            return start
        self._check_name(response)
        self._unfinished.start_over(self._version(response.headers))
        self._refuse_size(self._unfinished.version.byte_count)
        return 0

    def _check_name(self, response: httpx.Response) -> None:
        try:
            self._wanted.check_name(response.headers.get("content-disposition", ""))
        except SourceError:
            self._unfinished.discard()
            raise

    def _continue(self, response: httpx.Response, start: int) -> None:
        told = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
        version = self._unfinished.version
        total = None if told is None or told[3] == "*" else int(told[3])
        is_other_size = None not in (total, version.byte_count) and (
            total != version.byte_count
        )
        if (
            told is None
            or int(told[1]) != start
            or is_other_size
            or version.is_other(response.headers)
        ):
            self._unfinished.start_over(Version())
            raise _Again("the file changed on the server; starting over")

    def _refuse_status(self, response: httpx.Response) -> None:
        status = response.status_code
        if status in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
            return
        answer = f"the server answered {status} {response.reason_phrase}".rstrip()
        if status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            self._unfinished.start_over(Version())
            raise _Again(f"{answer}; starting over")
        if status in _AGAIN_LATER:
            raise self._later(answer, retry_after_seconds(response))
        advice = _ADVICE.get(status, "look at the page for how to get the file")
        kind = SiteRefusalError if status in (401, 403) else SourceError
        raise kind(
            f"{self._name}: {answer} for {self._wanted.url}: {advice}. "
            f"Page: {self._wanted.page}"
        )

    def _later(self, answer: str, seconds: float | None) -> Exception:
        if seconds is not None and seconds > self._limits.longest_wait_seconds:
            return SiteRefusalError(
                f"{self._name}: {answer} and asks to wait {seconds:,.0f} s; run the "
                "command again after that time.",
                asks_to_wait=True,
            )
        return _Again(answer, seconds)

    def _take(self, response: httpx.Response) -> None:
        version = self._unfinished.version
        for chunk in response.iter_raw():
            self._unfinished.append(chunk)
            size = self._unfinished.size
            self._refuse_size(size)
            if version.byte_count is not None and size > version.byte_count:
                self._unfinished.start_over(Version())
                raise _Again(
                    f"more bytes came than the {version.byte_count:,} announced"
                )
            if time.monotonic() > self._ends:
                raise SourceError(
                    f"{self._name}: not there after {self._limits.max_seconds:,.0f} s "
                    f"({size:,} bytes are kept). Run the command again to continue, or "
                    "raise --max-minutes."
                )
            self._watch.moved(size, version.byte_count)

    def _refuse_size(self, byte_count: int | None) -> None:
        if byte_count is not None and byte_count > self._limits.max_bytes:
            self._unfinished.discard()
            raise SourceError(
                f"{self._name}: {byte_count:,} bytes or more, over the limit of "
                f"{self._limits.max_bytes:,}. Raise --max-mb if it is the right file."
            )

    def _compare_length(self) -> None:
        announced, size = self._unfinished.version.byte_count, self._unfinished.size
        if announced is not None and size < announced:
            raise _Again(f"the connection ended after {size:,} of {announced:,} bytes")

    def _refuse_longer(self) -> None:
        """Ask whether the server has more than it announced.

        HTTP cuts a body at its announced length. A file without a length or checksum
        of its own would be short unseen.
        """
        size = self._unfinished.size
        try:
            with self._session.get(
                self._wanted.url, {"Range": f"bytes={size}-"}
            ) as response:
                is_longer = response.status_code == httpx.codes.PARTIAL_CONTENT
                whole = self._version(response.headers).byte_count
                if response.status_code == httpx.codes.OK and whole is not None:
                    is_longer = whole > size
        except httpx.TransportError as error:
            raise _Again(f"{type(error).__name__} ({error})") from error
        if is_longer:
            self._unfinished.start_over(Version())
            raise _Again(f"the file is longer than the {size:,} bytes announced")

    def _wait_seconds(self, state: RetryCallState) -> float:
        asked = _failure(state).wait_seconds
        first = self._limits.first_wait_seconds
        longest = self._limits.longest_wait_seconds
        backing_off = wait_exponential(first, longest) + wait_random(0, first)
        return backing_off(state) if asked is None else asked

    def _tell(self, state: RetryCallState) -> None:
        seconds = state.next_action.sleep if state.next_action else 0.0
        if time.monotonic() + seconds > self._ends:
            raise SourceError(
                f"{self._name}: not there after {self._limits.max_seconds:,.0f} s; "
                f"{_failure(state)}. Run the command again to continue."
            )
        reason = self._session.redact(str(_failure(state)))
        self._watch.waits(seconds, f"{self._name}: {reason}")

    def _version(self, headers: Mapping[str, str]) -> Version:
        length = headers.get("content-length", "")
        told = {name: headers.get(name, "") for name in ("etag", "last-modified")}
        for name, text in told.items():
            if self._session.redact(text) != text:
                told[name] = ""
        return Version(
            url=self._wanted.url,
            etag=told["etag"],
            last_modified=told["last-modified"],
            byte_count=int(length) if length.isdecimal() else None,
        )


def _failure(state: RetryCallState) -> _Again:
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, _Again) else _Again("")
