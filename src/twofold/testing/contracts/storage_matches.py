"""What every `EventStore` promises of derived matches."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twofold.domain.event import EventKind
from twofold.domain.ports import Store
from twofold.testing.contracts.acts import NOW, Act, acts_in, all_events, batch_of, matches_in, with_people

LIKE, SUPER, UNMATCH = EventKind.LIKE, EventKind.SUPER_LIKE, EventKind.UNMATCH
KINDS = st.sampled_from([LIKE, SUPER, EventKind.DISLIKE, UNMATCH])


class MatchContract:
    """Two who like each other match, once; `store` is an empty, prepared store."""

    def test_who_liked_last_makes_the_match_at_that_moment(self, store: Store) -> None:
        with_people(store, 2)
        store.append_events(batch_of(Act(0, 1, LIKE, 10)), NOW)
        assert matches_in(store) == []
        appended = store.append_events(batch_of(Act(1, 0, SUPER, 20)), NOW)
        assert (appended.accepted, appended.position) == (1, 5)
        assert matches_in(store) == [(1, 0, 20)]

    def test_both_in_one_batch(self, store: Store) -> None:
        with_people(store, 4)
        store.append_events(batch_of(Act(0, 1, at=1), Act(1, 0, at=2), Act(2, 3, at=3), Act(3, 2, at=3)), NOW)
        assert matches_in(store) == [(1, 0, 2), (3, 2, 3)]
        assert all_events(store).position.tolist() == [5, 6, 7, 8, 9, 10]

    def test_the_later_like_counts_even_when_it_came_first(self, store: Store) -> None:
        with_people(store, 2)
        store.append_events(batch_of(Act(0, 1, at=50)), NOW)
        store.append_events(batch_of(Act(1, 0, at=7)), NOW)
        assert matches_in(store) == [(0, 1, 50)]

    def test_more_likes_make_no_more_matches(self, store: Store) -> None:
        with_people(store, 2)
        for moment, actor in enumerate([0, 1, 0, 1, 1, 0]):
            store.append_events(batch_of(Act(actor, 1 - actor, SUPER if moment > 2 else LIKE, moment)), NOW)
        assert matches_in(store) == [(1, 0, 1)]

    def test_likes_of_others_and_other_kinds_make_none(self, store: Store) -> None:
        with_people(store, 3)
        acts = [Act(0, 1), Act(1, 2), Act(2, 0), Act(1, 0, EventKind.DISLIKE), Act(1, 0, EventKind.MESSAGE)]
        store.append_events(batch_of(*acts), NOW)
        assert matches_in(store) == []

    def test_after_an_unmatch_both_must_like_again(self, store: Store) -> None:
        with_people(store, 2)
        store.append_events(batch_of(Act(0, 1, at=1), Act(1, 0, at=2)), NOW)
        store.append_events(batch_of(Act(1, 0, UNMATCH, 3)), NOW)
        store.append_events(batch_of(Act(0, 1, at=4)), NOW)
        assert matches_in(store) == [(1, 0, 2)]
        store.append_events(batch_of(Act(1, 0, at=5)), NOW)
        assert matches_in(store) == [(1, 0, 2), (1, 0, 5)]

    def test_a_repeated_like_makes_no_match(self, store: Store) -> None:
        with_people(store, 2)
        store.append_events(batch_of(Act(0, 1, at=1), Act(1, 0, at=2), Act(0, 1, UNMATCH, 3), Act(0, 1, at=4)), NOW)
        store.append_events(batch_of(Act(1, 0, at=2)), NOW)
        assert matches_in(store) == [(1, 0, 2)]

    def test_a_match_can_come_again_within_one_batch(self, store: Store) -> None:
        with_people(store, 2)
        acts = [Act(0, 1, at=1), Act(1, 0, at=2), Act(0, 1, UNMATCH, 3), Act(0, 1, at=4), Act(1, 0, at=5)]
        store.append_events(batch_of(*acts), NOW)
        assert matches_in(store) == [(1, 0, 2), (1, 0, 5)]

    def test_the_same_match_at_the_same_moment_is_one(self, store: Store) -> None:
        with_people(store, 2)
        acts = [Act(0, 1, LIKE), Act(1, 0, LIKE), Act(0, 1, UNMATCH), Act(0, 1, SUPER), Act(1, 0, SUPER)]
        assert store.append_events(batch_of(*acts), NOW).position == 2 + 5 + 1 == store.head()
        assert matches_in(store) == [(1, 0, 1_000)]

    # The store is used for all examples: each works on three people of its own.
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        acts=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 2), KINDS, st.integers(0, 3)), max_size=14),
        cut=st.integers(0, 14),
    )
    def test_how_a_log_is_cut_into_batches_changes_nothing(
        self, store: Store, acts: list[tuple[int, int, EventKind, int]], cut: int
    ) -> None:
        start = store.count_people()
        whole, parts = ([start + 3 * half + person for person in range(3)] for half in range(2))
        with_people(store, start + 6)
        store.append_events(batch_of(*_among(whole, acts)), NOW)
        store.append_events(batch_of(*_among(parts, acts[:cut])), NOW)
        for act in _among(parts, acts[cut:]):
            store.append_events(batch_of(act), NOW)
        assert _told(store, whole) == _told(store, parts)


def _among(keys: list[int], acts: list[tuple[int, int, EventKind, int]]) -> list[Act]:
    return [Act(keys[actor], keys[(actor + step) % 3], kind, at) for actor, step, kind, at in acts]


def _told(store: Store, keys: list[int]) -> Counter[tuple[int, int, str, int]]:
    """The events among some people, by their place in the list."""
    place = {key: number for number, key in enumerate(keys)}
    events = acts_in(all_events(store))
    return Counter((place[actor], place[target], kind, at) for actor, target, kind, at in events if actor in place)
