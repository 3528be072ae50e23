"""One polite, discreet HTTP session: who asks, how often, and what is never told."""

import ipaddress
import logging
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import cache
from importlib.metadata import version
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from geodata.errors import SettingsError, SourceError

APPLICATION_ID = "appId"
"""Query parameter in which e-Stat takes the application id."""

_REDIRECTS = 5
_HIDDEN = "[hidden]"
_LOGGERS = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.proxy")


@dataclass(frozen=True)
class Limits:
    """How far a download may go, and how patient it is.

    Attributes
    ----------
    max_bytes : int
        Largest file that is taken.
    max_seconds : float
        Longest time for one file, waiting included.
    attempts : int
        Requests for one file before it is given up.
    first_wait_seconds, longest_wait_seconds : float
        Back-off after the first failure, doubled each time with jitter, and its
        bound. A server's ``Retry-After`` is kept where it is within the bound.
    pause_seconds : float
        Rest between two requests to the same host.
    timeout_seconds : float
        Longest silence of a server.
    """

    max_bytes: int = 4 << 30
    max_seconds: float = 2 * 60 * 60
    attempts: int = 6
    first_wait_seconds: float = 1.0
    longest_wait_seconds: float = 120.0
    pause_seconds: float = 1.0
    timeout_seconds: float = 60.0


@dataclass(frozen=True)
class Secret:
    """A text that no message, log or file may hold."""

    text: str = field(repr=False)

    @classmethod
    def of(cls, text: str | None) -> "Secret | None":
        """Give the secret of an environment variable; None where it is not set.

        Raises
        ------
        SettingsError
            It holds blanks or control characters; the message does not repeat it.
        """
        if text is None or not text.strip():
            return None
        if not text.strip().isascii() or not text.strip().isalnum():
            raise SettingsError(
                "The e-Stat application id may hold ASCII letters and digits only; "
                "copy it again from e-Stat's マイページ."
            )
        return cls(text.strip())


def user_agent() -> str:
    """How the project names itself to servers."""
    return f"kiban/{version('kiban')} (open-data pipeline; httpx/{httpx.__version__})"


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def moved_to(url: str, base_url: str) -> str:
    """Address `url` on another server, path and query kept; for tests.

    Raises
    ------
    SettingsError
        `base_url` is not on the loopback: another place must not pass for the
        producer's.
    """
    base = urlsplit(base_url)
    if base.scheme not in ("http", "https") or not is_loopback(base_url):
        raise SettingsError(
            f"KIBAN_FETCH_BASE_URL, '{base_url}': only an http address on the loopback "
            "(such as http://127.0.0.1:8000) may stand in for the producers' sites."
        )
    old = urlsplit(url)
    path = base.path.rstrip("/") + old.path
    return urlunsplit((base.scheme, base.netloc, path, old.query, ""))


class _AddsSecret(httpx.BaseTransport):
    """Puts the application id on the way out only.

    The request that httpx logs, and that its exceptions carry, never holds it.
    """

    def __init__(self, inner: httpx.BaseTransport, secret: Secret) -> None:
        self._inner = inner
        self._secret = secret

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._inner.handle_request(
            httpx.Request(
                method=request.method,
                url=request.url.copy_add_param(APPLICATION_ID, self._secret.text),
                headers=request.headers,
                stream=request.stream,
                extensions=request.extensions,
            )
        )

    def close(self) -> None:
        self._inner.close()


