"""Whose lists are asked for: distinct people, drawn by the seed, so that no list comes from a cache."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from twofold.bench.http import get
from twofold.bench.load import Ask
from twofold.domain.candidate import Keys

LENGTH = 20


class Viewers:
    """Hands out people who look within a limit of distance and people without one, everybody once.

    When a small world runs out of people they come again, asking for a list of another length: that is another list to
    the cache.

    Args:
        limited, unlimited: places of people.
        person_id: the id of a place.

    >>> viewers = Viewers(np.arange(3), np.arange(3, 5), "p{}".format, np.random.default_rng(0))
    >>> sorted(viewers.draw(4, share=0.5))
    ['/v1/people/p0/recommendations?limit=20', ..., '/v1/people/p4/recommendations?limit=20']
    """

    def __init__(
        self, limited: Keys, unlimited: Keys, person_id: Callable[[int], str], rng: np.random.Generator
    ) -> None:
        self._person_id, self._rng = person_id, rng
        self._pools = {False: rng.permutation(limited), True: rng.permutation(unlimited)}
        self._given = {False: 0, True: 0}

    @property
    def repeats(self) -> int:
        """How often somebody was handed out who had been before."""
        return sum(max(0, self._given[kind] - len(self._pools[kind])) for kind in self._pools)

    def draw(self, count: int, share: float) -> list[str]:
        """Paths of so many lists, a ``share`` of them of people without a limit of distance, mixed.

        Where there is nobody of one kind the other kind stands in.
        """
        kinds = np.zeros(count, bool)
        kinds[: round(count * share)] = True
        self._rng.shuffle(kinds)
        return [self._next(kind) for kind in kinds.tolist()]

    def _next(self, kind: bool) -> str:
        kind = kind if len(self._pools[kind]) else not kind
        again, place = divmod(self._given[kind], len(self._pools[kind]))
        self._given[kind] += 1
        # 20, 21, 19, 22, 18 ...: about as much work.
        length = LENGTH + (again % 16 + 1) // 2 * (1 if again % 2 else -1)
        return f"/v1/people/{self._person_id(int(self._pools[kind][place]))}/recommendations?limit={length}"


def spread_evenly(paths: list[str], workers: int) -> list[Ask]:
    """Requests for the paths, the workers in turn."""
    return [Ask(place % workers, get(path)) for place, path in enumerate(paths)]


def endless(viewers: Viewers, share: float, at_once: int = 500) -> Iterator[Ask]:
    """Requests for ever; the worker is whoever is free."""
    while True:
        for path in viewers.draw(at_once, share):
            yield Ask(0, get(path))
