"""Load on servers: open-loop (requests come when they come, whatever the server does) and closed-loop.

Open-loop latency counts from the moment a request was meant to be sent: while a server stalls, all who would have come
meanwhile wait, and their waiting is counted (otherwise one slow answer would hide a hundred: coordinated omission).
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twofold.bench.http import LOST, SECONDS_TO_ANSWER, Connection, Reply
from twofold.domain.candidate import Doubles

OK = 200
# A server may close a connection that nobody uses, just when the next request is on its way: then it has not seen it.
IDLE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Ask:
    """One request and which of the workers it is for."""

    worker: int
    request: bytes


@dataclass(frozen=True, slots=True)
class Run:
    """What came of n requests.

    Args:
        seconds: (n,) from the intended moment to the last byte; NaN where there was no answer.
        late: (n,) how late each was sent, by the generator itself or for want of a free connection.
        status: (n,) HTTP status; 0 where there was no answer.
        worker: (n,) who was asked.
        bodies: of the answers, b"" where there was none.
        span: seconds from the first intended moment to the last answer.
    """

    seconds: Doubles
    late: Doubles
    status: NDArray[np.int64]
    worker: NDArray[np.int64]
    bodies: list[bytes]
    span: float

    def __len__(self) -> int:
        return len(self.status)

    @property
    def errors(self) -> int:
        """How many were not answered well."""
        return int((self.status // 100 != OK // 100).sum())

    @property
    def statuses(self) -> dict[str, int]:
        """How many answers had which HTTP status; 0 are those that never came."""
        found, counts = np.unique(self.status, return_counts=True)
        return {str(status): int(count) for status, count in zip(found.tolist(), counts.tolist(), strict=True)}

    @property
    def served(self) -> Doubles:
        """Seconds of those that were answered well."""
        return np.asarray(self.seconds[self.status // 100 == OK // 100])

    def per_worker(self, workers: int) -> list[int]:
        """How many each worker answered well."""
        served = self.worker[self.status // 100 == OK // 100]
        return [int(count) for count in np.bincount(served, minlength=workers)]


@dataclass(slots=True)
class _Log:
    """The run while it goes on."""

    asks: list[Ask] = field(default_factory=list)
    intended: list[float] = field(default_factory=list)
    sent: list[float] = field(default_factory=list)
    replies: list[Reply | None] = field(default_factory=list)

    def add(self, ask: Ask, intended: float) -> int:
        self.asks.append(ask)
        self.intended.append(intended)
        self.sent.append(intended)
        self.replies.append(None)
        return len(self.asks) - 1

    def run(self) -> Run:
        """What was logged; who was never answered is an error."""
        replies = [Reply(LOST, b"", float("nan")) if reply is None else reply for reply in self.replies]
        status = np.array([reply.status for reply in replies], np.int64)
        intended, at = np.array(self.intended, np.float64), np.array([reply.at for reply in replies], np.float64)
        seconds = np.where(status == LOST, np.nan, at - intended)
        span = float(np.nanmax(at) - intended[0]) if len(at) and not np.isnan(at).all() else 0.0
        return Run(
            seconds=seconds,
            late=np.array(self.sent, np.float64) - intended,
            status=status,
            worker=np.array([ask.worker for ask in self.asks], np.int64),
            bodies=[reply.body for reply in replies],
            span=span,
        )


class _Lane:
    """The connections to one worker; requests that find none free wait in line."""

    def __init__(self, address: str, log: _Log, idle: Callable[[_Lane], None]) -> None:
        self._address, self._log, self._idle = address, log, idle
        self._free: list[Connection] = []
        self._all: list[Connection] = []
        self._line: deque[int] = deque()
        self._mending: set[asyncio.Task[None]] = set()
        self._repeated: set[int] = set()
        self.busy = 0

    async def open(self, connections: int) -> None:
        self._all = list(await asyncio.gather(*(Connection.open(self._address) for _ in range(connections))))
        self._free = list(self._all)

    def close(self) -> None:
        for task in self._mending:
            task.cancel()
        for each in self._all:
            each.close()

    @property
    def quiet(self) -> bool:
        return not self.busy and not self._line

    def put(self, place: int) -> None:
        if self._free:
            self._send(self._free.pop(), place)
        else:
            self._line.append(place)

    def _send(self, connection: Connection, place: int) -> None:
        self.busy += 1
        self._log.sent[place] = time.perf_counter()
        request = self._log.asks[place].request
        safe = request.startswith(b"GET ") and connection.idle >= IDLE_SECONDS and place not in self._repeated
        connection.send(request, lambda reply: self._answered(connection, place, reply, safe))

    def _answered(self, connection: Connection, place: int, reply: Reply, safe: bool) -> None:
        """``safe``: the request may be sent once more, if the connection was closed while nobody used it."""
        self.busy -= 1
        if reply.status == LOST and safe and connection.unanswered:
            self._repeated.add(place)
            self._line.appendleft(place)
        else:
            self._log.replies[place] = reply
        if reply.status == LOST:
            self._all.remove(connection)
            task = asyncio.ensure_future(self._mend())
            self._mending.add(task)
            task.add_done_callback(self._mending.discard)
        else:
            self._release(connection)

    def _release(self, connection: Connection) -> None:
        if self._line:
            self._send(connection, self._line.popleft())
        else:
            self._free.append(connection)
            self._idle(self)

    async def _mend(self) -> None:
        """Connect again, in place of a connection that broke."""
        while True:
            try:
                connection = await Connection.open(self._address)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                self._all.append(connection)
                self._release(connection)
                return


@asynccontextmanager
async def _lanes(
    addresses: Sequence[str], connections: int, log: _Log, idle: Callable[[_Lane], None]
) -> AsyncIterator[list[_Lane]]:
    lanes = [_Lane(address, log, idle) for address in addresses]
    try:
        for lane in lanes:
            await lane.open(connections)
        yield lanes
    finally:
        for lane in lanes:
            lane.close()


async def open_loop(addresses: Sequence[str], asks: Sequence[Ask], rate: float, connections: int = 64) -> Run:
    """Send ``rate`` requests a second, evenly, over so many connections in all; never waits for an answer."""
    log = _Log()
    finished = asyncio.Event()
    loop = asyncio.get_running_loop()
    async with _lanes(addresses, -(-connections // len(addresses)), log, lambda _: None) as lanes:
        start = time.perf_counter() + 0.05

        def tick(place: int) -> None:
            if place < 0:
                finished.set()
            else:
                lanes[asks[place].worker].put(log.add(asks[place], start + place / rate))

        pacer = threading.Thread(target=_pace, args=(loop, tick, start, len(asks), rate), daemon=True)
        pacer.start()
        await finished.wait()
        await _drained(lanes)
    return log.run()


async def closed_loop(addresses: Sequence[str], asks: Iterator[Ask], seconds: float, connections: int) -> Run:
    """As many requests as are answered: each of the connections to each worker sends the next one at once.

    ``asks`` of any worker: the next one is sent to whoever is free. Ends after so many seconds, or with the asks.
    """
    log = _Log()
    until = time.perf_counter() + seconds

    def feed(lane: _Lane) -> None:
        now = time.perf_counter()
        ask = next(asks, None) if now < until else None
        if ask is not None:
            lane.put(log.add(Ask(places[id(lane)], ask.request), now))

    async with _lanes(addresses, connections, log, feed) as lanes:
        places = {id(lane): place for place, lane in enumerate(lanes)}
        for lane in lanes:
            for _ in range(connections):
                feed(lane)
        await _drained(lanes, seconds)
    return log.run()


async def _drained(lanes: Sequence[_Lane], seconds: float = 0.0) -> None:
    """Until all have been answered, or given up on; new ones may come for so many seconds."""
    given_up = time.perf_counter() + seconds + SECONDS_TO_ANSWER
    while any(not lane.quiet for lane in lanes) and time.perf_counter() < given_up:
        await asyncio.sleep(0.002)


def _pace(loop: asyncio.AbstractEventLoop, tick: Callable[[int], None], start: float, count: int, rate: float) -> None:
    """Call ``tick`` in the event loop at each intended moment: a thread's sleep is exact to some 0.1 ms, the loop's own
    timers to a whole one."""
    for place in [*range(count), -1]:
        wait = start + max(place, 0) / rate - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        loop.call_soon_threadsafe(tick, place)
