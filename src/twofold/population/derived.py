"""What a history tells of its events beside the events themselves, worked out for some owners at a time: of tens of
millions of events each step would else take as much memory as all that is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twofold.domain.time import MICROS_PER_DAY
from twofold.population.ragged import chunks, repeats, runs
from twofold.population.streaks import streaks

# Events of as many owners as are looked at together: a few hundred bytes each, for the moment.
AT_ONCE = 2_000_000

Ints = NDArray[np.int64]
Halves = NDArray[np.int32]
Shorts = NDArray[np.uint16]
Mask = NDArray[np.bool_]
LONGEST_STREAK = np.iinfo(np.uint16).max  # 179 years


class Derived(NamedTuple):
    """Of n events, sorted by owner and time.

    Args:
        streak: (n,) days in a row with an event, up to each.
        repeats, late: places of decisions about somebody decided on before, and of what came after later ones.
        late_written: the greatest log position of the owner's events up to each late one.
        buckets, likes: owner * days + day of those with likes, rising, and how many.
    """

    streak: Shorts
    repeats: Halves
    late: Halves
    late_written: Ints
    buckets: Ints
    likes: Halves


@dataclass(frozen=True, slots=True)
class Sorted:
    """Events sorted by owner and time: where those of each owner begin (owners + 1,), and columns (n,)."""

    start: Ints
    other: Halves
    at: Ints
    position: Ints
    decided: Mask
    positive: Mask

    def derived(self, first_day: int, days: int) -> Derived:
        """All that `Derived` holds; likes are counted by days from a first one on, so many in all."""
        streak = np.zeros(len(self.at), np.uint16)
        parts = [self._part(low, high, streak, first_day, days) for low, high in self._parts()]
        if not parts:
            none, few = np.zeros(0, np.int64), np.zeros(0, np.int32)
            return Derived(streak, few, few, none, none, few)
        again, late, written, buckets, likes = (np.concatenate(column) for column in zip(*parts, strict=True))
        return Derived(streak, again, late, written, buckets, likes)

    def _parts(self) -> list[tuple[int, int]]:
        """Spans of owners."""
        if len(self.at) <= AT_ONCE:
            return [(0, len(self.start) - 1)] if len(self.at) else []
        return chunks(np.diff(self.start), AT_ONCE)

    def _part(
        self, low: int, high: int, streak: Shorts, first_day: int, days: int
    ) -> tuple[Halves, Halves, Ints, Ints, Halves]:
        """Of some owners; their streaks go into the column."""
        first, end = int(self.start[low]), int(self.start[high])
        rows, start = slice(first, end), self.start[low : high + 1] - first
        owner = np.repeat(np.arange(low, high, dtype=np.int64), np.diff(start))
        day = self.at[rows] // MICROS_PER_DAY
        streak[rows] = np.minimum(streaks(owner, day), LONGEST_STREAK)
        again = np.flatnonzero(repeats(start, self.other[rows], self.decided[rows])) + first
        written = _written(owner, self.position[rows])
        late = np.flatnonzero(self.position[rows] < written)
        positive = self.positive[rows]
        buckets, likes = runs(owner[positive] * days + (day[positive] - first_day))
        return again.astype(np.int32), (late + first).astype(np.int32), written[late], buckets, likes


def in_order(owner: Ints, at: Ints, rows: Ints | None) -> Ints:
    """Places of the events (of some rows alone), by owner and time; simultaneous ones as they came."""
    if rows is None:
        return np.lexsort((at, owner))
    return np.asarray(rows[np.lexsort((at[rows], owner[rows]))])


def _written(owner: Ints, position: Ints) -> Ints:
    """(m,) the greatest log position of the owner's events up to each one: more than its own where one came late."""
    if not len(owner):
        return position
    above = int(position.max()) + 1
    return np.asarray(np.maximum.accumulate(owner * above + position) - owner * above)
