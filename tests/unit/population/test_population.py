"""Everyone at one moment: what follows the log is what would be loaded, and the past is as it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twofold.domain.as_of import AsOf
from twofold.domain.changes import Changes, EventBatch, EventColumns, PersonVersion, Removal
from twofold.domain.event import DECISIONS, POSITIVES, EventKind
from twofold.domain.person import Person
from twofold.domain.time import LATEST, MICROS_PER_DAY, Micros
from twofold.population import population as population_module
from twofold.population.population import Population
from twofold.population.replay import replay
from twofold.storage.memory import MemoryStore
from twofold.testing.contracts.town import Row, log_of, population_of, random_rows, version_of

KINDS = st.sampled_from(list(EventKind))
ROWS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), KINDS, st.integers(1, 50)).filter(lambda row: row[0] != row[1]),
    max_size=30,
)
EVER = AsOf.at(LATEST)
PEOPLE = [version_of(key, last_active_at=Micros(key * 10)) for key in range(5)]


def states(population: Population) -> dict[str, object]:
    """All that is told about everyone."""
    keys = np.arange(5)
    counters = [side.counters(keys, AsOf.at(40)) for side in (population.given, population.received)]
    sums = population.totals.sums(AsOf.at([MICROS_PER_DAY, MICROS_PER_DAY], [population.position, 2]))
    return {
        "position": population.position,
        "changed": population.changed[:5].tolist(),
        "active": population.columns.last_active[:5].tolist(),
        "likes": [population.likes_of(key, EVER).tolist() for key in range(5)],
        "decisions": population.decisions,
        "recent": [side.recent.tolist() for side in counters],
        "popular": population.popular(60)[:5].tolist(),
        "totals": [sums.decisions.tolist(), sums.positives.tolist(), sums.decayed.tolist(), sums.people.tolist()],
        "excluded": [
            set(zip(*(column.tolist() for column in population.relations.excluded(key, 60)), strict=True))
            for key in range(5)
        ],
    }


@settings(max_examples=100)
@given(rows=ROWS, loaded=st.integers(0, 30), step=st.integers(1, 7))
def test_following_the_log_gives_what_loading_it_gives(rows: list[Row], loaded: int, step: int) -> None:
    log, loaded = log_of(rows), min(loaded, len(rows))
    live = Population(PEOPLE, log.take(np.arange(len(rows)) < loaded), loaded)
    for start in range(loaded, len(rows), step):
        end = min(start + step, len(rows))
        live.apply(Changes(end, (), log.take(np.arange(start, end)), ()))
    assert states(live) == states(population_of(PEOPLE, rows))


@settings(max_examples=100)
@given(rows=ROWS, loaded=st.integers(0, 10))
def test_many_events_at_once_are_as_many_one_by_one(rows: list[Row], loaded: int) -> None:
    log, loaded = log_of(rows), min(loaded, len(rows))
    both = []
    for at_once in (0, len(rows) + 1):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(population_module, "AT_ONCE", at_once)
            live = Population(PEOPLE, log.take(np.arange(len(rows)) < loaded), loaded)
            live.warm(60)
            live.apply(Changes(len(rows), (), log.take(np.arange(loaded, len(rows))), ()))
            latest, degrees = live.latest_change(np.arange(5)).tolist(), live.crowd(AsOf.at(60)).degrees.tolist()
            both.append((states(live), latest, degrees))
    assert both[0] == both[1]


def decided(rows: list[Row], key: int) -> list[tuple[int, EventKind]]:
    """By time, simultaneous ones in log order."""
    mine = sorted((row for row in rows if row[0] == key and row[2] in DECISIONS), key=lambda row: row[3])
    return [(target, kind) for _, target, kind, _ in mine]


@given(rows=ROWS)
def test_likes_and_decisions_are_those_of_the_log(rows: list[Row]) -> None:
    population = population_of(PEOPLE, rows)
    for key in range(5):
        liked = [target for target, kind in decided(rows, key) if kind in POSITIVES]
        assert population.likes_of(key, EVER, None).tolist() == liked
        last = [(target, kind in POSITIVES) for target, kind in decided(rows, key)[-2:]]
        assert population.likes_of(key, EVER, 2).tolist() == [target for target, positive in last if positive]
    assert population.decisions == sum(kind in DECISIONS for _, _, kind, _ in rows)


def test_changes_seen_before_are_ignored() -> None:
    population = population_of(PEOPLE)
    changes = Changes(1, (), log_of([(0, 1, EventKind.LIKE, 5)]), ())
    population.apply(changes)
    population.apply(changes)
    assert population.likes_of(0, EVER).tolist() == [1]


def test_a_changed_person_keeps_being_seen_when_they_were_seen() -> None:
    population = population_of(PEOPLE, [(1, 2, EventKind.VIEW, 500)])
    version = replace(version_of(1, place="north"), position=2)
    population.apply(Changes(2, (version,), EventColumns.empty(), ()))
    assert population.columns.last_active[1] == 500
    assert population.changed[1] == 2


def test_somebody_new_beyond_the_columns() -> None:
    population = population_of([])
    assert not population.present(3)
    version = replace(version_of(3_000), position=1)
    population.apply(Changes(2, (version,), log_of([]), ()))
    population.apply(Changes(3, (), replace_position(log_of([(3_000, 3_000, EventKind.VIEW, 9)]), 3), ()))
    assert population.present(3_000)
    assert population.changed[3_000] == 3
    assert population.columns.last_active[3_000] == 9


def replace_position(log: EventColumns, position: int) -> EventColumns:
    return replace(log, position=np.full(len(log), position))


def test_a_loaded_population_knows_when_each_person_changed() -> None:
    people = [replace(version_of(0), position=4), replace(version_of(1), position=5)]
    log = replace(log_of([(0, 1, EventKind.LIKE, 1)]), position=np.array([9]))
    assert Population(people, log, 9).changed[:2].tolist() == [9, 5]


def test_a_removed_person_is_gone_everywhere() -> None:
    rows: list[Row] = [(1, 2, EventKind.LIKE, 1), (3, 1, EventKind.BLOCK, 2)]
    population = population_of(PEOPLE, rows)
    population.apply(Changes(3, (), EventColumns.empty(), (Removal(3, 1),)))
    assert not population.present(1)
    assert population.likes_of(1, EVER).tolist() == []
    assert population.relations.excluded(3, 5)[0].tolist() == []
    assert population.changed[1] == 3


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    store.put_people([(Person(id=f"p{key}"), True) for key in range(5)], Micros(1))
    rows = [row for row in random_rows(5, 200, np.random.default_rng(0)) if row[2] is not EventKind.MATCH]
    actor, target, kind, at = ([int(row[place]) for row in rows] for place in range(4))
    store.append_events(EventBatch(actor, target, kind, at, [None] * len(rows)), Micros(2))
    return store


def test_a_replay_of_everything_is_what_followed_the_log(store: MemoryStore) -> None:
    live = Population([], EventColumns.empty(), 0)
    live.apply(store.changes_after(0))
    replayed = replay(store)
    assert states(replayed) == states(live)
    assert replayed.decisions > 0


def test_a_replay_as_of_a_moment_sees_events_strictly_before_it(store: MemoryStore) -> None:
    log = EventColumns.concatenate(list(store.events()))
    moment = int(log.at[len(log) // 2])
    past = replay(store, Micros(moment))
    before = log.take(log.at < moment)
    assert past.decisions == int(np.isin(before.kind, tuple(DECISIONS)).sum())
    assert past.columns.last_active.max() == before.at.max() < moment
    assert replay(store, Micros(moment + 1)).columns.last_active.max() == moment


def test_what_is_accepted_while_a_replay_reads_counts_once() -> None:
    class Busy(MemoryStore):
        def people_versions(self) -> Iterator[PersonVersion]:
            yield from super().people_versions()
            self.append_events(EventBatch([0], [1], [EventKind.LIKE], [5], [None]), Micros(3))

    busy = Busy()
    busy.put_people([(Person(id=f"p{key}"), True) for key in range(2)], Micros(1))
    population = replay(busy)
    population.apply(busy.changes_after(population.position))
    assert population.likes_of(0, EVER).tolist() == [1]
    assert population.decisions == 1


def at_day(day: int) -> Micros:
    return Micros(day * MICROS_PER_DAY)


def test_a_replay_gives_people_as_they_were() -> None:
    store = MemoryStore()
    for day, place in ((10, "north"), (20, "south")):
        store.put_people([(Person(id="ada", place=place), True)], at_day(day), at_day(day))
    joined = Person(id="bea", created_at=at_day(15), birth_date=date(1990, 1, 1))
    store.put_people([(joined, False)], at_day(30), at_day(30))

    def people(as_of: Micros | None) -> dict[str, str | None]:
        columns = replay(store, as_of).columns
        places = {key: int(columns.place[key]) for key in columns.everyone().tolist()}
        labels = {key: columns.places.label(code) if code >= 0 else None for key, code in places.items()}
        return {columns.names.id_of(key) or "": label for key, label in labels.items()}

    assert people(at_day(5)) == {"ada": "north"}  # the first version stands for the time before it
    assert people(at_day(12)) == {"ada": "north"}
    assert people(at_day(15)) == {"ada": "north"}  # bea's account began at that very moment
    assert people(at_day(16)) == {"ada": "north", "bea": None}
    assert people(at_day(20)) == {"ada": "north", "bea": None}
    assert people(at_day(21)) == {"ada": "south", "bea": None}
    assert people(None) == {"ada": "south", "bea": None}


def test_an_empty_store_replays_to_nobody() -> None:
    population = replay(MemoryStore())
    assert len(population.columns) == 0
    assert population.columns.everyone().tolist() == []


def test_versions_are_as_positions_say(store: MemoryStore) -> None:
    versions: list[PersonVersion] = list(store.people_versions())
    population = replay(store)
    assert all(population.changed[version.key] >= version.position for version in versions)
