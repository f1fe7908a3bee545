"""Lists over HTTP: latency at a fixed rate, throughput, cached reads, time per stage, memory."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from twofold.bench.freshness import FreshRow, freshness
from twofold.bench.load import Run, closed_loop, open_loop
from twofold.bench.memory import Memory
from twofold.bench.preparation import prepared
from twofold.bench.spread import Spread
from twofold.bench.viewers import Viewers, endless, spread_evenly

CONNECTIONS = 64
OTHER_SHARES = (0.0, 0.20)  # of viewers without a limit of distance, beside the one asked for
RAMP = (1, 2, 4, 8, 16, 32)  # connections to a worker
WARM_UP = 100  # lists per worker before anything counts
FRESH_TRIES = 20
BEHIND = 1.1  # of the time in which the requests came
STEP_SHARE, LONGEST_STEP = 0.2, 5.0  # each step of the ramp lasts this share of the whole, in seconds at most

Done = Callable[[str, float], None]


class LoadRow(msgspec.Struct, frozen=True, kw_only=True):
    """Open-loop load.

    Args:
        what: which lists.
        rate: requests a second; all workers together.
        ms: from the intended moment to the last byte.
        errors: not answered, or not with 200; ``statuses`` says how many answers had which status, 0 is none.
        cached: of what was to be made anew came from the cache, or the other way round.
        late_ms: p99 of how late requests were sent, for which waiting for a connection counts too.
        per_worker: how many each answered.
        behind: the last answer came so late that the servers cannot have kept up with the rate.
    """

    what: str
    unlimited: float
    rate: float
    ms: Spread
    errors: int
    statuses: dict[str, int]
    cached: int
    late_ms: float
    per_worker: list[int]
    behind: bool


class SaturationRow(msgspec.Struct, frozen=True, kw_only=True):
    """Closed-loop load: each connection asks for the next list as soon as it has one."""

    workers: int
    connections: int
    lists_per_second: float
    per_worker: float
    ms: Spread
    errors: int


class BesideRow(msgspec.Struct, frozen=True, kw_only=True):
    """The load of the first row while a training runs on the same machine.

    Args:
        seconds: for which the training ran, or was watched.
        ratio_p50, ratio_p99: to the first row.
    """

    rate: float
    seconds: float
    ms: Spread
    errors: int
    ratio_p50: float
    ratio_p99: float


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured of running servers. ``stages``: `timings_ms` of the answers of the first row."""

    loads: list[LoadRow]
    cached: LoadRow
    stages: dict[str, Spread]
    saturation: list[SaturationRow]
    memory: Memory | None
    fresh: list[FreshRow]
    repeats: int


