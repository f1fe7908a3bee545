"""Up to when: what may be typed."""

from __future__ import annotations

import pytest

from twofold.domain.changes import EventBatch
from twofold.domain.errors import InvalidInput, NotFound
from twofold.domain.event import EventKind
from twofold.domain.person import Person
from twofold.domain.time import Micros
from twofold.storage.memory import MemoryStore
from twofold.training.moment import moment_of

CLOCK = Micros(77)


def test_every_way_to_say_it() -> None:
    store = MemoryStore()
    assert moment_of("now", store, lambda: CLOCK) == 77
    assert moment_of("1.5", store, lambda: CLOCK) == 1_500_000
    assert moment_of("-86400", store, lambda: CLOCK) == -86_400_000_000
    assert moment_of("1970-01-02", store, lambda: CLOCK) == 86_400_000_000
    assert moment_of("1970-01-01T01:00:00+01:00", store, lambda: CLOCK) == 0


def test_last_is_just_after_the_last_event() -> None:
    store = MemoryStore()
    with pytest.raises(NotFound, match="no event yet"):
        moment_of("last", store, lambda: CLOCK)
    store.put_people([(Person(id="a"), True), (Person(id="b"), True)], CLOCK)
    store.append_events(EventBatch([0, 1], [1, 0], [int(EventKind.VIEW)] * 2, [50, 20], [None, None]), CLOCK)
    assert moment_of("last", store, lambda: CLOCK) == 51


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "nan", "1e300", "inf", "-1e12", "9999-12-31"])
def test_anything_else_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(InvalidInput, match="as_of: expected") as caught:
        moment_of(text, MemoryStore(), lambda: CLOCK)
    assert not text or text not in str(caught.value)
