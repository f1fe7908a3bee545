"""A town on SQLite that lives on while two processes make lists in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from twofold.bootstrap import Twofold, assemble
from twofold.domain.changes import EventBatch
from twofold.domain.event import Event, EventKind
from twofold.domain.model import ModelType
from twofold.domain.person import Person
from twofold.domain.time import MICROS_PER_DAY, MICROS_PER_SECOND, Micros
from twofold.services.audit import AuditService, FeatureAudit
from twofold.services.chance import daily_chance
from twofold.settings import Settings
from twofold.simulation.town import Town, build_town
from twofold.storage.url import open_store
from twofold.training.recipe import Recipe
from twofold.training.run import train

START = Micros(20_500 * MICROS_PER_DAY + MICROS_PER_DAY // 2)
KINDS = (EventKind.LIKE, EventKind.LIKE, EventKind.DISLIKE, EventKind.PASS, EventKind.VIEW, EventKind.SUPER_LIKE)


@dataclass
class Living:
    """The town: a store, two products on it, and what happens in between."""

    root: Path
    settings: Settings
    seed: int = 1
    now: Micros = START
    products: list[Twofold] = field(default_factory=list)
    people: dict[str, Person] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)

    def clock(self) -> Micros:
        return self.now

    def _clock(self, ahead: int) -> Micros:
        return Micros(self.now + ahead)

    def forward(self, seconds: float) -> None:
        self.now = Micros(self.now + int(seconds * MICROS_PER_SECOND))

    def settle(self, people: int, events: int) -> None:
        """Everyone moves in and has a past."""
        town: Town = build_town(people, events, self.seed, self.now)
        with closing(open_store(self.settings.url)) as store:
            store.prepare()
            store.put_people([(person, False) for person in town.people], self.now)
            keys = store.keys_of([person.id for person in town.people])
            key = np.array([keys[person.id] for person in town.people])
            actor, target = key[town.actor], key[town.target]
            store.append_events(
                EventBatch(actor.tolist(), target.tolist(), town.kind.tolist(), town.at.tolist(), [None] * len(town)),
                self.now,
            )
        self.people = {person.id: person for person in town.people if person.active}

    def learn(self, features: str, ranker: ModelType = ModelType.LOGISTIC) -> str:
        with closing(open_store(self.settings.url)) as store:
            report = train(
                store,
                self.settings.models_dir,
                as_of=None,
                clock=self.clock,
                recipe=Recipe(features=features, ranker=ranker),
                progress=lambda _stage, _done: None,
                threads=1,
            )
        assert report.version is not None
        assert "ranking" in report.trained, report.skipped
        return report.version

    def open(self, processes: int = 2) -> None:
        for number in range(processes):
            # Clocks of two machines are seconds apart.
            ahead = number * 3 * MICROS_PER_SECOND
            clock = partial(self._clock, ahead)
            self.products.append(assemble(self.settings, clock=clock, chance=daily_chance(number)))

    def close(self) -> None:
        for product in self.products:
            product.close()
        self.products = []

    def live(self, steps: int) -> None:
        """So many lists, and between them whatever happens in a town."""
        for _ in range(steps):
            self.forward(float(self.rng.choice([0, 0.000001, 1, 40, 400, 3_600, 30_000])))
            for _ in range(int(self.rng.choice([0, 0, 1, 2, 6]))):
                self.happen()
            product = self.products[int(self.rng.integers(len(self.products)))]
            regulars = list(self.people)[:20]
            viewer = str(self.rng.choice(regulars if self.rng.random() < 0.3 else list(self.people)))
            product.recommend.recommend(viewer, limit=8)

    def happen(self) -> None:
        product = self.products[int(self.rng.integers(len(self.products)))]
        what = self.rng.random()
        if what < 0.75:
            self.act(product)
        elif what < 0.9:
            person = self.people[str(self.rng.choice(list(self.people)))]
            self._put(product, self._changed(person))
        else:
            number = len(self.people)
            person = self.people[str(self.rng.choice(list(self.people)))]
            self._put(product, replace(person, id=f"new{number}", created_at=None if number % 2 else self.now))

    def erase(self, person: str) -> None:
        self.products[0].people.remove(person)
        del self.people[person]

    def act(self, product: Twofold) -> None:
        actor, target = (str(each) for each in self.rng.choice(list(self.people), 2, replace=False))
        # Now, on the very moment, a little ahead, and late by seconds, hours and days.
        late = float(self.rng.choice([0, 0, -60, 30, 3_600, MICROS_PER_DAY // 10**6, 3 * MICROS_PER_DAY // 10**6]))
        kind = KINDS[int(self.rng.integers(len(KINDS)))]
        product.feedback.record([Event(actor, target, kind, Micros(self.now - int(late * MICROS_PER_SECOND)))])

    def _changed(self, person: Person) -> Person:
        what = int(self.rng.integers(4))
        if what == 0:
            return replace(person, interests=(*person.interests[1:], f"word{self.rng.integers(20)}"))
        if what == 1:
            return replace(person, place=f"place{self.rng.integers(3)}", lat=51.0, lon=float(self.rng.integers(7)))
        if what == 2:
            return replace(person, bio=None if person.bio else "Hello.")
        return replace(person, birth_date=date(1980 + int(self.rng.integers(20)), 5, 5), last_active_at=self.now)

    def _put(self, product: Twofold, person: Person) -> None:
        product.people.put(person)
        self.people[person.id] = person

    def audit(self, limit: int = 10_000) -> FeatureAudit:
        self.close()
        self.open(1)
        product = self.products[0]
        return AuditService(product.store, product.registry).features(limit)


Settle = Callable[..., Living]


@pytest.fixture
def living(tmp_path: Path) -> Iterator[Settle]:
    opened: list[Living] = []

    def settle(people: int = 150, events: int = 6_000, seed: int = 1, **settings: object) -> Living:
        chosen = Settings(data_dir=tmp_path, auto_train=False, impression_sample=1.0, **settings)  # type: ignore[arg-type]
        opened.append(Living(tmp_path, chosen, seed))
        opened[-1].settle(people, events)
        return opened[-1]

    yield settle
    for each in opened:
        each.close()
