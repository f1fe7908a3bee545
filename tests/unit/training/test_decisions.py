"""Decisions: in the order of time, the latest per pair, cut where no two simultaneous rows part."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from twofold.domain.changes import EventColumns
from twofold.domain.event import EventKind
from twofold.training.decisions import Decisions


def events(rows: list[tuple[int, int, EventKind, int]]) -> EventColumns:
    actor, target, kind, at = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    return EventColumns(np.arange(1, len(rows) + 1), actor, target, kind.astype(np.int8), at)


def decided(times: list[int]) -> Decisions:
    return Decisions.of(events([(0, 1, EventKind.LIKE, time) for time in times]))


def test_only_decisions_in_the_order_of_time_with_their_meaning() -> None:
    log = events(
        [
            (0, 1, EventKind.DISLIKE, 9),
            (0, 2, EventKind.SUPER_LIKE, 3),
            (0, 3, EventKind.VIEW, 1),
            (1, 2, EventKind.LIKE, 3),
            (1, 3, EventKind.MATCH, 4),
            (2, 3, EventKind.PASS, 2),
        ]
    )
    decisions = Decisions.of(log)
    assert decisions.at.tolist() == [2, 3, 3, 9]
    assert decisions.label.tolist() == [0, 1, 1, 0]
    assert decisions.weight.tolist() == [0, 2, 1, 0]
    assert decisions.target.tolist() == [3, 2, 2, 1]
    assert len(Decisions.of(EventColumns.empty())) == 0


def test_the_latest_decision_of_a_pair_counts() -> None:
    rows = [
        (0, 1, EventKind.LIKE, 1),
        (1, 0, EventKind.LIKE, 2),
        (0, 1, EventKind.DISLIKE, 3),
        (0, 2, EventKind.LIKE, 3),
    ]
    latest = Decisions.of(events(rows)).latest_per_pair()
    assert list(zip(latest.actor.tolist(), latest.target.tolist(), latest.label.tolist(), strict=True)) == [
        (1, 0, 1),
        (0, 1, 0),
        (0, 2, 1),
    ]


def test_people_with_two() -> None:
    rows = [(0, 1, EventKind.LIKE, 1), (0, 2, EventKind.PASS, 1), (3, 1, EventKind.LIKE, 1)]
    assert Decisions.of(events(rows)).people_with_two() == 1
    assert Decisions.of(EventColumns.empty()).people_with_two() == 0


@given(st.lists(st.integers(0, 12), min_size=1, max_size=40), st.sampled_from([0.5, 0.8]))
def test_a_cut_leaves_both_sides_something_and_parts_no_moment(times: list[int], share: float) -> None:
    decisions = decided(times)
    cut = decisions.cut(share)
    if len(set(times)) == 1:
        assert cut is None
        return
    assert cut is not None
    before, since = decisions.before(cut), decisions.since(cut)
    assert len(before) + len(since) == len(times)
    assert len(before)
    assert len(since)
    assert before.at.max() < since.at.min()


def test_the_nearer_end_of_a_block_of_equal_times_is_taken() -> None:
    assert len(decided([1, 2, 2, 2, 2, 2, 3, 3]).before(decided([1, 2, 2, 2, 2, 2, 3, 3]).cut(0.5) or 0)) == 6
    assert len(decided([1, 1, 2, 2, 2, 2, 2, 3]).before(decided([1, 1, 2, 2, 2, 2, 2, 3]).cut(0.5) or 0)) == 2
    assert len(decided(list(range(10))).before(5)) == 5
