"""Events are validated to the letter, and sending them again is harmless."""

from __future__ import annotations

import pytest

from tests.unit.services.conftest import START, HandClock
from twofold.bootstrap import Twofold
from twofold.domain.errors import InvalidInput, NotFound, TwofoldError
from twofold.domain.event import Event, EventKind
from twofold.domain.time import Micros
from twofold.storage.memory import MemoryStore


def test_an_event_sent_again_changes_nothing(product: Twofold, store: MemoryStore) -> None:
    event = Event("p0", "p1", EventKind.LIKE, START, client_id="swipe-1")
    first = product.feedback.record([event])
    again = product.feedback.record([event])
    assert (first.accepted, first.repeated) == (1, 0)
    assert (again.accepted, again.repeated) == (0, 1)
    assert again.position == first.position
    assert store.count_events() == 1


def test_mutual_likes_make_one_match(product: Twofold, store: MemoryStore) -> None:
    product.feedback.record([Event("p0", "p1", EventKind.LIKE, START)])
    product.feedback.record([Event("p1", "p0", EventKind.SUPER_LIKE, START)])
    kinds = [kind for chunk in store.events() for kind in chunk.kind.tolist()]
    assert kinds == [EventKind.LIKE, EventKind.SUPER_LIKE, EventKind.MATCH]
    assert product.recommend.recommend("p0").removed["matched"] == 1


@pytest.mark.parametrize(
    ("event", "error", "said"),
    [
        (Event("p0", "p0", EventKind.LIKE, START), InvalidInput, "target: expected another person"),
        (Event("", "p0", EventKind.LIKE, START), InvalidInput, "actor: expected 1 to 64"),
        (Event("p0", "a\nb", EventKind.LIKE, START), InvalidInput, "target: expected 1 to 64"),
        (Event("p0", "p1", EventKind.MATCH, START), InvalidInput, "kind: expected a kind that is not derived"),
        (Event("p0", "p1", EventKind.LIKE, Micros(START + 10**12)), InvalidInput, "at: expected a time"),
        (Event("p0", "p1", EventKind.LIKE, Micros(2**62)), InvalidInput, "at: expected a time"),
        (Event("p0", "p1", EventKind.LIKE, START, client_id="x" * 65), InvalidInput, "id: expected 1 to 64"),
        (Event("p0", "stranger", EventKind.LIKE, START), NotFound, "target: there is no such person"),
    ],
)
def test_a_wrong_event_is_refused_with_its_field(
    product: Twofold, store: MemoryStore, event: Event, error: type[TwofoldError], said: str
) -> None:
    with pytest.raises(error, match=said):
        product.feedback.record([event])
    assert store.count_events() == 0


def test_a_batch_is_stored_whole_or_not_at_all(product: Twofold, store: MemoryStore) -> None:
    good, bad = Event("p0", "p1", EventKind.LIKE, START), Event("p0", "p0", EventKind.LIKE, START)
    with pytest.raises(InvalidInput, match=r"events\[1\].target"):
        product.feedback.record([good, bad])
    assert store.count_events() == 0


def test_a_batch_has_1_to_10000_events(product: Twofold, clock: HandClock) -> None:
    with pytest.raises(InvalidInput, match="1 to 10000 events"):
        product.feedback.record([])
    many = [Event("p0", "p1", EventKind.VIEW, Micros(START - number)) for number in range(10_001)]
    with pytest.raises(InvalidInput, match="1 to 10000 events"):
        product.feedback.record(many)
    assert product.feedback.record(many[:10_000]).accepted == 10_000
