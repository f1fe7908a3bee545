"""What everybody did together, day by day: what a person's own counts are compared with at the same moment."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from twofold.domain.as_of import ALL_OF_THE_LOG, AsOf
from twofold.domain.candidate import Doubles, Keys
from twofold.domain.changes import EventColumns
from twofold.domain.event import DECISIONS, POSITIVES
from twofold.domain.time import MICROS_PER_DAY
from twofold.population.decay import WINDOW_DAYS, weights
from twofold.population.frozen import Arrays, number, under, within

Ints = NDArray[np.int64]
Number = TypeVar("Number", np.int64, np.float64)


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over everybody on the whole UTC days before each of m moments, as equally long columns (m,).

    ``decisions``, ``positives`` as in `Counters`; ``decayed``: positives, each weighing by its age in days; ``people``:
    how many had an account before the moment's day (or one of unknown beginning).
    """

    decisions: Ints
    positives: Ints
    decayed: Doubles
    people: Ints

    def of(self, rows: Ints) -> Sums:
        """Those of some rows; one stands for all."""
        if len(self.decisions) == 1:
            return self
        return Sums(self.decisions[rows], self.positives[rows], self.decayed[rows], self.people[rows])


class Totals:
    """Counts per day, and the log they were counted from: what a row has not seen yet is taken off them.

    >>> totals = Totals(EventColumns.empty())
    >>> totals.apply(position=1, at=5, positive=True)
    >>> totals.sums(AsOf.at([6, MICROS_PER_DAY])).decisions.tolist()
    [0, 1]
    """

    def __init__(self, events: EventColumns) -> None:
        self._first = 0
        self._decisions, self._positives = np.zeros(0, np.int64), np.zeros(0, np.int64)
        self._log = _Log.none()
        self._news: list[tuple[int, int, bool]] = []
        self._began: Ints = np.zeros((0, 3), np.int64)
        self._began_news: dict[int, tuple[int, int]] = {}
        self._came = np.zeros(0, bool)
        self._kept: tuple[int, Sums] | None = None
        self.load(events)

    def load(self, events: EventColumns) -> None:
        """The events of a log, instead of those before."""
        rows = np.flatnonzero(np.isin(events.kind, tuple(DECISIONS)))
        if len(rows):
            days, positive = events.at[rows] // MICROS_PER_DAY, np.isin(events.kind[rows], tuple(POSITIVES))
            self._log = _Log(events.position[rows], days.astype(np.int32), positive)
            self._count(days, positive, 1)

    def frozen(self) -> dict[str, NDArray[Any]]:
        """All of it as arrays."""
        self._gather()
        own = {"first": number(self._first), "decisions": self._decisions, "positives": self._positives}
        own |= {"began": self._accounts(), "came": self._came}
        return own | under("log", {each.name: getattr(self._log, each.name) for each in fields(_Log)})

    @classmethod
    def thawed(cls, arrays: Arrays) -> Totals:
        """Of what `frozen` gave."""
        totals = cls(EventColumns.empty())
        totals._first = int(arrays["first"][0])
        totals._decisions, totals._positives = arrays["decisions"], arrays["positives"]
        totals._began, totals._came = arrays["began"], arrays["came"]
        totals._log = _Log(**within("log", arrays))
        return totals

    def apply(self, *, position: int, at: int, positive: bool) -> None:
        """Follow one more decision."""
        day = at // MICROS_PER_DAY
        self._news.append((position, day, positive))
        self._count(np.array([day]), np.array([positive]), 1)

    def follow(self, positions: Ints, at: Ints, positive: NDArray[np.bool_]) -> None:
        """Follow many decisions at once, as `apply` each."""
        days = at // MICROS_PER_DAY
        self._news.extend(zip(positions.tolist(), days.tolist(), positive.tolist(), strict=True))
        self._count(days, positive, 1)

    def began(self, key: int, position: int, day: int | None) -> None:
        """An account came at a log position; it began on a day (None: nobody knows)."""
        if key >= len(self._came):
            self._came = np.concatenate([self._came, np.zeros(max(key + 1 - len(self._came), len(self._came)), bool)])
        if not self._came[key]:
            self._came[key], self._kept = True, None
            self._began_news[key] = (position, -(2**62) if day is None else day)

    def forget(self, key: int, positions: Ints) -> int:
        """Take a person, and the events by and about them at these log positions, out; how many decisions these are."""
        self._gather()
        self._kept = None
        gone = np.isin(self._log.position, positions)
        self._count(self._log.day[gone].astype(np.int64), self._log.positive[gone], -1)
        self._log = self._log.take(~gone)
        if key < len(self._came) and self._came[key]:
            self._came[key] = False
            began = self._accounts()
            self._began = began[began[:, 2] != key]
        return int(gone.sum())

    def sums(self, as_of: AsOf) -> Sums:
        """The sums as of each row's moment (m,)."""
        if not len(as_of):
            nothing = np.zeros(0, np.int64)
            return Sums(nothing, nothing, np.zeros(0), nothing)
        if as_of.positions is None and as_of.one_moment:
            return self._of_day(int(as_of.days[0])).of(np.zeros(len(as_of), np.int64))
        return self._sums(as_of)

    def _of_day(self, day: int) -> Sums:
        """Before one day, kept until something of an earlier day comes."""
        if self._kept is None or self._kept[0] != day:
            two = self._sums(AsOf.at([day * MICROS_PER_DAY] * 2))
            self._kept = (day, two)
        return self._kept[1]

    def _sums(self, as_of: AsOf) -> Sums:
        positions = np.full(len(as_of), ALL_OF_THE_LOG) if as_of.positions is None else as_of.positions
        views, rows = np.unique(np.stack([as_of.days, positions], axis=1), axis=0, return_inverse=True)
        days, place = np.unique(views[:, 0], return_inverse=True)
        decided, liked = (np.concatenate([[0], np.cumsum(column)]) for column in (self._decisions, self._positives))
        until = np.clip(days - self._first, 0, len(self._decisions))
        decayed = np.array([self._decayed_before(day) for day in days.tolist()])
        seen = Sums(decided[until][place], liked[until][place], decayed[place], self._people(views))
        if as_of.positions is not None:
            self._take_off(seen, views)
        return Sums(seen.decisions[rows], seen.positives[rows], seen.decayed[rows], seen.people[rows])

    def there(self, as_of: AsOf) -> Keys:
        """Keys, rising, of the accounts that `sums` counts as of one place."""
        began = self._accounts()
        come = began[:, 1] < as_of.days[0]
        if as_of.positions is not None:
            come &= began[:, 0] <= as_of.positions[0]
        return np.sort(began[come, 2])

    def _decayed_before(self, day: int) -> float:
        end = min(max(day - self._first, 0), len(self._positives))
        low = min(max(day - WINDOW_DAYS - self._first, 0), end)
        ago = day - self._first - np.arange(low, end)
        # Always as many terms: how long the columns are must not change a sum in its last bit.
        window = np.zeros(WINDOW_DAYS + 1)
        window[ago] = self._positives[low:end]
        return float(window @ weights(np.arange(WINDOW_DAYS + 1)))

    def _take_off(self, sums: Sums, views: Ints) -> None:
        """Without what was written after each view's position, for all views of a day at once."""
        self._gather()
        log = self._log
        seen = np.searchsorted(log.position, views[:, 1], side="right")
        for day in np.unique(views[seen < len(log.position), 0]).tolist():
            theirs = np.flatnonzero(views[:, 0] == day)
            unseen = log.before(day, int(seen[theirs].min()))
            first, liked = np.searchsorted(unseen, seen[theirs]), log.positive[unseen]
            sums.decisions[theirs] -= len(unseen) - first
            sums.positives[theirs] -= _from(liked.astype(np.int64))[first]
            sums.decayed[theirs] -= _from(liked * weights(day - log.day[unseen]))[first]

    def _people(self, views: Ints) -> Ints:
        """(v,) accounts that had come by each position and begun before each day."""
        began = self._accounts()
        before = np.searchsorted(began[:, 1], views[:, 0]).astype(np.int64)
        seen = int(views[:, 1].min(initial=ALL_OF_THE_LOG))
        if seen >= ALL_OF_THE_LOG or not len(began) or int(began[:, 0].max()) <= seen:
            return before
        people = np.zeros_like(before)
        for end in np.unique(before).tolist():
            theirs = before == end
            people[theirs] = np.searchsorted(np.sort(began[:end, 0]), views[theirs, 1], side="right")
        return people

    def _accounts(self) -> Ints:
        """(n, 3) position, day and key of each account, by day."""
        if self._began_news:
            rows = [(*each, key) for key, each in self._began_news.items()]
            began = np.concatenate([self._began, np.array(rows, np.int64)])
            self._began, self._began_news = began[np.argsort(began[:, 1], kind="stable")], {}
        return self._began

    def _count(self, days: Ints, positive: NDArray[np.bool_], step: int) -> None:
        if not len(days):
            return
        if self._kept is not None and int(days.min()) < self._kept[0]:
            self._kept = None
        if not len(self._decisions):
            self._first = int(days.min())
        ahead = max(self._first - int(days.min()), 0)
        behind = max(int(days.max()) - self._first - len(self._decisions) + 1, 0)
        if ahead or behind:
            self._decisions = np.pad(self._decisions, (ahead, behind))
            self._positives = np.pad(self._positives, (ahead, behind))
            self._first -= ahead
        np.add.at(self._decisions, days - self._first, step)
        np.add.at(self._positives, days[positive] - self._first, step)

    def _gather(self) -> None:
        if self._news:
            position, day, positive = (np.array(column) for column in zip(*self._news, strict=True))
            self._log = self._log.extended(_Log(position, day.astype(np.int32), positive))
            self._news = []


