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
    """Counters as of a moment, which stand until its UTC day is over for whoever's history stays as it was.

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
        if moment < self.since or day_of(moment) != day_of(self.since):
            return None
        if not len(keys) or int(keys.max()) < len(self.changed):
            return np.asarray(~self.changed[keys])
        inside = keys < len(self.changed)
        return np.asarray(inside & ~self.changed[np.where(inside, keys, 0)])

    def touch(self, key: int) -> None:
        """A person's history changed."""
        if key < len(self.changed):
            self.changed[key] = True

    def tally(self, keys: Keys) -> Tally:
        """Of people for whom they stand."""
        return Tally(self.counters.decisions[keys], self.counters.positives[keys])
