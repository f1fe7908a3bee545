"""Who is liked lately: one decayed figure per person, computed anew each UTC day and kept up to date within it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Doubles, Keys
from twofold.domain.time import MICROS_PER_DAY, day_of
from twofold.population.decay import HALF_LIFE_DAYS, weights
from twofold.population.frozen import Arrays, number
from twofold.population.live_history import LiveHistory

# What a training chooses from; a snapshot carries each.
HALF_LIVES = (HALF_LIFE_DAYS, 14, 60, 7, 120)


class Popularity:
    """Likes received, each weighing by its age in days, for everyone at once.

    Args:
        received: what was decided about each person.
        half_life: in days.
    """

    def __init__(self, received: LiveHistory, half_life: int = HALF_LIFE_DAYS) -> None:
        self._received, self._half_life = received, half_life
        self._day: int | None = None
        self._column: Doubles = np.zeros(0)
        self._levels: tuple[Doubles, Doubles] | None = None

    def frozen(self) -> dict[str, NDArray[Any]]:
        """All of it as arrays, just after it was computed."""
        before, liked = self._leveled()
        day = number(-1 if self._day is None else self._day)
        return {"day": day, "column": self._column, "before": before, "liked": liked}

    @classmethod
    def thawed(cls, arrays: Arrays, received: LiveHistory, half_life: int) -> Popularity:
        """Of what `frozen` gave, which is not copied."""
        popularity = cls(received, half_life)
        popularity._day, popularity._column = int(arrays["day"][0]), arrays["column"]
        popularity._levels = arrays["before"], arrays["liked"]
        return popularity

    def column(self, moment: int, people: int) -> Doubles:
        """(people,) as of a moment."""
        if self._day != day_of(moment) or len(self._column) < people:
            keys = np.arange(people, dtype=np.int64)
            self._column = self._received.fading(keys, AsOf.at(moment).broadcast(people), self._half_life)
            self._day, self._levels = day_of(moment), None
        return self._column[:people]

    def level(self, share: float, without: int) -> float:
        """From which figure on somebody is among the ``share`` of people liked most, one person left out; inf: nobody.

        As of when it was first asked for after all were computed: within a day nobody's likes move it.
        """
        column, liked = self._leveled()
        own = float(column[without]) if without < len(column) else 0.0
        count = len(liked) - (own > 0)
        if not count:
            return float("inf")
        gone = int(liked.searchsorted(own)) if own > 0 else len(liked)
        at = (count - 1) * (1 - share)
        place = int(at)
        after = min(place + 1, count - 1)
        low, high = float(liked[place + (place >= gone)]), float(liked[after + (after >= gone)])
        return low + (high - low) * (at - place)

    def _leveled(self) -> tuple[Doubles, Doubles]:
        """The figures as they were, and in rising order those above 0."""
        if self._levels is None:
            column = self._column.copy()
            self._levels = column, np.sort(column[column > 0])
        return self._levels

    def apply(self, target: int, at: int) -> None:
        """Somebody was liked."""
        if self._day is None:
            return
        if target < len(self._column):
            self._column[target] += weights(np.array([self._day - day_of(at)]), self._half_life)[0]
        else:
            self._day = None

    def follow(self, targets: Keys, at: NDArray[np.int64]) -> None:
        """Many were liked, each as in `apply`."""
        if self._day is None or not len(targets):
            return
        if int(targets.max()) < len(self._column):
            np.add.at(self._column, targets, weights(self._day - at // MICROS_PER_DAY, self._half_life))
        else:
            self._day = None

    def forget(self) -> None:
        """Compute all anew next time."""
        self._day = None
