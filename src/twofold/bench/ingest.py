"""Events over HTTP: how many a second in batches, and how long a single block waits meanwhile."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import msgspec
import numpy as np

from twofold.bench.http import post
from twofold.bench.load import Ask, Run, closed_loop, open_loop
from twofold.bench.spread import Spread
from twofold.domain.candidate import Keys
from twofold.domain.event import EventKind

KINDS = (EventKind.LIKE, EventKind.DISLIKE, EventKind.PASS, EventKind.VIEW)
BLOCKS_PER_SECOND = 20.0
BLOCKS_AT_ONCE = 0.5  # seconds of blocks sent before asking whether batches are still coming
SPREAD_SECONDS = 86_400  # batches bring the last day, in no order: as apps flush what they collected
AT_MOST = 3_600.0  # seconds; the events end it


class IngestReport(msgspec.Struct, frozen=True, kw_only=True):
    """Batches in a closed loop of so many clients, single blocks at a fixed rate beside them.

    Args:
        log: events stored before.
        events: sent, each with a random client id, and acknowledged after their commit.
        batch, clients: events a batch; how many send at once.
        commit_ms: of a batch, from sending to its acknowledgement.
        block_ms: of a block, from the moment it was meant to be sent.
        alone_ms: the same while nothing else is written.
        errors: batches and blocks that were not accepted.
    """

    log: int
    events: int
    batch: int
    clients: int
    seconds: float
    events_per_second: float
    commit_ms: Spread
    block_ms: Spread
    alone_ms: Spread
    errors: int


@dataclass(frozen=True, slots=True)
class Ingest:
    """A server, and what is sent to it.

    Args:
        people: keys of whoever may act and be acted on, with ``person_id`` their ids.
        log: events that are stored there already.
    """

    address: str
    people: Keys
    person_id: Callable[[int], str]
    log: int
    events: int
    batch: int
    clients: int
    rng: np.random.Generator

    def measure(self) -> IngestReport:
        """Everything."""
        return asyncio.run(self._measure())

    async def _measure(self) -> IngestReport:
        batches = [self._batch() for _ in range(-(-self.events // self.batch))]
        alone = await self._blocks(1.0)
        over = asyncio.Event()
        blocks = asyncio.ensure_future(self._blocks_until(over))
        run = await closed_loop([self.address], iter(batches), AT_MOST, self.clients)
        over.set()
        beside = await blocks
        sent = int((run.status == 200).sum()) * self.batch
        return IngestReport(
            log=self.log,
            events=sent,
            batch=self.batch,
            clients=self.clients,
            seconds=round(run.span, 3),
            events_per_second=round(sent / max(run.span, 1e-9), 1),
            commit_ms=Spread.of(run.served),
            block_ms=Spread.of(np.concatenate([each.served for each in beside])),
            alone_ms=Spread.of(alone.served),
            errors=run.errors + alone.errors + sum(each.errors for each in beside),
        )

    async def _blocks_until(self, over: asyncio.Event) -> list[Run]:
        """Blocks for as long as batches are sent."""
        runs = [await self._blocks(BLOCKS_AT_ONCE)]
        while not over.is_set():
            runs.append(await self._blocks(BLOCKS_AT_ONCE))
        return runs

    async def _blocks(self, seconds: float) -> Run:
        asks = list(islice(self._block_asks(), max(1, round(seconds * BLOCKS_PER_SECOND))))
        return await open_loop([self.address], asks, BLOCKS_PER_SECOND, 8)

    def _block_asks(self) -> Iterator[Ask]:
        while True:
            actor, target = self._pairs(1)
            event = {"actor": actor[0], "target": target[0], "kind": EventKind.BLOCK.label, "id": uuid.uuid4().hex}
            yield Ask(0, post("/v1/events", event))

    def _batch(self) -> Ask:
        actors, targets = self._pairs(self.batch)
        kinds = self.rng.integers(len(KINDS), size=self.batch).tolist()
        moments = (time.time() - self.rng.random(self.batch) * SPREAD_SECONDS).round(6).tolist()
        ids = self.rng.bytes(16 * self.batch).hex()
        events = [
            {"actor": actor, "target": target, "kind": KINDS[kind].label, "at": at, "id": ids[place : place + 32]}
            for actor, target, kind, at, place in zip(
                actors, targets, kinds, moments, range(0, len(ids), 32), strict=True
            )
        ]
        return Ask(0, post("/v1/events/batch", {"events": events}))

    def _pairs(self, count: int) -> tuple[list[str], list[str]]:
        """Ids of actors and of others than them."""
        actor = self.rng.integers(len(self.people), size=count)
        target = (actor + self.rng.integers(1, len(self.people), size=count)) % len(self.people)
        actors, targets = (self.people[side].tolist() for side in (actor, target))
        return list(map(self.person_id, actors)), list(map(self.person_id, targets))