class Session:
    """Sends one request at a time, with a pause per host.

    Redirects are followed to https, or within the same host without leaving https.
    On the loopback no proxy of the environment is used; elsewhere the environment's
    proxies and certificates hold.

    Parameters
    ----------
    limits : Limits
        Pause and time limit.
    secret : Secret, optional
        e-Stat application id; given to hosts only through :meth:`trust`.
    """

    def __init__(self, limits: Limits, secret: Secret | None = None) -> None:
        self._limits = limits
        self._secret = secret
        self._last: dict[str, float] = {}
        self._clients: dict[str, httpx.Client] = {}
        self._trusted: set[str] = set()

    def __enter__(self) -> Self:
        """Keep the secret out of the log from here on."""
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(self._redact_record)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close all connections."""
        for name in _LOGGERS:
            logging.getLogger(name).removeFilter(self._redact_record)
        for client in self._clients.values():
            client.close()

    @property
    def has_secret(self) -> bool:
        """Whether an application id was given."""
        return self._secret is not None

    def trust(self, url: str) -> None:
        """Send the application id to the host of `url` from now on."""
        host = urlsplit(url).hostname or ""
        if host not in self._trusted and (client := self._clients.pop(host, None)):
            client.close()  # it does not send the id
        self._trusted.add(host)

    def redact(self, text: str) -> str:
        """Give `text` without the application id."""
        if self._secret is None:
            return text
        for form in {self._secret.text, quote(self._secret.text, safe="")}:
            text = text.replace(form, _HIDDEN)
        return text

    @contextmanager
    def get(self, url: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        """Open the answer to a GET request, redirects followed, body not read.

        Raises
        ------
        SourceError
            A redirect leads to an address that is not allowed, or in circles.
        httpx.TransportError
            The connection failed.
        """
        for _ in range(_REDIRECTS + 1):
            self._rest(url)
            try:
                with self._client(url).stream("GET", url, headers=headers) as response:
                    if not response.has_redirect_location:
                        yield response
                        return
                    location = response.headers["location"]
            finally:
                self._last[urlsplit(url).hostname or ""] = time.monotonic()
            url = self._next(url, location)
        raise SourceError(
            f"{self.redact(url)}: more than {_REDIRECTS} redirects; the address may "
            "have moved, see the page of the source."
        )

    def _redact_record(self, record: logging.LogRecord) -> bool:
        """Redact what a server echoes: httpcore logs the headers of answers."""
        text = record.getMessage()
        if self.redact(text) != text:
            record.msg, record.args = self.redact(text), ()
        return True

    def _next(self, url: str, location: str) -> str:
        target = self._without_secret(urljoin(url, location))  # httpx has parsed it
        old, new = urlsplit(url), urlsplit(target)
        is_same_host = old.hostname == new.hostname and old.scheme == new.scheme
        if new.scheme != "https" and not (is_same_host and new.scheme == "http"):
            raise SourceError(
                f"{url}: redirects to {self.redact(target)}, which is neither https "
                "nor the same host, so it was not followed; see the page of the "
                "source for its present address."
            )
        return target

    def _without_secret(self, url: str) -> str:
        """Take the application id out of an address that a server gave back."""
        parts = urlsplit(url)
        if self._secret is None or self._secret.text not in url:
            return url
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        query = urlencode([pair for pair in pairs if pair[0] != APPLICATION_ID])
        cleaned = urlunsplit(parts._replace(query=query))
        if self._secret.text in cleaned:
            raise SourceError(
                f"{self.redact(url)}: a redirect holds the application id, so it was "
                "not followed."
            )
        return cleaned

    def _rest(self, url: str) -> None:
        host = urlsplit(url).hostname or ""
        if host in self._last:
            due = self._last[host] + self._limits.pause_seconds
            time.sleep(max(0.0, due - time.monotonic()))

    def _client(self, url: str) -> httpx.Client:
        if not is_loopback(url) and urlsplit(url).scheme != "https":
            raise SourceError(f"{url}: only https addresses are fetched.")
        host = urlsplit(url).hostname or ""
        if host not in self._clients:
            self._clients[host] = httpx.Client(
                headers={"User-Agent": user_agent(), "Accept-Encoding": "identity"},
                timeout=httpx.Timeout(self._limits.timeout_seconds, connect=30.0),
                transport=self._transport(host, uses_environment=not is_loopback(url)),
            )
        return self._clients[host]

    def _transport(self, host: str, *, uses_environment: bool) -> httpx.BaseTransport:
        proxy = None
        if uses_environment and not proxy_bypass(host):
            proxy = getproxies().get("https")
        if proxy and "://" not in proxy:
            proxy = f"http://{proxy}"
        transport = httpx.HTTPTransport(
            verify=_certificates(uses_environment),
            proxy=proxy,
            trust_env=uses_environment,
        )
        if self._secret is None or host not in self._trusted:
            return transport
        return _AddsSecret(transport, self._secret)


@cache
def _certificates(uses_environment: bool) -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=uses_environment)


def retry_after_seconds(response: httpx.Response) -> float | None:
    """Seconds that a server asks to wait; None where it does not say."""
    text = response.headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        asked = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, asked.timestamp() - time.time())
