"""What the log knows, on SQLite: exact whatever has been sealed, by whom, and what was removed meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from twofold.domain.changes import EventBatch
from twofold.domain.event import EventKind
from twofold.domain.ports import Store
from twofold.domain.time import Micros
from twofold.storage.memory import MemoryStore
from twofold.storage.sql import events, lookups
from twofold.storage.sql.ahead import Ahead, look_ahead
from twofold.storage.url import open_store
from twofold.testing.contracts.acts import NOW, Act, acts_in, all_events, batch_of, matches_in, with_people

PEOPLE = 6
VIEW = EventKind.VIEW
KINDS = [EventKind.LIKE, EventKind.SUPER_LIKE, EventKind.UNMATCH, VIEW]
TABLES = ("event_acts", "event_clients", "event_likes")


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Generations of a few events, so that everything happens often."""
    monkeypatch.setattr(lookups, "GENERATION", 12)
    monkeypatch.setattr(lookups, "SEALED_PER_APPEND", 1)
    monkeypatch.setattr(events, "FEW", 3)  # what is above is looked up ahead


def opened(file: Path) -> Store:
    store = open_store(f"sqlite:///{file}")
    store.prepare()
    return store


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "twofold.db"


@pytest.fixture
def two(file: Path) -> Iterator[list[Store]]:
    """Two processes' stores on one file."""
    stores = [opened(file), opened(file)]
    with_people(stores[0], PEOPLE)
    yield stores
    for store in stores:
        store.close()


def rows(file: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return sorted(connection.execute(query).fetchall())


ACTS = st.builds(
    lambda actor, step, kind, at, client: Act(actor, (actor + step) % PEOPLE, kind, at, client),
    st.integers(0, PEOPLE - 1),
    st.integers(1, PEOPLE - 1),
    st.sampled_from(KINDS),
    st.integers(0, 5),
    st.one_of(st.none(), st.integers(0, 30).map(lambda number: bytes([number]) * 16)),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(0, 1), st.lists(ACTS, min_size=1, max_size=12)),
        st.tuples(st.just("reopen"), st.integers(0, 1), st.just([])),
        st.tuples(st.just("warm"), st.integers(0, 1), st.just([])),
        st.tuples(st.just("remove"), st.integers(0, 1), st.just([])),
    ),
    min_size=4,
    max_size=24,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_it_is_the_store_in_memory(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, list[Act]]]
) -> None:
    file, fake = tmp_path_factory.mktemp("lookups") / "twofold.db", MemoryStore()
    stores, gone = [opened(file), opened(file)], 0
    for store in (fake, stores[0]):
        with_people(store, PEOPLE)
    for step, which, acts in steps:
        if step == "append":
            batch = batch_of(*(act for act in acts if min(act.actor, act.target) >= gone))
            assert stores[which].append_events(batch, NOW) == fake.append_events(batch, NOW)
        elif step == "reopen":
            stores[which].close()
            stores[which] = opened(file)
        elif step == "warm":
            stores[which].warm()
        elif gone < PEOPLE - 2:
            for store in (fake, stores[which]):
                store.remove_person(f"p{gone}", NOW)
            gone += 1
        assert acts_in(all_events(stores[which])) == acts_in(all_events(fake))
    for store in stores:
        store.close()


def test_every_event_is_sealed_once_enough_have_come_after_it(two: list[Store], file: Path) -> None:
    acts = [Act(n % 5, 5, KINDS[n % 4], n, bytes([n]) * 16) for n in range(60)]
    for place, act in enumerate(acts):
        assert two[place % 2].append_events(batch_of(act), NOW).accepted == 1
    [(sealed, closed, _, _)] = rows(file, "SELECT * FROM event_lookups")
    assert isinstance(sealed, int)
    assert isinstance(closed, int)
    assert 0 < sealed <= closed
    assert closed - sealed < 40
    upto = f"FROM events WHERE position <= {sealed}"
    for table, told in (
        ("SELECT at, actor, target, kind FROM event_acts", f"SELECT at, actor, target, kind {upto}"),
        ("SELECT client FROM event_clients", f"SELECT client {upto} AND client IS NOT NULL"),
        (
            "SELECT actor, target, position FROM event_likes",
            f"SELECT actor, target, position {upto} AND kind IN (1, 2, 8)",
        ),
    ):
        assert set(rows(file, told)) <= set(rows(file, table))
    for place, act in enumerate(acts):
        assert two[1 - place % 2].append_events(batch_of(act), NOW).repeated == 1


def test_a_match_is_found_wherever_the_first_like_is(two: list[Store]) -> None:
    first, second = two
    for other in range(1, 5):
        first.append_events(batch_of(Act(0, other, EventKind.LIKE, other)), NOW)
        for n in range(11):  # what goes on meanwhile moves the like from the tail to the table
            second.append_events(batch_of(Act(5, other, VIEW, 100 * other + n)), NOW)
    for other in range(1, 5):
        second.append_events(batch_of(Act(other, 0, EventKind.LIKE, 50 + other)), NOW)
    assert matches_in(first) == [(other, 0, 50 + other) for other in range(1, 5)]


