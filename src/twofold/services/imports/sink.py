"""What an import needs of a store: a part of `twofold.domain.ports`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from twofold.domain.changes import Appended, EventBatch, PersonVersion
from twofold.domain.person import Person
from twofold.domain.time import Micros


class PeopleSink(Protocol):
    """Where people go; see `twofold.domain.ports.PeopleStore`."""

    def put_people(
        self, people: Sequence[tuple[Person, bool]], now: Micros, at: Micros | None = None
    ) -> list[PersonVersion | None]:
        """Insert or update."""

    def keys_of(self, ids: Sequence[str]) -> dict[str, int]:
        """The keys of those who exist."""

    def erased(self, ids: Sequence[str]) -> set[str]:
        """Those who were erased."""


class EventSink(PeopleSink, Protocol):
    """Where events go; see `twofold.domain.ports.EventStore`."""

    def append_events(self, batch: EventBatch, now: Micros) -> Appended:
        """Append what is new."""
