"""What a replay gives to features: the account's own beginning, and one moment of the log."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tests.unit.features.world import NOW, Act, append
from twofold.domain.as_of import AsOf
from twofold.domain.changes import EventColumns, PersonVersion
from twofold.domain.event import EventKind
from twofold.domain.person import Person
from twofold.domain.time import MICROS_PER_DAY, Micros
from twofold.features.service import FeatureService
from twofold.population.population import Population
from twofold.population.replay import replay
from twofold.storage.memory import MemoryStore


def value(population: Population, name: str, at: int) -> float:
    service = FeatureService(population)
    names = ("has_bio", "interests_count", "recent_activity_30d", "account_age_days")
    return float(service.values(np.array([0]), np.array([0]), AsOf.at(at), "h1")[0, names.index(name)])


def test_changing_a_profile_does_not_make_the_account_younger() -> None:
    store, live = MemoryStore(), Population([], EventColumns.empty(), 0)
    for days, bio in ((10, None), (4, "I row."), (0, "I row and sing.")):
        store.put_people([(Person(id="p0", bio=bio), True)], NOW, at=Micros(NOW - days * MICROS_PER_DAY))
        live.apply(store.changes_after(live.position))
    for population in (live, replay(store), replay(store, Micros(NOW + 1))):
        assert value(population, "account_age_days", NOW) == 10
    past = replay(store, Micros(NOW - 4 * MICROS_PER_DAY))
    assert value(past, "has_bio", NOW) == 0


class Busy(MemoryStore):
    """A store into which somebody writes while it is being read."""

    def people_versions(self) -> Iterator[PersonVersion]:
        self.put_people([(Person(id="late"), True)], NOW)
        append(self, Act(0, 1, EventKind.VIEW, Micros(NOW - 1)))
        yield from super().people_versions()


def test_what_comes_while_a_replay_reads_counts_once() -> None:
    store = Busy()
    store.put_people([(Person(id=f"p{number}"), True) for number in range(2)], NOW)
    append(store, Act(0, 1, EventKind.LIKE, Micros(NOW - 2)))
    population = replay(store)
    assert value(population, "recent_activity_30d", NOW) == 1
    population.apply(store.changes_after(population.position))
    assert value(population, "recent_activity_30d", NOW) == 2
    assert len(population.columns) == 3
