"""Everyone from the newest snapshot that can be used, or else from the log."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from twofold.domain.errors import Damaged
from twofold.population.population import Population
from twofold.population.replay import Log, replay
from twofold.population.snapshot import Snapshots

# Following so many changes costs more than reading all of a small log; of a large one a new snapshot is due.
MOST_BEHIND = 500_000

log = structlog.get_logger()
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class SnapshotService:
    """Makes snapshots of a log, and starts from them.

    Args:
        store: whose log.
        snapshots: where they lie.
    """

    store: Log
    snapshots: Snapshots

    def everyone(self) -> Population:
        """Everyone as of some position of the log; what came after is to be followed.

        A snapshot that is damaged, of another release or database, or too old is told in the server's log and left
        alone, and the one before it is tried; without any the whole log is read.
        """
        head = self.store.head()
        for each in self.snapshots.list():
            if not 0 <= head - each.position <= MOST_BEHIND:
                log.warning("snapshot passed over", snapshot=each.folder.name, behind=head - each.position)
                continue
            try:
                population = self.snapshots.load(each)
            except Damaged as error:
                log.error("snapshot refused", why=str(error))
                continue
            log.info("snapshot loaded", snapshot=each.folder.name, position=each.position, behind=head - each.position)
            return population
        return replay(self.store)

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
        written = self.snapshots.write(population, lambda done: progress("write", done))
        people = len(population.columns)
        return {
            "snapshot": written.folder.name,
            "position": written.position,
            "people": people,
            "bytes": written.bytes,
            "bytes_per_person": round(written.bytes / people) if people else None,
            "seconds": {"read": round(read - started, 3), "write": round(time.perf_counter() - read, 3)},
        }
