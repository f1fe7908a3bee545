"""The server process: takes an address, loads everyone, says where it listens, and stops without losing anything."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import uvicorn

from twofold.bootstrap import Twofold, assemble
from twofold.domain.errors import Unavailable
from twofold.entrypoints.api.app import create_app
from twofold.settings import Settings

Announce = Callable[[str], None]

# Enough for a handful of installations on one machine; more in a row being taken means something else is wrong.
PORTS_TRIED = 20
HIGHEST_PORT = 65_535
# Requests under way may end by themselves for so long; the slowest, a batch into a busy database, waits 15 s.
SECONDS_TO_FINISH = 20


def serve(settings: Settings, announce: Announce, *, twofold: Twofold | None = None) -> None:
    """Serve until SIGINT or SIGTERM, then finish what is under way and return.

    Args:
        settings: ``host`` and ``port`` say where; when the port is taken, the next free one serves. Port 0 takes any.
        announce: called once with the address (``http://127.0.0.1:8000``) when requests are answered.
        twofold: the assembled product, closed at the end; None assembles it from the settings.

    Raises:
        Unavailable: no port is free, the address is not this machine's, or the start failed.
        OSError: ``announce`` raised it; the server has ended in order.
    """
    listener = listen(settings.host, settings.port)
    with listener:
        app = create_app(twofold or assemble(settings))
        server = Announcing(_config(app), lambda: announce(address_of(listener)))
        # uvicorn ends with SystemExit when the start failed; what failed has been logged by then.
        with _stop_signals(), suppress(SystemExit):
            server.run(sockets=[listener])
    if server.deaf is not None:
        raise server.deaf
    if not server.started:
        raise Unavailable("the server could not start; the log says why")


def listen(host: str, port: int) -> socket.socket:
    """A listening socket on the port, or on the next free one after it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    ports = [0] if port == 0 else range(port, min(port + PORTS_TRIED, HIGHEST_PORT + 1))
    for each in ports:
        try:
            return socket.create_server((host, each), family=family, backlog=2_048)
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                continue
            raise Unavailable("the server cannot listen on this host; give an address of this machine") from None
    raise Unavailable(f"none of {len(ports)} ports from the one given on is free; give another port (0 takes any)")


def address_of(listener: socket.socket) -> str:
    """The URL at which a listening socket is reached.

    >>> with listen("127.0.0.1", 0) as listener:
    ...     address_of(listener).startswith("http://127.0.0.1:")
    True
    """
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Announcing(uvicorn.Server):
    """A server that tells when it answers requests."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready
        self.deaf: OSError | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start; then tell. When nobody can be told (a closed pipe), end in order."""
        await super().startup(sockets)
        try:
            if self.started:
                await asyncio.to_thread(self._ready)
        except OSError as error:
            self.deaf, self.should_exit = error, True


def _config(app: Callable[..., object]) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="on",
        ws="none",
        log_config=None,
        log_level="warning",
        access_log=False,  # paths hold people's ids
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=SECONDS_TO_FINISH,
    )


@contextmanager
def _stop_signals() -> Iterator[None]:
    """Signals that stop the server only stop the server: uvicorn raises them again once it has stopped."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {each: signal.signal(each, _stopped) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _stopped(_number: int, _frame: object) -> None:
    """The server has stopped already."""
