"""A server changes to a newer snapshot while it serves: the same lists, nothing forgotten, the old one gone."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tests.unit.services.conftest import START, HandClock
from tests.unit.services.test_live import register
from twofold.bootstrap import Twofold, assemble, snapshots_of
from twofold.domain.errors import NotFound, Unavailable
from twofold.domain.event import EventKind
from twofold.domain.model import Alias
from twofold.domain.person import Person
from twofold.domain.time import day_of
from twofold.population.population import Population
from twofold.services import live as live_module
from twofold.services.chance import daily_chance
from twofold.services.renewal import Renewal, follow
from twofold.settings import Settings
from twofold.storage.memory import MemoryStore

Acted = Callable[[str, EventKind, str], None]


class Noted:
    """Notes that it was asked to make a snapshot."""

    def __init__(self) -> None:
        self.running, self.started, self.stopped = False, 0, 0

    def start(self) -> None:
        self.started += 1

    def stop(self) -> None:
        self.stopped += 1


@pytest.fixture
def making() -> Noted:
    return Noted()


@pytest.fixture
def renewal(product: Twofold, settings: Settings, store: MemoryStore, making: Noted) -> Renewal:
    return Renewal(product.live, snapshots_of(settings, store), making, most=50)


def shown(product: Twofold, person: str) -> list[str]:
    return [item.person for item in product.recommend.recommend(person, 29).items]


def make(settings: Settings, store: MemoryStore) -> Path:
    made = snapshots_of(settings, store).make()
    return settings.snapshots_dir / str(made["snapshot"])


def test_a_change_forgets_nothing_and_serves_what_a_fresh_start_would(
    product: Twofold, settings: Settings, store: MemoryStore, act: Acted, renewal: Renewal, clock: HandClock
) -> None:
    shown(product, "p0")
    for number in range(1, 12):
        act(f"p{number}", EventKind.LIKE, "p0")
    make(settings, store)
    act("p0", EventKind.BLOCK, "p3")
    act("p4", EventKind.BLOCK, "p0")
    assert store.remove_person("p5", START)
    assert renewal.look()
    act("p0", EventKind.BLOCK, "p6")
    product.people.put(Person(id="late", birth_date=date(1995, 3, 1), gender="man", place="north"))
    assert product.live.span is not None
    assert product.live.span[0] == snapshots_of(settings, store).snapshots.list()[0].position
    assert not {"p3", "p4", "p5", "p6"} & set(shown(product, "p0"))
    other = assemble(settings, clock=clock, chance=daily_chance(7), store=store)
    for person in ("p0", "p1", "p9"):
        assert shown(product, person) == shown(other, person)
    with pytest.raises(NotFound):
        shown(product, "p5")
    assert not renewal.look(), "there is no newer one"


def test_cached_lists_hear_of_what_came_while_it_took_over(
    product: Twofold,
    settings: Settings,
    store: MemoryStore,
    act: Acted,
    renewal: Renewal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown(product, "p0")
    act("p1", EventKind.LIKE, "p2")
    make(settings, store)
    told: list[int] = []
    product.live.on_change(lambda changes: told.append(changes.position))
    follow_ = live_module.Live._follow

    def blocked(live: live_module.Live, generation: live_module.Generation) -> None:
        follow_(live, generation)
        if generation.population.began and not told[1:]:
            act("p0", EventKind.BLOCK, "p7")

    monkeypatch.setattr(live_module.Live, "_follow", blocked)
    assert renewal.look()
    monkeypatch.undo()
    assert "p7" not in shown(product, "p0")
    assert told[-1] == store.head()


def test_the_model_that_serves_goes_along_and_so_does_a_rollback_meanwhile(
    product: Twofold,
    settings: Settings,
    store: MemoryStore,
    act: Acted,
    renewal: Renewal,
    clock: HandClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    register(product, settings, "m0001")
    clock.forward(1)
    assert product.live.current().model is not None
    make(settings, store)
    act("p1", EventKind.LIKE, "p2")
    make(settings, store)
    with product.live.lock:
        before = product.live.current()
    assert renewal.look()
    with product.live.lock:
        after = product.live.current()
    assert (after.model, after.checkpoint) == (before.model, before.checkpoint)
    assert after.pipeline is not before.pipeline

    act("p1", EventKind.LIKE, "p3")
    make(settings, store)
    warm = Population.warm

    def rolled_back(population: Population, moment: int, half_life: int) -> None:
        warm(population, moment, half_life)
        if product.registry.champion() is not None:
            product.store.set_alias(Alias.CHAMPION, None, clock())
            clock.forward(1)

    monkeypatch.setattr(Population, "warm", rolled_back)
    assert renewal.look()
    with product.live.lock:
        assert product.live.current().model is None
        assert product.live.span == (store.head(), store.head())


def test_one_is_made_for_a_new_day_and_of_the_same_position_the_later_day_serves(
    product: Twofold, settings: Settings, store: MemoryStore, renewal: Renewal, making: Noted, clock: HandClock
) -> None:
    snapshots_of(settings, store, clock).make()
    shown(product, "p0")
    first = product.live.carried
    assert first == day_of(START)
    assert not renewal.look()
    assert making.started == 0
    clock.forward(86_400)
    lists = shown(product, "p0")
    assert not renewal.look()
    assert making.started == 1, "the day is over"
    snapshots_of(settings, store, clock).renew()
    assert renewal.look()
    assert product.live.carried == first + 1
    assert shown(product, "p0") == lists
    assert not renewal.look()
    assert making.started == 1


def test_nothing_of_the_old_one_stays_in_memory(
    product: Twofold, settings: Settings, store: MemoryStore, act: Acted, renewal: Renewal
) -> None:
    shown(product, "p0")
    with product.live.lock:
        old = weakref.ref(product.live.current().population)
    act("p1", EventKind.LIKE, "p2")
    make(settings, store)
    assert renewal.look()
    gc.collect()
    assert old() is None


def test_showings_count_on(
    product: Twofold, settings: Settings, store: MemoryStore, clock: HandClock, act: Acted
) -> None:
    capped = settings.model_copy(update={"exposure_cap": 1, "exposure_pacing": 0.0})
    other = assemble(capped, clock=clock, chance=daily_chance(7), store=store)
    first = [item.person for item in other.recommend.recommend("p0", 9).items]
    act("p1", EventKind.LIKE, "p2")
    make(settings, store)
    assert Renewal(other.live, snapshots_of(settings, store), Noted(), most=50).look()
    assert not set(first) & {item.person for item in other.recommend.recommend("p1", 20).items}


def test_what_cannot_be_used_is_told_and_read_once(
    product: Twofold,
    settings: Settings,
    store: MemoryStore,
    act: Acted,
    renewal: Renewal,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = shown(product, "p0")
    act("p1", EventKind.LIKE, "p2")
    (make(settings, store) / "everyone.bin").write_bytes(b"half")
    assert not renewal.look()
    assert "snapshot refused" in "".join(capsys.readouterr())
    monkeypatch.setattr(store, "changes_after", lambda _: pytest.fail("nothing is to be followed"))
    assert not renewal.look()
    assert "".join(capsys.readouterr()) == ""
    monkeypatch.undo()
    assert set(shown(product, "p0")) == set(before)


def test_a_database_that_is_away_leaves_the_old_one_and_it_is_tried_again(
    product: Twofold,
    settings: Settings,
    store: MemoryStore,
    act: Acted,
    renewal: Renewal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown(product, "p0")
    began = product.live.span
    act("p1", EventKind.LIKE, "p2")
    make(settings, store)

    def away(_position: int) -> None:
        raise Unavailable("away")

    monkeypatch.setattr(store, "changes_after", away)
    with pytest.raises(Unavailable):
        renewal.look()
    assert product.live.span == began
    monkeypatch.undo()
    assert renewal.look()


def test_one_is_made_once_too_much_was_followed(product: Twofold, act: Acted, renewal: Renewal, making: Noted) -> None:
    assert not renewal.look(), "nobody is in memory yet"
    shown(product, "p0")
    for number in range(50):
        act("p1", EventKind.LIKE, f"p{2 + number % 20}")
    shown(product, "p0")
    renewal.look()
    assert making.started == 0
    act("p1", EventKind.LIKE, "p2")
    shown(product, "p0")
    renewal.look()
    renewal.look()
    assert making.started == 1, "one that failed is not begun again at once"
    renewal.stop()
    assert making.stopped == 1


def test_a_server_that_cannot_keep_up_serves_on_from_what_it_has(
    product: Twofold,
    settings: Settings,
    store: MemoryStore,
    act: Acted,
    renewal: Renewal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown(product, "p0")
    act("p1", EventKind.LIKE, "p2")
    make(settings, store)
    monkeypatch.setattr(live_module, "MOST_WHILE_HELD", -1)
    monkeypatch.setattr(live_module.Live, "_catch_up", lambda *_: None)
    before = product.live.span
    assert not renewal.look()
    assert product.live.span is not None
    assert before is not None
    assert product.live.span[0] == before[0]


def test_following_ends_when_told(product: Twofold, settings: Settings, store: MemoryStore, act: Acted) -> None:
    make(settings, store)
    act("p1", EventKind.LIKE, "p2")
    population, stop = snapshots_of(settings, store).everyone(), threading.Event()
    stop.set()
    follow(population, store, stop)
    assert population.position < store.head()
    follow(population, store)
    assert population.position == store.head()