def likes(*pairs: tuple[int, int], at: int = 7) -> list[Act]:
    return [Act(actor, target, EventKind.LIKE, at, bytes([actor, target]) * 8) for actor, target in pairs]


@pytest.mark.parametrize(
    "meanwhile",
    [
        likes((0, 1), (2, 3)),
        likes((1, 0), (3, 2), (5, 4), at=3),
        [Act(4, 5, EventKind.UNMATCH, 2), *likes((1, 0), at=1)],
        [Act(0, 5, VIEW, 10 + n, bytes([n]) * 16) for n in range(40)],
        None,
    ],
    ids=["the same", "their likes", "an end", "a generation is sealed", "a removal"],
)
def test_what_was_found_ahead_is_right_whatever_came_meanwhile(
    two: list[Store], monkeypatch: pytest.MonkeyPatch, meanwhile: list[Act] | None
) -> None:
    fake = MemoryStore()
    with_people(fake, PEOPLE)
    before = [*likes((2, 3), (4, 5), at=5), *(Act(5, 1, VIEW, 100 + n) for n in range(20))]
    batch = batch_of(*likes((0, 1), (2, 3), (4, 5), (3, 1)))
    for store in (fake, two[0]):
        store.append_events(batch_of(*before), NOW)

    def between(store: Store) -> None:
        if meanwhile is None:
            store.remove_person("p5", NOW)
        for act in meanwhile or []:
            store.append_events(batch_of(act), NOW)

    def late(connection: Connection, given: EventBatch) -> Ahead | None:
        found = look_ahead(connection, given)
        between(two[1])
        return found

    monkeypatch.setattr(events, "look_ahead", late)
    between(fake)
    if meanwhile is None:
        batch = batch_of(*likes((0, 1), (2, 3), (3, 2), (3, 1)))
    assert two[0].append_events(batch, NOW) == fake.append_events(batch, NOW)
    assert acts_in(all_events(two[0])) == acts_in(all_events(fake))


def test_nothing_of_a_removed_person_stays_or_comes_back(two: list[Store], file: Path) -> None:
    acts = [Act(n % 4, 4 + n % 2, KINDS[n % 4], n, bytes([n + 1]) * 16) for n in range(40)]
    for place, act in enumerate(acts):
        two[place % 2].append_events(batch_of(act), NOW)
    assert two[0].remove_person("p4", NOW)
    later = [Act(0, 5, VIEW, 1_000 + n) for n in range(40)]
    for place, act in enumerate(later):
        two[1 - place % 2].append_events(batch_of(act), NOW)
    assert rows(file, "SELECT * FROM event_acts WHERE actor = 4 OR target = 4") == []
    assert rows(file, "SELECT * FROM event_likes WHERE actor = 4 OR target = 4") == []
    gone = [act.client for act in acts if act.target == 4]
    assert not {client for (client,) in rows(file, "SELECT client FROM event_clients")} & set(gone)
    again = [Act(0, 5, VIEW, 5_000 + n, client) for n, client in enumerate(gone)]
    assert two[1].append_events(batch_of(*again), NOW).accepted == len(gone)


def test_what_fails_halfway_is_as_if_it_had_not_begun(two: list[Store], monkeypatch: pytest.MonkeyPatch) -> None:
    act = Act(0, 1, EventKind.LIKE, 7, b"c" * 16)

    def fail(_lookups: lookups.Lookups, _appended: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(lookups.Lookups, "seal", fail)
        with pytest.raises(KeyboardInterrupt):
            two[0].append_events(batch_of(act), NOW)
    assert two[0].count_events() == 0
    assert two[1].append_events(batch_of(act), NOW).accepted == 1
    assert two[0].append_events(batch_of(act), NOW).repeated == 1


def test_whoever_warms_up_waits_for_no_writer(two: list[Store], file: Path) -> None:
    two[0].append_events(batch_of(Act(0, 1, VIEW, 1)), NOW)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        two[1].warm()
    assert two[1].append_events(batch_of(Act(0, 1, VIEW, 1), Act(0, 1, VIEW, 2)), NOW).accepted == 1


def test_an_append_of_any_size_is_exact(file: Path) -> None:
    """More than one commit takes; repeats in other commits of the same call included."""
    store = opened(file)
    with_people(store, 2)
    acts = [Act(0, 1, VIEW, n, n.to_bytes(16, "big")) for n in range(2_500)]
    appended = store.append_events(batch_of(*acts, *acts[:3], Act(1, 0, VIEW, 9_999, acts[2].client)), Micros(NOW))
    assert (appended.accepted, appended.repeated, appended.position) == (2_500, 4, 2_502)
    assert store.append_events(batch_of(*acts), NOW).repeated == 2_500
    store.close()
