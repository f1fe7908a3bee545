"""The assembled product on the shipped fake store, with a clock and chance that tests choose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from twofold.bootstrap import Twofold, assemble
from twofold.domain.event import Event, EventKind
from twofold.domain.person import Person
from twofold.domain.time import Micros, day_from_date
from twofold.services.chance import daily_chance
from twofold.settings import Settings
from twofold.storage.memory import MemoryStore

START = Micros(day_from_date(date(2026, 6, 1)) * 86_400_000_000 + 43_200_000_000)
INTERESTS = ("hiking", "jazz", "chess", "cooking", "cinema")


class HandClock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> Micros:
        return self.now

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self.now = Micros(self.now + int(seconds * 1_000_000))


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, auto_train=False)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def product(settings: Settings, store: MemoryStore, clock: HandClock) -> Iterator[Twofold]:
    product = assemble(settings, clock=clock, chance=daily_chance(7), store=store)
    people = [
        Person(
            id=f"p{number}",
            birth_date=date(1990 + number % 10, 3, 1),
            gender="woman" if number % 2 else "man",
            place="north" if number % 3 else "south",
            interests=INTERESTS[number % 5 :][:2],
        )
        for number in range(30)
    ]
    assert product.people.put_many(people).stored == 30
    yield product
    product.close()


@pytest.fixture
def act(product: Twofold, clock: HandClock) -> Callable[[str, EventKind, str], None]:
    """``act("p1", EventKind.LIKE, "p2")``: one event, a second later."""

    def act(actor: str, kind: EventKind, target: str) -> None:
        clock.forward(1)
        product.feedback.record([Event(actor, target, kind, clock())])

    return act
