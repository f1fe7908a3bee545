"""Everybody's counters of one day: computed once, read for each list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twofold.compiled import Column, Written, compiled
from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Doubles, Keys
from twofold.domain.time import day_of
from twofold.population.decay import HALF_LIFE_DAYS
from twofold.population.derived import LONGEST_STREAK
from twofold.population.frozen import Arrays, number, under, within
from twofold.population.history import Counters, Tally

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
# Counts of everybody are kept in as few bytes as hold any of them exactly.
NARROW = {"decisions": np.int32, "positives": np.int32, "recent": np.int32, "streak": np.uint16}


@dataclass(frozen=True, slots=True)
class Glance:
    """Those of `Counters` that a list reads of m people."""

    decisions: Ints
    positives: Ints
    last: Ints

    @classmethod
    def room(cls, rows: int) -> Glance:
        """To be filled in."""
        return cls(np.empty(rows, np.int64), np.empty(rows, np.int64), np.empty(rows, np.int64))

    def put(self, rows: NDArray[np.intp], some: Counters) -> None:
        """Replace some rows."""
        self.decisions[rows], self.positives[rows], self.last[rows] = some.decisions, some.positives, some.last


@dataclass(frozen=True, slots=True)
class Today:
    """Counters as of a moment, which stand all its UTC day for whoever's history is the same then.

    Windows, streaks and decays are of whole days, so nothing else changes them within one.

    Args:
        since: the moment.
        columns: (keys,) of everybody, by their names in `Counters`, counts as `NARROW` says.
        fading: (keys,) by half-life.
        changed: (keys,) for whom they do not stand: something came since, or is dated ahead.
    """

    since: int
    columns: Mapping[str, NDArray[Any]]
    fading: Mapping[int, Doubles]
    changed: Mask

    @classmethod
    def of(cls, since: int, counters: Counters, fading: Mapping[int, Doubles], changed: Mask) -> Today:
        """The day of everybody's counters."""
        assert int(counters.streak.max(initial=0)) <= LONGEST_STREAK
        columns = {each.name: getattr(counters, each.name) for each in fields(Counters)}
        columns |= {name: columns[name].astype(kind) for name, kind in NARROW.items()}
        return cls(since, columns, {**fading, HALF_LIFE_DAYS: counters.decayed}, changed)

    def frozen(self) -> dict[str, NDArray[Any]]:
        """All of it as arrays."""
        fading = {str(days): column for days, column in self.fading.items() if days != HALF_LIFE_DAYS}
        own = {"since": number(self.since), "changed": self.changed}
        return own | under("columns", self.columns) | under("fading", fading)

    @classmethod
    def thawed(cls, arrays: Arrays) -> Today:
        """Of what `frozen` gave, which is not copied."""
        columns = within("columns", arrays)
        fading = {int(days): column for days, column in within("fading", arrays).items()}
        fading[HALF_LIFE_DAYS] = columns["decayed"]
        return cls(int(arrays["since"][0]), columns, fading, arrays["changed"])

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
            inside &= self.columns["last"][keys] < moment
        return inside

    def glance(self, keys: Keys, moment: int, found: Glance) -> NDArray[np.intp]:
        """Fill in the rows for which they stand at a moment of the same day; the others."""
        columns, missing = self.columns, np.empty(len(keys), np.int64)
        mine = columns["decisions"], columns["positives"], columns["last"]
        asked = keys, moment, moment < self.since
        count = glance(*asked, self.changed, *mine, found.decisions, found.positives, found.last, missing)
        return missing[:count]

    def touch(self, key: int) -> None:
        """A person's history changed."""
        if key < len(self.changed):
            self.changed[key] = True

    def touch_all(self, keys: Keys) -> None:
        """Many people's histories changed."""
        self.changed[keys[keys < len(self.changed)]] = True

    def counters(self, keys: Keys) -> Counters:
        """Of people for whom they stand."""
        found = {name: column[keys] for name, column in self.columns.items()}
        found |= {name: found[name].astype(np.int64) for name in NARROW}
        return Counters(**found)

    def tally(self, keys: Keys) -> Tally:
        """Of people for whom they stand."""
        return Tally(*(self.columns[name][keys].astype(np.int64) for name in ("decisions", "positives")))


@compiled
def glance(
    keys: Column[np.int64],
    moment: int,
    earlier: bool,
    changed: Column[np.bool_],
    decisions: Column[np.int32],
    positives: Column[np.int32],
    last: Column[np.int64],
    some: Written[np.int64],
    likes: Written[np.int64],
    times: Written[np.int64],
    missing: Written[np.int64],
) -> int:
    """As `Today.glance`: how many rows are missing, which are filled in with 0."""
    left = 0
    for row in range(len(keys)):
        key = keys[row]
        # Earlier that day all but those who did something since were the same.
        if key < len(changed) and not changed[key] and not (earlier and last[key] >= moment):
            some[row], likes[row], times[row] = decisions[key], positives[key], last[key]
        else:
            some[row], likes[row], times[row] = 0, 0, 0
            missing[left] = row
            left += 1
    return left
