"""One HTTP/1.1 connection that stays open: as little client as can be, so that the server is what is measured."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

# Whoever waits this long for an answer has gone; it counts as an error.
SECONDS_TO_ANSWER = 60.0
LOST = 0  # the status of a request that was never answered


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its status (`LOST`: the connection broke), its body, and when the last byte was there."""

    status: int
    body: bytes
    at: float

    def document(self) -> dict[str, Any]:
        """The body as JSON."""
        return dict(json.loads(self.body))


Answered = Callable[[Reply], None]


class Connection(asyncio.Protocol):
    """Sends one request at a time and tells when its answer is complete.

    Understands what the product's server sends: a status line, headers with a content length, a body.
    """

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answered: Answered | None = None
        self._buffer = bytearray()
        self._status, self._body, self._end = LOST, 0, -1
        self._since = time.perf_counter()

    @property
    def idle(self) -> float:
        """Seconds since it was opened, or since its last answer was complete."""
        return time.perf_counter() - self._since

    @property
    def unanswered(self) -> bool:
        """Whether nothing has come of the present answer."""
        return not self._buffer

    @classmethod
    async def open(cls, address: str) -> Connection:
        """Connect to ``http://host:port``."""
        parts = urlsplit(address)
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(cls, parts.hostname or "", parts.port or 80)
        return connection

    def send(self, request: bytes, answered: Answered) -> None:
        """Send; ``answered`` is called once, by the event loop."""
        assert self._answered is None, "one request at a time"
        self._answered = answered
        if self._transport is None or self._transport.is_closing():
            self._finish(Reply(LOST, b"", time.perf_counter()))
        else:
            self._transport.write(request)

    async def ask(self, request: bytes) -> Reply:
        """Send and wait.

        Raises:
            TimeoutError: there is no answer.
        """
        waiting: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self.send(request, lambda reply: None if waiting.done() else waiting.set_result(reply))
        return await asyncio.wait_for(waiting, SECONDS_TO_ANSWER)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The event loop connected."""
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, error: Exception | None) -> None:
        """The other side hung up."""
        self._transport = None
        if self._answered is not None:
            self._finish(Reply(LOST, b"", time.perf_counter()))

    def data_received(self, data: bytes) -> None:
        """A part of the answer."""
        self._buffer += data
        if self._end < 0:
            head = self._buffer.find(b"\r\n\r\n")
            if head < 0:
                return
            self._body = head + 4
            self._status = int(self._buffer[9:12])
            self._end = self._body + _length(bytes(self._buffer[:head]))
        if len(self._buffer) >= self._end:
            body = bytes(self._buffer[self._body : self._end])
            del self._buffer[: self._end]
            self._end = -1
            self._finish(Reply(self._status, body, time.perf_counter()))

    def _finish(self, reply: Reply) -> None:
        answered, self._answered, self._since = self._answered, None, time.perf_counter()
        if answered is not None:
            answered(reply)


def get(path: str) -> bytes:
    """A request.

    >>> get("/healthz")
    b'GET /healthz HTTP/1.1\\r\\nhost: bench\\r\\n\\r\\n'
    """
    return f"GET {path} HTTP/1.1\r\nhost: bench\r\n\r\n".encode()


def post(path: str, document: object) -> bytes:
    """A request with a JSON body."""
    body = json.dumps(document).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return int(value)
    return 0
