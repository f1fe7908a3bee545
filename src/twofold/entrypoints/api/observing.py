"""What every request has in common: an id, a count and a time by route, and a last resort when all else fails."""

from __future__ import annotations

import time
import traceback
from http import HTTPMethod
from os import urandom

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from twofold.entrypoints.api.problems import INTERNAL
from twofold.observability import Metrics

REQUEST_ID = "X-Request-ID"
# As nginx counts a client that went away before its answer.
CLIENT_GONE = 499
METHODS = frozenset(HTTPMethod)
ID_BYTES = 16
# As ASGI has them.
_NAME, _NO_STORE = REQUEST_ID.lower().encode(), (b"cache-control", b"no-store")

log = structlog.get_logger()


class Observing:
    """Middleware around everything else.

    Requests are counted by the template of their route, never by their path: paths hold people's ids.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and count what was answered."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start, answer = time.perf_counter(), _Answer(send, urandom(ID_BYTES).hex())
        before = structlog.contextvars.bind_contextvars(request_id=answer.request_id)
        try:
            await self._answer(scope, receive, answer)
        finally:
            structlog.contextvars.reset_contextvars(**before)
            self._count(scope, answer.status, time.perf_counter() - start)

    async def _answer(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        try:
            await self.app(scope, receive, answer)
        except ClientDisconnect:
            answer.status = answer.status or CLIENT_GONE
        except Exception as error:  # noqa: BLE001 - the last resort: whatever it is, the client gets a problem
            _log(scope, error)
            if not answer.status:
                await INTERNAL.response()(scope, receive, answer)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in METHODS else "other"
        self.metrics.saw_request(route_of(scope), method, str(status or CLIENT_GONE), seconds)


class _Answer:
    """A `send` that notes the status and adds the headers every answer has."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send, self.request_id, self.status = send, request_id, 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = message["headers"] = list(message["headers"])
            given = {name for name, _ in headers}
            headers += [each for each in ((_NAME, self.request_id.encode()), _NO_STORE) if each[0] not in given]
        await self._send(message)


def route_of(scope: Scope) -> str:
    """The template of the route that took a request; ``none`` when none did."""
    route = scope.get("route")
    return str(getattr(route, "path_format", None) or getattr(route, "path", "none"))


def _log(scope: Scope, error: Exception) -> None:
    """What failed and where; without the message, which may hold what was sent."""
    frames = [f"{each.filename}:{each.lineno} {each.name}" for each in traceback.extract_tb(error.__traceback__)]
    log.error("request failed", route=route_of(scope), error=type(error).__name__, frames=frames[-12:])
