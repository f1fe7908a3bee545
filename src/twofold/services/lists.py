"""The cache of finished lists: by viewer, dropped as soon as one would be wrong."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from cachetools import TTLCache

from twofold.domain.changes import Changes
from twofold.domain.event import RULES, EventKind, Excludes
from twofold.domain.time import MICROS_PER_SECOND, Clock
from twofold.services.made import MadeList, Recipe
from twofold.services.packed import PackedList

# 4 kB a list of 20 (measured): at most 80 MB of lists.
MOST_VIEWERS = 20_000


class ListCache:
    """At most one list per viewer, for a time."""

    def __init__(self, seconds: float, clock: Clock, most: int = MOST_VIEWERS) -> None:
        timer: Callable[[], float] = lambda: clock() / MICROS_PER_SECOND  # noqa: E731
        self._lists: TTLCache[int, PackedList] = TTLCache(most, seconds, timer)
        self._short: set[int] = set()

    def get(self, viewer: int, recipe: Recipe, model: str) -> MadeList | None:
        """The viewer's list, when it was made for the same question by the same model."""
        found = self._lists.get(viewer)
        return found.unpacked() if found and found.recipe == recipe and found.model == model else None

    def latest(self, viewer: int) -> MadeList | None:
        """The viewer's list, whatever was asked."""
        found = self._lists.get(viewer)
        return None if found is None else found.unpacked()

    def put(self, viewer: int, made: MadeList) -> None:
        """Keep a list."""
        self._lists[viewer] = PackedList.of(made)
        if len(made.keys) < made.recipe[0]:
            self._short.add(viewer)

    def drop(self, viewer: int) -> None:
        """Forget one viewer's list."""
        self._lists.pop(viewer, None)

    def follow(self, changes: Changes) -> None:
        """Drop the lists of all who acted, changed, are gone, or were blocked or otherwise parted from; and short lists
        when anybody came or changed, who may be missing there."""
        if changes.people:
            for key in self._short:
                self.drop(key)
            self._short.clear()
        for version in changes.people:
            self.drop(version.key)
        for removal in changes.removals:
            self.drop(removal.key)
        for key in np.unique(changes.events.actor).tolist():
            self.drop(key)
        parted = np.isin(changes.events.kind, _PARTING)
        for key in np.unique(changes.events.target[parted]).tolist():
            self.drop(key)


_PARTING = (EventKind.UNBLOCK, *(kind for kind, rule in RULES.items() if rule.excludes is Excludes.BOTH))
