"""What was shown is written down, after the answer and without ever holding it up."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection
from dataclasses import replace
from hashlib import blake2b
from itertools import chain

from twofold.domain.errors import TwofoldError, Unavailable
from twofold.domain.impression import Impression
from twofold.domain.ports import ImpressionSink
from twofold.pipeline.query import Query

# About 0.5 kB a row: at most 50 MB wait for a database that is away.
MOST_WAITING = 100_000
# Rows of one commit, which holds the write lock that events need too: some 10 ms on SQLite.
BATCH = 1_000
# Lists that come within this time share a commit.
LINGER_S = 0.25
FIRST_RETRY_S, LAST_RETRY_S = 0.1, 5.0

List = Collection[Impression]


class ImpressionLog:
    """An outbox in memory: lists wait in it until the store has taken them.

    While the process lives nothing is lost, unless more waits than it may hold; then the oldest lists are dropped and
    counted. `close` writes what waits, so a normal stop loses nothing either.

    Args:
        store: where impressions are kept.
        sample: the share of lists that keep their feature values, chosen by the request id, so that all rows of a list
            (and all who ask) agree.
        most: so many rows may wait.
        linger_s: how long the first list waits for others to share its commit.

    >>> from twofold.storage.memory import MemoryStore
    >>> log = ImpressionLog(MemoryStore(), sample=0.01)
    >>> log.close(), log.written, log.dropped
    (0, 0, 0)
    """

    name = "impressions"

    def __init__(
        self,
        store: ImpressionSink,
        sample: float = 0.01,
        most: int = MOST_WAITING,
        linger_s: float = LINGER_S,
        retry_s: float = FIRST_RETRY_S,
    ) -> None:
        self._store, self._sample, self._most = store, sample, most
        self._linger_s, self._retry_s = linger_s, retry_s
        self._lists: deque[List] = deque()
        self._change = threading.Condition()
        self._closing, self._giving_up = threading.Event(), threading.Event()
        self._queued = self._in_flight = self._written = self._dropped = 0
        self._writer: threading.Thread | None = None
        self._at_work = False  # the writer waits for a list or writes some; it does not end

    @property
    def waiting(self) -> int:
        """Rows not written yet."""
        return self._queued + self._in_flight

    @property
    def written(self) -> int:
        """Rows the store has taken."""
        return self._written

    @property
    def dropped(self) -> int:
        """Rows given up: more waited than may, or the store refused them for good."""
        return self._dropped

    def after(self, query: Query, shown: List) -> None:
        """Queue a list that was shown; returns at once. Its rows are made by the writer."""
        rows = len(shown)
        if not rows:
            return
        with self._change:
            self._lists.append(shown)
            self._queued += rows
            if self._queued + self._in_flight > self._most:
                self._trim()
            # While others wait the writer is at work.
            if len(self._lists) == 1 or not self._at_work:
                self._wake()

    def sampled(self, request_id: str) -> bool:
        """Whether what the ranker saw is recorded with a list."""
        return in_sample(request_id, self._sample)

    def close(self, timeout_s: float = 10.0) -> int:
        """Write what waits and stop; how many rows could not be written in the time (0 when all is well)."""
        self._closing.set()
        with self._change:
            self._wake()
            writer = self._writer
        if writer is not None:
            writer.join(timeout_s)
        self._giving_up.set()
        return self.waiting

    def _wake(self) -> None:
        """See to it that a writer is at work; one that something unforeseen ended is replaced."""
        if self._lists and (self._writer is None or not self._writer.is_alive()):
            self._at_work = True
            self._writer = threading.Thread(target=self._run, daemon=True, name="twofold-impressions")
            self._writer.start()
        self._change.notify()

    def _run(self) -> None:
        try:
            self._write()
        finally:
            with self._change:
                self._at_work = self._writer not in (None, threading.current_thread())

    def _write(self) -> None:
        pause = self._retry_s
        while batch := self._next_batch():
            try:
                done = self._deliver(batch)
            finally:
                self._put_back(batch)
            if done:
                pause = self._retry_s
                continue
            # Closing cuts a pause short once, to try at once; from then on only giving up does.
            stop = self._giving_up if self._closing.is_set() else self._closing
            if stop.wait(pause) and stop is self._giving_up:
                return
            pause = min(pause * 2, LAST_RETRY_S)

    def _next_batch(self) -> list[List]:
        """The oldest lists, as many as share a commit; none when there is nothing left to do."""
        with self._change:
            while not self._lists and not self._closing.is_set():
                self._change.wait()
        self._closing.wait(self._linger_s)
        with self._change:
            batch: list[List] = []
            while self._lists and self._in_flight < BATCH:
                batch.append(self._lists.popleft())
                self._in_flight += len(batch[-1])
                self._queued -= len(batch[-1])
            if not batch:
                self._writer = None
            return batch

    def _deliver(self, batch: list[List]) -> bool:
        """Whether the batch is done with; False: try again later."""
        rows = [row if row.features is None else self._sampled(row) for row in chain.from_iterable(batch)]
        try:
            self._store.add_impressions(rows)
        except Unavailable:
            return False
        except TwofoldError:
            self._settle(dropped=len(rows))
        else:
            self._settle(written=len(rows))
        return True

    def _settle(self, written: int = 0, dropped: int = 0) -> None:
        with self._change:
            self._written += written
            self._dropped += dropped
            self._in_flight = 0

    def _put_back(self, batch: list[List]) -> None:
        """What was not settled waits again, in its old place."""
        with self._change:
            if self._in_flight:
                self._lists.extendleft(reversed(batch))
                self._queued += self._in_flight
                self._in_flight = 0
                self._trim()

    def _trim(self) -> None:
        while self._lists and self.waiting > self._most:
            oldest = len(self._lists.popleft())
            self._queued -= oldest
            self._dropped += oldest

    def _sampled(self, row: Impression) -> Impression:
        return row if self.sampled(row.request_id) else replace(row, features=None)


def in_sample(request_id: str, share: float) -> bool:
    """Whether a list is one of the sample; the same for everyone who asks.

    >>> in_sample("any", 1.0), in_sample("any", 0.0)
    (True, False)
    """
    digest = blake2b(request_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") < share * 2**64
