"""Counters at any moment against an oracle that counts one by one; a history that follows the log against a new one."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from twofold.domain.as_of import AsOf
from twofold.domain.changes import EventColumns
from twofold.domain.event import DECISIONS, POSITIVES, EventKind
from twofold.domain.time import MICROS_PER_DAY
from twofold.population import derived, live_history
from twofold.population.history import Counters, History
from twofold.population.latest import Latest
from twofold.population.live_history import LiveHistory
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


def given_by(rows: list[Row]) -> History:
    return History.given(log_of(rows), 4)


def told(
    history: History | LiveHistory, asked: list[tuple[int, int]], positions: list[int] | None = None
) -> list[tuple[int, int, int, int, int]]:
    keys, moments = (np.array(column, np.int64) for column in zip(*asked, strict=True))
    found: Counters = history.counters(keys, AsOf.at(moments, positions))
    tally = history.tally(keys, AsOf.at(moments, positions))
    assert (tally.decisions.tolist(), tally.positives.tolist()) == (found.decisions.tolist(), found.positives.tolist())
    columns = (found.decisions, found.positives, found.recent, found.streak, found.last)
    return list(zip(*(column.tolist() for column in columns), strict=True))


@settings(max_examples=150)
@given(rows=ROWS, asked=ASKED)
def test_counters_are_what_counting_one_by_one_gives(rows: list[Row], asked: list[tuple[int, int]]) -> None:
    assert told(given_by(rows), asked) == [oracle(rows, key, as_of) for key, as_of in asked]


@settings(max_examples=50)
@given(rows=ROWS, order=st.randoms())
def test_it_is_the_same_for_some_owners_at_a_time(rows: list[Row], order: Random) -> None:
    log = log_of([(actor, order.randrange(4), kind, at) for actor, _, kind, at in rows])
    for side in (History.given, History.received):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(derived, "AT_ONCE", 3)
            parts = side(log, 10).frozen()
        for name, column in side(log, 10).frozen().items():
            np.testing.assert_array_equal(parts[name], column)
            assert parts[name].dtype == column.dtype


@settings(max_examples=150)
@given(rows=ROWS, asked=ASKED, data=st.data())
def test_only_what_was_written_by_then_counts(
    rows: list[Row], asked: list[tuple[int, int]], data: st.DataObject
) -> None:
    """Positions are 1, 2, 3 ...: up to p are the first p rows."""
    positions = [data.draw(st.integers(0, len(rows) + 1)) for _ in asked]
    expected = [oracle(rows[:p], key, as_of) for (key, as_of), p in zip(asked, positions, strict=True)]
    assert told(given_by(rows), asked, positions) == expected


@settings(max_examples=100)
@given(rows=ROWS, asked=ASKED, half_life=st.sampled_from([1, 7, 30]), data=st.data())
def test_fading_is_by_whole_days(
    rows: list[Row], asked: list[tuple[int, int]], half_life: int, data: st.DataObject
) -> None:
    positions = [data.draw(st.integers(0, len(rows) + 1)) for _ in asked]
    keys, moments = (np.array(column, np.int64) for column in zip(*asked, strict=True))
    expected = []
    for (key, as_of), p in zip(asked, positions, strict=True):
        ages = [
            as_of // MICROS_PER_DAY - at // MICROS_PER_DAY
            for actor, _, kind, at in rows[:p]
            if actor == key and kind in POSITIVES and at < as_of
        ]
        expected.append(sum(0.5 ** (days / half_life) for days in ages if days < 9 * half_life))
    as_of_then, history = AsOf.at(moments, positions), given_by(rows)
    np.testing.assert_allclose(history.fading(keys, as_of_then, half_life), expected, rtol=1e-12)
    if half_life == 30:
        np.testing.assert_allclose(history.counters(keys, as_of_then).decayed, expected, rtol=1e-12)


def latest_of(rows: list[Row], key: int, as_of: int, p: int, most: int | None) -> list[tuple[int, bool, int, int]]:
    """The latest decisions of one person, by time and then by place in the log."""
    mine = [row for row in rows[:p] if row[0] == key and row[3] < as_of and row[2] in DECISIONS]
    mine.sort(key=lambda row: row[3])
    chosen = mine if most is None else mine[len(mine) - min(most, len(mine)) :]
    return [(other, kind in POSITIVES, at, int(kind)) for _, other, kind, at in chosen]


OTHERS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(4, 7), st.sampled_from(list(EventKind)), MOMENTS), max_size=40
)


@settings(max_examples=150)
@given(rows=OTHERS, asked=ASKED, most=st.sampled_from([None, 1, 3, 200]), loaded=st.integers(0, 40), data=st.data())
def test_the_latest_decisions(
    rows: list[Row], asked: list[tuple[int, int]], most: int | None, loaded: int, data: st.DataObject
) -> None:
    """Of a history and of one that follows the log; and the last one about each person stands."""
    positions = [data.draw(st.integers(0, len(rows) + 1)) for _ in asked]
    keys, moments = (np.array(column, np.int64) for column in zip(*asked, strict=True))
    expected = [latest_of(rows, key, as_of, p, most) for (key, as_of), p in zip(asked, positions, strict=True)]
    for history in (given_by(rows), followed(rows, loaded)):
        found = history.latest(keys, AsOf.at(moments, positions), most)
        assert by_row(found, len(asked)) == expected
        last = [{other: (positive, at, kind) for other, positive, at, kind in each} for each in expected]
        stands = by_row(found.standing(10), len(asked))
        assert [{other: tuple(rest) for other, *rest in each} for each in stands] == last
        order = [
            [place for place, row in enumerate(each) if row[0] not in {o for o, *_ in each[place + 1 :]}]
            for each in expected
        ]
        assert stands == [[each[place] for place in places] for each, places in zip(expected, order, strict=True)]
        assert by_row(found.standing(10).newest(2), len(asked)) == [each[-2:] for each in stands]
        others = by_row(found.standing(10).by_other(), len(asked))
        assert [[other for other, *_ in each] for each in others] == [sorted(each) for each in last]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=OTHERS, asked=ASKED, most=st.sampled_from([1, 3, 200]), loaded=st.integers(0, 40))
def test_what_one_person_did_is_read_alone(
    rows: list[Row], asked: list[tuple[int, int]], most: int, loaded: int, gather_at: int
) -> None:
    """Whichever layer knows them: all of it, and of many people what `latest` reads."""
    live, keys = followed(rows, loaded), np.array([key for key, _ in asked])
    for key, moment in asked:
        mine = sorted((row for row in rows if row[0] == key and row[3] < moment), key=lambda row: row[3])
        acts = live.acts_of(key, moment)
        assert acts.other.tolist() == [other for _, other, _, _ in mine]
        assert acts.kind.tolist() == [int(kind) for _, _, kind, _ in mine]
        assert acts.at.tolist() == [at for _, _, _, at in mine]
        decided = [other for _, other, kind, _ in mine if kind in DECISIONS]
        assert not acts.distinct or len(set(decided)) == len(decided)
        for _ in range(2):  # what is remembered is what was read
            found = by_row(live.latest_at(keys, moment, most), len(asked))
            expected = [latest_of(rows, each, moment, len(rows), most) for each, _ in asked]
            assert untimed(found) == untimed(expected)


def untimed(rows: list[list[tuple[int, bool, int, int]]]) -> list[list[tuple[int, bool, int]]]:
    return [[(other, positive, kind) for other, positive, _, kind in row] for row in rows]


def test_people_with_news_are_put_in_order_once_until_there_is_more(monkeypatch: pytest.MonkeyPatch) -> None:
    live, asked = followed([(0, 9, EventKind.LIKE, 5), (1, 9, EventKind.LIKE, 5)], 1), np.array([0, 1])
    rebuilt: list[list[int]] = []
    inner = LiveHistory._rebuilt

    def noted(history: LiveHistory, keys: NDArray[np.int64]) -> History:
        rebuilt.append(keys.tolist())
        return inner(history, keys)

    monkeypatch.setattr(LiveHistory, "_rebuilt", noted)
    for _ in range(3):
        assert live.latest(asked, AsOf.at(9)).other.tolist() == [9, 9]
        assert live.acts_of(1, 9).other.tolist() == [9]
    assert rebuilt == [[1]]
    live.follow(*(np.array([each]) for each in (1, 8, EventKind.PASS, 6, 3)))
    assert live.acts_of(1, 9).other.tolist() == [9, 8]
    live.forget(9)
    assert live.acts_of(1, 9).other.tolist() == [8]
    live.apply(1, 7, EventKind.LIKE, 7, 4)
    assert live.latest(asked, AsOf.at(9)).other.tolist() == [8, 7]


def by_row(latest: Latest, rows: int) -> list[list[tuple[int, bool, int, int]]]:
    found: list[list[tuple[int, bool, int, int]]] = [[] for _ in range(rows)]
    columns = (latest.row, latest.other, latest.positive, latest.at, latest.kind)
    for row, *rest in zip(*(column.tolist() for column in columns), strict=True):
        found[row].append((rest[0], rest[1], rest[2], rest[3]))
    return found


def followed(rows: list[Row], loaded: int) -> LiveHistory:
    """The first rows loaded, the others followed."""
    live = LiveHistory(given_by(rows[:loaded]))
    for place, (actor, target, kind, at) in enumerate(rows):
        if place >= loaded:
            live.apply(actor, target, kind, at, place + 1)
    return live


@pytest.fixture(params=[1, 2, 3, 256])
def gather_at(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """With so many people who have news, these are gathered."""
    monkeypatch.setattr(live_history, "GATHER_AT", request.param)
    return int(request.param)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, asked=ASKED, loaded=st.integers(0, 40), between=st.integers(0, 40))
def test_following_the_log_gives_what_a_new_history_gives(
    rows: list[Row], asked: list[tuple[int, int]], loaded: int, between: int, gather_at: int
) -> None:
    """Rows come in any order of their own times; asking in between lets layers form."""
    live = LiveHistory(given_by(rows[:loaded]))
    for place, (actor, target, kind, at) in enumerate(rows[loaded:], loaded):
        live.apply(actor, target, kind, at, place + 1)
        if place % (between + 1) == 0:
            assert told(live, asked) == told(given_by(rows[: place + 1]), asked)
    assert told(live, asked) == told(given_by(rows), asked)
    then = [between] * len(asked)
    assert told(live, asked, then) == told(given_by(rows[:between]), asked)
    keys = np.array([key for key, _ in asked])
    as_of = AsOf.at([moment for _, moment in asked])
    np.testing.assert_array_equal(live.fading(keys, as_of, 7), given_by(rows).fading(keys, as_of, 7))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, asked=ASKED, loaded=st.integers(0, 40), gone=st.sampled_from([0, 1, 9]), when=st.integers(0, 40))
def test_forgetting_somebody_gives_what_a_log_without_them_gives(
    rows: list[Row], asked: list[tuple[int, int]], loaded: int, gone: int, when: int, gather_at: int
) -> None:
    """At any time, in whatever layer they are; others go on after it."""
    rows = [row if place % 3 else (row[0], 8, row[2], row[3]) for place, row in enumerate(rows)]
    live = LiveHistory(given_by(rows[:loaded]))
    told(live, asked)
    forgotten: list[Row] = rows[:loaded]
    others = None
    for place, (actor, target, kind, at) in enumerate(rows[loaded:], loaded):
        if place >= when and others is None:
            others = live.forget(gone)
        if others is None or gone not in (actor, target):
            live.apply(actor, target, kind, at, place + 1)
            told(live, asked)
        if others is None:
            forgotten = rows[: place + 1]
    if others is None:
        others = live.forget(gone)
        forgotten = rows
    left = [(place + 1, row) for place, row in enumerate(rows) if gone not in row[:2]]
    log = log_of([row for _, row in left])
    never = History.given(replace(log, position=np.array([place for place, _ in left], np.int64)), 4)
    asked = [(key, as_of) for key, as_of in asked if key != gone] or [(3, 1)]
    assert told(live, asked) == told(never, asked)
    assert told(live, asked, [when] * len(asked)) == told(never, asked, [when] * len(asked))
    assert others.tolist() == sorted({actor for actor, target, _, _ in forgotten if target == gone and actor != gone})
    assert not live.counters(np.array([gone]), AsOf.at(2**60)).last.any()


@given(rows=ROWS, later=ROWS, asked=ASKED)
def test_nothing_at_or_after_a_moment_changes_what_is_told_of_it(
    rows: list[Row], later: list[Row], asked: list[tuple[int, int]]
) -> None:
    last = max(as_of for _, as_of in asked)
    more = [(actor, target, kind, max(at, last)) for actor, target, kind, at in later]
    assert told(given_by(rows + more), asked) == told(given_by(rows), asked)


def test_without_events_everything_is_zero() -> None:
    nothing = EventColumns.empty()
    for history in (History.given(nothing, 0), History.given(nothing, 2), LiveHistory(History.given(nothing, 0))):
        assert told(history, [(0, 5), (99, 5)]) == [(0, 0, 0, 0, 0)] * 2
        assert not len(history.latest(np.array([0, 99]), AsOf.at([5, 5], [1, 1])).row)


def test_forgetting_a_person_drops_what_they_did_since() -> None:
    live = LiveHistory(History.given(EventColumns.empty(), 0))
    live.apply(3, 9, EventKind.LIKE, 5, 1)
    live.apply(4, 9, EventKind.LIKE, 5, 2)
    assert live.written(3).tolist() == [1]
    live.forget(3)
    assert [row[0] for row in told(live, [(3, 9), (4, 9)])] == [0, 1]
    assert live.written(3).tolist() == []


def test_received_are_the_decisions_about_somebody() -> None:
    rows: list[Row] = [(1, 0, EventKind.LIKE, 1), (2, 0, EventKind.VIEW, 2), (0, 1, EventKind.PASS, 3)]
    received = History.received(log_of(rows), 3)
    assert received.counters(np.array([0, 1, 2]), AsOf.at([9, 9, 9])).decisions.tolist() == [1, 1, 0]
    assert received.owners_of(0).tolist() == [1]


@settings(max_examples=150)
@given(rows=OTHERS, asked=ASKED, most=st.integers(1, 4), loaded=st.integers(0, 40), data=st.data())
def test_the_last_decisions_in_the_log(
    rows: list[Row], asked: list[tuple[int, int]], most: int, loaded: int, data: st.DataObject
) -> None:
    """Whatever their own time, which they are in the order of."""
    positions = [data.draw(st.integers(0, len(rows) + 1)) for _ in asked]
    keys, moments = (np.array(column, np.int64) for column in zip(*asked, strict=True))
    expected = []
    for (key, as_of), p in zip(asked, positions, strict=True):
        mine = [row for row in rows[:p] if row[0] == key and row[3] < as_of and row[2] in DECISIONS][-most:]
        expected.append([(other, kind in POSITIVES, at, int(kind)) for _, other, kind, at in sorted(mine, key=by_time)])
    for history in (given_by(rows), followed(rows, loaded)):
        found = history.latest(keys, AsOf.at(moments, positions), most, as_written=True)
        assert by_row(found, len(asked)) == expected


def by_time(row: Row) -> int:
    return row[3]


def test_with_ever_more_news_people_are_put_in_order_anew_a_few_times_each(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    gather = LiveHistory._gather

    def noted(live: LiveHistory) -> None:
        gather(live)
        sizes.append(len(live._gathered_keys))

    monkeypatch.setattr(LiveHistory, "_gather", noted)
    live, people = LiveHistory(History.given(EventColumns.empty(), 0)), 12_000
    for key in range(people):
        live.apply(owner=key, other=key + 1, kind=EventKind.LIKE, at=5, position=key + 1)
        if key % 64 == 0:
            live.tally(np.array([key, key // 2]), AsOf.at(6))
    assert 5 <= len(sizes) <= 30
    assert sum(sizes) <= 12 * people
    assert live.tally(np.arange(people), AsOf.at(6)).positives.tolist() == [1] * people