@dataclass(frozen=True, slots=True)
class Serving:
    """Servers and what to ask of them.

    Args:
        addresses, pids: of the workers.
        people: in the world.
        rate: requests a second.
        seconds: of each row.
        unlimited: share of viewers without a limit of distance in the first row.
        done: told what goes on.
    """

    addresses: Sequence[str]
    pids: Sequence[int]
    viewers: Viewers
    people: int
    rate: float
    seconds: float
    unlimited: float
    done: Done

    def measure(self) -> Measured:
        """Everything, one after the other."""
        return asyncio.run(self._measure())

    def beside(self, going_on: Callable[[], bool], first: LoadRow) -> BesideRow:
        """The first row's load for as long as something else goes on; in a few seconds at once."""
        return asyncio.run(self._beside(going_on, first))

    async def _beside(self, going_on: Callable[[], bool], first: LoadRow) -> BesideRow:
        start = time.perf_counter()
        runs: list[Run] = []
        some = round(self.rate * min(self.seconds, LONGEST_STEP))
        while going_on() or not runs:
            self.done("lists beside a training", 0.0)
            runs.append(await self._load(self.viewers.draw(max(1, some), self.unlimited)))
        ms = Spread.of(np.concatenate([run.served for run in runs]))
        return BesideRow(
            rate=self.rate,
            seconds=round(time.perf_counter() - start, 1),
            ms=ms,
            errors=sum(run.errors for run in runs),
            ratio_p50=round(ms.p50 / first.ms.p50, 2),
            ratio_p99=round(ms.p99 / first.ms.p99, 2),
        )

    async def _measure(self) -> Measured:
        await self._warm_up()
        loads, runs = [], []
        for share in (self.unlimited, *(each for each in OTHER_SHARES if each != self.unlimited)):
            self.done(f"lists at {self.rate:g}/s, {share:.0%} without limit", 0.0)
            run = await self._load(self._paths(share))
            loads.append(self._row("made anew", share, run, cached=False))
            runs.append(run)
        self.done("cached lists", 0.0)
        cached = await self._cached()
        saturation = [row async for row in self._saturation()]
        memory = Memory.of(self.pids, self.people)
        self.done("freshness", 0.0)
        fresh = await freshness(self.addresses, self.viewers.draw(FRESH_TRIES * 2, 0.0))
        return Measured(
            loads=loads,
            cached=cached,
            stages=stages(runs[0]),
            saturation=saturation,
            memory=memory,
            fresh=fresh,
            repeats=self.viewers.repeats,
        )

    def _paths(self, share: float) -> list[str]:
        return self.viewers.draw(max(1, round(self.rate * self.seconds)), share)

    async def _load(self, paths: list[str]) -> Run:
        return await open_loop(self.addresses, spread_evenly(paths, len(self.addresses)), self.rate, CONNECTIONS)

    async def _warm_up(self) -> None:
        self.done("warm up", 0.0)
        for address in self.addresses:
            await prepared(address)
        asks = iter(spread_evenly(self.viewers.draw(WARM_UP * len(self.addresses), self.unlimited), 1))
        await closed_loop(self.addresses, asks, self.seconds, 2)

    async def _cached(self) -> LoadRow:
        """The same lists once to have them, and again at the rate."""
        paths = self._paths(self.unlimited)
        for _ in range(2):
            run = await self._load(paths)
        return self._row("cached", self.unlimited, run, cached=True)

    def _row(self, what: str, share: float, run: Run, cached: bool) -> LoadRow:
        return LoadRow(
            what=what,
            unlimited=share,
            rate=self.rate,
            ms=Spread.of(run.served),
            errors=run.errors,
            statuses=run.statuses,
            cached=sum(each != cached for each in map(_from_cache, run.bodies) if each is not None),
            late_ms=Spread.of(run.late).p99,
            per_worker=run.per_worker(len(self.addresses)),
            behind=run.span > BEHIND * max(len(run) / self.rate, 1.0),
        )

    async def _saturation(self) -> AsyncIterator[SaturationRow]:
        """One worker alone with more and more connections, then all of them with as many as served that one best."""
        span = min(LONGEST_STEP, max(0.2, self.seconds * STEP_SHARE))
        best: SaturationRow | None = None
        for connections in RAMP:
            self.done("saturation, one worker", connections / RAMP[-1])
            row = await self._saturated(self.addresses[:1], connections, span)
            best = row if best is None or row.lists_per_second > best.lists_per_second else best
            yield row
        assert best is not None
        if len(self.addresses) > 1:
            self.done("saturation, all workers", 0.0)
            yield await self._saturated(self.addresses, best.connections, span)

    async def _saturated(self, addresses: Sequence[str], connections: int, span: float) -> SaturationRow:
        run = await closed_loop(addresses, endless(self.viewers, self.unlimited), span, connections)
        served = len(run.served) / max(run.span, 1e-9)
        return SaturationRow(
            workers=len(addresses),
            connections=connections,
            lists_per_second=round(served, 1),
            per_worker=round(served / len(addresses), 1),
            ms=Spread.of(run.served),
            errors=run.errors,
        )


def stages(run: Run) -> dict[str, Spread]:
    """The spread of each stage that the answers tell."""
    spent: dict[str, list[float]] = {}
    for body in run.bodies:
        for stage, ms in _timings(body).items():
            spent.setdefault(stage, []).append(ms / 1e3)
    return {stage: Spread.of(each) for stage, each in spent.items()}


def _from_cache(body: bytes) -> bool | None:
    """Whether a list came from the cache; None when the body is none."""
    timings = _timings(body)
    return "cache" in timings if timings else None


def _timings(body: bytes) -> dict[str, float]:
    try:
        document = json.loads(body)
    except ValueError:
        return {}
    found = document.get("timings_ms") if isinstance(document, dict) else None
    return dict(found) if isinstance(found, dict) else {}