@dataclass(frozen=True)
class _Log:
    """Decisions in log order, as equally long columns (n,): position, day, and whether it is a like."""

    position: Ints
    day: NDArray[np.int32]
    positive: NDArray[np.bool_]

    @classmethod
    def none(cls) -> _Log:
        return cls(np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(0, bool))

    def take(self, index: NDArray[np.bool_]) -> _Log:
        return _Log(self.position[index], self.day[index], self.positive[index])

    def extended(self, more: _Log) -> _Log:
        columns = ((getattr(self, each.name), getattr(more, each.name)) for each in fields(self))
        return _Log(*(np.concatenate(pair) for pair in columns))

    def before(self, day: int, start: int) -> Ints:
        """Places from a start on that are of an earlier day: all until the log reached the day, late ones after it."""
        reached = int(np.searchsorted(self._reach, day))
        late = self._late[np.searchsorted(self._late, max(start, reached)) :]
        return np.concatenate([np.arange(start, reached), late[self.day[late] < day]]).astype(np.int64)

    @cached_property
    def _reach(self) -> NDArray[np.int32]:
        """(n,) the latest day so far."""
        return np.maximum.accumulate(self.day)

    @cached_property
    def _late(self) -> Ints:
        """Places of what was written after a later day had begun."""
        return np.flatnonzero(self.day < self._reach).astype(np.int64)


def _from(values: NDArray[Number]) -> NDArray[Number]:
    """(n+1,) sums from each place to the end."""
    return np.append(np.cumsum(values[::-1])[::-1], values.dtype.type(0))
