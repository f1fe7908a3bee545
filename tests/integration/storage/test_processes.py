"""Several processes on one SQLite file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

from twofold.domain.changes import EventColumns
from twofold.domain.person import Person
from twofold.domain.time import Micros
from twofold.storage.url import open_store

PROCESSES, BATCHES, SIZE = 2, 10, 50

WRITER = """
import sys
from twofold.domain.changes import EventBatch
from twofold.domain.time import Micros
from twofold.storage.url import open_store

url, actor, batches, size = sys.argv[1], *map(int, sys.argv[2:])
store = open_store(url)
store.prepare()
print("ready", flush=True)
sys.stdin.readline()
for batch in range(batches):
    at = list(range(batch * size, (batch + 1) * size))
    store.append_events(EventBatch([actor] * size, [2] * size, [5] * size, at, [None] * size), Micros(0))
store.close()
"""


def test_two_processes_append_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/twofold.db"
    store = open_store(url)
    store.prepare()
    store.put_people([(Person(id=name), True) for name in "abc"], Micros(0))
    _write_together(url)
    found = EventColumns.concatenate(list(store.events()))
    total = PROCESSES * BATCHES * SIZE
    assert found.position.tolist() == list(range(4, 4 + total))
    assert np.bincount(found.actor).tolist() == [total // PROCESSES] * PROCESSES
    # A commit is one batch of one process: neither is ever split by the other.
    assert all(len(set(found.actor[start : start + SIZE].tolist())) == 1 for start in range(0, total, SIZE))
    assert store.head() == 3 + total
    store.close()


def _write_together(url: str) -> None:
    """Start the writers, let all go at the same time, wait for all."""
    numbers = [str(BATCHES), str(SIZE)]
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, url, str(actor), *numbers],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for actor in range(PROCESSES)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0
