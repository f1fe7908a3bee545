"""Counters at any moment against an oracle that counts one by one; a history that follows the log against a new one."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from twofold.domain.changes import EventColumns
from twofold.domain.event import DECISIONS, POSITIVES, EventKind
from twofold.domain.time import MICROS_PER_DAY
from twofold.population.history import Counters, History, LiveHistory
from twofold.testing.contracts.town import Row, log_of

# Days around the window's edge and in a row, and moments around midnight: where counting goes wrong.
DAYS = st.sampled_from([100, 101, 102, 103, 105, 129, 130, 131, 132, 133])
MOMENTS = st.builds(
    lambda day, part: day * MICROS_PER_DAY + part,
    DAYS,
    st.sampled_from([0, 1, MICROS_PER_DAY // 2, MICROS_PER_DAY - 1]),
)
ROWS = st.lists(st.tuples(st.integers(0, 3), st.just(9), st.sampled_from(list(EventKind)), MOMENTS), max_size=40)
ASKED = st.lists(st.tuples(st.integers(0, 6), MOMENTS), min_size=1, max_size=20)


def oracle(rows: list[Row], key: int, as_of: int) -> tuple[int, int, int, int, int]:
    """The counters of one person by the words of their definition."""
    mine = [(kind, at) for actor, _, kind, at in rows if actor == key and at < as_of]
    today = as_of // MICROS_PER_DAY
    days = {at // MICROS_PER_DAY for _, at in mine}
    streak, day = 0, today if today in days else today - 1
    while day in days:
        streak, day = streak + 1, day - 1
    return (
        sum(kind in DECISIONS for kind, _ in mine),
        sum(kind in POSITIVES for kind, _ in mine),
        sum(today - at // MICROS_PER_DAY < 30 for _, at in mine),
        streak,
        max((at for _, at in mine), default=0),
    )


def told(history: History | LiveHistory, asked: list[tuple[int, int]]) -> list[tuple[int, int, int, int, int]]:
    keys, moments = (np.array(column, np.int64) for column in zip(*asked, strict=True))
    found: Counters = history.counters(keys, moments)
    columns = (found.decisions, found.positives, found.recent, found.streak, found.last)
    return list(zip(*(column.tolist() for column in columns), strict=True))


@settings(deadline=None, max_examples=300)
@given(rows=ROWS, asked=ASKED)
def test_counters_are_what_counting_one_by_one_gives(rows: list[Row], asked: list[tuple[int, int]]) -> None:
    assert told(History(log_of(rows)), asked) == [oracle(rows, key, as_of) for key, as_of in asked]


@settings(deadline=None, max_examples=300)
@given(rows=ROWS, asked=ASKED, loaded=st.integers(0, 40))
def test_following_the_log_gives_what_a_new_history_gives(
    rows: list[Row], asked: list[tuple[int, int]], loaded: int
) -> None:
    """Rows come in any order of their own times, so late and simultaneous ones are among them."""
    live = LiveHistory(log_of(rows[:loaded]))
    for actor, target, kind, at in rows[loaded:]:
        live.apply(actor, target, kind, at)
    assert told(live, asked) == told(History(log_of(rows)), asked)


@settings(deadline=None, max_examples=300)
@given(rows=ROWS, asked=ASKED, loaded=st.integers(0, 40), gone=st.sampled_from([0, 1, 2]))
def test_forgetting_somebody_gives_what_a_log_without_them_gives(
    rows: list[Row], asked: list[tuple[int, int]], loaded: int, gone: int
) -> None:
    live = LiveHistory(log_of(rows[:loaded]))
    for actor, target, kind, at in rows[loaded:]:
        live.apply(actor, target, kind, at)
    others = live.forget(gone)
    left = [row for row in rows if gone not in row[:2]]
    asked = [(key, as_of) for key, as_of in asked if key != gone] or [(9, 1)]
    assert told(live, asked) == told(History(log_of(left)), asked)
    assert others.tolist() == sorted({actor for actor, target, _, _ in rows if target == gone and actor != gone})


@given(rows=ROWS, later=ROWS, asked=ASKED)
def test_nothing_at_or_after_a_moment_changes_what_is_told_of_it(
    rows: list[Row], later: list[Row], asked: list[tuple[int, int]]
) -> None:
    last = max(as_of for _, as_of in asked)
    more = [(actor, target, kind, max(at, last)) for actor, target, kind, at in later]
    assert told(History(log_of(rows + more)), asked) == told(History(log_of(rows)), asked)


def test_without_events_everything_is_zero() -> None:
    assert told(History(EventColumns.empty()), [(0, 5), (99, 5)]) == [(0, 0, 0, 0, 0)] * 2
    assert told(LiveHistory(EventColumns.empty()), [(0, 5)]) == [(0, 0, 0, 0, 0)]


def test_forgetting_a_person_drops_what_they_did_since() -> None:
    live = LiveHistory(EventColumns.empty())
    live.apply(3, 9, EventKind.LIKE, 5)
    live.apply(4, 9, EventKind.LIKE, 5)
    live.forget(3)
    assert [row[0] for row in told(live, [(3, 9), (4, 9)])] == [0, 1]
