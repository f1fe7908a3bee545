"""What is evaluated: a log of events between people, with the groups that people belong to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twofold.domain.changes import EventColumns
from twofold.domain.event import DECISIONS, POSITIVES
from twofold.domain.time import LATEST, Micros
from twofold.population.columns import PeopleColumns
from twofold.population.replay import Log, read_log

ALWAYS, NEVER = -int(LATEST), int(LATEST)  # outside of all moments that a log may hold


@dataclass(frozen=True, slots=True)
class Data:
    """One data set.

    Args:
        name: what the report calls it.
        events: the log; keys are below ``people``.
        people: rows of columns by key; ``persons`` of them are people.
        there_from: (people,) when each account was made; `ALWAYS` where nobody knows.
        groups: (people,) each person's gender as a number into ``group_names``; -1 unknown.
        digest: SHA-256 of the events, so that two reports can be told to be of the same data.
    """

    name: str
    events: EventColumns
    people: int
    persons: int
    there_from: NDArray[np.int64]
    groups: NDArray[np.int32]
    group_names: tuple[str, ...]
    digest: str

    @classmethod
    def read(cls, name: str, store: Log, as_of: Micros | None = None) -> Data:
        """Everything a store holds of before a moment (None: everything)."""
        versions, events, _ = read_log(store, as_of)
        columns = PeopleColumns()
        for version in versions:
            columns.put(version)
        people = columns.rows
        there_from = np.full(people, NEVER, np.int64)
        for version in versions:
            created = version.person.created_at
            there_from[version.key] = ALWAYS if created is None else created
        names = tuple(columns.genders.label(code) for code in range(len(columns.genders)))
        groups = columns.gender[:people].copy()
        return cls(name, events, people, len(columns), there_from, groups, names, digest_of(events))


def decisions_of(events: EventColumns) -> EventColumns:
    """Likes, super likes, dislikes and passes, by time; simultaneous ones in log order."""
    chosen = events.take(np.isin(events.kind, tuple(DECISIONS)))
    return chosen.take(np.argsort(chosen.at, kind="stable"))


def likes_of(events: EventColumns) -> EventColumns:
    """Likes and super likes, in the order given."""
    return events.take(np.isin(events.kind, tuple(POSITIVES)))


def digest_of(events: EventColumns) -> str:
    """SHA-256 over actors, targets, kinds and times."""
    digest = hashlib.sha256()
    for column in (events.actor, events.target, events.kind, events.at):
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()
