"""Popularity and crowds: figures of everybody that are kept for a day, and computed anew when they have to be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twofold.domain.as_of import AsOf
from twofold.domain.changes import Changes, EventColumns, Removal
from twofold.domain.event import EventKind
from twofold.domain.time import MICROS_PER_DAY, Micros
from twofold.population.crowd import STEP, Crowd
from twofold.population.population import Population
from twofold.testing.contracts.town import Row, log_of, population_of, version_of

DAY = MICROS_PER_DAY
PEOPLE = [replace(version_of(key), position=0) for key in range(5)]
KINDS = st.sampled_from([EventKind.LIKE, EventKind.SUPER_LIKE, EventKind.PASS, EventKind.VIEW, EventKind.BLOCK])
# So many days, and microseconds in them.
ROWS = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.integers(0, 4),
        KINDS,
        st.builds(lambda day, part: day * DAY + part, st.integers(1, 40), st.integers(0, 5)),
    ).filter(lambda row: row[0] != row[1]),
    max_size=25,
)


def follow(population: Population, row: Row) -> None:
    position = population.position + 1
    population.apply(Changes(position, (), replace(log_of([row]), position=np.array([position])), ()))


def remove(population: Population, key: int) -> None:
    position = population.position + 1
    population.apply(Changes(position, (), EventColumns.empty(), (Removal(position, key),)))


@settings(max_examples=60)
@given(rows=ROWS, loaded=st.integers(0, 25), gone=st.integers(0, 4))
def test_popularity_is_up_to_date_while_the_clock_goes_on(rows: list[Row], loaded: int, gone: int) -> None:
    """Late likes count at once. (One dated ahead on the same day does too: nothing but a source reads this.)"""
    population = population_of(PEOPLE, rows[:loaded])
    for place, row in enumerate(rows[loaded:], loaded):
        follow(population, row)
        now = max(at for *_, at in rows[: place + 1]) + 10
        everyone = np.arange(5)
        expected = population_of(PEOPLE, rows[: place + 1]).received.counters(everyone, AsOf.at([now] * 5)).decayed
        np.testing.assert_allclose(population.popular(now)[:5], expected, rtol=1e-12)
    now = 41 * DAY
    before = population.popular(now).copy()
    remove(population, gone)
    left = population_of(PEOPLE, [row for row in rows if gone not in row[:2]])
    np.testing.assert_allclose(population.popular(now)[:5], left.popular(now)[:5], rtol=1e-12)
    assert len(before) == len(population.popular(now))


def test_popularity_of_somebody_new() -> None:
    population = population_of(PEOPLE, [(0, 1, EventKind.LIKE, DAY)])
    assert population.popular(2 * DAY)[1] == pytest.approx(0.5 ** (1 / 30))
    newcomer = replace(version_of(2_000), position=2)
    population.apply(Changes(2, (newcomer,), EventColumns.empty(), ()))
    follow(population, (1, 2_000, EventKind.LIKE, 2 * DAY))
    assert population.popular(2 * DAY + 9)[[1, 2_000]].tolist() == pytest.approx([0.5 ** (1 / 30), 1])


def test_each_half_life_has_a_column_of_its_own() -> None:
    population = population_of(PEOPLE, [(0, 1, EventKind.LIKE, DAY)])
    assert population.popular(8 * DAY, 7)[1] == pytest.approx(0.5)
    assert population.popular(8 * DAY, 14)[1] == pytest.approx(0.5**0.5)
    follow(population, (2, 1, EventKind.LIKE, 8 * DAY))
    assert population.popular(8 * DAY + 9, 7)[1] == pytest.approx(1.5)
    assert population.popular(8 * DAY + 9, 14)[1] == pytest.approx(1 + 0.5**0.5)


def same(one: Crowd, other: Crowd) -> None:
    for days, column in one.liked.items():
        np.testing.assert_array_equal(column, other.liked[days])
    for name in ("last_liked", "last_active", "created", "degrees"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)


@settings(max_examples=60)
@given(rows=ROWS, loaded=st.integers(0, 25), days=st.lists(st.integers(0, 41), min_size=1, max_size=3))
def test_a_crowd_that_is_kept_is_what_a_new_population_gives(rows: list[Row], loaded: int, days: list[int]) -> None:
    """After any act that comes late, of whatever kind."""
    population = population_of(PEOPLE, rows[:loaded])
    views = [AsOf.at(day * DAY + 7) for day in days] + [AsOf.at(days[0] * DAY, len(rows) // 2)]
    for place, row in enumerate(rows[loaded:], loaded):
        for view in views:
            population.crowd(view)
        follow(population, row)
        fresh = population_of(PEOPLE, rows[: place + 1])
        for view in views:
            same(population.crowd(view), fresh.crowd(view))


def test_a_crowd_is_of_those_who_had_an_account() -> None:
    joined = replace(version_of(5, created_at=Micros(3 * DAY)), position=9)
    late = replace(version_of(6), position=20)
    population = population_of([*PEOPLE, joined, late], [(5, 6, EventKind.LIKE, 4 * DAY)])
    assert population.crowd(AsOf.at(3 * DAY + 1)).people == 6
    assert population.crowd(AsOf.at(4 * DAY)).people == 7
    assert population.crowd(AsOf.at(4 * DAY, 19)).people == 6
    assert population.crowd(AsOf.at(4 * DAY, 8)).people == 5
    remove(population, 5)
    assert population.crowd(AsOf.at(9 * DAY)).people == 6
    assert population.crowd(AsOf.at(9 * DAY)).last_liked.tolist() == [0] * 6


def test_only_a_few_days_are_kept() -> None:
    population = population_of(PEOPLE, [(0, 1, EventKind.LIKE, DAY)])
    first = population.crowd(AsOf.at(5 * DAY))
    assert population.crowd(AsOf.at(5 * DAY + 9)) is first
    for day in range(20):
        population.crowd(AsOf.at(day * DAY))
    assert population.crowd(AsOf.at(5 * DAY)) is not first
    same(population.crowd(AsOf.at(5 * DAY)), first)


def test_a_blank_population_knows_what_all_did_together_and_leaves_the_real_one_alone() -> None:
    population = population_of(PEOPLE, [(0, 1, EventKind.LIKE, DAY), (2, 1, EventKind.LIKE, DAY)])
    as_of = AsOf.at(3 * DAY)
    blank = population.blank()
    assert blank.crowd(as_of).liked[30].max() > 0
    assert population.crowd(as_of).liked[30].max() > 0
    assert blank.totals.sums(as_of).decisions.tolist() == [2]
    nothing = blank.given.counters(np.array([0]), as_of), blank.received.counters(np.array([1]), as_of)
    assert [side.decisions.tolist() for side in nothing] == [[0], [0]]


@given(st.lists(st.integers(0, 4), max_size=8), st.integers(-1, 5))
def test_rank_is_how_many_have_more_and_half_of_those_with_as_much(among: list[int], value: int) -> None:
    expected = sum(each > value for each in among) + sum(each == value for each in among) / 2
    assert Crowd.rank(np.sort(np.array(among, np.float64)), np.array([float(value)])).tolist() == [expected]


def test_a_profile_of_today_leaves_the_crowd_of_the_day_and_an_older_one_does_not() -> None:
    population = population_of(PEOPLE, [(0, 1, EventKind.LIKE, DAY)])
    kept = population.crowd(AsOf.at(40 * DAY + 5))
    today = replace(version_of(0, gender="woman"), position=2, at=Micros(40 * DAY + 1))
    population.apply(Changes(2, (today,), EventColumns.empty(), ()))
    assert population.crowd(AsOf.at(40 * DAY + 9)) is kept
    late = replace(version_of(1, gender="man"), position=3, at=Micros(39 * DAY))
    population.apply(Changes(3, (late,), EventColumns.empty(), ()))
    assert population.crowd(AsOf.at(40 * DAY + 9)) is not kept


def test_who_begins_today_leaves_the_crowd_of_the_day_and_who_began_before_does_not() -> None:
    population = population_of(PEOPLE, [(0, 1, EventKind.LIKE, DAY)])
    kept = population.crowd(AsOf.at(40 * DAY + 5))
    newcomer = replace(version_of(7, created_at=Micros(40 * DAY + 1)), position=2, at=Micros(40 * DAY + 1))
    population.apply(Changes(2, (newcomer,), EventColumns.empty(), ()))
    assert population.crowd(AsOf.at(40 * DAY + 9)) is kept
    imported = replace(version_of(8), position=3, at=Micros(40 * DAY + 2))
    population.apply(Changes(3, (imported,), EventColumns.empty(), ()))
    same(population.crowd(AsOf.at(40 * DAY + 9)), population._crowds._compute(AsOf.at(40 * DAY)))
    assert population.crowd(AsOf.at(40 * DAY + 9)) is not kept


@pytest.mark.parametrize("people", [0, 1, STEP - 1, STEP, STEP + 1, 2 * STEP, 5_000])
@pytest.mark.parametrize("times", [10, 1_000_000])
def test_ranks_of_last_acts_are_found_by_landmarks(people: int, times: int) -> None:
    rng, nothing, nobody = np.random.default_rng(people), np.empty(0), np.empty(0, np.int64)
    active = np.sort(rng.integers(0, times, people))
    crowd = Crowd({}, nothing, active.astype(np.float64), nobody, np.zeros(1, np.int64), nobody)
    asked = np.concatenate([rng.integers(-2, times + 2, 500), active])
    np.testing.assert_array_equal(crowd.active_rank(asked), Crowd.rank(crowd.last_active, asked.astype(np.float64)))
