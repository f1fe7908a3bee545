"""A running server changes to newer snapshots by itself, and has one made when it has followed the log for too long."""

from __future__ import annotations

import gc
import threading
import time
from typing import Protocol

import structlog

from twofold.domain.changes import Changes
from twofold.domain.errors import TwofoldError
from twofold.domain.ports import EventStore
from twofold.population.population import Population
from twofold.services.live import Live
from twofold.services.snapshots import SnapshotService

# Looking costs one reading of a folder with three entries.
SECONDS = 1.0
# A build that failed is not begun again at once: it reads much.
AGAIN_SECONDS = 60.0
# Python runs one thread at a time: so many changes are followed between two pauses, so that lists are made meanwhile.
PART, PAUSE_SECONDS = 200, 0.002

log = structlog.get_logger()


class Making(Protocol):
    """Makes a snapshot in another process."""

    @property
    def running(self) -> bool:
        """Whether it still does."""

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """Give up what is under way."""


class Renewal:
    """Looks every second for a newer snapshot, and lets `Live` serve from it.

    Mapping it, following the log up to now and computing what is computed once a day happen here, while the old one
    serves; `Live.change` swaps. What cannot be used is told once and left alone.

    Args:
        live: who serves.
        service: finds and loads snapshots.
        making: makes a new one once ``most`` changes were followed; of several servers on one machine one does.
        most: so many changes a process keeps in memory of its own; one is made for each new UTC day too.
    """

    def __init__(self, live: Live, service: SnapshotService, making: Making, most: int) -> None:
        self._live, self._service, self._making, self._most = live, service, making, most
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._not_before = 0.0

    def start(self) -> None:
        """Begin to look; again after `stop` too."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="twofold-snapshots")
        self._thread.start()

    def stop(self) -> None:
        """Stop looking; what is being made by a process of this server's is given up."""
        self._stop.set()
        self._making.stop()
        if self._thread is not None:
            self._thread.join()

    def look(self) -> bool:
        """Change to the newest snapshot if it is newer than what serves; else have one made, if it is time.

        Returns:
            Whether another population serves now.

        Raises:
            Unavailable: the log cannot be read; all stays as it is.
        """
        present = self._live.span
        if present is None:
            return False
        began, position = present
        population = self._service.newer(began, self._live.carried)
        if population is not None:
            return self._change(population)
        if position - began > self._most or self._live.outlived:
            self._make()
        return False

    def _change(self, population: Population) -> bool:
        started = time.perf_counter()
        follow(population, self._service.store, self._stop)
        changed = not self._stop.is_set() and self._live.change(population)
        if changed:
            gc.collect()  # the old one refers to itself: it would stay in memory until Python looks for such
            population.bring_in()  # after that, so that both are not in memory as a whole
        log.info(
            "snapshot changed" if changed else "snapshot not changed",
            position=population.began,
            seconds=round(time.perf_counter() - started, 3),
        )
        return changed

    def _make(self) -> None:
        now = time.monotonic()
        if self._making.running or now < self._not_before:
            return
        self._not_before = now + AGAIN_SECONDS
        self._making.start()

    def _watch(self) -> None:
        while not self._stop.wait(SECONDS):
            try:
                self.look()
            except (TwofoldError, OSError) as error:
                log.warning("no newer snapshot is looked for; it is tried again", why=str(error))


def follow(population: Population, store: EventStore, stop: threading.Event | None = None) -> None:
    """Bring a population that nobody reads yet up to the log's present end, giving way to whoever else runs.

    Raises:
        Unavailable: the log cannot be read.
    """
    changes: Changes = store.changes_after(population.position)
    for part in changes.parts(population.position, PART):
        if stop is not None and stop.wait(PAUSE_SECONDS):
            return
        population.apply(part)
