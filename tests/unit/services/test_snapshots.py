"""A server starts from the newest snapshot that can be used and what came after it, else from the log."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.services.conftest import START, HandClock
from twofold.bootstrap import Twofold, assemble, snapshots_of
from twofold.domain.event import EventKind
from twofold.services import snapshots as service
from twofold.services.chance import daily_chance
from twofold.settings import Settings
from twofold.storage.memory import MemoryStore

Acted = Callable[[str, EventKind, str], None]


class ReadsNothing(MemoryStore):
    """Fails whoever reads the whole log."""

    closed = False

    def events(self):  # type: ignore[no-untyped-def]
        if self.closed:
            raise AssertionError("the whole log was read")
        return super().events()


@pytest.fixture
def store() -> ReadsNothing:
    return ReadsNothing()


@pytest.fixture
def restarted(settings: Settings, store: ReadsNothing, clock: HandClock) -> Callable[[], Twofold]:
    """Another process on the same store."""
    return lambda: assemble(settings, clock=clock, chance=daily_chance(7), store=store)


def shown(product: Twofold, person: str) -> list[str]:
    return [item.person for item in product.recommend.recommend(person, 29).items]


def make(settings: Settings, store: MemoryStore) -> Path:
    made = snapshots_of(settings, store).make()
    return settings.snapshots_dir / str(made["snapshot"])


def test_a_start_reads_the_snapshot_and_what_came_after(
    product: Twofold, settings: Settings, store: ReadsNothing, act: Acted, restarted: Callable[[], Twofold]
) -> None:
    for number in range(1, 12):
        act(f"p{number}", EventKind.LIKE, "p0")
    make(settings, store)
    act("p0", EventKind.BLOCK, "p3")
    act("p0", EventKind.LIKE, "p4")
    assert store.remove_person("p5", START)
    store.closed = True
    other = restarted()
    assert shown(other, "p0") == shown(product, "p0")
    assert not {"p3", "p4", "p5"} & set(shown(other, "p0"))


def test_a_damaged_snapshot_is_passed_over_for_the_one_before(
    product: Twofold, settings: Settings, store: ReadsNothing, act: Acted, restarted: Callable[[], Twofold]
) -> None:
    older = make(settings, store)
    act("p0", EventKind.BLOCK, "p3")
    newer = make(settings, store)
    (newer / "everyone.bin").write_bytes(b"cut short")
    store.closed = True
    assert "p3" not in shown(restarted(), "p0")
    (older / "manifest.json").unlink()
    store.closed = False
    assert "p3" not in shown(restarted(), "p0")


def test_what_is_too_far_behind_or_ahead_is_passed_over(
    product: Twofold,
    settings: Settings,
    store: ReadsNothing,
    act: Acted,
    restarted: Callable[[], Twofold],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make(settings, store)
    act("p0", EventKind.BLOCK, "p3")
    monkeypatch.setattr(service, "MOST_BEHIND", 0)
    assert "p3" not in shown(restarted(), "p0")
    head = store.head()
    monkeypatch.setattr(store, "head", lambda: head - 5)
    assert snapshots_of(settings, store).everyone().position == head - 5


def test_the_snapshot_of_another_log_is_refused(
    product: Twofold, settings: Settings, store: ReadsNothing, clock: HandClock
) -> None:
    make(settings, store)
    other = MemoryStore()
    empty = assemble(settings, clock=clock, store=other)
    assert snapshots_of(settings, other).everyone().position == 0
    assert len(empty.live.current().population.columns) == 0
