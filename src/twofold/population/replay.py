"""The same columns as of any moment, read from the log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from twofold.domain.changes import EventColumns, PersonVersion
from twofold.domain.ports import EventStore, PeopleStore
from twofold.domain.time import Micros
from twofold.population.population import Population, between


class Log(PeopleStore, EventStore, Protocol):
    """What a replay reads."""


def replay(store: Log, as_of: Micros | None = None) -> Population:
    """Everyone as of a moment: events strictly before it, people as their last version before it.

    A person's first version stands for the time before it too, unless the account was created later: imports bring
    profiles long after the events they belong to. None is everything there is.
    """
    return replayed(store, as_of)[0]


def replayed(store: Log, as_of: Micros | None = None) -> tuple[Population, EventColumns]:
    """As `replay`, and the events that it is made of.

    People go into columns as they are read. As objects they take more memory than everything else here, and Python
    cannot give it back afterwards: between them lie the ids, which stay.
    """
    position = store.head()
    events = _events_before(store, position, as_of)
    versions = _versions_before(_versions(store, position), as_of)
    population = Population(versions, events, position, strangers=False)
    return population, between(population.columns.present, events)


def read_log(store: Log, as_of: Micros | None = None) -> tuple[list[PersonVersion], EventColumns, int]:
    """What a population is built of: versions of people and events between them, and the log's position.

    What is accepted while the log is being read stands after that position and is left out, to be followed later.
    """
    position = store.head()
    versions = list(_versions_before(_versions(store, position), as_of))
    events = _events_before(store, position, as_of)
    people = np.array([version.key for version in versions], np.int64)
    known = np.isin(events.actor, people) & np.isin(events.target, people)
    return versions, events if known.all() else events.take(known), position


def _events_before(store: Log, position: int, as_of: Micros | None) -> EventColumns:
    """The events up to a position, and before the moment."""
    events = EventColumns.concatenate(list(store.events()))
    if len(events) and events.position[-1] > position:
        events = events.take(events.position <= position)
    if as_of is None or not len(events) or events.at.max() < as_of:
        return events
    return events.take(events.at < as_of)


def _versions(store: Log, position: int) -> Iterator[PersonVersion]:
    return (version for version in store.people_versions() if version.position <= position)


def _versions_before(versions: Iterator[PersonVersion], as_of: Micros | None) -> Iterator[PersonVersion]:
    """Of each person the first version and those before the moment, in log order: the last one put counts."""
    known: set[int] = set()
    for version in versions:
        created = version.person.created_at
        if as_of is not None and created is not None and created >= as_of:
            continue
        if as_of is None or version.key not in known or version.at < as_of:
            known.add(version.key)
            yield version
