"""Everyone from the newest snapshot that can be used, or else from the log."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog

from twofold.domain.errors import Damaged
from twofold.domain.time import Clock, system_clock
from twofold.features.everybody import begin_day
from twofold.population.population import Population
from twofold.population.replay import Log, replay
from twofold.population.snapshot import Snapshots

# Four times what a server follows before a new one is made; following more may cost more than reading the whole log.
MOST_BEHIND = 2_000_000

log = structlog.get_logger()
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class SnapshotService:
    """Makes snapshots of a log, and starts from them.

    Args:
        store: whose log.
        snapshots: where they lie.
        refused: names of those that could not be used: each is told and read once.
        clock: says for which day snapshots are made.
    """

    store: Log
    snapshots: Snapshots
    refused: set[str] = field(default_factory=set)
    clock: Clock = system_clock

    def everyone(self) -> Population:
        """Everyone as of some position of the log; what came after is to be followed.

        A snapshot that is damaged, of another release or database, or too old is told in the server's log and left
        alone, and the one before it is tried; without any the whole log is read.
        """
        found = self.newer(-1)
        return replay(self.store) if found is None else found

    def newer(self, than: int, day: int = -1) -> Population | None:
        """Everyone from the newest snapshot that can be used and is of a later position, or of the same and made for a
        later UTC day; None where there is none.

        Raises:
            Unavailable: the log cannot be read.
        """
        found = [
            each
            for each in self.snapshots.list()
            if (each.position, each.day) > (than, day) and each.name not in self.refused
        ]
        if not found:
            return None
        head = self.store.head()
        for each in found:
            behind = head - each.position
            if not 0 <= behind <= MOST_BEHIND:
                log.warning("snapshot passed over", snapshot=each.name, behind=behind)
                self.refused.add(each.name)
                continue
            try:
                population = self.snapshots.load(each)
            except Damaged as error:
                log.error("snapshot refused", why=str(error))
                self.refused.add(each.name)
                continue
            log.info("snapshot loaded", snapshot=each.name, position=each.position, behind=behind)
            return population
        return None

    def renew(self) -> None:
        """Write a newer snapshot, for the present day, from the newest there is and what came after it; from the whole
        log without one.

        Raises:
            Unavailable: the log cannot be read, or the folder not be written.
        """
        population = self.everyone()
        population.apply(self.store.changes_after(population.position))
        begin_day(population, self.clock())
        self.snapshots.write(population)

    def make(self, progress: Progress = lambda _stage, _done: None) -> dict[str, Any]:
        """Read the whole log and write everyone down: what was written, as JSON.

        Raises:
            Unavailable: the log cannot be read, or the folder not be written.
        """
        started = time.perf_counter()
        progress("read", 0.0)
        population = replay(self.store)
        progress("read", 1.0)
        read = time.perf_counter()
        progress("prepare", 0.0)
        begin_day(population, self.clock())
        prepared = time.perf_counter()
        written = self.snapshots.write(population, lambda done: progress("write", done))
        people = len(population.columns)
        return {
            "snapshot": written.folder.name,
            "position": written.position,
            "people": people,
            "bytes": written.bytes,
            "bytes_per_person": round(written.bytes / people) if people else None,
            "seconds": {
                "read": round(read - started, 3),
                "prepare": round(prepared - read, 3),
                "write": round(time.perf_counter() - prepared, 3),
            },
        }
