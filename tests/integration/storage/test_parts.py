"""In how many commits a large batch is stored: short ones beside others, few where nobody else writes. Real SQLite."""

from __future__ import annotations

from pathlib import Path

import pytest

from twofold.domain.changes import EventBatch
from twofold.domain.event import EventKind
from twofold.domain.person import Person
from twofold.domain.ports import Store
from twofold.storage.sql import database
from twofold.storage.sql.events import LARGEST_PART, PART, SqlEvents
from twofold.storage.url import open_store
from twofold.testing.contracts.acts import Act, batch_of
from twofold.testing.contracts.town import NOW

MANY = 15 * PART


def opened(file: Path) -> Store:
    store = open_store(f"sqlite:///{file}")
    store.prepare()
    return store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    before = opened(tmp_path / "twofold.db")
    before.put_people([(Person(id=f"p{key}"), True) for key in range(3)], NOW)
    before.close()
    return opened(tmp_path / "twofold.db")


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many events each commit was given."""
    found: list[int] = []
    inner = SqlEvents._append

    def noted(self: SqlEvents, log: object, given: EventBatch, *rest: object) -> int:
        found.append(len(given))
        return inner(self, log, given, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(SqlEvents, "_append", noted)
    return found


def many(target: int = 1) -> EventBatch:
    """Views of somebody, all new."""
    return batch_of(*[Act(0, target, EventKind.VIEW, moment) for moment in range(MANY)])


def test_parts_grow_where_nobody_else_writes(store: Store, sizes: list[int]) -> None:
    assert store.append_events(many(), NOW).accepted == MANY
    assert sizes == [PART, 2 * PART, 4 * PART, 8 * PART]
    assert sizes[-1] <= LARGEST_PART
    store.close()


def test_parts_stay_small_for_a_while_after_somebody_was_waited_for(
    store: Store, sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    store.append_events(batch_of(Act(2, 1, EventKind.BLOCK, 5)), NOW)
    store.append_events(many(), NOW)
    assert sizes == [1] + [PART] * 15
    sizes.clear()
    monkeypatch.setattr(database, "PRESSED_SECONDS", 0.0)
    store.append_events(many(2), NOW)
    assert sizes == [PART, 2 * PART, 4 * PART, 8 * PART]
    store.close()


def test_parts_stay_small_while_another_process_writes(
    store: Store, sizes: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, moments = opened(tmp_path / "twofold.db"), iter(range(MANY))

    def somebody_writes(_seconds: float) -> None:
        other.append_events(batch_of(Act(2, 1, EventKind.VIEW, next(moments))), NOW)

    monkeypatch.setattr("twofold.storage.sql.events.time.sleep", somebody_writes)
    assert store.append_events(many(), NOW).accepted == MANY
    assert [size for size in sizes if size > 1] == [PART] * 15
    other.close()
    store.close()
