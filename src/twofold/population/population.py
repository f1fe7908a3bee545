"""Everyone at one moment of the log, kept up to date by following it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Keys
from twofold.domain.changes import Changes, EventColumns, PersonVersion, Removal
from twofold.domain.event import DECISIONS, POSITIVES, EventKind
from twofold.population.columns import PeopleColumns
from twofold.population.history import LiveHistory
from twofold.population.relations import Relations


class Population:
    """People, what they did, and who must not see whom, as of ``position`` in the log.

    ``changed`` holds, per key, the log position of the last change of the person or act by them (loaded ones too), so
    that whoever keeps something computed about a person knows when it is stale.
    """

    def __init__(self, people: list[PersonVersion], events: EventColumns, position: int) -> None:
        self.columns = PeopleColumns()
        for version in people:
            self.columns.put(version)
        self.changed: NDArray[np.int64] = np.zeros(len(self.columns.present), np.int64)
        for version in people:
            self.changed[version.key] = max(version.position, self.changed[version.key])
        np.maximum.at(self.changed, events.actor, events.position)
        self.relations = Relations(events)
        self.history = LiveHistory(events)
        self.position = position
        self.likes_given = _likes_by_actor(events)
        self.decisions = int(np.isin(events.kind, tuple(DECISIONS)).sum())
        last = np.zeros(len(self.columns.present), np.int64)
        np.maximum.at(last, events.actor, events.at)
        np.maximum(self.columns.last_active, last, out=self.columns.last_active)

    def apply(self, changes: Changes) -> None:
        """Follow the log; changes already seen are ignored."""
        if changes.position <= self.position:
            return
        for version in changes.people:
            last_active = self._last_active(version.key)
            self.columns.put(version)
            self.columns.saw_active(version.key, last_active)
            self._touch(version.key, version.position)
        for removal in changes.removals:
            self._remove(removal)
        self._apply_events(changes.events)
        self.position = changes.position

    def present(self, key: int) -> bool:
        """Whether the key is a person."""
        return 0 <= key < len(self.columns.present) and bool(self.columns.present[key])

    def likes_of(self, key: int, latest: int | None = None) -> Keys:
        """Keys of all whom the person liked (the ``latest`` so many of them), in the order in which the log has them.

        Somebody liked and super liked stands there twice.
        """
        likes = self.likes_given.get(key, [])
        return np.array(likes if latest is None else likes[-latest:], np.int64)

    def _remove(self, removal: Removal) -> None:
        """Forget a person, and what others did to them: counters are those of a log that never had them."""
        key = removal.key
        self.columns.remove(key)
        self.relations.forget(key)
        self.likes_given.pop(key, None)
        self._touch(key, removal.position)
        for actor in self.history.forget(key).tolist():
            self._touch(actor, removal.position)
            if key in self.likes_given.get(actor, ()):
                self.likes_given[actor] = [liked for liked in self.likes_given[actor] if liked != key]

    def _apply_events(self, events: EventColumns) -> None:
        for position, actor, target, number, at in zip(
            events.position.tolist(),
            events.actor.tolist(),
            events.target.tolist(),
            events.kind.tolist(),
            events.at.tolist(),
            strict=True,
        ):
            kind = EventKind(number)
            self.relations.apply(actor, target, kind, at)
            self.history.apply(actor, target, number, at)
            self.columns.saw_active(actor, at)
            self.decisions += kind in DECISIONS
            if kind in POSITIVES:
                self.likes_given.setdefault(actor, []).append(target)
            self._touch(actor, position)

    def _last_active(self, key: int) -> int:
        return int(self.columns.last_active[key]) if key < len(self.columns.present) else 0

    def _touch(self, key: int, position: int) -> None:
        if key >= len(self.changed):
            grown = np.zeros(max(len(self.columns.present), key + 1), np.int64)
            grown[: len(self.changed)] = self.changed
            self.changed = grown
        self.changed[key] = position


def _likes_by_actor(events: EventColumns) -> dict[int, list[int]]:
    likes = events.take(np.isin(events.kind, tuple(POSITIVES)))
    order = np.argsort(likes.actor, kind="stable")
    actor, target = likes.actor[order], likes.target[order]
    actors, starts = np.unique(actor, return_index=True)
    if not len(actors):
        return {}
    parts = np.split(target, starts[1:])
    return {int(key): part.tolist() for key, part in zip(actors, parts, strict=True)}
