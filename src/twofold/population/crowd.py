"""Everybody at one moment, sorted: what tells where one person stands among all others."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twofold.compiled import Column, compiled
from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Doubles, Keys
from twofold.domain.time import MICROS_PER_DAY, day_of
from twofold.population.columns import PeopleColumns
from twofold.population.frozen import Arrays, under, within
from twofold.population.live_history import LiveHistory
from twofold.population.profiles import Profiles
from twofold.population.totals import Totals

HALF_LIVES = (7, 30, 180)  # a week, a month, half a year
OWN = ("last_liked", "last_active", "created", "before", "degrees")
STEP = 256
MOST_CROWDS = 8  # of as many days: a training looks at a few, serving at one


@dataclass(frozen=True)
class Crowd:
    """Figures of n people, each in rising order.

    Args:
        liked: by half-life in days, likes received that fade by it.
        last_liked, last_active: times of the last decision about them, and of their last act.
        created: (k,) UTC days on which accounts of theirs began.
        before: (k + 1,) how many accounts began before each of these days, at last how many there are.
        degrees: (keys,) decisions by and about each person, by key.

    Whoever had no account at the moment is not among them.

    >>> Crowd.rank(np.array([1.0, 2.0, 2.0, 5.0]), np.array([5.0, 2.0, 0.0])).tolist()
    [0.5, 2.0, 4.0]
    """

    liked: dict[int, Doubles]
    last_liked: Doubles
    last_active: Doubles
    created: NDArray[np.int64]
    before: NDArray[np.int64]
    degrees: NDArray[np.int64]

    @staticmethod
    def rank(among: Doubles, values: Doubles) -> Doubles:
        """(m,) how many of the others have more, those with equal counted half."""
        return ranks(among, values)

    @property
    def people(self) -> int:
        """n."""
        return int(self.before[-1])

    def active_rank(self, times: NDArray[np.int64]) -> Doubles:
        """(m,) as `rank` among the times of last acts."""
        return ranks_by(self.last_active, self._landmarks, times)

    @cached_property
    def _landmarks(self) -> Doubles:
        """Every STEP-th time of a last act: these few stay in the processor's cache, where most of a search goes on."""
        return self.last_active[::STEP].copy()

    def created_rank(self, days: NDArray[np.int64]) -> Doubles:
        """(m,) how many accounts began later than on these days, those of the same day counted half.

        >>> nothing = np.empty(0)
        >>> crowd = Crowd({}, nothing, nothing, np.array([3, 5]), np.array([0, 2, 3]), np.empty(0, np.int64))
        >>> crowd.created_rank(np.array([3, 4, 5])).tolist()
        [2.0, 1.0, 0.5]
        """
        return step_ranks(self.created, self.before, days)

    def frozen(self) -> dict[str, NDArray[Any]]:
        """All of it as arrays."""
        own = {name: getattr(self, name) for name in OWN}
        return own | under("liked", {str(days): column for days, column in self.liked.items()})

    @classmethod
    def thawed(cls, arrays: Arrays) -> Crowd:
        """Of what `frozen` gave, which is not copied."""
        liked = {int(days): column for days, column in within("liked", arrays).items()}
        return cls(liked, *(arrays[name] for name in OWN))

    def weights(self, keys: Keys) -> Doubles:
        """(m,) what a common neighbour counts: 1 / log(2 + decisions), less for who has to do with many."""
        inside = keys < len(self.degrees)
        degrees = np.where(inside, self.degrees[np.where(inside, keys, 0)], 0) if len(self.degrees) else 0 * keys
        return np.asarray(1 / np.log(2 + degrees))


@compiled
def ranks(among: Column[np.float64], values: Column[np.float64]) -> Doubles:
    """As `Crowd.rank`."""
    found = np.empty(len(values))
    for row in range(len(values)):
        low = np.searchsorted(among, values[row])
        high = low
        if low < len(among) and among[low] == values[row]:
            high = np.searchsorted(among, values[row], side="right")
        found[row] = len(among) - (low + high) / 2
    return found


@compiled
def ranks_by(among: Column[np.float64], landmarks: Column[np.float64], values: Column[np.int64]) -> Doubles:
    """As `ranks`; ``landmarks`` is every STEP-th of those among whom."""
    found = np.empty(len(values))
    for row in range(len(values)):
        value = float(values[row])
        block = int(np.searchsorted(landmarks, value))  # all of the blocks before the last one are below the value
        first = max(block - 1, 0) * STEP
        low = first + np.searchsorted(among[first : first + STEP], value)
        high = low
        if low < len(among) and among[low] == value:
            high = np.searchsorted(among, value, side="right")
        found[row] = len(among) - (low + high) / 2
    return found


@compiled
def step_ranks(created: Column[np.int64], before: Column[np.int64], days: Column[np.int64]) -> Doubles:
    """As `Crowd.created_rank`."""
    found = np.empty(len(days))
    for row in range(len(days)):
        place = np.searchsorted(created, days[row])
        same = place < len(created) and created[place] == days[row]
        found[row] = before[-1] - (before[place] + before[place + int(same)]) / 2
    return found


class Crowds:
    """The crowd of each UTC day that is asked for, computed at its first use and kept until something late comes.

    Args:
        columns, profiles, given, received, totals: of one population.
    """

    def __init__(
        self, columns: PeopleColumns, profiles: Profiles, given: LiveHistory, received: LiveHistory, totals: Totals
    ) -> None:
        self._columns, self._profiles, self._totals = columns, profiles, totals
        self._given, self._received = given, received
        self._kept: dict[tuple[int, int | None], Crowd] = {}

    def of(self, as_of: AsOf) -> Crowd:
        """Everybody at the beginning of a moment's UTC day.

        Args:
            as_of: rows that all look from one place.
        """
        if not as_of.one_moment:
            raise ValueError("a crowd is of one moment; ask for the rows of one moment at a time")
        start = int(as_of.days[0]) * MICROS_PER_DAY
        place = (start, None if as_of.positions is None else int(as_of.positions[0]))
        if place not in self._kept:
            if len(self._kept) >= MOST_CROWDS:
                self.clear()
            self._kept[place] = self._compute(AsOf.at(*place))
        return self._kept[place]

    def put(self, moment: int, crowd: Crowd) -> None:
        """The crowd of a moment's UTC day is known."""
        self._kept[day_of(moment) * MICROS_PER_DAY, None] = crowd

    def saw(self, at: int) -> None:
        """Something is seen from a moment on; what comes late belongs to a day that is computed already."""
        if any(at < start for start, _ in self._kept):
            self.clear()

    def clear(self) -> None:
        """Compute all anew next time."""
        self._kept.clear()

    def _compute(self, as_of: AsOf) -> Crowd:
        everyone, there = self._columns.everyone(), self._totals.there(as_of)
        acts, about = (
            history.counters(everyone, as_of.broadcast(len(everyone))) for history in (self._given, self._received)
        )
        degrees = np.zeros(int(everyone.max(initial=-1)) + 1, np.int64)
        degrees[everyone] = acts.decisions + about.decisions
        created, counts = np.unique(
            self._profiles.of(there, as_of.broadcast(len(there))).created_days, return_counts=True
        )
        seen, among = as_of.broadcast(len(there)), np.searchsorted(everyone, there)
        return Crowd(
            liked={days: np.sort(self._received.fading(there, seen, days)) for days in HALF_LIVES},
            last_liked=np.sort(about.last[among].astype(np.float64)),
            last_active=np.sort(acts.last[among].astype(np.float64)),
            created=created,
            before=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            degrees=degrees,
        )
