"""What people did, as counters that can be read as of any moment.

A counter at a moment sees the events strictly before it. Windows and streaks are in whole UTC days. The same arrays
answer for the present and for each row of a training set, which is what makes the two agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Keys
from twofold.domain.changes import EventColumns
from twofold.domain.event import DECISIONS, POSITIVES
from twofold.domain.time import MICROS_PER_DAY

WINDOW_DAYS = 30

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Counters:
    """Counts of what each of m people did before a moment, as equally long integer columns (m,).

    ``decisions``: likes, super likes, dislikes and passes given; ``positives``: the likes and super likes among them;
    ``recent``: events of any kind in the 30 UTC days up to and with the moment's own; ``streak``: days in a row with
    an event, the last of them the moment's day or the day before; ``last``: time of the last event, 0 when none.
    """

    decisions: Ints
    positives: Ints
    recent: Ints
    streak: Ints
    last: Ints


class History:
    """Everyone's acts, sorted by person and time, with running counts.

    >>> from twofold.domain.event import EventKind
    >>> one = np.array([1]); at = np.array([5])
    >>> history = History(EventColumns(one, np.array([0]), one, np.array([EventKind.LIKE], np.int8), at))
    >>> history.counters(np.array([0, 0]), np.array([5, 6])).positives.tolist()
    [0, 1]
    """

    def __init__(self, events: EventColumns, people: int = 0) -> None:
        people = max(people, int(events.actor.max()) + 1 if len(events) else 0)
        order = np.lexsort((events.at, events.actor))
        actor, self.kind, self.at = events.actor[order], events.kind[order], events.at[order]
        self.target = events.target[order]
        self.start: Ints = np.searchsorted(actor, np.arange(people + 1)).astype(np.int64)
        self._decisions = _running(np.isin(self.kind, tuple(DECISIONS)))
        self._positives = _running(np.isin(self.kind, tuple(POSITIVES)))
        self._day = self.at // MICROS_PER_DAY
        self._streak = _streaks(actor, self._day)

    def counters(self, keys: Keys, as_of: Ints) -> Counters:
        """The counters of m people (m,), each as of its own moment (m,)."""
        known = keys < len(self.start) - 1
        safe = np.where(known, keys, 0)
        first = np.where(known, self.start[safe], 0) if len(self.start) > 1 else np.zeros(len(keys), np.int64)
        end = np.where(known, self.start[np.minimum(safe + 1, len(self.start) - 1)], 0)
        here = self._before(first, end, as_of)
        day = as_of // MICROS_PER_DAY
        window = self._before(first, here, (day - WINDOW_DAYS + 1) * MICROS_PER_DAY)
        some = here > first
        previous = np.where(some, here - 1, 0)
        last, streak = _gather(self.at, previous, some), _gather(self._streak, previous, some)
        unbroken = some & (last // MICROS_PER_DAY >= day - 1)
        return Counters(
            decisions=self._decisions[here] - self._decisions[first],
            positives=self._positives[here] - self._positives[first],
            recent=here - window,
            streak=np.where(unbroken, streak, 0),
            last=last,
        )

    def acts(self, key: int) -> tuple[NDArray[np.int8], Ints, Keys]:
        """The kinds, times and targets of all a person did, by time."""
        if key >= len(self.start) - 1:
            return np.empty(0, np.int8), np.empty(0, np.int64), np.empty(0, np.int64)
        span = slice(int(self.start[key]), int(self.start[key + 1]))
        return self.kind[span], self.at[span], self.target[span]

    def actors_on(self, target: int) -> Keys:
        """Who did something to a person."""
        places = np.flatnonzero(self.target == target)
        return np.unique(np.searchsorted(self.start, places, side="right") - 1).astype(np.int64)

    def _before(self, low: Ints, high: Ints, moment: Ints) -> Ints:
        """For each row the first event in [low, high) that is not before the moment (bisection, all rows at once)."""
        low, high = low.copy(), high.copy()
        while True:
            open_ = low < high
            if not open_.any():
                return low
            middle = (low + high) // 2
            earlier = open_ & (self.at[np.where(open_, middle, 0)] < moment)
            low = np.where(earlier, middle + 1, low)
            high = np.where(open_ & ~earlier, middle, high)


class LiveHistory:
    """A history that follows the log: people who acted since the last rebuild are read from their own events."""

    def __init__(self, events: EventColumns) -> None:
        self._base = History(events)
        self._since: dict[int, list[tuple[int, int, int]]] = {}
        self._gone: set[int] = set()

    def apply(self, actor: int, target: int, kind: int, at: int) -> None:
        """Follow one more event; late ones too."""
        self._since.setdefault(actor, []).append((kind, at, target))

    def forget(self, key: int) -> Keys:
        """Forget what one person did, and what others did to them; the keys of these others, whose counters change."""
        self._since.pop(key, None)
        self._gone.add(key)
        since = [actor for actor, acts in self._since.items() if any(target == key for _, _, target in acts)]
        others = np.union1d(self._base.actors_on(key), np.array(since, np.int64))
        for actor in others.tolist():
            self._since.setdefault(actor, [])
        return np.asarray(others[others != key])

    def counters(self, keys: Keys, as_of: Ints) -> Counters:
        """As `History.counters`."""
        base = self._base.counters(keys, as_of)
        if not self._since:
            return base
        touched = np.fromiter((key in self._since for key in keys.tolist()), bool, len(keys))
        if not touched.any():
            return base
        fresh = self._rebuilt(np.unique(keys[touched])).counters(keys[touched], as_of[touched])
        for name in Counters.__slots__:
            getattr(base, name)[touched] = getattr(fresh, name)
        return base

    def _rebuilt(self, keys: Keys) -> History:
        """A small history of a few people: their base events and what came since."""
        actors, kinds, times = [], [], []
        for key in keys.tolist():
            kind, at, target = self._base.acts(key)
            since = np.array(self._since[key], np.int64).reshape(-1, 3)
            left = ~np.isin(np.concatenate([target, since[:, 2]]), list(self._gone))
            kinds.append(np.concatenate([kind, since[:, 0].astype(np.int8)])[left])
            times.append(np.concatenate([at, since[:, 1]])[left])
            actors.append(np.full(int(left.sum()), key, np.int64))
        actor, kind, at = np.concatenate(actors), np.concatenate(kinds), np.concatenate(times)
        return History(EventColumns(at, actor, actor, kind, at))


def _running(flags: NDArray[np.bool_]) -> Ints:
    """(m+1,) how many flags are set before each place."""
    return np.concatenate([[0], np.cumsum(flags, dtype=np.int64)]).astype(np.int64)


def _gather(values: Ints, index: Ints, some: NDArray[np.bool_]) -> Ints:
    if not len(values):
        return np.zeros(len(index), np.int64)
    return np.where(some, values[index], 0)


def _streaks(actor: Keys, day: Ints) -> Ints:
    """(m,) per event: how many days in a row, ending with the event's own, its actor did something.

    Events are sorted by actor and time, so distinct days stand in order; a run ends where a day is missing.
    """
    if not len(actor):
        return np.zeros(0, np.int64)
    new_day = np.ones(len(actor), bool)
    new_day[1:] = (actor[1:] != actor[:-1]) | (day[1:] != day[:-1])
    index = np.cumsum(new_day) - 1
    days, owners = day[new_day], actor[new_day]
    begins = np.ones(len(days), bool)
    begins[1:] = (owners[1:] != owners[:-1]) | (days[1:] != days[:-1] + 1)
    run_start = np.maximum.accumulate(np.where(begins, np.arange(len(days)), 0))
    lengths = np.arange(len(days), dtype=np.int64) - run_start + 1
    return np.asarray(lengths[index])
