"""What people do to each other comes in here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from twofold.domain.changes import EventBatch
from twofold.domain.errors import InvalidInput, NotFound
from twofold.domain.event import RULES, Event, client_digest
from twofold.domain.person import check_id
from twofold.domain.ports import EventStore, PeopleStore
from twofold.domain.time import EARLIEST, Clock, Micros
from twofold.observability import Metrics

MOST_EVENTS = 10_000
# Clocks of phones run ahead by minutes, not days; what lies further ahead is a mistake and would distort recency.
AHEAD = 5 * 60 * 1_000_000


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
        """Append up to 10,000 events, all or none.

        Raises:
            InvalidInput: names the first event and field that do not fit.
            NotFound: an actor or target does not exist.
        """
        if not 1 <= len(events) <= MOST_EVENTS:
            raise InvalidInput("events", f"1 to {MOST_EVENTS} events")
        now = self._clock()
        for index, event in enumerate(events):
            check_event(event, now, f"events[{index}]." if len(events) > 1 else "")
        appended = self._store.append_events(self._batch(events), now)
        self._metrics.events.labels(result="accepted").inc(appended.accepted)
        self._metrics.events.labels(result="repeated").inc(appended.repeated)
        return Received(appended.accepted, appended.repeated, appended.position)

    def _batch(self, events: Sequence[Event]) -> EventBatch:
        keys = self._store.keys_of(sorted({person for event in events for person in (event.actor, event.target)}))
        for index, event in enumerate(events):
            where = f"events[{index}]." if len(events) > 1 else ""
            for role, person in (("actor", event.actor), ("target", event.target)):
                if person not in keys:
                    raise NotFound(f"{where}{role}: there is no such person; add them first")
        return EventBatch(
            actor=[keys[event.actor] for event in events],
            target=[keys[event.target] for event in events],
            kind=[int(event.kind) for event in events],
            at=[event.at for event in events],
            client=[client_digest(event.client_id) if event.client_id else None for event in events],
        )


def check_event(event: Event, now: Micros, where: str = "") -> None:
    """Raise `InvalidInput` for the first field that does not fit."""
    check_id(event.actor, f"{where}actor")
    check_id(event.target, f"{where}target")
    if event.actor == event.target:
        raise InvalidInput(f"{where}target", "another person than the actor")
    if RULES[event.kind].derived:
        raise InvalidInput(f"{where}kind", "a kind that is not derived; matches follow from mutual likes by themselves")
    if not EARLIEST <= event.at <= now + AHEAD:
        raise InvalidInput(f"{where}at", "a time after 1950 that is not in the future")
    if event.client_id is not None:
        check_id(event.client_id, f"{where}id")
