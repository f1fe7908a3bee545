"""What people do to each other comes in here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import eq
from typing import Protocol

from twofold.domain.changes import EventBatch
from twofold.domain.errors import InvalidInput, NotFound
from twofold.domain.event import RULES, Event, Sent, client_digest
from twofold.domain.person import check_id, is_id
from twofold.domain.ports import EventStore, PeopleStore
from twofold.domain.time import EARLIEST, Clock, Micros
from twofold.observability import Metrics

MOST_EVENTS = 10_000
# Clocks of phones run ahead by minutes, not days; what lies further ahead is a mistake and would distort recency.
AHEAD = 5 * 60 * 1_000_000
DERIVED = frozenset(kind for kind, rule in RULES.items() if rule.derived)


class Log(PeopleStore, EventStore, Protocol):
    """What feedback needs of storage."""


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a batch: how many events were new, how many had been there, and the log's position after it."""

    accepted: int
    repeated: int
    position: int


class FeedbackService:
    """Validates events and appends them to the log; what it returns is on disk."""

    def __init__(self, store: Log, metrics: Metrics, clock: Clock) -> None:
        self._store, self._metrics, self._clock = store, metrics, clock

    def record(self, events: Sequence[Event]) -> Received:
        """As `record_many`, of a few."""
        return self.record_many(Sent.of(events))

    def record_many(self, sent: Sent) -> Received:
        """Append up to 10,000 events. All are judged before any is stored.

        They are stored in parts, each in a commit of its own, and acknowledged after the last. Should the database fail
        in between, sending all again stores the rest: what is there already is a repeat.

        Raises:
            InvalidInput: names the first event and field that do not fit.
            NotFound: an actor or target does not exist.
        """
        if not 1 <= len(sent) <= MOST_EVENTS:
            raise InvalidInput("events", f"1 to {MOST_EVENTS} events")
        now = self._clock()
        ids = sorted({*sent.actor, *sent.target})
        if not _fit(sent, ids, now):
            for index, event in enumerate(sent.events()):
                check_event(event, now, _where(sent, index))
        appended = self._store.append_events(self._batch(sent, self._store.keys_of(ids)), now)
        self._metrics.events.labels(result="accepted").inc(appended.accepted)
        self._metrics.events.labels(result="repeated").inc(appended.repeated)
        return Received(appended.accepted, appended.repeated, appended.position)

    def _batch(self, sent: Sent, keys: Mapping[str, int]) -> EventBatch:
        try:
            actor, target = ([keys[person] for person in column] for column in (sent.actor, sent.target))
        except KeyError:
            raise _stranger(sent, keys) from None
        client = [None if each is None else client_digest(each) for each in sent.client_id]
        return EventBatch(actor, target, list(map(int, sent.kind)), list(sent.at), client)


def _fit(sent: Sent, ids: Sequence[str], now: Micros) -> bool:
    """Whether every event fits: the rules of `check_event`, column by column; it finds the first that does not."""
    return (
        all(map(is_id, ids))
        and not any(map(eq, sent.actor, sent.target))
        and DERIVED.isdisjoint(sent.kind)
        and min(sent.at) >= EARLIEST
        and max(sent.at) <= now + AHEAD
        and all(each is None or is_id(each) for each in sent.client_id)
    )


def _stranger(sent: Sent, keys: Mapping[str, int]) -> NotFound:
    """The error that names the first event with somebody who is not there."""
    where = next(
        f"{_where(sent, index)}{role}"
        for index, people in enumerate(zip(sent.actor, sent.target, strict=True))
        for role, person in zip(("actor", "target"), people, strict=True)
        if person not in keys
    )
    return NotFound(f"{where}: there is no such person; add them first")


def _where(sent: Sent, index: int) -> str:
    return f"events[{index}]." if len(sent) > 1 else ""


def check_event(event: Event, now: Micros, where: str = "") -> None:
    """Raise `InvalidInput` for the first field that does not fit."""
    check_id(event.actor, f"{where}actor")
    check_id(event.target, f"{where}target")
    if event.actor == event.target:
        raise InvalidInput(f"{where}target", "another person than the actor")
    if event.kind in DERIVED:
        raise InvalidInput(f"{where}kind", "a kind that is not derived; matches follow from mutual likes by themselves")
    if not EARLIEST <= event.at <= now + AHEAD:
        raise InvalidInput(f"{where}at", "a time after 1950 that is not in the future")
    if event.client_id is not None:
        check_id(event.client_id, f"{where}id")
