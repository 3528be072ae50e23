"""A server on the loopback that publishes files and breaks in every way asked for.

Its archives and lists are format-synthetic: official names and first lines, made-up
bytes.
"""

import io
import random
import re
import socket
import struct
import threading
import time
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

KASO_PATH = "/ksj/gml/data/A17/A17-17/A17-17_{code}_GML.zip"
MESH_LIST_PATH = "/data/mesh/csv/{code}.csv"
CENSUS_PATH = "/gis/statmap-search/data"


def kaso_archive(code="13", size=200_000, seed=1):
    """An archive named and laid out like A17 of one prefecture."""
    return archive({f"A17-17_{code}_GML/A17-17_{code}.shp": size}, seed)


def archive(members, seed=1):
    """A zip of incompressible members, name to size."""
    noise = random.Random(seed)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, size in members.items():
            info = zipfile.ZipInfo(name, (2017, 4, 1, 0, 0, 0))
            made.writestr(info, noise.randbytes(size))
    return buffer.getvalue()


def mesh_list(rows=200):
    """A list of mesh codes by municipality, in the Statistics Bureau's form."""
    lines = ["都道府県市区町村コード,市区町村名,基準メッシュ・コード"]
    lines += [f"13101,千代田区,{53394500 + row}" for row in range(rows)]
    return "".join(line + "\r\n" for line in lines).encode("cp932")


@dataclass(frozen=True)
class Answer:
    """How one request is answered; by default honestly.

    breaks_after: bytes of the body after which the connection is reset.
    length_lie: added to the announced length.
    has_length: the length is announced; else the end of the connection ends the body.
    """

    status: int = 200
    headers: dict = field(default_factory=dict)
    body: bytes | None = None
    breaks_after: int | None = None
    length_lie: int = 0
    has_length: bool = True
    ignores_range: bool = False
    etag: str | None = '"v1"'
    is_chunked: bool = False
    chunk: int = 1 << 16
    chunk_seconds: float = 0.0


HONEST = Answer()


class BrokenServer(ThreadingHTTPServer):
    """Publishes contents by path; each request takes the next of the path's answers."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.contents = {}
        self.answers = defaultdict(list)
        self.last = defaultdict(lambda: HONEST)
        self.requests = []
        self.sent_count = 0
        self.lock = threading.Lock()

    @property
    def base_url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def publish(self, path, content, *answers, then=HONEST):
        self.contents[path] = content
        self.answers[path] = list(answers)
        self.last[path] = then

    def next_answer(self, path):
        with self.lock:
            waiting = self.answers[path]
            return waiting.pop(0) if waiting else self.last[path]

    def ranges(self):
        return [request.headers.get("Range") for request in self.requests]

    def handle_error(self, request, client_address):
        """A client that goes away is what these tests are about."""


@dataclass(frozen=True)
class Request:
    path: str
    query: dict
    headers: dict
    at: float


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        url = urlsplit(self.path)
        self.server.requests.append(
            Request(url.path, parse_qs(url.query), dict(self.headers), time.monotonic())
        )
        content = self.server.contents.get(url.path)
        if content is None:
            self._send(404, {}, b"not here", HONEST)
            return
        answer = self.server.next_answer(url.path)
        if answer.status != 200:
            self._send(answer.status, answer.headers, answer.body or b"no", answer)
            return
        self._send_file(content if answer.body is None else answer.body, answer)

    def _send_file(self, body, answer):
        headers = dict(answer.headers)
        if answer.etag:
            headers["ETag"] = answer.etag
        start = 0 if answer.ignores_range else self._asked_start(answer.etag)
        if start >= len(body) and start:
            headers["Content-Range"] = f"bytes */{len(body)}"
            self._send(416, headers, b"", answer)
        elif start:
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
            self._send(206, headers, body[start:], answer)
        else:
            self._send(200, headers, body, answer)

    def _asked_start(self, etag):
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        condition = self.headers.get("If-Range")
        if asked is None or (condition is not None and condition != etag):
            return 0
        return int(asked[1])

    def _send(self, status, headers, body, answer):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if answer.is_chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif answer.has_length:
            self.send_header("Content-Length", str(len(body) + answer.length_lie))
        if answer.length_lie or not answer.has_length:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self._write(body, answer)

    def _write(self, body, answer):
        whole = body if answer.breaks_after is None else body[: answer.breaks_after]
        for start in range(0, len(whole), answer.chunk):
            piece = whole[start : start + answer.chunk]
            if answer.is_chunked:
                piece = b"%x\r\n%b\r\n" % (len(piece), piece)
            self.wfile.write(piece)
            self.wfile.flush()
            self.server.sent_count += len(piece)
            time.sleep(answer.chunk_seconds)
        if answer.breaks_after is not None:
            self._reset()
        elif answer.is_chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _reset(self):
        time.sleep(0.05)  # let the bytes arrive: a reset throws away those on the way
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        self.connection.close()


@contextmanager
def serving() -> Iterator[BrokenServer]:
    """The server, stopped at the end."""
    with BrokenServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(5)
