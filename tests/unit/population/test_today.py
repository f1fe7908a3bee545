"""A population that has computed its day in advance, or was brought it, tells what one tells that has not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.population.test_everybody import DAY, PEOPLE, ROWS, follow, remove
from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Keys
from twofold.domain.changes import Changes, EventColumns
from twofold.domain.event import EventKind
from twofold.features.definition import FeatureInput
from twofold.features.everybody import begin_day
from twofold.features.kept import KeptSides
from twofold.features.service import FeatureService
from twofold.features.spec import VERSIONS
from twofold.population.population import Population
from twofold.testing.contracts.town import Row, population_of, version_of

KEYS = np.arange(5)
NOW = 41 * DAY + 7


def told(population: Population, as_of: AsOf) -> list[object]:
    """Counters and sums of all five, and features of those who are there."""
    there = population.columns.everyone()
    parts: list[object] = []
    for history in (population.given, population.received):
        counters, tally = history.counters(KEYS, as_of.broadcast(5)), history.tally(KEYS, as_of.broadcast(5))
        parts += [getattr(counters, name).tolist() for name in counters.__slots__]
        parts += [tally.decisions.tolist(), tally.positives.tolist()]
        parts += [history.fading(KEYS, as_of.broadcast(5), days).tolist() for days in (7, 30, 90)]
    sums = population.totals.sums(as_of)
    parts += [getattr(sums, name).tolist() for name in sums.__slots__]
    if as_of.positions is None:
        pairs = FeatureService(population).read(0, there[(there > 0) & (there < 5)], as_of)
        parts += [np.nan_to_num(pairs.values(name), nan=-9).tolist() for name in VERSIONS]
        parts += [np.nan_to_num(pairs.turned(name), nan=-9).tolist() for name in VERSIONS]
    return parts


def checked(warm: Population, cold: Population) -> None:
    for moment in (NOW, NOW + 3_600_000_000, 41 * DAY, 40 * DAY + 2, 42 * DAY, 43 * DAY + 1):
        assert told(warm, AsOf.at(moment)) == told(cold, AsOf.at(moment))
    past = AsOf.at(NOW, max(cold.position - 2, 0))
    assert told(warm, past) == told(cold, past)


@settings(max_examples=25, deadline=None)
@given(rows=ROWS, ahead=st.integers(0, 3), loaded=st.integers(0, 25), gone=st.sampled_from([None, 1, 3]))
def test_it_tells_the_same(rows: list[Row], ahead: int, loaded: int, gone: int | None) -> None:
    rows = [*rows[:ahead], *((a, b, kind, at + 5 * DAY) for a, b, kind, at in rows[ahead:])]
    warm, cold = population_of(PEOPLE, rows[:loaded]), population_of(PEOPLE, rows[:loaded])
    brought = brought_to(population_of(PEOPLE, rows[:loaded]))
    warm.warm(NOW)
    brought.warm(NOW + 5)
    for each in (warm, brought):
        checked(each, cold)
    newcomer = version_of(2_000)
    for population in (warm, cold, brought):
        for row in [*rows[loaded:], (0, 3, EventKind.LIKE, NOW + 1), (3, 0, EventKind.PASS, NOW - 1)]:
            follow(population, row)
        position = population.position + 1
        version = replace(newcomer, position=position)
        population.apply(Changes(position, (version,), EventColumns.empty(), ()))
        if gone is not None:
            remove(population, gone)
    for each in (warm, brought):
        checked(each, cold)
        each.warm(NOW + 9)
        checked(each, cold)
    checked(brought_to(brought), cold)
    brought.warm(NOW + DAY)
    checked(brought, cold)


def brought_to(population: Population) -> Population:
    """Another process' population, from a snapshot that was made for the day."""
    begin_day(population, NOW)
    assert population.day == 41
    brought = Population.thawed({name: array.copy() for name, array in population.frozen().items()})
    assert brought.carried == 41
    return brought


def test_what_a_snapshot_brought_is_not_computed_again() -> None:
    brought = brought_to(population_of(PEOPLE, [(0, 1, EventKind.LIKE, DAY), (1, 0, EventKind.LIKE, 40 * DAY)]))
    today, crowd = brought.given.today, brought.crowd(AsOf.at(NOW))
    brought.warm(NOW + 5)
    assert brought.given.today is today
    assert brought.crowd(AsOf.at(NOW + 5)) is crowd
    there, computed = brought.columns.everyone(), []

    def pairs(viewers: Keys, candidates: Keys, as_of: AsOf) -> FeatureInput:
        computed.append(viewers.tolist())
        return FeatureService(brought).pairs(viewers, candidates, as_of)

    sides = KeptSides(brought, VERSIONS["r1"], pairs)
    rows = sides.rows(there, AsOf.at(NOW + 5))
    assert computed == []
    follow(brought, (0, 1, EventKind.PASS, NOW + 1))
    again = sides.rows(there, AsOf.at(NOW + 6))
    assert rows is not None
    assert again is not None
    assert computed == [[0, 1]]
    brought.warm(NOW + DAY)
    assert brought.given.today is not today


def test_nothing_is_brought_once_something_came() -> None:
    population = population_of(PEOPLE, [(0, 1, EventKind.LIKE, DAY)])
    begin_day(population, NOW)
    follow(population, (1, 0, EventKind.LIKE, NOW - 5))
    assert population.day == -1
    assert not [name for name in population.frozen() if name.startswith("day.")]


def test_keys_beyond_those_that_were_kept() -> None:
    population = population_of(PEOPLE, [(0, 1, EventKind.LIKE, DAY)])
    population.warm(NOW)
    follow(population, (1, 2_000, EventKind.LIKE, NOW - 5))
    asked: Keys = np.array([1, 2_000, 5_000])
    assert population.received.tally(asked, AsOf.at(NOW).broadcast(3)).positives.tolist() == [1, 1, 0]


def test_a_town_that_was_empty_when_its_day_began() -> None:
    warm, cold = Population([], EventColumns.empty(), 0), Population([], EventColumns.empty(), 0)
    warm.warm(NOW)
    for population in (warm, cold):
        people = tuple(replace(each, position=each.key + 1) for each in PEOPLE)
        population.apply(Changes(5, people, EventColumns.empty(), ()))
        follow(population, (0, 1, EventKind.LIKE, NOW - 3))
    checked(warm, cold)
