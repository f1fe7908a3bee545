"""Short words for the contract suites: people and events without ceremony."""

from __future__ import annotations

from dataclasses import dataclass

from twofold.domain.changes import EventBatch, EventColumns
from twofold.domain.event import EventKind
from twofold.domain.person import Person
from twofold.domain.ports import Store
from twofold.domain.time import Micros

NOW = Micros(1_700_000_000_000_000)


@dataclass(frozen=True, slots=True)
class Act:
    """One event to append.

    >>> Act(0, 1).kind.label
    'like'
    """

    actor: int
    target: int
    kind: EventKind = EventKind.LIKE
    at: int = 1_000
    client: bytes | None = None


def batch_of(*acts: Act) -> EventBatch:
    """The acts as a batch.

    >>> len(batch_of(Act(0, 1), Act(1, 0)))
    2
    """
    return EventBatch(
        actor=[act.actor for act in acts],
        target=[act.target for act in acts],
        kind=[int(act.kind) for act in acts],
        at=[act.at for act in acts],
        client=[act.client for act in acts],
    )


def with_people(store: Store, count: int) -> list[int]:
    """Put people ``p0``, ``p1`` ... into a store; their keys."""
    versions = store.put_people([(Person(id=f"p{number}"), True) for number in range(count)], NOW)
    return [version.key for version in versions if version is not None]


def all_events(store: Store) -> EventColumns:
    """The whole log of events as one."""
    return EventColumns.concatenate(list(store.events()))


def acts_in(columns: EventColumns) -> list[tuple[int, int, str, int]]:
    """Events as (actor, target, kind, at), in log order."""
    rows = zip(columns.actor, columns.target, columns.kind, columns.at, strict=True)
    return [(int(actor), int(target), EventKind(int(kind)).label, int(at)) for actor, target, kind, at in rows]


def matches_in(store: Store) -> list[tuple[int, int, int]]:
    """The derived matches as (actor, target, at), in log order."""
    return [(actor, target, at) for actor, target, kind, at in acts_in(all_events(store)) if kind == "match"]
