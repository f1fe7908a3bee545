"""A store that was loaded in bulk is, row by row, the store that got the same the ordinary way."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from twofold.domain.changes import EventBatch
from twofold.domain.errors import Refused
from twofold.domain.event import EventKind
from twofold.domain.person import Person
from twofold.domain.ports import Store
from twofold.domain.time import Micros
from twofold.simulation.world.shape import NOW, Shape
from twofold.simulation.world.world import build_world
from twofold.storage.sql.bulk import BulkEvents, bulk_load
from twofold.storage.url import open_store

BATCH = 250  # so that the ordinary way stores each in one commit
# The salt and the counters of sequences are a database's own; the ordinary way fills the look-up tables later.
OTHERS = ("meta", "sqlite_sequence", "event_acts", "event_clients", "event_likes", "event_lookups")


def opened(file: Path) -> Store:
    store = open_store(f"sqlite:///{file}")
    store.prepare()
    return store


def rows_of(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """Everything that is stored, and how."""
    with closing(sqlite3.connect(file)) as connection:
        master = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
        found = {"schema": connection.execute(master).fetchall()}
        names = [name for kind, name, *_ in found["schema"] if kind == "table" and name not in OTHERS]
        for name in names:
            found[name] = sorted(connection.execute(f"SELECT * FROM {name}").fetchall(), key=repr)
        found["checks"] = connection.execute("PRAGMA integrity_check").fetchall()
        found["mode"] = connection.execute("PRAGMA journal_mode").fetchall()
    return found


def append(store: Store, given: BulkEvents) -> None:
    for start in range(0, len(given), BATCH):
        rows = slice(start, start + BATCH)
        clients: list[bytes | None] = [None] * len(given.actor[rows])
        if given.client is not None:
            clients = [each.tobytes() for each in given.client[rows]]
        actor, target, kind, at = (each[rows].tolist() for each in (given.actor, given.target, given.kind, given.at))
        store.append_events(EventBatch(actor, target, kind, at, clients), NOW)


def both(folder: Path, people: list[Person], given: BulkEvents) -> tuple[Path, Path]:
    bulk, plain = folder / "bulk.db", folder / "plain.db"
    position = bulk_load(bulk, people, given, NOW, batch=BATCH)
    store = opened(plain)
    store.put_people([(person, False) for person in people], NOW)
    append(store, given)
    assert store.head() == position
    store.close()
    return bulk, plain


@pytest.mark.parametrize("clients", [False, True])
def test_a_world_in_bulk_is_the_world_in_batches(tmp_path: Path, clients: bool) -> None:
    world = build_world(Shape(people=300, seed=3))
    deeds, rng = world.deeds, np.random.default_rng(1)
    client = rng.integers(256, size=(len(deeds), 16), dtype=np.uint8) if clients else None
    given = BulkEvents(deeds.actor, deeds.target, deeds.kind, deeds.at, client)
    bulk, plain = both(tmp_path, list(world.people()), given)
    assert rows_of(bulk) == rows_of(plain)
    assert any(row[3] == EventKind.MATCH for row in rows_of(bulk)["events"])


def test_the_lookup_tables_know_every_event(tmp_path: Path) -> None:
    world = build_world(Shape(people=200, seed=3))
    deeds = world.deeds
    client = np.random.default_rng(1).integers(256, size=(len(deeds), 16), dtype=np.uint8)
    file = tmp_path / "bulk.db"
    position = bulk_load(file, world.people(), BulkEvents(deeds.actor, deeds.target, deeds.kind, deeds.at, client), NOW)
    with closing(sqlite3.connect(file)) as connection:
        for known, told in (
            ("SELECT at, actor, target, kind FROM event_acts", "SELECT at, actor, target, kind FROM events"),
            ("SELECT client FROM event_clients", "SELECT client FROM events WHERE client IS NOT NULL"),
            (
                "SELECT actor, target, position FROM event_likes",
                "SELECT actor, target, position FROM events WHERE kind IN (1, 2, 8)",
            ),
        ):
            assert sorted(connection.execute(known)) == sorted(connection.execute(told))
        assert connection.execute("SELECT * FROM event_lookups").fetchall() == [(position, position, 0, None)]


def test_matches_after_an_unmatch_are_the_same(tmp_path: Path) -> None:
    like, unmatch = EventKind.LIKE, EventKind.UNMATCH
    acts = [(0, 1, like, 9), (1, 0, like, 5), (0, 1, unmatch, 10), (0, 1, like, 11), (1, 0, like, 12), (2, 0, like, 13)]
    acts += [(0, 2, EventKind.PASS, 14), (0, 2, EventKind.SUPER_LIKE, 15)]
    actor, target, kind, at = (np.array(column) for column in zip(*acts, strict=True))
    given = BulkEvents(actor, target, kind.astype(np.int8), at)
    people = [Person(id=name) for name in ("ada", "bea", "cem")]
    bulk, plain = both(tmp_path, people, given)
    assert rows_of(bulk) == rows_of(plain)
    assert sum(row[3] == EventKind.MATCH for row in rows_of(bulk)["events"]) == 3


def test_a_loaded_store_goes_on_as_any_other(tmp_path: Path) -> None:
    world = build_world(Shape(people=200, seed=3))
    deeds = world.deeds
    file = tmp_path / "bulk.db"
    position = bulk_load(file, world.people(), BulkEvents(deeds.actor, deeds.target, deeds.kind, deeds.at), NOW)
    store = opened(file)
    again = EventBatch([int(deeds.actor[0])], [int(deeds.target[0])], [int(deeds.kind[0])], [int(deeds.at[0])], [None])
    assert store.append_events(again, NOW).repeated == 1
    assert store.append_events(EventBatch([0], [1], [EventKind.BLOCK], [NOW], [None]), NOW).position == position + 1
    (version,) = store.put_people([(Person(id="new"), False)], NOW)
    assert version is not None
    assert (version.key, version.position) == (200, position + 2)
    store.close()


def test_only_an_empty_log_is_filled(tmp_path: Path) -> None:
    store = opened(tmp_path / "twofold.db")
    store.put_people([(Person(id="ada"), False)], NOW)
    store.close()
    nothing = np.empty(0, np.int64)
    with pytest.raises(Refused, match="empty"):
        bulk_load(tmp_path / "twofold.db", [], BulkEvents(nothing, nothing, nothing.astype(np.int8), nothing), NOW)


def test_a_repeat_and_a_stranger_are_refused(tmp_path: Path) -> None:
    people = [Person(id="ada"), Person(id="bea")]
    zero, one, kind = np.array([0, 0]), np.array([1, 1]), np.array([1, 1], np.int8)
    with pytest.raises(sqlite3.IntegrityError):
        bulk_load(tmp_path / "twice.db", people, BulkEvents(zero, one, kind, np.array([5, 5])), Micros(NOW))
    with pytest.raises(Refused, match="not among"):
        bulk_load(tmp_path / "stranger.db", people, BulkEvents(zero, one + 7, kind, np.array([5, 6])), Micros(NOW))
