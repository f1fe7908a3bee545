"""What everybody did together, against adding up: by day, by what was written, and without who is gone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twofold.domain.as_of import AsOf
from twofold.domain.changes import EventColumns
from twofold.domain.event import DECISIONS, POSITIVES, EventKind
from twofold.domain.time import MICROS_PER_DAY
from twofold.population.totals import Totals
from twofold.testing.contracts.town import Row, log_of

DAY = MICROS_PER_DAY
MOMENTS = st.builds(
    lambda day, part: day * DAY + part,
    st.sampled_from([-2, 0, 1, 2, 3, 9, 10, 279, 280, 281]),
    st.sampled_from([0, 1, DAY - 1]),
)
ROWS = st.lists(st.tuples(st.integers(0, 2), st.integers(3, 5), st.sampled_from(list(EventKind)), MOMENTS), max_size=30)
ACCOUNTS = st.lists(st.none() | st.integers(-2, 11), max_size=6)
VIEWS = st.lists(st.tuples(MOMENTS, st.integers(0, 32)), min_size=1, max_size=6)
Sum = tuple[int, int, float, int]


def added_up(rows: list[tuple[int, Row]], accounts: list[int | None], moment: int, p: int) -> Sum:
    """By the words of `Sums`; accounts come at positions 0, 2, 4 ..."""
    today = moment // DAY
    some = [(kind, today - at // DAY) for place, (_, _, kind, at) in rows if place <= p and kind in DECISIONS]
    before = [(kind in POSITIVES, ago) for kind, ago in some if ago > 0]
    return (
        len(before),
        sum(positive for positive, _ in before),
        sum((0.5 ** (ago / 30) for positive, ago in before if positive and ago < 270), 0.0),
        sum(2 * number <= p and (day is None or day < today) for number, day in enumerate(accounts)),
    )


def told(totals: Totals, as_of: AsOf) -> list[Sum]:
    sums = totals.sums(as_of)
    columns = (sums.decisions, sums.positives, sums.decayed, sums.people)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def totals_of(rows: list[Row], accounts: list[int | None], loaded: int) -> Totals:
    """The first rows loaded, the others followed."""
    totals = Totals(log_of(rows[:loaded]))
    for number, day in enumerate(accounts):
        totals.began(number, 2 * number, day)
        totals.began(number, 99, 5)  # a later version changes nothing
    for place, (_, _, kind, at) in enumerate(rows[loaded:], min(loaded, len(rows)) + 1):
        if kind in DECISIONS:
            totals.apply(position=place, at=at, positive=kind in POSITIVES)
    return totals


@settings(max_examples=150)
@given(rows=ROWS, accounts=ACCOUNTS, views=VIEWS, loaded=st.integers(0, 30))
def test_sums_are_what_adding_up_gives(
    rows: list[Row], accounts: list[int | None], views: list[tuple[int, int]], loaded: int
) -> None:
    totals, numbered = totals_of(rows, accounts, loaded), list(enumerate(rows, 1))
    moments, positions = ([*column] for column in zip(*views, strict=True))
    for as_of, written in ((AsOf.at(moments), [10**6] * len(views)), (AsOf.at(moments, positions), positions)):
        found = told(totals, as_of)
        expected = [added_up(numbered, accounts, t, p) for t, p in zip(moments, written, strict=True)]
        assert [(a, b, d) for a, b, _, d in found] == [(a, b, d) for a, b, _, d in expected]
        assert [each[2] for each in found] == pytest.approx([each[2] for each in expected], rel=1e-9, abs=1e-12)


@settings(max_examples=100)
@given(rows=ROWS, accounts=ACCOUNTS, views=VIEWS, loaded=st.integers(0, 30), gone=st.integers(0, 5))
def test_who_is_gone_was_never_counted(
    rows: list[Row], accounts: list[int | None], views: list[tuple[int, int]], loaded: int, gone: int
) -> None:
    totals = totals_of(rows, accounts, loaded)
    told(totals, AsOf.at(5 * DAY, 9))
    theirs = [place for place, row in enumerate(rows, 1) if gone in row[:2]]
    counted = totals.forget(gone, np.array(theirs, np.int64))
    assert counted == sum(rows[place - 1][2] in DECISIONS for place in theirs)
    left = [(place, row) for place, row in enumerate(rows, 1) if gone not in row[:2]]
    for t, p in views:
        found = told(totals, AsOf.at(t, p))[0]
        without = added_up(left, accounts, t, p)
        number = accounts[gone] if gone < len(accounts) else None
        theirs_too = gone < len(accounts) and 2 * gone <= p and (number is None or number < t // DAY)
        assert found[:2] == without[:2]
        assert found[2] == pytest.approx(without[2], rel=1e-9, abs=1e-12)
        assert found[3] == without[3] - theirs_too


@given(accounts=ACCOUNTS, view=st.tuples(MOMENTS, st.integers(0, 12)))
def test_who_is_there_is_who_is_counted(accounts: list[int | None], view: tuple[int, int]) -> None:
    totals = totals_of([], accounts, 0)
    for as_of in (AsOf.at(view[0]), AsOf.at(*view)):
        there = totals.there(as_of).tolist()
        assert len(there) == told(totals, as_of)[0][3]
        assert there == sorted(set(there))
        assert all(accounts[key] is None or (accounts[key] or 0) < view[0] // DAY for key in there)


def test_nothing_was_done() -> None:
    totals = totals_of([], [], 0)
    assert told(totals, AsOf.at([5, 6], [1, 2])) == [(0, 0, 0.0, 0)] * 2
    assert told(totals, AsOf.at([])) == []


def test_a_decision_that_came_after_the_list_was_made_is_not_in_its_totals() -> None:
    """The log had not reached the day before when the list was made, so the decision is late to nobody but the list."""
    totals = totals_of([(0, 3, EventKind.LIKE, 1), (0, 4, EventKind.LIKE, 7 * DAY)], [], 0)
    assert told(totals, AsOf.at(9 * DAY, 1))[0][:2] == (1, 1)
    assert told(totals, AsOf.at(9 * DAY, 2))[0][:2] == (2, 2)


def test_days_that_are_added_change_no_sum_of_earlier_ones() -> None:
    totals, rng = Totals(EventColumns.empty()), np.random.default_rng(3)
    for number, day in enumerate(np.sort(rng.integers(100, 300, 2_000)).tolist()):
        totals.apply(position=number, at=day * MICROS_PER_DAY, positive=True)
    moment = AsOf.at(340 * MICROS_PER_DAY)
    before = totals.sums(moment).decayed.tolist()
    for day in range(340, 350):
        totals.apply(position=3_000 + day, at=day * MICROS_PER_DAY, positive=True)
    totals._kept = None  # as in another process
    assert totals.sums(moment).decayed.tolist() == before
