"""What remains of an erased person on disk."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from twofold.domain.changes import EventBatch
from twofold.domain.person import Person
from twofold.domain.time import Micros
from twofold.storage.url import open_store

NOW = Micros(1_000_000)
ERASED, KEPT, BIO = "person-who-wants-to-leave", "person-who-wants-to-stay", "words nobody else wrote"


def test_no_file_of_the_database_holds_an_erased_id(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/twofold.db")
    store.prepare()
    store.put_people([(Person(id=ERASED, bio=BIO), True), (Person(id=KEPT), True)], NOW)
    store.put_people([(Person(id=ERASED, bio=f"{BIO} later"), True)], NOW)
    store.append_events(EventBatch([0, 1], [1, 0], [1, 1], [1, 2], [None, None]), NOW)
    before = _bytes(tmp_path)
    assert ERASED.encode() in before
    assert store.remove_person(ERASED, NOW)
    after = _bytes(tmp_path)
    store.close()
    assert KEPT.encode() in after
    assert ERASED.encode() not in after
    assert BIO.encode() not in after
    assert ERASED.encode() not in _bytes(tmp_path)


def test_two_databases_leave_different_tombstones(tmp_path: Path) -> None:
    digests = set()
    for name in ("one", "two"):
        store = open_store(f"sqlite:///{tmp_path}/{name}.db")
        store.prepare()
        store.put_people([(Person(id=ERASED), True)], NOW)
        store.remove_person(ERASED, NOW)
        store.close()
        digests.add(_tombstone(tmp_path / f"{name}.db"))
    assert len(digests) == 2


def _bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def _tombstone(path: Path) -> bytes:
    connection = sqlite3.connect(path)
    try:
        [(digest,)] = connection.execute("SELECT digest FROM tombstones").fetchall()
    finally:
        connection.close()
    assert isinstance(digest, bytes)
    return digest
