"""The same columns as of any moment, read from the log."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from twofold.domain.changes import EventColumns, PersonVersion
from twofold.domain.ports import EventStore, PeopleStore
from twofold.domain.time import Micros
from twofold.population.population import Population


class Log(PeopleStore, EventStore, Protocol):
    """What a replay reads."""


def replay(store: Log, as_of: Micros | None = None) -> Population:
    """Everyone as of a moment: events strictly before it, people as their last version before it.

    A person's first version stands for the time before it too, unless the account was created later: imports bring
    profiles long after the events they belong to. None is everything there is.
    """
    return Population(*read_log(store, as_of))


def read_log(store: Log, as_of: Micros | None = None) -> tuple[list[PersonVersion], EventColumns, int]:
    """What `replay` builds a population of: versions of people and events between them, and the log's position.

    What is accepted while the log is being read stands after that position and is left out, to be followed later.
    """
    position = store.head()
    versions = [version for version in store.people_versions() if version.position <= position]
    events = EventColumns.concatenate(list(store.events()))
    if len(events) and events.position[-1] > position:
        events = events.take(events.position <= position)
    if as_of is not None:
        versions = _versions_before(versions, as_of)
        events = events.take(events.at < as_of)
    people = np.array([version.key for version in versions], np.int64)
    known = np.isin(events.actor, people) & np.isin(events.target, people)
    return versions, events if known.all() else events.take(known), position


def _versions_before(versions: list[PersonVersion], as_of: Micros) -> list[PersonVersion]:
    """Of each person the first version and those before the moment, in log order: the last one put counts."""
    known: set[int] = set()
    chosen: list[PersonVersion] = []
    for version in versions:
        created = version.person.created_at
        if created is not None and created >= as_of:
            continue
        if version.key not in known or version.at < as_of:
            known.add(version.key)
            chosen.append(version)
    return chosen
