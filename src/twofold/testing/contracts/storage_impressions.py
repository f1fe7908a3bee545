"""What every `ImpressionStore` promises."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np

from twofold.domain.impression import Impression
from twofold.domain.ports import Store
from twofold.domain.time import Micros
from twofold.testing.contracts.acts import NOW, with_people

THREADS, WRITES, SIZE = 3, 6, 5


def impression_of(viewer: int, candidate: int, position: int = 1) -> Impression:
    """An impression with every field filled."""
    return Impression(
        request_id="r-1",
        viewer=viewer,
        candidate=candidate,
        position=position,
        at=NOW,
        score=0.1 + 0.2,
        p_viewer_likes=1 / 3,
        propensity=5e-324,
        sources=("collaborative", "exploration"),
        model="m0001",
        feature_version="v1",
        log_position=2**53 + 1,
        features=(0.1, -0.0, 1e300),
        p_candidate_likes=2 / 3,
    )


class ImpressionStoreContract:
    """What was shown comes back; `store` is an empty, prepared store."""

    def test_an_impression_comes_back_as_it_was_added(self, store: Store) -> None:
        bare = replace(impression_of(2, 3), p_viewer_likes=None, p_candidate_likes=None, propensity=None, sources=())
        bare = replace(bare, feature_version=None, features=None)
        store.add_impressions([impression_of(0, 1), bare])
        assert store.impressions() == [bare, impression_of(0, 1)]
        assert str(store.impressions()[1].features) == str(impression_of(0, 1).features)

    def test_the_latest_come_first_and_some_may_be_asked_for(self, store: Store) -> None:
        store.add_impressions([impression_of(0, 1, 1), impression_of(1, 0, 1)])
        store.add_impressions([])
        store.add_impressions([impression_of(0, 2, 2), impression_of(0, 3, 3)])
        assert [shown.position for shown in store.impressions(viewer=0)] == [3, 2, 1]
        assert [shown.position for shown in store.impressions(viewer=0, limit=2)] == [3, 2]
        assert store.impressions(viewer=9) == []
        assert store.count_impressions() == 4

    def test_a_follower_reads_each_once_and_oldest_first(self, store: Store) -> None:
        assert store.impressions_after(0, 10) == (0, [])
        rows = [impression_of(0, 1, position) for position in range(1, 6)]
        store.add_impressions(rows[:3])
        first, found = store.impressions_after(0, 2)
        assert found == rows[:2]
        second, found = store.impressions_after(first, 10)
        assert found == rows[2:3]
        assert store.impressions_after(second, 10) == (second, [])
        store.add_impressions(rows[3:])
        third, found = store.impressions_after(second, 10)
        assert found == rows[3:]
        assert 0 < first < second < third

    def test_the_number_of_an_erased_row_is_not_given_again(self, store: Store) -> None:
        with_people(store, 3)
        store.add_impressions([impression_of(0, 1), impression_of(0, 2)])
        last, _ = store.impressions_after(0, 10)
        store.remove_person("p2", NOW)
        assert [shown.candidate for shown in store.impressions_after(0, 10)[1]] == [1]
        store.add_impressions([impression_of(1, 0)])
        seen, found = store.impressions_after(last, 10)
        assert [shown.viewer for shown in found] == [1], "a follower that has read up to the erased row misses nothing"
        assert seen > last

    def test_a_follower_misses_nothing_that_threads_write(self, store: Store) -> None:
        def write(thread: int) -> None:
            for number in range(WRITES):
                places = range(number * SIZE, (number + 1) * SIZE)
                store.add_impressions([impression_of(thread, 9, place) for place in places])

        threads = [threading.Thread(target=write, args=(thread,)) for thread in range(THREADS)]
        for each in threads:
            each.start()
        seq, seen, working = 0, list[tuple[int, int]](), True
        while working:
            working = any(each.is_alive() for each in threads)
            more = True
            while more:
                seq, found = store.impressions_after(seq, 7)
                seen += [(shown.viewer, shown.position) for shown in found]
                more = bool(found)
        assert len(seen) == THREADS * WRITES * SIZE
        assert set(seen) == {(thread, place) for thread in range(THREADS) for place in range(WRITES * SIZE)}

    def test_whoever_follows_exposure_reads_what_others_showed_once(self, store: Store) -> None:
        own = [replace(impression_of(0, key), request_id=f"mine-{key}") for key in (1, 2)]
        others = [replace(impression_of(0, key), request_id=f"yours-{key}", at=Micros(key)) for key in (3, 4, 5)]
        last, keys, at = store.shown_after(0, 10, "mine")
        assert (last, keys.tolist(), at.tolist()) == (0, [], [])
        store.add_impressions([own[0], others[0], own[1], *others[1:]])
        first, keys, at = store.shown_after(0, 2, "mine")
        assert (keys.tolist(), at.tolist()) == ([3, 4], [3, 4])
        assert (keys.dtype, at.dtype) == (np.dtype(np.int64), np.dtype(np.int64))
        second, keys, _ = store.shown_after(first, 2, "mine")
        assert keys.tolist() == [5]
        store.add_impressions(own)
        third, keys, _ = store.shown_after(second, 2, "mine")
        assert keys.tolist() == []
        assert third == store.impressions_after(0, 10)[0], "own lists are read past"
        assert store.shown_after(third, 2, "mine")[0] == third

    def test_exposure_since_a_moment(self, store: Store) -> None:
        last, keys, counts = store.shown_since(Micros(0))
        assert (last, keys.tolist(), counts.tolist()) == (0, [], [])
        shown = [(2**31 - 1, 5), (4, 9), (4, 10), (3, 10), (4, 11)]
        store.add_impressions([replace(impression_of(0, key), at=Micros(at)) for key, at in shown])
        last, keys, counts = store.shown_since(Micros(10))
        assert (keys.tolist(), counts.tolist()) == ([3, 4], [1, 2]), "the moment itself counts"
        assert (keys.dtype, counts.dtype) == (np.dtype(np.int64), np.dtype(np.int64))
        assert last == store.impressions_after(0, 10)[0], "as of all, also of those before the moment"
        last, keys, _ = store.shown_since(Micros(12))
        assert len(keys) == 0
        assert store.impressions_after(last, 10)[1] == []

    def test_exposure_and_what_follows_it_count_everything_once(self, store: Store) -> None:
        store.add_impressions([impression_of(0, 1), impression_of(0, 2)])
        last, _, counts = store.shown_since(NOW)
        store.add_impressions([impression_of(1, 2)])
        assert int(counts.sum()) + len(store.impressions_after(last, 10)[1]) == store.count_impressions() == 3

    def test_erased_people_leave_the_exposure(self, store: Store) -> None:
        with_people(store, 3)
        store.add_impressions([impression_of(0, 1), impression_of(0, 2), impression_of(1, 2)])
        store.remove_person("p1", NOW)
        _, keys, counts = store.shown_since(NOW)
        assert (keys.tolist(), counts.tolist()) == ([2], [1])

    def test_samples_are_those_with_feature_values(self, store: Store) -> None:
        rows = [impression_of(0, 1, position) for position in range(1, 7)]
        rows = [row if row.position % 2 else replace(row, features=None) for row in rows]
        store.add_impressions(rows)
        assert store.sampled_impressions(10) == [rows[4], rows[2], rows[0]]
        assert [shown.position for shown in store.sampled_impressions(2)] == [5, 3]
