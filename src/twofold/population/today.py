"""Everybody's counters of one day: computed once, read for each list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Doubles, Keys
from twofold.domain.time import day_of
from twofold.population.history import Counters, Tally

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Today:
    """Counters as of a moment, which stand all its UTC day for whoever's history is the same then.

    Windows, streaks and decays are of whole days, so nothing else changes them within one.

    Args:
        since: the moment.
        counters: (keys,) of everybody.
        fading: (keys,) by half-life.
        changed: (keys,) for whom they do not stand: something came since, or is dated ahead.
    """

    since: int
    counters: Counters
    fading: Mapping[int, Doubles]
    changed: Mask

    def stand(self, keys: Keys, as_of: AsOf) -> Mask | None:
        """(m,) for which rows they do; None: for none, since it is another day, or the log is looked at as of a past
        position."""
        if not len(self.changed) or as_of.positions is not None or not len(as_of) or not as_of.one_moment:
            return None
        moment = int(as_of.moments[0])
        if day_of(moment) != day_of(self.since):
            return None
        inside = np.ones(len(keys), bool)
        if len(keys) and int(keys.max()) >= len(self.changed):
            inside = keys < len(self.changed)
            keys = np.where(inside, keys, 0)
        inside &= ~self.changed[keys]
        if moment < self.since:  # earlier that day all but those who did something since were the same
            inside &= self.counters.last[keys] < moment
        return inside

    def touch(self, key: int) -> None:
        """A person's history changed."""
        if key < len(self.changed):
            self.changed[key] = True

    def touch_all(self, keys: Keys) -> None:
        """Many people's histories changed."""
        self.changed[keys[keys < len(self.changed)]] = True

    def tally(self, keys: Keys) -> Tally:
        """Of people for whom they stand."""
        return Tally(self.counters.decisions[keys], self.counters.positives[keys])
