"""The rows the ranker learns from: each looks from the list that was shown, or from a delay before the decision."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from twofold.domain.impression import Impression
from twofold.domain.person import Person
from twofold.domain.time import MICROS_PER_DAY, Micros
from twofold.storage.memory import MemoryStore
from twofold.training.decisions import Decisions
from twofold.training.rows import REMEMBERED, Rows, Shown, rows_of

DAY = MICROS_PER_DAY
START = 100 * DAY
ALL = np.iinfo(np.int64).max

Seen = tuple[int, int, int, int, tuple[str, ...]]


def decided(*rows: tuple[int, int, int]) -> Decisions:
    """(actor, target, at), by time."""
    actor, target, at = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    return Decisions(actor, target, np.ones(len(at), np.int8), np.ones(len(at), np.float32), at)


def shown(*rows: Seen) -> Shown:
    """(viewer, candidate, at, log position, sources), in the order of writing."""
    viewer, candidate, at, position = (np.array([row[place] for row in rows], np.int64) for place in range(4))
    return Shown(viewer, candidate, at, position, [row[4] for row in rows])


def test_without_lists_all_look_back_by_the_delay() -> None:
    rows = rows_of(decided((1, 2, START), (1, 3, START + 5)), Shown.none(), DAY)
    assert rows.as_of.moments.tolist() == [START - DAY, START - DAY + 5]
    assert rows.as_of.positions is None
    assert rows.brought is None
    assert rows.shown == 0


def test_a_decision_belongs_to_the_latest_list_before_it_that_had_the_person() -> None:
    lists = shown(
        (1, 2, START, 5, ("content",)),
        (1, 2, START + 20, 7, ("admirers", "content")),
        (1, 2, START + 40, 9, ("popular",)),  # after the decision
        (1, 3, START + 25, 8, ("friends",)),  # another person
        (2, 1, START + 26, 8, ("friends",)),  # the other way round
    )
    rows = rows_of(decided((1, 2, START + 30)), lists, DAY)
    assert rows.as_of.moments.tolist() == [START + 20]
    assert rows.as_of.positions is not None
    assert rows.as_of.positions.tolist() == [7]
    assert rows.brought is not None
    assert {name: column.tolist() for name, column in rows.brought.items()} == {
        "admirers": [1.0],
        "content": [1.0],
        "friends": [0.0],
        "popular": [0.0],
    }
    assert rows.shown == 1


def test_decisions_of_no_list_see_all_that_is_dated_before_their_moment() -> None:
    rows = rows_of(decided((1, 2, START + 30), (5, 6, START + 31)), shown((1, 2, START, 5, ("content",))), DAY)
    assert rows.as_of.positions is not None
    assert rows.as_of.positions.tolist() == [5, ALL]
    assert rows.as_of.moments.tolist() == [START, START + 31 - DAY]
    assert rows.brought is not None
    assert rows.brought["content"][0] == 1
    assert np.isnan(rows.brought["content"][1])


def test_what_is_shown_at_the_very_moment_is_no_cause_of_a_decision() -> None:
    assert rows_of(decided((1, 2, START)), shown((1, 2, START, 5, ())), 0).shown == 0


def test_a_list_is_remembered_for_thirty_days() -> None:
    lists = shown((1, 2, START, 5, ("content",)))
    assert rows_of(decided((1, 2, START + REMEMBERED)), lists, 0).shown == 1
    assert rows_of(decided((1, 2, START + REMEMBERED + 1)), lists, 0).shown == 0


def test_two_decisions_may_answer_one_list() -> None:
    rows = rows_of(decided((1, 2, START + 1), (1, 2, START + 2)), shown((1, 2, START, 5, ())), DAY)
    assert rows.as_of.moments.tolist() == [START, START]


def test_frozen_rows_all_look_from_one_moment() -> None:
    rows = rows_of(decided((1, 2, START + 30), (5, 6, START + 31)), shown((1, 2, START, 5, ())), DAY, frozen_at=77)
    assert rows.as_of.moments.tolist() == [77, 77]
    assert (rows.as_of.positions, rows.brought, rows.shown) == (None, None, 0)


def test_a_span_takes_everything_along() -> None:
    decisions = decided((1, 2, START + 30), (5, 6, START + 31), (7, 8, START + 32))
    rows = rows_of(decisions, shown((5, 6, START, 5, ("content",))), DAY).take(slice(1, 3))
    assert len(rows) == 2
    assert rows.as_of.moments.tolist() == [START, START + 32 - DAY]
    assert rows.brought is not None
    assert rows.brought["content"].tolist()[:1] == [1.0]


TIMES = st.integers(0, 8)
PAIRS = st.tuples(st.integers(0, 2), st.integers(3, 4), TIMES)


@given(st.lists(PAIRS, min_size=1, max_size=15), st.lists(PAIRS, max_size=15))
def test_the_join_is_what_a_loop_would_find(
    acts: list[tuple[int, int, int]], lists: list[tuple[int, int, int]]
) -> None:
    acts.sort(key=lambda act: act[2])
    seen = [(viewer, other, START + at, place, ()) for place, (viewer, other, at) in enumerate(lists)]
    decisions = decided(*[(actor, target, START + at) for actor, target, at in acts])
    rows = rows_of(decisions, shown(*seen) if seen else Shown.none(), 5)
    for row, (actor, target, at) in enumerate(acts):
        before = [each for each in seen if each[:2] == (actor, target) and each[2] < START + at]
        best = max(before, key=lambda each: (each[2], each[3]), default=None)
        assert rows.as_of.moments[row] == (START + at - 5 if best is None else best[2])
        if rows.as_of.positions is not None:
            assert rows.as_of.positions[row] == (ALL if best is None else best[3])


def test_impressions_are_read_in_the_order_of_writing() -> None:
    store = MemoryStore()
    store.put_people([(Person(id=name), True) for name in "abc"], Micros(1))
    store.add_impressions([impression(2, 5), impression(1, 9)])
    store.add_impressions([impression(2, 3)])
    found = Shown.read(store)
    assert (found.candidate.tolist(), found.at.tolist()) == ([2, 1, 2], [5, 9, 3])
    assert (found.position.tolist(), found.sources) == ([4] * 3, [("content",)] * 3)
    assert len(Shown.read(MemoryStore())) == len(Shown.none()) == 0


def impression(candidate: int, at: int) -> Impression:
    return Impression(
        request_id="r",
        viewer=0,
        candidate=candidate,
        position=1,
        at=Micros(at),
        score=0.5,
        p_viewer_likes=None,
        propensity=None,
        sources=("content",),
        model="heuristic",
        feature_version="h1",
        log_position=4,
    )


def test_no_rows_of_no_decisions() -> None:
    nothing = Decisions(*(np.empty(0, np.int64),) * 2, np.empty(0, np.int8), np.empty(0, np.float32), np.empty(0, int))
    rows: Rows = rows_of(nothing, shown((1, 2, START, 5, ())), DAY)
    assert len(rows) == 0
