"""What people did, or what was done to them, as counters that can be read as of any moment.

A counter as of a moment sees what is dated strictly before it and was written up to the log position asked for.
Windows, streaks and decays are in whole UTC days. The same arrays answer for the present and for each row of a training
set, which is what makes the two agree.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Doubles, Keys
from twofold.domain.changes import EventColumns
from twofold.domain.event import DECISIONS, POSITIVES, EventKind
from twofold.domain.time import MICROS_PER_DAY
from twofold.population.decay import HALF_LIFE_DAYS, weights, window
from twofold.population.derived import Sorted, in_order
from twofold.population.frozen import Arrays, number
from twofold.population.latest import Acts, Latest
from twofold.population.loops import any_within, last_times, meet_marked, read_latest
from twofold.population.pages import Pages
from twofold.population.ragged import chunks, spans
from twofold.population.running import (
    any_between,
    count_between,
    gathered,
    places_of,
    running,
)

WINDOW = 30  # days of "recent"

# So many decisions are put in the order of the log in one go.
CHUNK = 4_000_000

COLUMNS = (
    "start",
    "ends",
    "other",
    "kind",
    "at",
    "position",
    "_decisions",
    "_positives",
    "_repeats",
    "_decided",
    "_streak",
    "_late",
    "_late_written",
    "_buckets",
    "_likes",
)

Ints = NDArray[np.int64]
Halves = NDArray[np.int32]  # counts and keys that are kept by the tens of millions
Shorts = NDArray[np.uint16]
Kinds = NDArray[np.int8]
Mask = NDArray[np.bool_]
Marks = NDArray[np.uint8]

# (kinds,) which events are decisions, and which are likes, by their number.
DECIDES = np.isin(np.arange(max(EventKind) + 1), tuple(DECISIONS))
POSITIVE = np.isin(np.arange(max(EventKind) + 1), tuple(POSITIVES))


@dataclass(frozen=True, slots=True)
class Counters:
    """Counts of each of m owners as of a moment, as equally long columns (m,).

    Args:
        decisions: likes, super likes, dislikes and passes.
        positives: the likes and super likes among them.
        recent: events in the 30 UTC days up to and with the moment's own.
        streak: days in a row with an event, the last of them the moment's day or the day before.
        last: time of the last event, 0 when there is none.
        decayed: positives, each weighing by its age in days (`population.decay`).
    """

    decisions: Ints
    positives: Ints
    recent: Ints
    streak: Ints
    last: Ints
    decayed: Doubles

    @classmethod
    def none(cls, rows: int) -> Counters:
        """Of people who did nothing."""
        counts = [np.zeros(rows, np.int64) for _ in range(5)]
        return cls(counts[0], counts[1], counts[2], counts[3], counts[4], decayed=np.zeros(rows))

    def take(self, rows: Ints) -> Counters:
        """Some rows."""
        return Counters(*(getattr(self, each.name)[rows] for each in fields(self)))

    def put(self, rows: Ints | Mask, some: Counters) -> None:
        """Replace some rows."""
        for each in fields(self):
            getattr(self, each.name)[rows] = getattr(some, each.name)


@dataclass(frozen=True, slots=True)
class Tally:
    """The two counters that cost least, of each of m owners as of a moment: as in `Counters`."""

    decisions: Ints
    positives: Ints

    @classmethod
    def none(cls, rows: int) -> Tally:
        """Of people who decided nothing."""
        return cls(np.zeros(rows, np.int64), np.zeros(rows, np.int64))

    def put(self, rows: Ints | Mask, some: Tally) -> None:
        """Replace some rows."""
        self.decisions[rows], self.positives[rows] = some.decisions, some.positives


class History:
    """Events sorted by owner and time (simultaneous ones in log order), with running counts.

    Args:
        owner: (n,) whose event it is, below ``owners``; rows are in log order.
        other: (n,) the other person.
        kind, at, position: (n,) as in `EventColumns`.
        rows: places of the events that count, rising; None: all.

    >>> from twofold.domain.event import EventKind
    >>> one, like = np.array([1]), np.array([EventKind.LIKE], np.int8)
    >>> history = History(np.array([0]), one, like, np.array([5]), one, owners=1)
    >>> history.counters(np.array([0, 0]), AsOf.at([5, 6])).positives.tolist()
    [0, 1]
    """

    pages: Pages | None = None  # where the columns lie, if they are in a file

    def __init__(
        self, owner: Ints, other: Ints, kind: Kinds, at: Ints, position: Ints, owners: int, rows: Ints | None = None
    ) -> None:
        order = in_order(owner, at, rows)
        self.start: Ints = np.searchsorted(owner[order], np.arange(owners + 1)).astype(np.int64)
        self.other, self.kind = other[order].astype(np.int32), kind[order]
        self.at, self.position = at[order], position[order]
        self.ends = last_times(self.start, self.at)
        del order  # of tens of millions of events it takes as much as a column
        decided, positive = DECIDES[self.kind], POSITIVE[self.kind]
        self._decisions, self._positives, self._decided = running(decided), running(positive), places_of(decided)
        self._first_day = int(self.at.min()) // MICROS_PER_DAY if len(self.at) else 0
        self._days = int(self.at.max()) // MICROS_PER_DAY - self._first_day + 1 if len(self.at) else 1
        events = Sorted(self.start, self.other, self.at, self.position, decided, positive)
        found = events.derived(self._first_day, self._days)
        self._streak, self._repeats, self._late, self._late_written, self._buckets, self._likes = found

    @classmethod
    def given(cls, events: EventColumns, people: int) -> History:
        """What each person did."""
        return cls(events.actor, events.target, events.kind, events.at, events.position, people)

    @classmethod
    def received(cls, events: EventColumns, people: int) -> History:
        """What was decided about each person."""
        rows = np.flatnonzero(np.isin(events.kind, tuple(DECISIONS)))
        return cls(events.target, events.actor, events.kind, events.at, events.position, people, rows)

    def frozen(self) -> dict[str, NDArray[Any]]:
        """All of it as arrays."""
        return {name: getattr(self, name) for name in COLUMNS} | {
            "first_day": number(self._first_day),
            "days": number(self._days),
        }

    @classmethod
    def thawed(cls, arrays: Arrays) -> History:
        """Of what `frozen` gave, which is not copied."""
        history = cls.__new__(cls)
        for name in COLUMNS:
            setattr(history, name, arrays[name])
        history._first_day, history._days = int(arrays["first_day"][0]), int(arrays["days"][0])
        return history

    @property
    def owners(self) -> int:
        """Owners are below this."""
        return len(self.start) - 1

    def counters(self, owners: Ints, as_of: AsOf) -> Counters:
        """The counters of m owners (m,), each as of its own moment."""
        first, here = self._span(owners, as_of.moments)
        found = self._counters(owners, first, here, as_of)
        ahead = self._ahead(first, here, as_of)
        if ahead is not None:
            rows = np.flatnonzero(ahead)
            past = self._up_to(first[rows], here[rows], as_of.take(rows))
            found.put(rows, past.counters(np.arange(len(rows)), AsOf(as_of.moments[rows])))
        return found

    def tally(self, owners: Ints, as_of: AsOf) -> Tally:
        """Decisions and positives of m owners (m,), each as of its own moment."""
        first, here = self._span(owners, as_of.moments)
        found = Tally(count_between(self._decisions, first, here), count_between(self._positives, first, here))
        ahead = self._ahead(first, here, as_of)
        if ahead is not None:
            rows = np.flatnonzero(ahead)
            past = self._up_to(first[rows], here[rows], as_of.take(rows))
            found.put(rows, past.tally(np.arange(len(rows)), AsOf(as_of.moments[rows])))
        return found

    def latest(self, owners: Ints, as_of: AsOf, most: int | None = None, as_written: bool = False) -> Latest:
        """The latest decisions of m owners, at most so many of each, in the order of time.

        Args:
            as_written: the latest by their place in the log, not by their own time.
        """
        if as_of.positions is None and not (as_written and len(self._late)):
            return self._read(owners, as_of.moments, most)
        first, here = self._span(owners, as_of.moments)
        ahead = self._ahead(first, here, as_of)
        if ahead is None:
            return self._latest(first, here, most, as_written)
        past = np.flatnonzero(ahead)
        narrow = self._up_to(first[past], here[past], as_of.take(past))
        theirs = narrow._latest(narrow.start[:-1], narrow.start[1:], most, as_written)
        parts = [
            self._latest(np.where(ahead, 0, first), np.where(ahead, 0, here), most, as_written),
            replace(theirs, row=past[theirs.row]),
        ]
        return Latest.concatenate(parts)

    def latest_at(self, owners: Ints, moment: int, most: int) -> Latest:
        """As `latest`, as of one moment and of the whole log, without the times (0): many people's lie far apart."""
        return self._read(owners, np.array((moment,), np.int64), most, timed=False)

    def acts_of(self, owner: int, moment: int) -> Acts:
        """One owner's events before a moment, of the whole log."""
        first = end = 0
        if owner < len(self.start) - 1:
            first, end = int(self.start[owner]), int(self.start[owner + 1])
        if end > first and self.ends[owner] >= moment:
            end = first + int(self.at[first:end].searchsorted(moment))
        at, distinct = self.at[first:end], not any_within(self._repeats, first, end)
        at = at if self.pages is None or first == end else self.pages.copy_of(at)
        return Acts(self.other[first:end], self.kind[first:end], at, distinct)

    def meet(self, owners: Ints, moments: Ints, most: int, marks: Marks, sieve: Mask, degrees: Ints) -> Doubles:
        """As `loops.meet_marked`, of the whole log."""
        columns = self.start, self.ends, self.at, self.other, self.kind, DECIDES
        return meet_marked(*columns, POSITIVE, owners, moments, most, marks, sieve, degrees)

    def fading(self, owners: Ints, as_of: AsOf, half_life: int) -> Doubles:
        """(m,) positives, each weighing by its age in days, by any half-life in days."""
        first, here = self._span(owners, as_of.moments)
        found = self._decayed(owners, first, here, as_of.days, half_life)
        ahead = self._ahead(first, here, as_of)
        if ahead is not None:
            rows = np.flatnonzero(ahead)
            past = self._up_to(first[rows], here[rows], as_of.take(rows))
            found[rows] = past.fading(np.arange(len(rows)), AsOf(as_of.moments[rows]), half_life)
        return found

    def last(self, owners: Ints) -> Ints:
        """(m,) the time of each owner's last event, whenever it is dated; 0 without any."""
        known = owners < self.owners
        return gathered(self.ends, np.where(known, owners, 0), known)

    def acts(self, owners: Ints) -> tuple[Ints, Ints]:
        """Every event of m owners: rows (n,) of the owners, and places (n,) in the columns."""
        return spans(self.start[owners], self.start[owners + 1])

    def owners_of(self, other: int) -> Keys:
        """Who has an event with another person."""
        places = np.flatnonzero(self.other == other)
        return np.unique(np.searchsorted(self.start, places, side="right") - 1).astype(np.int64)

    def _counters(self, owners: Ints, first: Ints, here: Ints, as_of: AsOf) -> Counters:
        days = as_of.days
        window = self._before(first, here, (days - WINDOW + 1) * MICROS_PER_DAY)
        some = here > first
        previous = np.where(some, here - 1, 0)
        last, streak = gathered(self.at, previous, some), gathered(self._streak, previous, some)
        unbroken = some & (last // MICROS_PER_DAY >= days - 1)
        return Counters(
            decisions=count_between(self._decisions, first, here),
            positives=count_between(self._positives, first, here),
            recent=here - window,
            streak=np.where(unbroken, streak, 0),
            last=last,
            decayed=self._decayed(owners, first, here, days),
        )

    def _decayed(self, owners: Ints, first: Ints, here: Ints, days: Ints, half_life: int = HALF_LIFE_DAYS) -> Doubles:
        """Whole days before the moment's own from their buckets, and the own day's positives so far, which weigh 1."""
        since = self._before(first, here, days * MICROS_PER_DAY)
        today = (self._positives[here] - self._positives[since]).astype(np.float64)
        if not len(self._buckets):
            return today
        base, at = owners * self._days, days - self._first_day
        oldest = base + np.clip(at - window(half_life) + 1, 0, self._days)
        low, high = (
            np.searchsorted(self._buckets, oldest),
            np.searchsorted(self._buckets, base + np.clip(at, 0, self._days)),
        )
        rows, places = spans(low, np.where(here > first, high, low))
        ago = at[rows] - self._buckets[places] % self._days
        return today + np.bincount(rows, self._likes[places] * weights(ago, half_life), len(owners))

    def _read(self, owners: Ints, moments: Ints, most: int | None, timed: bool = True) -> Latest:
        """As `latest`, of the whole log."""
        columns = self.start, self.ends, self.at, self._repeats, self.other, self.kind, DECIDES
        return Latest(*read_latest(*columns, POSITIVE, owners, moments, most or 0, timed))

    def _latest(self, first: Ints, here: Ints, most: int | None, as_written: bool = False) -> Latest:
        low, high = self._decisions[first].astype(np.int64), self._decisions[here].astype(np.int64)
        if most is not None and as_written and any_between(self._late, first, here).any():
            rows, places = self._last_written(low, high, most)
        else:
            rows, places = spans(low if most is None else np.maximum(low, high - most), high)
        chosen = places if len(self._decided) == len(self.at) else self._decided[places]
        other = self.other[chosen]
        kind = self.kind[chosen]
        columns = other.astype(np.int64), POSITIVE[kind], self.at[chosen], kind
        distinct = not any_between(self._repeats, first, here).any()
        return Latest(rows, *columns, distinct=distinct)

    def _last_written(self, low: Ints, high: Ints, most: int) -> tuple[Ints, Ints]:
        """As `spans` of the decisions [low, high), of each row those that stand last in the log."""
        found = []
        for start, end in chunks(high - low, CHUNK):
            rows, places = spans(low[start:end], high[start:end])
            order = np.lexsort((self.position[self._decided[places]], rows))
            ends = np.cumsum(np.bincount(rows, minlength=end - start))
            kept = np.sort(order[ends[rows] - np.arange(len(rows)) <= most])
            found.append((rows[kept] + start, places[kept]))
        rows, places = (np.concatenate(column) for column in zip(*found, strict=True))
        return rows, places

    def _span(self, owners: Ints, moments: Ints) -> tuple[Ints, Ints]:
        """Where each row's events begin, and the first that is not before its moment."""
        known = owners < self.owners
        if not known.all():
            owners = np.where(known, owners, 0)
        if not self.owners:
            nothing = np.zeros(len(owners), np.int64)
            return nothing, nothing
        first = self.start[owners]
        end = np.where(known, self.start[owners + 1], first)
        return first, self._before(first, end, moments)

    def _before(self, low: Ints, high: Ints, moment: Ints) -> Ints:
        """For each row the first event in [low, high) that is not before the moment (bisection, all rows at once)."""
        if not len(self.at):
            return low.copy()
        last = self.at[np.maximum(high - 1, 0)]
        low, high = np.where(last < moment, high, low), high.copy()  # mostly the moment is after all there is
        while True:
            open_ = low < high
            if not open_.any():
                return low
            middle = (low + high) // 2
            earlier = open_ & (self.at[np.where(open_, middle, 0)] < moment)
            low = np.where(earlier, middle + 1, low)
            high = np.where(open_ & ~earlier, middle, high)

    def _ahead(self, first: Ints, here: Ints, as_of: AsOf) -> Mask | None:
        """(m,) whose past holds something that was written after the position asked for; None when nobody's does."""
        if as_of.positions is None or not len(self.at):
            return None
        ahead = (here > first) & (self._written_up_to(np.maximum(here - 1, 0)) > as_of.positions)
        return ahead if ahead.any() else None

    def _written_up_to(self, places: Ints) -> Ints:
        """(m,) the greatest log position of the same owner's events up to each place."""
        written = self.position[places]
        if len(self._late):
            late = np.minimum(np.searchsorted(self._late, places), len(self._late) - 1)
            written = np.where(self._late[late] == places, self._late_written[late], written)
        return written

    def _up_to(self, first: Ints, here: Ints, as_of: AsOf) -> History:
        """A history whose owners are rows, each with its events up to its position alone."""
        assert as_of.positions is not None
        rows, places = spans(first, here)
        kept = self.position[places] <= as_of.positions[rows]
        rows, places = rows[kept], places[kept]
        return History(
            rows,
            self.other[places].astype(np.int64),
            self.kind[places],
            self.at[places],
            self.position[places],
            len(first),
        )
