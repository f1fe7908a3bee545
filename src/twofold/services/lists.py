"""The cache of finished lists: by viewer, dropped as soon as one would be wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from cachetools import TTLCache

from twofold.domain.answer import Answer
from twofold.domain.candidate import Floats, Keys
from twofold.domain.changes import Changes
from twofold.domain.event import RULES, EventKind, Excludes
from twofold.domain.impression import ShownList
from twofold.domain.time import MICROS_PER_SECOND, Clock

# 16 kB a list of 20 (measured): at most 320 MB of lists.
MOST_VIEWERS = 20_000

Recipe = tuple[int, frozenset[int]]


@dataclass(frozen=True, slots=True)
class CachedList:
    """A finished list, to be served again and to be explained.

    Args:
        recipe: what was asked: length, exclude.
        keys: (k,) who is on it, in order.
        sources, own: names (s,) of the sources, and their own scores (k, s); NaN where one did not bring the person.
    """

    recipe: Recipe
    model: str
    keys: Keys
    sources: tuple[str, ...]
    own: Floats
    answer: Answer
    shown: ShownList

    def place_of(self, key: int) -> int | None:
        """Where somebody stands on the list, 0 for the top; None when they are not on it."""
        return next(iter(np.flatnonzero(self.keys == key).tolist()), None)

    def brought(self, place: int) -> dict[str, float]:
        """Own scores of the sources that brought the person at a place."""
        scores = self.own[place].tolist()
        return {name: own for name, own in zip(self.sources, scores, strict=True) if own == own}


class ListCache:
    """At most one list per viewer, for a time."""

    def __init__(self, seconds: float, clock: Clock, most: int = MOST_VIEWERS) -> None:
        timer: Callable[[], float] = lambda: clock() / MICROS_PER_SECOND  # noqa: E731
        self._lists: TTLCache[int, CachedList] = TTLCache(most, seconds, timer)
        self._short: set[int] = set()

    def get(self, viewer: int, recipe: Recipe, model: str) -> CachedList | None:
        """The viewer's list, when it was made for the same question by the same model."""
        found = self._lists.get(viewer)
        return found if found and found.recipe == recipe and found.model == model else None

    def latest(self, viewer: int) -> CachedList | None:
        """The viewer's list, whatever was asked."""
        return self._lists.get(viewer)

    def put(self, viewer: int, made: CachedList) -> None:
        """Keep a list."""
        self._lists[viewer] = made
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
