"""What every `EventStore` promises of the log."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from twofold.domain.changes import Appended, EventBatch
from twofold.domain.errors import InvalidInput, NotFound
from twofold.domain.event import EventKind
from twofold.domain.person import Person
from twofold.domain.ports import Store
from twofold.domain.time import Micros
from twofold.testing.contracts.acts import NOW, Act, acts_in, all_events, batch_of, with_people

LATE = 2**53 + 1  # not a float
VIEW = EventKind.VIEW
THREADS, BATCHES, SIZE = 4, 5, 20


class EventStoreContract:
    """Append, repeat, follow; `store` is an empty, prepared store."""

    def test_events_come_back_as_they_were_appended(self, store: Store) -> None:
        with_people(store, 3)
        acts = [Act(0, 1, VIEW, LATE, b"c" * 16), Act(2, 0, EventKind.BLOCK, -5), Act(1, 2, EventKind.REPORT, 2**62)]
        assert store.append_events(batch_of(*acts), NOW) == Appended(3, 0, 6)
        found = all_events(store)
        assert acts_in(found) == [(0, 1, "view", LATE), (2, 0, "block", -5), (1, 2, "report", 2**62)]
        assert found.position.tolist() == [4, 5, 6]
        assert (found.kind.dtype, found.at.dtype) == (np.dtype(np.int8), np.dtype(np.int64))
        assert (store.count_events(), store.head(), store.last_event_at()) == (3, 6, 2**62)

    def test_a_log_has_an_identity_that_stays(self, store: Store) -> None:
        first = store.identity()
        with_people(store, 1)
        assert store.identity() == first
        assert len(first) == 32

    def test_an_empty_log(self, store: Store) -> None:
        assert store.append_events(batch_of(), NOW) == Appended(0, 0, 0)
        assert len(all_events(store)) == 0
        assert store.last_event_at() is None
        assert list(store.people_versions()) == []
        changes = store.changes_after(0)
        assert (changes.position, changes.people, len(changes.events), changes.removals) == (0, (), 0, ())

    def test_numpy_integers_are_integers(self, store: Store) -> None:
        with_people(store, 2)
        numbers = np.array([0, 1, int(VIEW), LATE])
        batch = EventBatch([numbers[0]], [numbers[1]], [numbers[2]], [numbers[3]], [None])
        store.append_events(batch, NOW)
        assert acts_in(all_events(store)) == [(0, 1, "view", LATE)]

    def test_appending_again_changes_nothing(self, store: Store) -> None:
        with_people(store, 3)
        batch = batch_of(Act(0, 1, at=1), Act(0, 2, VIEW, 2, b"c" * 16), Act(1, 0, at=3))
        first = store.append_events(batch, NOW)
        again = store.append_events(batch, Micros(NOW + 1))
        assert (first.accepted, first.repeated) == (3, 0)
        assert again == Appended(0, 3, first.position)
        assert store.count_events() == 4  # with the match

    def test_repeats_inside_a_batch_leave_no_gap(self, store: Store) -> None:
        with_people(store, 2)
        store.append_events(batch_of(Act(0, 1, VIEW, 1)), NOW)
        acts = [Act(0, 1, VIEW, moment) for moment in (1, 2, 2, 3, 1, 4, 4)]
        assert store.append_events(batch_of(*acts), NOW) == Appended(3, 4, 6)
        found = all_events(store)
        assert found.at.tolist() == [1, 2, 3, 4]
        assert found.position.tolist() == [3, 4, 5, 6]

    def test_a_known_client_id_is_a_repeat_whatever_it_carries(self, store: Store) -> None:
        with_people(store, 2)
        store.append_events(batch_of(Act(0, 1, VIEW, 1, b"a" * 16)), NOW)
        acts = [Act(1, 0, VIEW, 9, b"a" * 16), Act(0, 1, VIEW, 2, b"b" * 16), Act(1, 0, VIEW, 3, b"b" * 16)]
        assert store.append_events(batch_of(*acts), NOW) == Appended(1, 2, 4)
        assert all_events(store).at.tolist() == [1, 2]

    def test_the_client_id_of_a_repeat_stays_unknown(self, store: Store) -> None:
        with_people(store, 2)
        acts = [Act(0, 1, VIEW, 1, b"a" * 16), Act(0, 1, VIEW, 1, b"b" * 16), Act(0, 1, VIEW, 2, b"b" * 16)]
        assert store.append_events(batch_of(*acts), NOW) == Appended(2, 1, 4)
        more = [Act(0, 1, VIEW, 1, b"c" * 16), Act(0, 1, VIEW, 3, b"c" * 16)]
        assert store.append_events(batch_of(*more), NOW) == Appended(1, 1, 5)

    def test_events_without_client_ids_are_not_each_others_repeats(self, store: Store) -> None:
        with_people(store, 2)
        assert store.append_events(batch_of(Act(0, 1, VIEW, 1), Act(0, 1, VIEW, 2)), NOW).accepted == 2

    def test_the_log_goes_on_after_people_changed(self, store: Store) -> None:
        with_people(store, 2)
        store.append_events(batch_of(Act(0, 1, VIEW, 1)), NOW)
        store.put_people([(Person(id="p0", bio="new"), True)], NOW)
        repeat_first = batch_of(Act(0, 1, VIEW, 1), Act(0, 1, VIEW, 2), Act(0, 1, VIEW, 3))
        assert store.append_events(repeat_first, NOW) == Appended(2, 1, 6)
        assert all_events(store).position.tolist() == [3, 5, 6]

    @pytest.mark.parametrize("stranger", [2, -1, 2**40])
    def test_an_unknown_key_stores_nothing(self, store: Store, stranger: int) -> None:
        with_people(store, 2)
        for act in (Act(0, stranger), Act(stranger, 0)):
            with pytest.raises(NotFound):
                store.append_events(batch_of(Act(0, 1), act), NOW)
        assert (store.count_events(), store.head()) == (0, 2)

    def test_a_number_that_does_not_fit_is_refused(self, store: Store) -> None:
        with_people(store, 2)
        with pytest.raises(InvalidInput):
            store.append_events(batch_of(Act(0, 1), Act(0, 1, at=2**63)), NOW)
        assert store.count_events() == 0

    def test_changes_are_what_came_after_a_position(self, store: Store) -> None:
        with_people(store, 2)
        store.append_events(batch_of(Act(0, 1, VIEW, 1)), NOW)
        [version] = store.put_people([(Person(id="p1", bio="new"), True)], NOW)
        store.append_events(batch_of(Act(1, 0, VIEW, 2)), NOW)
        changes = store.changes_after(3)
        assert changes.position == store.head() == 5
        assert changes.people == (version,)
        assert changes.events.position.tolist() == [5]
        assert acts_in(changes.events) == [(1, 0, "view", 2)]
        assert len(store.changes_after(5).events) == 0
        assert store.changes_after(5).position == 5
        assert [found.position for found in store.changes_after(0).people] == [1, 2, 4]

    def test_appends_from_threads_give_every_position_once(self, store: Store) -> None:
        with_people(store, THREADS + 1)
        seen: list[list[int]] = [[] for _ in range(THREADS)]

        def append(thread: int) -> None:
            for number in range(BATCHES):
                moments = range(number * SIZE, (number + 1) * SIZE)
                batch = batch_of(*[Act(thread, THREADS, VIEW, moment) for moment in moments])
                seen[thread].append(store.append_events(batch, NOW).position)

        followed = _follow(store, [threading.Thread(target=append, args=(thread,)) for thread in range(THREADS)])
        total = THREADS * BATCHES * SIZE
        everything = list(range(THREADS + 2, THREADS + 2 + total))
        assert all_events(store).position.tolist() == everything
        assert followed == everything
        assert sorted(position for positions in seen for position in positions) == everything[SIZE - 1 :: SIZE]


def _follow(store: Store, threads: list[threading.Thread]) -> list[int]:
    """Run the threads and follow the log meanwhile, as another process would; the positions in the order seen.

    A position that committed after a higher one had been read would be missed.
    """
    position, positions = store.head(), []
    for thread in threads:
        thread.start()
    working = True
    while working:
        working = any(thread.is_alive() for thread in threads)
        changes = store.changes_after(position)
        position = changes.position
        positions += changes.events.position.tolist()
    for thread in threads:
        thread.join()
    return positions
